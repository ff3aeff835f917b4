//! The summary as text: how many, where they ended, why, what stands behind it, when, and who.

use super::Traced;
use crate::fact::Place;
use crate::finding::{FixKind, Outcome};
use crate::report::escape::shorten;
use crate::report::text::Look;
use crate::report::words;
use crate::summary::{self, Cause, Hour, Summary};
use crate::trace::dates::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Entries of each list behind the failures.
const LISTED: usize = 5;
/// Refused rows shown.
const REFUSALS: usize = 10;

/// The whole report.
pub fn write(look: Look, traced: &Traced<'_>) -> String {
    let mut out = String::new();
    let summary = traced.summary;
    head(look, &mut out, summary);
    outcomes(look, &mut out, summary);
    causes(look, &mut out, summary);
    allowed(look, &mut out, summary);
    behind(look, &mut out, summary);
    times(look, &mut out, summary);
    recipients(look, &mut out, traced);
    rows(look, &mut out, traced.summary, traced.notes);
    out
}

pub(super) fn section(look: Look, out: &mut String, title: &str) {
    let _ = writeln!(out, "\n{}", look.heading(title));
}

fn head(look: Look, out: &mut String, summary: &Summary) {
    let mut text = format!(
        "{} in {}: {} did not reach the Inbox or were taken away.",
        words::plural(summary.pairs, "(message, recipient) pair", "(message, recipient) pairs"),
        words::plural(summary.files, "file", "files"),
        words::count(summary.failing()),
    );
    if summary.is_without_trace() && summary.outcomes.contains_key(&Outcome::Unknown) {
        text.push_str(" No trace was given, so nothing shows where the others ended.");
    }
    if summary.unreadable > 0 {
        let files = words::plural(summary.unreadable, "file", "files");
        let _ = write!(text, " {files} could not be read, or not to the end.");
    }
    if summary.replaced > 0 {
        let _ = write!(
            text,
            " {} replaced by another one; both share one ending.",
            words::plural(summary.replaced, "pair's address was", "pairs' addresses were")
        );
    }
    look.wrap_painted(out, "", "", &text, |line| look.heading(line));
}

fn outcomes(look: Look, out: &mut String, summary: &Summary) {
    if summary.outcomes.is_empty() {
        return;
    }
    section(look, out, "Where they ended");
    for (outcome, pairs) in &summary.outcomes {
        let name = look.outcome(*outcome, &format!("{:<14}", outcome.name()));
        let _ = writeln!(
            out,
            "  {name} {:>11}  {:>5.1} %  {}",
            words::count(*pairs),
            words::percent(*pairs, summary.pairs),
            words::outcome_meaning(*outcome),
        );
    }
}

fn causes(look: Look, out: &mut String, summary: &Summary) {
    if summary.causes.is_empty() && summary.unexplained == 0 {
        return;
    }
    section(look, out, "Why (each pair once, under its surest cause)");
    let mut causes: Vec<(&&str, &Cause)> = summary.causes.iter().collect();
    causes.sort_by_key(|(_, cause)| std::cmp::Reverse(cause.pairs()));
    let mut shown = BTreeMap::new();
    for (rule, cause) in causes {
        cause_text(look, out, rule, cause);
        fixes(look, out, rule, cause, &mut shown);
    }
    if summary.unexplained > 0 {
        let _ =
            writeln!(out, "  {:>11}  no cause could be told", words::count(summary.unexplained));
    }
    if !summary.also.is_empty() {
        let also = summary::top(&summary.also, usize::MAX).into_iter();
        let also = words::counted(also.map(|(rule, pairs)| (*rule, pairs)));
        look.wrap(out, "  ", "    ", &format!("{} {also}", words::ALSO));
    }
}

/// Mechanisms that let pairs through.
fn allowed(look: Look, out: &mut String, summary: &Summary) {
    if summary.allowed.is_empty() {
        return;
    }
    section(look, out, "What let mail through");
    for (rule, pairs) in summary::top(&summary.allowed, LISTED) {
        let _ = writeln!(out, "  {:>11}  {rule}", words::count(pairs));
    }
}

const MARGIN: &str = "               ";

