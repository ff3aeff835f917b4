//! `SFV:SKN`: a mail flow rule's request was honoured.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Sfv;
use crate::rules::mail::{lacks_header, mail, stood_then};
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};
use crate::tenant::matching::{Truth, bypass_rules};
use crate::tenant::transport_rule::TransportRule;

pub(super) const RULE: Rule = Rule {
    id: "allowed-by-mail-flow-rule",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "A mail flow rule asked for a bypass of spam filtering (SCL -1), and the request was honoured.",
        evidence: &[
            "Proven: SFV:SKN and the trace's ruleId of a rule that sets SCL -1",
            "Likely: SFV:SKN with IPV:NLI, so the IP Allow List did not do it; the rule is named where the export has only one that fits",
            "Possible: SFV:SKN with IPV:CAL and a side header of a rule: both may have matched",
        ],
        against: &[
            "IPV:CAL: an IP Allow List hit is stamped SKN too",
            "Internal mail (DIR:INT, AuthAs Internal) is skipped for another reason",
            "No exported rule that sets SCL -1 can fit the message, and no rule left a mark: something else may have skipped the filter",
        ],
        fix: &[
            "Replace the rule by Advanced Delivery, which also reaches high confidence phishing",
        ],
        caveat: "The request is only an input since 2026: the next campaign may be filtered.",
        references: &[references::HEADERS, references::TROUBLESHOOTING, references::SCL],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    if reading::sfv(case)? != &Sfv::RuleBypass
        || reading::is_internal(case)
        || !reading::let_through(case)
    {
        return None;
    }
    let listed = reading::allow_listed(case);
    let marks = reading::rule_marks(case);
    let traced = reading::traced_scl_rule(case);
    let exported = if traced.is_none() && !listed { only_exported(case) } else { None };
    let none_fits = traced.is_none() && marks.is_empty() && none_exported(case);
    let (certainty, summary) = match (traced, listed, marks.is_empty()) {
        (Some(rule), ..) => (
            Certainty::Proven,
            format!(
                "The mail flow rule {} asked for a bypass of spam filtering, and it was honoured.",
                rule.value.label()
            ),
        ),
        (None, false, _) => (
            if none_fits { Certainty::Possible } else { Certainty::Likely },
            match exported {
                Some(rule) => format!(
                    "A mail flow rule asked for a bypass of spam filtering, and it was honoured (SFV:SKN): by the export, rule `{}`.",
                    rule.name()
                ),
                None => "A mail flow rule asked for a bypass of spam filtering, and it was honoured (SFV:SKN).".to_owned(),
            },
        ),
        (None, true, false) => (
            Certainty::Possible,
            "A mail flow rule may have asked for a bypass as well; the IP Allow List matched too."
                .to_owned(),
        ),
        (None, true, true) => return None,
    };
    let mut evidence = reading::stamps(case, &["SFV", "IPV", "SCL"]);
    reading::add(&mut evidence, marks);
    reading::add(&mut evidence, traced.map(|rule| rule.evidence.clone()));
    let mut finding = RULE.finding(certainty, summary, evidence);
    if !listed {
        finding.excluded.push("the IP Allow List did not do it (IPV is not CAL)".to_owned());
    }
    finding.excluded.push("it is not internal mail".to_owned());
    if none_fits {
        finding.excluded.push("not excluded: something else skipped the filter; no exported rule that sets SCL -1 can fit this message".to_owned());
    }
    match (traced, exported) {
        (Some(_), _) => {}
        (None, Some(rule)) => {
            let scl = rule.origin.evidence("SetSCL", "-1");
            reading::add(&mut finding.evidence, [rule.origin.named(), scl]);
            finding
                .excluded
                .push("no other exported rule that sets SCL -1 can fit this message".to_owned());
            finding.excluded.push(
                "not checked: that this rule ran; the trace's ruleId would prove it".to_owned(),
            );
        }
        (None, None) => finding
            .excluded
            .push("not checked: which rule; the trace's ruleId would prove it".to_owned()),
    }
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

/// Whether the rules were exported, and none that asks for a bypass could have met the message.
fn none_exported(case: &Case<'_>) -> bool {
    let Some(tenant) = case.tenant.filter(|tenant| tenant.transport_rules.is_some()) else {
        return false;
    };
    let mail = mail(case);
    bypass_rules(tenant, &mail).iter().all(|(rule, found)| {
        found.truth() == Truth::No && stood_then(rule.when_changed, &mail) != Some(false)
    })
}

/// The only exported rule that sets SCL -1 and can fit the message, where all its conditions are known
/// to, the message has the header that it sets, and it was not changed since.
fn only_exported<'a>(case: &'a Case<'_>) -> Option<&'a TransportRule> {
    let mail = mail(case);
    let mut fitting = bypass_rules(case.tenant?, &mail)
        .into_iter()
        .filter(|(_, found)| found.truth() != Truth::No);
    let (rule, found) = fitting.next()?;
    let alone = fitting.next().is_none();
    let changed = stood_then(rule.when_changed, &mail) == Some(false);
    let fits = alone && !changed && found.truth() == Truth::Yes && !lacks_header(case, rule);
    fits.then_some(rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn rules(rules: &[&str]) -> String {
        format!(r#"{{"TransportRule": [{}]}}"#, rules.join(","))
    }

    const BYPASS: &str = r#"{"Name": "bypass", "Priority": 0, "SetSCL": -1, "SenderIpRanges": ["203.0.113.10"], "WhenChanged": "2025-10-01T00:00:00Z", "SetHeaderName": "X-MS-Exchange-Organization-BypassClutter", "SetHeaderValue": "true"}"#;

    #[test]
    fn the_only_exported_rule_that_fits_is_named() {
        let marked = Mail::inbound()
            .verdict("IPV:NLI;SFV:SKN;CAT:NONE")
            .in_inbox()
            .header("X-MS-Exchange-Organization-BypassClutter: true");
        let summary = |mail: &Mail, tenant: &str| {
            let finding = mail.clone().tenant(tenant).finding(&RULE).unwrap();
            assert_eq!(finding.certainty, Certainty::Likely);
            finding.summary
        };
        let elsewhere =
            r#"{"Name": "other", "Priority": 1, "SetSCL": -1, "SenderIpRanges": ["192.0.2.1"]}"#;
        let named = summary(&marked, &rules(&[BYPASS, elsewhere]));
        assert!(named.contains("by the export, rule `bypass`"), "{named}");
        let rival = BYPASS.replace("\"bypass\", \"Priority\": 0", "\"rival\", \"Priority\": 1");
        let unknown =
            r#"{"Name": "maybe", "Priority": 1, "SetSCL": -1, "AttachmentSizeOver": "1 MB"}"#;
        let changed = BYPASS.replace("2025-10-01", "2026-10-01");
        for tenant in [
            rules(&[BYPASS, &rival]),
            rules(&[BYPASS, unknown]),
            rules(&[elsewhere]),
            rules(&[&changed]),
            rules(&[]),
        ] {
            assert!(!summary(&marked, &tenant).contains("by the export"), "{tenant}");
        }
        let bare = Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:NONE").in_inbox();
        assert!(!summary(&bare, &rules(&[BYPASS])).contains("by the export"));
        // without a mark of a rule, one that could have asked is needed
        for (tenant, certainty) in [
            (rules(&[elsewhere]), Certainty::Possible),
            (rules(&[]), Certainty::Possible),
            (
                rules(&[&elsewhere.replace(
                    "\"SetSCL\"",
                    "\"WhenChanged\": \"2026-10-01T00:00:00Z\", \"SetSCL\"",
                )]),
                Certainty::Likely,
            ),
            (r#"{"ArcConfig": []}"#.to_owned(), Certainty::Likely),
        ] {
            assert_eq!(bare.clone().tenant(&tenant).certainty(&RULE), Some(certainty), "{tenant}");
        }
    }

    #[test]
    fn skn_without_cal_is_likely() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:NONE").in_inbox();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn with_cal_a_rule_is_only_possible_and_only_with_a_mark_of_one() {
        let mail = Mail::inbound().verdict("IPV:CAL;SFV:SKN;CAT:NONE").in_inbox();
        assert_eq!(mail.certainty(&RULE), None);
        let marked = mail.header("X-MS-Exchange-Organization-BypassClutter: true");
        assert_eq!(marked.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn internal_mail_is_skipped_for_another_reason() {
        assert_eq!(
            Mail::inbound().internal("IPV:NLI;SFV:SKN;CAT:NONE").in_inbox().certainty(&RULE),
            None
        );
        let authenticated = Mail::inbound()
            .verdict("IPV:NLI;SFV:SKN;CAT:NONE")
            .in_inbox()
            .header("X-MS-Exchange-Organization-AuthAs: Internal");
        assert_eq!(authenticated.certainty(&RULE), None);
    }

    #[test]
    fn a_filtered_message_was_not_bypassed() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox().certainty(&RULE),
            None
        );
    }
}
