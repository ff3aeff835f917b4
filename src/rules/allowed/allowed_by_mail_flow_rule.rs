//! `SFV:SKN`: a mail flow rule's request was honoured.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Sfv;
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};
use std::sync::Arc;

pub(super) const RULE: Rule = Rule {
    id: "allowed-by-mail-flow-rule",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "A mail flow rule asked for a bypass of spam filtering (SCL -1), and the request was honoured.",
        evidence: &[
            "Proven: SFV:SKN and the trace's ruleId of a rule that sets SCL -1",
            "Likely: SFV:SKN with IPV:NLI, so the IP Allow List did not do it",
            "Possible: SFV:SKN with IPV:CAL and a side header of a rule: both may have matched",
        ],
        against: &[
            "IPV:CAL: an IP Allow List hit is stamped SKN too",
            "Internal mail (DIR:INT, AuthAs Internal) is skipped for another reason",
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
    let (certainty, summary) = match (traced, listed, marks.is_empty()) {
        (Some(rule), ..) => (
            Certainty::Proven,
            format!(
                "The mail flow rule {} asked for a bypass of spam filtering, and it was honoured.",
                rule.value.label()
            ),
        ),
        (None, false, _) => (
            Certainty::Likely,
            "A mail flow rule asked for a bypass of spam filtering, and it was honoured (SFV:SKN)."
                .to_owned(),
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
    reading::add(&mut evidence, traced.map(|rule| Arc::clone(&rule.evidence)));
    let mut finding = RULE.finding(certainty, summary, evidence);
    if !listed {
        finding.excluded.push("the IP Allow List did not do it (IPV is not CAL)".to_owned());
    }
    finding.excluded.push("it is not internal mail".to_owned());
    if traced.is_none() {
        finding
            .excluded
            .push("not checked: which rule; the trace's ruleId would prove it".to_owned());
    }
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

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
