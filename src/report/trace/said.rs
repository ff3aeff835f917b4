//! What rows say, for people and for programs (`mailwhy trace --rows`).

use super::json::{InputsJson, RefusalJson, RowsJson};
use super::text::{self, section};
use crate::report::escape::shorten;
use crate::report::text::Look;
use crate::report::words;
use crate::summary::said::{COUNTED, Said, Values};
use crate::summary::{self, Summary};
use crate::trace::dates::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write;

/// Values listed of each kind, as text and as JSON.
const SHOWN: usize = 10;
const LISTED: usize = 100;

/// What the report shows.
#[derive(Debug)]
pub struct Counted<'a> {
    /// Files, rows and refusals; it tells of no pair.
    pub summary: &'a Summary,
    /// What the rows say.
    pub said: &'a Said,
    /// What a reader must know, one sentence each.
    pub notes: &'a [String],
}

/// The one object of `mailwhy trace --rows --format json`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "mailwhy.rows/1", rename = "RowSums")]
pub struct SaidJson<'a> {
    /// `mailwhy.rows/1`.
    schema: &'static str,
    /// Files.
    inputs: InputsJson,
    /// Rows: read = used + refused; repeated ones are not looked for.
    rows: RowsJson,
    /// Time of the first row, RFC 3339.
    first: Option<String>,
    /// Time of the last row, RFC 3339.
    last: Option<String>,
    /// What rows say, by kind; kinds that no row tells of are left out.
    said: Vec<KindJson<'a>>,
    /// First refused rows.
    refusals: Vec<RefusalJson<'a>>,
    /// What a reader must know.
    notes: &'a [String],
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Said")]
struct KindJson<'a> {
    /// What the values are: `event`, `status`, `answer`, `sfv` ….
    kind: &'static str,
    /// The values said most often.
    values: Vec<ValueJson<'a>>,
    /// Different values.
    different: u64,
    /// How often rows say values that are not listed.
    others: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SaidValue")]
struct ValueJson<'a> {
    value: &'a str,
    /// How often rows say it, for a message or for one of its recipients.
    count: u64,
}

impl<'a> From<&'a Counted<'a>> for SaidJson<'a> {
    fn from(counted: &'a Counted<'a>) -> Self {
        let Counted { summary, said, notes } = *counted;
        let time = |at: i64| Timestamp(at).to_string();
        SaidJson {
            schema: "mailwhy.rows/1",
            inputs: InputsJson { files: summary.files, unreadable: summary.unreadable },
            rows: summary.rows.into(),
            first: said.span.map(|(first, _)| time(first)),
            last: said.span.map(|(_, last)| time(last)),
            said: kinds(said).map(|(kind, _, values)| kind_json(kind, values)).collect(),
            refusals: summary.refusals.iter().map(RefusalJson::from).collect(),
            notes,
        }
    }
}

/// Kinds that rows tell of, with their names and titles.
fn kinds(said: &Said) -> impl Iterator<Item = (&'static str, &'static str, &Values)> {
    let all = COUNTED.iter().zip(&said.values);
    all.map(|((_, name, title), values)| (*name, *title, values))
        .filter(|(_, _, values)| !values.counts.is_empty())
}

fn kind_json<'a>(kind: &'static str, values: &'a Values) -> KindJson<'a> {
    let listed = summary::top(&values.counts, LISTED);
    KindJson {
        kind,
        different: values.counts.len() as u64,
        others: others(values, listed.iter().map(|(_, count)| count).sum()),
        values: listed.into_iter().map(|(value, count)| ValueJson { value, count }).collect(),
    }
}

/// How often values were said that are not listed; those that are were said `listed` times.
fn others(values: &Values, listed: u64) -> u64 {
    values.counts.values().sum::<u64>() - listed + values.others
}

/// The whole report.
pub fn write_said(look: Look, counted: &Counted<'_>) -> String {
    let mut out = String::new();
    let Counted { summary, said, notes } = *counted;
    let text = format!(
        "{} in {}, counted as they are: a message has several.",
        words::plural(summary.rows.read, "row", "rows"),
        words::plural(summary.files, "file", "files"),
    );
    look.wrap_painted(&mut out, "", "", &text, |line| look.heading(line));
    if let Some((first, last)) = said.span {
        let _ = writeln!(out, "From {} to {}.", Timestamp(first), Timestamp(last));
    }
    for (_, title, values) in kinds(said) {
        section(look, &mut out, title);
        let listed = summary::top(&values.counts, SHOWN);
        for (value, count) in &listed {
            let _ = writeln!(out, "  {:>13}  {}", words::count(*count), shorten(value, 100));
        }
        let others = others(values, listed.iter().map(|(_, count)| count).sum());
        if others > 0 {
            let _ = writeln!(out, "  {:>13}  others", words::count(others));
        }
    }
    text::rows(look, &mut out, summary, notes);
    out
}
