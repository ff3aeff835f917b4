//! A stretch of a file with its records: what one thread works on at a time. Its memory is used
//! again for the next one.

use super::encoding::{Charset, transcode};
use super::index::{Dialect, Index, Stop};
use std::io;

/// Bytes read beyond a block at a time while its last record is not complete.
const AHEAD: usize = 64 << 10;
/// Bytes read together with a block: the line at its end nearly always ends within them, and the next
/// block reads them once more.
const NEAR: usize = 4 << 10;

/// Bytes from a place in the file: fewer than asked for only at its end.
pub(super) type Fill<'f> = dyn FnMut(u64, &mut [u8]) -> io::Result<usize> + 'f;

/// A stretch of a file.
#[derive(Debug)]
pub(super) struct Block {
    charset: Charset,
    /// Bytes of the file from `base` on, the first `filled` of them valid.
    raw: Vec<u8>,
    filled: usize,
    base: u64,
    /// Whether the file ends with what is filled.
    ended: bool,
    /// Where the records begin in the file, and where the decoded part ends.
    begin: u64,
    cut: u64,
    /// The decoded part, of UTF-16.
    text: Vec<u8>,
    pub(super) index: Index,
}

/// What follows a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Next {
    /// Where the first record of the next block begins.
    pub(super) start: u64,
    /// Bytes from there on that were read while looking for it and are not in the block.
    pub(super) beyond: Option<Vec<u8>>,
}

impl Block {
    pub(super) fn new(charset: Charset) -> Self {
        Block {
            charset,
            raw: Vec::new(),
            filled: 0,
            base: 0,
            ended: false,
            begin: 0,
            cut: 0,
            text: Vec::new(),
            index: Index::default(),
        }
    }

    /// Starts over at `base`, with what is known of the bytes there.
    pub(super) fn restart(&mut self, charset: Charset, base: u64, known: &[u8]) {
        self.charset = charset;
        self.base = base;
        self.ended = false;
        self.filled = known.len();
        if self.raw.len() < known.len() {
            self.raw.resize(known.len(), 0);
        }
        self.raw[..known.len()].copy_from_slice(known);
        self.index.clear();
    }

    /// What has been read.
    pub(super) fn filled(&self) -> &[u8] {
        &self.raw[..self.filled]
    }

    /// Whether the file ends with what has been read.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// What has been read from `offset` on.
    pub(super) fn filled_from(&self, offset: u64) -> &[u8] {
        &self.raw[self.at(offset).min(self.filled)..self.filled]
    }

    /// The bytes that [`Index`] speaks of: UTF-8 or a single-byte charset.
    pub(super) fn data(&self) -> &[u8] {
        match self.charset.unit() {
            1 => &self.raw[self.at(self.begin)..self.at(self.cut)],
            _ => &self.text,
        }
    }

    /// Where in the file `data()[to]` is, given that `data()[from]` is at `offset`.
    pub(super) fn offset_of(&self, to: usize, from: usize, offset: u64) -> u64 {
        offset + self.charset.raw_len(&self.data()[from..to]) as u64
    }

    /// Where in the file [`Block::data`] begins.
    pub(super) fn begin(&self) -> u64 {
        self.begin
    }

    /// Reads up to `end`, and as far behind it as the line there usually goes.
    pub(super) fn read_with_last_line(&mut self, end: u64, fill: &mut Fill<'_>) -> io::Result<()> {
        self.read_to(end + NEAR as u64, fill)
    }

    /// Reads up to `end` or the end of the file.
    fn read_to(&mut self, end: u64, fill: &mut Fill<'_>) -> io::Result<()> {
        let wanted = self.at(end);
        if wanted > self.filled && !self.ended {
            if self.raw.len() < wanted {
                // blocks do not differ by more; what a list outgrows was touched for nothing
                self.raw.resize(wanted + NEAR, 0);
            }
            let got = fill(self.base + self.filled as u64, &mut self.raw[self.filled..wanted])?;
            self.filled += got;
            self.ended = self.filled < wanted;
        }
        Ok(())
    }

    /// The first start of a line at or behind `offset`, which lies between two code units; the end
    /// of what was read where the file ends before or the line is longer than `longest`.
    pub(super) fn line_from(
        &mut self,
        offset: u64,
        longest: usize,
        fill: &mut Fill<'_>,
    ) -> io::Result<u64> {
        let unit = self.charset.unit() as u64;
        let mut from = offset - unit;
        let far = offset + (longest as u64 + 1) * unit;
        let mut ahead = NEAR;
        self.read_to(offset, fill)?;
        loop {
            let whole = self.base + (self.filled as u64 & !(unit - 1));
            if from < whole
                && let Some(line) =
                    self.charset.line_start(&self.raw[self.at(from)..self.at(whole)])
            {
                return Ok(from + line as u64);
            }
            if self.ended || whole >= far {
                return Ok(if self.ended { self.base + self.filled as u64 } else { whole });
            }
            from = whole.max(from);
            self.read_to(whole + ahead as u64, fill)?;
            ahead = (ahead * 2).min(AHEAD);
        }
    }

