//! The headers of a message as something to cite.

use super::headers::{Header, Headers};
use crate::fact::{Citation, Evidence, Place};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// Headers and the source they stand in. Each becomes evidence once, when somebody looks at it.
#[derive(Debug)]
pub struct SourcedHeaders {
    source: Arc<str>,
    headers: Headers,
    /// What the headers became, in order, and the block as a whole behind them.
    evidence: OnceLock<Vec<OnceLock<Arc<Evidence>>>>,
}

impl SourcedHeaders {
    /// Stands for the block as a whole where a line is told.
    const WHOLE: u32 = 0;
    /// What the block as a whole is called.
    const WHOLE_NAME: &str = "headers";

    /// The headers of `source`.
    pub fn new(source: &Arc<str>, headers: Headers) -> Arc<Self> {
        let source = Arc::clone(source);
        Arc::new(SourcedHeaders { source, headers, evidence: OnceLock::new() })
    }

    /// A citation of one of them.
    pub fn cite(self: &Arc<Self>, header: Header<'_>) -> Citation {
        Citation::of_header(self, header.line)
    }

    /// A citation of the block as a whole.
    pub fn cite_whole(self: &Arc<Self>) -> Citation {
        Citation::of_header(self, Self::WHOLE)
    }

    /// Where the header that begins on that line stands.
    pub(crate) fn place(line: u32) -> Place {
        if line == Self::WHOLE { Place::Whole } else { Place::Line(line) }
    }

    /// The name of the header that begins on that line.
    pub(crate) fn name(&self, line: u32) -> &str {
        self.headers.on_line(line).map_or(Self::WHOLE_NAME, |(_, header)| header.name)
    }

    /// The evidence that the header that begins on that line is.
    pub(crate) fn evidence(&self, line: u32) -> &Arc<Evidence> {
        let found = self.headers.on_line(line);
        let evidence = self.evidence.get_or_init(|| self.slots());
        evidence[found.map_or(self.headers.len(), |(at, _)| at)].get_or_init(|| {
            Arc::new(match found {
                Some((_, header)) => {
                    let (name, value) = (header.name.to_owned(), header.shared());
                    Evidence::sharing(&self.source, Place::Line(line), name, &value)
                }
                None => Evidence::new(&self.source, Place::Whole, Self::WHOLE_NAME, ""),
            })
        })
    }

    /// A slot for the evidence of each header, and one for that of the block.
    fn slots(&self) -> Vec<OnceLock<Arc<Evidence>>> {
        std::iter::repeat_with(OnceLock::new).take(self.headers.len() + 1).collect()
    }
}

impl Deref for SourcedHeaders {
    type Target = Headers;

    fn deref(&self) -> &Headers {
        &self.headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_and_the_block_as_a_whole_can_be_cited() {
        let source = Arc::from("t.eml");
        let (headers, _) = Headers::split(b"A: 1\nSubject: 2\n folded\n", 7);
        let headers = SourcedHeaders::new(&source, headers);
        let subject = headers.cite(headers.get("subject").unwrap());
        assert_eq!(*subject, Evidence::new(&source, Place::Line(8), "Subject", "2 folded"));
        let whole = headers.cite_whole();
        assert_eq!((whole.place(), whole.is_of("headers")), (Place::Whole, true));
        assert_eq!(*whole, Evidence::new(&source, Place::Whole, "headers", ""));
    }
}
