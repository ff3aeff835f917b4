//! A bypass rule ran, and the filter went on to its own verdict.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::Standing;
use crate::message::values::{Sfty, Sfv};
use crate::rules::mail::{lacks_header, mail, stood_then};
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};
use crate::tenant::matching::{Match, Truth, rules_that};
use crate::tenant::transport_rule::TransportRule;

pub(super) const RULE: Rule = Rule {
    id: "rule-requested-bypass-not-honored",
    stage: Stage::Quarantined,
    role: Role::Contributing,
    entry: Entry {
        meaning: "A mail flow rule asked for a bypass (SCL -1), and the filter judged the message all the same.",
        evidence: &[
            "Likely: the trace has the rule's ruleId with SCL -1 in mode Enforce, but SFV is SPM or NSPM, not SKN, and CAT is SPM, HSPM, PHSH, SPOOF or BULK",
            "Possible: an exported rule with SCL -1 is enabled, and every condition of it fits the message",
            "Possible: only a side header of the rule (BypassClutter, X-ETR) shows that it ran",
        ],
        against: &[
            "The rule's mode is Audit",
            "A later rule set another SCL",
            "No exported rule sets SCL -1 for such a message: the side header is another rule's",
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
    let exported = if traced.is_none() { exported(case) } else { Exported::Unknown };
    let (certainty, summary) = match traced {
        Some(rule) => (
            if reading::one_traced_scl_rule(case) && passes(case) <= 1 { Certainty::Likely } else { Certainty::Possible },
            format!("The mail flow rule {} set the SCL of this message, yet the filter judged it itself (no SFV:SKN).", rule.value.label()),
        ),
        None if tip => (
            Certainty::Likely,
            "A mail flow rule allowed this message, and the spoof verdict overrode it (SFTY 9.24).".to_owned(),
        ),
        None => match &exported {
            Exported::Fits(rule, _) => (
                Certainty::Possible,
                format!("The mail flow rule `{}` is enabled and every exported condition fits this message, yet the filter judged it itself (no SFV:SKN).", rule.name()),
            ),
            Exported::Unknown if !marks.is_empty() => (
                Certainty::Possible,
                "A mail flow rule for simulations ran on this message, yet the filter judged it itself (no SFV:SKN).".to_owned(),
            ),
            Exported::Unknown | Exported::Never => return None,
        },
    };
    let mut evidence: Vec<_> = traced.map(|rule| rule.evidence.clone()).into_iter().collect();
    reading::add(&mut evidence, marks);
    reading::add(&mut evidence, reading::stamps(case, &["SFV", "CAT"]));
    if tip {
        reading::add(&mut evidence, reading::stamps(case, &["SFTY"]));
    }
    let fitting = if tip { None } else { exported.fitting() };
    if let Some((rule, found)) = fitting {
        reading::add(&mut evidence, [rule.origin.named(), rule.origin.evidence("SetSCL", "-1")]);
        reading::add(&mut evidence, found.evidence());
    }
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded.push("the IP Allow List is not involved (IPV is not CAL)".to_owned());
    match (traced, fitting) {
        (Some(_), _) => finding.excluded.push("the rule's mode is not Audit".to_owned()),
        (None, Some((rule, _))) => finding.excluded.extend(left_open(case, rule)),
        (None, None) => finding.excluded.push("not checked: that this rule sets SCL -1, its mode, and a later rule's SCL (trace or Get-TransportRule tell)".to_owned()),
    }
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

/// What the exported rules say of a request for this message.
enum Exported<'a> {
    /// They were not exported, or leave it open.
    Unknown,
    /// None of them asks for a bypass that this message could have met.
    Never,
    /// The last rule that sets an SCL and fits in everything asks for a bypass.
    Fits(&'a TransportRule, Match),
}

impl<'a> Exported<'a> {
    fn fitting(&self) -> Option<(&'a TransportRule, &Match)> {
        match self {
            Exported::Fits(rule, found) => Some((rule, found)),
            Exported::Unknown | Exported::Never => None,
        }
    }
}

fn exported<'a>(case: &Case<'a>) -> Exported<'a> {
    let Some(tenant) = case.tenant.filter(|tenant| tenant.transport_rules.is_some()) else {
        return Exported::Unknown;
    };
    let mail = mail(case);
    let mut rules = rules_that(tenant, &mail, |rule| rule.set_scl.is_some());
    let could_ask = |(rule, found): &(&TransportRule, Match)| {
        let changed = stood_then(rule.when_changed, &mail) == Some(false);
        rule.requests_bypass() && (found.truth() != Truth::No || changed)
    };
    if !rules.iter().any(could_ask) {
        return Exported::Never;
    }
    // A trace that lists rules and not this one is against it.
    let listed = case.journey.is_some_and(|journey| !journey.rules.is_empty());
    let judged_as_spam = reading::sfv(case) == Some(&Sfv::Spam) || reading::cat(case).is_some();
    rules.retain(|(_, found)| found.truth() == Truth::Yes);
    match rules.pop() {
        Some((rule, found)) if rule.requests_bypass() && judged_as_spam && !listed => {
            Exported::Fits(rule, found)
        }
        _ => Exported::Unknown,
    }
}

/// Why a rule that fits may have done nothing all the same.
fn left_open(case: &Case<'_>, rule: &TransportRule) -> Vec<String> {
    let mut said = vec!["not checked: whether it ran and the request was declined, or another rule changed the SCL later; the trace's ruleId would tell".to_owned()];
    said.push(match stood_then(rule.when_changed, &mail(case)) {
        Some(true) => "the rule was last changed before the message".to_owned(),
        Some(false) => "not excluded: the rule was changed after the message".to_owned(),
        None => "not checked: when the rule was last changed".to_owned(),
    });
    if lacks_header(case, rule) {
        said.push(
            "not excluded: that it did not run; the header that it sets is not on the message"
                .to_owned(),
        );
    }
    said
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

    fn rules(properties: &[&str]) -> String {
        let rules: Vec<String> = properties
            .iter()
            .enumerate()
            .map(|(at, properties)| {
                format!(
                    r#"{{"Name": "rule {at}", "Priority": {at}, "WhenChanged": "2025-10-01T00:00:00Z", {properties}}}"#
                )
            })
            .collect();
        format!(r#"{{"TransportRule": [{}]}}"#, rules.join(","))
    }

    const BYPASS: &str = r#""SetSCL": -1, "SenderIpRanges": ["203.0.113.10"]"#;

    #[test]
    fn an_exported_rule_that_fits_in_everything_is_possible() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk();
        let finding = mail.clone().tenant(&rules(&[BYPASS])).finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Possible);
        assert!(finding.summary.contains("`rule 0` is enabled"), "{}", finding.summary);
        assert!(finding.excluded.join("\n").contains("the trace's ruleId would tell"));
        let header = format!(
            r#"{BYPASS}, "SetHeaderName": "X-MS-Exchange-Organization-BypassClutter", "SetHeaderValue": "true""#
        );
        let without = mail.clone().tenant(&rules(&[&header])).finding(&RULE).unwrap();
        assert!(without.excluded.join("\n").contains("is not on the message"));
        let with = mail.clone().header(CLUTTER).tenant(&rules(&[&header])).finding(&RULE).unwrap();
        assert!(!with.excluded.join("\n").contains("is not on the message"));
        for other in [
            rules(&[r#""SetSCL": -1, "SenderIpRanges": ["192.0.2.1"]"#]),
            rules(&[r#""SetSCL": -1, "State": "Disabled", "SenderIpRanges": ["203.0.113.10"]"#]),
            rules(&[BYPASS, r#""SetSCL": 6, "SenderIpRanges": ["203.0.113.10"]"#]),
        ] {
            assert_eq!(mail.clone().tenant(&other).certainty(&RULE), None, "{other}");
        }
        let clean = Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:NONE").in_inbox();
        assert_eq!(clean.tenant(&rules(&[BYPASS])).certainty(&RULE), None);
    }

    #[test]
    fn a_side_header_is_no_sign_where_no_exported_rule_asks_for_a_bypass() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().header(CLUTTER);
        let none = rules(&[r#""SenderIpRanges": ["203.0.113.10"]"#]);
        assert_eq!(mail.clone().tenant(&none).certainty(&RULE), None);
        let changed =
            rules(&[r#""SetSCL": -1, "State": "Disabled""#]).replace("2025-10-01", "2026-10-01");
        assert_eq!(mail.tenant(&changed).certainty(&RULE), Some(Certainty::Possible));
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
