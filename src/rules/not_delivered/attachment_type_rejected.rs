//! The common attachment filter rejected the file type.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Cat;
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "attachment-type-rejected",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "The malware policy's common attachment filter rejected the message for its attachment's type.",
        evidence: &[
            "Proven: the reply to the platform names the file type; CAT:FTBP where a verdict exists",
        ],
        against: &[
            "FileTypeAction is Quarantine: then the message is in quarantine as FileTypeBlock",
        ],
        fix: &[
            "Use another attachment type",
            "Taking the type off the policy's list weakens everyone",
        ],
        caveat: "Allow entries and mail flow rules do not override this filter.",
        references: &[references::MALWARE_CMDLET, references::PRECEDENCE],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let journey = case.journey.filter(|_| refused::failed(case))?;
    let answer = journey.answers.iter().find(|answer| {
        answer.value.code().is_some_and(|code| {
            code.class() == Some(5) && (code.says("file type") || code.says("attachment type"))
        })
    });
    let category = case.verdict.cat.as_ref().filter(|cat| cat.value == Cat::FileType);
    let first = answer.map(|answer| &answer.evidence).or(category.map(|cat| &cat.evidence))?;
    let evidence = refused::with_landing(case, first);
    let summary = "The common attachment filter refused the type of its attachment.";
    let mut finding = RULE.finding(Certainty::Proven, summary, evidence);
    finding.fix = vec![
        fixes::platform("Use an attachment type that the policy does not list."),
        fixes::powershell(
            "Get-MalwareFilterPolicy | Format-List Name,EnableFileFilter,FileTypeAction,FileTypes",
        ),
    ];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    #[test]
    fn the_reply_or_the_category_of_a_failed_message_is_proof() {
        let reply = (Kind::Answer, "550 5.7.1 the attachment's file type .iso is not allowed");
        assert_eq!(
            Rows::of(&[(Kind::Event, "fail"), reply]).certainty(&RULE),
            Some(Certainty::Proven)
        );
        let rows = Rows::of(&[(Kind::Event, "fail"), (Kind::Cat, "FTBP")]);
        assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn in_quarantine_it_is_another_cause() {
        let rows = Rows::of(&[(Kind::Status, "Quarantined"), (Kind::Cat, "FTBP")]);
        assert_eq!(rows.certainty(&RULE), None);
    }
}
