//! One file per subcommand, and what they share: complaints and the exit status.

pub mod audit;
pub mod campaign;
pub mod completions;
pub mod diff;
pub mod explain;
pub mod links;
pub mod man;
pub mod platforms;
pub mod rules;
pub mod schema;
pub mod tenant_script;
pub mod ticket;
pub mod trace;

use crate::cli::{Cli, Command};
use crate::error::{Error, Result};
use crate::note::Note;
use crate::report::redact::Redactor;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, CommandFactory};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a command came to; the exit status of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All done: 0.
    Done,
    /// Some input could not be read: 1.
    Unreadable,
    /// `--fail-on` matched: 3.
    Matched,
}

impl Status {
    /// The program's exit status. 2 is kept for usage errors.
    pub const fn code(self) -> u8 {
        match self {
            Status::Done => 0,
            Status::Unreadable => 1,
            Status::Matched => 3,
        }
    }
}

/// How long work goes on without a word: a progress line that flashes by only disturbs.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs what the command line asks for.
///
/// # Errors
///
/// An error that ends the whole run: a usage error, or output that cannot be written. A single input
/// that cannot be read is reported on standard error and in [`Status::Unreadable`].
pub fn run(cli: &Cli) -> Result<Status> {
    match &cli.command {
        Some(Command::Explain(args)) => explain::run(args, cli.color),
        None => match misspelled(&cli.explain.paths) {
            Some(error) => Err(error),
            None => explain::run(&cli.explain, cli.color),
        },
        Some(Command::Links(args)) => links::run(args, cli.color),
        Some(Command::Rules(args)) => rules::run(args, cli.color),
        Some(Command::Audit(args)) => audit::run(args, cli.color),
        Some(Command::TenantScript(args)) => tenant_script::run(args, cli.color),
        Some(Command::Campaign(args)) => campaign::run(args, cli.color),
        Some(Command::Trace(args)) => trace::run(args, cli.color),
        Some(Command::Platforms(args)) => platforms::run(args, cli.color),
        Some(Command::Schema(args)) => schema::run(args, cli.color),
        Some(Command::Ticket(args)) => ticket::run(args, cli.color),
        Some(Command::Diff(args)) => diff::run(args, cli.color),
        Some(Command::Completions(args)) => completions::run(args),
        Some(Command::Man(args)) => man::run(args),
    }
}

/// Refuses a flag of `explain` in front of another command, where it would be for nothing; those of all
/// commands may stand there.
///
/// # Errors
///
/// [`Error::Usage`], with the place where the flag belongs.
pub fn check_places(matches: &ArgMatches) -> Result<()> {
    let Some((name, _)) = matches.subcommand() else { return Ok(()) };
    let cli = Cli::command();
    let typed = |arg: &&Arg| {
        let source = matches.value_source(arg.get_id().as_str());
        !arg.is_global_set() && source == Some(ValueSource::CommandLine)
    };
    match cli.get_arguments().find(typed).and_then(Arg::get_long) {
        Some(flag) => Err(Error::Usage(format!(
            "--{flag} stands in front of the command; write `mailwhy {name} --{flag} …`"
        ))),
        None => Ok(()),
    }
}

/// A word that is no file and nearly a command, as in `mailwhy explian mail.eml`.
fn misspelled(paths: &[PathBuf]) -> Option<Error> {
    let word = paths.first()?.to_str()?;
    let is_word = word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    if !is_word || word == "-" || Path::new(word).exists() {
        return None;
    }
    let most = if word.len() < 5 { 1 } else { 2 };
    let cli = Cli::command();
    let (_, name) = cli
        .get_subcommands()
        .map(|command| (strsim::damerau_levenshtein(word, command.get_name()), command.get_name()))
        .filter(|(distance, _)| *distance <= most)
        .min()?;
    Some(Error::Usage(format!(
        "{word}: neither a file nor a command; did you mean `mailwhy {name}`?"
    )))
}

/// Tells of an input that could not be read. What is redacted names it as the report does, unless the user
/// typed the path, which then cannot be opened: nobody else's name is in it, and a slip of the pen is to be seen.
fn complain_of(error: &Error, redactor: Option<&mut Redactor>, typed: &[PathBuf]) {
    let is_typed = matches!(error, Error::Read { path, .. } if typed.iter().any(|one| one.as_os_str() == &**path));
    match redactor {
        Some(redactor) if !is_typed => complain(redactor.error(error)),
        _ => complain(error),
    }
}

/// Tells of an input that is of no use, with the reason.
fn complain_ignored(label: &str, rest: &str, redactor: Option<&mut Redactor>) {
    match redactor {
        Some(redactor) => complain(format_args!("{}{rest}", redactor.file(label))),
        None => complain(format_args!("{label}{rest}")),
    }
}

/// Tells a remark.
fn remark(note: &Note, redactor: Option<&mut Redactor>) {
    match redactor {
        Some(redactor) => complain(redactor.note(note)),
        None => complain(note),
    }
}

/// Tells the user on standard error, in one line, of something that does not end the run.
pub fn complain(message: impl std::fmt::Display) {
    // Names of files and members of archives come from strangers.
    let text = message.to_string();
    let text = crate::report::escape::visible(&text);
    let mut stderr = anstream::stderr().lock();
    // A closed standard error leaves nobody to tell.
    let _ = writeln!(stderr, "mailwhy: {text}");
}
