//! `Received` headers: peer, receiver, date, and which system each one was (`headers.md` §5, §6.1).

use super::bytes::{self, Table, is_one};
use super::headers::Header;
use super::sourced::SourcedHeaders;
use super::{Hop, HopRole, date};
use crate::fact::{Citation, Place};
use crate::marks::{Marks, OrBlank};
use std::net::{IpAddr, SocketAddrV4};
use std::sync::{Arc, OnceLock};

impl Hop {
    /// Reads one header. Role and delay are settled by `settle` when all are known.
    pub fn parse(header: Header<'_>) -> Self {
        let value = header.value;
        let (route, date) = match memchr::memrchr(b';', value.as_bytes()) {
            Some(at) => (&value[..at], Some(&value[at + 1..])),
            None => (value, None),
        };
        let clauses = Clauses::of(route);
        let time = date.and_then(date::parse);
        let by = clauses.by.of(value).unwrap_or_default();
        let by_microsoft = is_microsoft(by);
        Hop {
            role: if by_microsoft { role_at_microsoft(by) } else { HopRole::Sender },
            line: header.line,
            value: header.shared(),
            clauses,
            ip: OnceLock::new(),
            timestamp: time.as_ref().map(mail_parser::DateTime::to_timestamp),
            date: time,
            delay_seconds: None,
            by_microsoft,
        }
    }

    /// The evidence that the header is; `headers` are those it stands among.
    pub fn evidence(&self, headers: &Arc<SourcedHeaders>) -> Citation {
        Citation::of_header(headers, self.line)
    }

    /// Where its header stands.
    pub fn place(&self) -> Place {
        Place::Line(self.line)
    }

    /// Name after `from` (HELO).
    pub fn from(&self) -> Option<&str> {
        self.clauses.from.of(&self.value)
    }

    /// Reverse DNS of the peer when the header shows it.
    pub fn from_ptr(&self) -> Option<&str> {
        let ptr = reverse_dns(self.clauses.from_comments.of(&self.value)?)?;
        (!ptr.eq_ignore_ascii_case(self.from().unwrap_or_default())).then_some(ptr)
    }

    /// Address of the peer.
    pub fn ip(&self) -> Option<IpAddr> {
        *self.ip.get_or_init(|| {
            let comments = self.clauses.from_comments.of(&self.value);
            let shown = comments.and_then(|comments| words(comments).find_map(address));
            shown.or_else(|| literal(self.from()?).parse().ok())
        })
    }

    /// Name after `by`.
    pub fn by(&self) -> Option<&str> {
        self.clauses.by.of(&self.value)
    }

    /// Protocol after `with`.
    pub fn with(&self) -> Option<&str> {
        self.clauses.with.of(&self.value)
    }

    /// Address after `for`.
    pub fn envelope_to(&self) -> Option<&str> {
        let to = bare(self.clauses.envelope_to.of(&self.value)?);
        (!to.is_empty()).then_some(to)
    }

    /// Forest label of Microsoft host names: information only, never a forest claim.
    pub fn forest(&self) -> Option<&str> {
        self.by().filter(|_| self.by_microsoft).and_then(forest)
    }

    /// Whether the receiving host is a Microsoft 365 one.
    pub fn by_microsoft(&self) -> bool {
        self.by_microsoft
    }

    /// Whether some organisation's Microsoft 365 took it from outside here.
    pub(crate) fn by_edge(&self) -> bool {
        self.by_microsoft && self.by().is_some_and(is_edge)
    }
}

