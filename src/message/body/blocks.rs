//! A body in pieces, cut where a boundary line may stand, with memory that does not grow.

use memchr::memmem::Finder;
use std::io::{self, ErrorKind, Read};

/// A piece of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block<'a> {
    /// Bytes that hold no line beginning with `--`, except where such a line is over-long.
    Data(&'a [u8]),
    /// A whole line that begins with `--`, its line ending included.
    Dashes(&'a [u8]),
}

/// Bytes held at a time.
const SIZE: usize = 64 * 1024;

/// Longest line that may be a boundary: RFC 2046 allows 70 characters.
const LINE_MAX: usize = 1024;

/// Cuts what a reader gives into [`Block`]s.
pub(super) struct Blocks<'r> {
    reader: &'r mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    line_start: bool,
    line: u32,
    finder: Finder<'static>,
}

impl<'r> Blocks<'r> {
    /// Blocks of what `reader` gives, whose first line has the number `line`; `buffer` is used for
    /// what is held.
    pub(super) fn new(reader: &'r mut dyn Read, line: u32, mut buffer: Vec<u8>) -> Self {
        buffer.resize(SIZE, 0);
        Blocks {
            reader,
            buffer,
            start: 0,
            end: 0,
            ended: false,
            line_start: true,
            line,
            finder: Finder::new("\n--"),
        }
    }

    /// The next block and the number of the line that it begins on; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<(Block<'_>, u32)>> {
        let (length, dashes) = loop {
            let held = &self.buffer[self.start..self.end];
            if held.is_empty() {
                if self.ended {
                    return Ok(None);
                }
                self.fill()?;
                continue;
            }
            if self.line_start && b"--".starts_with(&held[..held.len().min(2)]) {
                let newline = memchr::memchr(b'\n', &held[..held.len().min(LINE_MAX)]);
                match newline {
                    Some(newline) if held.starts_with(b"--") => break (newline + 1, true),
                    None if held.len() < LINE_MAX && !self.ended => {
                        self.fill()?;
                        continue;
                    }
                    None if held.len() < LINE_MAX && held.starts_with(b"--") => {
                        break (held.len(), true);
                    }
                    _ => {}
                }
            }
            let undecided = usize::from(!self.ended && held.ends_with(b"\n-"));
            let length = self.finder.find(held).map_or(held.len() - undecided, |at| at + 1);
            break (length, false);
        };
        let block = self.start..self.start + length;
        self.start = block.end;
        let bytes = &self.buffer[block];
        let line = self.line;
        let newlines = memchr::memchr_iter(b'\n', bytes).count();
        self.line = line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
        self.line_start = bytes.ends_with(b"\n");
        Ok(Some((if dashes { Block::Dashes(bytes) } else { Block::Data(bytes) }, line)))
    }

    /// The buffer, for the next body.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Reads more behind what is held.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(more) => self.end += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that gives `step` bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let step = self.1.min(self.0.len()).min(buffer.len());
            buffer[..step].copy_from_slice(&self.0[..step]);
            self.0 = &self.0[step..];
            Ok(step)
        }
    }

    fn blocks(text: &str, step: usize) -> io::Result<(String, Vec<(String, u32)>)> {
        let mut reader = Slow(text.as_bytes(), step);
        let mut blocks = Blocks::new(&mut reader, 1, Vec::new());
        let (mut whole, mut dashes) = (String::new(), Vec::new());
        while let Some((block, line)) = blocks.next()? {
            let (Block::Data(bytes) | Block::Dashes(bytes)) = block;
            let piece = String::from_utf8_lossy(bytes).into_owned();
            whole.push_str(&piece);
            if matches!(block, Block::Dashes(_)) {
                dashes.push((piece, line));
            }
        }
        Ok((whole, dashes))
    }

    #[test]
    fn lines_that_begin_with_dashes_are_found_whatever_the_reader_gives() -> io::Result<()> {
        let text = "--a\r\nx\n- -\n-\ny--z\r\n--b--\n\n--";
        for step in 1..=text.len() {
            let (whole, dashes) = blocks(text, step)?;
            assert_eq!(whole, text);
            let wanted = [("--a\r\n", 1), ("--b--\n", 6), ("--", 8)];
            assert_eq!(dashes, wanted.map(|(line, number)| (line.to_owned(), number)), "{step}");
        }
        Ok(())
    }

    #[test]
    fn a_line_too_long_for_a_boundary_is_data() -> io::Result<()> {
        let text = format!("--{}\n--a\n", "x".repeat(200_000));
        let (whole, dashes) = blocks(&text, 8192)?;
        assert_eq!(whole, text);
        assert_eq!(dashes, [("--a\n".to_owned(), 2)]);
        Ok(())
    }
}
