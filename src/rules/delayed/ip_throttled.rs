//! Microsoft put the sending IP off for a while.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "ip-throttled",
    stage: Stage::Delayed,
    role: Role::Contributing,
    entry: Entry {
        meaning: "Microsoft 365 put the sending IP off for a while before it took the message.",
        evidence: &[
            "Proven: the platform's log has 451 4.7.500 to 4.7.699 (AS…) and a later acceptance",
        ],
        against: &["Nothing shows a later acceptance: then it is ip-reputation-or-throttle-reject"],
        fix: &["A Partner inbound connector for the platform's IPs"],
        caveat: "A trace begins when the message is taken: the time before stands in the platform's log only.",
        references: &[references::NDR],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    if refused::failed(case) {
        return None;
    }
    let answer = case.journey?.answers.iter().find(|answer| {
        let meaning = answer.value.meaning().and_then(|meaning| meaning.cause);
        answer.value.class() == Some(4) && meaning == Some("ip-reputation-or-throttle-reject")
    })?;
    let summary = "Microsoft 365 put the sending IP off before it took the message.";
    let mut finding = RULE.finding(Certainty::Proven, summary, vec![answer.evidence.clone()]);
    finding.fix = fixes::direct_delivery(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    const BUSY: (Kind, &str) =
        (Kind::PlatformError, "451 4.7.500 Server busy. Please try again later (AS843)");

    #[test]
    fn a_deferral_before_a_delivery_is_proof() {
        assert_eq!(
            Rows::of(&[BUSY, (Kind::Event, "deliver")]).certainty(&RULE),
            Some(Certainty::Proven)
        );
    }

    #[test]
    fn without_a_later_acceptance_it_is_another_cause() {
        assert_eq!(Rows::of(&[BUSY]).certainty(&RULE), None);
    }
}
