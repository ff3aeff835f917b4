//! The statements that a worker has met.
//!
//! Every row makes some, nearly always those that others made before: a few letters, such as `SPM`,
//! `-1` or `US`. Such a value is one number, which is found without a hash map.

use super::desk::TEXTS;
use super::pair::{Order, RowAt};
use super::store::Store;
use super::words::Word;
use crate::trace::statement::Kind;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// Places for short values.
const SHORT: usize = 256;

/// Statements by kind and value.
#[derive(Debug, Default)]
pub(super) struct Words {
    known: Vec<Known>,
    /// Places in `known`, of each kind.
    all: Vec<HashMap<Box<str>, usize, RandomState>>,
    /// Short values met last, each at the place that its number gives.
    short: Vec<Near>,
}

/// A short value at hand.
#[derive(Debug, Clone, Copy)]
struct Near {
    short: Short,
    word: Word,
    /// A row that makes the statement; no row behind it is the first one.
    row: RowAt,
}

impl Near {
    /// No value has that length.
    const NONE: Near = Near {
        short: Short { bytes: 0, length: u8::MAX, kind: Kind::Event },
        word: 0,
        row: RowAt::FIRST,
    };
}

/// A statement, and the first row that makes it of those that this worker read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) word: Word,
    pub(super) row: RowAt,
    /// Source of a row that was found to stand behind `row`, as all rows of that source do.
    pub(super) behind: u32,
}

impl Known {
    /// Tells of a row that makes the statement; whether it is now the first.
    pub(super) fn begins_at(&mut self, store: &Store, at: RowAt) -> bool {
        let same = self.row.source() == at.source();
        let before = match same {
            true => at.row() < self.row.row(),
            false => self.behind != at.source() && store.is_before(at, self.row),
        };
        if before {
            self.row = at;
        }
        if before || !same {
            self.behind = at.source();
        }
        before
    }
}

impl Words {
    /// The statement that the row at `at` makes, if it was met lately, in a row before that.
    #[inline]
    pub(super) fn near(&self, kind: Kind, value: &str, at: RowAt) -> Option<Word> {
        let short = Short::of(kind, value)?;
        let near = self.short.get(short.place())?;
        (near.short == short && near.row.is_same_or_before(at)).then_some(near.word)
    }

    /// The statement that the row at `at` makes, if it was met; to be told of that row.
    pub(super) fn get(&mut self, kind: Kind, value: &str, at: RowAt) -> Option<&mut Known> {
        let place = *self.all.get(kind as usize)?.get(value)?;
        let known = self.known.get_mut(place)?;
        if let Some(short) = Short::of(kind, value) {
            self.short.resize(SHORT, Near::NONE);
            self.short[short.place()] = Near { short, word: known.word, row: at };
        }
        Some(known)
    }

    /// Keeps a statement that is new, unless there are too many of its kind.
    pub(super) fn add(&mut self, kind: Kind, value: &str, known: Known) {
        let slot = kind as usize;
        if self.all.len() <= slot {
            self.all.resize_with(slot + 1, HashMap::default);
        }
        if self.all[slot].len() < TEXTS {
            self.all[slot].insert(value.into(), self.known.len());
            self.known.push(known);
        }
    }
}

/// A kind and a value of at most eight bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Short {
    bytes: u64,
    length: u8,
    kind: Kind,
}

impl Short {
    fn of(kind: Kind, value: &str) -> Option<Short> {
        let value = value.as_bytes();
        // looks that overlap take in every byte without a loop
        let bytes = match (value, value.first_chunk::<4>(), value.last_chunk::<4>()) {
            ([], ..) => 0,
            ([first, .., last], None, _) => {
                u64::from(u32::from_le_bytes([*first, value[value.len() / 2], *last, 0]))
            }
            ([only], ..) => u64::from(*only),
            (_, Some(head), Some(tail)) if value.len() <= 8 => {
                u64::from(u32::from_le_bytes(*head)) << 32 | u64::from(u32::from_le_bytes(*tail))
            }
            _ => return None,
        };
        Some(Short { bytes, length: value.len() as u8, kind })
    }

    /// Its place among [`SHORT`].
    fn place(self) -> usize {
        let key = self.bytes ^ u64::from(self.length) << 48 ^ u64::from(self.kind as u8) << 56;
        (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_statement_is_found_by_its_kind_and_every_byte_of_its_value(values in prop::collection::vec("[ab]{0,10}", 0..400), kinds in prop::collection::vec(any::<bool>(), 400)) {
            let mut words = Words::default();
            let mut plain = HashMap::new();
            for (value, kind) in values.iter().zip(kinds) {
                let kind = if kind { Kind::Sfv } else { Kind::Country };
                let next = plain.len() as Word;
                let expected = plain.get(&(kind, value)).copied();
                let at = RowAt::new(0, 1);
                let near = words.near(kind, value, at);
                prop_assert!(near.is_none() || near == expected);
                prop_assert_eq!(words.get(kind, value, at).map(|known| known.word), expected);
                let is_short = value.len() <= 8;
                prop_assert_eq!(words.near(kind, value, at), expected.filter(|_| is_short));
                prop_assert_eq!(words.near(kind, value, RowAt::FIRST), None);
                if expected.is_none() {
                    plain.insert((kind, value), next);
                    words.add(kind, value, Known { word: next, row: RowAt::new(0, 1), behind: 0 });
                }
            }
        }
    }
}
