//! Where records and cells are in a block of bytes: one pass, nothing decoded, nothing copied.
//!
//! A quote is syntax only at the start of a cell (RFC 4180; elsewhere it is text). A quoted cell may
//! hold line ends, but a quote that is never closed must not swallow the file: a record over several
//! lines stands only if it closes within [`MAX_LINES`] and [`Dialect::longest`] and has as many cells as
//! the header; else its first line alone is refused and reading goes on with the next. What a record
//! is depends on the bytes behind its start and on nothing else, so that any division of a file into
//! blocks finds the same records.

mod ends;

use super::separators::{Places, separators};
use crate::marks::CHUNK;
use ends::Ends;
use fearless_simd::{Level, Simd, dispatch};
use memchr::memchr;

/// Most lines of one record.
pub(super) const MAX_LINES: usize = 256;

/// What differs between tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Byte between cells.
    pub(super) delimiter: u8,
    /// Whether the file has `#Fields:` lines. Such logs never hold a line end in a cell
    /// (`trace-formats.md §5`).
    pub(super) directives: bool,
    /// Cells of the header.
    pub(super) columns: usize,
    /// The header line, without line end: joined files repeat it.
    pub(super) header: Box<[u8]>,
    /// Most bytes of a record.
    pub(super) longest: usize,
}

/// What a stretch of lines is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A row with its cells.
    Row,
    /// A line with a quote that is not closed.
    Unclosed,
    /// A record beyond [`Dialect::longest`].
    TooLong,
    /// A `#Fields:` line: a new header, no row.
    Fields,
}

/// One record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    /// Its first byte.
    pub(super) start: u32,
    /// Its first entry in [`Index::ends`]; the entries go up to those of the next record.
    first: u32,
    pub(super) kind: Kind,
}

/// How a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// All records that start before the limit are known; the next one starts here.
    Done(usize),
    /// The record that starts here goes beyond the data.
    Open(usize),
}

/// Records and cells of a block.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) records: Vec<Record>,
    /// Ends of all cells.
    ends: Ends,
    /// Lines equal to the header.
    pub(super) repeated_headers: u64,
}

/// How far one pass came.
enum Run {
    Done(usize),
    /// The record at `start` cannot be one; the line end is its first.
    Broken {
        start: usize,
        line_end: usize,
    },
    /// The data ends inside the record at `start`: in a quoted cell or not, after a line end or not.
    /// Its cells so far stand from `first` on.
    Open {
        start: usize,
        first: usize,
        quoted: bool,
        line_end: Option<usize>,
    },
}

