//! Safe Attachments delivers the message first and the attachment later.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};

pub(super) const RULE: Rule = Rule {
    id: "dynamic-delivery-placeholder",
    stage: Stage::Altered,
    role: Role::Alteration,
    entry: Entry {
        meaning: "Safe Attachments uses Dynamic Delivery: for minutes the attachment is a placeholder.",
        evidence: &[
            "Likely: hunting says Replaced, and the applied policy's action is DynamicDelivery",
            "Possible: the policy's action is DynamicDelivery, and Safe Attachments was at work on the message (SA in AtpMessageProperties)",
        ],
        against: &["The applied policy has another action", "The message has no attachment"],
        fix: &["Advanced Delivery, or a rule that sets SkipSafeAttachmentProcessing"],
        caveat: "The scan usually ends within 15 minutes; ZAP acts on such messages only by moving them to Junk.",
        references: &[references::SAFE_ATTACHMENTS, references::ZAP],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let recipient = case.recipient.as_ref().map(|recipient| &*recipient.value);
    let policies = case.tenant?.safe_attachments_for(recipient)?;
    let action = policies.agreed(|policy| policy.action.as_deref())?;
    let off = policies.agreed(|policy| policy.enable) == Some(false);
    if !action.eq_ignore_ascii_case("DynamicDelivery") || off || !reading::let_through(case) {
        return None;
    }
    let policy = policies.candidates.first()?;
    let mut evidence = vec![policy.origin.evidence("Action", action)];
    let hunting = case.journey.and_then(|journey| journey.hunting.delivery_action.as_ref());
    let replaced = hunting.filter(|action| action.value.eq_ignore_ascii_case("Replaced"));
    let certainty = match replaced {
        Some(replaced) => {
            reading::add(&mut evidence, [replaced.evidence.clone()]);
            Certainty::Likely
        }
        None => {
            let at_work = reading::header(case, "X-MS-Exchange-AtpMessageProperties")
                .filter(|header| header.value.split('|').any(|part| part.trim() == "SA"))?;
            reading::add(&mut evidence, [at_work]);
            Certainty::Possible
        }
    };
    let mut finding = RULE.finding(
        certainty,
        format!("Policy {} delivers first and attaches later: for minutes the attachment was a placeholder.", policies.names()),
        evidence,
    );
    finding.excluded.push(if replaced.is_some() {
        "hunting says that something was replaced".to_owned()
    } else {
        "not checked: whether the attachment was replaced when the user opened the message"
            .to_owned()
    });
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::skip_safe_attachments(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn tenant(action: &str) -> String {
        format!(
            r#"{{"SafeAttachmentPolicy": {{"Name": "Built-In", "IsBuiltInProtection": true, "Enable": true, "Action": "{action}"}}}}"#
        )
    }

    fn delivered(properties: &str) -> Mail {
        Mail::inbound()
            .verdict("IPV:NLI;SFV:NSPM;CAT:NONE")
            .in_inbox()
            .header(&format!("X-MS-Exchange-AtpMessageProperties: {properties}"))
    }

    #[test]
    fn dynamic_delivery_with_safe_attachments_at_work_is_possible() {
        let mail = delivered("SA|SL").tenant(&tenant("DynamicDelivery"));
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn another_action_and_a_message_without_attachment_speak_against_it() {
        assert_eq!(delivered("SA").tenant(&tenant("Block")).certainty(&RULE), None);
        assert_eq!(delivered("SL").tenant(&tenant("DynamicDelivery")).certainty(&RULE), None);
        assert_eq!(delivered("SA").certainty(&RULE), None);
    }
}
