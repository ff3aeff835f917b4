//! An administrator or an automated investigation took the message after delivery.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "admin-or-air-removed",
    stage: Stage::Removed,
    role: Role::Cause,
    entry: Entry {
        meaning: "An administrator, or automated investigation and response, took the message after delivery.",
        evidence: &[
            "Proven: EmailPostDeliveryEvents.ActionType Manual remediation, or Explorer's Automated remediation",
        ],
        against: &["The action failed", "The action moved it to the Inbox, or a later one did"],
        fix: &[
            "Tell the security team of the campaign; Advanced Delivery keeps automation away from matching mail",
        ],
        caveat: "",
        references: &[references::ADVANCED_DELIVERY, references::ZAP],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let done = |action: &&crate::fact::Fact<crate::trace::journey::PostDelivery>| {
        action.value.is_remediation() && action.value.takes_away() && action.value.succeeded()
    };
    let journey = case.journey.filter(|journey| !journey.is_back())?;
    let action = journey.post_delivery.iter().rev().find(done)?;
    let by = action.value.trigger.as_deref().map_or_else(String::new, |by| format!(" ({by})"));
    let mut finding = RULE.finding(
        Certainty::Proven,
        format!("{}{by} took it after delivery.", action.value.action),
        refused::with_landing(case, &action.evidence),
    );
    finding.fix = vec![fixes::portal(
        "Defender portal > Actions & submissions > Action center > History: who took it. Tell the security \
         team of the campaign's senders and dates.",
    )];
    finding.fix.extend(fixes::advanced_delivery(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    #[test]
    fn the_action_is_proof() {
        for action in
            ["Manual remediation|AdminAction|Success|Quarantine", "Automated remediation|||"]
        {
            let rows = Rows::of(&[(Kind::PostDelivery, action)]);
            assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven), "{action}");
        }
    }

    #[test]
    fn zap_and_failed_actions_are_not_it() {
        for action in ["Phish ZAP||Success|", "Manual remediation||Failed|"] {
            assert_eq!(
                Rows::of(&[(Kind::PostDelivery, action)]).certainty(&RULE),
                None,
                "{action}"
            );
        }
    }

    #[test]
    fn a_move_to_the_inbox_takes_nothing_and_undoes_what_did() {
        let back = (Kind::PostDelivery, "Manual remediation|AdminAction|Success|Inbox/folder");
        let away = (Kind::PostDelivery, "Manual remediation|AdminAction|Success|Quarantine");
        assert_eq!(Rows::of(&[back]).certainty(&RULE), None);
        assert_eq!(Rows::of(&[away, back]).certainty(&RULE), None);
        assert_eq!(Rows::of(&[back, away]).certainty(&RULE), Some(Certainty::Proven));
    }
}
