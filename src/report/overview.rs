//! What many diagnoses come to: counted one by one, so that no list of them must be kept.
//!
//! HTML and Markdown reports of many messages begin with these sums.

use crate::diagnosis::Diagnosis;
use crate::finding::{Certainty, Finding, Fix, Outcome, Role};
use crate::summary::{self, best_causes};
use foldhash::fast::RandomState;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Looked up for each message, and put in order only when shown.
type ByText<T> = HashMap<String, T, RandomState>;

/// Sums over diagnoses, in an order that does not depend on the order they came in, but for
/// examples, which are the first seen.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// How many diagnoses.
    pub total: u64,
    /// How many ended where.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Messages that did not reach a mailbox by the rule that best explains each.
    pub causes: BTreeMap<&'static str, Cause>,
    /// Rules that are as sure as the one that a message is counted under.
    pub also: BTreeMap<&'static str, u64>,
    /// Failing messages that no rule explains.
    pub unexplained: u64,
    /// Every hour (seconds since 1970 divided by 3600) with messages that were delivered outside Junk, messages
    /// that did not, and others.
    pub hours: BTreeMap<i64, Hour>,
    /// Messages without a date, which no hour counts.
    pub undated: u64,
    /// Recipients of failing messages.
    recipients: ByText<Failing>,
    /// What to do, by its first step.
    remedies: ByText<Remedy>,
    /// Distinct subjects, up to [`Overview::MAX_SUBJECTS`].
    pub subjects: BTreeSet<String>,
    /// Messages whose sources contradict each other.
    pub contradicted: u64,
}

/// One cause and how often it decided.
#[derive(Debug, Clone, Default)]
pub struct Cause {
    /// Messages by certainty: possible, likely, proven.
    pub certainty: [u64; 3],
    /// A summary, of the first message seen.
    pub example: String,
}

impl Cause {
    /// Messages in all.
    pub fn total(&self) -> u64 {
        self.certainty.iter().sum()
    }

    /// Messages of one certainty.
    pub fn of(&self, certainty: Certainty) -> u64 {
        self.certainty[certainty as usize]
    }
}

/// The messages of one hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hour {
    /// Delivered outside Junk.
    pub reached: u64,
    /// Did not, or not to be seen.
    pub failed: u64,
    /// Anything else.
    pub other: u64,
}

/// One recipient of failing messages.
#[derive(Debug, Clone, Default)]
pub struct Failing {
    /// Failing messages.
    pub messages: u64,
    /// Where they ended.
    pub outcomes: BTreeSet<Outcome>,
    /// The rules that explain them.
    pub causes: BTreeSet<&'static str>,
}

/// One remedy: the steps of a fix and how many failing messages it would mend.
#[derive(Debug, Clone)]
pub struct Remedy {
    /// Messages it would mend: failing ones with a cause that it is for.
    pub messages: u64,
    /// Those of them whose cause is only possible.
    pub possible: u64,
    /// The causes it is for.
    pub causes: BTreeSet<&'static str>,
    /// The steps that are the same for all of these, the recommended first.
    pub steps: Vec<Fix>,
    /// What to keep in mind, by cause.
    pub caveats: BTreeMap<&'static str, String>,
}

impl Overview {
    /// Most distinct subjects remembered.
    pub const MAX_SUBJECTS: usize = 100;
    /// Most distinct remedies and recipients remembered; what comes later is in the other sums only.
    pub const MAX_KEYS: usize = 100_000;

    /// Counts one diagnosis.
    pub fn add(&mut self, diagnosis: &Diagnosis) {
        self.total += 1;
        *self.outcomes.entry(diagnosis.outcome).or_default() += 1;
        self.contradicted += u64::from(!diagnosis.contradictions.is_empty());
        self.add_hour(diagnosis);
        if let Some(subject) = &diagnosis.message.subject
            && self.subjects.len() < Self::MAX_SUBJECTS
            && !self.subjects.contains(subject)
        {
            self.subjects.insert(subject.clone());
        }
        if !diagnosis.outcome.is_reached() {
            self.add_causes(diagnosis);
        }
        if diagnosis.outcome.is_failure() {
            self.add_failure(diagnosis);
        }
    }

    fn add_hour(&mut self, diagnosis: &Diagnosis) {
        let Some(second) = diagnosis.delivered_at else {
            self.undated += 1;
            return;
        };
        let hour = self.hours.entry(second.div_euclid(3_600)).or_default();
        if diagnosis.outcome.is_failure() {
            hour.failed += 1;
        } else if diagnosis.outcome.is_reached() {
            hour.reached += 1;
        } else {
            hour.other += 1;
        }
    }

