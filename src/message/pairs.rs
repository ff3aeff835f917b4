//! The `key:value;…` grammar that Microsoft's anti-spam stamps share (`headers.md` §1.1, §2).

use nom::bytes::complete::{tag, take_while1};
use nom::sequence::terminated;
use nom::{IResult, Parser};
use std::ops::Range;

/// One piece between semicolons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// `KEY:VALUE`, split at the first colon only: an IPv6 address has more.
    Pair(&'a str, &'a str),
    /// A piece without a colon, as it stands.
    Bare(&'a str),
}

/// The pieces of a stamp in order. Empty pieces (`; ;`) are no pieces; every other one is kept.
pub fn pieces(value: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b';', value.as_bytes()).chain([value.len()]);
    let pieces = ends.map(move |end| {
        let piece = value[start..end].trim_ascii();
        start = end + 1;
        piece
    });
    pieces.filter(|piece| !piece.is_empty()).map(piece)
}

fn piece(text: &str) -> Piece<'_> {
    // The oldest form runs `(null)` into the next key: `UIP:(null);(null);(null)SFV:SKI`.
    let keyed = text.strip_prefix("(null)").filter(|rest| rest.contains(':')).unwrap_or(text);
    let of_key = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let parsed: IResult<&[u8], &[u8]> =
        terminated(take_while1(of_key), tag(":")).parse(keyed.as_bytes());
    match parsed {
        Ok((_, key)) => {
            let (key, value) = keyed.split_at(key.len());
            Piece::Pair(key, value[1..].trim_ascii())
        }
        Err(_) => Piece::Bare(text),
    }
}

/// The pairs of a stamp in order, unknown and repeated keys included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs {
    text: Box<str>,
    spans: Vec<Span>,
}

/// Where the key and the value of a pair stand in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    /// First letter of the key, lower case.
    first: u8,
    key: Range<usize>,
    value: Range<usize>,
}

impl Pairs {
    /// The pairs of a stamp, and its pieces that are none.
    pub fn parse(value: &str) -> (Self, Vec<Box<str>>) {
        let mut spans = Vec::with_capacity(16);
        let mut leftovers = Vec::new();
        let place = |part: &str| {
            let start = (part.as_ptr() as usize).saturating_sub(value.as_ptr() as usize);
            start..start + part.len()
        };
        for piece in pieces(value) {
            match piece {
                Piece::Pair(key, value) => {
                    let first = key.as_bytes().first().map_or(0, u8::to_ascii_lowercase);
                    spans.push(Span { first, key: place(key), value: place(value) });
                }
                Piece::Bare(text) => leftovers.push(text.into()),
            }
        }
        (Pairs { text: value.into(), spans }, leftovers)
    }

    /// Keys and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let text = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
        self.spans.iter().map(move |span| (text(&span.key), text(&span.value)))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The first value of `key`, unless it is empty.
    pub fn first(&self, key: &str) -> Option<&str> {
        let first = key.as_bytes().first().map(u8::to_ascii_lowercase);
        let may_be = |span: &&Span| span.key.len() == key.len() && Some(span.first) == first;
        let mut values = self.spans.iter().filter(may_be).filter(|span| !span.value.is_empty());
        let found = values.find(|span| {
            self.text.get(span.key.clone()).is_some_and(|name| name.eq_ignore_ascii_case(key))
        })?;
        self.text.get(found.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::Piece::{Bare, Pair};
    use super::*;

    #[test]
    fn every_form_of_the_last_ten_years_splits_without_loss() {
        let table: &[(&str, &[Piece<'_>])] = &[
            ("CIP:203.0.113.5;CTRY:US;", &[Pair("CIP", "203.0.113.5"), Pair("CTRY", "US")]),
            ("CIP:2001:db8::219;SRV:;", &[Pair("CIP", "2001:db8::219"), Pair("SRV", "")]),
            (
                "SPF:None; LANG:en; ; SKIP:1; ",
                &[Pair("SPF", "None"), Pair("LANG", "en"), Pair("SKIP", "1")],
            ),
            (
                "UIP:(null);(null);(null)SFV:SKI",
                &[Pair("UIP", "(null)"), Bare("(null)"), Pair("SFV", "SKI")],
            ),
            (
                "SFV:SKI;SCL:-1;SFV:NSPM",
                &[Pair("SFV", "SKI"), Pair("SCL", "-1"), Pair("SFV", "NSPM")],
            ),
            ("", &[]),
            (";;;", &[]),
        ];
        for (value, want) in table {
            assert_eq!(pieces(value).collect::<Vec<_>>(), *want, "{value}");
        }
    }
}
