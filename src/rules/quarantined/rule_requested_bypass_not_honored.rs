//! A bypass rule ran, and the filter went on to its own verdict.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::Standing;
use crate::message::values::{Sfty, Sfv};
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};
use std::sync::Arc;

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
    let judged =
        reading::cat(case).is_none_or(reading::within_allow) && !reading::is_internal(case);
    // With IPV:CAL the rival is the IP Allow List; its own rule speaks.
    if !decided_itself
        || !judged
        || reading::allow_listed(case)
        || !case.landing.outcome.is_failure()
    {
        return None;
    }
    let tip = case.verdict.sfty.as_ref().is_some_and(|tip| tip.value == Sfty::SpoofOverRule);
    let marks = reading::rule_marks(case);
    let traced = reading::traced_scl_rule(case);
    let (certainty, summary) = match traced {
        Some(rule) => (
            if reading::one_traced_scl_rule(case) && passes(case) <= 1 { Certainty::Likely } else { Certainty::Possible },
            format!("The mail flow rule {} set the SCL of this message, yet the filter judged it itself (no SFV:SKN).", rule.value.label()),
        ),
        None if tip => (
            Certainty::Likely,
            "A mail flow rule allowed this message, and the spoof verdict overrode it (SFTY 9.24).".to_owned(),
        ),
        None if !marks.is_empty() => (
            Certainty::Possible,
            "A mail flow rule for simulations ran on this message, yet the filter judged it itself (no SFV:SKN).".to_owned(),
        ),
        None => return None,
    };
    let mut evidence: Vec<_> = traced.map(|rule| Arc::clone(&rule.evidence)).into_iter().collect();
    reading::add(&mut evidence, marks);
    reading::add(&mut evidence, reading::stamps(case, &["SFV", "CAT"]));
    if tip {
        reading::add(&mut evidence, reading::stamps(case, &["SFTY"]));
    }
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded.push("the IP Allow List is not involved (IPV is not CAL)".to_owned());
    finding.excluded.push(match traced {
        Some(_) => "the rule's mode is not Audit".to_owned(),
        None => "not checked: that this rule sets SCL -1, its mode, and a later rule's SCL (trace or Get-TransportRule tell)".to_owned(),
    });
    if traced.is_some() && reading::one_traced_scl_rule(case) {
        finding.excluded.push("no other traced rule set an SCL".to_owned());
    }
    if passes(case) == 1 {
        finding
            .excluded
            .push("there is one inbound report only, so it belongs to this pass".to_owned());
    }
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

fn passes(case: &Case<'_>) -> usize {
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

    #[test]
    fn a_traced_rule_in_force_is_likely_and_an_audited_one_is_nothing() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk();
        let traced = mail.clone().traced_rule("SetSCL", "Enforce");
        assert_eq!(traced.certainty(&RULE), Some(Certainty::Likely));
        assert_eq!(mail.traced_rule("SetSCL", "Audit").certainty(&RULE), None);
    }

    #[test]
    fn a_later_rule_with_another_scl_is_a_rival() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk();
        let both = mail.traced_rule("SetSCL", "Enforce").traced_rule("SetSCL", "Enforce");
        assert_eq!(both.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn a_tip_that_names_an_overridden_rule_is_likely() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPOOF;SFTY:9.24").in_junk();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely));
    }
}