    fn add_causes(&mut self, diagnosis: &Diagnosis) {
        let mut causes = best_causes(diagnosis);
        let Some(finding) = causes.next() else {
            self.unexplained += u64::from(diagnosis.outcome.is_failure());
            return;
        };
        let cause = self.causes.entry(finding.rule).or_default();
        // The surest speaks for all: a guess must not be what a proven case is read by.
        let surer = finding.certainty as usize;
        if cause.certainty[surer..].iter().all(|count| *count == 0) {
            cause.example.clone_from(&finding.summary);
        }
        cause.certainty[surer] += 1;
        for finding in causes {
            *self.also.entry(finding.rule).or_default() += 1;
        }
    }

    fn add_failure(&mut self, diagnosis: &Diagnosis) {
        if let Some(recipient) = &diagnosis.recipient
            && let Some(failing) = entry(&mut self.recipients, recipient, Failing::default)
        {
            failing.messages += 1;
            failing.outcomes.insert(diagnosis.outcome);
            failing.causes.extend(main_cause(diagnosis).map(|finding| finding.rule));
        }
        let mut counted = BTreeSet::new();
        for finding in best_causes(diagnosis) {
            self.add_remedy(finding, &mut counted);
        }
    }

    fn add_remedy<'a>(&mut self, finding: &'a Finding, counted: &mut BTreeSet<&'a str>) {
        let Some(first) = finding.fix.first() else { return };
        let new = || Remedy {
            messages: 0,
            possible: 0,
            causes: BTreeSet::new(),
            steps: finding.fix.clone(),
            caveats: BTreeMap::new(),
        };
        let Some(remedy) = entry(&mut self.remedies, &first.text, new) else { return };
        // Two causes of one message may have the same remedy: it mends that message once.
        if counted.insert(&first.text) {
            remedy.messages += 1;
            remedy.possible += u64::from(finding.certainty == Certainty::Possible);
        }
        // A cause may need steps of its own besides: they stand with its messages.
        let common = remedy.steps.iter().zip(&finding.fix).take_while(|(a, b)| a == b).count();
        remedy.steps.truncate(common);
        remedy.causes.insert(finding.rule);
        if let Some(caveat) = &finding.caveat
            && !remedy.caveats.values().any(|known| known == caveat)
        {
            remedy.caveats.insert(finding.rule, caveat.to_string());
        }
    }

    /// Messages that ended where their recipient could not see them.
    pub fn failing(&self) -> u64 {
        self.outcomes.iter().filter(|(outcome, _)| outcome.is_failure()).map(|(_, n)| n).sum()
    }

    /// Messages that were delivered outside Junk.
    pub fn reached(&self) -> u64 {
        self.outcomes.iter().filter(|(outcome, _)| outcome.is_reached()).map(|(_, n)| n).sum()
    }

    /// Causes, the most frequent first.
    pub fn causes_by_count(&self) -> Vec<(&'static str, &Cause)> {
        let mut causes: Vec<_> = self.causes.iter().map(|(rule, cause)| (*rule, cause)).collect();
        causes.sort_by_key(|(_, cause)| Reverse(cause.total()));
        causes
    }

    /// Rules that are as sure as the one counted, the most frequent first.
    pub fn also_by_count(&self) -> impl Iterator<Item = (&'static str, u64)> {
        summary::top(&self.also, usize::MAX).into_iter().map(|(rule, count)| (*rule, count))
    }

    /// Remedies, the one that would mend most first.
    pub fn remedies_by_count(&self) -> Vec<&Remedy> {
        let mut remedies: Vec<_> = self.remedies.iter().collect();
        remedies.sort_unstable_by_key(|(step, remedy)| (Reverse(remedy.messages), *step));
        remedies.into_iter().map(|(_, remedy)| remedy).collect()
    }

    /// Recipients with failing messages.
    pub fn recipients(&self) -> usize {
        self.recipients.len()
    }

    /// The `most` recipients with most failing messages, the one with most first.
    pub fn recipients_by_count(&self, most: usize) -> Vec<(&str, &Failing)> {
        let all = self.recipients.iter().map(|(name, failing)| (name.as_str(), failing));
        summary::first(all.collect(), most, |(a, one), (b, other)| {
            other.messages.cmp(&one.messages).then_with(|| a.cmp(b))
        })
    }
}

/// The value of `key`, made by `new` while there is room.
fn entry<'a, T>(map: &'a mut ByText<T>, key: &str, new: impl FnOnce() -> T) -> Option<&'a mut T> {
    if !map.contains_key(key) {
        if map.len() >= Overview::MAX_KEYS {
            return None;
        }
        map.insert(key.to_owned(), new());
    }
    map.get_mut(key)
}

/// The finding that best explains the outcome: the first cause, causes being ranked.
pub fn main_cause(diagnosis: &Diagnosis) -> Option<&Finding> {
    diagnosis.findings.iter().find(|finding| finding.role == Role::Cause)
}
