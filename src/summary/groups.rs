//! Groups of pairs judged, and summed up.

use super::{Cause, Example, Failing, Summary};
use crate::campaign::Campaign;
use crate::case::Case;
use crate::diagnosis::{Detail, Diagnosis};
use crate::fact::Evidence;
use crate::finding::{Finding, Role};
use crate::trace::Journey;
use crate::trace::bulk::{ENTRY, Ending, Group, Groups};
use crate::trace::identity;
use crate::trace::journey::Followed;
use foldhash::fast::RandomState;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The judgement of each group, by its index.
#[derive(Debug)]
pub struct Judged {
    diagnoses: Vec<Diagnosis>,
}

/// Judges every group once; `campaign` is what they are judged with. `None` where the judgements take more
/// room than there is.
pub fn judge(groups: &mut Groups, campaign: Option<&Campaign>) -> Option<Judged> {
    // groups of replaced addresses come after those that they end in
    let ends: Vec<Option<Followed>> = groups
        .groups
        .iter()
        .map(|group| {
            let last = &groups.groups.get(group.followed?)?.journey;
            let landing = Case::from_journey(last).landing;
            let chain = last.recipient.iter().map(|fact| fact.value.clone()).collect();
            let (outcome, certainty) = (landing.outcome, landing.certainty);
            Some(Followed { chain, outcome, certainty, evidence: landing.evidence })
        })
        .collect();
    for (group, end) in groups.groups.iter_mut().zip(ends) {
        if let Some(end) = end {
            follow(&mut group.journey, end);
        }
    }
    let judge = |group: &Group| {
        if !groups.have_room_for(0) {
            return None;
        }
        let diagnosis = diagnose(&group.journey, campaign);
        groups.have_room_for(bytes(&diagnosis)).then_some(diagnosis)
    };
    // into one list of known length: others are put together from pieces, and held twice for that
    let judged: Vec<Option<Diagnosis>> = groups.groups.par_iter().map(judge).collect();
    let diagnoses = judged.into_iter().collect::<Option<_>>()?;
    Some(Judged { diagnoses })
}

/// Bytes that a diagnosis takes, roughly.
fn bytes(diagnosis: &Diagnosis) -> usize {
    // with what a text's allocation takes
    let text = |text: &String| size_of::<String>() + 16 + text.len();
    let finding = |finding: &Finding| {
        let fixes: usize = finding.fix.iter().map(|fix| 8 + text(&fix.text)).sum();
        let excluded: usize = finding.excluded.iter().map(text).sum();
        size_of::<Finding>()
            + text(&finding.summary)
            + fixes
            + excluded
            + finding.evidence.len() * 8
    };
    let findings: usize = diagnosis.findings.iter().map(finding).sum();
    let texts = [&diagnosis.headline, &diagnosis.outcome_because];
    let texts = texts.into_iter().chain(&diagnosis.notes).chain(&diagnosis.contradictions);
    size_of::<Diagnosis>() + texts.map(text).sum::<usize>() + findings
}

/// Bulk work keeps no address of the successor; the group's own end stands for it.
fn follow(journey: &mut Journey, end: Followed) {
    let origin = journey.recipient.as_ref().map(|fact| fact.evidence.clone());
    if let (Some(address), Some(evidence)) = (end.chain.last(), origin) {
        journey.successor = Some(crate::fact::Fact::new(address.clone(), &evidence));
        journey.followed = Some(end);
    }
}

/// Judges one journey.
pub fn diagnose(journey: &Journey, campaign: Option<&Campaign>) -> Diagnosis {
    let mut case = Case::from_journey(journey);
    case.campaign = campaign;
    Diagnosis::of(case, Detail::Brief)
}

/// The findings that explain a diagnosis best: the first cause, causes being ranked, and those that are
/// as sure. Sums count a pair once, under the first.
pub fn best_causes(diagnosis: &Diagnosis) -> impl Iterator<Item = &Finding> {
    let causes = diagnosis.findings.iter().filter(|finding| finding.role == Role::Cause);
    let best = causes.clone().next().map(|finding| finding.certainty);
    causes.filter(move |finding| Some(finding.certainty) >= best)
}

/// Ids of the best causes.
pub(super) fn cause_ids(diagnosis: &Diagnosis) -> Vec<&'static str> {
    best_causes(diagnosis).map(|finding| finding.rule).collect()
}