/// Fills in delays and roles; returns the index of the edge: the first Microsoft hop of the
/// recipient organisation, found top-down (§6.1).
pub(super) fn settle(hops: &mut [Hop]) -> Option<usize> {
    for i in 0..hops.len() {
        let below = hops[i + 1..].iter().find_map(|hop| hop.timestamp);
        hops[i].delay_seconds =
            hops[i].timestamp.zip(below).map(|(here, before)| here.saturating_sub(before));
    }
    let top = hops.iter().position(Hop::by_microsoft);
    let run = top.map_or(0, |top| hops[top..].iter().take_while(|hop| hop.by_microsoft()).count());
    let edge = top.and_then(|top| (top..top + run).find(|&i| hops[i].by().is_some_and(is_edge)));
    for (i, hop) in hops.iter_mut().enumerate() {
        let above_microsoft = top.is_some_and(|top| i < top);
        hop.role = match (hop.role, edge) {
            (_, Some(edge)) if i == edge => HopRole::Edge,
            (_, Some(edge)) if i > edge && hop.by_microsoft() => HopRole::Microsoft,
            (HopRole::Edge, _) => HopRole::FrontEnd,
            (HopRole::Sender, _) if above_microsoft => HopRole::Other,
            (role, _) => role,
        };
    }
    edge
}

/// `[192.0.2.1]` without its brackets.
fn literal(name: &str) -> &str {
    if name.starts_with('[') { name.trim_matches(['[', ']']) } else { name }
}

/// `<a@b.example>` without its brackets.
fn bare(address: &str) -> &str {
    if address.starts_with('<') { address.trim_matches(['<', '>']) } else { address }
}

/// Role that the name of a Microsoft host alone suggests (`headers.md` §5.2).
fn role_at_microsoft(by: &str) -> HopRole {
    if is_edge(by) {
        HopRole::Edge
    } else if ends_with(by, ".outbound.protection.outlook.com") {
        HopRole::Microsoft
    } else if ends_with(by, "outlook.office365.com") || host_kind(by) == Some("CA") {
        HopRole::FrontEnd
    } else {
        HopRole::Mailbox
    }
}

/// `CA` or `MB` of names like `BN9PR03CA0223`.
fn host_kind(host: &str) -> Option<&str> {
    let label = host.split('.').next()?;
    let letters = label.trim_end_matches(|c: char| c.is_ascii_digit());
    letters.get(letters.len().checked_sub(2)?..)
}

/// Whether a host belongs to Microsoft 365's mail service, national clouds included.
pub fn is_microsoft(host: &str) -> bool {
    [
        ".outlook.com",
        "outlook.office365.com",
        ".protection.outlook.com",
        ".protection.office365.us",
        ".outlook.office365.us",
        ".partner.outlook.cn",
        "exchangelabs.com",
    ]
    .iter()
    .any(|suffix| ends_with(host, suffix))
}

fn is_edge(host: &str) -> bool {
    [
        ".mail.protection.outlook.com",
        ".mail.protection.partner.outlook.cn",
        ".mail.protection.office365.us",
    ]
    .iter()
    .any(|suffix| ends_with(host, suffix))
}

/// Whether `host` ends in `suffix`, which is in lower case, whatever its own case; a trailing dot is no
/// part of a name.
pub(super) fn ends_with(host: &str, suffix: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).as_bytes();
    let Some(start) = host.len().checked_sub(suffix.len()) else { return false };
    let (end, suffix) = (&host[start..], suffix.as_bytes());
    // Most suffixes begin with a dot, where most hosts have none.
    let alike = end.first().map(u8::to_ascii_lowercase) == suffix.first().copied();
    alike && end.eq_ignore_ascii_case(suffix)
}

/// Forest label of a Microsoft host: `namprd05` of `x.namprd05.prod.outlook.com`, `NAM12` of
/// `BN1NAM12FT033.mail…`. Information only: it says nothing of the tenant's forest (§5.3).
fn forest(host: &str) -> Option<&str> {
    let mut labels = host.split('.');
    let (first, second) = (labels.next()?, labels.next()?);
    let is_forest = |label: &str| {
        let bytes = label.as_bytes();
        bytes.windows(3).any(|part| part.eq_ignore_ascii_case(b"prd"))
            || bytes.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"eop-"))
            || bytes.get(3).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'p'))
    };
    if ends_with(host, ".prod.outlook.com") || ends_with(host, ".prod.protection.outlook.com") {
        return is_forest(second).then_some(second);
    }
    // Pre-2024 front ends carry it in the name: site, three letters and two digits, `FT`.
    let ft = first.as_bytes().windows(2).position(|pair| pair == b"FT")?;
    first.get(ft.checked_sub(5)?..ft).filter(|label| label.ends_with(|c: char| c.is_ascii_digit()))
}

