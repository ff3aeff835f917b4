//! What looks private in free text: links, addresses, hosts, IP addresses, ids.

use super::keep::Keep;
use regex::Regex;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::LazyLock;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Address,
    Host,
    Ip,
    Id,
    Link,
    Token,
}

/// The shapes, in the order in which they are tried where several begin at one place.
const SHAPES: [(Found, &str); 10] = [
    (Found::Token, r"=\?[^?\s]+\?[BbQq]\?[^?\s]*\?="),
    (Found::Link, r#"[A-Za-z][A-Za-z0-9+.\-]{1,15}://[^\s"<>`{}|^⟨⟩]+"#),
    // X.500 addresses of Exchange: /o=ExchangeLabs/ou=…/cn=Recipients/cn=…
    (Found::Token, r#"/[oO]=[^;"<>]*/[cC][nN]=[^\s;"<>,]+"#),
    (
        Found::Address,
        r#"(?:"[^"\n]{1,64}"|[\p{L}\p{N}.!#$%&'*+/=?^_~\-]+)@(?:\[[0-9A-Fa-f.:]+\]|[\p{L}\p{N}_](?:[\p{L}\p{N}._\-]*[\p{L}\p{N}])?)"#,
    ),
    (Found::Id, r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"),
    (Found::Token, r"[0-9A-Fa-f]{24,}"),
    (Found::Ip, r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?:\.[0-9]{1,3}){0,3}"),
    (Found::Ip, r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"),
    (
        Found::Host,
        r"[\p{L}\p{N}_](?:[\p{L}\p{N}_\-]*[\p{L}\p{N}_])?(?:\.[\p{L}\p{N}_](?:[\p{L}\p{N}_\-]*[\p{L}\p{N}])?)+",
    ),
    // Base64 and its like: long, without a blank, with digits among letters of both cases.
    (Found::Token, r"[A-Za-z0-9_+/\-]{20,}={0,2}"),
];

static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let parts: Vec<String> = SHAPES.iter().map(|(_, shape)| format!("({shape})")).collect();
    Regex::new(&parts.join("|")).ok()
});

/// Every span of `text` that looks private and may not be kept, in order, none overlapping another.
pub(super) fn find(text: &str, keep: &Keep) -> Vec<(Range<usize>, Found)> {
    let mut spans = Vec::new();
    let Some(pattern) = PATTERN.as_ref() else {
        // Without the pattern nothing can be told to be harmless.
        return vec![(0..text.len(), Found::Token)];
    };
    let mut locations = pattern.capture_locations();
    let mut at = 0;
    while at <= text.len()
        && let Some(hit) = pattern.captures_read_at(&mut locations, text, at)
    {
        let group = (0..SHAPES.len()).find(|n| locations.get(n + 1).is_some());
        let shape = group.map_or(Found::Token, |n| SHAPES[n].0);
        match judge(text, hit.range(), shape, keep) {
            Judgement::Private(range) => {
                at = range.end;
                spans.push((range, shape));
            }
            Judgement::Kept(end) => at = end,
        }
        if at < text.len() && !text.is_char_boundary(at) {
            at += 1;
        }
    }
    spans
}

/// What a hit comes to on a closer look.
enum Judgement {
    /// Private, in this range.
    Private(Range<usize>),
    /// Harmless, or no such thing; go on looking from here.
    Kept(usize),
}

fn judge(text: &str, range: Range<usize>, shape: Found, keep: &Keep) -> Judgement {
    let hit = &text[range.clone()];
    match shape {
        Found::Link => Judgement::Private(range.start..range.start + trimmed_link(hit).len()),
        Found::Address => Judgement::Private(range.start + property_length(hit)..range.end),
        Found::Id => Judgement::Private(range),
        Found::Ip => judge_ip(text, range, keep),
        Found::Host if is_host(hit) && !is_kept_host(hit, keep) => Judgement::Private(range),
        Found::Token if is_opaque(hit) => Judgement::Private(range),
        // A longer shape may begin inside: `name.value:` before an address.
        Found::Token => Judgement::Kept(range.start + first_word(hit)),
        Found::Host => Judgement::Kept(range.end),
    }
}

/// Without the punctuation that ends a sentence rather than a link.
fn trimmed_link(link: &str) -> &str {
    link.trim_end_matches(['.', ',', ';', ':', ')', ']', '\'', '!', '…'])
}

/// Length of `smtp.mailfrom=` before an address. `bounce+ann=contoso.example@…` has none: there the
/// part after the equals sign is a domain, and the whole is one address.
fn property_length(address: &str) -> usize {
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    let Some((property, rest)) = local.rsplit_once('=') else { return 0 };
    let plain = property.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '.' | '-' | '_'));
    if plain && !property.is_empty() && !is_host(rest) { property.len() + 1 } else { 0 }
}

fn judge_ip(text: &str, range: Range<usize>, keep: &Keep) -> Judgement {
    let hit = &text[range.clone()];
    let colon = hit.find(':');
    let follows_word = text[..range.start].chars().next_back().is_some_and(char::is_alphanumeric);
    match hit.parse::<IpAddr>() {
        // `IPv6:2001:db8::1` is found from the 6 on.
        Ok(_) if follows_word => {
            Judgement::Kept(range.start + colon.map_or(hit.len(), |colon| colon + 1))
        }
        Ok(ip) if keep.has_ip(ip) => Judgement::Kept(range.end),
        Ok(_) => Judgement::Private(range),
        // Times have colons too, and a list of them may hide an address.
        Err(_) => Judgement::Kept(range.start + colon.map_or(hit.len(), |colon| colon + 1)),
    }
}

