//! The From domain asks for rejection, and DMARC failed.

use crate::case::Case;
use crate::finding::{Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "dmarc-reject",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "The visible From domain publishes p=reject, DMARC failed, and the tenant honours it.",
        evidence: &[
            "Proven: 550 5.7.509 Access denied, sending domain does not pass DMARC verification",
        ],
        against: &[
            "DmarcRejectAction is Quarantine: then the message is in quarantine",
            "compauth=pass",
        ],
        fix: &[
            "Use a From domain that the platform owns",
            "Else Advanced Delivery, a spoof pair, or DmarcRejectAction Quarantine in the anti-phishing policy",
        ],
        caveat: "No public text says whether Advanced Delivery prevents a reject; only that filters take no \
                 action. Of a spoof pair the infrastructure is the PTR domain, a /24, or a verified DKIM domain.",
        references: &[references::NDR, references::ANTI_PHISHING],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let mut finding = refused::proven(
        &RULE,
        case,
        "The From domain asks to reject mail that fails DMARC, and this message failed it",
    )?;
    finding.fix = vec![fixes::platform(
        "Use a From domain that the platform owns, signed with its own DKIM key.",
    )];
    finding.fix.extend(fixes::advanced_delivery(case));
    finding.fix.extend(fixes::spoof_pair(case));
    finding.fix.push(fixes::powershell(
        "Set-AntiPhishPolicy -Identity \"<policy>\" -DmarcRejectAction Quarantine",
    ));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Certainty;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    const TEXT: &str = "550 5.7.509 Access denied, sending domain [] does not pass DMARC verification and has a DMARC policy of reject";

    #[test]
    fn the_answer_is_proof() {
        assert_eq!(
            Rows::of(&[(Kind::PlatformError, TEXT)]).certainty(&RULE),
            Some(Certainty::Proven)
        );
    }

    #[test]
    fn quarantine_is_another_cause() {
        let rows = Rows::of(&[(Kind::PlatformError, TEXT), (Kind::Status, "Quarantined")]);
        assert_eq!(rows.certainty(&RULE), None);
    }
}