/// Where a part of a value stands in it.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    begin: u32,
    end: u32,
}

impl Span {
    /// The part; `None` where it is empty.
    fn of(self, value: &str) -> Option<&str> {
        value.get(self.begin as usize..self.end as usize).filter(|part| !part.is_empty())
    }
}

/// Where the clauses of the route stand: `from`, its comments, `by`, `with`, `for`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clauses {
    from: Span,
    from_comments: Span,
    by: Span,
    with: Span,
    envelope_to: Span,
}

impl Clauses {
    /// The clauses of the route that a value begins with.
    fn of(route: &str) -> Self {
        let mut clauses = Clauses::default();
        let span = |begin: usize, end: usize| {
            let at = |place| u32::try_from(place).unwrap_or(u32::MAX);
            Span { begin: at(begin), end: at(end) }
        };
        let mut clause = Keyword::Other;
        let mut words = 0;
        let mut comments: Option<usize> = None;
        let mut with_start = 0;
        let mut ends = Marks::new(route, OrBlank(b'('));
        let ends_word = |at: usize| is_one(&WORD_ENDS, route.as_bytes()[at]);
        let mut rest = route.trim_ascii_start();
        while !rest.is_empty() {
            let start = route.len() - rest.len();
            if rest.starts_with('(') {
                rest = after_comment(rest);
                if clause == Keyword::From {
                    let first = *comments.get_or_insert(start);
                    clauses.from_comments = span(first, route.len() - rest.len());
                }
                words = usize::MAX;
            } else {
                let end = ends.find(|at| *at >= start && ends_word(*at)).unwrap_or(route.len());
                let length = end - start;
                let word = &rest[..length];
                rest = &rest[length..];
                match keyword(word) {
                    Some(keyword) => (clause, words) = (keyword, 0),
                    None => {
                        let word = span(start, start + length);
                        match clause {
                            Keyword::From if words == 0 => clauses.from = word,
                            Keyword::By if words == 0 => clauses.by = word,
                            Keyword::For if words == 0 => clauses.envelope_to = word,
                            // `Microsoft SMTP Server` is three words.
                            Keyword::With if words < 3 => {
                                if words == 0 {
                                    with_start = word.begin;
                                }
                                clauses.with = Span { begin: with_start, ..word };
                            }
                            _ => {}
                        }
                        words = words.saturating_add(1);
                    }
                }
            }
            rest = rest.trim_ascii_start();
        }
        clauses
    }
}

/// What begins a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keyword {
    From,
    By,
    With,
    For,
    /// `via`, `id`, or nothing as yet.
    Other,
}

/// The clause that a word begins, in any case.
fn keyword(word: &str) -> Option<Keyword> {
    // this bit turns a capital, and of what is no letter nothing, into a letter of these
    let lower = |byte: &u8| byte | 0x20;
    Some(match word.as_bytes() {
        [a, b] => match &[a, b].map(lower) {
            b"by" => Keyword::By,
            b"id" => Keyword::Other,
            _ => return None,
        },
        [a, b, c] => match &[a, b, c].map(lower) {
            b"for" => Keyword::For,
            b"via" => Keyword::Other,
            _ => return None,
        },
        [a, b, c, d] => match &[a, b, c, d].map(lower) {
            b"from" => Keyword::From,
            b"with" => Keyword::With,
            _ => return None,
        },
        _ => return None,
    })
}

/// Bytes, all of ASCII, that end a word of the route: some blanks, and the beginning of a comment.
static WORD_ENDS: Table = bytes::these(b" \t\r\n\x0c(");
/// Those that end a word of a comment.
static COMMENT_ENDS: Table = bytes::these(b" \t[](),");

