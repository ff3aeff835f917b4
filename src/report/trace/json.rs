//! `mailwhy.summary/1`: fields may be added; none changes its meaning.

use super::Traced;
use crate::finding::Outcome;
use crate::report::json::{EvidenceJson, FixJson};
use crate::summary::{self, Cause};
use crate::trace::report::{Counts, Refusal};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Name and version of the contract.
pub const SCHEMA: &str = "mailwhy.summary/1";

/// Entries of each list behind the failures.
const LISTED: usize = 100;

/// The one object of `mailwhy trace --format json`, and of `mailwhy explain --summary --format json`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "mailwhy.summary/1", rename = "Summary")]
pub struct SummaryJson<'a> {
    /// `mailwhy.summary/1`.
    schema: &'static str,
    /// Files.
    inputs: InputsJson,
    /// Rows of traces: read = used + refused + duplicates; null in a summary of messages.
    rows: Option<RowsJson>,
    /// Rows of lists of expected recipients; null in a summary of messages.
    expected_rows: Option<RowsJson>,
    /// (message, recipient) pairs.
    pairs: u64,
    /// Pairs whose address was replaced by another that is a pair too.
    replaced: u64,
    /// Pairs by outcome; outcomes without pairs are left out.
    outcomes: BTreeMap<&'static str, u64>,
    /// Causes, the most frequent first; a pair counts once, under the cause that explains it best.
    causes: Vec<CauseJson<'a>>,
    /// Causes that are as sure as the one that a pair is counted under.
    also: Vec<CountJson<'a>>,
    /// Failing pairs that no cause explains.
    unexplained: u64,
    /// Mechanisms that let pairs through.
    allowed: Vec<CountJson<'a>>,
    /// What stands behind the failing pairs.
    failures: FailuresJson<'a>,
    /// Seconds from receipt to delivery; null where no pair shows both.
    delivery_seconds: Option<DeliveryJson>,
    /// Pairs by first hour.
    hours: Vec<HourJson>,
    /// Failing recipients, those with most failing messages first.
    failing_recipients: Vec<FailingJson<'a>>,
    /// Failing recipients in all.
    failing_recipients_total: u64,
    /// First refused rows.
    refusals: Vec<RefusalJson<'a>>,
    /// What a reader must know.
    notes: &'a [String],
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Inputs")]
pub(super) struct InputsJson {
    /// Files of which rows were read.
    pub(super) files: u64,
    /// Files that could not be read, or not to their end.
    pub(super) unreadable: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Rows")]
pub(super) struct RowsJson {
    read: u64,
    used: u64,
    refused: u64,
    duplicates: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CauseSum")]
struct CauseJson<'a> {
    rule: &'a str,
    pairs: u64,
    certainty: CertaintyJson,
    example: ExampleJson<'a>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CertaintySum")]
struct CertaintyJson {
    proven: u64,
    likely: u64,
    possible: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Example")]
struct ExampleJson<'a> {
    recipient: &'a str,
    summary: &'a str,
    evidence: Vec<EvidenceJson<'a>>,
    /// Whether the evidence is known to be about this recipient; else it is the first row that says the
    /// same.
    evidence_is_own: bool,
    fix: Vec<FixJson<'a>>,
    caveat: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Count")]
struct CountJson<'a> {
    name: &'a str,
    pairs: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Failures")]
struct FailuresJson<'a> {
    connecting_ips: Vec<CountJson<'a>>,
    connectors: Vec<CountJson<'a>>,
    transport_rules: Vec<CountJson<'a>>,
    recipient_domains: Vec<CountJson<'a>>,
    status_codes: Vec<CountJson<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeliverySeconds")]
struct DeliveryJson {
    p50: f64,
    p95: f64,
    max: f64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "HourSum")]
struct HourJson {
    /// Begin of the hour, RFC 3339.
    hour: String,
    pairs: u64,
    failed: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "FailingRecipient")]
struct FailingJson<'a> {
    recipient: &'a str,
    pairs: u64,
    outcome: Outcome,
    causes: &'a [&'static str],
    source: Option<&'a str>,
    row: Option<u64>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Refusal")]
pub(super) struct RefusalJson<'a> {
    source: &'a str,
    row: u64,
    column: &'a str,
    found: &'a str,
    expected: &'a str,
}

