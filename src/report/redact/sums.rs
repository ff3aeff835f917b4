//! Redaction of sums: what stands behind failures is named with the same pseudonyms.

use super::known::Known;
use super::names::Kind;
use super::{Redactor, sheet, stamps};
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
        notes: &mut [String],
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
            // A note begins with the file that it is about.
            let named =
                note.split_once(": ").map(|(path, rest)| (path.to_owned(), rest.to_owned()));
            *note = match named {
                Some((path, rest)) if path.contains(['.', '/', '\\']) => {
                    format!("{}: {}", self.file(&path), self.sentence(&rest, &known))
                }
                _ => self.sentence(note, &known),
            };
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
