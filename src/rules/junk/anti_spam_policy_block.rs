//! The anti-spam policy's own block lists.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::Sfv;
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "anti-spam-policy-block",
    stage: Stage::Junk,
    role: Role::Cause,
    entry: Entry {
        meaning: "An anti-spam policy blocks the sender, its domain, its country or the message's language.",
        evidence: &[
            "Proven: SFV:SKB (blocked sender or domain)",
            "The policy's BlockedSenders, BlockedSenderDomains, RegionBlockList or LanguageBlockList holds the value (CTRY, LANG)",
        ],
        against: &["SFV:BLK: the recipient's own list, not the policy's"],
        fix: &["Anti-spam policy > Allowed and blocked senders and domains > remove the entry"],
        caveat: "The policy's spam action decides whether it goes to Junk or to quarantine.",
        references: &[
            references::HEADERS,
            references::TROUBLESHOOTING,
            references::CONTENT_FILTER_CMDLET,
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    if reading::sfv(case)? != &Sfv::PolicyBlocked
        || matches!(case.landing.outcome, Outcome::Inbox | Outcome::CustomFolder)
    {
        return None;
    }
    let evidence = reading::verdict_and_landing(case, &["SFV", "CAT"]);
    let mut finding = RULE.finding(
        Certainty::Proven,
        "An anti-spam policy blocks this sender or its domain.",
        evidence,
    );
    finding.excluded.push("it is not the recipient's own list (that would be SFV:BLK)".to_owned());
    finding.fix = fixes::policy_sender_block_remove(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn the_stamp_is_proven() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SKB;CAT:SPM").in_junk();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn the_recipients_own_list_is_another_cause() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:BLK;CAT:NONE").in_junk().certainty(&RULE),
            None
        );
    }

    #[test]
    fn plain_spam_is_another_cause() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().certainty(&RULE),
            None
        );
    }
}
