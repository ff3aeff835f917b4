//! An input, opened: of which kind it is, and how its next part is read.

use super::block::Block;
use super::dates::DateOrder;
use super::encoding::Charset;
use super::file::Blocks;
use super::gather::Part;
use super::json;
use super::opening::{self, Content, HEAD, Opening};
use super::reader::{Body, Input, Options};
use super::report::Refusal;
use super::row::Row;
use super::rows::{self, Shared, Tally};
use super::settle::{Settled, settle};
use super::source::{Positional, handle, read_stream};
use super::stream::Stream;
use super::table::Table;
use crate::error::Error;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// An open input.
pub(super) struct Job<'i> {
    source: Arc<str>,
    /// What is to be said of it before any row is read.
    notes: Vec<String>,
    kind: Kind<'i>,
}

enum Kind<'i> {
    Blocks(Blocks<'i>),
    Stream(Stream<'i>),
    Json(Mutex<Option<json::Source<'i>>>),
}

/// Bytes of a stream that are read ahead to settle its dates.
const AHEAD: usize = 64 << 20;

/// Folds the rows of a block into a result of their own.
pub(super) struct Fold<'f, W, A> {
    pub(super) make: &'f (dyn Fn() -> W + Sync),
    pub(super) each: &'f (dyn Fn(&mut W, &Row<'_>) -> Result<(), Refusal> + Sync),
    pub(super) end: &'f (dyn Fn(W) -> A + Sync),
    /// Refusals kept per part.
    pub(super) refusals: usize,
}

impl<'i> Job<'i> {
    /// Opens an input: reads its first bytes, tells what it is, settles its dates.
    pub(super) fn open(input: Input<'i>, options: &Options<'_>) -> Result<Job<'i>, Error> {
        let source = input.source;
        let unreadable =
            |error: io::Error| Error::Read { path: Arc::clone(&source), reason: error.to_string() };
        match input.body {
            Body::Bytes(bytes) => {
                let size = bytes.len() as u64;
                Self::open_positional(&source, Positional::Bytes(bytes), size, options)
            }
            Body::File(path) => match open_file(&path).map_err(unreadable)? {
                (file, Some(size)) => {
                    Self::open_positional(&source, Positional::File(handle(file)), size, options)
                }
                // A pipe or device: no size, no places.
                (file, None) => Self::open_stream(&source, Box::new(file), options),
            },
            Body::Stream(reader) => Self::open_stream(&source, reader, options),
        }
    }

    fn open_positional(
        source: &Arc<str>,
        bytes: Positional<'i>,
        size: u64,
        options: &Options<'_>,
    ) -> Result<Self, Error> {
        let unreadable =
            |error: io::Error| Error::Read { path: Arc::clone(source), reason: error.to_string() };
        let mut head = vec![0; usize::try_from(size).unwrap_or(HEAD).min(HEAD)];
        let got = bytes.read_at(0, &mut head).map_err(unreadable)?;
        head.truncate(got);
        let mut opening = match opening::open(source, &head, options.encoding, options.longest_row)?
        {
            Content::Table(opening) => opening,
            Content::Json(charset) => {
                return Ok(Self::json(source, Box::new(Walk { bytes, offset: 0 }), charset));
            }
        };
        let shared = shared(source, &opening);
        let settled = match options.date_order {
            Some(order) => told(order),
            None => settle(&bytes, &opening, &shared).map_err(unreadable)?,
        };
        let notes = prepare(&mut opening, settled, true);
        let Opening { table, data_start, .. } = opening;
        let blocks = Blocks::new(shared, table, bytes, size, data_start, options.block);
        Ok(Job { source: Arc::clone(source), notes, kind: Kind::Blocks(blocks) })
    }

    fn open_stream(
        source: &Arc<str>,
        mut reader: Box<dyn Read + Send + 'i>,
        options: &Options<'_>,
    ) -> Result<Self, Error> {
        let mut head = vec![0; HEAD];
        let (got, outcome) = read_stream(&mut *reader, &mut head);
        head.truncate(got);
        if let (Err(error), 0) = (&outcome, got) {
            return Err(Error::Read { path: Arc::clone(source), reason: error.to_string() });
        }
        // Bytes that came before a failure are good; the failure comes again behind them.
        let mut reader = failing(reader, outcome);
        let mut opening = match opening::open(source, &head, options.encoding, options.longest_row)?
        {
            Content::Table(opening) => opening,
            Content::Json(charset) => {
                return Ok(Self::json(source, Box::new(Cursor::new(head).chain(reader)), charset));
            }
        };
        let shared = shared(source, &opening);
        let mut whole = got < HEAD;
        let mut settled = match options.date_order {
            Some(order) => told(order),
            None => settle_ahead(&head, &opening, &shared),
        };
        if settled.ambiguous && !whole {
            head.resize(AHEAD, 0);
            let (more, outcome) = read_stream(&mut *reader, &mut head[HEAD..]);
            head.truncate(HEAD + more);
            whole = head.len() < AHEAD;
            reader = failing(reader, outcome);
            settled = settle_ahead(&head, &opening, &shared);
        }
        let notes = prepare(&mut opening, settled, whole);
        let Opening { table, data_start, .. } = opening;
        let stream = Stream::new(shared, table, reader, &head, data_start, options.block);
        Ok(Job { source: Arc::clone(source), notes, kind: Kind::Stream(stream) })
    }

    fn json(source: &Arc<str>, reader: Box<dyn Read + Send + 'i>, charset: Charset) -> Self {
        let json = json::Source::new(reader, charset);
        Job {
            source: Arc::clone(source),
            notes: Vec::new(),
            kind: Kind::Json(Mutex::new(Some(json))),
        }
    }

    /// Reads the next part and folds its rows: its place in the input, and what came of it. `None`
    /// when nothing is left to take.
    pub(super) fn work<W, A>(
        &self,
        block: &mut Block,
        fold: &Fold<'_, W, A>,
    ) -> Option<(u64, Part<A>)> {
        match &self.kind {
            Kind::Blocks(blocks) => {
                let taken = blocks.take(block)?;
                let (result, tally) =
                    fold_block(fold, block, &blocks.shared, &taken.link.table, taken.link.number);
                let part = self.part(&taken.link.table, result, tally, taken.bytes, taken.outcome);
                Some((taken.at, Part { first: taken.at == 0, last: taken.last, ..part }))
            }
            Kind::Stream(stream) => {
                let taken = stream.take(block)?;
                let (result, tally) =
                    fold_block(fold, block, &stream.shared, &taken.table, taken.number);
                let part = self.part(&taken.table, result, tally, taken.bytes, taken.outcome);
                Some((taken.at, Part { first: taken.at == 0, last: taken.last, ..part }))
            }
            Kind::Json(json) => {
                let json = json.lock().unwrap_or_else(PoisonError::into_inner).take()?;
                let mut worker = (fold.make)();
                let mut each = |row: &Row<'_>| (fold.each)(&mut worker, row);
                let read = json.fold(&self.source, fold.refusals, &mut each);
                let part = Part {
                    source: Arc::clone(&self.source),
                    definition: read.definition,
                    result: Some((fold.end)(worker)),
                    tally: read.tally,
                    bytes: read.bytes,
                    notes: read
                        .definition
                        .and_then(|d| d.caveat)
                        .map(str::to_owned)
                        .into_iter()
                        .collect(),
                    error: read.error,
                    first: true,
                    last: true,
                };
                Some((0, part))
            }
        }
    }

    fn part<A>(
        &self,
        table: &Table,
        result: A,
        tally: Tally,
        bytes: u64,
        outcome: io::Result<()>,
    ) -> Part<A> {
        let unreadable = |error: io::Error| Error::Read {
            path: Arc::clone(&self.source),
            reason: error.to_string(),
        };
        Part {
            source: Arc::clone(&self.source),
            definition: Some(table.definition),
            result: Some(result),
            tally,
            bytes,
            notes: self.notes.clone(),
            error: outcome.err().map(unreadable),
            first: false,
            last: false,
        }
    }
}

