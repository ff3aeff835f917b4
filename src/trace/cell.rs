//! Cells of a record: where they stand, and how quotes and charsets are undone.

use super::encoding::Charset;
use memchr::memchr;
use std::cell::{Cell, OnceCell};

/// The cells of one record within a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'a> {
    /// The block.
    pub(super) bytes: &'a [u8],
    /// The block as text, if all of it is UTF-8.
    pub(super) text: Option<&'a str>,
    /// Where the first cell begins.
    pub(super) start: u32,
    /// Where each cell ends; the next begins one byte later.
    pub(super) ends: &'a [u32],
    /// What the bytes mean where they are not UTF-8.
    pub(super) charset: Charset,
    /// Whether `"` is syntax.
    pub(super) quoted: bool,
}

/// Decoded cells of the current record, and what was met on the way.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    cells: Vec<OnceCell<Box<str>>>,
    used: Cell<bool>,
    /// Cells that hold only the name of a .NET type.
    pub(super) lost: Cell<u64>,
    /// Cells with bytes that their charset does not have.
    pub(super) undecodable: Cell<u64>,
}

impl Scratch {
    /// Makes room for the next record.
    #[inline]
    pub(super) fn reset(&mut self, columns: usize) {
        if self.used.get() || self.cells.len() < columns {
            self.renew(columns);
        }
    }

    #[inline(never)]
    fn renew(&mut self, columns: usize) {
        self.used.set(false);
        self.cells.clear();
        self.cells.resize_with(columns, OnceCell::new);
    }
}

impl<'a> Cells<'a> {
    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Where the last cell ends.
    pub(super) fn last_end(&self) -> Option<usize> {
        self.ends.last().map(|end| *end as usize)
    }

    /// The bytes of a cell, quotes included.
    pub(super) fn raw(&self, slot: usize) -> Option<&'a [u8]> {
        let (begin, end) = self.range(slot)?;
        self.bytes.get(begin..end)
    }

    /// Some neighbouring cells as they stand, from the first to the last; `None` where they must be decoded.
    pub(super) fn stretch(&self, first: usize, last: usize) -> Option<&'a str> {
        self.text?.get(self.range(first)?.0..self.range(last)?.1)
    }

    /// A cell as text, unquoted; `None` where that is empty.
    pub(super) fn get<'s>(&'s self, slot: usize, scratch: &'s Scratch) -> Option<&'s str> {
        let (begin, end) = self.range(slot)?;
        // many cells are empty
        if begin == end {
            return None;
        }
        let plain = self.text.and_then(|text| text.get(begin..end));
        match plain.map(|plain| (plain, plain.as_bytes())) {
            // quoted, or perhaps the name of a type
            None | Some((_, [b'"', ..] | [b'S', b'y', ..])) => self.told(slot, begin, end, scratch),
            Some((plain, _)) => Some(plain),
        }
    }

    /// A cell that may be quoted, damaged or no content: apart from [`Cells::get`], which is asked for
    /// every cell and small without this.
    #[inline(never)]
    fn told<'s>(
        &'s self,
        slot: usize,
        mut begin: usize,
        mut end: usize,
        scratch: &'s Scratch,
    ) -> Option<&'s str> {
        let raw = self.bytes.get(begin..end)?;
        match *raw {
            [] => return None,
            [b'"', .., b'"'] if self.quoted && memchr(b'"', &raw[1..raw.len() - 1]).is_none() => {
                (begin, end) = (begin + 1, end - 1);
            }
            [b'"', ..] if self.quoted => return self.decoded(slot, raw, scratch),
            _ => {}
        }
        let plain = match self.text {
            Some(text) => text.get(begin..end),
            // UTF-8 with damage elsewhere in the block, or a charset that has ASCII in common.
            None => std::str::from_utf8(&self.bytes[begin..end])
                .ok()
                .filter(|text| self.charset == Charset::Utf8 || text.is_ascii()),
        };
        match plain {
            Some(text) => told(text, scratch),
            None => self.decoded(slot, raw, scratch),
        }
    }

    fn range(&self, slot: usize) -> Option<(usize, usize)> {
        let end = *self.ends.get(slot)?;
        let begin = match slot.checked_sub(1) {
            None => self.start,
            Some(before) => self.ends[before] + 1,
        };
        Some((begin as usize, end as usize))
    }

    /// The slow way: undo quotes, then the charset, and keep the result for this record.
    fn decoded<'s>(&self, slot: usize, raw: &[u8], scratch: &'s Scratch) -> Option<&'s str> {
        let cell = scratch.cells.get(slot)?;
        let text = cell.get_or_init(|| {
            scratch.used.set(true);
            let plain = if self.quoted { unquoted(raw) } else { raw.to_vec() };
            let (text, damaged) = self.charset.text(plain);
            scratch.undecodable.set(scratch.undecodable.get() + u64::from(damaged));
            text.into()
        });
        told(text, scratch)
    }
}

/// `text`, unless it is empty or `Export-Csv` wrote the name of a collection's type in place of its content
/// (`trace-formats.md §3`).
fn told<'s>(text: &'s str, scratch: &Scratch) -> Option<&'s str> {
    if text.starts_with("System.") && (text.ends_with("[]") || text.ends_with(']')) {
        scratch.lost.set(scratch.lost.get() + 1);
        return None;
    }
    (!text.is_empty()).then_some(text)
}

/// A cell without its quotes. What follows the closing quote stands as it is.
pub(super) fn unquoted(raw: &[u8]) -> Vec<u8> {
    let [b'"', rest @ ..] = raw else { return raw.to_vec() };
    let mut out = Vec::with_capacity(rest.len());
    let mut rest = rest;
    while let Some(quote) = memchr(b'"', rest) {
        out.extend_from_slice(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest {
            [b'"', after @ ..] => {
                out.push(b'"');
                rest = after;
            }
            _ => break,
        }
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(line: &str, slot: usize) -> Option<String> {
        let ends: Vec<u32> = memchr::memchr_iter(b';', line.as_bytes())
            .chain([line.len()])
            .filter_map(|end| u32::try_from(end).ok())
            .collect();
        let cells = Cells {
            bytes: line.as_bytes(),
            text: Some(line),
            start: 0,
            ends: &ends,
            charset: Charset::Utf8,
            quoted: true,
        };
        let mut scratch = Scratch::default();
        scratch.reset(cells.len());
        cells.get(slot, &scratch).map(str::to_owned)
    }

    #[test]
    fn quotes_are_undone_and_doubled_ones_halved() {
        assert_eq!(cell("a;\"b\";c", 1).as_deref(), Some("b"));
        assert_eq!(cell("a;\"b \"\"x\"\", y\";c", 1).as_deref(), Some("b \"x\", y"));
        assert_eq!(cell("\"\"\"Bobby\"\" Ray\"", 0).as_deref(), Some("\"Bobby\" Ray"));
        assert_eq!(cell("a;b", 2), None);
    }

    #[test]
    fn a_quote_inside_an_unquoted_cell_is_text() {
        assert_eq!(cell("5\" screen;x", 0).as_deref(), Some("5\" screen"));
        assert_eq!(cell("\"5\" screen;x", 0).as_deref(), Some("5 screen"));
    }

    #[test]
    fn the_name_of_a_collection_type_is_no_content() {
        assert_eq!(cell("\"System.String[]\";x", 0), None);
        assert_eq!(cell("\"System is down\";x", 0).as_deref(), Some("System is down"));
    }
}
