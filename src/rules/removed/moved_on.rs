//! Messages that left the Inbox without a word of Microsoft's own tools: the user, or another product.

use crate::case::Case;
use crate::finding::{Certainty, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references};
use crate::trace::Journey;
use crate::trace::journey::Location;

pub(super) const RULE_THIRD_PARTY: Rule = Rule {
    id: "third-party-agent-removed",
    stage: Stage::Removed,
    role: Role::Cause,
    entry: Entry {
        meaning: "A product with access to the mailbox moved or deleted the message after delivery.",
        evidence: &[
            "Possible: hunting shows the Inbox at first and Deleted Items now, and no ZAP or remediation row",
        ],
        against: &["A ZAP or remediation row", "The recipient deleted or reported it"],
        fix: &["Allow-list the simulation inside that product"],
        caveat: "The mailbox audit log (MoveToDeletedItems, HardDelete by an application) would tell.",
        references: &[references::OTHER_SERVICES],
    },
    check: |case| {
        let evidence = deleted(case).filter(|_| !was_elsewhere(case))?;
        let summary = "It went from the Inbox to Deleted Items, as after a product with access to the mailbox.";
        let mut finding = RULE_THIRD_PARTY.finding(Certainty::Possible, summary, evidence);
        finding.excluded = vec![
            "no ZAP and no remediation is among the rows".to_owned(),
            "not checked: the recipient may have deleted it (mailbox audit log)".to_owned(),
        ];
        finding.fix = vec![fixes::portal(
            "Microsoft Purview portal > Audit: MoveToDeletedItems, SoftDelete and HardDelete of this message, \
             and by which application. Allow-list the simulation in that product.",
        )];
        Some(finding)
    },
};

pub(super) const RULE_USER: Rule = Rule {
    id: "user-deleted-or-reported",
    stage: Stage::Removed,
    role: Role::Cause,
    entry: Entry {
        meaning: "The recipient deleted the message or reported it, which moves it too.",
        evidence: &[
            "Likely: the platform counts it as reported, and it is not in the Inbox any more",
            "Possible: hunting shows Deleted Items, and no ZAP or remediation row",
        ],
        against: &["A ZAP or remediation row"],
        fix: &["None: count it as reported or deleted"],
        caveat: "Report buttons delete or move the message.",
        references: &[references::ADVANCED_DELIVERY],
    },
    check: |case| {
        let mut evidence = deleted(case)?;
        let reported = case.journey?.platform_says(&["Email Reported", "Reported"]);
        let certainty = if reported.is_some() { Certainty::Likely } else { Certainty::Possible };
        let summary = match reported {
            Some(_) => "The recipient reported it, and it is in Deleted Items now.",
            None => "It is in Deleted Items now: the recipient may have deleted it.",
        };
        evidence.extend(reported.map(|step| step.evidence.clone()));
        let mut finding = RULE_USER.finding(certainty, summary, evidence);
        finding.excluded.push("no ZAP and no remediation is among the rows".to_owned());
        finding.fix = vec![fixes::platform("Nothing to do: count it as deleted or reported.")];
        Some(finding)
    },
};

/// Whether the message was first put somewhere else than into the Inbox.
fn was_elsewhere(case: &Case<'_>) -> bool {
    let first = case.journey.and_then(|journey| journey.hunting.delivery_location.as_ref());
    let first = first.and_then(|first| Location::parse(&first.value));
    first.is_some_and(|first| first != Location::InboxOrFolder)
}

/// What shows that the message is in Deleted Items and that none of Microsoft's tools put it there.
fn deleted(case: &Case<'_>) -> Option<Vec<crate::fact::Citation>> {
    let journey: &Journey = case.journey?;
    let latest = journey.hunting.latest_location.as_ref()?;
    let taken = journey
        .post_delivery
        .iter()
        .any(|action| action.value.is_zap() || action.value.is_remediation());
    (!taken && Location::parse(&latest.value) == Some(Location::DeletedItems))
        .then(|| vec![latest.evidence.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    const GONE: (Kind, &str) = (Kind::LatestLocation, "Deleted items folder");

    #[test]
    fn deleted_items_alone_leave_both_possible() {
        let rows = Rows::of(&[(Kind::DeliveryLocation, "Inbox/folder"), GONE]);
        assert_eq!(rows.certainty(&RULE_THIRD_PARTY), Some(Certainty::Possible));
        assert_eq!(rows.certainty(&RULE_USER), Some(Certainty::Possible));
        let rows = Rows::of(&[(Kind::DeliveryLocation, "Quarantine"), GONE]);
        assert_eq!(rows.certainty(&RULE_THIRD_PARTY), None, "it never was in the Inbox");
    }

    #[test]
    fn a_report_makes_the_user_likely() {
        let rows = Rows::of(&[GONE, (Kind::Platform, "Email Reported")]);
        assert_eq!(rows.certainty(&RULE_USER), Some(Certainty::Likely));
    }

    #[test]
    fn zap_and_remediation_speak_against_both() {
        for action in ["Phish ZAP||Success|", "Manual remediation||Success|"] {
            let rows = Rows::of(&[GONE, (Kind::PostDelivery, action)]);
            assert_eq!(rows.certainty(&RULE_THIRD_PARTY), None, "{action}");
            assert_eq!(rows.certainty(&RULE_USER), None, "{action}");
        }
    }
}
