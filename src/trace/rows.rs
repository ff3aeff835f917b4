//! From the records of a block to rows for the fold.

use super::block::Block;
use super::cell::{Cells, Scratch};
use super::encoding::Charset;
use super::index::{Dialect, Kind, MAX_LINES};
use super::opening;
use super::report::{Counts, Refusal};
use super::row::Row;
use super::table::Table;
use std::borrow::Cow;
use std::sync::Arc;

/// What every row of a file shares.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) source: Arc<str>,
    pub(super) charset: Charset,
    pub(super) dialect: Dialect,
}

/// What became of some rows.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    /// The first refusals.
    pub(super) refusals: Vec<Refusal>,
    pub(super) repeated_headers: u64,
    /// Cells that a spreadsheet has cut.
    pub(super) cut_cells: u64,
    /// Cells that hold only the name of a .NET type.
    pub(super) lost_cells: u64,
    /// Cells with bytes that are no characters.
    pub(super) undecodable: u64,
}

impl Tally {
    /// Adds what became of later rows, keeping at most `most` refusals.
    pub(super) fn append(&mut self, later: Tally, most: usize) {
        self.counts.add(later.counts);
        let room = most.saturating_sub(self.refusals.len());
        self.refusals.extend(later.refusals.into_iter().take(room));
        self.repeated_headers += later.repeated_headers;
        self.cut_cells += later.cut_cells;
        self.lost_cells += later.lost_cells;
        self.undecodable += later.undecodable;
    }

    /// Counts one row.
    pub(super) fn count(&mut self, outcome: Result<(), Refusal>, most: usize) {
        self.counts.read += 1;
        match outcome {
            Ok(()) => self.counts.used += 1,
            Err(refusal) => {
                self.counts.refused += 1;
                if self.refusals.len() < most {
                    self.refusals.push(refusal);
                }
            }
        }
    }

    /// Counts what decoding has met.
    pub(super) fn count_cells(&mut self, scratch: &Scratch) {
        self.lost_cells += scratch.lost.take();
        self.undecodable += scratch.undecodable.take();
    }
}

/// The table that holds behind a block, if it holds `table` before it.
pub(super) fn table_behind(block: &Block, shared: &Shared, table: &Arc<Table>) -> Arc<Table> {
    let last = block.index.records.iter().rposition(|record| record.kind == Kind::Fields);
    match last {
        Some(at) => Arc::new(changed(block, shared, table, at)),
        None => Arc::clone(table),
    }
}

fn changed(block: &Block, shared: &Shared, table: &Table, at: usize) -> Table {
    let rest = &block.data()[block.index.records[at].start as usize..];
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    opening::changed(table, line, shared.dialect.delimiter, shared.charset)
}

/// Hands the rows of a block to `each`; the first one has `number`.
pub(super) fn fold(
    block: &Block,
    shared: &Shared,
    table: &Arc<Table>,
    number: u64,
    most_refusals: usize,
    mut each: impl FnMut(&Row<'_>) -> Result<(), Refusal>,
) -> Tally {
    let bytes = block.data();
    let text = match shared.charset {
        Charset::Byte(_) => None,
        _ => simdutf8::basic::from_utf8(bytes).ok(),
    };
    let charset = if shared.charset.unit() == 2 { Charset::Utf8 } else { shared.charset };
    let mut table = Arc::clone(table);
    let mut scratch = Scratch::default();
    let mut tally = Tally { repeated_headers: block.index.repeated_headers, ..Tally::default() };
    let (mut number, mut offset, mut at_byte) = (number, block.begin(), 0);
    for (at, record) in block.index.records.iter().enumerate() {
        if record.kind == Kind::Fields {
            table = Arc::new(changed(block, shared, &table, at));
            continue;
        }
        let start = record.start as usize;
        offset = block.offset_of(start, at_byte, offset);
        at_byte = start;
        let ends = block.index.cells(at);
        let cells = Cells { bytes, text, start: record.start, ends, charset, quoted: true };
        scratch.reset(ends.len());
        let row = Row {
            format: table.format(),
            source: &shared.source,
            number,
            offset: Some(offset),
            table: &table,
            cells,
            scratch: &scratch,
        };
        tally.cut_cells += cut_cells(&cells);
        let outcome = match misshapen(&row, record.kind, shared.dialect.longest, &bytes[start..]) {
            Some(refusal) => Err(refusal),
            None => each(&row),
        };
        tally.count(outcome, most_refusals);
        number += 1;
    }
    tally.count_cells(&scratch);
    tally
}

/// Why a record is no row of its table.
fn misshapen(row: &Row<'_>, kind: Kind, longest: usize, rest: &[u8]) -> Option<Refusal> {
    let expected: Cow<'static, str> = match kind {
        Kind::Unclosed => format!(
            "a closing quote within {MAX_LINES} lines, and {} columns",
            row.table.names.len()
        )
        .into(),
        Kind::TooLong => format!("a row of at most {longest} bytes").into(),
        Kind::Row | Kind::Fields => {
            let (found, wanted) = (row.cells.len(), row.table.names.len());
            if found == wanted {
                return None;
            }
            // A spreadsheet ends rows with empty cells; nothing is lost with them.
            let is_spare = |slot| row.cells.raw(slot).is_some_and(<[u8]>::is_empty);
            if found > wanted && (wanted..found).all(is_spare) {
                return None;
            }
            return Some(columns(row, found, wanted, rest));
        }
    };
    let line = &rest[..rest.len().min(Refusal::MAX_FOUND)];
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let found = String::from_utf8_lossy(line);
    Some(Refusal::new(row.source, row.number, "row", &found, expected))
}

fn columns(row: &Row<'_>, found: usize, wanted: usize, rest: &[u8]) -> Refusal {
    let cut =
        if memchr::memchr(b'\n', rest).is_none() { "; the file ends in this row" } else { "" };
    let found = format!("{found} column{}{cut}", if found == 1 { "" } else { "s" });
    Refusal::new(
        row.source,
        row.number,
        "row",
        &found,
        format!("{wanted} columns, as in the header"),
    )
}

/// Cells that end where Excel cuts: at 32,767 characters (`trace-formats.md §17`).
fn cut_cells(cells: &Cells<'_>) -> u64 {
    const LONGEST: usize = 32_767;
    let Some(end) = cells.last_end() else { return 0 };
    if end - cells.start as usize <= LONGEST {
        return 0;
    }
    let is_cut = |slot: &usize| {
        let cell = cells.raw(*slot).unwrap_or_default();
        cell.len() >= LONGEST && {
            let text = String::from_utf8_lossy(&super::cell::unquoted(cell)).encode_utf16().count();
            text == LONGEST
        }
    };
    (0..cells.len()).filter(is_cut).count() as u64
}