impl<'a> From<&'a Traced<'a>> for SummaryJson<'a> {
    fn from(traced: &'a Traced<'a>) -> Self {
        let summary = traced.summary;
        let mut causes: Vec<CauseJson<'a>> =
            summary.causes.iter().map(|(rule, cause)| cause_json(rule, cause)).collect();
        // stable: equals stay in the order of their ids
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.pairs));
        SummaryJson {
            schema: SCHEMA,
            inputs: InputsJson { files: summary.files, unreadable: summary.unreadable },
            rows: Some(summary.rows.into()),
            expected_rows: Some(summary.expected.into()),
            pairs: summary.pairs,
            replaced: summary.replaced,
            outcomes: summary.outcomes.iter().map(|(one, pairs)| (one.name(), *pairs)).collect(),
            causes,
            also: counts(&summary.also),
            unexplained: summary.unexplained,
            allowed: counts(&summary.allowed),
            failures: FailuresJson {
                connecting_ips: counts(&summary.ips),
                connectors: counts(&summary.connectors),
                transport_rules: counts(&summary.rules),
                recipient_domains: counts(&summary.domains),
                status_codes: counts(&summary.codes),
            },
            delivery_seconds: delivery(summary),
            hours: summary.hours.iter().map(|(hour, sum)| hour_json(*hour, *sum)).collect(),
            failing_recipients: traced.failing.iter().map(failing_json).collect(),
            failing_recipients_total: traced.recipients,
            refusals: summary.refusals.iter().map(RefusalJson::from).collect(),
            notes: traced.notes,
        }
    }
}

impl<'a> SummaryJson<'a> {
    /// The summary of messages, of which traces may be a part whose rows were not counted.
    pub fn of_messages(traced: &'a Traced<'a>) -> Self {
        SummaryJson { rows: None, expected_rows: None, ..SummaryJson::from(traced) }
    }
}

fn cause_json<'a>(rule: &'a str, cause: &'a Cause) -> CauseJson<'a> {
    let [possible, likely, proven] = cause.certainty;
    let example = &cause.example;
    CauseJson {
        rule,
        pairs: cause.pairs(),
        certainty: CertaintyJson { proven, likely, possible },
        example: ExampleJson {
            recipient: &example.recipient,
            summary: &example.summary,
            evidence: example.evidence.iter().map(|one| EvidenceJson::from(&**one)).collect(),
            evidence_is_own: example.is_own,
            fix: example.fix.iter().map(FixJson::from).collect(),
            caveat: example.caveat.as_deref(),
        },
    }
}

fn counts<K: Ord + AsRef<str>>(sums: &BTreeMap<K, u64>) -> Vec<CountJson<'_>> {
    let top = summary::top(sums, LISTED).into_iter();
    top.map(|(name, pairs)| CountJson { name: name.as_ref(), pairs }).collect()
}

impl<'a> From<&'a Refusal> for RefusalJson<'a> {
    fn from(refusal: &'a Refusal) -> Self {
        RefusalJson {
            source: &refusal.source,
            row: refusal.row,
            column: &refusal.column,
            found: &refusal.found,
            expected: &refusal.expected,
        }
    }
}

impl From<Counts> for RowsJson {
    fn from(rows: Counts) -> Self {
        let Counts { read, used, refused, duplicates } = rows;
        RowsJson { read, used, refused, duplicates }
    }
}

fn delivery(summary: &summary::Summary) -> Option<DeliveryJson> {
    let times = &summary.delivery;
    let tenths = |seconds: f64| (seconds * 10.0).round() / 10.0;
    Some(DeliveryJson {
        p50: tenths(times.at(0.5)?),
        p95: tenths(times.at(0.95)?),
        max: tenths(times.max()?),
    })
}

fn hour_json(hour: i64, sum: summary::Hour) -> HourJson {
    HourJson { hour: super::text::hour_name(hour), pairs: sum.pairs, failed: sum.failed }
}

fn failing_json(failing: &summary::Failing) -> FailingJson<'_> {
    FailingJson {
        recipient: &failing.recipient,
        pairs: failing.pairs,
        outcome: failing.outcome,
        causes: &failing.causes,
        source: failing.row.as_ref().map(|(source, _)| &**source),
        row: failing.row.as_ref().map(|(_, row)| *row),
    }
}
