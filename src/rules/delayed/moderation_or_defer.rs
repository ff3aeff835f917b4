//! The message waits, or waited, for a moderator or for another attempt.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references};
use crate::trace::event::Event;

pub(super) const RULE: Rule = Rule {
    id: "moderation-or-defer",
    stage: Stage::Delayed,
    role: Role::Cause,
    entry: Entry {
        meaning: "The message waits, or waited, for a moderator's approval or for another attempt at delivery.",
        evidence: &[
            "Proven: trace status Pending, an event Defer, or a rule with a moderation action",
        ],
        against: &["A later row shows that it was delivered without delay"],
        fix: &[
            "Approve it, or except the platform's IP in the rule; for a deferral read its reason",
        ],
        caveat: "GettingStatus only means that the trace has no final data yet.",
        references: &[references::MESSAGE_TRACE],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let journey = case.journey?;
    let waiting = case.landing.outcome == Outcome::Deferred;
    let moderated = journey.last(Event::Moderation);
    let step =
        moderated.or_else(|| journey.last(Event::Defer)).or_else(|| journey.last(Event::Throttle));
    let pending =
        journey.status.as_ref().filter(|status| status.value.eq_ignore_ascii_case("Pending"));
    let first = step.map(|step| &step.evidence).or(pending.map(|status| &status.evidence))?;
    let delayed = journey.delivery_seconds.is_some_and(|seconds| seconds >= 300.0);
    if !waiting && !delayed {
        return None;
    }
    let what = match (moderated.is_some(), waiting) {
        (true, true) => "It waits for a moderator.",
        (true, false) => "It waited for a moderator.",
        (false, true) => "Delivery was put off, and no later row shows an end.",
        (false, false) => "Delivery was put off before it succeeded.",
    };
    let mut evidence = vec![first.clone()];
    evidence.extend(journey.answers.first().map(|answer| answer.evidence.clone()));
    let mut finding = RULE.finding(Certainty::Proven, what, evidence);
    if !waiting {
        finding.role = Role::Contributing;
    }
    finding.fix = if moderated.is_some() {
        fixes::rule_exception(case, None)
    } else {
        vec![fixes::portal(
            "Exchange admin center > Mail flow > Message trace > (message): the reason of the Defer event",
        )]
    };
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    #[test]
    fn a_pending_message_is_proof() {
        for rows in [
            Rows::of(&[(Kind::Status, "Pending")]),
            Rows::of(&[(Kind::Event, "receive"), (Kind::Event, "defer")]),
            Rows::of(&[(Kind::Event, "initmessagecreated")]),
        ] {
            let finding = rows.finding(&RULE).unwrap();
            assert_eq!((finding.certainty, finding.role), (Certainty::Proven, Role::Cause));
        }
    }

    #[test]
    fn a_long_way_with_a_deferral_contributed() {
        let rows = Rows::of(&[(Kind::Event, "defer"), (Kind::Event, "deliver")]);
        let late = rows.clone().with(|journey| journey.delivery_seconds = Some(900.0));
        assert_eq!(late.finding(&RULE).unwrap().role, Role::Contributing);
        assert_eq!(rows.certainty(&RULE), None, "a short deferral delays nobody");
    }
}
