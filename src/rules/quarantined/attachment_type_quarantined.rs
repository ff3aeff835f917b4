//! `CAT:FTBP`: the common attachment filter.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::Cat;
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "attachment-type-quarantined",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "The attachment is of a type that the malware policy's common attachment filter does not let in.",
        evidence: &[
            "Proven: CAT:FTBP in the recipient's report, or quarantine type FileTypeBlock",
            "The applied malware policy has EnableFileFilter on and FileTypeAction Quarantine",
        ],
        against: &["FileTypeAction Reject: the platform gets a non-delivery report instead"],
        fix: &["Use another attachment type in the simulation"],
        caveat: "Allow entries and mail flow rules do not override this filter. Taking the type off the list weakens everyone's protection.",
        references: &[references::HEADERS, references::MALWARE_CMDLET, references::PRECEDENCE],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let landed = reading::landed(case, Outcome::Quarantine);
    if case.verdict.cat.as_ref()?.value != Cat::FileType
        || reading::was_released(case)
        || landed == Landed::Elsewhere
    {
        return None;
    }
    let summary = landed.wording(
        "The attachment's type is blocked by the common attachment filter, so the message was quarantined.",
        "The attachment's type is blocked by the common attachment filter.",
    );
    let mut finding = RULE.finding(
        Certainty::Proven,
        summary,
        reading::verdict_and_landing(case, &["CAT", "SFV"]),
    );
    finding.fix = vec![
        fixes::platform("Use another attachment type in this simulation."),
        fixes::powershell(
            "Get-MalwareFilterPolicy | Format-List Name,EnableFileFilter,FileTypeAction,FileTypes",
        ),
    ];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn ftbp_is_proven() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:FTBP");
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn a_refused_message_was_not_quarantined() {
        let mail = Mail::inbound()
            .verdict("IPV:NLI;SFV:SPM;CAT:FTBP")
            .landing(Outcome::Rejected, Certainty::Proven);
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn malware_is_another_verdict() {
        assert_eq!(Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:MALW").certainty(&RULE), None);
    }
}
