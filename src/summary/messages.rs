//! Diagnoses one by one, summed up as pairs of a trace are.

use super::{Failing, Summary, groups};
use crate::diagnosis::Diagnosis;
use crate::trace::identity;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// The sums as far as they have come.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    summary: Summary,
    failing: BTreeMap<String, Failing>,
    sources: HashSet<Arc<str>>,
}

impl Messages {
    /// Counts one diagnosis.
    pub fn add(&mut self, diagnosis: &Diagnosis) {
        let failed = diagnosis.outcome.is_failure();
        self.summary.count(diagnosis, 1, |_| true);
        self.sources.extend(diagnosis.sources.first().map(|source| Arc::clone(&source.path)));
        if let Some(at) = diagnosis.delivered_at {
            let hour = self.summary.hours.entry(at.div_euclid(3_600)).or_default();
            hour.pairs += 1;
            hour.failed += u64::from(failed);
        }
        if failed {
            self.add_failure(diagnosis);
        }
    }

    fn add_failure(&mut self, diagnosis: &Diagnosis) {
        if let Some(ip) = &diagnosis.facts.connecting_ip {
            *self.summary.ips.entry(ip.as_str().into()).or_default() += 1;
        }
        let Some(recipient) = &diagnosis.recipient else { return };
        let domain = identity::domain(recipient);
        if !domain.is_empty() {
            *self.summary.domains.entry(domain.into()).or_default() += 1;
        }
        let known = self.failing.entry(recipient.to_lowercase());
        known.and_modify(|known| known.pairs += 1).or_insert_with(|| Failing {
            recipient: recipient.clone(),
            pairs: 1,
            outcome: diagnosis.outcome,
            causes: groups::cause_ids(diagnosis),
            row: None,
        });
    }

    /// The sums, the recipients with most failing messages, at most `most`, and how many there are in
    /// all. `unreadable` inputs are counted apart.
    pub fn finish(self, unreadable: u64, most: usize) -> (Summary, Vec<Failing>, u64) {
        let files = self.sources.len() as u64;
        let summary = Summary { files, unreadable, ..self.summary };
        let mut failing: Vec<Failing> = self.failing.into_values().collect();
        let recipients = failing.len() as u64;
        // Stable: equals stay in the order of their addresses.
        failing.sort_by_key(|one| std::cmp::Reverse(one.pairs));
        failing.truncate(most);
        (summary, failing, recipients)
    }
}
