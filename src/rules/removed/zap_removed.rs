//! Zero-hour auto purge took the message after delivery.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};
use crate::trace::journey::Location;

pub(super) const RULE: Rule = Rule {
    id: "zap-removed",
    stage: Stage::Removed,
    role: Role::Cause,
    entry: Entry {
        meaning: "Zero-hour auto purge (ZAP) moved the message out of the Inbox after delivery.",
        evidence: &[
            "Proven: EmailPostDeliveryEvents.ActionType Phish ZAP, Malware ZAP or Spam ZAP",
            "Likely: hunting shows the Inbox at first and quarantine now, and no remediation row",
        ],
        against: &["The action failed", "A manual remediation row of the same message"],
        fix: &["Advanced Delivery: spam and phishing ZAP skip mail that matches it"],
        caveat: "ZAP looks back 48 hours, and is in no mailbox audit log. Spam ZAP takes unread mail only; \
                 malware ZAP ignores Advanced Delivery except for SecOps mailboxes.",
        references: &[references::ZAP, references::ADVANCED_DELIVERY],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let journey = case.journey.filter(|journey| !journey.is_back())?;
    let zap = journey.post_delivery.iter().rev().find(|action| action.value.is_zap());
    if zap.is_some_and(|zap| !zap.value.succeeded() || !zap.value.takes_away()) {
        return None;
    }
    let mut finding = match zap {
        Some(zap) => RULE.finding(
            Certainty::Proven,
            format!("{} took it after delivery.", zap.value.action),
            refused::with_landing(case, &zap.evidence),
        ),
        None => moved(case)?,
    };
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

fn moved(case: &Case<'_>) -> Option<Finding> {
    let journey = case.journey.filter(|_| case.landing.outcome == Outcome::Removed)?;
    let hunting = &journey.hunting;
    let first = hunting.delivery_location.as_ref()?;
    let latest = hunting.latest_location.as_ref()?;
    let moved = Location::parse(&first.value) == Some(Location::InboxOrFolder)
        && Location::parse(&latest.value) == Some(Location::Quarantine);
    if !moved || journey.post_delivery.iter().any(|action| action.value.is_remediation()) {
        return None;
    }
    let evidence = vec![first.evidence.clone(), latest.evidence.clone()];
    let mut finding = RULE.finding(
        Certainty::Likely,
        "It was in the Inbox and is in quarantine now, as after ZAP.",
        evidence,
    );
    finding
        .excluded
        .push("no remediation by an administrator or by automation is among the rows".to_owned());
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    const WAS: (Kind, &str) = (Kind::DeliveryLocation, "Inbox/folder");
    const IS: (Kind, &str) = (Kind::LatestLocation, "Quarantine");

    #[test]
    fn the_action_is_proof() {
        for action in ["Phish ZAP|SpecialAction|Success|Quarantine", "Malware ZAP|||", "ZAP|||"] {
            let rows = Rows::of(&[(Kind::PostDelivery, action)]);
            assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven), "{action}");
        }
    }

    #[test]
    fn two_locations_are_likely_unless_an_administrator_moved_it() {
        assert_eq!(Rows::of(&[WAS, IS]).certainty(&RULE), Some(Certainty::Likely));
        let manual = (Kind::PostDelivery, "Manual remediation|AdminAction|Success|Quarantine");
        assert_eq!(Rows::of(&[WAS, IS, manual]).certainty(&RULE), None);
    }

    #[test]
    fn a_failed_action_and_a_message_at_rest_are_not_it() {
        for action in ["Phish ZAP||Error|", "Phish ZAP||Unsuccessful|", "ZAP|||Inbox/folder"] {
            let rows = Rows::of(&[(Kind::PostDelivery, action)]);
            assert_eq!(rows.certainty(&RULE), None, "{action}");
        }
        assert_eq!(Rows::of(&[WAS]).certainty(&RULE), None);
    }
}