/// Top-level names that no registry knows and networks use all the same.
const UNREGISTERED: [&str; 16] = [
    "local",
    "internal",
    "lan",
    "corp",
    "home",
    "intranet",
    "private",
    "priv",
    "localdomain",
    "domain",
    "ad",
    "example",
    "test",
    "invalid",
    "localhost",
    "onion",
];

/// Whether a dotted name is a host rather than a file name, a version or a property.
pub(super) fn is_host(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let one_case = !last.chars().any(char::is_uppercase) || !last.chars().any(char::is_lowercase);
    let lower = name.to_lowercase();
    let last = last.to_lowercase();
    one_case
        && name.contains('.')
        && last.chars().all(|c| c.is_alphabetic() || c == '-' || c.is_ascii_digit())
        && last.chars().any(char::is_alphabetic)
        && (UNREGISTERED.contains(&last.as_str())
            || psl::suffix(lower.as_bytes()).is_some_and(|suffix| suffix.is_known()))
}

fn is_kept_host(host: &str, keep: &Keep) -> bool {
    let name = crate::tenant::domain::normal(host);
    keep.has_host(&name) || super::keep::of_microsoft(&name) == super::keep::Microsoft::Machine
}

/// Whether a long word is an encoding or a key rather than a name of something.
fn is_opaque(word: &str) -> bool {
    if word.starts_with("=?") || word.starts_with("/o=") || word.starts_with("/O=") {
        return true;
    }
    if word.len() >= 24 && word.bytes().all(|b| b.is_ascii_hexdigit()) {
        return true;
    }
    // Names of headers and commands are words joined with dashes, some with a number at the end
    // (`Office365`); an encoding has digits inside its words.
    let mixed = |part: &str| {
        part.len() >= 8
            && part
                .trim_end_matches(|c: char| c.is_ascii_digit())
                .bytes()
                .any(|b| b.is_ascii_digit())
            && part.bytes().any(|b| b.is_ascii_lowercase())
            && part.bytes().any(|b| b.is_ascii_uppercase())
    };
    word.split(['-', '_', '/']).any(mixed)
}

/// Length of the first word of a run of words.
fn first_word(run: &str) -> usize {
    run.find(['-', '_', '+', '/']).map_or(run.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, Found)> {
        find(text, &Keep::default())
            .into_iter()
            .map(|(range, shape)| (&text[range], shape))
            .collect()
    }

    #[test]
    fn each_shape_is_found_in_running_text() {
        for (text, expected) in [
            ("to ann.brown@contoso.example.", vec![("ann.brown@contoso.example", Found::Address)]),
            ("smtp.mailfrom=b@x.example;", vec![("b@x.example", Found::Address)]),
            (
                "b+ann=contoso.example@x.example",
                vec![("b+ann=contoso.example@x.example", Found::Address)],
            ),
            ("H:mail.phish.example;PTR:x", vec![("mail.phish.example", Found::Host)]),
            ("EXCH01.corp.local", vec![("EXCH01.corp.local", Found::Host)]),
            ("CIP:203.0.113.10;", vec![("203.0.113.10", Found::Ip)]),
            ("203.0.113.0/24", vec![("203.0.113.0", Found::Ip)]),
            ("[IPv6:2001:db8::1]", vec![("2001:db8::1", Found::Ip)]),
            ("CIP:2001:db8::1;", vec![("2001:db8::1", Found::Ip)]),
            (
                "id 2F1D6A52-6b7e-4c39-9a41-08dd0a1b2c3d)",
                vec![("2F1D6A52-6b7e-4c39-9a41-08dd0a1b2c3d", Found::Id)],
            ),
            ("see https://a.example/p?q=1.", vec![("https://a.example/p?q=1", Found::Link)]),
            ("(https://a.example/p): then", vec![("https://a.example/p", Found::Link)]),
            ("Subject: =?utf-8?B?R2hi?=", vec![("=?utf-8?B?R2hi?=", Found::Token)]),
            (
                "/o=ExchangeLabs/ou=X (Y)/cn=Recipients/cn=ann1",
                vec![("/o=ExchangeLabs/ou=X (Y)/cn=Recipients/cn=ann1", Found::Token)],
            ),
            ("key abcDEF0123456789xyzABC=", vec![("abcDEF0123456789xyzABC=", Found::Token)]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn what_tells_nobody_apart_stays() {
        for text in [
            "SFV:SPM;SCL:5;CAT:HPHSH;SFS:(13230040)(4022899009);DIR:INB",
            "X-MS-Exchange-Organization-OriginalEnvelopeRecipients",
            "New-ExoPhishSimOverrideRule -Policy PhishSimOverridePolicy",
            "550 5.7.1 Access denied",
            "2026-11-16T09:01:52Z and 09:01:52.123",
            "AM0PR01MB1001.eurprd01.prod.exchangelabs.com",
            "Version 15.20.8137.022",
            "not-received.eml and HostedConnectionFilterPolicy.IPAllowList",
            "Get-TransportRule | Select $_.Name",
            "CIP:255.255.255.255",
            "X-MS-Office365-Filtering-Correlation-Id",
            "Defender portal > Email & collaboration > Policies & rules",
        ] {
            assert_eq!(found(text), vec![], "{text}");
        }
    }
}
