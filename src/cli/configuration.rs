//! Arguments of the commands about configuration: `audit`, `tenant-script`, `campaign`, `platforms`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Arguments of `mailwhy audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Exported configuration: a file or a folder (`mailwhy tenant-script` prints how to get it).
    #[arg(long, value_name = "PATH")]
    pub tenant: PathBuf,
    /// The campaign (`mailwhy campaign init` prints one to fill in).
    #[arg(long, value_name = "FILE")]
    pub campaign: Option<PathBuf>,
    /// Print a PowerShell script that makes it right, to be reviewed; nothing is run.
    #[arg(long, conflicts_with = "format")]
    pub fix: bool,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t = AuditFormat::Text)]
    pub format: AuditFormat,
    /// Exit with status 3 when there is a finding this bad or worse.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Judge dates as of this instant, such as 2026-11-23; without it, as of the campaign's start,
    /// else of now.
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
    /// Write to this file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Form of `mailwhy audit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// For people.
    Text,
    /// One JSON document (schema mailwhy.audit/1).
    Json,
    /// One JSON object a line: steps, predictions, findings.
    Ndjson,
    /// For tickets and wikis.
    Markdown,
}

/// Severity that makes `mailwhy audit` fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Errors only.
    Error,
    /// Warnings and errors.
    Warning,
}

/// Arguments of `mailwhy tenant-script`.
#[derive(Debug, Args)]
pub struct TenantScriptArgs {
    /// Write to this file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `mailwhy campaign`.
#[derive(Debug, Args)]
pub struct CampaignArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CampaignCommand,
}

/// The subcommands of `mailwhy campaign`.
#[derive(Debug, Subcommand)]
pub enum CampaignCommand {
    /// Print a commented campaign.toml to fill in.
    Init(TenantScriptArgs),
    /// Read a campaign file and say what it holds.
    Check {
        /// The campaign file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Arguments of `mailwhy platforms`.
#[derive(Debug, Args)]
pub struct PlatformsArgs {
    /// Form of the output.
    #[arg(long, value_enum, default_value_t = super::RulesFormat::Text)]
    pub format: super::RulesFormat,
}
