//! A text read line by line with a bound: a line without end comes in pieces.

use std::io::{self, BufRead, BufReader, Read};

/// Longest piece, in bytes.
const LONGEST: u64 = 64 * 1024;

/// A source of lines and pieces of overlong lines.
pub(super) struct Pieces<R> {
    reader: BufReader<R>,
    /// The next piece, where it was looked at already.
    ahead: Option<Vec<u8>>,
    starts_line: bool,
}

impl<R: Read> Pieces<R> {
    pub(super) fn new(source: R) -> Self {
        let reader = BufReader::with_capacity(64 * 1024, source);
        Pieces { reader, ahead: None, starts_line: true }
    }

    /// Replaces `piece` by the next one, line end included; `None` at the end, else whether the
    /// piece starts a line.
    pub(super) fn next(&mut self, piece: &mut Vec<u8>) -> io::Result<Option<bool>> {
        piece.clear();
        match self.ahead.take() {
            Some(ahead) => *piece = ahead,
            None => self.read(piece)?,
        }
        if piece.is_empty() {
            return Ok(None);
        }
        let starts = std::mem::replace(&mut self.starts_line, piece.ends_with(b"\n"));
        Ok(Some(starts))
    }

    /// The next piece, empty at the end; it stays the next one.
    pub(super) fn peek(&mut self) -> io::Result<&[u8]> {
        if self.ahead.is_none() {
            let mut ahead = Vec::new();
            self.read(&mut ahead)?;
            self.ahead = Some(ahead);
        }
        Ok(self.ahead.as_deref().unwrap_or_default())
    }

    fn read(&mut self, piece: &mut Vec<u8>) -> io::Result<()> {
        (&mut self.reader).take(LONGEST).read_until(b'\n', piece).map(drop)
    }
}

/// A line without its end.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
