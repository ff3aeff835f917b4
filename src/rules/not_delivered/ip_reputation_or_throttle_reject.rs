//! Microsoft slowed the sending IP down until the message expired.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "ip-reputation-or-throttle-reject",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "Microsoft put the sending IP off again and again until the platform gave up.",
        evidence: &[
            "Proven: 451 4.7.500 to 4.7.699 (AS…) or 4.7.850 to 4.7.899 and then expiry (4.4.7, 5.4.300)",
            "Proven: 5.7.508, the IPv6 range is over its limit",
        ],
        against: &["A later attempt was accepted: then it was only delayed (ip-throttled)"],
        fix: &[
            "A Partner inbound connector for the platform's IPs",
            "The platform sends more slowly, or warms the IP up",
        ],
        caveat: "The answers come during SMTP: a trace shows nothing of them.",
        references: &[references::NDR, references::MESSAGE_TRACE],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let answer = refused::answer(case, RULE.id)?;
    let journey = case.journey?;
    let last = journey.answers.iter().any(|answer| {
        answer.value.class() == Some(5)
            || answer.value.code().is_some_and(|code| {
                code.enhanced
                    .is_some_and(|code| (code.class, code.subject, code.detail) == (4, 4, 7))
            })
    });
    // still being tried: no failure yet
    if case.landing.outcome == Outcome::Deferred && !last {
        return None;
    }
    let certainty = if last { Certainty::Proven } else { Certainty::Likely };
    let summary = if last {
        "Microsoft slowed the sending IP down until the message expired."
    } else {
        "Microsoft slowed the sending IP down, and nothing shows a later acceptance."
    };
    let mut finding =
        RULE.finding(certainty, summary, refused::with_landing(case, &answer.evidence));
    if !last {
        finding.excluded.push("no row shows a later acceptance".to_owned());
    }
    finding.fix = fixes::direct_delivery(case);
    finding.fix.push(fixes::platform("Send more slowly and spread the campaign over hours."));
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
    fn throttling_that_ended_in_expiry_is_proven() {
        let rows =
            Rows::of(&[BUSY, (Kind::PlatformError, "550 4.4.7 QUEUE.Expired; message expired")]);
        assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven));
        let rows =
            Rows::of(&[(Kind::PlatformError, "550 5.7.508 Access denied, range over limit")]);
        assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn throttling_without_an_end_is_likely() {
        assert_eq!(Rows::of(&[BUSY]).certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn a_later_acceptance_makes_it_a_delay() {
        assert_eq!(Rows::of(&[BUSY, (Kind::Event, "deliver")]).certainty(&RULE), None);
    }
}
