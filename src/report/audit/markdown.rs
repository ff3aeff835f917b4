//! An audit for tickets and wikis.

use super::text::headline;
use super::{mechanisms, subject};
use crate::finding::FixKind;
use crate::report::escape::{markdown as safe, markdown_advice, markdown_block, markdown_code};
use crate::rules::configuration::audit::{Audit, AuditFinding};
use std::fmt::Write;

/// Predictions in the table; a ticket has a limit on its length.
const SHOWN: usize = 100;

/// Writes an audit.
pub fn markdown(audit: &Audit) -> String {
    let mut out = format!("# Allow-listing audit\n\n{}\n\n", safe(&headline(audit)));
    out.push_str("## Steps\n\n| Step | State | Detail |\n| --- | --- | --- |\n");
    for step in &audit.steps {
        let _ = writeln!(out, "| {} | {} | {} |", step.step, step.label(), safe(&step.detail));
    }
    if !audit.predictions.is_empty() {
        out.push_str("\n## What will become of the campaign's mail\n\n| Mail | Let through by | Nearly | Stopped by | Still filtered | Mind |\n| --- | --- | --- | --- | --- | --- |\n");
        for one in audit.predictions.iter().take(SHOWN) {
            let nearly: Vec<String> =
                one.nearly.iter().map(|(m, why)| format!("{}: {why}", m.name())).collect();
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                safe(&subject(one)),
                safe(&mechanisms(one)),
                safe(&nearly.join(" / ")),
                safe(&one.blocked_by.join(" / ")),
                one.still_filtered.join(", "),
                safe(&one.caveats.join(" / "))
            );
        }
        if audit.predictions.len() > SHOWN {
            let _ = writeln!(out, "\nand {} more", audit.predictions.len() - SHOWN);
        }
    }
    if !audit.findings.is_empty() {
        out.push_str("\n## Findings\n");
        for one in &audit.findings {
            finding(&mut out, one);
        }
    }
    if !audit.notes.is_empty() {
        out.push_str("\n## Notes\n\n");
        for note in &audit.notes {
            let _ = writeln!(out, "- {}", safe(note));
        }
    }
    out
}

fn finding(out: &mut String, finding: &AuditFinding) {
    let (severity, rule) = (finding.severity.name(), finding.rule);
    let _ = writeln!(out, "\n### {severity}: {rule}\n\n{}\n", safe(&finding.summary));
    let _ = writeln!(out, "{}\n", safe(finding.meaning));
    for one in &finding.evidence {
        let value = markdown_code(&format!("{} = {}", one.field, one.value));
        let _ = writeln!(out, "- {value} in {}", safe(&one.source));
    }
    for fix in &finding.fix {
        if fix.kind == FixKind::Powershell {
            let _ = write!(out, "\n{}", markdown_block("powershell", &fix.text));
        } else {
            let _ = writeln!(out, "\nFix: {}", markdown_advice(&fix.text));
        }
    }
    if let Some(caveat) = finding.caveat {
        let _ = writeln!(out, "\nKeep in mind: {}", safe(caveat));
    }
    for reference in finding.references {
        let _ = writeln!(out, "\nSource: {reference}");
    }
}
