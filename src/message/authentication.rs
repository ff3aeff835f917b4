//! `Authentication-Results` as Microsoft stamps it, and its relatives (`headers.md` §3).
//!
//! Microsoft writes no authserv-id, so a reader for RFC 8601 takes the first result for a server
//! name. The pieces are read by what they say instead: `method=result (detail) property=value …`.

use super::bytes::{self, Table, is_one};
use super::values::{AuthResult, DmarcAction};
use super::{Authentication, Dkim};
use crate::fact::Citation;
use nom::bytes::complete::tag;
use nom::character::complete::multispace0;
use nom::combinator::rest;
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// One word of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Pair(&'a str, &'a str),
    Comment(&'a str),
    Word(&'a str),
}

impl Authentication {
    /// Reads one header. `by_recipient` is settled later, when all of them are known.
    pub fn parse(value: &str, evidence: Citation) -> Self {
        let mut found = Authentication {
            evidence,
            by_recipient: false,
            spf: None,
            sender_ip: None,
            mail_from: None,
            helo: None,
            dkim: Vec::new(),
            dmarc: None,
            dmarc_action: None,
            header_from: None,
            compauth: None,
            compauth_reason: None,
        };
        let mut properties = Vec::new();
        for piece in pieces(value) {
            properties.clear();
            found.take(piece, &mut properties);
        }
        found
    }

    /// Reads one piece; `properties` is what its pairs are put into.
    fn take<'a>(&mut self, piece: &'a str, properties: &mut Vec<(&'a str, &'a str)>) {
        let mut tokens = Tokens::of(piece).peekable();
        while matches!(tokens.peek(), Some(Token::Word(_))) {
            tokens.next();
        }
        let Some(Token::Pair(method, result)) = tokens.next() else { return };
        let result = AuthResult::parse(result);
        let mut detail = None;
        for token in tokens {
            match token {
                Token::Comment(text) => detail = detail.or(Some(text)),
                Token::Pair(name, value) => properties.push((name, value)),
                Token::Word(_) => {}
            }
        }
        let property = |wanted: &str| {
            let found = properties.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| *value).filter(|value| !value.is_empty())
        };
        let is = |wanted: &str| method.eq_ignore_ascii_case(wanted);
        match method.len() {
            3 if is("spf") && self.spf.is_none() => {
                self.spf = Some(result);
                self.sender_ip = detail.and_then(sender_ip);
                self.mail_from = property("smtp.mailfrom").map(Into::into);
                self.helo = property("smtp.helo").map(Into::into);
            }
            4 if is("dkim") => self.dkim.push(Dkim {
                result,
                detail: detail.map(Into::into),
                domain: property("header.d")
                    .filter(|d| !d.eq_ignore_ascii_case("none"))
                    .map(Into::into),
            }),
            5 if is("dmarc") && self.dmarc.is_none() => {
                self.dmarc = Some(result);
                self.dmarc_action = property("action").map(DmarcAction::parse);
                self.header_from = property("header.from").map(Into::into);
            }
            8 if is("compauth") && self.compauth.is_none() => {
                self.compauth = Some(result);
                self.compauth_reason = property("reason").map(Into::into);
            }
            _ => {}
        }
    }

    /// Whether it has the shape that only Microsoft writes.
    pub fn is_microsoft(&self) -> bool {
        self.sender_ip.is_some() || self.dmarc_action.is_some() || self.compauth.is_some()
    }
}

/// Meaning of a compauth reason code, in plain words (`headers.md` §3.1); `None` for a code in no
/// documented range.
pub fn reason_meaning(code: &str) -> Option<&'static str> {
    Some(match code {
        "000" => "DMARC failed explicitly: the domain asks for quarantine or rejection",
        "001" => "failed implicitly: the domain publishes no or only weak records",
        "002" => "the admin forbade this sender and domain pair",
        "010" => "DMARC failed and the From domain is one of the recipient's own",
        "100" => "SPF or DKIM passed and is aligned",
        "101" => "DKIM of the From domain passed",
        "102" => "SPF passed and is aligned",
        "103" | "104" => "the From domain matches the reverse DNS of the source",
        "105" => "passed for an undocumented reason",
        "108" => "DKIM was broken by an earlier legitimate hop",
        "109" => "no DMARC record, but it would have passed",
        "111" => "DMARC could not be evaluated, but SPF or DKIM is aligned",
        "112" => "the DMARC record could not be fetched in time",
        "115" => "sent from a Microsoft 365 organisation that owns the From domain",
        "116" => "the MX of the From domain matches the reverse DNS of the source",
        "130" => "a trusted ARC sealer overrode the DMARC failure",
        "201" | "202" => "passed softly: the source's reverse DNS or subnet is aligned",
        "400" => "bypassed for an allowed domain or connector (community reading)",
        "401" => "bypassed for an allowed IP (community reading)",
        "405" => "relayed through a trusted gateway without Enhanced Filtering (community reading)",
        "451" => {
            "not evaluated: a connector matched, or the mail reached Microsoft 365 past the MX (community reading)"
        }
        "501" | "502" => "DMARC not enforced: a valid non-delivery report",
        "601" => "failed implicitly: the From domain is one of the recipient's own",
        "701" | "702" | "703" | "704" => {
            "DMARC not enforced: this infrastructure has a history of legitimate mail"
        }
        "905" => "DMARC not enforced because of complex routing: the MX points elsewhere",
        _ => {
            return match code.as_bytes().first()? {
                b'1' => Some("passed"),
                b'2' => Some("passed softly"),
                b'3' => Some("not checked"),
                b'4' | b'9' => Some("bypassed"),
                b'6' => Some("failed implicitly"),
                b'7' => Some("passed"),
                _ => None,
            };
        }
    })
}

