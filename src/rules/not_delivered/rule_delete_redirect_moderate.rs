//! A mail flow rule deleted, redirected or held the message for a moderator.

use crate::case::Case;
use crate::fact::Fact;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};
use crate::trace::journey::RuleHit;

pub(super) const RULE: Rule = Rule {
    id: "rule-delete-redirect-moderate",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "A mail flow rule deleted the message, redirected it, routed it elsewhere or sent it to a moderator.",
        evidence: &[
            "Proven: S:TRA with DeleteMessage, RedirectMessage, ModerateMessageByUser or RouteMessageOutboundConnector",
            "Possible: status Failed without an answer, with a rule whose action the export does not show",
        ],
        against: &[
            "The rule's mode is Audit: then it logs and does nothing",
            "The message was delivered all the same",
            "Deleted: the message was refused with an answer",
        ],
        fix: &[
            "Except the platform's IP in that rule; a message that waits for a moderator can be approved",
        ],
        caveat: "A deleted message leaves no reply: the platform counts it as sent.",
        references: &[references::TRANSPORT_RULE_CMDLET, references::MESSAGE_TRACE],
    },
    check,
};

/// Actions as exports spell them, and what they do.
const ACTIONS: &[(&str, &str)] = &[
    ("DeleteMessage", "deleted it without a reply"),
    ("RedirectMessage", "redirected it to someone else"),
    ("ModerateMessageByUser", "holds it for a moderator"),
    ("ModerateMessageByManager", "holds it for the manager's approval"),
    ("RouteMessageOutboundConnector", "routed it to another system"),
    ("RouteMessageUsingConnector", "routed it to another system"),
];

fn check(case: &Case<'_>) -> Option<Finding> {
    if matches!(case.landing.outcome, Outcome::Inbox | Outcome::CustomFolder | Outcome::Delivered) {
        return None;
    }
    let rules = &case.journey?.rules;
    let enforced = || rules.iter().filter(|hit| !hit.value.is_audit());
    // what was deleted gets no answer: a refusal is another end
    let answered = case.landing.outcome == Outcome::Rejected;
    let stated = enforced().find_map(|hit| {
        let fits =
            |action: &str| hit.value.does(action) && !(answered && action == "DeleteMessage");
        let (_, does) = ACTIONS.iter().find(|(action, _)| fits(action))?;
        Some((hit, *does))
    });
    let (certainty, hit, does) = match stated {
        Some((hit, does)) => (Certainty::Proven, hit, does),
        None => (Certainty::Possible, silent(case, enforced().collect())?, "may have deleted it"),
    };
    let summary = format!("The mail flow rule {} {does}.", hit.value.label());
    let mut finding = RULE.finding(certainty, summary, refused::with_landing(case, &hit.evidence));
    let name = hit.value.name.as_deref().map(str::to_owned);
    let name = name.or_else(|| hit.value.id.map(|id| id.to_string()));
    finding.fix = fixes::rule_exception(case, name.as_deref());
    if certainty == Certainty::Possible {
        finding.excluded.push("not checked: what the rule does".to_owned());
    }
    Some(finding)
}

/// The only rule of a message that failed or was dropped without any answer.
fn silent<'a>(case: &Case<'a>, hits: Vec<&'a Fact<RuleHit>>) -> Option<&'a Fact<RuleHit>> {
    let ended = matches!(case.landing.outcome, Outcome::Failed | Outcome::Dropped);
    match hits.as_slice() {
        [only] if ended && only.value.actions.is_empty() && case.journey?.answers.is_empty() => {
            Some(only)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    fn hit(mode: &str, action: &str) -> String {
        format!("19a25eb2-3e43-4896-ad9e-47b6c359779d||{mode}|{action}")
    }

    #[test]
    fn each_action_is_proof() {
        for (action, event) in [
            ("DeleteMessage", "fail"),
            ("RedirectMessage", "redirect"),
            ("ModerateMessageByUser", "initmessagecreated"),
            ("RouteMessageOutboundConnector", "send external"),
        ] {
            let hit = hit("Enforce", action);
            let rows = Rows::of(&[(Kind::TransportRule, &hit), (Kind::Event, event)]);
            assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven), "{action}");
        }
    }

    #[test]
    fn an_action_that_is_not_shown_is_only_possible() {
        let rows = Rows::of(&[(Kind::TransportRule, "|Block||"), (Kind::Event, "drop")]);
        assert_eq!(rows.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn audit_mode_and_delivery_speak_against_it() {
        let audit = hit("AuditAndNotify", "DeleteMessage");
        assert_eq!(
            Rows::of(&[(Kind::TransportRule, &audit), (Kind::Event, "fail")]).certainty(&RULE),
            None
        );
        let enforced = hit("Enforce", "DeleteMessage");
        let rows = Rows::of(&[(Kind::TransportRule, &enforced), (Kind::Folder, "Inbox")]);
        assert_eq!(rows.certainty(&RULE), None);
    }
}
