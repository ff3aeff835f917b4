//! The `mailwhy` program: parses arguments, calls the library, maps errors to exit codes.

use clap::Parser;
use mailwhy::cli::Cli;
use mailwhy::command;
use mailwhy::error::Error;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.color.choice().write_global();
    match command::run(&cli) {
        Ok(status) => ExitCode::from(status.code()),
        Err(Error::Closed) => ExitCode::SUCCESS,
        Err(error) => {
            command::complain(&error);
            ExitCode::from(if matches!(error, Error::Usage(_)) { 2 } else { 1 })
        }
    }
}
