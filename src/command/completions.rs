//! `mailwhy completions`: what a shell needs to complete arguments.

use super::Status;
use crate::cli::report::CompletionsArgs;
use crate::cli::{Cli, ColorArg};
use crate::error::Result;
use crate::output::Output;
use clap::CommandFactory;

/// Prints the script for the shell.
///
/// # Errors
///
/// Output that cannot be written.
pub fn run(args: &CompletionsArgs) -> Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mailwhy", &mut script);
    let mut output = Output::open(None, ColorArg::Never)?;
    output.put(&script)?;
    output.finish()?;
    Ok(Status::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap_complete::Shell;

    #[test]
    fn every_shell_learns_every_command() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "mailwhy", &mut script);
            let script = String::from_utf8(script).unwrap();
            for command in Cli::command().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell} {}", command.get_name());
            }
        }
    }
}
