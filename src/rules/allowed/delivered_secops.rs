//! Delivered because the recipient is a mailbox of the security team.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};

pub(super) const RULE: Rule = Rule {
    id: "delivered-secops",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "The recipient is a SecOps mailbox of Advanced Delivery, which takes everything unfiltered: no delivery to a user.",
        evidence: &[
            "Proven: EmailEvents.OrgLevelPolicy, or Explorer's override source, is SecOps Mailbox",
            "Likely: the exported SecOps override rule lists the recipient, and the message was delivered",
        ],
        against: &["The rule's Mode is not Enforce"],
        fix: &["None; leave such mailboxes out of the campaign's count"],
        caveat: "It says nothing about other recipients: even malware is delivered there.",
        references: &[references::ADVANCED_DELIVERY],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    if !reading::let_through(case) {
        return None;
    }
    let stated = case
        .journey
        .and_then(|journey| journey.hunting.org_policy.as_ref())
        .filter(|policy| policy.value.to_ascii_lowercase().contains("secops"));
    let recipient = &case.recipient.as_ref()?.value;
    let listed = case.tenant.and_then(|tenant| {
        tenant.sec_ops_rules.iter().flatten().find(|rule| {
            let mailboxes = rule.sent_to.iter().flatten();
            rule.mode.as_deref().is_none_or(|mode| mode.eq_ignore_ascii_case("Enforce"))
                && mailboxes.into_iter().any(|mailbox| mailbox.eq_ignore_ascii_case(recipient))
        })
    });
    let (certainty, mut evidence) = match (stated, listed) {
        (Some(policy), _) => (Certainty::Proven, vec![policy.evidence.clone()]),
        (None, Some(rule)) => (Certainty::Likely, vec![rule.origin.evidence("SentTo", recipient)]),
        (None, None) => return None,
    };
    reading::add(&mut evidence, reading::landing(case));
    let mut finding = RULE.finding(
        certainty,
        "The recipient is a SecOps mailbox, which takes everything unfiltered: this is no delivery to a user.",
        evidence,
    );
    finding.fix = vec![fixes::platform("Leave this mailbox out of the campaign's count.")];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Mail, Rows};
    use crate::trace::statement::Kind;

    const TENANT: &str = r#"{"ExoSecOpsOverrideRule":{"Name":"SecOpsOverrideRule","Mode":"Enforce","SentTo":["ann@contoso.example"]}}"#;

    #[test]
    fn hunting_is_proof_and_the_configuration_is_likely() {
        let rows = Rows::of(&[
            (Kind::DeliveryLocation, "Inbox/folder"),
            (Kind::OrgPolicy, "SecOps Mailbox"),
        ]);
        assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven));
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox().tenant(TENANT);
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn a_rule_that_is_going_away_and_other_mailboxes_are_not_it() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox();
        assert_eq!(mail.certainty(&RULE), None);
        let pending = TENANT.replace("Enforce", "PendingDeletion");
        assert_eq!(mail.clone().tenant(&pending).certainty(&RULE), None);
        let other = TENANT.replace("ann@", "soc@");
        assert_eq!(mail.tenant(&other).certainty(&RULE), None);
    }
}
