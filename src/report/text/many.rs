//! Many diagnoses: a line each, and what they come to.

use super::Look;
use super::single::section;
use crate::diagnosis::Diagnosis;
use crate::report::escape::shorten;
use crate::report::overview::{self, Overview};
use crate::report::words;
use std::fmt::Write;

/// One line about a diagnosis: the outcome and how sure it is, the deciding rule and how sure that is,
/// recipient, file.
pub fn line(look: Look, diagnosis: &Diagnosis) -> String {
    const RULE: usize = 44;
    const RECIPIENT: usize = 28;
    const ENDED: usize = 22;
    let finding = overview::main_cause(diagnosis).or_else(|| diagnosis.findings.first());
    let recipient = shorten(diagnosis.recipient.as_deref().unwrap_or("-"), RECIPIENT);
    let source = diagnosis.sources.first().map_or("-", |source| source.path.as_ref());
    let source = shorten(source, 60);
    let certainty = diagnosis.outcome_certainty.name();
    let mut ended = String::with_capacity(ENDED);
    pad(&mut ended, &[diagnosis.outcome.name(), " (", certainty, ")"], ENDED);
    let mut line = look.outcome(diagnosis.outcome, &ended);
    line.reserve(RULE + recipient.len().max(RECIPIENT) + source.len() + 4);
    line.push(' ');
    match finding {
        Some(finding) => pad(&mut line, &[finding.rule, " (", finding.certainty.name(), ")"], RULE),
        None => pad(&mut line, &["-"], RULE),
    }
    line.push(' ');
    pad(&mut line, &[&recipient], RECIPIENT);
    line.push(' ');
    line.push_str(&source);
    line.push('\n');
    line
}

/// Puts the parts of a text at the end of a line, with blanks behind them, so that they take at least
/// that many characters.
fn pad(line: &mut String, parts: &[&str], characters: usize) {
    /// As many as the widest column takes.
    const BLANKS: &str = "                                            ";
    let mut missing = characters;
    for part in parts {
        line.push_str(part);
        missing = missing.saturating_sub(part.chars().count());
    }
    line.push_str(&BLANKS[..missing.min(BLANKS.len())]);
}

/// What many diagnoses come to: outcomes, causes with what mends most, the worst offenders.
pub fn summary(look: Look, overview: &Overview) -> String {
    let mut out = String::new();
    let failing = overview.failing();
    let headline = format!(
        "{} explained: {} delivered outside Junk, {} junked, stopped, missing or taken away.",
        words::plural(overview.total, "message", "messages"),
        words::count(overview.reached()),
        words::count(failing),
    );
    look.wrap_painted(&mut out, "", "", &headline, |line| look.heading(line));
    section(look, &mut out, "Where they ended");
    for (outcome, count) in &overview.outcomes {
        let name = look.outcome(*outcome, &format!("{:<14}", outcome.name()));
        let _ = writeln!(
            out,
            "  {name} {:>9}  {:>5.1} %  {}",
            words::count(*count),
            words::percent(*count, overview.total),
            words::outcome_meaning(*outcome),
        );
    }
    causes(look, &mut out, overview);
    remedies(look, &mut out, overview);
    recipients(look, &mut out, overview);
    if overview.contradicted > 0 {
        let text = format!(
            "{} evidence that disagrees with itself; --details shows it.",
            words::plural(overview.contradicted, "message has", "messages have")
        );
        out.push('\n');
        look.wrap(&mut out, "", "", &text);
    }
    out
}

fn causes(look: Look, out: &mut String, overview: &Overview) {
    let causes = overview.causes_by_count();
    if causes.is_empty() && overview.unexplained == 0 {
        return;
    }
    section(look, out, "Why (each message once, under its surest cause)");
    for (rule, cause) in causes {
        let _ = writeln!(
            out,
            "  {:>9}  {}  {}",
            words::count(cause.total()),
            look.heading(rule),
            look.faint(&format!("({})", words::certainties(cause.certainty)))
        );
        let first =
            format!("             {}", if cause.total() > 1 { "for example: " } else { "" });
        look.wrap(out, &first, "             ", &cause.example);
    }
    if overview.unexplained > 0 {
        let _ =
            writeln!(out, "  {:>9}  no cause could be told", words::count(overview.unexplained));
    }
    if !overview.also.is_empty() {
        let also = words::counted(overview.also_by_count());
        look.wrap(out, "  ", "    ", &format!("{} {also}", words::ALSO));
    }
}

/// The fixes that would mend most.
fn remedies(look: Look, out: &mut String, overview: &Overview) {
    const SHOWN: usize = 3;
    let remedies = overview.remedies_by_count();
    if remedies.is_empty() {
        return;
    }
    section(look, out, "What would mend most");
    for remedy in remedies.iter().take(SHOWN) {
        let rules: Vec<&str> = remedy.causes.iter().copied().collect();
        let first = format!("  {:>9}  ", words::count(remedy.messages));
        look.wrap(out, &first, "             ", &rules.join(", "));
        for fix in remedy.steps.iter().take(2) {
            if fix.kind == crate::finding::FixKind::Powershell {
                look.verbatim(out, "               ", &fix.text, |line| look.command(line));
            } else {
                look.wrap(out, "             ", "               ", &fix.text);
            }
        }
    }
}

fn recipients(look: Look, out: &mut String, overview: &Overview) {
    const SHOWN: usize = 10;
    let all = overview.recipients();
    if all == 0 {
        return;
    }
    section(look, out, "Recipients with most failing messages");
    for (recipient, failing) in overview.recipients_by_count(SHOWN) {
        let causes: Vec<&str> = failing.causes.iter().copied().collect();
        let _ = writeln!(
            out,
            "  {:>9}  {:<36} {}",
            words::count(failing.messages),
            shorten(recipient, 36),
            look.faint(&causes.join(", "))
        );
    }
    if all > SHOWN {
        let _ = writeln!(out, "             and {} more", words::count((all - SHOWN) as u64));
    }
}
