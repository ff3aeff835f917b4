//! `SFV:SKQ`: someone released the message.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Sfv;
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};
use crate::trace::Journey;

pub(super) const RULE: Rule = Rule {
    id: "allowed-by-quarantine-release",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "The message was held in quarantine first and someone released it.",
        evidence: &[
            "Proven: SFV:SKQ, or a quarantine list or post-delivery event that shows the release",
            "Likely: X-MS-Exchange-QuarantineResubmitTime on the message",
        ],
        against: &[],
        fix: &[
            "Cure the cause of the quarantine: Advanced Delivery, so that the next message is not held",
        ],
        caveat: "Delivered late and by hand: not a whitelisting success.",
        references: &[references::HEADERS],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    if !reading::let_through(case) {
        return None;
    }
    let resubmitted = reading::header(case, "X-MS-Exchange-QuarantineResubmitTime");
    let stamped = reading::sfv(case) == Some(&Sfv::Released);
    let released = case.journey.and_then(Journey::release);
    let certainty = match (stamped || released.is_some(), &resubmitted) {
        (true, _) => Certainty::Proven,
        (false, Some(_)) => Certainty::Likely,
        (false, None) => return None,
    };
    let mut evidence = if stamped { reading::stamps(case, &["SFV", "CAT"]) } else { Vec::new() };
    reading::add(&mut evidence, released.cloned());
    reading::add(&mut evidence, resubmitted);
    let summary = "It was quarantined first, and someone released it.";
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn the_stamp_is_proven() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SKQ;CAT:PHSH").in_inbox();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn a_resubmission_alone_is_likely() {
        let mail = Mail::inbound()
            .in_inbox()
            .header("X-MS-Exchange-QuarantineResubmitTime: 2025-10-14T11:03:12.0000000Z");
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn ordinary_mail_was_not_released() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox().certainty(&RULE),
            None
        );
    }
}
