//! An audit for people at a terminal.

use super::{mechanisms, subject};
use crate::finding::FixKind;
use crate::report::text::Look;
use crate::rules::configuration::Severity;
use crate::rules::configuration::audit::{Audit, AuditFinding};
use crate::rules::configuration::predictions::Prediction;
use crate::rules::configuration::steps::{State, Step};
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// Predictions shown one by one; more are summed up.
const SHOWN: usize = 12;

/// Writes an audit.
pub fn text(look: Look, audit: &Audit) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", look.heading(&headline(audit)));
    section(look, &mut out, "Allow-listing steps");
    for one in &audit.steps {
        step(look, &mut out, one);
    }
    predictions(look, &mut out, &audit.predictions);
    for (severity, title) in [
        (Severity::Error, "Errors"),
        (Severity::Warning, "Warnings"),
        (Severity::Info, "Worth knowing"),
    ] {
        let mut of_severity =
            audit.findings.iter().filter(|finding| finding.severity == severity).peekable();
        if of_severity.peek().is_some() {
            section(look, &mut out, title);
            for (at, one) in of_severity.enumerate() {
                if at > 0 {
                    out.push('\n');
                }
                finding(look, &mut out, one);
            }
        }
    }
    if !audit.notes.is_empty() {
        section(look, &mut out, "Notes");
        for note in &audit.notes {
            look.wrap(&mut out, "  - ", "    ", note);
        }
    }
    out
}

/// The audit in one sentence.
pub(super) fn headline(audit: &Audit) -> String {
    let count = |severity| audit.findings.iter().filter(|f| f.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let mut text = match (errors, warnings) {
        (0, 0) => "No errors and no warnings".to_owned(),
        _ => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
    };
    if !audit.predictions.is_empty() {
        let _ = write!(text, "; {}", outlook(&audit.predictions));
    }
    text + "."
}

/// What the campaign's mail has to expect, in half a sentence.
fn outlook(predictions: &[Prediction]) -> String {
    let stopped = predictions.iter().filter(|p| !p.blocked_by.is_empty()).count();
    let allowed =
        predictions.iter().filter(|p| p.blocked_by.is_empty() && !p.mechanisms.is_empty()).count();
    let total = predictions.len();
    let unknown = match predictions.iter().map(|p| &*p.not_exported).find(|p| !p.is_empty()) {
        Some([one]) => format!(" (not exported: {one})"),
        Some([all @ .., last]) => format!(" (not exported: {} and {last})", all.join(", ")),
        _ => String::new(),
    };
    if total == 1 {
        return match (stopped, allowed, unknown.is_empty()) {
            (1, ..) => "a block matches the campaign's mail".to_owned(),
            (_, 1, _) => "an allow entry matches the campaign's mail".to_owned(),
            _ if predictions[0].doubtful => {
                format!("an allow entry may match the campaign's mail{unknown}")
            }
            (_, _, true) => "no allow entry matches the campaign's mail".to_owned(),
            _ => format!("no exported allow entry matches the campaign's mail{unknown}"),
        };
    }
    let combinations = "combinations of sending IP and domains";
    let doubtful = predictions.iter().filter(|p| p.doubtful).count();
    let mut text = match allowed {
        0 if doubtful > 0 => {
            format!("allow entries may match {doubtful} of {total} {combinations}{unknown}")
        }
        0 if !unknown.is_empty() => {
            format!("no exported allow entry matches any of {total} {combinations}{unknown}")
        }
        0 => format!("no allow entry matches any of {total} {combinations}"),
        _ if allowed == total => format!("allow entries match all {total} {combinations}"),
        _ => format!("allow entries match {allowed} of {total} {combinations}"),
    };
    if stopped > 0 {
        let _ = write!(text, "; a block matches {stopped}");
    }
    text
}

fn section(look: Look, out: &mut String, title: &str) {
    let _ = writeln!(out, "\n{}", look.heading(title));
}

fn step(look: Look, out: &mut String, step: &Step) {
    let color = match step.state {
        State::Done if step.compared => AnsiColor::Green,
        State::Missing if !step.needed => AnsiColor::BrightBlack,
        State::Done | State::Missing => AnsiColor::Yellow,
        State::Wrong => AnsiColor::Red,
        State::Unknown => AnsiColor::BrightBlack,
    };
    let state = look.paint(colored(color), &format!("{:8}", step.label()));
    let first = format!("  {state} {:27}", step.step);
    look.wrap(out, &first, &" ".repeat(38), &step.detail);
}

fn colored(color: AnsiColor) -> Style {
    Style::new().bold().fg_color(Some(color.into()))
}

fn predictions(look: Look, out: &mut String, predictions: &[Prediction]) {
    if predictions.is_empty() {
        return;
    }
    section(look, out, "What will become of the campaign's mail");
    for one in predictions.iter().take(SHOWN) {
        look.wrap(out, "  ", "  ", &subject(one));
        let color = match (one.mechanisms.is_empty(), one.blocked_by.is_empty()) {
            (_, false) => AnsiColor::Red,
            (true, _) => AnsiColor::Yellow,
            (false, true) => AnsiColor::Green,
        };
        look.wrap_painted(out, "    let through by  ", &" ".repeat(20), &mechanisms(one), |line| {
            look.paint(colored(color), line)
        });
        for (mechanism, why) in &one.nearly {
            let told = format!("{}: {why}", mechanism.name());
            look.wrap(out, "    nearly          ", &" ".repeat(20), &told);
        }
        for why in &one.blocked_by {
            look.wrap(out, "    stopped by      ", &" ".repeat(20), why);
        }
        look.wrap(out, "    still filtered  ", &" ".repeat(20), &one.still_filtered.join(", "));
        for caveat in &one.caveats {
            look.wrap(out, "    mind            ", &" ".repeat(20), caveat);
        }
    }
    if predictions.len() > SHOWN {
        let rest = predictions.len() - SHOWN;
        let _ = writeln!(out, "  and {rest} more (--format json has them all)");
    }
}

fn finding(look: Look, out: &mut String, finding: &AuditFinding) {
    look.wrap(out, "  - ", "    ", &finding.summary);
    look.wrap_painted(out, "    ", "    ", finding.meaning, |line| look.faint(line));
    for one in &finding.evidence {
        let shown = format!("{} {} = {}", one.source, one.field, one.value);
        look.wrap_painted(out, "    ", "      ", &shown, |line| look.faint(line));
    }
    for fix in &finding.fix {
        if fix.kind == FixKind::Powershell {
            look.verbatim(out, "    > ", &fix.text, |line| look.command(line));
        } else {
            look.wrap(out, "    > ", "      ", &fix.text);
        }
    }
    let _ = writeln!(out, "    {}", look.faint(finding.rule));
}
