//! Who sent what to whom: ids, subject, addresses, tenant.

use super::bytes::{self, Table, is_one};
use super::date;
use super::headers::{Header, Headers};
use super::sourced::SourcedHeaders;
use super::{Authentication, Date, Envelope, Hop, Identity, misplaced};
use crate::fact::Fact;
use crate::tenant::domain::split_address;
use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, HeaderValue};
use std::borrow::Cow;
use std::sync::Arc;

/// Names of the network message id, the recipient organisation's own first (`headers.md` §4.2).
const NETWORK_MESSAGE_ID: [&str; 3] = [
    "X-MS-Exchange-Organization-Network-Message-Id",
    "X-MS-Exchange-CrossTenant-Network-Message-Id",
    "X-MS-Office365-Filtering-Correlation-Id",
];

/// Reads the identity of a message whose other facts are known already.
pub(super) fn read(
    headers: &Arc<SourcedHeaders>,
    authentication: &[Authentication],
    hops: &[Hop],
    edge: Option<usize>,
) -> Identity {
    let fact = |header: Header<'_>, value: Cow<'_, str>| -> Option<Fact<Box<str>>> {
        (!value.is_empty()).then(|| Fact { value: value.into(), evidence: headers.cite(header) })
    };
    let brought = |header: &Header<'_>| misplaced::is_brought(*header, headers, hops, edge);
    let tenant = |name: &str| {
        let mut stamps = headers.all(name).filter(|header| !header.value.is_empty());
        let first = stamps.next()?;
        let header = match stamps.next() {
            Some(second) if brought(&first) => second,
            _ => first,
        };
        Some(Fact { value: tenant(header.value), evidence: headers.cite(header) })
    };
    let address = |name: &str| headers.get(name).and_then(|h| fact(h, first_address(h.value)?));
    let envelope = Envelope {
        message_id: headers
            .get("Message-ID")
            .and_then(|h| fact(h, unbracketed(h.value).trim().into())),
        network_message_id: NETWORK_MESSAGE_ID
            .iter()
            .find_map(|name| headers.get(name))
            .and_then(|h| fact(h, h.value.to_ascii_lowercase().into())),
        subject: headers.get("Subject").and_then(|h| fact(h, decoded(h.value))),
        from: address("From"),
        mail_from: mail_from(headers, authentication).or_else(|| address("Return-Path")),
        date: headers.get("Date").and_then(|h| {
            let value = Date::Header(date::parse(h.value)?);
            Some(Fact { value, evidence: headers.cite(h) })
        }),
        tenant_id: tenant("X-EOPTenantAttributedMessage")
            .or_else(|| tenant("X-MS-Exchange-CrossTenant-Id")),
    };
    Identity { envelope, recipient: recipient(headers, hops, edge) }
}

/// `guid:n` without its count, lower case.
fn tenant(value: &str) -> Box<str> {
    let end = memchr::memchr(b':', value.as_bytes()).unwrap_or(value.len());
    value[..end].trim().to_ascii_lowercase().into()
}

/// MAIL FROM as the recipient's own system saw it. `smtp.mailfrom` is often the bare domain; where
/// Return-Path has the whole address of that domain, that is told.
fn mail_from(headers: &Headers, authentication: &[Authentication]) -> Option<Fact<Box<str>>> {
    let results = authentication.iter().find(|results| results.by_recipient)?;
    let seen = results.mail_from.as_deref()?;
    let whole = headers.get("Return-Path").and_then(|h| first_address(h.value));
    let value = whole
        .filter(|path| {
            split_address(path).is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(seen))
        })
        .map_or_else(|| seen.into(), Box::from);
    Some(Fact { value, evidence: results.evidence.clone() })
}

