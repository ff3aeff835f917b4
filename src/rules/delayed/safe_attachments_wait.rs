//! Delivery waited while Safe Attachments detonated the attachment.

use super::latency;
use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};

pub(super) const RULE: Rule = Rule {
    id: "safe-attachments-wait",
    stage: Stage::Delayed,
    role: Role::Contributing,
    entry: Entry {
        meaning: "Delivery waited inside Microsoft 365 for minutes, as it does when Safe Attachments opens an attachment in its sandbox.",
        evidence: &[
            "Possible: minutes between Receive and Deliver (EndToEndLatency), an attachment, and Safe Attachments at work (SA in AtpMessageProperties)",
            "The Safe Attachments policy has Action Block or Allow (Monitor)",
        ],
        against: &[
            "The message has no attachment",
            "Action is DynamicDelivery: the body is delivered at once",
        ],
        fix: &["Advanced Delivery, or Safe Attachments with DynamicDelivery"],
        caveat: "Typically under 15 minutes. No header says what the time was spent on.",
        references: &[references::SAFE_ATTACHMENTS],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let wait = latency::wait(case)?;
    let attachment = reading::header(case, "X-MS-Has-Attach");
    let stated = attachment.as_ref().map(|header| header.value.trim().eq_ignore_ascii_case("yes"));
    let recipient = case.recipient.as_ref().map(|recipient| &*recipient.value);
    let policies = case.tenant.and_then(|tenant| tenant.safe_attachments_for(recipient));
    let dynamic = policies
        .and_then(|policies| policies.agreed(|policy| policy.action.clone()))
        .map(|action| action.eq_ignore_ascii_case("DynamicDelivery"));
    if !wait.safe_attachments || stated == Some(false) || dynamic == Some(true) {
        return None;
    }
    let summary = format!(
        "It spent {} inside Microsoft 365; Safe Attachments may have opened its attachment first.",
        wait.words()
    );
    let mut evidence = wait.evidence;
    reading::add(&mut evidence, attachment);
    let mut finding = RULE.finding(Certainty::Possible, summary, evidence);
    finding.excluded.push(match stated {
        Some(true) => "the message has an attachment".to_owned(),
        _ => "not checked: whether it has an attachment".to_owned(),
    });
    finding.excluded.push(match dynamic {
        Some(false) => {
            "the applied Safe Attachments policy does not deliver dynamically".to_owned()
        }
        _ => "not checked: the action of the applied Safe Attachments policy".to_owned(),
    });
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.push(fixes::powershell(
        "Set-SafeAttachmentPolicy -Identity \"<policy>\" -Action DynamicDelivery",
    ));
    reading::let_through(case).then_some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn slow(attachment: &str) -> Mail {
        Mail::inbound()
            .verdict("IPV:NLI;SFV:NSPM;CAT:NONE")
            .in_inbox()
            .header("X-MS-Exchange-Transport-EndToEndLatency: 00:07:42.9120001")
            .header("X-MS-Exchange-AtpMessageProperties: SA|SL")
            .header(&format!("X-MS-Has-Attach: {attachment}"))
    }

    #[test]
    fn minutes_with_an_attachment_are_possible() {
        assert_eq!(slow("yes").certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn without_an_attachment_there_is_nothing_to_open() {
        assert_eq!(slow("").certainty(&RULE), None);
    }

    #[test]
    fn dynamic_delivery_does_not_wait() {
        let dynamic = r#"{"SafeAttachmentPolicy":{"Name":"Built-In Protection Policy","IsBuiltInProtection":true,"Enable":true,"Action":"DynamicDelivery"}}"#;
        assert_eq!(slow("yes").tenant(dynamic).certainty(&RULE), None);
    }
}
