//! A mail flow rule rejected the message.

use crate::case::Case;
use crate::fact::Fact;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};
use crate::trace::journey::RuleHit;

pub(super) const RULE: Rule = Rule {
    id: "rule-reject",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "A mail flow rule of the tenant rejected the message.",
        evidence: &[
            "Proven: 550 5.7.1 TRANSPORT.RULES.RejectMessage, 5.7.900 to 5.7.999, or 5.7.1_ETR",
            "Proven: trace status Failed with S:TRA=ETR and action=RejectMessage, which names the rule",
        ],
        against: &[
            "The rule is disabled, or its mode is Audit: then it logs and does nothing",
            "The answer states another cause",
        ],
        fix: &[
            "Except the platform's IP in that rule",
            "Or put the simulation's rule above it, with \"Stop processing more rules\"",
        ],
        caveat: "Advanced Delivery is described for the filters, not for mail flow rules: take it that \
                 rules still act on simulations.",
        references: &[
            references::NDR,
            references::TRANSPORT_RULE_CMDLET,
            references::MESSAGE_TRACE,
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let hit = rejecting(case);
    let mut finding =
        refused::proven(&RULE, case, "A mail flow rule rejected it").or_else(|| {
            // the rule may have met another recipient of the message
            let told = refused::states_otherwise(case, RULE.id);
            let hit = hit.filter(|_| refused::failed(case) && !told)?;
            let evidence = refused::with_landing(case, &hit.evidence);
            Some(RULE.finding(Certainty::Proven, "A mail flow rule rejected it.", evidence))
        })?;
    if let Some(hit) = hit {
        finding.summary = format!("The mail flow rule {} rejected it.", hit.value.label());
        crate::rules::reading::add(&mut finding.evidence, [hit.evidence.clone()]);
    } else {
        finding.excluded.push(
            "not checked: which rule; rows with S:TRA=ETR (extended report) or EmailEvents name it"
                .to_owned(),
        );
    }
    finding.fix = fixes::rule_exception(case, hit.map(|hit| name(&hit.value)).as_deref());
    Some(finding)
}

/// The rule that rejected, else the only rule that acted and is not known to have done something else.
fn rejecting<'a>(case: &Case<'a>) -> Option<&'a Fact<RuleHit>> {
    let rules = &case.journey?.rules;
    let mut enforced = rules.iter().filter(|hit| !hit.value.is_audit());
    let named = enforced.clone().find(|hit| hit.value.does("RejectMessage"));
    named.or_else(|| {
        let only = enforced.next().filter(|hit| hit.value.actions.is_empty())?;
        (enforced.next().is_none() && refused::answer(case, RULE.id).is_some()).then_some(only)
    })
}

/// What the fix calls the rule: its name, else its GUID.
fn name(hit: &RuleHit) -> String {
    hit.name
        .as_deref()
        .map(str::to_owned)
        .or_else(|| hit.id.map(|id| id.to_string()))
        .unwrap_or_else(|| "<rule>".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    const ANSWER: (Kind, &str) = (
        Kind::Answer,
        "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
    );
    const HIT: (Kind, &str) =
        (Kind::TransportRule, "19a25eb2-3e43-4896-ad9e-47b6c359779d||Enforce|RejectMessage");

    #[test]
    fn the_answer_is_proof_and_a_rule_row_names_the_rule() {
        let finding = Rows::of(&[(Kind::Event, "fail"), ANSWER]).finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Proven);
        assert!(finding.excluded[0].contains("which rule"));
        let finding = Rows::of(&[(Kind::Event, "fail"), ANSWER, HIT]).finding(&RULE).unwrap();
        assert!(finding.summary.contains("19a25eb2-3e43-4896-ad9e-47b6c359779d"));
        assert!(finding.excluded.is_empty());
    }

    #[test]
    fn a_rejecting_rule_and_a_failure_are_proof_without_the_text() {
        let rows = Rows::of(&[(Kind::Status, "Failed"), HIT]);
        assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn an_answer_that_states_another_cause_speaks_against_the_rule() {
        let answer = (Kind::Answer, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found");
        assert_eq!(Rows::of(&[(Kind::Event, "fail"), HIT, answer]).certainty(&RULE), None);
        let plain = (Kind::Answer, "550 5.7.1 go away");
        let rows = Rows::of(&[(Kind::Event, "fail"), HIT, plain]);
        assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn a_rule_in_audit_mode_does_nothing() {
        let audit =
            (Kind::TransportRule, "19a25eb2-3e43-4896-ad9e-47b6c359779d||Audit|RejectMessage");
        assert_eq!(Rows::of(&[(Kind::Event, "fail"), audit]).certainty(&RULE), None);
    }

    #[test]
    fn a_delivered_message_was_not_rejected() {
        assert_eq!(Rows::of(&[(Kind::Event, "deliver"), HIT]).certainty(&RULE), None);
    }
}