fn fold_block<W, A>(
    fold: &Fold<'_, W, A>,
    block: &Block,
    shared: &Shared,
    table: &Arc<Table>,
    number: u64,
) -> (A, Tally) {
    let mut worker = (fold.make)();
    let each = |row: &Row<'_>| (fold.each)(&mut worker, row);
    let tally = rows::fold(block, shared, table, number, fold.refusals, each);
    ((fold.end)(worker), tally)
}

/// An open file, and its size if it has one.
fn open_file(path: &Path) -> io::Result<(File, Option<u64>)> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    Ok((file, meta.is_file().then_some(meta.len())))
}

fn shared(source: &Arc<str>, opening: &Opening) -> Shared {
    Shared {
        source: Arc::clone(source),
        charset: opening.charset,
        dialect: opening.dialect.clone(),
    }
}

fn told(order: DateOrder) -> Settled {
    Settled { order, ambiguous: false, local: false }
}

fn settle_ahead(head: &[u8], opening: &Opening, shared: &Shared) -> Settled {
    // Bytes in memory cannot fail to be read.
    settle(&Positional::Bytes(head), opening, shared).unwrap_or_else(|_| told(DateOrder::DayFirst))
}

/// Gives the table its date order, and says what a user must know. `whole` tells that all dates
/// were looked at.
fn prepare(opening: &mut Opening, settled: Settled, whole: bool) -> Vec<String> {
    let table = Arc::make_mut(&mut opening.table);
    table.order = settled.order;
    let mut notes: Vec<String> = table.definition.caveat.map(str::to_owned).into_iter().collect();
    if settled.ambiguous {
        let (order, other) = match settled.order {
            DateOrder::DayFirst => ("day first", "mdy"),
            DateOrder::MonthFirst => ("month first", "dmy"),
        };
        let seen = if whole { "no date" } else { "no date among the first rows" };
        notes.push(format!(
            "{seen} tells day from month; dates are read with the {order} (--date-order {other} for the other way)"
        ));
    }
    if settled.local && table.definition.iso_dates {
        notes.push(
            "dates are not in the form this export writes: a spreadsheet may have rewritten them, cut long cells and dropped seconds"
                .into(),
        );
    }
    notes
}

/// A reader that fails, once its bytes are used up, as `outcome` did before.
fn failing<'i>(
    reader: Box<dyn Read + Send + 'i>,
    outcome: io::Result<()>,
) -> Box<dyn Read + Send + 'i> {
    match outcome {
        Ok(()) => reader,
        Err(error) => Box::new(Failing(Some(error))),
    }
}

struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// A file that is walked through.
struct Walk<'i> {
    bytes: Positional<'i>,
    offset: u64,
}

impl Read for Walk<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read_at(self.offset, out)?;
        self.offset += count as u64;
        Ok(count)
    }
}
