//! Status codes that matter for a simulation: what each means and which cause it proves
//! (`trace-formats.md` §15).

use super::status_code::{Enhanced, StatusCode, contains_ignore_case};
use std::ops::RangeInclusive;

/// What a code means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    class: u8,
    subject: u16,
    detail: RangeInclusive<u16>,
    /// One of these must stand in the text, in lower case; empty: the code alone decides.
    words: &'static [&'static str],
    /// Rule id of the cause that the answer states; `None` where it names none of the catalogue's.
    pub cause: Option<&'static str>,
    /// What it says, in plain words.
    pub text: &'static str,
    /// Whether the refusal comes while the message is handed over, where no trace row is written.
    pub at_edge: bool,
}

/// What an answer means: the first entry that fits its code and text.
pub fn meaning(code: &StatusCode<'_>) -> Option<&'static Meaning> {
    let enhanced = code.enhanced.unwrap_or(match code.reply {
        Some(432) => Enhanced::new(4, 3, 2),
        _ => Enhanced::new(0, 0, 0),
    });
    TABLE.iter().find(|entry| entry.fits(enhanced, code.text))
}

impl Meaning {
    fn fits(&self, code: Enhanced, text: &str) -> bool {
        let numbers = self.class == ANY
            || self.class == code.class
                && self.subject == code.subject
                && self.detail.contains(&code.detail);
        numbers
            && (self.words.is_empty()
                || self.words.iter().any(|word| contains_ignore_case(text, word)))
    }
}

/// In place of a class: the words alone decide.
const ANY: u8 = 0;

const fn entry(
    (class, subject, first, last): (u8, u16, u16, u16),
    words: &'static [&'static str],
    cause: &'static str,
    text: &'static str,
    at_edge: bool,
) -> Meaning {
    let cause = if cause.is_empty() { None } else { Some(cause) };
    Meaning { class, subject, detail: first..=last, words, cause, text, at_edge }
}

const fn one(class: u8, subject: u16, detail: u16) -> (u8, u16, u16, u16) {
    (class, subject, detail, detail)
}

const EDGE: bool = true;
const TRACE: bool = false;
const WORDS: (u8, u16, u16, u16) = (ANY, 0, 0, 0);

