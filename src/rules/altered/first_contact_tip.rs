//! `SFTY:9.25`: the first contact safety tip.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Sfty;
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};

pub(super) const RULE: Rule = Rule {
    id: "first-contact-tip",
    stage: Stage::Altered,
    role: Role::Alteration,
    entry: Entry {
        meaning: "The recipient sees a tip that mail from this sender is rare.",
        evidence: &[
            "Proven: SFTY:9.25 in the recipient's report",
            "The anti-phishing policy has EnableFirstContactSafetyTips on",
        ],
        against: &["Another SFTY value is another tip"],
        fix: &[
            "Anti-phishing policy > Actions > Safety tips & indicators > first contact safety tip",
        ],
        caveat: "Not stamped when an SCL -1 rule succeeded or the mailbox is younger than seven days. Real attacks carry it too: decide whether you want it gone.",
        references: &[references::HEADERS, references::ANTI_PHISHING],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    if case.verdict.sfty.as_ref()?.value != Sfty::FirstContact || !reading::let_through(case) {
        return None;
    }
    let mut finding = RULE.finding(
        Certainty::Proven,
        "The filter marked it for the first contact safety tip: mail from this sender is rare.",
        reading::stamps(case, &["SFTY"]),
    );
    finding.fix = fixes::first_contact_tip_off(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn the_stamp_is_proven() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE;SFTY:9.25").in_inbox();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn other_tips_and_quarantined_mail_are_not_it() {
        assert_eq!(
            Mail::inbound()
                .verdict("IPV:NLI;SFV:NSPM;CAT:NONE;SFTY:9.20")
                .in_inbox()
                .certainty(&RULE),
            None
        );
        assert_eq!(
            Mail::inbound()
                .verdict("IPV:NLI;SFV:SPM;CAT:PHSH;SFTY:9.25")
                .in_quarantine()
                .certainty(&RULE),
            None
        );
    }
}
