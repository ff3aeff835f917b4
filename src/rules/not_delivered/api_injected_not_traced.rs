//! In the mailbox, but in no trace: injected over an API.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::Origin;
use crate::rules::{Entry, Rule, Stage, fixes, references};
use std::sync::Arc;

pub(super) const RULE: Rule = Rule {
    id: "api-injected-not-traced",
    stage: Stage::NotDelivered,
    role: Role::Note,
    entry: Entry {
        meaning: "The platform writes messages into mailboxes over Graph or another API: message trace has no row for them, and that is normal.",
        evidence: &[
            "Likely: the message in the mailbox has no Microsoft edge Received hop and no X-Forefront-Antispam-Report",
            "The platform delivers over an API (direct message injection)",
        ],
        against: &["A trace row for the message: it came by transport"],
        fix: &[
            "If messages are missing: check the app's consent and permissions, its list of allowed domains, and that the recipient exists",
        ],
        caveat: "Advanced Delivery, the connection filter and mail flow rules never meet such a message. Add the links' domains to the web protection.",
        references: &[
            references::ADVANCED_DELIVERY,
            "Huntress support, delivery by Graph API: https://support.huntress.io/hc/en-us/articles/52286255475091",
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let message = case.message?;
    if message.origin.value != Origin::Injected || case.journey.is_some() {
        return None;
    }
    let mut finding = RULE.finding(
        Certainty::Likely,
        "It was written into the mailbox without mail transport, so message trace has no row for it.",
        vec![Arc::clone(&message.origin.evidence)],
    );
    finding.excluded.push("no trace row was given for it".to_owned());
    finding.fix = vec![fixes::platform(
        "If other recipients miss theirs: check the app's consent and permissions, its list of allowed domains, and that the recipient exists.",
    )];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use crate::testing::Mail;
    use crate::trace::journey::Journey;

    const INJECTED: &str = "Received: from DM4PR19MB1111.namprd19.prod.outlook.com (2603:10b6:8:b9::7)\r\n by CH3PR19MB2222.namprd19.prod.outlook.com with HTTPS; Tue, 14 Oct 2025 09:12:36 +0000\r\nFrom: it@contoso.example\r\nSubject: Test\r\n\r\n";

    #[test]
    fn an_injected_message_needs_no_trace_row() {
        let message = Message::parse(&Arc::from("t.eml"), INJECTED.as_bytes());
        assert_eq!(
            check(&Case::from_message(&message)).map(|f| f.certainty),
            Some(Certainty::Likely)
        );
    }

    #[test]
    fn a_trace_row_speaks_against_it() {
        let message = Message::parse(&Arc::from("t.eml"), INJECTED.as_bytes());
        let journey = Journey::default();
        let mut case = Case::from_message(&message);
        case.journey = Some(&journey);
        assert!(check(&case).is_none());
    }

    #[test]
    fn mail_with_an_edge_hop_came_by_transport() {
        assert_eq!(Mail::inbound().in_inbox().certainty(&RULE), None);
    }
}
