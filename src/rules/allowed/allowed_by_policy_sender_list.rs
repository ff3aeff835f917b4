//! `SFV:SKA`: the anti-spam policy's allowed senders and domains.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Sfv;
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "allowed-by-policy-sender-list",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "The sender or its domain is on an anti-spam policy's allowed list.",
        evidence: &["Proven: SFV:SKA in the recipient's report"],
        against: &["A report without CIP, CTRY and H: attackers and rules write SFV:SKA too"],
        fix: &["Replace the entry by Advanced Delivery, then remove it"],
        caveat: "Risky: anyone who forges the listed sender passes. The list does nothing for users in a preset policy.",
        references: &[references::HEADERS, references::SAFE_SENDER_LISTS],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    if reading::sfv(case)? != &Sfv::PolicyAllowed || !reading::let_through(case) {
        return None;
    }
    let evidence = reading::verdict_and_landing(case, &["SFV", "CAT"]);
    let summary = "An anti-spam policy's allowed sender list let it through.";
    let mut finding = RULE.finding(Certainty::Proven, summary, evidence);
    finding.excluded.push("the report is the filter's own: it names the connection".to_owned());
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::policy_sender_allow_remove(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn the_stamp_is_proven() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SKA;CAT:NONE").in_inbox();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn a_forged_report_is_not_believed() {
        assert_eq!(
            Mail::inbound().report("IPV:NLI;SFV:SKA;SFV:SFE;").in_inbox().certainty(&RULE),
            None
        );
    }

    #[test]
    fn other_verdicts_are_not_the_list() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox().certainty(&RULE),
            None
        );
    }
}
