//! What looks private in free text: links, addresses, hosts, IP addresses, ids.

use super::keep::Keep;
use regex::Regex;
use std::net::{IpAddr, Ipv4Addr};
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
    /// `mailto:`, with the subject and the text that it proposes.
    Mail,
    Token,
}

/// The shapes, in the order in which they are tried where several begin at one place.
const SHAPES: [(Found, &str); 9] = [
    (Found::Token, r"=\?[^?\s]+\?[BbQq]\?[^?\s]*\?="),
    // What is to be written may have blanks in it, wherever it is not encoded as it should be.
    (Found::Mail, r#"(?i:mailto:)[^\s"<>⟨⟩?]*(?:\?[^\s="<>⟨⟩]{1,40}=[^"<>⟨⟩\r\n]*)?"#),
    (Found::Link, r#"[A-Za-z][A-Za-z0-9+.\-]{1,15}://[^\s"<>⟨⟩]+"#),
    (
        Found::Address,
        r#"(?:"[^"\n]{1,64}"|[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_~\-]+)@(?:\[[0-9A-Fa-f.:]+\]|[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}._\-]*[\p{L}\p{M}\p{N}])?)"#,
    ),
    (Found::Id, r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"),
    (Found::Token, r"[0-9A-Fa-f]{24,}"),
    (Found::Ip, r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?:\.[0-9]{1,3}){0,3}"),
    (Found::Ip, r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"),
    (
        Found::Host,
        r"[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_\-]*[\p{L}\p{M}\p{N}_])?(?:\.[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_\-]*[\p{L}\p{M}\p{N}])?)+",
    ),
];

/// Base64 and its like: long, without a blank, with digits among letters of both cases.
const RUN: &str = r"[A-Za-z0-9_+/\-]{20,}={0,2}";
/// The shortest [`RUN`].
const SHORTEST_RUN: usize = 20;
/// Longest word that is looked into, in bytes. A longer one goes as a whole: to try every start in it
/// takes time with the square of its length.
const LONGEST_WORD: usize = 4096;

static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let parts: Vec<String> = SHAPES.iter().map(|(_, shape)| format!("({shape})")).collect();
    Regex::new(&parts.join("|")).ok()
});
static RUNS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(RUN).ok());
static IPV4: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}").ok());

/// Every span of `text` that looks private and may not be kept, in order of their starts. None overlaps
/// another, but for the X.500 addresses, which may hold others.
pub(super) fn find(text: &str, keep: &Keep) -> Vec<(Range<usize>, Found)> {
    let (Some(pattern), Some(runs)) = (PATTERN.as_ref(), RUNS.as_ref()) else {
        // Without the patterns nothing can be told to be harmless.
        return vec![(0..text.len(), Found::Token)];
    };
    let mut spans = x500(text);
    let mut start = 0;
    for word in long_words(text) {
        search(&text[..word.start], start, (pattern, runs), keep, &mut spans);
        start = word.end;
        spans.push((word, Found::Token));
    }
    search(text, start, (pattern, runs), keep, &mut spans);
    spans.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    spans
}

/// Words of more than [`LONGEST_WORD`] bytes.
fn long_words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = 0;
    for (end, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if c.is_whitespace() || matches!(c, ',' | ';' | '"' | '<' | '>') {
            if end - start > LONGEST_WORD {
                words.push(start..end);
            }
            start = end + c.len_utf8();
        }
    }
    words
}

/// X.500 addresses of Exchange, which have blanks inside: `/o=ExchangeLabs/ou=…/cn=Recipients/cn=…`.
fn x500(text: &str) -> Vec<(Range<usize>, Found)> {
    let lower = text.to_ascii_lowercase();
    let mut spans = Vec::new();
    let mut from = 0;
    for part in lower.split_inclusive([';', '"', '<', '>']) {
        if let Some(start) = part.find("/o=")
            && let Some(name) = part.rfind("/cn=").filter(|name| *name > start)
        {
            let name = name + "/cn=".len();
            let ends = |c: char| c.is_whitespace() || matches!(c, ';' | '"' | '<' | '>' | ',');
            let end = part[name..].find(ends).map_or(part.len(), |end| name + end);
            if end > name {
                spans.push((from + start..from + end, Found::Token));
            }
        }
        from += part.len();
    }
    spans
}

