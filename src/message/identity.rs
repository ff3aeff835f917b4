//! Who sent what to whom: ids, subject, addresses, tenant.

use super::date;
use super::gateway::evidence_of;
use super::headers::{Header, Headers};
use super::{Authentication, Date, Envelope, Hop, Identity};
use crate::fact::Fact;
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
    source: &Arc<str>,
    headers: &Headers,
    authentication: &[Authentication],
    hops: &[Hop],
    edge: Option<usize>,
) -> Identity {
    let fact = |header: Header<'_>, value: Cow<'_, str>| -> Option<Fact<Box<str>>> {
        (!value.is_empty())
            .then(|| Fact { value: value.into(), evidence: evidence_of(source, header) })
    };
    let plain = |name: &str| headers.get(name).and_then(|h| fact(h, h.value.into()));
    let address = |name: &str| {
        headers.get(name).and_then(|h| fact(h, addresses(h.value).into_iter().next()?))
    };
    let envelope = Envelope {
        message_id: headers
            .get("Message-ID")
            .and_then(|h| fact(h, h.value.trim_matches(['<', '>']).trim().into())),
        network_message_id: NETWORK_MESSAGE_ID
            .iter()
            .find_map(|name| headers.get(name))
            .and_then(|h| fact(h, h.value.to_ascii_lowercase().into())),
        subject: headers.get("Subject").and_then(|h| fact(h, decoded(h.value))),
        from: address("From"),
        mail_from: mail_from(headers, authentication).or_else(|| address("Return-Path")),
        date: headers.get("Date").and_then(|h| {
            let value = Date::Header(date::parse(h.value)?);
            Some(Fact { value, evidence: evidence_of(source, h) })
        }),
        tenant_id: plain("X-EOPTenantAttributedMessage")
            .or_else(|| plain("X-MS-Exchange-CrossTenant-Id"))
            .map(|found| Fact { value: tenant(&found.value), evidence: found.evidence }),
    };
    Identity { envelope, recipient: recipient(source, headers, hops, edge) }
}

/// `guid:n` without its count, lower case.
fn tenant(value: &str) -> Box<str> {
    value.split_once(':').map_or(value, |(guid, _)| guid).trim().to_ascii_lowercase().into()
}

/// MAIL FROM as the recipient's own system saw it. `smtp.mailfrom` is often the bare domain; where
/// Return-Path has the whole address of that domain, that is told.
fn mail_from(headers: &Headers, authentication: &[Authentication]) -> Option<Fact<Box<str>>> {
    let results = authentication.iter().find(|results| results.by_recipient)?;
    let seen = results.mail_from.as_deref()?;
    let whole = headers.get("Return-Path").and_then(|h| addresses(h.value).into_iter().next());
    let value = whole
        .filter(|path| {
            path.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(seen))
        })
        .map_or_else(|| seen.into(), Box::from);
    Some(Fact { value, evidence: Arc::clone(&results.evidence) })
}

/// The one recipient of this copy: what the delivering systems wrote, else a lone `To`.
fn recipient(
    source: &Arc<str>,
    headers: &Headers,
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
        let mut found = addresses(header.value);
        (found.len() == 1)
            .then(|| found.remove(0))
            .map(|address| Fact { value: address.into(), evidence: evidence_of(source, header) })
    };
    let delivered = DELIVERED.iter().find_map(|name| headers.get(name).and_then(lone));
    let envelope = || {
        let hop = hops.get(edge?)?;
        let value = hop.envelope_to().filter(|to| to.contains('@'))?.into();
        Some(Fact { value, evidence: Arc::clone(&hop.evidence) })
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
    let simple = value.trim();
    if is_bare(simple) {
        return vec![simple.trim_matches(['<', '>']).into()];
    }
    if let Some(address) = named(simple) {
        return vec![address.into()];
    }
    let whole = |address: &Addr<'_>| {
        let address = address.address.as_deref()?.trim();
        address.contains('@').then(|| address.to_owned().into())
    };
    parsed(value).iter().filter_map(whole).collect()
}

/// The display names of an address header, in order.
pub fn display_names(value: &str) -> Vec<String> {
    if is_bare(value.trim()) {
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

/// The address of `Name <a@b.example>` and `"Name" <a@b.example>`, where the name is so plain that no
/// parser is needed either.
fn named(value: &str) -> Option<&str> {
    let (name, address) = value.strip_suffix('>')?.rsplit_once('<')?;
    let name = name.trim();
    let name = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name);
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b" .'-_&".contains(&b));
    (plain && is_bare(address)).then_some(address)
}

/// The commonest shape, for which no parser is needed.
fn is_bare(value: &str) -> bool {
    let inner = value.strip_prefix('<').and_then(|v| v.strip_suffix('>')).unwrap_or(value);
    inner
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'@' | b'.' | b'-' | b'_' | b'+'))
        && inner.bytes().filter(|b| *b == b'@').count() == 1
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
    fn encoded_subjects_are_decoded() {
        assert_eq!(decoded("=?utf-8?B?UTEgYm9udXM=?="), "Q1 bonus");
        assert_eq!(decoded("=?iso-8859-1?Q?caf=E9?= now"), "café now");
        assert_eq!(decoded("plain"), "plain");
    }
}
