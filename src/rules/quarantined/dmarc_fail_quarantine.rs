//! DMARC failed, and the policy honours what the domain owner asks for.

use crate::case::Case;
use crate::finding::{Finding, Outcome, Role};
use crate::message::Message;
use crate::message::values::{AuthResult, Cat, DmarcAction};
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "dmarc-fail-quarantine",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "DMARC failed for the visible sender, its owner asks for quarantine or rejection, and the anti-phishing policy honours that.",
        evidence: &[
            "Proven: dmarc=fail with action=quarantine or action=oreject, compauth=fail reason=000 and CAT:SPOOF, with the message in quarantine",
            "Possible: the same without evidence of where it ended",
            "The anti-phishing policy has HonorDmarcPolicy on",
        ],
        against: &[
            "compauth=pass, or reason 9xx or 4xx: DMARC was not enforced",
            "DmarcRejectAction Reject: the message is refused instead",
        ],
        fix: &[
            "Best: use a From domain that the platform owns and authenticates",
            "Advanced Delivery, or an allowed spoof pair",
        ],
        caveat: "Do not count on the IP Allow List here: one Microsoft page says that it does not override DMARC failures, \
                 another that it skips DMARC. No page says whether Advanced Delivery prevents a rejection.",
        references: &[references::HEADERS, references::ANTI_PHISHING, references::TROUBLESHOOTING],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let landed = reading::landed(case, Outcome::Quarantine);
    if reading::cat(case)? != &Cat::Spoof
        || reading::was_released(case)
        || landed == Landed::Elsewhere
        || !failed_by_policy(case)
    {
        return None;
    }
    let summary = landed.wording(
        "DMARC failed for the visible sender, its owner asks for quarantine or rejection, and the message was quarantined.",
        "DMARC failed for the visible sender and its owner asks for quarantine or rejection; the anti-phishing policy decides what happens.",
    );
    let mut evidence = Vec::new();
    reading::add(
        &mut evidence,
        ["dmarc", "compauth"].into_iter().filter_map(|method| reading::results_piece(case, method)),
    );
    reading::add(&mut evidence, reading::verdict_and_landing(case, &["CAT", "SFV"]));
    let mut finding = RULE.finding(landed.certainty(), summary, evidence);
    finding
        .excluded
        .push("DMARC was enforced: compauth failed for reason 000, not 4xx or 9xx".to_owned());
    if landed != Landed::Shown {
        finding.excluded.push(
            "not checked: where it ended; the failure itself is stated, its action is the policy's"
                .to_owned(),
        );
    }
    reading::name_lost_allow(case, &mut finding);
    finding.fix = vec![fixes::platform(
        "Use a From domain that the platform owns, with SPF or DKIM aligned to it, instead of a stranger's.",
    )];
    finding.fix.extend(fixes::advanced_delivery(case));
    finding.fix.extend(fixes::spoof_pair(case));
    Some(finding)
}

/// An explicit failure: the domain owner's policy, not Microsoft's guess (`headers.md` §3.1).
pub(in crate::rules) fn failed_by_policy(case: &Case<'_>) -> bool {
    let Some(results) = case.message.and_then(Message::results) else { return false };
    let asked = matches!(
        results.dmarc_action,
        Some(
            DmarcAction::Quarantine
                | DmarcAction::Reject
                | DmarcAction::PartialQuarantine
                | DmarcAction::PartialReject
        )
    );
    results.dmarc == Some(AuthResult::Fail)
        && asked
        && results.compauth == Some(AuthResult::Fail)
        && results.compauth_reason.as_deref() == Some("000")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Certainty;
    use crate::testing::Mail;

    fn failed(action: &str, compauth: &str) -> Mail {
        Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPOOF").results(&format!(
            "spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=phish.example; dkim=none (message not signed) header.d=none;dmarc=fail action={action} header.from=brand.example;compauth={compauth}"
        ))
    }

    #[test]
    fn an_explicit_failure_in_quarantine_is_proven() {
        for action in ["quarantine", "oreject"] {
            let mail = failed(action, "fail reason=000").in_quarantine();
            assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven), "{action}");
        }
    }

    #[test]
    fn dmarc_that_was_not_enforced_is_no_cause() {
        for compauth in ["none reason=905", "none reason=451", "pass reason=130", "fail reason=001"]
        {
            assert_eq!(
                failed("oreject", compauth).in_quarantine().certainty(&RULE),
                None,
                "{compauth}"
            );
        }
    }

    #[test]
    fn a_refused_message_was_not_quarantined() {
        let mail =
            failed("oreject", "fail reason=000").landing(Outcome::Rejected, Certainty::Proven);
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn the_ip_allow_list_is_not_offered() {
        let mail = failed("oreject", "fail reason=000").in_quarantine();
        assert!(
            mail.finding(&RULE).unwrap().fix.iter().all(|fix| !fix.text.contains("IPAllowList"))
        );
    }
}
