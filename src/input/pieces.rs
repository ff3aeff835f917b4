//! A text read line by line with a bound: a line without end comes in pieces.

use std::io::{self, BufRead, BufReader, Read};

/// Longest piece, in bytes.
const LONGEST: u64 = 64 * 1024;

/// A source of lines and pieces of overlong lines.
pub(super) struct Pieces<R> {
    reader: BufReader<R>,
    starts_line: bool,
}

impl<R: Read> Pieces<R> {
    pub(super) fn new(source: R) -> Self {
        Pieces { reader: BufReader::with_capacity(64 * 1024, source), starts_line: true }
    }

    /// Replaces `piece` by the next one, line end included; `None` at the end, else whether the
    /// piece starts a line.
    pub(super) fn next(&mut self, piece: &mut Vec<u8>) -> io::Result<Option<bool>> {
        piece.clear();
        if (&mut self.reader).take(LONGEST).read_until(b'\n', piece)? == 0 {
            return Ok(None);
        }
        let starts = std::mem::replace(&mut self.starts_line, piece.ends_with(b"\n"));
        Ok(Some(starts))
    }

    /// The first bytes of the next line, as far as they are at hand.
    pub(super) fn peek(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }
}

/// A line without its end.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
