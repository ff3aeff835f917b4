//! A header block as people paste it into a ticket: quoted, fenced, its folded lines no longer
//! indented, prose around it, an empty line behind every line.
//!
//! The repair goes line by line and gives one line for each, so that line numbers stay true.

use super::names::{field_name, is_garbage, is_lost_fold};
use super::pieces::{Pieces, bare};
use crate::message::names::{Familiarity, familiarity};
use std::io::{self, Read};

/// What a report says about a repaired block.
pub(super) const NOTE: &str = "Pasted headers: quotes and prose around them were taken away and \
    lost indentation was repaired where it could be told; the original message is better evidence.";

/// A line without what mail programs, chats and ticket systems put in front of it.
pub(super) fn unquoted(line: &[u8]) -> &[u8] {
    let mut rest = line.trim_ascii_start();
    while let Some(inner) = rest.strip_prefix(b">") {
        rest = inner.trim_ascii_start();
    }
    rest
}

/// The repaired text. A body behind the block stays as it is.
pub(super) fn repaired<'a>(
    source: Box<dyn Read + Send + 'a>,
    _head: &[u8],
) -> Box<dyn Read + Send + 'a> {
    Box::new(Repair {
        pieces: Pieces::new(source),
        piece: Vec::new(),
        line: Vec::new(),
        given: 0,
        place: Where::Before,
        indent: 0,
        lines: 0,
        spaced: None,
    })
}

/// Where the repair is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    /// In the prose in front of the first field.
    Before,
    /// In the header block.
    Block,
    /// Behind it.
    Body,
    /// Behind the closing fence: nothing more belongs to the message.
    Ended,
}

struct Repair<R> {
    pieces: Pieces<R>,
    piece: Vec<u8>,
    /// The repaired line and how much of it was given.
    line: Vec<u8>,
    given: usize,
    place: Where,
    /// Blanks in front of the fields.
    indent: usize,
    /// Lines of the block so far.
    lines: u64,
    /// Whether an empty line stands behind every line; known from the first empty line on.
    spaced: Option<bool>,
}