impl Index {
    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.ends.clear();
        self.repeated_headers = 0;
    }

    /// Rows, refused ones included.
    pub(super) fn rows(&self) -> u64 {
        self.records.iter().filter(|record| record.kind != Kind::Fields).count() as u64
    }

    /// Ends of the cells of record `at`.
    pub(super) fn cells(&self, at: usize) -> &[u32] {
        let first = |record: &Record| record.first as usize;
        let begin = self.records.get(at).map_or(self.ends.len(), first);
        let end = self.records.get(at + 1).map_or(self.ends.len(), first);
        &self.ends[begin..end]
    }

    /// Adds the records of `data` that start in `from..limit`; both are starts of lines. `last`
    /// tells that nothing follows `data`. Data must be shorter than 4 GiB.
    pub(super) fn scan(
        &mut self,
        data: &[u8],
        from: usize,
        limit: usize,
        last: bool,
        dialect: &Dialect,
    ) -> Stop {
        let mut from = from;
        while from < limit {
            let run = dispatch!(Level::new(), simd => self.run(simd, data, from, limit, dialect));
            match run {
                Run::Done(next) => return Stop::Done(next),
                Run::Broken { start, line_end } => from = self.break_off(start, line_end, dialect),
                Run::Open { start, first, .. } if !last => {
                    self.ends.truncate(first);
                    return Stop::Open(start);
                }
                Run::Open { start, first, quoted, line_end } => {
                    let whole =
                        !quoted && self.is_whole(line_end, data.len() - start, first, dialect);
                    match line_end {
                        Some(line_end) if !whole => {
                            self.ends.truncate(first);
                            from = self.break_off(start, line_end, dialect);
                            continue;
                        }
                        None if quoted => {
                            self.ends.truncate(first);
                            self.break_off(start, data.len(), dialect);
                        }
                        _ => self.finish(data, start, data.len(), first, dialect),
                    }
                    return Stop::Done(data.len());
                }
            }
        }
        Stop::Done(from)
    }

    /// Ends the record at `start`, which has more than [`Dialect::longest`] bytes in `data` without end:
    /// the start of the next line, if `data` has it.
    pub(super) fn give_up(
        &mut self,
        data: &[u8],
        start: usize,
        dialect: &Dialect,
    ) -> Option<usize> {
        match memchr(b'\n', &data[start..]) {
            Some(length) => Some(self.break_off(start, start + length, dialect)),
            None => {
                self.refuse(start, self.ends.len(), Kind::TooLong);
                None
            }
        }
    }

    /// Goes on until the data ends or a record is none.
    #[inline(always)]
    fn run<S: Simd>(
        &mut self,
        simd: S,
        data: &[u8],
        from: usize,
        limit: usize,
        dialect: &Dialect,
    ) -> Run {
        let (mut start, mut cell) = (from, from);
        let (mut quoted, mut pair, mut lines, mut line_end) = (false, usize::MAX, 0, None);
        let mut first = self.ends.len();
        let mut base = from;
        while base < data.len() {
            let Places { mut delimiters, mut others } =
                separators(simd, &data[base..], dialect.delimiter);
            loop {
                // all cells that end before the next quote or line end
                let next = others & others.wrapping_neg();
                let ends = delimiters & next.wrapping_sub(1);
                delimiters ^= ends;
                if !quoted && ends != 0 {
                    cell = base + CHUNK - ends.leading_zeros() as usize;
                    self.ends.add(simd, base as u32, ends);
                }
                if next == 0 {
                    break;
                }
                others ^= next;
                let at = base + next.trailing_zeros() as usize;
                if data[at] == b'"' {
                    if !quoted {
                        quoted = at == cell;
                    } else if at == pair {
                        pair = usize::MAX;
                    } else if data.get(at + 1) == Some(&b'"') {
                        pair = at + 1;
                    } else {
                        quoted = false;
                    }
                } else if quoted {
                    let line_end = *line_end.get_or_insert(at);
                    lines += 1;
                    if dialect.directives || lines > MAX_LINES {
                        self.ends.truncate(first);
                        return Run::Broken { start, line_end };
                    }
                } else {
                    if let Some(line_end) = line_end
                        && !self.is_whole(Some(line_end), at - start, first, dialect)
                    {
                        self.ends.truncate(first);
                        return Run::Broken { start, line_end };
                    }
                    self.finish(data, start, at, first, dialect);
                    (start, cell, lines, line_end, first) =
                        (at + 1, at + 1, 0, None, self.ends.len());
                    if start >= limit {
                        return Run::Done(start);
                    }
                }
            }
            base += CHUNK;
        }
        if start >= data.len() {
            return Run::Done(start);
        }
        Run::Open { start, first, quoted, line_end }
    }

    /// Whether a record that has ended, with all but its last cell known, may be one: over several
    /// lines only with the header's number of cells.
    fn is_whole(
        &self,
        line_end: Option<usize>,
        length: usize,
        first: usize,
        dialect: &Dialect,
    ) -> bool {
        let cells = self.ends.len() - first + 1;
        line_end.is_none() || (cells == dialect.columns && length <= dialect.longest)
    }

    /// Adds the record from `start` to `end`, whose inner cell ends stand from `first` on.
    fn finish(&mut self, data: &[u8], start: usize, end: usize, first: usize, dialect: &Dialect) {
        let line = match &data[start..end] {
            [line @ .., b'\r'] => line,
            line => line,
        };
        // A mark inside a file is a seam of joined files.
        let about = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        let kind = match about {
            [] => None,
            _ if line.len() > dialect.longest => Some(Kind::TooLong),
            [b'#', ..] if let Some(directive) = Directive::of(about) => match directive {
                Directive::Fields if dialect.directives => Some(Kind::Fields),
                Directive::Log if dialect.directives => None,
                // a line of its own where tables were joined, perhaps with the empty cells of a spreadsheet
                Directive::Type if self.is_one_cell(data, start + line.len(), first, dialect) => {
                    None
                }
                _ => Some(Kind::Row),
            },
            _ if *about == *dialect.header => {
                self.repeated_headers += 1;
                None
            }
            _ => Some(Kind::Row),
        };
        match kind {
            Some(Kind::Row) => {
                self.ends.push((start + line.len()) as u32);
                self.records.push(Record {
                    start: start as u32,
                    first: first as u32,
                    kind: Kind::Row,
                });
            }
            Some(kind) => self.refuse(start, first, kind),
            None => self.ends.truncate(first),
        }
    }

    /// Whether the record that ends at `end`, whose inner cell ends stand from `first` on, has nothing
    /// behind its first cell.
    fn is_one_cell(&self, data: &[u8], end: usize, first: usize, dialect: &Dialect) -> bool {
        let behind = self.ends.get(first).map_or(end, |cell| *cell as usize);
        data[behind..end].iter().all(|byte| *byte == dialect.delimiter)
    }

    /// Adds a record without cells.
    fn refuse(&mut self, start: usize, first: usize, kind: Kind) {
        self.ends.truncate(first);
        self.records.push(Record { start: start as u32, first: first as u32, kind });
    }

    /// Refuses the first line of the record at `start`: where the next line begins.
    fn break_off(&mut self, start: usize, line_end: usize, dialect: &Dialect) -> usize {
        let kind = if line_end - start > dialect.longest { Kind::TooLong } else { Kind::Unclosed };
        self.refuse(start, self.ends.len(), kind);
        line_end + 1
    }
}

/// A line that is not of the table but about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directive {
    /// `#Fields: …` is the header from here on.
    Fields,
    /// `#Software`, `#Version`, `#Log-type`, `#Date` (`trace-formats.md §5`).
    Log,
    /// `#TYPE …` of Windows PowerShell (§3).
    Type,
}

impl Directive {
    /// The directive of a line.
    pub(super) fn of(line: &[u8]) -> Option<Directive> {
        const NAMES: [(&[u8], Directive); 6] = [
            (b"#Fields:", Directive::Fields),
            (b"#Software:", Directive::Log),
            (b"#Version:", Directive::Log),
            (b"#Log-type:", Directive::Log),
            (b"#Date:", Directive::Log),
            (b"#TYPE ", Directive::Type),
        ];
        let begins = |name: &[u8]| {
            line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        NAMES.iter().find(|(name, _)| begins(name)).map(|(_, directive)| *directive)
    }
}

#[cfg(test)]
mod tests;
