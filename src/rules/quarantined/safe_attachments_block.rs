//! `CAT:SAP`: Safe Attachments held the message.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::Cat;
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "safe-attachments-block",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "Safe Attachments opened the attachment in a sandbox, disliked it and quarantined the message.",
        evidence: &[
            "Proven: CAT:SAP in the recipient's report",
            "Proven: Defender names Safe Attachments as the email action policy; the recipient's policy has Action Block",
        ],
        against: &[],
        fix: &[
            "Advanced Delivery: Safe Attachments does not detonate matched messages",
            "Or a mail flow rule that sets SkipSafeAttachmentProcessing",
        ],
        caveat: "A policy can also quarantine a password-protected file because it cannot open it. Policy changes take about 30 minutes.",
        references: &[
            references::HEADERS,
            references::SAFE_ATTACHMENTS,
            references::ADVANCED_DELIVERY,
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let landed = reading::landed(case, Outcome::Quarantine);
    if case.verdict.cat.as_ref()?.value != Cat::SafeAttachments
        || reading::was_released(case)
        || landed == Landed::Elsewhere
    {
        return None;
    }
    let summary = landed.wording(
        "Safe Attachments judged the attachment harmful and quarantined the message.",
        "Safe Attachments judged the attachment harmful, which quarantines the message.",
    );
    let mut finding = RULE.finding(
        Certainty::Proven,
        summary,
        reading::verdict_and_landing(case, &["CAT", "SFV"]),
    );
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::skip_safe_attachments(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn sap_is_proven() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SAP");
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn other_categories_are_not_safe_attachments() {
        for cat in ["MALW", "FTBP", "NONE"] {
            let mail = Mail::inbound().verdict(&format!("IPV:NLI;SFV:SPM;CAT:{cat}"));
            assert_eq!(mail.certainty(&RULE), None, "{cat}");
        }
    }
}
