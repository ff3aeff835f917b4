//! The `key:value;…` grammar that Microsoft's anti-spam stamps share (`headers.md` §1.1, §2).

use super::bytes::{self, Table, is_one};
use super::headers;
use crate::marks::Marks;
use std::sync::Arc;

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
    let mut ends = Marks::new(value, b';');
    let mut rest = Some(0);
    let pieces = std::iter::from_fn(move || {
        let start = rest?;
        let end = ends.next();
        rest = end.map(|end| end + 1);
        Some(value[start..end.unwrap_or(value.len())].trim_ascii())
    });
    pieces.filter(|piece| !piece.is_empty()).map(piece)
}

fn piece(text: &str) -> Piece<'_> {
    // The oldest form runs `(null)` into the next key: `UIP:(null);(null);(null)SFV:SKI`.
    let keyed = text.strip_prefix("(null)").filter(|rest| rest.contains(':')).unwrap_or(text);
    match keyed.bytes().position(|byte| !is_one(&OF_KEY, byte)) {
        Some(end) if end > 0 && keyed.as_bytes()[end] == b':' => {
            Piece::Pair(&keyed[..end], keyed[end + 1..].trim_ascii())
        }
        _ => Piece::Bare(text),
    }
}

/// Bytes of a key.
static OF_KEY: Table = bytes::alphanumeric_and(b"-_");

/// The first value of `key` in a stamp, unless it is empty.
pub fn first<'a>(value: &'a str, key: &str) -> Option<&'a str> {
    pieces(value).find_map(|piece| match piece {
        Piece::Pair(name, value) if !value.is_empty() && name.eq_ignore_ascii_case(key) => {
            Some(value)
        }
        _ => None,
    })
}

/// The pairs of a stamp in order, unknown and repeated keys included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs {
    text: Arc<str>,
    spans: Vec<Span>,
}

/// Where the key and the value of a pair stand in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    /// [`headers::key`] of the key.
    glance: u64,
    key: Part,
    value: Part,
}

/// Begin and end of a part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part(u32, u32);

impl Pairs {
    /// The pairs of a stamp, and its pieces that are none.
    pub fn parse(value: &str) -> (Self, Vec<Box<str>>) {
        Self::of(value.into())
    }

    /// As [`Pairs::parse`], of a text that is shared with others.
    pub fn of(text: Arc<str>) -> (Self, Vec<Box<str>>) {
        let value = &*text;
        let mut spans = Vec::with_capacity(16);
        let mut leftovers = Vec::new();
        let place = |part: &str| {
            let start = (part.as_ptr() as usize).saturating_sub(value.as_ptr() as usize);
            let offset = |n| u32::try_from(n).unwrap_or(u32::MAX);
            Part(offset(start), offset(start + part.len()))
        };
        for piece in pieces(value) {
            match piece {
                Piece::Pair(key, value) => {
                    let glance = headers::key(&[key.as_bytes()]);
                    spans.push(Span { glance, key: place(key), value: place(value) });
                }
                Piece::Bare(text) => leftovers.push(text.into()),
            }
        }
        (Pairs { text, spans }, leftovers)
    }

    fn part(&self, Part(begin, end): Part) -> &str {
        self.text.get(begin as usize..end as usize).unwrap_or_default()
    }

    /// Keys and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.spans.iter().map(|span| (self.part(span.key), self.part(span.value)))
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
    #[inline]
    pub fn first(&self, key: &str) -> Option<&str> {
        self.first_like(headers::key(&[key.as_bytes()]), key)
    }

    fn first_like(&self, glance: u64, key: &str) -> Option<&str> {
        let stated = |span: &&Span| span.glance == glance && span.value.0 < span.value.1;
        let mut alike = self.spans.iter().filter(stated);
        let found = alike.find(|span| self.part(span.key).eq_ignore_ascii_case(key))?;
        Some(self.part(found.value))
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

    #[test]
    fn the_first_value_that_is_none_empty_counts_whatever_the_case_of_its_key() {
        let value = "SRV:;sfv:SKI;SFV:NSPM;A-Key-Of-Its-Own:1;B-Key-Of-Its-Own:2;H:x";
        let (pairs, _) = Pairs::parse(value);
        let table = [
            ("SFV", Some("SKI")),
            ("srv", None),
            ("b-key-of-its-own", Some("2")),
            ("c-key-of-its-own", None),
            ("h", Some("x")),
            ("", None),
        ];
        for (key, want) in table {
            assert_eq!((pairs.first(key), first(value, key)), (want, want), "{key}");
        }
    }
}