/// The one recipient of this copy: what the delivering systems wrote, else a lone `To`.
fn recipient(
    headers: &Arc<SourcedHeaders>,
    hops: &[Hop],
    edge: Option<usize>,
) -> Option<Fact<Box<str>>> {
    const DELIVERED: [&str; 4] = [
        "X-MS-Exchange-Organization-OriginalEnvelopeRecipients",
        "Delivered-To",
        "X-Original-To",
        "Envelope-To",
    ];
    let lone = |header: Header<'_>| {
        let address = lone_address(header.value)?;
        Some(Fact { value: address.into(), evidence: headers.cite(header) })
    };
    // What stands among the sender's own was written for an earlier system, or by the sender.
    let brought = |header: &Header<'_>| misplaced::is_brought(*header, headers, hops, edge);
    let written = |name: &&str| headers.get(name).filter(|it| !brought(it)).and_then(lone);
    let delivered = DELIVERED.iter().find_map(written);
    let envelope = || {
        let hop = hops.get(edge?)?;
        let value = hop.envelope_to().filter(|to| to.contains('@'))?.into();
        Some(Fact { value, evidence: hop.evidence(headers) })
    };
    delivered.or_else(envelope).or_else(|| {
        let other = headers.get("Cc").is_some() || headers.all("To").count() > 1;
        headers.get("To").filter(|_| !other).and_then(lone)
    })
}

/// Decoded subject: encoded words of any charset, as one line.
fn decoded(value: &str) -> Cow<'_, str> {
    if memchr::memmem::find(value.as_bytes(), b"=?").is_none() {
        return value.into();
    }
    let line = format!("{value}\r\n");
    match MessageStream::new(line.as_bytes()).parse_unstructured() {
        HeaderValue::Text(text) => text.into_owned().into(),
        _ => value.into(),
    }
}

/// The bare addresses of an address header, in order.
pub fn addresses(value: &str) -> Vec<Cow<'_, str>> {
    if let Some(address) = simple(value) {
        return vec![address.into()];
    }
    let whole = |address: &Addr<'_>| {
        let address = address.address.as_deref()?.trim();
        address.contains('@').then(|| address.to_owned().into())
    };
    parsed(value).iter().filter_map(whole).collect()
}

/// The first of [`addresses`].
fn first_address(value: &str) -> Option<Cow<'_, str>> {
    simple(value).map(Cow::Borrowed).or_else(|| addresses(value).into_iter().next())
}

/// The one address of an address header; `None` where it has several.
fn lone_address(value: &str) -> Option<Cow<'_, str>> {
    simple(value).map(Cow::Borrowed).or_else(|| {
        let [only] = <[_; 1]>::try_from(addresses(value)).ok()?;
        Some(only)
    })
}

/// The display names of an address header, in order.
pub fn display_names(value: &str) -> Vec<String> {
    if bare(value.trim()).is_some() {
        return Vec::new();
    }
    let named = parsed(value).into_iter().filter_map(|address| address.name);
    named.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn parsed(value: &str) -> Vec<Addr<'static>> {
    let line = format!("{value}\r\n");
    let HeaderValue::Address(parsed) = MessageStream::new(line.as_bytes()).parse_address() else {
        return Vec::new();
    };
    match parsed.into_owned() {
        Address::List(list) => list,
        Address::Group(groups) => groups.into_iter().flat_map(|group| group.addresses).collect(),
    }
}

/// The address of a header that has but one, in a form that needs no parser.
fn simple(value: &str) -> Option<&str> {
    let value = value.trim();
    bare(value).or_else(|| named(value))
}

/// The address of `Name <a@b.example>` and `"Name" <a@b.example>`, where the name is so plain that no
/// parser is needed either.
fn named(value: &str) -> Option<&str> {
    let value = value.strip_suffix('>')?;
    let bracket = memchr::memrchr(b'<', value.as_bytes())?;
    let (name, address) = (value[..bracket].trim(), &value[bracket + 1..]);
    let name = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name);
    bare(address).filter(|_| name.bytes().all(|byte| is_one(&PLAIN_NAME, byte)))
}

/// The address of `a@b.example` and `<a@b.example>`, the commonest shapes.
fn bare(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('<').and_then(|v| v.strip_suffix('>')).unwrap_or(value);
    let plain = inner.bytes().all(|byte| is_one(&PLAIN_ADDRESS, byte));
    (plain && inner.bytes().filter(|byte| *byte == b'@').count() == 1).then_some(inner)
}

/// Bytes of a name and of an address that need no parser.
static PLAIN_NAME: Table = bytes::alphanumeric_and(b" .'-_&");
static PLAIN_ADDRESS: Table = bytes::alphanumeric_and(b"@.-_+");

