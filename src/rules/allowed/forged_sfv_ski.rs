//! A filter report that no filter wrote.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};

pub(super) const RULE: Rule = Rule {
    id: "forged-sfv-ski",
    stage: Stage::Allowed,
    role: Role::Note,
    entry: Entry {
        meaning: "A mail flow rule wrote its own X-Forefront-Antispam-Report (a common vendor step against Junk); it is no verdict of the filter.",
        evidence: &[
            "Likely: a report without CIP, CTRY and H, such as SFV:SKI;CAT:NONE; the filter always writes these",
            "Proven: a rule in Get-TransportRule sets that header to that value",
        ],
        against: &["A full report: the filter's own", "A sender can type such a header too"],
        fix: &["Take the header out of the rule: it allows nothing; use Advanced Delivery"],
        caveat: "It proves only that the rule ran. A misspelled variant (SKV: SKI;) is in circulation.",
        references: &[references::HEADERS, references::TRANSPORT_RULE_CMDLET],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let planted: Vec<_> = reading::planted(case.message?).collect();
    let value = planted.first()?.value.clone();
    let rule = case.tenant.and_then(|tenant| {
        tenant.rules().iter().find(|rule| {
            rule.sets_header("X-Forefront-Antispam-Report")
                && rule.set_header_value.as_deref().is_some_and(|set| set.trim() == value.trim())
        })
    });
    let mut evidence = planted;
    let (certainty, summary) = match rule {
        Some(rule) => {
            reading::add(&mut evidence, [rule.origin.evidence("SetHeaderValue", &value)]);
            (Certainty::Proven, format!("The rule `{}` wrote this filter report itself; it is no verdict of the filter.", rule.name()))
        }
        None => (
            Certainty::Likely,
            "This filter report lacks what the filter always writes: a mail flow rule wrote it; it is no verdict.".to_owned(),
        ),
    };
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded.push("it is not the filter's own: CIP, CTRY and H are missing".to_owned());
    if rule.is_none() {
        finding.excluded.push(
            "not checked: which rule sets the header, or whether the sender typed it".to_owned(),
        );
    }
    finding.fix = fixes::replace_planted_header();
    finding.fix.extend(fixes::advanced_delivery(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn a_truncated_report_is_likely_a_rules() {
        for text in ["SFV:SKI;CAT:NONE;", "SFV:SKI;"] {
            assert_eq!(
                Mail::inbound().in_inbox().report(text).certainty(&RULE),
                Some(Certainty::Likely),
                "{text}"
            );
        }
    }

    #[test]
    fn the_rule_itself_proves_it() {
        let tenant = r#"{"TransportRule":{"Name":"Skip junk","State":"Enabled","Mode":"Enforce","SetHeaderName":"X-Forefront-Antispam-Report","SetHeaderValue":"SFV:SKI;CAT:NONE;"}}"#;
        let mail = Mail::inbound().in_inbox().report("SFV:SKI;CAT:NONE;").tenant(tenant);
        let finding = mail.finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Proven);
        assert!(finding.summary.contains("`Skip junk`"));
    }

    #[test]
    fn a_full_report_is_the_filters_own() {
        assert_eq!(
            Mail::inbound().verdict("IPV:CAL;SFV:SKI;CAT:NONE").in_inbox().certainty(&RULE),
            None
        );
    }

    #[test]
    fn the_sender_stays_a_rival() {
        let finding = Mail::inbound().in_inbox().report("SFV:SKI;").finding(&RULE).unwrap();
        assert!(finding.excluded.iter().any(|said| said.contains("sender typed it")));
    }
}
