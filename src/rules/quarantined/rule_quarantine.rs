//! A mail flow rule put the message into quarantine.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references, refused};
use crate::trace::journey::RuleHit;

pub(super) const RULE: Rule = Rule {
    id: "rule-quarantine",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "A mail flow rule of the tenant put the message into quarantine.",
        evidence: &[
            "Proven: quarantine type TransportRule",
            "Proven: S:TRA with the action Quarantine",
        ],
        against: &["The rule's mode is Audit: then it logs and does nothing"],
        fix: &["Except the platform's IP in that rule"],
        caveat: "Advanced Delivery is described for the filters, not for mail flow rules.",
        references: &[references::TRANSPORT_RULE_CMDLET, references::MESSAGE_TRACE],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let journey = case.journey?;
    let fits =
        matches!(case.landing.outcome, Outcome::Quarantine | Outcome::Delivered | Outcome::Unknown);
    if !fits || reading::was_released(case) {
        return None;
    }
    let hit =
        journey.rules.iter().find(|hit| hit.value.does("Quarantine") && !hit.value.is_audit());
    let listed = journey
        .quarantine
        .reason
        .as_ref()
        .filter(|_| journey.quarantine.is_for(&["TransportRule"]));
    let first = hit.map(|hit| &hit.evidence).or(listed.map(|fact| &fact.evidence))?;
    let id = |hit: &RuleHit| hit.id.map(|id| id.to_string());
    let named = hit.and_then(|hit| hit.value.name.as_deref().map(str::to_owned));
    let numbered = || hit.and_then(|hit| id(&hit.value));
    let policy = journey.quarantine.policy.as_ref().filter(|_| listed.is_some());
    let policy = policy.filter(|_| named.is_none() && numbered().is_none());
    let named = named.or_else(|| policy.map(|policy| policy.value.to_string()));
    let summary = match named.as_ref().map(|name| format!("“{name}”")).or_else(numbered) {
        Some(name) => format!("The mail flow rule {name} quarantined it."),
        None => "A mail flow rule quarantined it.".to_owned(),
    };
    let mut evidence = refused::with_landing(case, first);
    reading::add(&mut evidence, policy.map(|policy| policy.evidence.clone()));
    let mut finding = RULE.finding(Certainty::Proven, summary, evidence);
    let name = named.or_else(numbered);
    finding.fix = fixes::rule_exception(case, name.as_deref());
    finding.fix.extend(fixes::quarantine(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    #[test]
    fn the_list_or_the_rules_row_is_proof() {
        for reason in ["TransportRule", "Transport rule"] {
            let rows = Rows::of(&[(Kind::QuarantineReason, reason)]);
            assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven), "{reason}");
        }
        let hit = (Kind::TransportRule, "19a25eb2-3e43-4896-ad9e-47b6c359779d||Enforce|Quarantine");
        let rows = Rows::of(&[hit, (Kind::Status, "Quarantined")]);
        assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn a_rule_that_only_the_quarantine_list_names_is_shown_with_its_place() {
        let rows = Rows::of(&[
            (Kind::QuarantineReason, "TransportRule"),
            (Kind::QuarantinePolicy, "Hold invoices"),
        ]);
        let finding = rows.finding(&RULE).unwrap();
        assert_eq!(finding.summary, "The mail flow rule “Hold invoices” quarantined it.");
        let cites = |text: &str| finding.evidence.iter().any(|quoted| &*quoted.value == text);
        assert!(cites("TransportRule") && cites("Hold invoices"), "{:?}", finding.evidence);
    }

    #[test]
    fn another_reason_or_an_audit_rule_is_not_it() {
        assert_eq!(Rows::of(&[(Kind::QuarantineReason, "Spam")]).certainty(&RULE), None);
        let audit = (Kind::TransportRule, "||Audit|Quarantine");
        assert_eq!(Rows::of(&[audit, (Kind::Status, "Quarantined")]).certainty(&RULE), None);
    }
}
