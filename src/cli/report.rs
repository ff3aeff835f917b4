//! Arguments of what is done with reports: redaction, `ticket`, `diff`, `completions`, `man`.

use clap::{Args, ValueEnum};
use clap_complete::Shell;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// What is hidden in a report.
#[derive(Debug, Clone, Default, Args)]
pub struct RedactArgs {
    /// Replace what is private with stable pseudonyms.
    ///
    /// Addresses, names, subjects, ids, hosts, IP addresses, file names and link tokens; what the
    /// campaign names as the platform's own stays. Names that a message tells are hidden in all of them:
    /// each waits for those of the next 1,000 before it is written, and the first 100,000 names of a run
    /// are learnt.
    #[arg(long)]
    pub redact: bool,
    /// Write the key to the pseudonyms to a file (implies --redact).
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub redact_map: Option<PathBuf>,
}

impl RedactArgs {
    /// Whether anything is to be redacted.
    pub fn wanted(&self) -> bool {
        self.redact || self.redact_map.is_some()
    }
}

/// Arguments of `mailwhy ticket`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mailwhy ticket not-received.eml -o ticket.zip
  mailwhy ticket case-4711/ --campaign autumn.toml --redact --redact-map key.json")]
pub struct TicketArgs {
    /// Files, folders (recursive), or - for standard input.
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// The archive to write.
    #[arg(short, long, value_name = "FILE", default_value = "ticket.zip")]
    pub output: PathBuf,
    /// Write over an archive that is there already.
    #[arg(long)]
    pub force: bool,
    /// What is hidden.
    #[command(flatten)]
    pub redact: RedactArgs,
    /// Password of encrypted archives (quarantine downloads).
    #[arg(long, value_name = "PASSWORD", env = "MAILWHY_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
    /// Exported configuration of the recipients' tenant: a file or a folder (see `tenant-script`).
    #[arg(long, value_name = "PATH")]
    pub tenant: Option<PathBuf>,
    /// The campaign (see `campaign init`).
    #[arg(long, value_name = "FILE")]
    pub campaign: Option<PathBuf>,
    /// Worker threads; as many as cores if not given.
    #[arg(long, value_name = "N", value_parser = super::parse_threads)]
    pub threads: Option<NonZeroUsize>,
}

/// Arguments of `mailwhy diff`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mailwhy campaign-1/ --format ndjson -o before.ndjson
  mailwhy campaign-2/ --format ndjson -o after.ndjson
  mailwhy diff before.ndjson after.ndjson

Messages are matched by Message-ID and recipient, else by recipient and subject.")]
pub struct DiffArgs {
    /// Diagnoses before the fix, as --format json or ndjson wrote them.
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// Diagnoses after it.
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
    /// Form of the output.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = DiffFormat::Text)]
    pub format: DiffFormat,
    /// List at most this many changed recipients.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub top: usize,
    /// Write to a file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Form of `mailwhy diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people.
    Text,
    /// One JSON document (schema mailwhy.diff/1), every change in it.
    Json,
}

/// Arguments of `mailwhy completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mailwhy completions bash > ~/.local/share/bash-completion/completions/mailwhy
  mailwhy completions zsh > ~/.zfunc/_mailwhy
  mailwhy completions powershell >> $PROFILE")]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// Arguments of `mailwhy man`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  mailwhy man | man -l -
  mailwhy man explain | man -l -
  mailwhy man --folder ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Command whose page is printed; without it, that of mailwhy itself.
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
    /// Write every page into this folder instead.
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    pub folder: Option<PathBuf>,
}
