//! The `mailwhy` program: parses arguments, calls the library, maps errors to exit codes.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::SUCCESS
}
