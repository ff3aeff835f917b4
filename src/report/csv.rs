//! CSV: one row per diagnosis, or one per finding; safe to open in a spreadsheet.
//!
//! The text is UTF-8 with a byte order mark, without which Excel takes it for the system's old
//! code page.

use super::escape::{csv_cell, csv_lines};
use super::{overview, words};
use crate::diagnosis::Diagnosis;
use crate::finding::{Finding, Role};
use std::io::{self, Write};

/// Column names of [`write_row`], in order.
pub const COLUMNS: [&str; 28] = [
    "recipient",
    "outcome",
    "outcome_certainty",
    "cause",
    "cause_certainty",
    "headline",
    "fix",
    "other_findings",
    "subject",
    "from",
    "mail_from",
    "date",
    "message_id",
    "network_message_id",
    "tenant_id",
    "connecting_ip",
    "ipv",
    "sfv",
    "cat",
    "scl",
    "bcl",
    "sfty",
    "dest",
    "spf",
    "dkim",
    "dmarc",
    "compauth",
    "sources",
];

/// Column names of [`write_findings`], in order.
pub const FINDING_COLUMNS: [&str; 14] = [
    "recipient",
    "message_id",
    "subject",
    "outcome",
    "rule",
    "role",
    "certainty",
    "summary",
    "evidence_place",
    "evidence_field",
    "evidence_value",
    "excluded",
    "fix",
    "caveat",
];

/// Writes the byte order mark and the header row.
///
/// # Errors
///
/// Those of `out`.
pub fn write_header(out: &mut dyn Write, columns: &[&str]) -> io::Result<()> {
    write!(out, "\u{feff}{}\r\n", columns.join(","))
}

/// Writes the row of one diagnosis.
///
/// # Errors
///
/// Those of `out`.
pub fn write_row(out: &mut dyn Write, diagnosis: &Diagnosis) -> io::Result<()> {
    let Diagnosis { message, facts, .. } = diagnosis;
    let cause = overview::main_cause(diagnosis);
    let authentication = &facts.authentication;
    let dkim: Vec<String> = authentication
        .dkim
        .iter()
        .map(|(result, domain)| match domain {
            Some(domain) => format!("{result} {domain}"),
            None => result.clone(),
        })
        .collect();
    let sources: Vec<&str> = diagnosis.sources.iter().map(|source| &*source.path).collect();
    let optional = |value: &Option<String>| csv_cell(value.as_deref().unwrap_or_default());
    let number = |value: Option<i64>| value.map(|n| n.to_string()).unwrap_or_default();
    let dest = facts.mailbox_delivery.as_ref().and_then(|delivery| delivery.dest.clone());
    let cells: [String; COLUMNS.len()] = [
        optional(&diagnosis.recipient),
        diagnosis.outcome.name().to_owned(),
        diagnosis.outcome_certainty.name().to_owned(),
        cause.map_or("", |finding| finding.rule).to_owned(),
        cause.map_or("", |finding| finding.certainty.name()).to_owned(),
        csv_cell(&diagnosis.headline),
        csv_lines(&cause.map(fix_text).unwrap_or_default()),
        csv_cell(&other_findings(diagnosis, cause)),
        optional(&message.subject),
        optional(&message.from),
        optional(&message.mail_from),
        optional(&message.date),
        optional(&message.message_id),
        optional(&message.network_message_id),
        optional(&message.tenant_id),
        optional(&facts.connecting_ip),
        optional(&facts.ipv),
        optional(&facts.sfv),
        optional(&facts.cat),
        number(facts.scl.map(i64::from)),
        number(facts.bcl.map(i64::from)),
        optional(&facts.sfty),
        optional(&dest),
        optional(&authentication.spf),
        csv_cell(&dkim.join(" ")),
        optional(&authentication.dmarc),
        optional(&authentication.compauth),
        csv_cell(&sources.join(" ")),
    ];
    write_cells(out, &cells)
}

/// Writes one row per finding of a diagnosis, none where there is none.
///
/// # Errors
///
/// Those of `out`.
pub fn write_findings(out: &mut dyn Write, diagnosis: &Diagnosis) -> io::Result<()> {
    for finding in &diagnosis.findings {
        let optional = |value: &Option<String>| csv_cell(value.as_deref().unwrap_or_default());
        let first = finding.evidence.first();
        let cells: [String; FINDING_COLUMNS.len()] = [
            optional(&diagnosis.recipient),
            optional(&diagnosis.message.message_id),
            optional(&diagnosis.message.subject),
            diagnosis.outcome.name().to_owned(),
            finding.rule.to_owned(),
            finding.role.name().to_owned(),
            finding.certainty.name().to_owned(),
            csv_cell(&finding.summary),
            csv_cell(&first.map(|evidence| words::place(evidence)).unwrap_or_default()),
            csv_cell(first.map_or("", |evidence| &evidence.field)),
            csv_cell(first.map_or("", |evidence| &evidence.value)),
            csv_cell(&finding.excluded.join("; ")),
            csv_lines(&fix_text(finding)),
            csv_cell(finding.caveat.as_deref().unwrap_or_default()),
        ];
        write_cells(out, &cells)?;
    }
    Ok(())
}

fn write_cells(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    write!(out, "{}\r\n", cells.join(","))
}

/// The recommended fix, the first of a finding's.
fn fix_text(finding: &Finding) -> String {
    finding.fix.first().map(|fix| fix.text.clone()).unwrap_or_default()
}

/// `role:rule` of every finding but the main cause and the notes.
fn other_findings(diagnosis: &Diagnosis, cause: Option<&Finding>) -> String {
    let others: Vec<String> = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.role != Role::Note)
        .filter(|finding| !cause.is_some_and(|cause| std::ptr::eq(cause, *finding)))
        .map(|finding| format!("{}:{}", finding.role, finding.rule))
        .collect();
    others.join(" ")
}
