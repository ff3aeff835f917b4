//! Arguments of `mailwhy trace`.

use super::Format;
use super::report::RedactArgs;
use crate::trace::dates::{self, DateOrder};
use clap::{Args, ValueEnum};
use encoding_rs::Encoding;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Arguments of `mailwhy trace`.
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// Traces, tracking logs, hunting and quarantine exports, recipient lists: files, folders, or -.
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Form of the output: a summary as text or json, every pair as ndjson, csv, html or markdown.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Text)]
    pub format: Format,
    /// Write to a file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What is hidden.
    #[command(flatten)]
    pub redact: RedactArgs,
    /// List of people the messages were meant for; who never shows up is not traced.
    #[arg(long, value_name = "FILE")]
    pub expected: Vec<PathBuf>,
    /// Keep only senders with this in their address.
    #[arg(long, value_name = "TEXT")]
    pub sender: Option<String>,
    /// Keep only recipients with this in their address.
    #[arg(long, value_name = "TEXT")]
    pub recipient: Option<String>,
    /// Keep only subjects with this in them.
    #[arg(long, value_name = "TEXT")]
    pub subject: Option<String>,
    /// Keep only messages that were first seen at or after this time (UTC).
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub since: Option<i64>,
    /// Keep only messages that were first seen before this time (UTC).
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub until: Option<i64>,
    /// Keep only messages from this connecting IP.
    #[arg(long, value_name = "IP")]
    pub ip: Option<IpAddr>,
    /// Keep only this Message-ID or network message id.
    #[arg(long, value_name = "ID")]
    pub message_id: Option<String>,
    /// Keep only messages of this campaign, and judge them with it (see `campaign init`).
    #[arg(long, value_name = "FILE")]
    pub campaign: Option<PathBuf>,
    /// Failing recipients to list.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
    /// List every failing recipient.
    #[arg(long, conflicts_with = "top")]
    pub all: bool,
    /// Count what rows say without joining them: in less than 256 MB, however large the files are.
    #[arg(long, conflicts_with_all = ["expected", "recipient", "since", "until", "ip", "top", "all"])]
    pub rows: bool,
    /// How dates such as 02/03/2026 are read; settled per file if not given.
    #[arg(long, value_enum, value_name = "ORDER")]
    pub date_order: Option<OrderArg>,
    /// Charset of files without byte order mark, such as windows-1251.
    #[arg(long, value_name = "CHARSET", value_parser = parse_encoding)]
    pub encoding: Option<&'static Encoding>,
    /// End at the first row that cannot be read.
    #[arg(long)]
    pub strict: bool,
    /// Most memory for the table of pairs, such as 2G; three quarters of what is free if not given.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub max_memory: Option<usize>,
    /// Password of encrypted archives.
    #[arg(long, value_name = "PASSWORD", env = "MAILWHY_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
    /// Worker threads; as many as cores if not given.
    #[arg(long, value_name = "N", value_parser = super::parse_threads)]
    pub threads: Option<NonZeroUsize>,
}

/// How dates with the year last are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OrderArg {
    /// Month first (en-US).
    Mdy,
    /// Day first (most others).
    Dmy,
}

impl From<OrderArg> for DateOrder {
    fn from(order: OrderArg) -> Self {
        match order {
            OrderArg::Mdy => DateOrder::MonthFirst,
            OrderArg::Dmy => DateOrder::DayFirst,
        }
    }
}

/// A time in microseconds since 1970 UTC; a date alone is its beginning.
fn parse_time(text: &str) -> Result<i64, String> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let time =
        dates::parse(&whole, DateOrder::DayFirst).filter(|_| text.starts_with(char::is_numeric));
    time.map(|time| time.0)
        .ok_or_else(|| "not a time; write 2026-03-02 or 2026-03-02T08:15:00Z".to_owned())
}

fn parse_encoding(name: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label(name.as_bytes()).ok_or_else(|| {
        "no such charset; for example windows-1252, windows-1251, utf-16le".to_owned()
    })
}

/// A size in bytes: `512M`, `2G`, `1048576`.
fn parse_size(text: &str) -> Result<usize, String> {
    let wrong = || "not a size; write 512M or 2G".to_owned();
    let unit = text.chars().next_back().ok_or_else(wrong)?.to_ascii_uppercase();
    let shift = match unit {
        'K' => 10,
        'M' => 20,
        'G' => 30,
        _ => 0,
    };
    let digits = if shift > 0 { &text[..text.len() - 1] } else { text };
    let number: usize = digits.trim().parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_read_and_nonsense_is_not() {
        assert_eq!(parse_time("1970-01-02"), Ok(86_400_000_000));
        assert_eq!(parse_time("1970-01-01T00:00:01Z"), Ok(1_000_000));
        assert!(parse_time("yesterday").is_err());
        assert_eq!(parse_size("2G"), Ok(2 << 30));
        assert_eq!(parse_size("512m"), Ok(512 << 20));
        assert_eq!(parse_size("77"), Ok(77));
        for wrong in ["", "G", "2X", "99999999999999G", "é"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
