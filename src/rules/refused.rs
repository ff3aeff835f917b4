//! Causes that an SMTP answer states, and candidates for mail that left no row.

use super::Rule;
use crate::case::Case;
use crate::fact::{Evidence, Fact};
use crate::finding::{Certainty, Finding, Outcome};
use crate::trace::Journey;
use crate::trace::journey::Answer;
use std::sync::Arc;

/// Whether the message did not reach a mailbox or the quarantine, as far as the case tells.
pub(super) fn failed(case: &Case<'_>) -> bool {
    matches!(
        case.landing.outcome,
        Outcome::Rejected
            | Outcome::Dropped
            | Outcome::Failed
            | Outcome::Deferred
            | Outcome::NotTraced
            | Outcome::Unknown
    )
}

/// The answer that states this cause, where the message did not get through after all.
pub(super) fn answer<'a>(case: &Case<'a>, cause: &str) -> Option<&'a Fact<Answer>> {
    failed(case).then_some(())?;
    case.journey?.answer_for(cause)
}

/// A proven finding where an answer states the rule's cause.
pub(super) fn proven(rule: &Rule, case: &Case<'_>, summary: &str) -> Option<Finding> {
    let answer = answer(case, rule.id)?;
    let code = answer.value.code().and_then(|code| code.enhanced);
    let by = if answer.value.by_platform { "the platform was told" } else { "the answer was" };
    let summary = match code {
        Some(code) => format!("{summary}: {by} {code}."),
        None => format!("{summary}."),
    };
    Some(rule.finding(Certainty::Proven, summary, with_landing(case, &answer.evidence)))
}

/// The evidence, then what shows where the message ended.
pub(super) fn with_landing(case: &Case<'_>, first: &Arc<Evidence>) -> Vec<Arc<Evidence>> {
    let mut evidence = vec![Arc::clone(first)];
    super::reading::add(&mut evidence, case.landing.evidence.iter().cloned());
    evidence
}

/// The journey of an expected recipient that left no row and whose platform kept no answer that
/// explains it, nor counted that it was opened: every refusal at the edge is a candidate (`trace-formats.md` §8).
pub(super) fn unexplained<'a>(case: &Case<'a>) -> Option<&'a Journey> {
    let journey = case.journey.filter(|_| case.landing.outcome == Outcome::NotTraced)?;
    let explained = journey
        .answers
        .iter()
        .any(|answer| answer.value.meaning().is_some_and(|meaning| meaning.cause.is_some()));
    (!explained && journey.not_sent().is_none()).then_some(journey)
}

/// A possible finding for mail that left no row.
pub(super) fn candidate(rule: &Rule, case: &Case<'_>, summary: &str) -> Option<Finding> {
    unexplained(case)?;
    let mut finding = rule.finding(Certainty::Possible, summary, case.landing.evidence.clone());
    finding.excluded.push(
        "not checked: the platform's own log, which would hold the SMTP answer; a missing row is no proof"
            .to_owned(),
    );
    Some(finding)
}