/// What follows the comment that `text` begins with. Comments may nest.
fn after_comment(text: &str) -> &str {
    let mut depth = 0_usize;
    for at in memchr::memchr2_iter(b'(', b')', text.as_bytes()) {
        depth = if text.as_bytes()[at] == b'(' { depth + 1 } else { depth.saturating_sub(1) };
        if depth == 0 {
            return &text[at + 1..];
        }
    }
    ""
}

/// The words of comments such as `(mx.example [192.0.2.1])`, `(192.0.2.1)`, `(HELO x) (192.0.2.1)`.
fn words(comments: &str) -> impl Iterator<Item = &str> {
    let mut rest = comments;
    let words = std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.bytes().position(|byte| is_one(&COMMENT_ENDS, byte));
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        rest = behind.get(1..).unwrap_or_default();
        Some(word)
    });
    words.filter(|word| !word.is_empty())
}

/// The address that a word is: `192.0.2.1`, `IPv6:2001:db8::1`, `fe80::1%3`, `192.0.2.1:25`.
fn address(word: &str) -> Option<IpAddr> {
    let bare = word.strip_prefix("IPv6:").or_else(|| word.strip_prefix("ipv6:")).unwrap_or(word);
    let digit = |b: &u8| b.is_ascii_hexdigit() || *b == b':';
    bare.as_bytes().first().filter(|first| digit(first))?;
    let with_zone = || bare.split_once('%')?.0.parse().ok();
    let with_port = || bare.parse().ok().map(|socket: SocketAddrV4| IpAddr::V4(*socket.ip()));
    bare.parse().ok().or_else(with_zone).or_else(with_port)
}

