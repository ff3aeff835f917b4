//! In the mailbox, but in no trace: injected over an API.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::{Message, Origin};
use crate::rules::{Entry, Rule, Stage, fixes, references};
use crate::trace::Journey;

pub(super) const RULE: Rule = Rule {
    id: "api-injected-not-traced",
    stage: Stage::NotDelivered,
    role: Role::Note,
    entry: Entry {
        meaning: "The platform writes messages into mailboxes over Graph or another API: message trace has no row for them, and that is normal.",
        evidence: &[
            "Likely: the message in the mailbox has no Microsoft edge Received hop and no X-Forefront-Antispam-Report",
            "Possible: the platform counted that the recipient opened it, and the trace that was given has no row",
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
    match (case.message, case.journey) {
        (_, Some(journey)) if journey.traced => None,
        (Some(message), journey) => injected(message, journey),
        (None, Some(journey)) => opened(journey),
        (None, None) => None,
    }
}

/// A message in the mailbox that no transport brought there.
fn injected(message: &Message, journey: Option<&Journey>) -> Option<Finding> {
    (message.origin.value == Origin::Injected).then_some(())?;
    let mut finding = RULE.finding(
        Certainty::Likely,
        "It was written into the mailbox without mail transport, so message trace has no row for it.",
        vec![message.origin.evidence.clone()],
    );
    let given = journey.is_some_and(|journey| !journey.without_trace);
    let rows = if given {
        "the trace that was given has no row for it"
    } else {
        "not checked: message trace; no row for it was given"
    };
    finding.excluded.push(rows.to_owned());
    finding.fix = vec![fixes::platform(
        "If other recipients miss theirs: check the app's consent and permissions, its list of allowed domains, and that the recipient exists.",
    )];
    Some(finding)
}

/// A recipient whom the message reached, as the platform tells, though the trace has no row.
fn opened(journey: &Journey) -> Option<Finding> {
    let unexplained = !journey.without_trace && journey.not_sent().is_none();
    let step = journey.opened().filter(|_| unexplained)?;
    let summary = "No row shows it, yet the platform counted that it was opened: it may have been \
                   written into the mailbox over an API, which leaves no row.";
    let mut finding = RULE.finding(Certainty::Possible, summary, vec![step.evidence.clone()]);
    finding.role = Role::Cause;
    finding.excluded = vec![
        "not checked: whether the platform delivers over an API".to_owned(),
        "not checked: whether the trace covers the time of the message".to_owned(),
        "not checked: whether a scanner in front of Microsoft 365 followed the link".to_owned(),
    ];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Mail, Rows};
    use crate::trace::statement::Kind;

    const INJECTED: &str = "Received: from DM4PR19MB1111.namprd19.prod.outlook.com (2603:10b6:8:b9::7)\r\n by CH3PR19MB2222.namprd19.prod.outlook.com with HTTPS; Tue, 14 Oct 2025 09:12:36 +0000\r\nFrom: it@contoso.example\r\nSubject: Test\r\n\r\n";

    #[test]
    fn an_injected_message_needs_no_trace_row() {
        let message = Message::parse(&"t.eml".into(), INJECTED.as_bytes());
        assert_eq!(
            check(&Case::from_message(&message)).map(|f| f.certainty),
            Some(Certainty::Likely)
        );
    }

    #[test]
    fn a_trace_row_speaks_against_it() {
        let message = Message::parse(&"t.eml".into(), INJECTED.as_bytes());
        let journey = Journey { traced: true, ..Journey::default() };
        let mut case = Case::from_message(&message);
        case.journey = Some(&journey);
        assert!(check(&case).is_none());
    }

    #[test]
    fn mail_with_an_edge_hop_came_by_transport() {
        assert_eq!(Mail::inbound().in_inbox().certainty(&RULE), None);
    }

    #[test]
    fn an_injected_message_names_the_trace_as_checked_only_where_one_was_given() {
        let message = Message::parse(&"t.eml".into(), INJECTED.as_bytes());
        let excluded = |journey: Option<&Journey>| {
            let case = Case { journey, ..Case::from_message(&message) };
            check(&case).map(|finding| finding.excluded.join("; ")).unwrap_or_default()
        };
        assert!(excluded(None).starts_with("not checked: "));
        let missing = Journey::default();
        assert_eq!(excluded(Some(&missing)), "the trace that was given has no row for it");
        let without_trace = Journey { without_trace: true, ..Journey::default() };
        assert!(excluded(Some(&without_trace)).starts_with("not checked: "));
    }

    #[test]
    fn a_click_without_a_row_is_possible_where_a_trace_was_given() {
        for word in ["Clicked Link", "Submitted Data", "Opened", "Email Reported"] {
            let rows = Rows::of(&[(Kind::Platform, word)]);
            assert_eq!(rows.certainty(&RULE), Some(Certainty::Possible), "{word}");
            let without = rows.with(|journey| journey.without_trace = true);
            assert_eq!(without.certainty(&RULE), None, "{word}: there is nothing to explain");
        }
        let traced = Rows::of(&[(Kind::Platform, "Clicked"), (Kind::Event, "deliver")]);
        assert_eq!(traced.certainty(&RULE), None);
        assert_eq!(Rows::of(&[(Kind::Platform, "Email Sent")]).certainty(&RULE), None);
    }
}
