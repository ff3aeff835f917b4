//! Delivery waited while Safe Links scanned the links.

use super::latency;
use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};

pub(super) const RULE: Rule = Rule {
    id: "safe-links-wait",
    stage: Stage::Delayed,
    role: Role::Contributing,
    entry: Entry {
        meaning: "Delivery waited inside Microsoft 365 for minutes, as it does when Safe Links scans links before delivery.",
        evidence: &[
            "Possible: minutes between Receive and Deliver (EndToEndLatency), Safe Links at work on the message (SL in AtpMessageProperties)",
            "The Safe Links policy has DeliverMessageAfterScan on",
        ],
        against: &[
            "Safe Attachments was at work too (SA): it waits longer",
            "DeliverMessageAfterScan is off",
            "The message was released from quarantine (SFV:SKQ)",
        ],
        fix: &[
            "Advanced Delivery, or a rule that sets SkipSafeLinksProcessing",
            "Set-SafeLinksPolicy with -DeliverMessageAfterScan $false",
        ],
        caveat: "No header says what the time was spent on.",
        references: &[references::SAFE_LINKS],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let wait = latency::wait(case)?;
    let recipient = case.recipient.as_ref().map(|recipient| &*recipient.value);
    let policies = case.tenant.and_then(|tenant| tenant.safe_links_for(recipient));
    let scans_first =
        policies.and_then(|policies| policies.agreed(|policy| policy.deliver_message_after_scan));
    if !wait.safe_links || scans_first == Some(false) {
        return None;
    }
    let summary = format!(
        "It spent {} inside Microsoft 365; Safe Links may have scanned its links before delivery.",
        wait.words()
    );
    let mut finding = RULE.finding(Certainty::Possible, summary, wait.evidence);
    finding.excluded.push(if wait.safe_attachments {
        "not excluded: Safe Attachments was at work on it as well".to_owned()
    } else {
        "Safe Attachments was not at work on it".to_owned()
    });
    finding.excluded.push(match scans_first {
        Some(true) => "the applied Safe Links policy delivers after the scan".to_owned(),
        _ => "not checked: DeliverMessageAfterScan of the applied Safe Links policy".to_owned(),
    });
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::skip_safe_links(case));
    finding.fix.push(fixes::powershell(
        "Set-SafeLinksPolicy -Identity \"<policy>\" -DeliverMessageAfterScan $false",
    ));
    reading::let_through(case).then_some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn slow(properties: &str) -> Mail {
        Mail::inbound()
            .verdict("IPV:NLI;SFV:NSPM;CAT:NONE")
            .in_inbox()
            .header("X-MS-Exchange-Transport-EndToEndLatency: 00:04:11.2031718")
            .header(&format!("X-MS-Exchange-AtpMessageProperties: {properties}"))
    }

    #[test]
    fn minutes_with_safe_links_at_work_are_possible() {
        assert_eq!(slow("SL").certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn without_safe_links_or_in_seconds_nothing_is_said() {
        assert_eq!(slow("SA").certainty(&RULE), None);
        let quick = Mail::inbound()
            .in_inbox()
            .header("X-MS-Exchange-Transport-EndToEndLatency: 00:00:04.2")
            .header("X-MS-Exchange-AtpMessageProperties: SL");
        assert_eq!(quick.certainty(&RULE), None);
    }

    #[test]
    fn safe_attachments_and_the_policy_are_rivals() {
        assert!(slow("SA|SL").finding(&RULE).unwrap().excluded[0].contains("not excluded"));
        let off = r#"{"SafeLinksPolicy":{"Name":"Built-In Protection Policy","IsBuiltInProtection":true,"DeliverMessageAfterScan":false}}"#;
        assert_eq!(slow("SL").tenant(off).certainty(&RULE), None);
    }

    #[test]
    fn a_release_from_quarantine_explains_the_wait() {
        let released = slow("SL").verdict("IPV:NLI;SFV:SKQ;CAT:PHSH");
        assert_eq!(released.certainty(&RULE), None);
    }
}
