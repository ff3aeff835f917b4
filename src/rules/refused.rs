//! Causes that an SMTP answer states, and candidates for mail that left no row.

use super::Rule;
use crate::case::Case;
use crate::fact::{Citation, Fact};
use crate::finding::{Certainty, Finding, Outcome};
use crate::message::values::Direction;
use crate::trace::Journey;
use crate::trace::journey::Answer;

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
    let journey = case.journey?;
    let answer = journey.answer_for(cause)?;
    (!is_anothers(case, &answer.value) && !is_overtaken(journey, &answer.value)).then_some(answer)
}

/// Whether a delay ended in a refusal for a reason of its own. That a message expired is none.
fn is_overtaken(journey: &Journey, answer: &Answer) -> bool {
    let refuses = |other: &Answer| {
        other.by_platform == answer.by_platform
            && other.class() == Some(5)
            && !other.code().is_some_and(|code| code.says("expired"))
    };
    answer.class() == Some(4) && journey.answers.iter().any(|other| refuses(&other.value))
}

/// Whether an answer that a trace shows states another cause.
pub(super) fn states_otherwise(case: &Case<'_>, cause: &str) -> bool {
    let others = |answer: &Answer| {
        let stated = answer.meaning().and_then(|meaning| meaning.cause);
        !answer.by_platform && stated.is_some_and(|stated| stated != cause)
    };
    case.journey.is_some_and(|journey| journey.answers.iter().any(|answer| others(&answer.value)))
}

/// Whether an answer tells nothing of the tenant: mail that goes out is refused by whoever was to get it. What
/// Exchange itself answers has a token, in mail from colleague to colleague too, which traces call outgoing.
fn is_anothers(case: &Case<'_>, answer: &Answer) -> bool {
    let direction = case.verdict.direction.as_ref().map(|fact| &fact.value);
    direction == Some(&Direction::Outbound)
        && !answer.by_platform
        && answer.code().is_none_or(|code| code.token.is_none())
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
pub(super) fn with_landing(case: &Case<'_>, first: &Citation) -> Vec<Citation> {
    let mut evidence = vec![first.clone()];
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
