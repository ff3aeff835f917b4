//! The command line: clap types only. What they mean is decided by each command.

pub mod configuration;
pub mod report;
pub mod trace;

use crate::finding::Outcome;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Explain why each phishing-simulation email was or wasn't delivered in Microsoft 365.
#[derive(Debug, Parser)]
#[command(name = "mailwhy", version)]
#[command(override_usage = "mailwhy [OPTIONS] [PATH]...\n       mailwhy <COMMAND>")]
#[command(after_help = "Examples:
  mailwhy not-received.eml                          why one message ended where it did
  mailwhy case-4711/ --format html -o report.html   a whole ticket folder as one page
  mailwhy trace export.csv                          a message trace, summed up
  mailwhy ticket case-4711/ --redact                reports and headers to pass on")]
pub struct Cli {
    /// What to do; without it, `explain`.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Arguments of `explain`, for `mailwhy PATH...`.
    #[command(flatten)]
    pub explain: ExplainArgs,
    /// When to use colour.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorArg::Auto)]
    #[arg(hide_short_help = true)]
    pub color: ColorArg,
    /// Do not read the configuration file (~/.config/mailwhy/config.toml).
    #[arg(long, global = true, hide_short_help = true)]
    pub no_config: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorArg {
    /// The same for the stream library.
    pub fn choice(self) -> anstream::ColorChoice {
        match self {
            ColorArg::Auto => anstream::ColorChoice::Auto,
            ColorArg::Always => anstream::ColorChoice::Always,
            ColorArg::Never => anstream::ColorChoice::Never,
        }
    }
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Explain messages (the default).
    Explain(ExplainArgs),
    /// Decode rewritten links, of messages or one URL a line; never fetches.
    Links(LinksArgs),
    /// Sum up message traces of any size: where everything ended, and why.
    Trace(trace::TraceArgs),
    /// List every cause, or print the whole entry of one.
    Rules(RulesArgs),
    /// Check a tenant's allow-listing, and predict what becomes of a campaign.
    Audit(configuration::AuditArgs),
    /// Print the read-only PowerShell that exports a tenant's configuration.
    TenantScript(configuration::TenantScriptArgs),
    /// Describe the simulation campaign.
    Campaign(configuration::CampaignArgs),
    /// List what is known of simulation platforms.
    Platforms(configuration::PlatformsArgs),
    /// Print the JSON Schema of an output.
    Schema(SchemaArgs),
    /// Pack the reports and the header blocks behind them into one archive.
    Ticket(report::TicketArgs),
    /// Compare two runs: who ended elsewhere, which causes went away.
    Diff(report::DiffArgs),
    /// Print the completion script of a shell.
    Completions(report::CompletionsArgs),
    /// Print a manual page.
    Man(report::ManArgs),
}

/// Arguments of `mailwhy explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Files, folders (recursive), or - for standard input.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Explain each of many messages in full, not in a line.
    #[arg(long)]
    pub details: bool,
    /// Tell only what many messages come to, as text or as one JSON object.
    #[arg(long, conflicts_with = "details")]
    pub summary: bool,
    /// Form of the output.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Text)]
    pub format: Format,
    /// Write to a file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What is hidden.
    #[command(flatten)]
    pub redact: report::RedactArgs,
    /// Keep only messages with a finding of this rule; may be given more than once.
    #[arg(long, value_name = "ID", hide_short_help = true)]
    pub rule: Vec<String>,
    /// Keep only messages with this outcome; may be given more than once.
    #[arg(long, value_name = "OUTCOME", value_parser = parse_outcome, hide_short_help = true)]
    pub outcome: Vec<Outcome>,
    /// Exit with status 3 if a message ended so (separate several with commas).
    #[arg(long, value_name = "OUTCOME", value_delimiter = ',', value_parser = parse_outcome)]
    #[arg(hide_short_help = true)]
    pub fail_on: Vec<Outcome>,
    /// Password of encrypted archives (quarantine downloads).
    #[arg(long, value_name = "PASSWORD", env = "MAILWHY_PASSWORD", hide_env_values = true)]
    #[arg(hide_short_help = true)]
    pub password: Option<String>,
    /// Exported configuration of the recipients' tenant (see `tenant-script`).
    ///
    /// A file or a folder. Without it, what lies beside the messages is used.
    #[arg(long, value_name = "PATH")]
    pub tenant: Option<PathBuf>,
    /// The campaign (see `campaign init`).
    #[arg(long, value_name = "FILE")]
    pub campaign: Option<PathBuf>,
    /// Look at headers only, not at the links of the body.
    #[arg(long, hide_short_help = true)]
    pub no_links: bool,
    /// Show recipients, tenants and message ids inside rewritten links, which are masked otherwise.
    #[arg(long, hide_short_help = true)]
    pub show_private: bool,
    /// Worker threads; as many as cores if not given.
    #[arg(long, value_name = "N", value_parser = parse_threads, hide_short_help = true)]
    pub threads: Option<NonZeroUsize>,
}

/// A number of worker threads.
fn parse_threads(number: &str) -> Result<NonZeroUsize, String> {
    number.parse().map_err(|_| "give 1 or more, or leave it out for all cores".to_owned())
}

/// An outcome by its name.
fn parse_outcome(name: &str) -> Result<Outcome, String> {
    Outcome::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.name()).collect();
        format!("no such outcome; there are {}", names.join(", "))
    })
}

/// Form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// A table that is safe to open in a spreadsheet.
    Csv,
    /// One self-contained page.
    Html,
    /// For Jira, ServiceNow, GitHub.
    Markdown,
}

/// Form of an output that is a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// A table.
    Csv,
}

/// Arguments of `mailwhy links`.
#[derive(Debug, Args)]
pub struct LinksArgs {
    /// Messages or folders of them; - reads one URL a line and gives one answer a line.
    #[arg(value_name = "PATH", default_value = "-")]
    pub paths: Vec<PathBuf>,
    /// Form of the output.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = TableFormat::Text)]
    pub format: TableFormat,
    /// Write to a file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show recipients, tenants and message ids inside rewritten links, which are masked otherwise.
    #[arg(long)]
    pub show_private: bool,
    /// Password of encrypted archives (quarantine downloads).
    #[arg(long, value_name = "PASSWORD", env = "MAILWHY_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
}

/// Arguments of `mailwhy rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// Id of one rule; without it, all are listed.
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t = RulesFormat::Text)]
    pub format: RulesFormat,
}

/// Form of `mailwhy rules`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RulesFormat {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

/// Arguments of `mailwhy schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The output.
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// Outputs that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// A diagnosis: a line of `--format ndjson`, an element of `--format json`.
    Diagnosis,
    /// What `mailwhy audit --format json` prints.
    Audit,
    /// What `mailwhy trace --format json` prints, and `mailwhy explain --summary --format json`.
    Summary,
    /// What `mailwhy trace --rows --format json` prints.
    Rows,
    /// What `mailwhy diff --format json` prints.
    Diff,
    /// The manifest.json of what `mailwhy ticket` packs.
    Ticket,
}