/// `value` without the angle brackets around it.
fn unbracketed(value: &str) -> &str {
    // A search for characters would decode the text from both ends.
    let is_bracket = |byte: &u8| matches!(byte, b'<' | b'>');
    let bytes = value.as_bytes();
    let begin = bytes.iter().take_while(|byte| is_bracket(byte)).count();
    let behind = bytes[begin..].iter().rev().take_while(|byte| is_bracket(byte)).count();
    &value[begin..value.len() - behind]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_out_bare_in_every_form() {
        let table: [(&str, &[&str]); 9] = [
            ("hr@sim.example", &["hr@sim.example"]),
            ("<bounce+1@sim.example>", &["bounce+1@sim.example"]),
            ("\"HR, Team\" <hr@sim.example>", &["hr@sim.example"]),
            ("\"HR Team\" <hr@sim.example>", &["hr@sim.example"]),
            ("HR Team <hr@sim.example>", &["hr@sim.example"]),
            ("HR (Team) <hr@sim.example>", &["hr@sim.example"]),
            ("a@x.example, B <b@y.example>", &["a@x.example", "b@y.example"]),
            ("undisclosed-recipients:;", &[]),
            ("<>", &[]),
        ];
        for (value, want) in table {
            assert_eq!(addresses(value), want, "{value}");
        }
    }

    #[test]
    fn one_address_alone_is_a_lone_one_and_the_first_one_is_told_of_any() {
        let table = [
            ("<bounce+1@sim.example>", Some("bounce+1@sim.example"), true),
            ("HR (Team) <hr@sim.example>", Some("hr@sim.example"), true),
            ("a@x.example, B <b@y.example>", Some("a@x.example"), false),
            ("undisclosed-recipients:;", None, false),
        ];
        for (value, first, alone) in table {
            assert_eq!(first_address(value).as_deref(), first, "{value}");
            assert_eq!(lone_address(value).as_deref(), first.filter(|_| alone), "{value}");
        }
    }

    #[test]
    fn brackets_around_a_message_id_are_no_part_of_it() {
        for (value, id) in [("<a@b>", "a@b"), ("<<a>b>", "a>b"), ("<>", ""), ("a@b", "a@b")] {
            assert_eq!(unbracketed(value), id);
        }
    }

    #[test]
    fn encoded_subjects_are_decoded() {
        assert_eq!(decoded("=?utf-8?B?UTEgYm9udXM=?="), "Q1 bonus");
        assert_eq!(decoded("=?iso-8859-1?Q?caf=E9?= now"), "café now");
        assert_eq!(decoded("plain"), "plain");
    }

    #[test]
    fn recipient_and_tenant_are_not_what_the_sender_brought_along() {
        const EDGE: &str = "Received: from mail.phish.example (203.0.113.10) by BL02EPF0001A0C5.mail.protection.outlook.com with SMTP; Tue, 14 Oct 2025 09:12:31 +0000\r\n";
        const OWN: &str = "From: a@phish.example\r\nTo: ann@contoso.example\r\n";
        const BROUGHT: &str =
            "Delivered-To: bob@other.example\r\nX-EOPTenantAttributedMessage: bbbb:0\r\n";
        const WRITTEN: &str = "X-MS-Exchange-Organization-AuthAs: Anonymous\r\nX-EOPTenantAttributedMessage: aaaa:0\r\n";
        let told = |parts: &[&str]| {
            let text = parts.concat();
            let message = crate::message::Message::parse(&Arc::from("t.eml"), text.as_bytes());
            let Identity { envelope, recipient } = message.identity;
            (
                recipient.unwrap().value.into_string(),
                envelope.tenant_id.unwrap().value.into_string(),
            )
        };
        let own = ("ann@contoso.example".to_owned(), "aaaa".to_owned());
        assert_eq!(told(&[EDGE, BROUGHT, OWN, WRITTEN]), own);
        assert_eq!(told(&[EDGE, OWN, WRITTEN]), own);
        // in another order nothing tells them apart
        let first = ("bob@other.example".to_owned(), "bbbb".to_owned());
        assert_eq!(told(&[BROUGHT, EDGE, OWN, WRITTEN]), first);
    }
}