/// Stable tokens first, then codes; the first that fits counts.
static TABLE: &[Meaning] = &[
    entry(
        one(2, 1, 5),
        &["resolver.grp.expanded"],
        "",
        "the group was expanded: the normal end of the group's copy",
        TRACE,
    ),
    entry(
        WORDS,
        &["transport.rules.rejectmessage"],
        "rule-reject",
        "a mail flow rule rejected it",
        TRACE,
    ),
    entry(
        WORDS,
        &["resolver.adr.recipientnotfound", "resolver.adr.recipnotfound"],
        "recipient-rejected-dbeb",
        "no such recipient in the organization",
        TRACE,
    ),
    entry(
        WORDS,
        &["resolver.rst.notauthorized", "resolver.rst.authrequired"],
        "recipient-restricted",
        "the recipient accepts only authenticated or listed senders",
        TRACE,
    ),
    entry(
        WORDS,
        &["quotaexceeded", "recipient thread limit"],
        "mailbox-cannot-accept",
        "the mailbox could not take it",
        TRACE,
    ),
    entry(
        WORDS,
        &["direct send not allowed"],
        "direct-send-rejected",
        "Direct Send is refused for unauthorized sources",
        EDGE,
    ),
    entry(
        WORDS,
        &["restrictdomainstoipaddresses", "restrictdomainstocertificate"],
        "partner-connector-lock",
        "an inbound connector locks the domain to listed sources",
        EDGE,
    ),
    entry(
        WORDS,
        &["customer block list"],
        "ip-block-list-hit",
        "the recipient organization blocks the sending address",
        EDGE,
    ),
    entry(
        WORDS,
        &["banned sending ip"],
        "banned-ip-5-7-606",
        "Microsoft has banned the sending address",
        EDGE,
    ),
    entry(
        one(5, 4, 1),
        &["relay access denied"],
        "",
        "the domain is not accepted here: MX record or domain is wrong",
        EDGE,
    ),
    entry(
        one(5, 4, 1),
        &["recipient address rejected", "access denied", "as(201806281)"],
        "recipient-rejected-dbeb",
        "the address is unknown in the tenant (directory based edge blocking)",
        EDGE,
    ),
    entry(one(5, 1, 10), &[], "recipient-rejected-dbeb", "no such recipient", TRACE),
    entry(
        one(5, 1, 1),
        &[],
        "recipient-rejected-dbeb",
        "bad destination mailbox or unknown user",
        TRACE,
    ),
    entry(one(5, 7, 504), &[], "recipient-rejected-dbeb", "recipient address rejected", EDGE),
    entry(
        one(5, 2, 2),
        &["submission quota"],
        "",
        "the sender's submission quota is used up",
        TRACE,
    ),
    entry(one(5, 2, 2), &[], "mailbox-cannot-accept", "the mailbox is full", TRACE),
    entry(
        (5, 2, 121, 122),
        &[],
        "mailbox-cannot-accept",
        "the mailbox has reached its hourly receive limit",
        TRACE,
    ),
    entry(
        one(4, 3, 2),
        &[],
        "mailbox-cannot-accept",
        "too many messages for this recipient at once",
        TRACE,
    ),
    entry(
        (4, 7, 500, 699),
        &[],
        "ip-reputation-or-throttle-reject",
        "Microsoft is slowing down the sending address",
        EDGE,
    ),
    entry(
        (4, 7, 850, 899),
        &[],
        "ip-reputation-or-throttle-reject",
        "the sending address is under evaluation",
        EDGE,
    ),
    entry(one(4, 5, 3), &[], "", "more than 200 recipients of one domain in one envelope", EDGE),
    entry(
        one(4, 7, 26),
        &[],
        "ipv6-without-authentication",
        "over IPv6 the message must pass SPF or DKIM",
        EDGE,
    ),
    entry(
        one(5, 7, 25),
        &[],
        "ipv6-without-authentication",
        "an IPv6 source needs reverse DNS",
        EDGE,
    ),
    entry(
        one(5, 7, 510),
        &[],
        "ipv6-without-authentication",
        "the domain takes no mail over IPv6",
        EDGE,
    ),
    entry(
        (5, 7, 606, 649),
        &[],
        "banned-ip-5-7-606",
        "Microsoft has banned the sending address",
        EDGE,
    ),
    entry((5, 7, 501, 503), &[], "", "Microsoft has banned the sender for spam", EDGE),
    entry(one(5, 7, 511), &[], "", "Microsoft has banned the sender", EDGE),
    entry(one(5, 7, 800), &[], "", "Microsoft has banned the sender for spam", EDGE),
    entry(
        one(5, 7, 506),
        &[],
        "malformed-sender",
        "the HELO name pretends to be the recipient's",
        EDGE,
    ),
    entry(
        one(5, 7, 507),
        &[],
        "ip-block-list-hit",
        "the recipient organization blocks the sending address",
        EDGE,
    ),
    entry(
        one(5, 7, 513),
        &[],
        "ip-block-list-hit",
        "the recipient organization blocks the sending address",
        EDGE,
    ),
    entry(
        one(5, 7, 508),
        &[],
        "ip-reputation-or-throttle-reject",
        "the IPv6 range is over its limit",
        EDGE,
    ),
    entry(
        one(5, 7, 509),
        &[],
        "dmarc-reject",
        "the From domain does not pass DMARC and asks for rejection",
        EDGE,
    ),
    entry(one(5, 7, 512), &[], "malformed-sender", "the From header is not valid", EDGE),
    entry(
        one(5, 1, 20),
        &[],
        "malformed-sender",
        "the sender addresses of the message are not valid",
        TRACE,
    ),
    entry(one(5, 6, 11), &[], "malformed-sender", "the message has bare line feeds", TRACE),
    entry(
        one(5, 7, 515),
        &[],
        "",
        "the level of authentication that high-volume senders need is not met (consumer mailboxes)",
        EDGE,
    ),
    entry(one(5, 7, 23), &[], "", "SPF does not allow the sending address", TRACE),
    entry(
        (5, 7, 900, 999),
        &[],
        "rule-reject",
        "a mail flow rule rejected it with a code of its own",
        TRACE,
    ),
    entry(one(5, 7, 171), &[], "", "a DLP policy blocked it", TRACE),
    entry(
        one(5, 7, 12),
        &[],
        "recipient-restricted",
        "the recipient accepts senders of the organization only",
        TRACE,
    ),
    entry(
        one(5, 7, 124),
        &[],
        "recipient-restricted",
        "the sender is not on the group's list of allowed senders",
        TRACE,
    ),
    entry(
        (5, 7, 130, 139),
        &[],
        "recipient-restricted",
        "the recipient accepts senders of the organization only",
        TRACE,
    ),
    entry(
        one(5, 7, 193),
        &[],
        "recipient-restricted",
        "the Microsoft 365 group accepts members only",
        TRACE,
    ),
    entry(
        one(5, 7, 51),
        &[],
        "partner-connector-lock",
        "an inbound connector locks the domain to listed sources",
        EDGE,
    ),
    entry(
        one(5, 7, 68),
        &[],
        "direct-send-rejected",
        "Direct Send is refused for unauthorized sources",
        EDGE,
    ),
    entry(one(5, 7, 64), &[], "", "relaying or connector attribution is wrong", EDGE),
    entry(one(5, 7, 1), &["unable to relay"], "", "relaying is refused here", EDGE),
    entry(one(5, 7, 1), &["_etr"], "rule-reject", "a mail flow rule rejected it", TRACE),
    entry(
        one(5, 7, 703),
        &[],
        "",
        "outgoing: the organization's Tenant Allow/Block List blocks the address",
        TRACE,
    ),
    entry(one(5, 7, 705), &[], "", "the sending tenant is over its limit", TRACE),
    entry(one(5, 7, 708), &[], "", "the sending tenant uses addresses of low reputation", TRACE),
    entry(one(5, 7, 750), &[], "", "the sending domain is not registered in its tenant", TRACE),
    entry(one(5, 7, 57), &[], "", "the client did not sign in before sending", EDGE),
    entry(one(5, 4, 6), &[], "", "a routing loop", TRACE),
    entry(one(5, 4, 14), &[], "", "a routing loop", TRACE),
    entry(one(4, 4, 7), &[], "", "the message expired after failed attempts", TRACE),
    entry(one(5, 4, 300), &[], "", "the message expired after failed attempts", TRACE),
    entry(
        (4, 4, 316, 317),
        &[],
        "",
        "the next system refused or did not answer the connection",
        TRACE,
    ),
    entry(one(4, 4, 8), &[], "", "the next system's MTA-STS policy was not met", TRACE),
    entry(
        (5, 7, 321, 325),
        &[],
        "",
        "the next system's TLS or DANE requirement was not met",
        TRACE,
    ),
    entry(one(5, 0, 350), &[], "", "the next system refused it; its own words stand in MSG", TRACE),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::status_code::parse;

    fn cause(text: &str) -> Option<&'static str> {
        meaning(&parse(text)?)?.cause
    }

    #[test]
    fn codes_and_tokens_lead_to_their_causes() {
        let cases: &[(&str, Option<&str>)] = &[
            (
                "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
                Some("recipient-rejected-dbeb"),
            ),
            ("550 5.4.1 Relay access denied", None),
            ("550 5.4.1 no answer from host", None),
            (
                "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found",
                Some("recipient-rejected-dbeb"),
            ),
            (
                "550 5.7.606 Access denied, banned sending IP [203.0.113.10]",
                Some("banned-ip-5-7-606"),
            ),
            ("550 5.7.605 x", None),
            ("550 5.7.650 x", None),
            ("451 4.7.500 Server busy (AS843)", Some("ip-reputation-or-throttle-reject")),
            (
                "550 5.7.513 blocked by contoso.example using Customer Block list (AS16012607)",
                Some("ip-block-list-hit"),
            ),
            ("550 5.7.509 Access denied", Some("dmarc-reject")),
            ("550 5.7.1 TRANSPORT.RULES.RejectMessage; x", Some("rule-reject")),
            ("550 5.7.950 our own words", Some("rule-reject")),
            ("550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized", Some("recipient-restricted")),
            ("550 5.7.1 something else", None),
            (
                "550 5.7.68 TenantInboundAttribution; Direct Send not allowed",
                Some("direct-send-rejected"),
            ),
            (
                "550 5.7.51 TenantInboundAttribution; there is a partner connector",
                Some("partner-connector-lock"),
            ),
            (
                "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded",
                Some("mailbox-cannot-accept"),
            ),
            ("554 5.2.2 submission quota exceeded", None),
            ("250 2.1.5 RESOLVER.GRP.Expanded; distribution list expanded", None),
        ];
        for (text, expected) in cases {
            assert_eq!(cause(text), *expected, "{text}");
        }
    }
}