fn cause_text(look: Look, out: &mut String, rule: &str, cause: &Cause) {
    let _ = writeln!(
        out,
        "  {:>11}  {}  {}",
        words::count(cause.pairs()),
        look.heading(rule),
        look.faint(&format!("({})", words::certainties(cause.certainty)))
    );
    let example = &cause.example;
    look.wrap(out, MARGIN, MARGIN, &example.summary);
    if let Some(evidence) = example.evidence.first() {
        let place = match evidence.place {
            Place::Row(row) => format!(" row {row}"),
            Place::Line(line) => format!(":{line}"),
            Place::Whole => String::new(),
        };
        let value = shorten(&evidence.value, 160);
        let said = if example.is_own { "" } else { "the same is first said in " };
        let text = format!(
            "e.g. {}: {said}{}{place}: {} = {value}",
            example.recipient, evidence.source, evidence.field
        );
        let rest = format!("{MARGIN}  ");
        look.wrap_painted(out, MARGIN, &rest, &text, |line| look.faint(line));
    }
}

/// The first steps of a cause's fix, or the cause that they were shown for.
fn fixes<'a>(
    look: Look,
    out: &mut String,
    rule: &'a str,
    cause: &'a Cause,
    shown: &mut BTreeMap<&'a str, &'a str>,
) {
    let steps = &cause.example.fix;
    let Some(first) = steps.first() else { return };
    if let Some(other) = shown.get(first.text.as_str()) {
        let _ = writeln!(out, "{MARGIN}fix: as for {other}");
        return;
    }
    shown.insert(&first.text, rule);
    for fix in steps.iter().take(2) {
        if fix.kind == FixKind::Powershell {
            look.verbatim(out, &format!("{MARGIN}  "), &fix.text, |line| look.command(line));
        } else {
            look.wrap(out, &format!("{MARGIN}fix: "), &format!("{MARGIN}  "), &fix.text);
        }
    }
}

fn behind(look: Look, out: &mut String, summary: &Summary) {
    let lists: [(&str, &BTreeMap<Box<str>, u64>); 5] = [
        ("connecting IPs", &summary.ips),
        ("connectors", &summary.connectors),
        ("mail flow rules", &summary.rules),
        ("recipient domains", &summary.domains),
        ("status codes", &summary.codes),
    ];
    if lists.iter().all(|(_, sums)| sums.is_empty()) {
        return;
    }
    section(look, out, "Behind the failures");
    for (name, sums) in lists.iter().filter(|(_, sums)| !sums.is_empty()) {
        let shown: Vec<String> = summary::top(sums, LISTED)
            .into_iter()
            .map(|(value, pairs)| format!("{} ({})", shorten(value, 48), words::count(pairs)))
            .collect();
        let mut text = shown.join(", ");
        if sums.len() > LISTED {
            let _ = write!(text, ", and {} more", words::count((sums.len() - LISTED) as u64));
        }
        look.wrap(out, &format!("  {name:<18} "), "                     ", &text);
    }
}

fn times(look: Look, out: &mut String, summary: &Summary) {
    let delivery = &summary.delivery;
    if let (Some(p50), Some(p95), Some(max)) = (delivery.at(0.5), delivery.at(0.95), delivery.max())
    {
        section(look, out, "From receipt to delivery");
        let _ = writeln!(
            out,
            "  half within {}, 95 % within {}, the slowest {} ({})",
            span(p50),
            span(p95),
            span(max),
            words::plural(delivery.count(), "pair shows both", "pairs show both"),
        );
    }
    if let Some(line) = hour_line(&summary.hours) {
        section(look, out, "Hour by hour (UTC)");
        let _ = writeln!(out, "{line}");
    }
}

