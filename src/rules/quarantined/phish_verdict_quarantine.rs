//! `CAT:PHSH` in quarantine.

use crate::case::Case;
use crate::finding::{Finding, Outcome, Role};
use crate::message::values::Cat;
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "phish-verdict-quarantine",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "The filter judged the message phishing, and the anti-spam policy quarantines phishing.",
        evidence: &[
            "Proven: CAT:PHSH, and the message in quarantine or PhishSpamAction Quarantine in the applied policy (Standard, Strict and policies made in the portal)",
            "Possible: CAT:PHSH in a copy that does not show where it ended",
        ],
        against: &["PhishSpamAction MoveToJmf: it goes to Junk instead"],
        fix: &[
            "Advanced Delivery",
            "A mail flow rule that requests SCL -1 usually suffices for this verdict",
        ],
        caveat: "",
        references: &[references::HEADERS, references::PRECEDENCE, references::ZAP],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let landed = reading::landed(case, Outcome::Quarantine);
    if reading::cat(case)? != &Cat::Phish
        || reading::was_released(case)
        || landed == Landed::Elsewhere
    {
        return None;
    }
    let summary = landed.wording(
        "The filter judged it phishing, and the policy quarantined it.",
        "The filter judged it phishing, which most policies quarantine; this copy does not show where it ended.",
    );
    let evidence = reading::verdict_and_landing(case, &["CAT", "SFV"]);
    let mut finding = RULE.finding(landed.certainty(), summary, evidence);
    if landed != Landed::Shown {
        finding.excluded.push(
            "not checked: PhishSpamAction of the policy that applies to the recipient".to_owned(),
        );
    }
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::spam_bypass_rule(case));
    finding.fix.extend(fixes::quarantine(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Certainty;
    use crate::testing::Mail;

    #[test]
    fn in_quarantine_it_is_proven() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:PHSH").in_quarantine();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn without_a_place_it_is_possible_and_says_so() {
        let finding = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:PHSH").finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Possible);
        assert!(finding.summary.contains("does not show where it ended"));
    }

    #[test]
    fn a_policy_that_junks_phishing_is_another_case() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:PHSH").in_junk();
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn high_confidence_phishing_is_another_verdict() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:HPHSH").in_quarantine();
        assert_eq!(mail.certainty(&RULE), None);
    }
}
