//! `SFV:SKS`: marked as spam before the filter looked.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::Sfv;
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "rule-marks-spam",
    stage: Stage::Junk,
    role: Role::Cause,
    entry: Entry {
        meaning: "A mail flow rule (SCL 5 to 9) or on-premises Exchange marked the message as spam before the filter looked.",
        evidence: &[
            "Proven: SFV:SKS",
            "The trace has the ruleId of a rule with SetSCL 5 to 9; in hybrid, an on-premises SCL",
        ],
        against: &["SFV:SPM: the content filter itself decided"],
        fix: &["An exception for the platform's IP in that rule"],
        caveat: "The stamp does not tell the rule's verdict from an on-premises one: the trace does.",
        references: &[
            references::HEADERS,
            references::TROUBLESHOOTING,
            references::TRANSPORT_RULE_CMDLET,
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    if reading::sfv(case)? != &Sfv::RuleSpam
        || matches!(case.landing.outcome, Outcome::Inbox | Outcome::CustomFolder)
    {
        return None;
    }
    let on_premises = reading::organization(case, "Antispam-Report");
    let mut evidence = reading::verdict_and_landing(case, &["SFV", "SCL", "CAT"]);
    reading::add(&mut evidence, on_premises.and_then(|header| reading::quoted(case, header)));
    let summary = if on_premises.is_some() {
        "It was marked as spam before the filter looked, probably by on-premises Exchange: its report is on the message."
    } else {
        "It was marked as spam before the filter looked: by a mail flow rule that sets SCL 5 to 9, or by on-premises Exchange."
    };
    let mut finding = RULE.finding(Certainty::Proven, summary, evidence);
    finding.excluded.push("the content filter itself did not decide (SFV is not SPM)".to_owned());
    finding.fix = fixes::rule_exception(case, None);
    finding.fix.push(fixes::powershell(
        "Get-TransportRule | Where-Object {$_.SetSCL -ge 5} | Format-Table Name,State,Mode,Priority,SetSCL",
    ));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn the_stamp_is_proven() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SKS;CAT:SPM").in_junk();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn the_filters_own_verdict_is_another_cause() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().certainty(&RULE),
            None
        );
    }

    #[test]
    fn on_premises_exchange_is_named_when_its_report_is_there() {
        let mail = Mail::inbound()
            .verdict("IPV:NLI;SFV:SKS;CAT:SPM")
            .in_junk()
            .header("X-MS-Exchange-Organization-Antispam-Report: DV:3.3.23600.777;SID:SenderIDStatus Fail;OrigIP:203.0.113.10");
        assert!(mail.finding(&RULE).unwrap().summary.contains("on-premises Exchange: its report"));
    }
}
