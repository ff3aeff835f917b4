//! Refusals that one answer states, and nothing else can show: IPv6 without authentication, broken
//! senders, mailboxes that take nothing.

use crate::case::Case;
use crate::finding::{Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};

pub(super) const RULE_IPV6: Rule = Rule {
    id: "ipv6-without-authentication",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "Over IPv6 Microsoft 365 wants SPF or DKIM to pass and reverse DNS, or the domain takes no IPv6 at all.",
        evidence: &[
            "Proven: 4.7.26 (no SPF or DKIM pass), 5.7.25 (no PTR), 5.7.510 (recipient refuses IPv6)",
        ],
        against: &["The connection was IPv4"],
        fix: &["The platform sends over IPv4, or mends PTR, SPF and DKIM"],
        caveat: "An IPv6 source can stand in neither list of the connection filter.",
        references: &[references::NDR],
    },
    check: |case| {
        refusal(
            &RULE_IPV6,
            case,
            "The platform came over IPv6 without what that asks for",
            &["Send over IPv4, or set up reverse DNS, SPF and DKIM for the IPv6 address."],
        )
    },
};

pub(super) const RULE_MALFORMED: Rule = Rule {
    id: "malformed-sender",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "The message or the platform's server breaks a basic rule: no valid From, bare line feeds, or a HELO that pretends to be the recipient.",
        evidence: &[
            "Proven: 5.7.512 (no valid From), 5.1.20, 5.6.11 (bare line feeds), 5.7.506 (HELO)",
        ],
        against: &["The answer comes from the next system, not from Microsoft 365"],
        fix: &["Repair the template or the platform's mail server"],
        caveat: "Typical of self-hosted GoPhish.",
        references: &[references::NDR],
    },
    check: |case| {
        refusal(
            &RULE_MALFORMED,
            case,
            "The message or the platform's server breaks a basic rule of mail",
            &["Repair the template (From header, line ends) or the server's HELO name."],
        )
    },
};

pub(super) const RULE_MAILBOX: Rule = Rule {
    id: "mailbox-cannot-accept",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "The mailbox is full, or gets more mail than it may take at a time.",
        evidence: &[
            "Proven: 5.2.2 (mailbox full), 5.2.121 or 5.2.122 (hourly limit), 432 4.3.2 (recipient thread limit)",
        ],
        against: &["5.2.2 with \"submission quota\" is about the sender, not the mailbox"],
        fix: &["Free space in the mailbox", "The platform spreads its sending"],
        caveat: "",
        references: &[references::NDR],
    },
    check: |case| {
        refusal(
            &RULE_MAILBOX,
            case,
            "The mailbox could not take it",
            &[
                "Free space in the mailbox, if it is full.",
                "Spread the campaign over hours, if the answer names a limit.",
            ],
        )
    },
};

fn refusal(rule: &Rule, case: &Case<'_>, summary: &str, steps: &[&str]) -> Option<Finding> {
    let mut finding = refused::proven(rule, case, summary)?;
    finding.fix = steps.iter().map(|step| fixes::platform(*step)).collect();
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Certainty;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    #[test]
    fn each_answer_proves_its_own_cause_and_no_other() {
        let rules = [&RULE_IPV6, &RULE_MALFORMED, &RULE_MAILBOX];
        for (text, at) in [
            ("450 4.7.26 Access denied, a message sent over IPv6 must pass either SPF or DKIM", 0),
            (
                "550 5.7.25 Access denied, the sending IPv6 address must have a reverse DNS record",
                0,
            ),
            ("550 5.7.510 does not accept email over IPv6", 0),
            ("550 5.7.512 message must be RFC 5322 compliant", 1),
            ("550 5.6.11 invalid characters", 1),
            ("550 5.7.506 Bad HELO", 1),
            ("554 5.2.2 mailbox full", 2),
            ("550 5.2.122 hourly limit", 2),
            ("432 4.3.2 STOREDRV.Storage; recipient thread limit exceeded", 2),
        ] {
            for (number, rule) in rules.iter().enumerate() {
                let expected = (number == at).then_some(Certainty::Proven);
                let rows = Rows::of(&[(Kind::PlatformError, text)]);
                assert_eq!(rows.certainty(rule), expected, "{} {text}", rule.id);
            }
        }
    }

    #[test]
    fn a_delay_is_no_cause_of_a_refusal_for_another_reason() {
        let busy = (Kind::Answer, "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded");
        let failed = (Kind::Event, "fail");
        let other = (Kind::Answer, "550 5.7.1 go away");
        assert_eq!(Rows::of(&[busy, failed, other]).certainty(&RULE_MAILBOX), None);
        for expired in ["550 4.4.7 QUEUE.Expired; gone", "550 5.4.300 Message expired"] {
            let rows = Rows::of(&[busy, failed, (Kind::Answer, expired)]);
            assert_eq!(rows.certainty(&RULE_MAILBOX), Some(Certainty::Proven), "{expired}");
        }
    }

    #[test]
    fn a_later_delivery_and_the_senders_own_quota_speak_against_it() {
        let rows = Rows::of(&[(Kind::Answer, "432 4.3.2 thread limit"), (Kind::Event, "deliver")]);
        assert_eq!(rows.certainty(&RULE_MAILBOX), None);
        let rows = Rows::of(&[(Kind::PlatformError, "554 5.2.2 submission quota exceeded")]);
        assert_eq!(rows.certainty(&RULE_MAILBOX), None);
    }
}