impl Summary {
    /// Adds every group with its judgement.
    pub fn add_groups(&mut self, groups: &Groups, judged: &Judged) {
        self.replaced += groups.replaced;
        for (group, diagnosis) in groups.groups.iter().zip(&judged.diagnoses) {
            // the end of a chain that is not asked for itself
            if group.pairs == 0 {
                continue;
            }
            let failed = diagnosis.outcome.is_failure();
            self.count(diagnosis, group.pairs, |evidence| group.owns(evidence));
            if failed {
                self.add_answers(&group.journey, group.pairs);
            }
            for (hour, pairs) in &group.hours {
                let sum = self.hours.entry(*hour).or_default();
                sum.pairs += pairs;
                sum.failed += if failed { *pairs } else { 0 };
            }
            self.delivery.merge(&group.delivery);
            if failed {
                self.add_ways(group);
            }
        }
    }

    /// Adds `pairs` pairs with one judgement; `journey` is the first of them.
    pub fn add(&mut self, journey: &Journey, diagnosis: &Diagnosis, pairs: u64) {
        self.count(diagnosis, pairs, |_| true);
        if diagnosis.outcome.is_failure() {
            self.add_answers(journey, pairs);
        }
    }

    /// Sums what a diagnosis itself tells of `pairs` pairs; `is_own` tells evidence that is known to be
    /// about its own recipient.
    pub(super) fn count(
        &mut self,
        diagnosis: &Diagnosis,
        pairs: u64,
        is_own: impl Fn(&Evidence) -> bool,
    ) {
        self.pairs += pairs;
        *self.outcomes.entry(diagnosis.outcome).or_default() += pairs;
        for finding in diagnosis.findings.iter().filter(|finding| finding.role == Role::Allow) {
            *self.allowed.entry(finding.rule).or_default() += pairs;
        }
        if !diagnosis.outcome.is_reached() {
            self.add_causes(diagnosis, pairs, is_own);
        }
    }

    fn add_causes(
        &mut self,
        diagnosis: &Diagnosis,
        pairs: u64,
        is_own: impl Fn(&Evidence) -> bool,
    ) {
        let mut causes = best_causes(diagnosis);
        let Some(first) = causes.next() else {
            self.unexplained += if diagnosis.outcome.is_failure() { pairs } else { 0 };
            return;
        };
        let mut certainty = [0; 3];
        certainty[first.certainty as usize] = pairs;
        let example = Example {
            certainty: first.certainty,
            recipient: diagnosis.recipient.clone().unwrap_or_default(),
            summary: first.summary.clone(),
            evidence: first.evidence.clone(),
            is_own: first.evidence.first().is_none_or(|evidence| is_own(evidence)),
            fix: first.fix.clone(),
            caveat: first.caveat.as_deref().map(str::to_owned),
        };
        self.add_cause(first.rule, Cause { certainty, example });
        for finding in causes {
            *self.also.entry(finding.rule).or_default() += pairs;
        }
    }

    /// Adds the connectors and mail flow rules of failing pairs.
    fn add_ways(&mut self, group: &Group) {
        for connector in &group.journey.connectors {
            *self.connectors.entry(connector.value.clone()).or_default() += group.pairs;
        }
        for rule in group.journey.rules.iter().filter(|rule| rule.value.may_stop()) {
            let value = &rule.value;
            let id = value.id.map(|id| id.to_string().into_boxed_str());
            if let Some(label) = id.or_else(|| value.name.clone()) {
                *self.rules.entry(label).or_default() += group.pairs;
            }
        }
    }

    fn add_answers(&mut self, journey: &Journey, pairs: u64) {
        let mut codes: Vec<String> = journey
            .answers
            .iter()
            .filter_map(|answer| answer.value.code()?.enhanced)
            .filter(|code| code.class != 2)
            .map(|code| code.to_string())
            .collect();
        codes.sort();
        codes.dedup();
        for code in codes {
            *self.codes.entry(code.into()).or_default() += pairs;
        }
    }
}

