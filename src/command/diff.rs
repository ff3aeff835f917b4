//! `mailwhy diff`: two runs compared.

use super::Status;
use crate::cli::ColorArg;
use crate::cli::report::{DiffArgs, DiffFormat};
use crate::error::{Error, Result};
use crate::finding::Outcome;
use crate::output::Output;
use crate::report::escape::{self, shorten};
use crate::report::words::{count, plural};
use crate::summary::comparison::{CauseCount, Comparison, read};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Compares the two runs that the arguments name.
///
/// # Errors
///
/// A file that cannot be read or holds no diagnoses; output that cannot be written.
pub fn run(args: &DiffArgs, color: ColorArg) -> Result<Status> {
    let comparison = Comparison::of(read(&args.before)?, read(&args.after)?);
    let mut output = Output::open(args.output.as_deref(), color)?;
    match args.format {
        DiffFormat::Text => {
            let text = text(&comparison, args.top, output.width.unwrap_or(100));
            output.put(text.as_bytes())?;
        }
        DiffFormat::Json => {
            let document = escape::json::document(&comparison);
            output.put(&document.map_err(|error| Error::Usage(error.to_string()))?)?;
        }
    }
    output.finish()?;
    Ok(Status::Done)
}

fn text(comparison: &Comparison, top: usize, width: usize) -> String {
    let mut text = format!(
        "{} in both runs, {} with another outcome; {} only before, {} only after\n",
        plural(comparison.matched, "message", "messages"),
        count(comparison.changes.len() as u64),
        count(comparison.only_before),
        count(comparison.only_after)
    );
    let order: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.name()).collect();
    let mut outcomes: Vec<_> = comparison.outcomes.iter().collect();
    outcomes.sort_by_key(|(name, _)| order.iter().position(|known| known == name));
    table(&mut text, "Outcome", &outcomes);
    table(&mut text, "Cause", &by_change(&comparison.causes));
    if comparison.changes.is_empty() {
        return text;
    }
    text.push_str("\nChanged\n");
    for change in comparison.changes.iter().take(top) {
        let mut line = format!(
            "  {}  {} -> {}",
            pad(change.recipient.as_deref().unwrap_or("(no recipient)"), 36),
            change.before,
            change.after
        );
        for (sign, causes) in [("-", &change.causes_gone), ("+", &change.causes_new)] {
            for cause in causes {
                // Writing to a String cannot fail.
                let _ = write!(line, "  {sign}{cause}");
            }
        }
        text.push_str(shorten(&line, width).trim_end());
        text.push('\n');
    }
    let more = comparison.changes.len().saturating_sub(top);
    if more > 0 {
        let _ =
            writeln!(text, "  and {} more (--top, or --format json for all)", count(more as u64));
    }
    text
}

/// What went away most comes first, then what appeared.
fn by_change(causes: &BTreeMap<String, CauseCount>) -> Vec<(&String, &CauseCount)> {
    let mut causes: Vec<_> = causes.iter().collect();
    causes.sort_by_key(|(_, count)| i128::from(count.after) - i128::from(count.before));
    causes
}

fn table(text: &mut String, title: &str, rows: &[(&String, &CauseCount)]) {
    if rows.is_empty() {
        return;
    }
    let _ =
        writeln!(text, "\n{}  {:>9}  {:>9}  {:>9}", pad(title, 36), "before", "after", "change");
    for (name, sides) in rows {
        let change = i128::from(sides.after) - i128::from(sides.before);
        let change = if change == 0 { String::new() } else { format!("{change:+}") };
        let (before, after) = (count(sides.before), count(sides.after));
        let row = format!("{}  {before:>9}  {after:>9}  {change:>9}", pad(name, 36));
        let _ = writeln!(text, "{}", row.trim_end());
    }
}

/// `text` in exactly `columns` columns.
fn pad(text: &str, columns: usize) -> String {
    let shown = shorten(text, columns);
    let width = unicode_width::UnicodeWidthStr::width(shown.as_ref());
    format!("{shown}{}", " ".repeat(columns.saturating_sub(width)))
}
