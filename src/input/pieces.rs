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

    /// Leaves out what stands before the next line that begins with `--`, or some of it: much faster
    /// than line by line where nothing else is of interest.
    pub(super) fn skip_to_dashes(&mut self) -> io::Result<()> {
        while self.ahead.is_none() {
            let buffer = self.reader.fill_buf()?;
            let at_dash = self.starts_line && buffer.starts_with(b"-");
            if buffer.is_empty() || at_dash {
                break;
            }
            if let Some(at) = dashes(buffer) {
                self.reader.consume(at + 1);
                self.starts_line = true;
                break;
            }
            // The end of the buffer may be the beginning of what is looked for.
            let kept = [&b"\n-"[..], b"\n"].into_iter().find(|end| buffer.ends_with(end));
            let plain = buffer.len() - kept.map_or(0, <[u8]>::len);
            self.starts_line &= plain == 0;
            self.reader.consume(plain);
            if kept.is_some() {
                break;
            }
        }
        Ok(())
    }

    fn read(&mut self, piece: &mut Vec<u8>) -> io::Result<()> {
        (&mut self.reader).take(LONGEST).read_until(b'\n', piece).map(drop)
    }
}

/// Where a line ends before one that begins with `--`.
fn dashes(text: &[u8]) -> Option<usize> {
    /// Dashes that are looked at one by one: packed content, most of what is long, has none at all, and a
    /// single byte is found faster than three.
    const SOME: usize = 16;
    let mut from = 1;
    for _ in 0..SOME {
        let dash = from + memchr::memchr(b'-', text.get(from..)?)?;
        if text[dash - 1] == b'\n' && text.get(dash + 1) == Some(&b'-') {
            return Some(dash - 1);
        }
        from = dash + 1;
    }
    memchr::memmem::find(&text[from - 1..], b"\n--").map(|at| from - 1 + at)
}

/// A line without its end.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    /// The lines that begin with dashes, with and without skipping.
    fn dashed(text: &[u8], at_once: usize, skip: bool) -> io::Result<Vec<Vec<u8>>> {
        let mut pieces = Pieces::new(Slow(text, at_once));
        let (mut found, mut piece) = (Vec::new(), Vec::new());
        loop {
            if skip {
                pieces.skip_to_dashes()?;
            }
            match pieces.next(&mut piece)? {
                Some(true) if piece.starts_with(b"--") => found.push(piece.clone()),
                Some(_) => {}
                None => return Ok(found),
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn skipping_loses_no_line_that_begins_with_dashes(
            text in "([-a\n\r]|\n--){0,60}",
            at_once in 1_usize..200,
        ) {
            let all = dashed(text.as_bytes(), at_once, false).unwrap();
            proptest::prop_assert_eq!(dashed(text.as_bytes(), at_once, true).unwrap(), all);
        }
    }
}
