//! `CAT:SPOOF` by spoof intelligence.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::{AuthResult, Cat};
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "spoof-verdict",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "Spoof intelligence judged the visible sender forged: authentication of the From domain failed without a DMARC policy that decides.",
        evidence: &[
            "Proven: CAT:SPOOF with compauth=fail reason=001 (implicit failure), or 6xx or 010 (one of the recipient's own domains)",
            "The anti-phishing policy has EnableSpoofIntelligence on; AuthenticationFailAction says Junk or Quarantine",
        ],
        against: &[
            "reason=000: the domain owner's DMARC policy decided, see dmarc-fail-quarantine",
            "reason=002: the tenant's own spoof block decided",
        ],
        fix: &[
            "Advanced Delivery",
            "Or an allowed spoof pair in the Tenant Allow/Block List",
            "Or let the platform authenticate the From domain it uses",
        ],
        caveat: "A failed compauth alone does not condemn a message; signals of intent count too.",
        references: &[
            references::HEADERS,
            references::ANTI_PHISHING,
            references::TENANT_ALLOW_BLOCK,
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let landed = reading::landed(case, Outcome::Quarantine);
    if reading::cat(case)? != &Cat::Spoof
        || reading::was_released(case)
        || landed == Landed::Elsewhere
    {
        return None;
    }
    let compauth = reading::compauth(case);
    let reason = compauth.map_or("", |(_, reason)| reason);
    if matches!(reason, "000" | "002") {
        return None;
    }
    let implicit = compauth.is_some_and(|(result, reason)| {
        *result == AuthResult::Fail && (matches!(reason, "001" | "010") || reason.starts_with('6'))
    });
    let certainty = if implicit { landed.certainty() } else { Certainty::Possible };
    let summary = landed.wording(
        "The filter judged the visible sender forged and quarantined the message.",
        "The filter judged the visible sender forged; the anti-phishing policy decides between Junk and quarantine.",
    );
    let mut evidence = reading::stamps(case, &["CAT"]);
    reading::add(&mut evidence, compauth.and_then(|_| reading::results_piece(case, "compauth")));
    reading::add(&mut evidence, reading::verdict_and_landing(case, &["SFV"]));
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded.push(if implicit {
        format!("no DMARC policy and no tenant spoof block decided (reason {reason})")
    } else {
        "not checked: no compauth reason tells whether DMARC or the tenant's spoof block decided"
            .to_owned()
    });
    reading::name_lost_allow(case, &mut finding);
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::spoof_pair(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn results(reason: &str) -> String {
        format!(
            "spf=none (sender IP is 203.0.113.10) smtp.mailfrom=phish.example; dkim=none (message not signed) header.d=none;dmarc=fail action=none header.from=brand.example;compauth=fail reason={reason}"
        )
    }

    fn spoofed(reason: &str) -> Mail {
        Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPOOF").results(&results(reason))
    }

    #[test]
    fn an_implicit_failure_in_quarantine_is_proven() {
        for reason in ["001", "010", "601"] {
            assert_eq!(
                spoofed(reason).in_quarantine().certainty(&RULE),
                Some(Certainty::Proven),
                "{reason}"
            );
        }
    }

    #[test]
    fn dmarc_and_the_tenants_spoof_block_are_other_causes() {
        for reason in ["000", "002"] {
            assert_eq!(spoofed(reason).in_quarantine().certainty(&RULE), None, "{reason}");
        }
    }

    #[test]
    fn without_a_reason_it_stays_possible() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPOOF").in_quarantine();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn a_copy_without_a_landing_is_possible() {
        assert_eq!(spoofed("001").certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn in_junk_it_is_phish_or_spoof_junked() {
        assert_eq!(spoofed("001").in_junk().certainty(&RULE), None);
    }

    #[test]
    fn an_allow_entry_that_lost_is_named() {
        let mail = Mail::inbound()
            .verdict("IPV:NLI;SFV:SPM;CAT:SPOOF;SFTY:9.23")
            .results(&results("001"))
            .in_quarantine();
        assert!(mail.finding(&RULE).unwrap().summary.contains("SFTY 9.23"));
    }
}
