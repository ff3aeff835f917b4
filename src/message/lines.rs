//! The lines of a header block: which are fields, which continue one, and where the block ends.

use super::headers::{BYTE_ORDER_MARK, Field, Split};
use super::names::{self, Memory};
use crate::marks::LongMarks;

/// The fields of a block as they are found.
pub(super) struct Lines {
    pub(super) fields: Vec<Field>,
    /// How many of them have a value that stands on several lines.
    pub(super) folded: u32,
}

impl Lines {
    /// None as yet; `fields` is what they are put into.
    pub(super) fn new(mut fields: Vec<Field>) -> Self {
        fields.clear();
        Lines { fields, folded: 0 }
    }

    /// Finds the fields of `block`, up to the first blank line behind one.
    pub(super) fn take(&mut self, block: &[u8], first_line: u32, memory: &mut Memory) -> Split {
        let mut split = Split::default();
        let mut at = if block.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let mut number = first_line;
        let mut started = false;
        let mut feeds = LongMarks::new(block, b'\n');
        let mut line_end = || feeds.next().map_or(block.len(), |feed| feed + 1);
        while at < block.len() {
            let (begin, line) = (at, number);
            at = line_end();
            number += 1;
            let first = &block[begin..at];
            if matches!(first, b"\n" | b"\r\n" | b"\r") {
                if started {
                    split.ended = true;
                    break;
                }
                continue;
            }
            let name = memory.name_of(first);
            if name.is_none() && (started || !first.starts_with(b"From ")) {
                split.stray_lines += 1;
                if split.first_stray == 0 {
                    split.first_stray = line;
                }
            }
            started = true;
            // What continues a line that is no field is taken to go on with the field before it.
            if name.is_some() || !self.fields.is_empty() {
                while matches!(block.get(at), Some(b' ' | b'\t')) {
                    at = line_end();
                    number += 1;
                }
            }
            let first_end = begin + first.len();
            let Some((known, colon)) = name else {
                self.prolong(block, first_end, at);
                continue;
            };
            split.odd_name |= known.traits.odd || colon >= names::USUAL_LENGTH;
            let value = trim_end(&block[begin + colon + 1..at]);
            let end = begin + colon + 1 + value.len();
            let value = trim_start(value);
            let value_begin = end - value.len();
            let folded = end > first_end
                && (value_begin < first_end || memchr::memchr(b'\n', value).is_some());
            self.fields.push(Field {
                key: known.key,
                name: offset(begin),
                name_end: offset(begin + known.name.len()),
                value: offset(value_begin),
                end: offset(end),
                line,
                folded: folded.then_some(self.folded),
                traits: known.traits,
            });
            self.folded += u32::from(folded);
        }
        split.body = at;
        split.body_line = number;
        split
    }

    /// Takes the lines from `begin` to `end`, if any, into the value of the last field.
    fn prolong(&mut self, block: &[u8], begin: usize, end: usize) {
        let lines = block[begin..end].trim_ascii_end();
        let Some(field) = self.fields.last_mut().filter(|_| !lines.is_empty()) else { return };
        if field.value == field.end {
            // All of the value stands behind the line that is no field.
            field.value = offset(begin);
        }
        field.end = offset(begin + lines.len());
        if field.folded.is_none() {
            field.folded = Some(self.folded);
            self.folded += 1;
        }
    }
}

/// `value` without blanks and the line end behind it: most have nothing but a line end there.
fn trim_end(value: &[u8]) -> &[u8] {
    match value {
        [text @ .., b'\r', b'\n'] | [text @ .., b'\n']
            if text.last().is_some_and(|last| *last > b' ') =>
        {
            text
        }
        _ => value.trim_ascii_end(),
    }
}

/// `value` without blanks in front of it: most have one.
fn trim_start(value: &[u8]) -> &[u8] {
    match value {
        [b' ', text @ ..] if text.first().is_some_and(|first| *first > b' ') => text,
        _ => value.trim_ascii_start(),
    }
}

fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
