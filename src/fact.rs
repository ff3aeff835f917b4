//! Facts and the place each one came from.
//!
//! A parsed value without its origin is not a fact: whatever a rule concludes, it must be able to
//! show the file, the line or row, the field and the raw value behind it.

use std::borrow::Cow;
use std::sync::Arc;

/// Where in a source a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Line of a message or text file, counted from 1.
    Line(u32),
    /// Record of a table (header row not counted), counted from 1.
    Row(u64),
    /// The source as a whole: a configuration object, a campaign file.
    Whole,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Line(line) => write!(f, "line {line}"),
            Place::Row(row) => write!(f, "row {row}"),
            Place::Whole => f.write_str("whole file"),
        }
    }
}

/// One raw value as the source has it: what a report quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Path of the file as the user named it, `-` for standard input, `a.zip:b.eml` for a member.
    pub source: Arc<str>,
    /// Line or row within the source.
    pub place: Place,
    /// Header, column or configuration property, spelled as the source spells it.
    pub field: Cow<'static, str>,
    /// The raw value, unfolded, never paraphrased. See [`Evidence::MAX_VALUE`].
    pub value: Arc<str>,
}

impl Evidence {
    /// Longest value kept, in bytes; a longer one is cut at a character and marked with `…`.
    pub const MAX_VALUE: usize = 4096;

    /// Evidence with `value` cut to [`Evidence::MAX_VALUE`].
    pub fn new(
        source: &Arc<str>,
        place: Place,
        field: impl Into<Cow<'static, str>>,
        value: &str,
    ) -> Self {
        let value =
            if value.len() > Self::MAX_VALUE { cut(value).into() } else { Arc::from(value) };
        Evidence { source: Arc::clone(source), place, field: field.into(), value }
    }

    /// As [`Evidence::new`], of a value that is shared with others.
    pub fn sharing(
        source: &Arc<str>,
        place: Place,
        field: impl Into<Cow<'static, str>>,
        value: &Arc<str>,
    ) -> Self {
        if value.len() > Self::MAX_VALUE {
            return Self::new(source, place, field, value);
        }
        let (source, value) = (Arc::clone(source), Arc::clone(value));
        Evidence { source, place, field: field.into(), value }
    }

    /// `value`, to be kept: shared where it is what is quoted.
    pub fn share(&self, value: &str) -> Arc<str> {
        if *self.value == *value { Arc::clone(&self.value) } else { value.into() }
    }
}

/// The beginning of a value that is too long to be quoted whole.
fn cut(value: &str) -> String {
    let mut end = Evidence::MAX_VALUE;
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}… ({} bytes)", &value[..end], value.len())
}

/// A typed value together with the evidence that states it.
///
/// Facts read from one header share one [`Evidence`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact<T> {
    /// What the source says, typed.
    pub value: T,
    /// Where it says so.
    pub evidence: Arc<Evidence>,
}

impl<T> Fact<T> {
    /// A fact stated by `evidence`.
    pub fn new(value: T, evidence: &Arc<Evidence>) -> Self {
        Fact { value, evidence: Arc::clone(evidence) }
    }
}
