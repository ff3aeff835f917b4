//! Facts and the place each one came from.
//!
//! A parsed value without its origin is not a fact: whatever a rule concludes, it must be able to
//! show the file, the line or row, the field and the raw value behind it.

use crate::message::sourced::SourcedHeaders;
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
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

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
}

/// The beginning of a value that is too long to be quoted whole.
fn cut(value: &str) -> String {
    let mut end = Evidence::MAX_VALUE;
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}… ({} bytes)", &value[..end], value.len())
}

/// What a fact rests on: evidence, or a header that becomes evidence when somebody looks at it, as of
/// most messages nobody does.
#[derive(Clone)]
pub struct Citation(Cited);

/// What is cited.
#[derive(Clone)]
enum Cited {
    Kept(Arc<Evidence>),
    /// The header that begins on that line.
    Header(Arc<SourcedHeaders>, u32),
}

impl Citation {
    /// The header of the block that begins on that line.
    pub(crate) fn of_header(headers: &Arc<SourcedHeaders>, line: u32) -> Self {
        Citation(Cited::Header(Arc::clone(headers), line))
    }

    /// Line or row within the source.
    pub fn place(&self) -> Place {
        match &self.0 {
            Cited::Kept(evidence) => evidence.place,
            Cited::Header(_, line) => SourcedHeaders::place(*line),
        }
    }

    /// Whether the header, column or property that is cited has that name, in any case.
    pub fn is_of(&self, field: &str) -> bool {
        let cited = match &self.0 {
            Cited::Kept(evidence) => &*evidence.field,
            Cited::Header(headers, line) => headers.name(*line),
        };
        cited.eq_ignore_ascii_case(field)
    }

    /// The same, to be kept: without the headers that a cited one stands among.
    #[must_use]
    pub fn kept(&self) -> Self {
        Arc::clone(self.evidence()).into()
    }

    fn evidence(&self) -> &Arc<Evidence> {
        match &self.0 {
            Cited::Kept(evidence) => evidence,
            Cited::Header(headers, line) => headers.evidence(*line),
        }
    }
}

impl Deref for Citation {
    type Target = Evidence;

    fn deref(&self) -> &Evidence {
        self.evidence()
    }
}

impl From<Arc<Evidence>> for Citation {
    fn from(evidence: Arc<Evidence>) -> Self {
        Citation(Cited::Kept(evidence))
    }
}

impl From<Evidence> for Citation {
    fn from(evidence: Evidence) -> Self {
        Arc::new(evidence).into()
    }
}

impl PartialEq for Citation {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Cited::Header(a, line), Cited::Header(b, other)) if Arc::ptr_eq(a, b) => line == other,
            _ => self.evidence() == other.evidence(),
        }
    }
}

impl Eq for Citation {}

impl fmt::Debug for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.evidence().fmt(f)
    }
}

/// A typed value together with the evidence that states it.
///
/// Facts read from one header share one [`Evidence`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact<T> {
    /// What the source says, typed.
    pub value: T,
    /// Where it says so.
    pub evidence: Citation,
}

impl<T> Fact<T> {
    /// A fact stated by `evidence`.
    pub fn new(value: T, evidence: &Citation) -> Self {
        Fact { value, evidence: evidence.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::headers::Headers;

    fn headers(source: &str) -> Arc<SourcedHeaders> {
        let (headers, _) = Headers::split(b"A: 1\nB: 2\n folded\nb: 3\n", 1);
        SourcedHeaders::new(&Arc::from(source), headers)
    }

    #[test]
    fn a_cited_header_is_the_evidence_that_its_line_is() {
        let headers = headers("t.eml");
        let cited = Citation::of_header(&headers, 2);
        assert_eq!(
            (cited.place(), cited.is_of("b"), cited.is_of("A")),
            (Place::Line(2), true, false)
        );
        let evidence = Evidence::new(&Arc::from("t.eml"), Place::Line(2), "B", "2 folded");
        assert_eq!(*cited, evidence);
        assert_eq!(format!("{cited:?}"), format!("{evidence:?}"));
        let kept = Citation::from(evidence);
        assert_eq!((kept.place(), kept.is_of("b"), kept.is_of("A")), (Place::Line(2), true, false));
        assert_eq!(kept, cited);
    }

    #[test]
    fn every_citation_of_one_header_shows_the_same_evidence() {
        let headers = headers("t.eml");
        let [first, second] = [2, 2].map(|line| Citation::of_header(&headers, line));
        assert_eq!(first, second);
        assert!(std::ptr::eq(&*first.kept(), &*second.clone()));
        assert_ne!(first, Citation::of_header(&headers, 4));
    }

    #[test]
    fn citations_are_equal_where_their_evidence_is() {
        let of = |source, line| Citation::of_header(&headers(source), line);
        assert_eq!(of("t.eml", 4), of("t.eml", 4));
        assert_ne!(of("t.eml", 4), of("u.eml", 4));
        assert_ne!(of("t.eml", 4), of("t.eml", 1));
    }

    #[test]
    fn kept_evidence_outlives_the_headers() {
        let headers = headers("t.eml");
        let kept = Citation::of_header(&headers, 1).kept();
        assert_eq!(Arc::strong_count(&headers), 1);
        drop(headers);
        assert_eq!(&*kept.value, "1");
    }
}