/// The spans of `text` from `at` on. A run is judged once: what is left of a harmless one is harmless,
/// and only the other shapes are looked for inside.
fn search(
    text: &str,
    mut at: usize,
    (pattern, runs): (&Regex, &Regex),
    keep: &Keep,
    spans: &mut Vec<(Range<usize>, Found)>,
) {
    let mut locations = pattern.capture_locations();
    let mut next_of = |at: usize| {
        let hit = pattern.captures_read_at(&mut locations, text, at)?.range();
        let group = (0..SHAPES.len()).find(|n| locations.get(n + 1).is_some());
        Some((hit, group.map_or(Found::Token, |n| SHAPES[n].0)))
    };
    let next_run = |at: usize| runs.find_at(text, at).map(|run| run.range());
    let (mut shape, mut run) = (next_of(at), next_run(at));
    loop {
        if shape.as_ref().is_some_and(|(range, _)| range.start < at) {
            shape = next_of(at);
        }
        if let Some(last) = run.take_if(|run| run.start < at) {
            // Within a run, what follows is the rest of it.
            let rest = last.end.saturating_sub(at) >= SHORTEST_RUN;
            run = if rest { Some(at..last.end) } else { next_run(at.max(last.end)) };
        }
        let run_first = match (&shape, &run) {
            (None, None) => return,
            (Some((range, _)), Some(run)) => run.start < range.start,
            (found, _) => found.is_none(),
        };
        if run_first {
            let Some(range) = run.take() else { return };
            let end = range.end;
            if is_opaque(&text[range.clone()]) {
                at = end;
                spans.push((range, Found::Token));
            }
            run = next_run(end);
            continue;
        }
        let Some((range, found)) = shape.take() else { return };
        match judge(text, range, found, keep) {
            Judgement::Private(range, found) => {
                at = range.end;
                spans.push((range, found));
            }
            Judgement::Kept(end) => at = end,
        }
        while at < text.len() && !text.is_char_boundary(at) {
            at += 1;
        }
        if at > text.len() {
            return;
        }
        shape = next_of(at);
    }
}

/// What a hit comes to on a closer look.
enum Judgement {
    /// Private, in this range.
    Private(Range<usize>, Found),
    /// Harmless, or no such thing; go on looking from here.
    Kept(usize),
}

fn judge(text: &str, range: Range<usize>, shape: Found, keep: &Keep) -> Judgement {
    let hit = &text[range.clone()];
    match shape {
        Found::Link => {
            Judgement::Private(range.start..range.start + trimmed_link(hit).len(), shape)
        }
        Found::Mail => {
            Judgement::Private(range.start..range.start + mail_length(text, &range), shape)
        }
        Found::Address => Judgement::Private(range.start + property_length(hit)..range.end, shape),
        Found::Id | Found::Token => Judgement::Private(range, shape),
        Found::Ip => judge_ip(text, range, keep),
        Found::Host if is_host(hit) => match path_length(&text[range.end..]) {
            0 if is_kept_host(hit, keep) => Judgement::Kept(range.end),
            0 => Judgement::Private(range, shape),
            path => Judgement::Private(range.start..range.end + path, Found::Link),
        },
        Found::Host => match ip_inside(hit) {
            Some(ip) => judge_ip(text, range.start + ip.start..range.start + ip.end, keep),
            None => Judgement::Kept(range.end),
        },
    }
}

/// Length of a `mailto:` link, which ends where the quotation ends that it begins.
fn mail_length(text: &str, range: &Range<usize>) -> usize {
    let closing = match text[..range.start].chars().next_back() {
        Some('(') => Some(')'),
        Some('[') => Some(']'),
        Some(quote @ ('`' | '\'')) => Some(quote),
        _ => None,
    };
    let hit = &text[range.clone()];
    let end = closing.and_then(|closing| hit.find(closing)).unwrap_or(hit.len());
    trimmed_link(hit[..end].trim_end()).len()
}

/// Length of what makes a link of the host before it: `:8080/path?query`; 0 where there is nothing.
fn path_length(after: &str) -> usize {
    let port = after.strip_prefix(':').map_or(0, |rest| {
        rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len() + 1
    });
    let path = &after[port..];
    if !path.starts_with(['/', '?', '#', '\\']) {
        return 0;
    }
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '⟨' | '⟩');
    let path = trimmed_link(&path[..path.find(ends).unwrap_or(path.len())]);
    if path.len() > 1 { port + path.len() } else { 0 }
}

/// An IPv4 address in a dotted word that is no host: `client_203.0.113.10`.
fn ip_inside(word: &str) -> Option<Range<usize>> {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    IPV4.as_ref()?.find_iter(word).map(|hit| hit.range()).find(|range| {
        let before = range.start.checked_sub(1).and_then(|at| word.as_bytes().get(at));
        !is_digit(before)
            && !is_digit(word.as_bytes().get(range.end))
            && ip(&word[range.clone()]).is_some()
    })
}

