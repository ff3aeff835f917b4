//! What became of every row: used, refused or dropped as a duplicate, and what a user must know of
//! each file.

use super::format::Format;
use crate::error::Error;
use crate::fact::Place;
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// What the reading of all inputs came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// One entry per input, in order.
    pub files: Vec<FileReport>,
    /// The first refusals, in input order, at most [`super::reader::Options::refusals`].
    pub refusals: Vec<Refusal>,
}

impl Report {
    /// Sums over all inputs.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        self.files.iter().for_each(|file| sum.add(file.counts));
        sum
    }

    /// Inputs that could not be read, or not to their end.
    pub fn errors(&self) -> impl Iterator<Item = &Error> {
        self.files.iter().filter_map(|file| file.error.as_ref())
    }

    /// Puts the report of later inputs behind this one.
    pub fn append(&mut self, mut later: Report, refusals: usize) {
        self.files.append(&mut later.files);
        self.refusals.append(&mut later.refusals);
        self.refusals.truncate(refusals);
    }
}

/// What became of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// Path as the user named it.
    pub source: Arc<str>,
    /// The export it is; `None` if it could not be told.
    pub format: Option<Format>,
    /// Its rows.
    pub counts: Counts,
    /// Bytes read.
    pub bytes: u64,
    /// What a reader of the results must know, one sentence each.
    pub notes: Vec<String>,
    /// Why it could not be read, or not to its end.
    pub error: Option<Error>,
}

/// Rows: `read` = `used` + `refused` + `duplicates`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records, headers and directives not counted.
    pub read: u64,
    /// Rows that went into the result.
    pub used: u64,
    /// Rows that are not understood.
    pub refused: u64,
    /// Rows that repeat another one.
    pub duplicates: u64,
}

impl Counts {
    /// Adds other rows.
    pub fn add(&mut self, other: Counts) {
        self.read += other.read;
        self.used += other.used;
        self.refused += other.refused;
        self.duplicates += other.duplicates;
    }

    /// Says that `rows` of those used repeat others: known only when all rows are joined.
    pub fn drop_duplicates(&mut self, rows: u64) {
        let rows = rows.min(self.used);
        self.used -= rows;
        self.duplicates += rows;
    }
}

/// A row that was not used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Path as the user named it.
    pub source: Arc<str>,
    /// Number of the record, from 1.
    pub row: u64,
    /// Header cell, spelled as in the file; `row` where the row as a whole is wrong.
    pub column: Box<str>,
    /// What stands there, cut to [`Refusal::MAX_FOUND`].
    pub found: Box<str>,
    /// What should stand there.
    pub expected: Cow<'static, str>,
}

impl Refusal {
    /// Most bytes of the offending value that are kept.
    pub const MAX_FOUND: usize = 120;

    /// A refusal of `row`.
    pub fn new(
        source: &Arc<str>,
        row: u64,
        column: impl Into<Box<str>>,
        found: &str,
        expected: impl Into<Cow<'static, str>>,
    ) -> Self {
        let found = match found.char_indices().find(|(at, _)| *at >= Self::MAX_FOUND) {
            Some((cut, _)) => format!("{}…", &found[..cut]).into(),
            None => found.into(),
        };
        let source = Arc::clone(source);
        Refusal { source, row, column: column.into(), found, expected: expected.into() }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::Value {
            path: refusal.source,
            place: Place::Row(refusal.row),
            field: refusal.column.into(),
            found: format!("“{}”", refusal.found),
            expected: refusal.expected.into_owned(),
        }
    }
}

/// How far the reading is: for a progress bar on another thread.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes of all plain files; streams have no known size.
    pub total: AtomicU64,
    /// Bytes read.
    pub bytes: AtomicU64,
    /// Rows read.
    pub rows: AtomicU64,
}