impl Failing {
    /// An expected recipient that no pair is about.
    pub fn missing(diagnosis: &Diagnosis, row: Option<(Arc<str>, u64)>) -> Self {
        let recipient = diagnosis.recipient.clone().unwrap_or_default();
        let causes = cause_ids(diagnosis);
        Failing { recipient, pairs: 1, outcome: diagnosis.outcome, causes, row }
    }
}

impl Summary {
    /// Adds the connecting IPs and recipient domains of failing pairs. Gives the recipients that have some,
    /// those with most first, at most `most` of them, and the number of all; `None` where there is no room.
    pub fn add_failures(
        &mut self,
        groups: &Groups,
        judged: &Judged,
        most: usize,
    ) -> Option<(Vec<Failing>, u64)> {
        let fails: Vec<bool> =
            judged.diagnoses.iter().map(|diagnosis| diagnosis.outcome.is_failure()).collect();
        // all pairs of a recipient are in one part, so that each part has the most of its own
        let parts: Vec<(Vec<Stopped<'_>>, u64, [Sums<'_>; 2])> = (0..groups.parts())
            .into_par_iter()
            .map(|part| {
                let Stops { recipients, ips } = Stops::of(groups, part, &fails);
                let stopped: Vec<Stopped<'_>> = recipients.into_values().collect();
                let domains = domains(&stopped);
                let count = stopped.len() as u64;
                groups.have_room_for((ips.len() + domains.len()) * ENTRY);
                (first(stopped, most), count, [ips, domains])
            })
            .collect();
        let (mut all, mut count) = (Vec::new(), 0);
        for (stopped, more, [ips, domains]) in parts {
            all.extend(stopped);
            count += more;
            add(&mut self.ips, ips);
            add(&mut self.domains, domains);
        }
        let kept = first(all, most).into_iter().map(|one| one.told(judged)).collect();
        groups.have_room_for(0).then_some((kept, count))
    }
}

/// Pairs by what they have in common.
type Sums<'g> = HashMap<&'g str, u64, RandomState>;

fn add(sums: &mut BTreeMap<Box<str>, u64>, more: Sums<'_>) {
    for (key, count) in more {
        match sums.get_mut(key) {
            Some(sum) => *sum += count,
            None => drop(sums.insert(key.into(), count)),
        }
    }
}

/// The failing pairs of one part of the table.
#[derive(Default)]
struct Stops<'g> {
    recipients: HashMap<u32, Stopped<'g>, RandomState>,
    ips: Sums<'g>,
}

/// A recipient with failing pairs, before it is known whether anybody will read of it.
struct Stopped<'g> {
    pairs: u64,
    first: Ending<'g>,
}

impl<'g> Stops<'g> {
    fn of(groups: &'g Groups, part: usize, fails: &[bool]) -> Self {
        let mut stops = Stops::default();
        groups.endings(
            part,
            |group| fails[group],
            |ending| {
                let recipients = &mut stops.recipients;
                let known = recipients
                    .entry(ending.number())
                    .or_insert(Stopped { pairs: 0, first: ending });
                known.pairs += 1;
                if ending.is_before(&known.first) {
                    known.first = ending;
                }
                if let Some(ip) = ending.ip() {
                    *stops.ips.entry(ip).or_default() += 1;
                }
            },
        );
        stops
    }
}

/// Failing pairs by domain of the recipient.
fn domains<'g>(stopped: &[Stopped<'g>]) -> Sums<'g> {
    let mut domains = Sums::default();
    for Stopped { pairs, first } in stopped {
        let domain = identity::domain(first.recipient());
        if !domain.is_empty() {
            *domains.entry(domain).or_default() += pairs;
        }
    }
    domains
}

/// The `most` recipients with most failing pairs.
fn first(all: Vec<Stopped<'_>>, most: usize) -> Vec<Stopped<'_>> {
    super::first(all, most, |a, b| {
        b.pairs.cmp(&a.pairs).then_with(|| a.first.recipient().cmp(b.first.recipient()))
    })
}

impl Stopped<'_> {
    fn told(self, judged: &Judged) -> Failing {
        let Stopped { pairs, first } = self;
        let diagnosis = &judged.diagnoses[first.group];
        Failing {
            recipient: first.recipient().to_owned(),
            pairs,
            outcome: diagnosis.outcome,
            causes: cause_ids(diagnosis),
            row: Some((first.source().into(), first.row())),
        }
    }
}
