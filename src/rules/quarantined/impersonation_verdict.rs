//! `CAT` UIMP, DIMP, GIMP and BIMP: impersonation protection.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::{Cat, Sfty};
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "impersonation-verdict",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "Impersonation protection took the sender for an imitation of a protected user, domain or brand.",
        evidence: &[
            "Proven: CAT UIMP, DIMP, GIMP or BIMP, with evidence of where it ended",
            "Possible: the same without such evidence: the verdict is stated, the action is the policy's",
            "Proven: SFTY 9.19 (domain) or 9.20 (user), as a safety tip or beside another category",
            "The anti-phishing policy's TargetedUserProtectionAction, TargetedDomainProtectionAction or MailboxIntelligenceProtectionAction says where it goes",
        ],
        against: &[],
        fix: &[
            "Advanced Delivery",
            "Or trust the sender: anti-phishing policy > Impersonation > Manage trusted senders and domains",
        ],
        caveat: "ExcludedDomains does not cover subdomains, and preset policies keep a list of their own.",
        references: &[references::HEADERS, references::ANTI_PHISHING],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    if reading::is_internal(case) || reading::was_released(case) {
        return None;
    }
    let by_category = reading::cat(case).filter(|cat| {
        matches!(
            cat,
            Cat::UserImpersonation
                | Cat::DomainImpersonation
                | Cat::MailboxImpersonation
                | Cat::BrandImpersonation
        )
    });
    let tip = case.verdict.sfty.as_ref().map(|fact| &fact.value);
    let by_tip =
        tip.filter(|tip| matches!(tip, Sfty::DomainImpersonation | Sfty::UserImpersonation));
    let what = match (by_category, by_tip) {
        (Some(cat), _) => cat.meaning(),
        (None, Some(tip)) => tip.meaning(),
        (None, None) => return None,
    }
    .unwrap_or("impersonation");
    let evidence = reading::verdict_and_landing(case, &["CAT", "SFTY"]);
    let (role, certainty, place) = match case.landing.outcome {
        Outcome::Quarantine | Outcome::Junk if by_category.is_some() => {
            let landed = reading::landed(case, case.landing.outcome);
            (
                Role::Cause,
                landed.certainty(),
                "; the anti-phishing policy's action for it decided where it went",
            )
        }
        Outcome::Quarantine | Outcome::Junk => {
            // Another category named the policy that acted.
            (Role::Contributing, Certainty::Proven, "")
        }
        Outcome::Unknown if by_category.is_some() => {
            (Role::Cause, Certainty::Possible, "; this copy does not show where it ended")
        }
        _ => (Role::Alteration, Certainty::Proven, "; the recipient may see a safety tip for it"),
    };
    let mut finding = RULE.finding(certainty, format!("The filter saw {what}{place}."), evidence);
    finding.role = role;
    if certainty < Certainty::Proven {
        finding.excluded.push(
            "not checked: where it ended; the verdict itself is stated, its action is the policy's"
                .to_owned(),
        );
    }
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::trusted_impersonator(case));
    if !fixes::Values::of(case).is_from_senders_own() {
        // it is about a step that the fix advises against
        finding.caveat = None;
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn each_category_in_quarantine_is_a_proven_cause() {
        for cat in ["UIMP", "DIMP", "GIMP", "BIMP"] {
            let mail =
                Mail::inbound().verdict(&format!("IPV:NLI;SFV:SPM;CAT:{cat}")).in_quarantine();
            let finding = mail.finding(&RULE).unwrap();
            assert_eq!(
                (finding.role, finding.certainty),
                (Role::Cause, Certainty::Proven),
                "{cat}"
            );
        }
    }

    #[test]
    fn only_the_place_is_unsure_where_nothing_shows_it() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:UIMP");
        let finding = mail.finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Possible);
        assert!(finding.excluded[0].starts_with("not checked: where it ended"));
        assert!(mail.in_quarantine().finding(&RULE).unwrap().excluded.is_empty());
    }

    #[test]
    fn the_caveat_of_trusting_a_domain_stands_only_beside_that_advice() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:DIMP").in_quarantine();
        let finding = mail.finding(&RULE).unwrap();
        assert!(finding.caveat.is_some_and(|caveat| caveat.starts_with("ExcludedDomains")));
        let forged = mail.results("spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=bounce.example; dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=phish.example;compauth=fail reason=001");
        assert_eq!(forged.finding(&RULE).unwrap().caveat, None);
    }

    #[test]
    fn a_tip_on_delivered_mail_alters_it() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE;SFTY:9.20").in_inbox();
        assert_eq!(mail.finding(&RULE).unwrap().role, Role::Alteration);
    }

    #[test]
    fn a_tip_beside_another_category_only_contributes() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:PHSH;SFTY:9.19").in_quarantine();
        assert_eq!(mail.finding(&RULE).unwrap().role, Role::Contributing);
    }

    #[test]
    fn a_first_contact_tip_is_no_impersonation() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE;SFTY:9.25").in_inbox();
        assert_eq!(mail.certainty(&RULE), None);
    }
}