/// The host name that stands in front of the address of a peer.
fn reverse_dns(comments: &str) -> Option<&str> {
    // most comments are an IPv6 address, where there is no dot
    memchr::memchr(b'.', comments.as_bytes())?;
    let is_host = |word: &&str| {
        let mut dotted = false;
        let plain = word.bytes().all(|byte| {
            dotted |= byte == b'.';
            !matches!(byte, b'=' | b'@' | b':')
        });
        plain && dotted
    };
    let (at, host) = words(comments).enumerate().find(|(_, word)| is_host(word))?;
    let mut before = words(comments).take(at + 1);
    before.all(|word| address(word).is_none()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::headers::Headers;

    fn hop(value: &str) -> Hop {
        let (headers, _) = Headers::split(format!("Received: {value}\n").as_bytes(), 1);
        Hop::parse(headers.get("Received").unwrap())
    }

    #[test]
    fn the_edge_hop_gives_helo_peer_and_time() {
        let got = hop(
            "from mx.sim.example (203.0.113.10) by CO1PEPF000044F1.mail.protection.outlook.com (10.167.241.71) with \
             Microsoft SMTP Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.8230.7 via Frontend \
             Transport; Mon, 2 Mar 2026 08:15:01 +0000",
        );
        assert_eq!(got.from(), Some("mx.sim.example"));
        assert_eq!(got.ip().map(|ip| ip.to_string()).as_deref(), Some("203.0.113.10"));
        assert_eq!(got.with(), Some("Microsoft SMTP Server"));
        assert_eq!(got.timestamp, Some(1_772_439_301));
        assert_eq!(got.role, HopRole::Edge);
    }

    proptest::proptest! {
        #[test]
        fn clauses_are_found_wherever_they_stand(blank in "[ \t]{1,70}", from in "[a\u{b}é]{1,130}", comment in "[a ]{0,130}", by in "b{1,130}") {
            let got = hop(&format!("from{blank}{from}({comment}({comment}))by{blank}{by}{blank}with{blank}X"));
            proptest::prop_assert_eq!(got.from(), Some(from.as_str()));
            proptest::prop_assert_eq!(got.by(), Some(by.as_str()));
            proptest::prop_assert_eq!(got.with(), Some("X"));
        }
    }

    #[test]
    fn other_systems_shapes_give_their_peer() {
        let table = [
            (
                "from a.example (ptr.example [192.0.2.1]) by b.example (Postfix) with ESMTPS id 1 for <x@y.example>; Mon, 2 Mar 2026 08:15:01 +0000",
                Some("ptr.example"),
                "192.0.2.1",
            ),
            (
                "from [198.51.100.9] (unknown [198.51.100.9]) by b.example with SMTP; Mon, 2 Mar 2026 08:15:01 +0000",
                None,
                "198.51.100.9",
            ),
            (
                "from a.example (a.example. [IPv6:2001:db8::7]) by mx.example; 2 Mar 2026 08:15:01 +0000",
                None,
                "2001:db8::7",
            ),
            ("from unknown (HELO a.example) (192.0.2.9) by b.example with SMTP", None, "192.0.2.9"),
            ("FROM a.example (192.0.2.9:25) BY b.example WITH SMTP", None, "192.0.2.9"),
        ];
        for (value, ptr, ip) in table {
            let got = hop(value);
            assert_eq!(got.ip().map(|ip| ip.to_string()).unwrap_or_default(), ip, "{value}");
            assert!(got.from().is_some() && got.by().is_some(), "{value}");
            if ptr.is_some() {
                assert_eq!(got.from_ptr(), ptr, "{value}");
            }
        }
    }

    #[test]
    fn the_usual_chain_is_told_apart_and_delays_counted() {
        let date = |second| format!("Mon, 2 Mar 2026 08:15:{second:02} +0000");
        let mut hops = [
            hop(&format!(
                "from A.namprd19.prod.outlook.com (2603:10b6::1) by MN0PR19MB6312.namprd19.prod.outlook.com with HTTPS; {}",
                date(9)
            )),
            hop(&format!(
                "from BN9PR03CA0223.namprd03.prod.outlook.com (2603:10b6::2) by CH3PR05MB10226.namprd05.prod.outlook.com; {}",
                date(5)
            )),
            hop(&format!(
                "from CO1PEPF000044F1.namprd05.prod.outlook.com (2603:10b6:408:ff:cafe::a5) by BN9PR03CA0223.outlook.office365.com (2603:10b6:408:f8::18); {}",
                date(4)
            )),
            hop(&format!(
                "from mx.sim.example (203.0.113.10) by CO1PEPF000044F1.mail.protection.outlook.com (10.167.1.1); {}",
                date(3)
            )),
            hop(&format!("from app (10.0.0.1) by mx.sim.example with ESMTP; {}", date(5))),
        ];
        assert_eq!(settle(&mut hops), Some(3));
        let roles: Vec<_> = hops.iter().map(|hop| hop.role.name()).collect();
        assert_eq!(roles, ["mailbox", "mailbox", "front-end", "edge", "sender"]);
        let delays: Vec<_> = hops.iter().map(|hop| hop.delay_seconds).collect();
        assert_eq!(delays, [Some(4), Some(1), Some(1), Some(-2), None]);
        assert_eq!(hops[1].forest(), Some("namprd05"));
    }

    #[test]
    fn a_name_that_evidence_cannot_quote_hides_no_receiver() {
        let long = "a-".repeat(3_000);
        let got =
            hop(&format!("from {long} (203.0.113.10) by X.mail.protection.outlook.com with SMTP"));
        assert_eq!(got.by(), Some("X.mail.protection.outlook.com"));
        assert_eq!((got.role, got.ip().is_some()), (HopRole::Edge, true));
    }

    #[test]
    fn a_host_that_only_contains_microsofts_name_is_not_microsoft() {
        assert!(!is_microsoft("mail.protection.outlook.com.evil.example"));
        assert!(!is_microsoft("notoutlook.com"));
        assert!(is_microsoft("X.NAMPRD05.PROD.OUTLOOK.COM."));
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in ".{0,200}") {
            let _ = hop(&text);
        }
    }
}
