//! A bypass rule ran, and the filter went on to its own verdict.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Sfv;
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "rule-requested-bypass-not-honored",
    stage: Stage::Quarantined,
    role: Role::Contributing,
    entry: Entry {
        meaning: "A mail flow rule asked for a bypass (SCL -1), and the filter judged the message all the same.",
        evidence: &[
            "Likely: the trace has the rule's ruleId with SCL -1 in mode Enforce, but SFV is SPM or NSPM, not SKN, and CAT is SPM, HSPM, PHSH, SPOOF or BULK",
            "Possible: only a side header of the rule (BypassClutter, X-ETR) shows that it ran",
        ],
        against: &[
            "The rule's mode is Audit",
            "A later rule set another SCL",
            "The report belongs to another pass through Microsoft 365",
        ],
        fix: &["Advanced Delivery"],
        caveat: "Documented only since 2026: the SCL of a rule is a request, and secure by default may decline it.",
        references: &[references::SCL, references::TROUBLESHOOTING],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let decided_itself = matches!(reading::sfv(case)?, Sfv::Spam | Sfv::NotSpam);
    reading::cat(case).filter(|cat| reading::within_allow(cat))?;
    let marks = reading::rule_marks(case);
    // With IPV:CAL the rival is the IP Allow List; its own rule speaks.
    if !decided_itself
        || marks.is_empty()
        || reading::allow_listed(case)
        || !case.landing.outcome.is_failure()
    {
        return None;
    }
    let mut evidence = marks;
    reading::add(&mut evidence, reading::stamps(case, &["SFV", "CAT"]));
    let mut finding = RULE.finding(
        Certainty::Possible,
        "A mail flow rule for simulations ran on this message, yet the filter judged it itself (no SFV:SKN).",
        evidence,
    );
    finding.excluded = vec![
        "the IP Allow List is not involved (IPV is not CAL)".to_owned(),
        "not checked: that this rule sets SCL -1, its mode, and a later rule's SCL (trace or Get-TransportRule tell)".to_owned(),
    ];
    if case.message.is_some_and(|message| message.report().is_some()) && passes(case) == 1 {
        finding
            .excluded
            .push("there is one inbound report only, so it belongs to this pass".to_owned());
    }
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

fn passes(case: &Case<'_>) -> usize {
    use crate::message::Standing;
    let reports = case.message.map_or(&[][..], |message| &message.reports);
    let inbound = |standing| matches!(standing, Standing::Recipient | Standing::EarlierPass);
    reports.iter().filter(|report| inbound(report.standing)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    const CLUTTER: &str = "X-MS-Exchange-Organization-BypassClutter: true";

    #[test]
    fn a_side_header_beside_the_filters_own_verdict_is_possible() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().header(CLUTTER);
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn skn_means_the_request_was_honoured() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:NONE").in_inbox().header(CLUTTER);
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn without_a_mark_there_is_no_request() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().certainty(&RULE),
            None
        );
    }

    #[test]
    fn two_inbound_passes_leave_it_open_whose_report_it_is() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().header(CLUTTER);
        let once = mail.finding(&RULE).unwrap().excluded.len();
        let twice = mail.header("X-Forefront-Antispam-Report: CIP:198.51.100.7;CTRY:US;H:y;IPV:NLI;SFV:NSPM;CAT:NONE;DIR:INB;");
        assert_eq!(twice.finding(&RULE).unwrap().excluded.len(), once - 1);
    }
}
