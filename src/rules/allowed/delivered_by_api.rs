//! Written into the mailbox without mail transport.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::Origin;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "delivered-by-api",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "The message was written into the mailbox over an API (Graph or EWS); no mail filter saw it.",
        evidence: &[
            "Likely: no Microsoft edge Received hop and no X-Forefront-Antispam-Report on the message",
        ],
        against: &["Headers lost on the way: a copy saved by Outlook can look alike"],
        fix: &[
            "Nothing to mend: Advanced Delivery, the connection filter and mail flow rules do not apply to it",
        ],
        caveat: "Add the links' domains to the web and URL protection all the same: clicks are checked as any other.",
        references: &[references::ADVANCED_DELIVERY],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let message = case.message?;
    if message.origin.value != Origin::Injected {
        return None;
    }
    let mut finding = RULE.finding(
        Certainty::Likely,
        "It was written into the mailbox over an API: no edge hop, no filter report, so no mail filter saw it.",
        vec![message.origin.evidence.clone()],
    );
    finding.excluded.push(
        "not excluded: a copy whose headers were pruned by a mail client looks alike".to_owned(),
    );
    finding.fix = vec![fixes::platform(
        "Nothing to change for delivery. Keep the app's consent and the list of allowed domains current.",
    )];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use crate::testing::Mail;
    use std::sync::Arc;

    const INJECTED: &str = "Received: from DM4PR19MB1111.namprd19.prod.outlook.com (2603:10b6:8:b9::7)\r\n by CH3PR19MB2222.namprd19.prod.outlook.com with HTTPS; Tue, 14 Oct 2025 09:12:36 +0000\r\nFrom: it@contoso.example\r\nTo: ann@contoso.example\r\nSubject: Test\r\nX-MS-Exchange-Organization-AuthAs: Internal\r\n\r\n";

    #[test]
    fn a_message_without_transport_is_likely_injected() {
        let message = Message::parse(&Arc::from("t.eml"), INJECTED.as_bytes());
        let finding = check(&Case::from_message(&message)).unwrap();
        assert_eq!(finding.certainty, Certainty::Likely);
    }

    #[test]
    fn a_message_with_an_edge_hop_came_by_transport() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox();
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn pruned_headers_are_named_as_a_rival() {
        let message = Message::parse(&Arc::from("t.eml"), INJECTED.as_bytes());
        assert!(check(&Case::from_message(&message)).unwrap().excluded[0].contains("pruned"));
    }
}