/// Seconds for people.
fn span(seconds: f64) -> String {
    if seconds < 120.0 {
        format!("{seconds:.1} s")
    } else if seconds < 7200.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

/// Most hours of one line; longer spans are put together.
const COLUMNS: i64 = 72;

/// One character an hour, as high as the hour had pairs, and the same for failing ones.
fn hour_line(hours: &BTreeMap<i64, Hour>) -> Option<String> {
    let first = *hours.keys().next()?;
    let last = *hours.keys().next_back()?;
    let wide = (last - first) / COLUMNS + 1;
    let columns = usize::try_from((last - first) / wide + 1).ok()?;
    let mut sums = vec![Hour::default(); columns];
    for (hour, sum) in hours {
        let column = usize::try_from((hour - first) / wide).unwrap_or(0);
        if let Some(known) = sums.get_mut(column) {
            known.pairs += sum.pairs;
            known.failed += sum.failed;
        }
    }
    let most = sums.iter().map(|hour| hour.pairs).max()?.max(1);
    let bars = |value: fn(&Hour) -> u64| -> String {
        sums.iter().map(|hour| bar(value(hour), most)).collect()
    };
    let step = if wide == 1 { String::new() } else { format!(", {wide} hours a column") };
    Some(format!(
        "  all    {}\n  failed {}\n  {} to {}{step}; the highest column is {}",
        bars(|hour| hour.pairs),
        bars(|hour| hour.failed),
        hour_name(first),
        hour_name(last),
        words::plural(most, "pair", "pairs"),
    ))
}

fn bar(value: u64, most: u64) -> char {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if value == 0 {
        return '·';
    }
    let height = (value.saturating_mul(8)).div_ceil(most).clamp(1, 8);
    usize::try_from(height).ok().and_then(|height| BARS.get(height - 1)).copied().unwrap_or('█')
}

/// Begin of an hour, RFC 3339.
pub(super) fn hour_name(hour: i64) -> String {
    Timestamp(hour.saturating_mul(3_600_000_000)).to_string()
}

fn recipients(look: Look, out: &mut String, traced: &Traced<'_>) {
    if traced.failing.is_empty() {
        return;
    }
    section(look, out, "Failing recipients");
    for failing in traced.failing {
        let recipient =
            if failing.recipient.is_empty() { "(not named)" } else { &failing.recipient };
        let row = failing
            .row
            .as_ref()
            .map_or_else(String::new, |(source, row)| format!("{} row {row}", shorten(source, 40)));
        let _ = writeln!(
            out,
            "  {:>6}  {} {} {:<34} {}",
            words::count(failing.pairs),
            look.outcome(failing.outcome, &format!("{:<11}", failing.outcome.name())),
            pad(&shorten(recipient, 38), 38),
            cause_cell(&failing.causes),
            look.faint(&row),
        );
    }
    let shown = traced.failing.len() as u64;
    if traced.recipients > shown {
        let more = words::count(traced.recipients - shown);
        let _ = writeln!(out, "          and {more} more (--all, or --top N)");
    }
}

/// The cause, and how many others are as sure.
fn cause_cell(causes: &[&str]) -> String {
    match causes {
        [] => "-".to_owned(),
        [only] => (*only).to_owned(),
        [first, others @ ..] => format!("{first} +{}", others.len()),
    }
}

fn pad(text: &str, columns: usize) -> String {
    let width = unicode_width::UnicodeWidthStr::width(text);
    format!("{text}{}", " ".repeat(columns.saturating_sub(width)))
}

pub(super) fn rows(look: Look, out: &mut String, summary: &Summary, notes: &[String]) {
    let rows = summary.rows;
    section(look, out, "Rows");
    let _ = writeln!(
        out,
        "  {} read = {} used + {} refused + {} repeated",
        words::count(rows.read),
        words::count(rows.used),
        words::count(rows.refused),
        words::count(rows.duplicates),
    );
    let expected = summary.expected;
    if expected.read > 0 {
        let read = words::plural(expected.read, "row", "rows");
        let refused = match expected.refused {
            0 => String::new(),
            refused => format!(" ({} refused)", words::count(refused)),
        };
        let _ = writeln!(out, "  and {read} of expected recipients{refused}");
    }
    for refusal in summary.refusals.iter().take(REFUSALS) {
        let text = format!(
            "{} row {}: {}: found “{}”, expected {}",
            refusal.source, refusal.row, refusal.column, refusal.found, refusal.expected
        );
        look.wrap(out, "  ", "    ", &text);
    }
    let shown = REFUSALS.min(summary.refusals.len()) as u64;
    let refused = rows.refused + expected.refused;
    if refused > shown {
        let _ = writeln!(out, "  and {} more refused", words::count(refused - shown));
    }
    for note in notes {
        look.wrap(out, "  ", "    ", note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_fit_a_line_however_many_there_are() {
        let hour = Hour { pairs: 8, failed: 1 };
        let many: BTreeMap<i64, Hour> = (0..5_000).map(|at| (at, hour)).collect();
        let line = hour_line(&many).unwrap();
        assert!(line.lines().all(|line| line.chars().count() < 100), "{line}");
        assert!(line.contains("hours a column"));
        assert_eq!(hour_line(&BTreeMap::new()), None);
        let far = BTreeMap::from([(-1_000_000, hour), (1_000_000, hour)]);
        assert!(hour_line(&far).is_some());
    }

    #[test]
    fn spans_are_given_in_fitting_units() {
        assert_eq!(
            (span(2.14), span(310.0), span(7_200.0)),
            ("2.1 s".into(), "5 min".into(), "2.0 h".into())
        );
    }
}
