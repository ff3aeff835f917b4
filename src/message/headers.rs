//! The header block: splitting, unfolding, and where each field stands.
//!
//! The whole block is unfolded into one text with ranges into it, so that a message costs a handful
//! of allocations however many headers it has.

use std::borrow::Cow;

/// Every header of a message, in order.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    text: String,
    fields: Vec<Field>,
}

#[derive(Debug, Clone, Copy)]
struct Field {
    start: u32,
    colon: u32,
    end: u32,
    line: u32,
}

/// One header field as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// Name as the message spells it.
    pub name: &'a str,
    /// Unfolded value, trimmed; bytes that are not UTF-8 are read as Windows-1252.
    pub value: &'a str,
    /// Line of the source, counted from 1.
    pub line: u32,
}

/// What splitting a header block found besides headers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Split {
    /// Offset of the first byte after the blank line that ends the block; the length of the input
    /// where no blank line does.
    pub body: usize,
    /// Line that offset is on, counted from 1.
    pub body_line: u32,
    /// Whether a blank line ended the block.
    pub ended: bool,
    /// Lines that are neither a header nor a continuation.
    pub stray_lines: u32,
    /// Line of the first stray one.
    pub first_stray: u32,
}

impl Headers {
    /// Splits a block that starts at line `first_line` of its source. Leading blank lines, a
    /// byte-order mark and an mbox `From ` line are skipped; whatever follows the first blank line is
    /// left alone.
    pub fn split(block: &[u8], first_line: u32) -> (Self, Split) {
        let mut headers =
            Headers { text: String::with_capacity(block.len().min(64 * 1024)), fields: Vec::new() };
        let mut split = Split::default();
        let mut at = if block.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut line_number = first_line;
        let mut started = false;
        while at < block.len() {
            let end = memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |n| at + n);
            let line = block[at..end].strip_suffix(b"\r").unwrap_or(&block[at..end]);
            let number = line_number;
            at = (end + 1).min(block.len());
            line_number += 1;
            if line.is_empty() {
                if started {
                    split.ended = true;
                    break;
                }
                continue;
            }
            let continuation = matches!(line[0], b' ' | b'\t') && !headers.fields.is_empty();
            if continuation {
                headers.continue_field(line);
            } else if let Some(colon) = name_end(line) {
                headers.push_field(line, colon, number);
            } else if started || !line.starts_with(b"From ") {
                split.stray_lines += 1;
                if split.first_stray == 0 {
                    split.first_stray = number;
                }
            }
            started = true;
        }
        split.body = at;
        split.body_line = line_number;
        (headers, split)
    }

    fn push_field(&mut self, line: &[u8], colon: usize, number: u32) {
        let start = self.text.len();
        let name = line[..colon].trim_ascii_end();
        self.text.push_str(&String::from_utf8_lossy(name));
        let colon_at = self.text.len();
        self.text.push_str(&decode(line[colon + 1..].trim_ascii()));
        self.fields.push(Field {
            start: offset(start),
            colon: offset(colon_at),
            end: offset(self.text.len()),
            line: number,
        });
    }

    fn continue_field(&mut self, line: &[u8]) {
        let Some(field) = self.fields.last_mut() else { return };
        let piece = line.trim_ascii();
        if !piece.is_empty() {
            if field.end > field.colon {
                self.text.push(' ');
            }
            self.text.push_str(&decode(piece));
            field.end = offset(self.text.len());
        }
    }

    /// All headers, top to bottom.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Header<'_>> + ExactSizeIterator {
        self.fields.iter().map(|field| Header {
            name: self.text.get(field.start as usize..field.colon as usize).unwrap_or_default(),
            value: self.text.get(field.colon as usize..field.end as usize).unwrap_or_default(),
            line: field.line,
        })
    }

    /// The topmost header of that name, in any case.
    pub fn get(&self, name: &str) -> Option<Header<'_>> {
        self.iter().find(|header| header.name.eq_ignore_ascii_case(name))
    }

    /// Every header of that name, in any case, top to bottom.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Header<'a>> {
        self.iter().filter(move |header| header.name.eq_ignore_ascii_case(name))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

/// Offset of the end of the header block (after its blank line) in `bytes`, if it is in there.
///
/// Leading blank lines do not end a block.
pub fn block_end(bytes: &[u8]) -> Option<usize> {
    let start = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n'))?;
    let mut at = start;
    while let Some(n) = memchr::memchr(b'\n', &bytes[at..]) {
        at += n + 1;
        match &bytes[at..] {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
    None
}

fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Where the name ends (the colon) if the line is a header: printable ASCII without blanks, though
/// blanks before the colon are tolerated.
fn name_end(line: &[u8]) -> Option<usize> {
    let colon = memchr::memchr(b':', line.get(..line.len().min(256))?)?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(|b| (b'!'..=b'~').contains(b))).then_some(colon)
}

/// UTF-8 as it is; anything else as Windows-1252, the likeliest reading of 8-bit headers.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(block: &str) -> Vec<(String, String, u32)> {
        let (headers, _) = Headers::split(block.as_bytes(), 1);
        headers.iter().map(|h| (h.name.to_owned(), h.value.to_owned(), h.line)).collect()
    }

    #[test]
    fn folded_values_become_one_line_and_keep_their_first_line_number() {
        let got = pairs("\r\nSubject: one\r\n two\r\nX-A:\r\n\tb;c\r\n\r\nbody: no\r\n");
        let want = vec![
            ("Subject".to_owned(), "one two".to_owned(), 2),
            ("X-A".to_owned(), "b;c".to_owned(), 4),
        ];
        assert_eq!(got, want);
    }

    #[test]
    fn a_byte_order_mark_and_an_mbox_line_are_skipped() {
        assert_eq!(pairs("\u{feff}From a@b.example Sat Jan 1\nTo: x\n")[0].0, "To");
    }

    #[test]
    fn the_body_offset_is_just_after_the_blank_line() {
        let block = b"A: 1\r\n\r\nbody";
        let (_, split) = Headers::split(block, 1);
        assert_eq!(&block[split.body..], b"body");
        assert_eq!((split.body_line, split.ended), (3, true));
        assert_eq!(block_end(block), Some(split.body));
        assert_eq!(block_end(b"\r\n\nA: 1\n\nb"), Some(9));
        assert_eq!(block_end(b"A: 1\n"), None);
    }

    #[test]
    fn stray_lines_are_counted_not_lost_silently() {
        let (headers, split) = Headers::split(b"A: 1\nno colon here\nB: 2\n", 1);
        assert_eq!((headers.len(), split.stray_lines, split.first_stray), (2, 1, 2));
    }

    #[test]
    fn eight_bit_values_are_read_as_windows_1252() {
        let (headers, _) = Headers::split(b"Subject: caf\xe9\n", 1);
        assert_eq!(headers.get("subject").map(|h| h.value.to_owned()), Some("café".to_owned()));
    }
}
