//! The gateway took the message minutes after the platform had it ready.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::HopRole;
use crate::rules::source::gateway_in_front;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "gateway-greylisting",
    stage: Stage::Delayed,
    role: Role::Contributing,
    entry: Entry {
        meaning: "The gateway in front of Microsoft 365 took the message late, as it does when it turns unknown senders away at first (greylisting).",
        evidence: &[
            "Proven by the platform's log: a 4xx from the gateway, then acceptance 5 to 30 minutes later",
            "Possible: the gateway's Received hop is 5 to 60 minutes later than the hop before it",
        ],
        against: &["The platform held the message in its own queue", "Clocks that disagree"],
        fix: &["Exempt the platform's IP from greylisting in the gateway"],
        caveat: "The hops below the gateway are the sender's word, their clocks included.",
        references: &[references::MIMECAST_GUIDE],
    },
    check,
};

/// What greylisting looks like, in seconds.
const LATE: std::ops::RangeInclusive<i64> = 300..=3600;

fn check(case: &Case<'_>) -> Option<Finding> {
    let gateway = gateway_in_front(case)?;
    let message = case.message?;
    let below = message.hops.get(message.edge? + 1..)?;
    let hop = below
        .iter()
        .take_while(|hop| hop.role == HopRole::Gateway)
        .find(|hop| hop.delay_seconds.is_some_and(|delay| LATE.contains(&delay)))?;
    let minutes = hop.delay_seconds? / 60;
    let mut finding = RULE.finding(
        Certainty::Possible,
        format!("{} took it {minutes} minutes after the hop before it: greylisting would look like that.", gateway.vendor),
        vec![hop.evidence(&message.headers)],
    );
    finding.excluded.push(
        "not checked: the platform's log (its queue, a 4xx from the gateway) and its clock"
            .to_owned(),
    );
    finding.fix = fixes::gateway_greylisting(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn through_mimecast(sent: &str) -> Mail {
        Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox().behind_mimecast().received(&[
            "Received: from us-smtp-delivery-1.mimecast.com (198.51.100.20) by\r\n BL02EPF0001A0FB.mail.protection.outlook.com (10.167.242.202) with Microsoft SMTP\r\n Server id 15.20.9160.9 via Frontend Transport; Tue, 14 Oct 2025 09:12:31 +0000",
            "Received: from mail.phish.example (mail.phish.example [203.0.113.10]) by\r\n relay.mimecast.com with ESMTP id us-mta-77-abcDEFghiJKLmnoPQRstuV-1; Tue,\r\n 14 Oct 2025 05:12:28 -0400",
            &format!("Received: from app.phish.example (localhost [127.0.0.1]) by mail.phish.example\r\n (Postfix) with ESMTP id 4cm2lq; {sent}"),
        ])
    }

    #[test]
    fn a_late_gateway_hop_is_possible() {
        let mail = through_mimecast("Tue, 14 Oct 2025 08:57:20 +0000");
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn seconds_and_days_are_no_greylisting() {
        for sent in ["Tue, 14 Oct 2025 09:12:20 +0000", "Sun, 12 Oct 2025 09:12:20 +0000"] {
            assert_eq!(through_mimecast(sent).certainty(&RULE), None, "{sent}");
        }
    }

    #[test]
    fn without_a_gateway_there_is_none_to_greylist() {
        assert_eq!(Mail::inbound().in_inbox().certainty(&RULE), None);
    }

    #[test]
    fn the_platforms_queue_and_clock_stay_rivals() {
        let finding = through_mimecast("Tue, 14 Oct 2025 08:57:20 +0000").finding(&RULE).unwrap();
        assert!(finding.excluded[0].contains("queue") && finding.excluded[0].contains("clock"));
    }
}