/// `sender IP is 203.0.113.5`.
fn sender_ip(comment: &str) -> Option<std::net::IpAddr> {
    let mut grammar = preceded((multispace0, tag("sender IP is"), multispace0), rest);
    let parsed: IResult<&str, &str> = grammar.parse(comment);
    let word = parsed.ok()?.1.split_ascii_whitespace().next()?;
    word.trim_matches(['[', ']']).parse().ok()
}

/// Cuts at semicolons outside parentheses and quotes.
fn pieces(value: &str) -> impl Iterator<Item = &str> {
    let bytes = value.as_bytes();
    let mut quotes = memchr::memchr_iter(b'"', bytes).peekable();
    // A quote that is never closed is a letter like any other.
    if !quotes.clone().count().is_multiple_of(2) {
        quotes = memchr::memchr_iter(b'"', b"").peekable();
    }
    let (mut depth, mut quoted, mut start) = (0_usize, false, 0);
    let ends = memchr::memchr3_iter(b'(', b')', b';', bytes).chain([bytes.len()]);
    let pieces = ends.filter_map(move |end| {
        while quotes.next_if(|quote| *quote < end).is_some() {
            quoted ^= depth == 0;
        }
        match bytes.get(end) {
            Some(_) if quoted => {}
            Some(b'(') => depth += 1,
            Some(b')') => depth = depth.saturating_sub(1),
            Some(_) if depth > 0 => {}
            _ => {
                let piece = &value[start..end];
                start = end + 1;
                return Some(piece);
            }
        }
        None
    });
    pieces.map(str::trim_ascii).filter(|piece| !piece.is_empty())
}

/// The words of a piece.
struct Tokens<'a> {
    text: &'a str,
    /// Bytes behind the last `)`: what begins there is no comment, however many `(` stand in it.
    open: usize,
}

impl<'a> Tokens<'a> {
    fn of(text: &'a str) -> Self {
        let last = memchr::memrchr(b')', text.as_bytes()).map_or(0, |at| at + 1);
        Tokens { text, open: text.len() - last }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let text = self.text.trim_ascii_start();
        if text.is_empty() {
            return None;
        }
        let (token, left) = token(text, text.len() > self.open);
        self.text = left;
        Some(token)
    }
}

/// The first word of `text`, and what follows it; a comment only where one `may_close`.
fn token(text: &str, may_close: bool) -> (Token<'_>, &str) {
    if may_close
        && let Some(comment) = text.strip_prefix('(')
        && let Some(end) = memchr::memchr(b')', comment.as_bytes())
    {
        return (Token::Comment(&comment[..end]), &comment[end + 1..]);
    }
    let (name, rest) = until(text, |byte| !is_one(&OF_NAME, byte));
    match rest.strip_prefix('=') {
        Some(rest) if !name.is_empty() => {
            let (value, rest) = value(rest);
            (Token::Pair(name, value), rest)
        }
        _ => {
            let (word, rest) = until(text, |byte| byte.is_ascii_whitespace());
            (Token::Word(word), rest)
        }
    }
}

/// A value up to a blank or a comment, and what follows it; a quoted string may hold both.
fn value(text: &str) -> (&str, &str) {
    let ends = |byte: u8| is_one(&ENDS_VALUE, byte);
    let plain = until(text, |byte| byte == b'"' || ends(byte));
    if !plain.1.starts_with('"') {
        return plain;
    }
    let mut quoted = false;
    let found = until(text, |byte| {
        quoted ^= byte == b'"';
        !quoted && ends(byte)
    });
    if quoted { until(text, ends) } else { found }
}

/// Bytes of a name, and those that end a value.
static OF_NAME: Table = bytes::alphanumeric_and(b".-_");
static ENDS_VALUE: Table = bytes::these(b"( \t\n\x0c\r");

