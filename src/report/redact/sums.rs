//! Redaction of sums: what stands behind failures is named with the same pseudonyms.

use super::known::Known;
use super::names::Kind;
use super::{Redactor, sheet, stamps};
use crate::error::Error;
use crate::note::Note;
use crate::summary::said::{COUNTED, Said};
use crate::summary::{Example, Failing, Summary};
use crate::trace::statement::Kind as Statement;
use std::collections::BTreeMap;

impl Redactor {
    /// Replaces what is private in a summary, in the list of failing recipients and in the notes.
    pub fn redact_summary(
        &mut self,
        summary: &mut Summary,
        failing: &mut [Failing],
        notes: &mut [Note],
    ) {
        for row in failing.iter() {
            let known = Known::of_example(&row.recipient, &[], &self.keep);
            self.people.learn(&known.values);
        }
        for row in failing {
            row.recipient = self.address(Kind::Recipient, &row.recipient);
            if let Some((source, _)) = &mut row.row {
                *source = self.file(source).into();
            }
        }
        for cause in summary.causes.values_mut() {
            self.example(&mut cause.example);
        }
        keys(&mut summary.ips, |ip| self.ip(ip));
        keys(&mut summary.domains, |domain| self.host(domain));
        let known = Known::default();
        keys(&mut summary.codes, |code| self.text(code, &known));
        for names in [&mut summary.connectors, &mut summary.rules] {
            keys(names, |name| self.setting(name));
        }
        for refusal in &mut summary.refusals {
            let path = refusal.source.to_string();
            refusal.source = self.file(&path).into();
            refusal.found = self.cell(&refusal.found).into();
        }
        for note in notes {
            *note = self.note(note);
        }
    }

    /// A remark without what is private.
    pub fn note(&mut self, note: &Note) -> Note {
        let Note { about, text, example } = note;
        Note {
            about: about.as_ref().map(|path| self.file(path).into()),
            text: self.sentence(text, &Known::default()),
            example: example.as_ref().map(|error| self.error(error)),
        }
    }

    /// A failure that names its input as reports do, and quotes nothing of it. One that is about no input is
    /// told as it is.
    pub fn error(&mut self, error: &Error) -> Error {
        let mut error = error.clone();
        let known = Known::default();
        match &mut error {
            Error::Read { path, .. } => *path = self.file(path).into(),
            Error::Kind { path, found, .. } => {
                *path = self.file(path).into();
                *found = self.unquoted(found);
            }
            Error::Limit { path, what: text, .. } | Error::Locked { path, what: text } => {
                *path = self.file(path).into();
                *text = self.sentence(text, &known);
            }
            Error::Value { path, place: _, field, found, expected: _ } => {
                *path = self.file(path).into();
                *field = self.text(field, &known);
                *found = self.cell(found);
            }
            Error::Write { .. } | Error::Closed | Error::Usage(_) => {}
        }
        error
    }

    /// A description of a content without what it quotes.
    fn unquoted(&mut self, found: &str) -> String {
        match (found.split_once('“'), found.rsplit_once('”')) {
            (Some((before, quoted)), Some((_, after))) => {
                let quoted = &quoted[..quoted.len().saturating_sub(after.len() + '”'.len_utf8())];
                format!("{before}“{}”{after}", self.cell(quoted))
            }
            _ => self.sentence(found, &Known::default()),
        }
    }

    /// Hides what rows say of a tenant and its peers.
    pub fn redact_said(&mut self, said: &mut Said) {
        let known = Known::default();
        for ((kind, ..), values) in COUNTED.iter().zip(&mut said.values) {
            keys(&mut values.counts, |value| match kind {
                Statement::ClientIp => self.ip(value),
                Statement::Connector => self.setting(value),
                Statement::Answer | Statement::Agent => self.answer(value),
                Statement::TransportRule => self.rule(value, &[1]),
                Statement::Dlp => self.rule(value, &[1, 2]),
                _ => self.text(value, &known),
            });
        }
    }

    /// An answer or an agent: an admin or another system may have written it.
    fn answer(&mut self, value: &str) -> String {
        self.value("Detail", value, &Known::default())
    }

    /// A connector or mail flow rule: organisations write their name into both.
    fn setting(&mut self, name: &str) -> String {
        if stamps::is_id(name) {
            self.text(name, &Known::default())
        } else {
            self.named(Kind::Setting, name)
        }
    }

    /// `id|name|mode|actions`; `named` are the parts that hold names.
    fn rule(&mut self, value: &str, named: &[usize]) -> String {
        let parts: Vec<String> = value
            .split('|')
            .enumerate()
            .map(|(at, part)| {
                if named.contains(&at) {
                    self.setting(part)
                } else {
                    self.text(part, &Known::default())
                }
            })
            .collect();
        parts.join("|")
    }

    /// A cell that was not understood may hold anything.
    fn cell(&mut self, cell: &str) -> String {
        if cell.is_empty() { String::new() } else { self.named(Kind::Token, cell) }
    }

    fn example(&mut self, example: &mut Example) {
        let Example { recipient, summary, evidence, fix, caveat, is_own: _, certainty: _ } =
            example;
        let known = Known::of_example(recipient, evidence, &self.keep).sorted();
        *recipient = self.address(Kind::Recipient, recipient);
        let steps = fix.iter_mut().map(|step| &mut step.text);
        for text in [summary].into_iter().chain(steps).chain(caveat) {
            *text = self.sentence(text, &known);
        }
        for quoted in evidence {
            *quoted = sheet::evidence(self, quoted, &known);
        }
    }
}

/// Renames the keys of a map of counts; counts of keys that become one are added.
fn keys(map: &mut BTreeMap<Box<str>, u64>, mut name: impl FnMut(&str) -> String) {
    let mut renamed = BTreeMap::new();
    for (key, count) in std::mem::take(map) {
        *renamed.entry(name(&key).into_boxed_str()).or_default() += count;
    }
    *map = renamed;
}