    /// Finds the records that start at `begin`, a start of a record, or later, but before `end`.
    pub(super) fn split(
        &mut self,
        begin: u64,
        end: u64,
        dialect: &Dialect,
        fill: &mut Fill<'_>,
    ) -> io::Result<Next> {
        self.index.clear();
        self.text.clear();
        (self.begin, self.cut) = (begin, begin);
        self.decode_to(end, dialect, fill)?;
        let limit = self.data().len();
        let mut from = 0;
        loop {
            let last = self.ended && self.cut == self.base + self.filled as u64;
            let Block { charset, raw, base, begin, cut, text, index, .. } = self;
            let place = |offset: u64| (offset - *base) as usize;
            let data =
                if charset.unit() == 1 { &raw[place(*begin)..place(*cut)] } else { &text[..] };
            let start = match index.scan(data, from, limit, last, dialect) {
                Stop::Done(next) => return Ok(self.next(next)),
                Stop::Open(start) => start,
            };
            from = start;
            if data.len() - start > dialect.longest {
                match index.give_up(data, start, dialect) {
                    Some(next) if next < limit => from = next,
                    Some(next) => return Ok(self.next(next)),
                    None => return self.skip_line(fill),
                }
            } else {
                let more = (data.len() - start).max(AHEAD) * self.charset.unit();
                self.decode_to(self.cut + more as u64, dialect, fill)?;
            }
        }
    }

    /// Makes [`Block::data`] reach to the first start of a line at or behind `end`.
    fn decode_to(&mut self, end: u64, dialect: &Dialect, fill: &mut Fill<'_>) -> io::Result<()> {
        let cut = self.line_from(end, dialect.longest, fill)?.max(self.cut);
        if self.charset.unit() == 2 {
            let raw = &self.raw[self.at(self.cut)..self.at(cut)];
            transcode(raw, self.charset, &mut self.text);
        }
        self.cut = cut;
        Ok(())
    }

    fn next(&self, data_offset: usize) -> Next {
        let all = data_offset == self.data().len();
        let start = if all { self.cut } else { self.offset_of(data_offset, 0, self.begin) };
        Next { start, beyond: None }
    }

    /// Goes on to the next line without keeping what is read.
    fn skip_line(&self, fill: &mut Fill<'_>) -> io::Result<Next> {
        let mut chunk = vec![0; AHEAD];
        let mut offset = self.cut;
        // Bytes behind the decoded part that are here already.
        let mut known = self.filled_from(self.cut).to_vec();
        loop {
            if known.is_empty() && !self.ended {
                let got = fill(offset, &mut chunk)?;
                known.extend_from_slice(&chunk[..got]);
            }
            if known.is_empty() {
                return Ok(Next { start: offset, beyond: Some(known) });
            }
            if let Some(line) = self.charset.line_start(&known) {
                let beyond = known.split_off(line);
                return Ok(Next { start: offset + line as u64, beyond: Some(beyond) });
            }
            offset += known.len() as u64;
            known.clear();
        }
    }

    /// Where the file's byte at `offset` is in `raw`.
    fn at(&self, offset: u64) -> usize {
        // A block is far smaller than memory, and never begins behind what is asked of it.
        offset.saturating_sub(self.base) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::index::Kind;

    fn dialect() -> Dialect {
        Dialect {
            delimiter: b',',
            directives: false,
            columns: 2,
            header: Box::default(),
            longest: 1000,
        }
    }

    /// Kinds and offsets of all records, block by block.
    fn records(file: &[u8], charset: Charset, length: u64) -> Vec<(u64, Kind)> {
        let fill = &mut |offset: u64, out: &mut [u8]| {
            let rest = file.get(offset as usize..).unwrap_or_default();
            let count = rest.len().min(out.len());
            out[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        };
        let mut block = Block::new(charset);
        let (mut begin, mut found) = (0, Vec::new());
        while begin < file.len() as u64 {
            block.restart(charset, begin, &[]);
            let next = block.split(begin, begin + length, &dialect(), fill).unwrap();
            for record in &block.index.records {
                found.push((block.offset_of(record.start as usize, 0, begin), record.kind));
            }
            assert!(next.start > begin, "{begin}");
            begin = next.start;
        }
        found
    }

    fn wide(text: &[u8]) -> Vec<u8> {
        text.iter().flat_map(|byte| [*byte, 0]).collect()
    }

    #[test]
    fn lines_longer_than_a_record_are_refused_whatever_the_blocks() {
        let long = "x".repeat(200_000);
        let file = format!("a,b\n{long},b\nc,d\n{long}").into_bytes();
        let expected =
            [(0, Kind::Row), (4, Kind::TooLong), (200_007, Kind::Row), (200_011, Kind::TooLong)];
        for length in [2, 100, 1000, 1 << 20] {
            assert_eq!(records(&file, Charset::Utf8, length), expected, "{length}");
            let doubled: Vec<_> = expected.iter().map(|(at, kind)| (at * 2, *kind)).collect();
            assert_eq!(records(&wide(&file), Charset::Utf16Le, length), doubled, "{length}");
        }
    }

    #[test]
    fn a_block_reads_little_of_the_next_one() {
        let file = "some,line\n".repeat(100_000).into_bytes();
        let mut read = 0;
        let fill = &mut |offset: u64, out: &mut [u8]| {
            out.copy_from_slice(&file[offset as usize..][..out.len()]);
            read += out.len();
            Ok(out.len())
        };
        let mut block = Block::new(Charset::Utf8);
        block.restart(Charset::Utf8, 0, &[]);
        let next = block.split(0, 256 << 10, &dialect(), fill).unwrap();
        assert_eq!(next.start, (256u64 << 10).next_multiple_of(10));
        assert!(read <= (256 << 10) + NEAR, "{read}");
    }

    #[test]
    fn a_cell_that_is_never_closed_costs_its_line_whatever_the_blocks() {
        let lines = format!("{}\n", "x".repeat(100)).repeat(100);
        let file = format!("\"a,b\n{lines}\nc,d\n").into_bytes();
        for length in [2, 100, 1000, 1 << 20] {
            let found = records(&file, Charset::Utf8, length);
            assert_eq!((found.len(), found[0]), (102, (0, Kind::Unclosed)), "{length}");
            assert_eq!(found[101], (file.len() as u64 - 4, Kind::Row), "{length}");
        }
    }
}
