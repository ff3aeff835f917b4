//! One message, explained in Markdown.

use super::{block, code};
use crate::diagnosis::Diagnosis;
use crate::fact::Citation;
use crate::finding::{Finding, Fix, FixKind, Role};
use crate::report::escape::{markdown, markdown_advice, markdown_code, markdown_code_cell};
use crate::report::{remedies, words};

/// The whole explanation of one message.
pub(super) fn explain(diagnosis: &Diagnosis) -> String {
    let mut text = format!(
        "# {} ({})\n\n{}\n\n",
        words::outcome_title(diagnosis.outcome),
        diagnosis.outcome_certainty,
        markdown(&diagnosis.headline)
    );
    text += &identity(diagnosis);
    for role in Role::ALL {
        text += &findings(diagnosis, role);
    }
    text += &lines("What does not fit together", &diagnosis.contradictions);
    text += &what_to_do(diagnosis);
    text += &stamps(diagnosis);
    text += &path(diagnosis);
    text += &systems(diagnosis);
    text += &links(diagnosis);
    text += &lines("Notes", &diagnosis.notes);
    text
}

fn identity(diagnosis: &Diagnosis) -> String {
    let mut text = "| | |\n| --- | --- |\n".to_owned();
    for (name, value) in words::identity(diagnosis) {
        text += &format!("| {name} | {} |\n", code(Some(value)));
    }
    if !diagnosis.outcome_because.is_empty() {
        text += &format!("| Says so | {} |\n", markdown(&diagnosis.outcome_because));
    }
    for source in &diagnosis.sources {
        text += &format!("| Source | {} ({}) |\n", code(Some(&source.path)), source.kind);
    }
    text
}

fn findings(diagnosis: &Diagnosis, role: Role) -> String {
    let findings: Vec<&Finding> =
        diagnosis.findings.iter().filter(|finding| finding.role == role).collect();
    if findings.is_empty() {
        return String::new();
    }
    let mut text = format!("\n## {}\n", words::role_title(role));
    for finding in findings {
        text += &format!(
            "\n**{}** ({})  \n{}\n\n",
            markdown_code(finding.rule),
            finding.certainty,
            markdown(&finding.summary)
        );
        for pieces in finding.evidence.chunk_by(|a, b| words::is_same_place(a, b)) {
            text += &quote(pieces);
        }
        for excluded in &finding.excluded {
            let (label, line) = words::standing(excluded);
            text += &format!("- {label}: {}\n", markdown(line));
        }
        for reference in finding.references.iter() {
            text += &format!("\nSee {}\n", markdown_advice(reference));
        }
    }
    text
}

/// Pieces of one header, row or setting, under the place they share.
fn quote(pieces: &[Citation]) -> String {
    let Some(first) = pieces.first() else { return String::new() };
    let values: Vec<String> = pieces.iter().map(|piece| markdown_code(&piece.value)).collect();
    format!(
        "- {} = {} ({})\n",
        markdown_code(&first.field),
        values.join(", "),
        markdown_code(&words::place(first))
    )
}

fn what_to_do(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for remedy in remedies::of(diagnosis) {
        let rules: Vec<String> = remedy.rules.iter().map(|rule| markdown_code(rule)).collect();
        text += &format!("\nFor {}:\n\n{}", rules.join(", "), steps(remedy.steps));
        for (rule, caveat) in remedy.caveats {
            text += &format!("\n> {}: {}\n", markdown_code(rule), markdown(caveat));
        }
    }
    if text.is_empty() { text } else { format!("\n## What to do\n{text}") }
}

/// The steps of a fix: commands fenced, paths as text.
pub(super) fn steps<'a>(fixes: impl IntoIterator<Item = &'a Fix>) -> String {
    let mut text = String::new();
    for fix in fixes {
        let title = words::fix_title(fix.kind);
        text += &match fix.kind {
            FixKind::Powershell => format!("{title}:\n\n{}", block(&fix.text, "powershell")),
            _ => format!("{title}: {}\n\n", markdown_advice(&fix.text)),
        };
    }
    text
}

fn stamps(diagnosis: &Diagnosis) -> String {
    table(
        "Stamps",
        "| Stamp | Value | Meaning |\n| --- | --- | --- |\n",
        diagnosis.facts.stamps.iter().map(|stamp| {
            format!(
                "| {} | {} | {} |\n",
                markdown_code_cell(&stamp.field),
                code(Some(&stamp.value)),
                markdown(&stamp.meaning)
            )
        }),
    )
}

fn path(diagnosis: &Diagnosis) -> String {
    table(
        "Path",
        "| Role | From | Address | By | Time | Delay |\n| --- | --- | --- | --- | --- | ---: |\n",
        diagnosis.facts.hops.iter().rev().map(|hop| {
            format!(
                "| {} | {} | {} | {} | {} | {} |\n",
                hop.role,
                code(hop.from.as_deref()),
                code(hop.ip.as_deref()),
                code(hop.by.as_deref()),
                code(hop.date.as_deref()),
                hop.delay_seconds.map(words::duration).unwrap_or_default()
            )
        }),
    )
}

/// Gateways and the simulation platform.
fn systems(diagnosis: &Diagnosis) -> String {
    let facts = &diagnosis.facts;
    let gateways = facts.gateways.iter();
    let gateways =
        gateways.map(|(vendor, position)| format!("{vendor}: {}", words::gateway_place(position)));
    let platform =
        facts.simulation.iter().map(|(platform, mark)| words::platform_hint(platform, mark));
    lines("Systems", &gateways.chain(platform).collect::<Vec<_>>())
}

fn links(diagnosis: &Diagnosis) -> String {
    table(
        "Links",
        "| Link | Rewritten by | Original | Recovered | Remark |\n| --- | --- | --- | --- | --- |\n",
        diagnosis.facts.links.iter().map(|link| {
            format!(
                "| {} | {} | {} | {} | {} |\n",
                code(Some(&link.rewritten)),
                markdown(&link.chain.join(", ")),
                code(link.original.as_deref()),
                link.recovered,
                markdown(link.note.as_deref().unwrap_or_default())
            )
        }),
    )
}

fn table(title: &str, head: &str, rows: impl Iterator<Item = String>) -> String {
    let rows: String = rows.collect();
    if rows.is_empty() { rows } else { format!("\n## {title}\n\n{head}{rows}") }
}

fn lines(title: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let items: String = lines.iter().map(|line| format!("- {}\n", markdown(line))).collect();
    format!("\n## {title}\n\n{items}")
}
