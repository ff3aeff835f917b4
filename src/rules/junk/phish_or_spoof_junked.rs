//! Phishing or spoofing that the policy sends to Junk.

use crate::case::Case;
use crate::finding::{Finding, Outcome, Role};
use crate::message::values::{Cat, Sfv};
use crate::rules::quarantined::dmarc_fail_quarantine::failed_by_policy;
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "phish-or-spoof-junked",
    stage: Stage::Junk,
    role: Role::Cause,
    entry: Entry {
        meaning: "The filter judged the message phishing or forged, and the policy sends such mail to Junk.",
        evidence: &[
            "Proven: CAT:PHSH or CAT:SPOOF with the message in Junk",
            "PhishSpamAction MoveToJmf in the anti-spam policy, or AuthenticationFailAction MoveToJmf in the anti-phishing policy",
        ],
        against: &[
            "A rule of the recipient moved it (ucf:1)",
            "The policy quarantines the verdict",
        ],
        fix: &[
            "Advanced Delivery",
            "For forged senders also an allowed spoof pair; for phishing a mail flow rule usually suffices",
        ],
        caveat: "",
        references: &[references::HEADERS, references::ANTI_PHISHING, references::ZAP],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let cat = reading::cat(case)?;
    let landed = reading::landed(case, Outcome::Junk);
    if !matches!(cat, Cat::Phish | Cat::Spoof)
        || !matches!(landed, Landed::Shown | Landed::Implied)
        || reading::moved_by_user_rule(case)
        || reading::sfv(case) == Some(&Sfv::UserBlocked)
    {
        return None;
    }
    let by_owner = *cat == Cat::Spoof && failed_by_policy(case);
    let summary = match cat {
        Cat::Phish => "The filter judged it phishing, and the policy sends phishing to Junk.",
        _ if by_owner => {
            "DMARC failed for the visible sender, its owner asks for quarantine or rejection, and the policy sends such mail to Junk."
        }
        _ => "The filter judged the visible sender forged, and the policy sends such mail to Junk.",
    };
    let mut evidence = reading::stamps(case, &["CAT"]);
    if *cat == Cat::Spoof {
        let stated = reading::compauth(case).and_then(|_| reading::results_piece(case, "compauth"));
        reading::add(&mut evidence, stated);
    }
    reading::add(&mut evidence, reading::verdict_and_landing(case, &["SFV"]));
    let mut finding = RULE.finding(landed.certainty(), summary, evidence);
    finding.excluded.push("no rule of the recipient moved it (ucf is not 1)".to_owned());
    finding.excluded.push(
        landed
            .wording(
                "the policy did not quarantine it: it is in Junk",
                "the exported policy that applies does not quarantine it",
            )
            .to_owned(),
    );
    reading::name_lost_allow(case, &mut finding);
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(if *cat == Cat::Spoof {
        fixes::spoof_pair(case)
    } else {
        fixes::spam_bypass_rule(case)
    });
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Certainty;
    use crate::testing::Mail;

    #[test]
    fn both_categories_in_junk_are_proven() {
        for cat in ["PHSH", "SPOOF"] {
            let mail = Mail::inbound().verdict(&format!("IPV:NLI;SFV:SPM;CAT:{cat}")).in_junk();
            assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven), "{cat}");
        }
    }

    #[test]
    fn without_a_shown_junk_folder_the_quarantine_rules_speak() {
        assert_eq!(Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:PHSH").certainty(&RULE), None);
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:PHSH").in_quarantine().certainty(&RULE),
            None
        );
    }

    #[test]
    fn the_recipients_own_rule_explains_it_better() {
        let mail = Mail::inbound()
            .verdict("IPV:NLI;SFV:SPM;CAT:PHSH")
            .delivery("ucf:1;jmr:0;auth:0;dest:J;OFR:CustomRules;");
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn the_domain_owners_policy_is_named() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPOOF").in_junk().results(
            "spf=fail (sender IP is 203.0.113.10) smtp.mailfrom=brand.example; dkim=none (message not signed) header.d=none;dmarc=fail action=quarantine header.from=brand.example;compauth=fail reason=000",
        );
        assert!(mail.finding(&RULE).unwrap().summary.contains("its owner asks"));
    }
}
