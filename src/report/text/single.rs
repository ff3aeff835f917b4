//! One diagnosis in full.

use super::Look;
use super::facts;
use crate::diagnosis::Diagnosis;
use crate::fact::Citation;
use crate::finding::{Finding, Fix, FixKind, Outcome, Role};
use crate::report::escape::visible;
use crate::report::{remedies, words};
use std::fmt::Write;

/// Writes one diagnosis.
pub fn write(look: Look, diagnosis: &Diagnosis) -> String {
    let mut out = String::with_capacity(8 * 1024);
    let paint = |line: &str| look.outcome(diagnosis.outcome, line);
    look.wrap_painted(&mut out, "", "", &diagnosis.headline, paint);
    out.push('\n');
    identity(look, &mut out, diagnosis);
    let mut shown = Shown::default();
    for role in Role::ALL {
        let mut of_role = diagnosis.findings.iter().filter(|f| f.role == role).peekable();
        if of_role.peek().is_some() {
            section(look, &mut out, words::role_title(role));
            for finding in of_role {
                self::finding(look, &mut out, finding, &mut shown);
            }
        }
    }
    if !diagnosis.contradictions.is_empty() {
        section(look, &mut out, "What does not fit together");
        for sentence in &diagnosis.contradictions {
            look.wrap(&mut out, "  - ", "    ", sentence);
        }
    }
    fixes(look, &mut out, diagnosis);
    facts::write(look, &mut out, &diagnosis.facts);
    if !diagnosis.notes.is_empty() {
        section(look, &mut out, "Notes");
        for note in &diagnosis.notes {
            look.wrap(&mut out, "  - ", "    ", note);
        }
    }
    out
}

pub(super) fn section(look: Look, out: &mut String, title: &str) {
    let _ = writeln!(out, "\n{}", look.heading(title));
}

fn identity(look: Look, out: &mut String, diagnosis: &Diagnosis) {
    let ended = format!(
        "{} ({}): {}",
        diagnosis.outcome, diagnosis.outcome_certainty, diagnosis.outcome_because
    );
    let ended = (diagnosis.outcome != Outcome::Unknown).then_some(ended);
    let sources = diagnosis.sources.iter().map(|s| s.path.as_ref()).collect::<Vec<_>>().join(", ");
    let ended = ended.as_deref().map(|ended| ("Ended", ended));
    let source = (!sources.is_empty()).then_some(("Source", sources.as_str()));
    for (name, value) in ended.into_iter().chain(words::identity(diagnosis)).chain(source) {
        look.wrap(out, &look.faint(&format!("{name:<12}")), &" ".repeat(12), value);
    }
}

/// Evidence already printed: a long header that several findings rest on is printed once.
#[derive(Default)]
struct Shown(Vec<Citation>);

impl Shown {
    fn first_time(&mut self, evidence: &Citation) -> bool {
        let known = self.0.contains(evidence);
        if !known {
            self.0.push(evidence.clone());
        }
        !known
    }
}

fn finding(look: Look, out: &mut String, finding: &Finding, shown: &mut Shown) {
    let title = format!(
        "{} {}",
        look.heading(finding.rule),
        look.certainty(finding.certainty, &format!("({})", finding.certainty))
    );
    let _ = writeln!(out, "  {title}");
    look.wrap(out, "    ", "    ", &finding.summary);
    for pieces in finding.evidence.chunk_by(|a, b| words::is_same_place(a, b)) {
        evidence(look, out, pieces, shown);
    }
    for excluded in &finding.excluded {
        let (label, text) = words::standing(excluded);
        look.wrap(
            out,
            &format!("    {} ", look.faint(&format!("{label}:"))),
            &" ".repeat(label.len() + 6),
            text,
        );
    }
}

/// A value, or word that there is none.
fn said(value: &str) -> &str {
    if value.is_empty() { "(empty)" } else { value }
}

/// Pieces of one header, row or setting, under the place they share.
fn evidence(look: Look, out: &mut String, pieces: &[Citation], shown: &mut Shown) {
    let Some(first) = pieces.first() else { return };
    let place = words::place(first);
    let _ = writeln!(
        out,
        "    {} {}",
        look.faint(&format!("{}:", visible(&place))),
        visible(&first.field)
    );
    let (short, long): (Vec<_>, Vec<_>) = pieces.iter().partition(|piece| piece.value.len() < 60);
    let joined: Vec<&str> = short.iter().map(|piece| said(&piece.value)).collect();
    if !joined.is_empty() {
        look.wrap(out, "      ", "      ", &joined.join("  "));
    }
    for piece in long {
        // The same short value twice is clearer than a reference to it.
        if shown.first_time(piece) || piece.value.len() < 120 {
            look.wrap(out, "      ", "      ", &piece.value);
        } else {
            let _ = writeln!(out, "      (as above)");
        }
    }
}

/// What to do, each thing once, under the rules it is for.
fn fixes(look: Look, out: &mut String, diagnosis: &Diagnosis) {
    let remedies = remedies::of(diagnosis);
    if !remedies.is_empty() {
        section(look, out, "What to do");
    }
    for remedy in remedies {
        let rules = remedy.rules.join(", ");
        look.wrap(out, &format!("  {} ", look.faint("for")), "      ", &rules);
        for step in remedy.steps {
            fix(look, out, step);
        }
        for (rule, caveat) in remedy.caveats {
            let first = format!("    {} ", look.faint(&format!("Mind ({rule}):")));
            look.wrap(out, &first, "      ", caveat);
        }
    }
}

fn fix(look: Look, out: &mut String, fix: &Fix) {
    let label = words::fix_title(fix.kind);
    if fix.kind == FixKind::Powershell {
        let _ = writeln!(out, "    {}", look.faint(&format!("{label}:")));
        look.verbatim(out, "      ", &fix.text, |line| look.command(line));
    } else {
        look.wrap(out, &format!("    {} ", look.faint(&format!("{label}:"))), "      ", &fix.text);
    }
}