impl<R: Read> Read for Repair<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.line.len() {
            self.line.clear();
            self.given = 0;
            let Some(starts_line) = self.pieces.next(&mut self.piece)? else { return Ok(0) };
            self.repair(starts_line)?;
        }
        let rest = &self.line[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

impl<R: Read> Repair<R> {
    /// Writes the repaired form of `piece` to `line`.
    fn repair(&mut self, starts_line: bool) -> io::Result<()> {
        match self.place {
            Where::Ended => return Ok(()),
            Where::Body => {
                self.line.extend_from_slice(&self.piece);
                return Ok(());
            }
            // The rest of an overlong line goes where its start went.
            Where::Block if !starts_line => {
                self.line.extend_from_slice(&self.piece);
                return Ok(());
            }
            Where::Before if !starts_line => return Ok(()),
            Where::Before | Where::Block => {}
        }
        let text = blanks_plain(bare(&self.piece));
        let content = unquoted(&text);
        let indent = text.len() - content.len();
        if self.place == Where::Before {
            let next = unquoted(bare(self.pieces.peek()?));
            if begins_block(content, next) {
                self.place = Where::Block;
                self.indent = indent;
                self.line.extend_from_slice(content);
            }
        } else if content.starts_with(b"```") || content.starts_with(b"~~~") {
            self.place = Where::Ended;
        } else if content.is_empty() {
            self.at_blank()?;
        } else {
            // One more blank than the fields have is a fold that survived.
            if indent > self.indent || (is_lost_fold(content) && !is_garbage(content)) {
                self.line.push(b' ');
            }
            self.line.extend_from_slice(content);
        }
        self.lines += u64::from(self.place == Where::Block);
        if self.piece.ends_with(b"\n") {
            self.line.push(b'\n');
        }
        Ok(())
    }

    /// An empty line ends the block, or is one of the many that a paste put in.
    fn at_blank(&mut self) -> io::Result<()> {
        let next = unquoted(bare(self.pieces.peek()?)).to_vec();
        let name = field_name(&next).filter(|_| !is_lost_fold(&next));
        let by_system = name.is_some_and(|name| familiarity(name) == Familiarity::System);
        let spaced = *self.spaced.get_or_insert(self.lines == 1);
        if by_system || (spaced && !next.is_empty()) {
            // A line of one blank goes on with the block and keeps the count of lines.
            self.line.push(b' ');
        } else {
            self.place = Where::Body;
        }
        Ok(())
    }
}

/// Whether a line is the first field of the block: one that only systems write, or one that people
/// type with another field behind it.
fn begins_block(line: &[u8], next: &[u8]) -> bool {
    match field_name(line).map(familiarity) {
        Some(Familiarity::System) => true,
        Some(Familiarity::Common) => field_name(next)
            .is_some_and(|name| familiarity(name) > Familiarity::Unknown && !is_lost_fold(next)),
        _ => false,
    }
}

/// The line with non-breaking spaces (in UTF-8 or Windows-1252) in its indentation made plain.
fn blanks_plain(line: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(line.len());
    let mut rest = line;
    loop {
        match rest {
            [0xC2, 0xA0, tail @ ..] | [0xA0, tail @ ..] => {
                plain.push(b' ');
                rest = tail;
            }
            [blank @ (b' ' | b'\t' | b'>'), tail @ ..] => {
                plain.push(*blank);
                rest = tail;
            }
            _ => break,
        }
    }
    plain.extend_from_slice(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repair(text: &str) -> String {
        let mut out = String::new();
        let source = Box::new(io::Cursor::new(text.to_owned().into_bytes()));
        let read = repaired(source, b"").read_to_string(&mut out);
        assert!(read.is_ok(), "{read:?}");
        out
    }

    #[test]
    fn lost_indentation_comes_back() {
        assert_eq!(
            repair("Received: from a\r\nby b; Mon, 1 Jan 2024 00:00:00 +0000\r\nSubject: x\r\n"),
            "Received: from a\n by b; Mon, 1 Jan 2024 00:00:00 +0000\nSubject: x\n"
        );
        assert_eq!(
            repair("X-Forefront-Antispam-Report:\nCIP:203.0.113.1;SFV:SPM;\nFrom: a\n"),
            "X-Forefront-Antispam-Report:\n CIP:203.0.113.1;SFV:SPM;\nFrom: a\n"
        );
    }

    #[test]
    fn quotes_fences_and_prose_go_and_line_numbers_stay() {
        assert_eq!(
            repair("Hello,\nplease look:\n\n```\nReceived: from a\n\tby b\nTo: c\n```\nThanks\n"),
            "\n\n\n\nReceived: from a\n by b\nTo: c\n\n"
        );
        assert_eq!(
            repair("> Received: from a\n>   by b\n> To: c\n>\n> body\n"),
            "Received: from a\n by b\nTo: c\n\n> body\n"
        );
        assert_eq!(
            repair("\u{a0}\u{a0}Received: from a\n\u{a0}\u{a0}\u{a0}by b\n\u{a0}\u{a0}To: c\n"),
            "Received: from a\n by b\nTo: c\n"
        );
    }

    #[test]
    fn an_empty_line_behind_every_line_does_not_end_the_block() {
        assert_eq!(
            repair("Received: from a\n\nFrom: b\n\nSubject: c\n\nby d\n\n\nbody\n"),
            "Received: from a\n \nFrom: b\n \nSubject: c\n \n by d\n\n\nbody\n"
        );
    }

    #[test]
    fn a_body_behind_a_broken_block_stays() {
        assert_eq!(
            repair("Received: from a\nby b\n\nFrom: quoted\nnot a header\n"),
            "Received: from a\n by b\n\nFrom: quoted\nnot a header\n"
        );
    }
}
