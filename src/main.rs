//! The `mailwhy` program: parses arguments, calls the library, maps errors to exit codes.

#![warn(
    clippy::dbg_macro,
    clippy::exit,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::todo,
    clippy::unimplemented,
    clippy::unwrap_used
)]

use clap::{CommandFactory, FromArgMatches};
use mailwhy::cli::Cli;
use mailwhy::error::{Error, Result};
use mailwhy::{command, settings};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run() {
        Ok(status) => ExitCode::from(status.code()),
        Err(Error::Closed) => ExitCode::SUCCESS,
        Err(error) => {
            command::complain(&error);
            ExitCode::from(if matches!(error, Error::Usage(_)) { 2 } else { 1 })
        }
    }
}

fn run() -> Result<command::Status> {
    let matches = Cli::command().get_matches();
    command::check_places(&matches)?;
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    settings::apply(&mut cli, &matches)?;
    cli.color.choice().write_global();
    command::run(&cli)
}
