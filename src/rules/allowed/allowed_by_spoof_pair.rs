//! A spoofed sender pair that is allowed kept the spoof verdict away.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::{AuthResult, Cat};
use crate::rules::mail::mail;
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::matching::spoof_pair;

pub(super) const RULE: Rule = Rule {
    id: "allowed-by-spoof-pair",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "The tenant allows this pair of spoofed sender and sending infrastructure, so that failed authentication had no consequence.",
        evidence: &[
            "Likely: an allowed pair fits the From and the source, compauth fails, and there is no SPOOF category",
        ],
        against: &["compauth passes", "CAT:SPOOF", "Another mechanism skipped filtering"],
        fix: &["Prefer a From domain that the platform owns, or Advanced Delivery"],
        caveat: "A pair lifts the spoof verdict only; pairs never run out.",
        references: &[references::TENANT_ALLOW_BLOCK, references::ANTI_PHISHING],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let tenant = case.tenant?;
    let (result, reason) = reading::compauth(case)?;
    let arrived =
        matches!(case.landing.outcome, Outcome::Inbox | Outcome::CustomFolder | Outcome::Delivered);
    if *result != AuthResult::Fail || reading::cat(case) == Some(&Cat::Spoof) || !arrived {
        return None;
    }
    let pair = spoof_pair(tenant, &mail(case), "Allow")?;
    let user = pair.spoofed_user.as_deref().unwrap_or_default();
    let source = pair.sending_infrastructure.as_deref().unwrap_or_default();
    let bypassed = case.message.is_some_and(|message| message.was_bypassed());
    let mut evidence = vec![
        pair.origin.evidence("SpoofedUser", user),
        pair.origin.evidence("SendingInfrastructure", source),
        reading::results_piece(case, "compauth")?,
    ];
    reading::add(&mut evidence, reading::stamps(case, &["CAT"]));
    let certainty = if bypassed { Certainty::Possible } else { Certainty::Likely };
    let mut finding = RULE.finding(
        certainty,
        format!("Authentication failed (compauth reason {reason}) without consequence: the pair `{user}` from `{source}` is allowed."),
        evidence,
    );
    finding.excluded.push(if bypassed {
        "not excluded: filtering was skipped by something else".to_owned()
    } else {
        "filtering was not skipped by something else".to_owned()
    });
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn tenant(source: &str) -> String {
        format!(
            r#"{{"TenantAllowBlockListSpoofItems": {{"SpoofedUser": "phish.example", "SendingInfrastructure": "{source}", "SpoofType": "External", "Action": "Allow"}}}}"#
        )
    }

    fn failing(pairs: &str) -> Mail {
        Mail::inbound().verdict(pairs).in_inbox().results("spf=fail (sender IP is 203.0.113.10) smtp.mailfrom=bounce.example; dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=phish.example;compauth=fail reason=001")
    }

    #[test]
    fn a_fitting_pair_beside_failed_authentication_is_likely() {
        let mail = failing("IPV:NLI;SFV:NSPM;CAT:NONE").tenant(&tenant("203.0.113.0/24"));
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn a_bypass_leaves_it_possible() {
        let mail = failing("IPV:NLI;SFV:SKN;CAT:NONE").tenant(&tenant("203.0.113.0/24"));
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn another_source_a_spoof_verdict_and_passing_mail_speak_against_it() {
        let far = failing("IPV:NLI;SFV:NSPM;CAT:NONE").tenant(&tenant("192.0.2.0/24"));
        let spoof = failing("IPV:NLI;SFV:SPM;CAT:SPOOF").tenant(&tenant("203.0.113.0/24"));
        let pass = Mail::inbound()
            .verdict("IPV:NLI;SFV:NSPM;CAT:NONE")
            .in_inbox()
            .tenant(&tenant("203.0.113.0/24"));
        for mail in [far, spoof, pass] {
            assert_eq!(mail.certainty(&RULE), None, "{}", mail.text());
        }
    }
}