/// The IP addresses that a text names.
pub(super) fn ips(text: &str) -> impl Iterator<Item = IpAddr> {
    find(text, &Keep::default())
        .into_iter()
        .filter(|(_, found)| *found == Found::Ip)
        .filter_map(|(range, _)| ip(&text[range]))
}

/// The address, which may be written with leading zeros.
pub(super) fn ip(text: &str) -> Option<IpAddr> {
    if let Ok(ip) = text.parse() {
        return Some(ip);
    }
    let mut parts = text.split('.').map(|part| {
        let plain = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u8>().ok().filter(|_| plain)
    });
    let mut next = || parts.next().flatten();
    let octets = [next()?, next()?, next()?, next()?];
    parts.next().is_none().then(|| IpAddr::V4(Ipv4Addr::from(octets)))
}

/// Without the punctuation that ends a sentence rather than a link.
fn trimmed_link(link: &str) -> &str {
    link.trim_end_matches(['.', ',', ';', ':', ')', ']', '\'', '!', '…', '`', '|', '{', '}'])
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
    match ip(hit) {
        // `IPv6:2001:db8::1` is found from the 6 on.
        Some(_) if follows_word && let Some(colon) = colon => {
            Judgement::Kept(range.start + colon + 1)
        }
        Some(ip) if keep.has_ip(ip) => Judgement::Kept(range.end),
        Some(_) => Judgement::Private(range, Found::Ip),
        // Times have colons too, and a list of them may hide an address.
        None => Judgement::Kept(range.start + colon.map_or(hit.len(), |colon| colon + 1)),
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
                "client_203.0.113.56 [203.0.113.057]",
                vec![("203.0.113.56", Found::Ip), ("203.0.113.057", Found::Ip)],
            ),
            (
                "helo=host-203.0.113.66 x203.0.113.55;",
                vec![("203.0.113.66", Found::Ip), ("203.0.113.55", Found::Ip)],
            ),
            ("https://a.example/x|ann{b}`c d", vec![("https://a.example/x|ann{b}`c", Found::Link)]),
            ("at `https://a.example/x`, then", vec![("https://a.example/x", Found::Link)]),
            (
                "h.example/ann|x and h.example:81?u=ann.",
                vec![("h.example/ann|x", Found::Link), ("h.example:81?u=ann", Found::Link)],
            ),
            (
                "h.example/ is h.example: so",
                vec![("h.example", Found::Host), ("h.example", Found::Host)],
            ),
            ("job-name-of-a-run-0815/h.example x", vec![("h.example", Found::Host)]),
            (
                "words-of-a-name-2F1D6A52-6b7e-4c39-9a41-08dd0a1b2c3d",
                vec![("2F1D6A52-6b7e-4c39-9a41-08dd0a1b2c3d", Found::Id)],
            ),
            (
                "id 2F1D6A52-6b7e-4c39-9a41-08dd0a1b2c3d)",
                vec![("2F1D6A52-6b7e-4c39-9a41-08dd0a1b2c3d", Found::Id)],
            ),
            (
                "<mailto:a@b.example?subject=Pay talks&body=Dear Kim>, `mailto:?body=x y` z",
                vec![
                    ("mailto:a@b.example?subject=Pay talks&body=Dear Kim", Found::Mail),
                    ("mailto:?body=x y", Found::Mail),
                ],
            ),
            ("to bu\u{308}cher.example", vec![("bu\u{308}cher.example", Found::Host)]),
            ("see MAILTO:a@b.example? I did", vec![("MAILTO:a@b.example", Found::Mail)]),
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
            "build-1203.0.113.66 and v1.2.300.4",
            "learn.microsoft.com is up",
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

    #[test]
    fn long_values_of_every_shape_take_time_in_step_with_their_length() {
        let near = [
            "a-",
            "a=b.c",
            "/o=aBc1 ",
            "zab-01:",
            "=?a?B?",
            "(",
            "a.",
            "a@",
            "%61",
            "x|",
            "1.2.",
            "2F1D6A52-6b7e-4c39-9a41-08dd0a1b2c3d",
            "aaaaaaaaaaaaaaaaaaaaaaaa ",
            "a.b/",
            "mailto:?",
            "mailto:?a=b ",
        ];
        for piece in near {
            let word = piece.repeat((LONGEST_WORD - 4) / piece.len());
            let text = format!("SFV:{word} ").repeat(40);
            let spans = find(&text, &Keep::default());
            assert!(spans.iter().all(|(range, _)| text.is_char_boundary(range.end)), "{piece}");
        }
        // A word too long to look into goes as a whole, its neighbours do not.
        let long = "a-".repeat(LONGEST_WORD);
        assert_eq!(
            found(&format!("ann@b.example {long};x")),
            [("ann@b.example", Found::Address), (long.as_str(), Found::Token)]
        );
    }
}
