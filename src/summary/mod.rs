//! Sums for bulk work.
//!
//! Every sum is the same whatever the order and the division of the work: counts add up, examples are
//! the first in source and row order, quantiles come from a histogram.

pub mod comparison;
mod groups;
mod messages;
mod quantiles;
pub mod said;

pub use groups::{Judged, best_causes, diagnose, judge};
pub use messages::Messages;
pub use quantiles::Quantiles;

use crate::fact::Citation;
use crate::finding::{Certainty, Fix, Outcome};
use crate::trace::report::{Counts, Refusal};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What many (message, recipient) pairs come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Files of which rows were read, recipient lists among them.
    pub files: u64,
    /// Files that could not be read, or not to their end.
    pub unreadable: u64,
    /// Rows of traces: read = used + refused + duplicates.
    pub rows: Counts,
    /// Rows of lists of expected recipients.
    pub expected: Counts,
    /// Pairs.
    pub pairs: u64,
    /// Pairs whose address was replaced by another that is a pair too: both share one ending.
    pub replaced: u64,
    /// Pairs by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Pairs that did not reach a mailbox by the cause that explains them best, each once.
    pub causes: BTreeMap<&'static str, Cause>,
    /// Causes that are as sure as the one that a pair is counted under.
    pub also: BTreeMap<&'static str, u64>,
    /// Failing pairs that no cause explains.
    pub unexplained: u64,
    /// Mechanisms that let pairs through.
    pub allowed: BTreeMap<&'static str, u64>,
    /// Failing pairs by connecting IP.
    pub ips: BTreeMap<Box<str>, u64>,
    /// Failing pairs by connector.
    pub connectors: BTreeMap<Box<str>, u64>,
    /// Failing pairs by mail flow rule: GUID, or name.
    pub rules: BTreeMap<Box<str>, u64>,
    /// Failing pairs by domain of the recipient.
    pub domains: BTreeMap<Box<str>, u64>,
    /// Failing pairs by enhanced status code.
    pub codes: BTreeMap<Box<str>, u64>,
    /// Seconds from receipt to delivery.
    pub delivery: Quantiles,
    /// Pairs by first hour, counted from 1970 UTC.
    pub hours: BTreeMap<i64, Hour>,
    /// First refused rows.
    pub refusals: Vec<Refusal>,
}

/// Pairs of one hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hour {
    /// All.
    pub pairs: u64,
    /// Those that failed.
    pub failed: u64,
}

/// One cause and the pairs that it explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Pairs by certainty: possible, likely, proven.
    pub certainty: [u64; 3],
    /// The first of the surest pairs in source and row order: a guess must not be what a proven case is
    /// read by.
    pub example: Example,
}

impl Cause {
    /// Pairs in all.
    pub fn pairs(&self) -> u64 {
        self.certainty.iter().sum()
    }

    /// Pairs of one certainty.
    pub fn of(&self, certainty: Certainty) -> u64 {
        self.certainty[certainty as usize]
    }
}

/// A pair that shows a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// How sure the rule is of it.
    pub certainty: Certainty,
    /// Address of the recipient.
    pub recipient: String,
    /// What the rule says of it.
    pub summary: String,
    /// The rows behind it.
    pub evidence: Vec<Citation>,
    /// Whether they are known to be about this recipient; else they are the first that say the same.
    pub is_own: bool,
    /// What to do.
    pub fix: Vec<Fix>,
    /// What to keep in mind.
    pub caveat: Option<String>,
}

impl Example {
    /// Where its first row stands.
    fn place(&self) -> Option<(&str, crate::fact::Place)> {
        self.evidence.first().map(|one| (&*one.source, one.place))
    }
}

/// A recipient with failing messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Address.
    pub recipient: String,
    /// Failing messages.
    pub pairs: u64,
    /// Outcome of the first.
    pub outcome: Outcome,
    /// Cause of the first; several where they are equally sure.
    pub causes: Vec<&'static str>,
    /// First row: source and number.
    pub row: Option<(Arc<str>, u64)>,
}

impl Summary {
    /// Refused rows that are kept with their cell.
    pub const MAX_REFUSALS: usize = 100;

    /// Adds pairs of one cause.
    fn add_cause(&mut self, rule: &'static str, more: Cause) {
        match self.causes.get_mut(rule) {
            Some(known) => {
                for (sum, one) in known.certainty.iter_mut().zip(more.certainty) {
                    *sum += one;
                }
                let order = |one: &Example| {
                    (
                        std::cmp::Reverse(one.certainty),
                        one.place().map(|(source, place)| (source.to_owned(), place)),
                        one.recipient.clone(),
                    )
                };
                if order(&more.example) < order(&known.example) {
                    known.example = more.example;
                }
            }
            None => drop(self.causes.insert(rule, more)),
        }
    }

    /// Whether no row of a trace was given, only what the platform itself says.
    pub fn is_without_trace(&self) -> bool {
        self.rows.used == 0
    }

    /// Pairs that the recipient could not see where they ended.
    pub fn failing(&self) -> u64 {
        self.outcomes
            .iter()
            .filter(|(outcome, _)| outcome.is_failure())
            .map(|(_, pairs)| pairs)
            .sum()
    }
}

/// The largest counts, ties in the order of their keys.
pub fn top<K: Ord>(sums: &BTreeMap<K, u64>, most: usize) -> Vec<(&K, u64)> {
    let all = sums.iter().map(|(key, count)| (key, *count)).collect();
    first(all, most, |a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)))
}

/// The `most` items that come first in an order that has no ties, in that order; the rest is not sorted.
pub fn first<T>(mut all: Vec<T>, most: usize, order: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    if all.len() > most {
        all.select_nth_unstable_by(most, &order);
        all.truncate(most);
    }
    all.sort_unstable_by(order);
    all
}

#[cfg(test)]
mod tests;