/// What stands before the first byte that `ends` it, and the rest; only bytes of ASCII may end it.
fn until(text: &str, mut ends: impl FnMut(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().position(&mut ends).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Evidence, Place};

    fn parse(value: &str) -> Authentication {
        let source = "t.eml".into();
        let evidence = Evidence::new(&source, Place::Line(1), "Authentication-Results", value);
        Authentication::parse(value, evidence.into())
    }

    #[test]
    fn the_present_shape_is_read_whole() {
        let got = parse(
            "spf=pass (sender IP is 203.0.113.5) smtp.mailfrom=mail.sim.example; dkim=pass (signature was verified) \
             header.d=sim.example;dmarc=pass action=none header.from=sim.example;compauth=pass reason=100",
        );
        assert_eq!(got.spf, Some(AuthResult::Pass));
        assert_eq!(got.sender_ip.map(|ip| ip.to_string()).as_deref(), Some("203.0.113.5"));
        assert_eq!(got.mail_from.as_deref(), Some("mail.sim.example"));
        assert_eq!(got.dkim[0].domain.as_deref(), Some("sim.example"));
        assert_eq!(
            (got.dmarc, got.dmarc_action),
            (Some(AuthResult::Pass), Some(DmarcAction::None))
        );
        assert_eq!(
            (got.compauth, got.compauth_reason.as_deref()),
            (Some(AuthResult::Pass), Some("100"))
        );
    }

    #[test]
    fn the_older_shape_with_the_recipient_domain_is_read() {
        let got = parse(
            "spf=none (sender IP is 2001:db8::5) smtp.mailfrom=a.example; contoso.example; dkim=none (message not signed) \
             header.d=none;contoso.example; dmarc=fail action=oreject header.from=b.example;",
        );
        assert_eq!(got.sender_ip.map(|ip| ip.to_string()).as_deref(), Some("2001:db8::5"));
        assert_eq!(
            got.dkim,
            [Dkim {
                result: AuthResult::None,
                detail: Some("message not signed".into()),
                domain: None
            }]
        );
        assert_eq!(got.dmarc_action, Some(DmarcAction::Reject));
        assert_eq!(got.compauth, None);
    }

    #[test]
    fn several_signatures_and_a_null_sender_are_kept() {
        let got = parse(
            "spf=fail (sender IP is 198.51.100.7) smtp.helo=mx.sim.example; dkim=fail (body hash did not verify) \
             header.d=sim.example;dkim=pass (signature was verified) header.d=esp.example;dmarc=none action=none \
             header.from=;compauth=none reason=451",
        );
        assert_eq!(got.dkim.len(), 2);
        assert_eq!(got.dkim[0].detail.as_deref(), Some("body hash did not verify"));
        assert_eq!((got.helo.as_deref(), got.mail_from.as_deref()), (Some("mx.sim.example"), None));
        assert_eq!(got.header_from, None);
    }

    #[test]
    fn what_a_sender_writes_into_quotes_or_leaves_open_is_no_result() {
        let results = "compauth=pass reason=100";
        let got = parse(&format!(
            "spf=pass (sender IP is [203.0.113.10] (relay)) smtp.mailfrom=\"a;dmarc=fail action=oreject b\"@x.example; \
             dmarc=pass action=none header.from=x.example;{results}"
        ));
        assert_eq!(got.sender_ip.map(|ip| ip.to_string()).as_deref(), Some("203.0.113.10"));
        assert_eq!(got.mail_from.as_deref(), Some("\"a;dmarc=fail action=oreject b\"@x.example"));
        assert_eq!(
            (got.dmarc, got.dmarc_action),
            (Some(AuthResult::Pass), Some(DmarcAction::None))
        );
        let got =
            parse(&format!("spf=pass smtp.mailfrom=\"a b; dmarc=fail ( ( header.from=y;{results}"));
        assert_eq!((got.mail_from.as_deref(), got.dmarc), (Some("\"a"), Some(AuthResult::Fail)));
    }

    #[test]
    fn letters_of_any_alphabet_stay_in_their_value() {
        let got = parse(
            "dkim=\u{202e}X header.d=bücher.example; dmarc=fail action=ö header.from=x.example",
        );
        assert_eq!(got.dkim[0].result.to_string(), "\u{202e}X");
        assert_eq!(got.dkim[0].domain.as_deref(), Some("bücher.example"));
        assert_eq!(got.header_from.as_deref(), Some("x.example"));
    }

    #[test]
    fn parentheses_that_never_close_take_no_longer_than_their_length() {
        // Searching the rest of the text at each of them would take minutes.
        let got = parse(&format!("spf=pass {} smtp.mailfrom=a.example", "( ".repeat(500_000)));
        assert_eq!(got.mail_from.as_deref(), Some("a.example"));
    }

    #[test]
    fn another_systems_header_is_not_taken_for_microsofts() {
        let got = parse(
            "mx.google.com; dkim=pass header.i=@sim.example header.s=s1; spf=pass smtp.mailfrom=a@sim.example",
        );
        assert!(!got.is_microsoft());
        assert_eq!(got.spf, Some(AuthResult::Pass));
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in ".{0,200}") {
            let _ = parse(&text);
        }
    }
}
