//! `mailwhy rules`: every cause, from the same definitions that the checks use.

use super::Status;
use crate::cli::{ColorArg, RulesArgs, RulesFormat};
use crate::error::{Error, Result};
use crate::finding::Role;
use crate::output::Output;
use crate::rules::configuration::{self, Lint};
use crate::rules::{self, Rule, Stage};
use serde::Serialize;
use std::fmt::Write;

/// One entry of `mailwhy rules`: a cause, or a lint of the configuration.
#[derive(Debug, Clone, Serialize)]
struct RuleEntry {
    id: &'static str,
    stage: &'static str,
    role: &'static str,
    /// How bad a lint is; `null` for a cause.
    severity: Option<&'static str>,
    meaning: &'static str,
    evidence: &'static [&'static str],
    against: &'static [&'static str],
    fix: &'static [&'static str],
    caveat: Option<&'static str>,
    references: &'static [&'static str],
    #[serde(skip)]
    heading: &'static str,
}

impl From<&Rule> for RuleEntry {
    fn from(rule: &Rule) -> Self {
        let entry = &rule.entry;
        RuleEntry {
            id: rule.id,
            stage: rule.stage.name(),
            role: rule.role.name(),
            severity: None,
            meaning: entry.meaning,
            evidence: entry.evidence,
            against: entry.against,
            fix: entry.fix,
            caveat: (!entry.caveat.is_empty()).then_some(entry.caveat),
            references: entry.references,
            heading: rule.stage.title(),
        }
    }
}

impl From<&Lint> for RuleEntry {
    fn from(lint: &Lint) -> Self {
        RuleEntry {
            id: lint.id,
            stage: Stage::Configuration.name(),
            role: Role::Configuration.name(),
            severity: Some(lint.severity.name()),
            meaning: lint.meaning,
            evidence: &[
                "Proven: the exported configuration says so; `mailwhy audit` names the setting",
            ],
            against: &[],
            fix: &[
                "`mailwhy audit` fills it in with the tenant's own values, `mailwhy audit --fix` as a script",
            ],
            caveat: None,
            references: lint.references,
            heading: "Configuration, found by mailwhy audit",
        }
    }
}

/// Every cause, then every lint that is no cause as well.
fn entries() -> Vec<RuleEntry> {
    let lints = configuration::lints().filter(|lint| rules::by_id(lint.id).is_none());
    rules::all().map(RuleEntry::from).chain(lints.map(RuleEntry::from)).collect()
}

/// Lists every rule, or prints the whole entry of one.
///
/// # Errors
///
/// [`Error::Usage`] for an id that no rule has; what [`Output`] returns.
pub fn run(args: &RulesArgs, color: ColorArg) -> Result<Status> {
    let all = entries();
    let chosen = args.id.as_deref().map(|id| {
        all.iter().find(|entry| entry.id == id).ok_or_else(|| unknown(id, all.iter().map(|e| e.id)))
    });
    let chosen = chosen.transpose()?;
    let mut output = Output::open(None, color)?;
    let width = output.width.unwrap_or(100);
    let text = match (args.format, chosen) {
        (RulesFormat::Text, None) => list(&all, width),
        (RulesFormat::Text, Some(entry)) => page(entry, width),
        (RulesFormat::Json, None) => json(&all)?,
        (RulesFormat::Json, Some(entry)) => json(entry)?,
    };
    output.put(text.as_bytes())?;
    output.finish()?;
    Ok(Status::Done)
}

/// The rule of that id.
///
/// # Errors
///
/// [`Error::Usage`] with the nearest id there is.
pub(super) fn find(id: &str) -> Result<&'static Rule> {
    rules::by_id(id).ok_or_else(|| unknown(id, rules::all().map(|rule| rule.id)))
}

fn unknown(id: &str, known: impl Iterator<Item = &'static str>) -> Error {
    let near = known
        .map(|known| (strsim::normalized_damerau_levenshtein(id, known), known))
        .filter(|(likeness, _)| *likeness > 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = near.map_or_else(
        || "`mailwhy rules` lists them all".to_owned(),
        |(_, id)| format!("did you mean `{id}`?"),
    );
    Error::Usage(format!("there is no rule {id:?}; {hint}"))
}

fn json(value: &impl Serialize) -> Result<String> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| Error::Write {
        path: "standard output".into(),
        reason: error.to_string(),
    })?;
    text.push('\n');
    Ok(text)
}

/// One line per rule, a heading per stage.
fn list(all: &[RuleEntry], width: usize) -> String {
    let column = all.iter().map(|entry| entry.id.len()).max().unwrap_or(0) + 4;
    let indent = " ".repeat(column);
    let mut text = String::new();
    let mut heading = "";
    for entry in all {
        if entry.heading != heading {
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{}", entry.heading);
            heading = entry.heading;
        }
        let first = format!("  {:1$}", entry.id, column - 2);
        let options =
            textwrap::Options::new(width).initial_indent(&first).subsequent_indent(&indent);
        let _ = writeln!(text, "{}", textwrap::fill(entry.meaning, options));
    }
    text
}

/// The whole entry of one rule.
fn page(entry: &RuleEntry, width: usize) -> String {
    let mut text = format!("{}\n\n", entry.id);
    let _ = writeln!(text, "{}", textwrap::fill(entry.meaning, width));
    let severity = entry.severity.map(|name| format!(" Severity: {name}.")).unwrap_or_default();
    let _ = writeln!(text, "\nStage: {}. Role: {}.{severity}", entry.heading, entry.role);
    for (title, points) in [
        ("What shows it", entry.evidence),
        ("What speaks against it", entry.against),
        ("What to do", entry.fix),
        ("Keep in mind", &[entry.caveat.unwrap_or_default()]),
        ("Sources", entry.references),
    ] {
        if points.iter().all(|point| point.is_empty()) {
            continue;
        }
        let _ = writeln!(text, "\n{title}");
        for point in points {
            let options =
                textwrap::Options::new(width).initial_indent("  - ").subsequent_indent("    ");
            // An address must stay in one piece to be copied.
            let options = options
                .word_separator(textwrap::WordSeparator::AsciiSpace)
                .word_splitter(textwrap::WordSplitter::NoHyphenation)
                .break_words(false);
            let _ = writeln!(text, "{}", textwrap::fill(point, options));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_id_is_answered_with_the_nearest() {
        let Some(rule) = rules::all().next() else { return };
        let misspelled = rule.id.replacen('-', "_", 1);
        let message = find(&misspelled).unwrap_err().to_string();
        assert!(message.contains(rule.id), "{message}");
    }

    #[test]
    fn the_list_names_every_rule_once() {
        let all = entries();
        let text = list(&all, 100);
        for rule in &all {
            let lines =
                text.lines().filter(|line| line.trim_start().starts_with(&format!("{} ", rule.id)));
            assert_eq!(lines.count(), 1, "{}", rule.id);
        }
    }

    #[test]
    fn a_page_holds_every_text_of_its_entry() {
        for entry in &entries() {
            let text = page(entry, 10_000);
            for point in
                entry.evidence.iter().chain(entry.against).chain(entry.fix).chain(entry.references)
            {
                assert!(text.contains(point), "{}: {point}", entry.id);
            }
        }
    }
}
