//! The header block: splitting, unfolding, and where each field stands.
//!
//! The whole block is unfolded into one text with ranges into it, so that a message costs a handful
//! of allocations however many headers it has.

use super::names::{Memory, Traits};
use std::borrow::Cow;

/// Every header of a message, in order.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    text: String,
    fields: Vec<Field>,
}

#[derive(Debug, Clone, Copy)]
struct Field {
    /// [`key`] of the name.
    key: u64,
    start: u32,
    colon: u32,
    end: u32,
    line: u32,
    traits: Traits,
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
    /// What the name tells.
    pub(crate) traits: Traits,
}

/// A header block taken apart.
pub type Block = (Headers, Split);

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
    /// Whether some name is not as mail systems form them: at most 100 letters, digits and `-_.`, the first
    /// a letter.
    pub odd_name: bool,
}

impl Headers {
    /// Splits a block that starts at line `first_line` of its source. Leading blank lines, a
    /// byte-order mark and an mbox `From ` line are skipped; whatever follows the first blank line is
    /// left alone.
    pub fn split(block: &[u8], first_line: u32) -> Block {
        let mut lines = Lines::new(Memory::take());
        let mut split = lines.take(block, first_line);
        let text = String::from_utf8(std::mem::take(&mut lines.text)).unwrap_or_else(|_| {
            // Somewhere in it is a line in another charset.
            lines.fields.clear();
            lines.foreign = true;
            split = lines.take(block, first_line);
            String::from_utf8_lossy(&lines.text).into_owned()
        });
        lines.memory.put_back();
        (Headers { text, fields: lines.fields }, split)
    }

    fn header(&self, field: &Field) -> Header<'_> {
        Header {
            name: self.text.get(field.start as usize..field.colon as usize).unwrap_or_default(),
            value: self.text.get(field.colon as usize..field.end as usize).unwrap_or_default(),
            line: field.line,
            traits: field.traits,
        }
    }

    /// All headers, top to bottom.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Header<'_>> + ExactSizeIterator {
        self.fields.iter().map(|field| self.header(field))
    }

    /// The topmost header of that name, in any case.
    pub fn get(&self, name: &str) -> Option<Header<'_>> {
        self.alike(name).find(|header| header.name.eq_ignore_ascii_case(name))
    }

    /// Every header of that name, in any case, top to bottom.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Header<'a>> {
        self.alike(name).filter(move |header| header.name.eq_ignore_ascii_case(name))
    }

    /// The topmost header whose name is `front` followed by `back`, in any case.
    pub(super) fn get_joined(&self, front: &str, back: &str) -> Option<Header<'_>> {
        self.with_key(key(&[front, back])).find(|header| {
            let parts = header.name.split_at_checked(front.len());
            parts.is_some_and(|(start, end)| {
                end.eq_ignore_ascii_case(back) && start.eq_ignore_ascii_case(front)
            })
        })
    }

    /// The headers whose names have the key of `name`, and few others.
    fn alike(&self, name: &str) -> impl Iterator<Item = Header<'_>> + use<'_> {
        self.with_key(key(&[name]))
    }

    fn with_key(&self, wanted: u64) -> impl Iterator<Item = Header<'_>> + use<'_> {
        let fields = self.fields.iter().filter(move |field| field.key == wanted);
        fields.map(|field| self.header(field))
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

/// The lines of a block as they are taken in.
struct Lines {
    text: Vec<u8>,
    fields: Vec<Field>,
    /// Whether a piece that is not UTF-8 is read as Windows-1252; else it is left for a second pass.
    foreign: bool,
    memory: Memory,
}

impl Lines {
    fn new(memory: Memory) -> Self {
        Lines { text: Vec::new(), fields: Vec::new(), foreign: false, memory }
    }

    fn take(&mut self, block: &[u8], first_line: u32) -> Split {
        let mut split = Split::default();
        let mut at = if block.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut line_number = first_line;
        let mut started = false;
        while let Some(rest) = block.get(at..).filter(|rest| !rest.is_empty()) {
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = rest[..length].strip_suffix(b"\r").unwrap_or(&rest[..length]);
            let number = line_number;
            at = (at + length + 1).min(block.len());
            line_number += 1;
            let Some(first) = line.first() else {
                if started {
                    split.ended = true;
                    break;
                }
                continue;
            };
            if matches!(first, b' ' | b'\t') && !self.fields.is_empty() {
                self.continue_field(line.trim_ascii());
            } else if let Some(name) = name_of(line) {
                split.odd_name |= name.odd;
                self.push_field(name.text, line[name.colon + 1..].trim_ascii(), number);
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
        split
    }

    fn push_field(&mut self, name: &str, value: &[u8], number: u32) {
        /// Room for the headers of most messages.
        const FIELDS: usize = 128;
        const TEXT: usize = 12 * 1024;
        if self.fields.is_empty() {
            self.fields.reserve(FIELDS);
            self.text.reserve(TEXT);
        }
        let start = self.text.len();
        self.text.extend_from_slice(name.as_bytes());
        let colon = self.text.len();
        self.append(value);
        self.fields.push(Field {
            key: key(&[name]),
            start: offset(start),
            colon: offset(colon),
            end: offset(self.text.len()),
            line: number,
            traits: self.memory.traits(name),
        });
    }

    fn continue_field(&mut self, piece: &[u8]) {
        let Some(field) = self.fields.last().filter(|_| !piece.is_empty()) else { return };
        if field.end > field.colon {
            self.text.push(b' ');
        }
        self.append(piece);
        let end = offset(self.text.len());
        if let Some(field) = self.fields.last_mut() {
            field.end = end;
        }
    }

    fn append(&mut self, piece: &[u8]) {
        if self.foreign {
            self.text.extend_from_slice(decode(piece).as_bytes());
        } else {
            self.text.extend_from_slice(piece);
        }
    }
}

/// Offset of the end of the header block (after its blank line) in `bytes`, if it is in there.
///
/// Leading blank lines do not end a block.
pub fn block_end(bytes: &[u8]) -> Option<usize> {
    let start = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n'))?;
    let text = &bytes[start..];
    // Whichever end comes first ends the block; the second search stops where the first one ended. Pairs,
    // because a line end within the needle would be found at each line.
    let crlf = memchr::memmem::find_iter(text, b"\n\r")
        .find(|at| text.get(at + 2) == Some(&b'\n'))
        .map(|at| at + 3);
    let lf = memchr::memmem::find(&text[..crlf.unwrap_or(text.len())], b"\n\n").map(|at| at + 2);
    lf.or(crlf).map(|end| start + end)
}

fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The name of a header line.
struct Name<'a> {
    text: &'a str,
    /// Where the colon is.
    colon: usize,
    /// See [`Split::odd_name`].
    odd: bool,
}

/// Bytes of a name: printable ASCII without blanks.
const IN_NAME: u8 = 1;
/// Bytes that mail systems form names of.
const USUAL: u8 = 2;

/// What each byte may be.
static BYTES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        let usual = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let is = if usual { IN_NAME | USUAL } else { IN_NAME };
        table[byte as usize] = if byte == b':' { 0 } else { is };
        byte += 1;
    }
    table
};

/// The name that the line begins with, if it is a header; blanks before the colon are tolerated.
fn name_of(line: &[u8]) -> Option<Name<'_>> {
    const LONGEST: usize = 255;
    const USUAL_LENGTH: usize = 100;
    let mut all = IN_NAME | USUAL;
    let mut end = 0;
    for byte in line.iter().take(LONGEST) {
        let is = BYTES[usize::from(*byte)];
        if is == 0 {
            break;
        }
        all &= is;
        end += 1;
    }
    let (name, rest) = line.split_at(end);
    let colon = end + rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if line[colon] != b':' || colon > LONGEST {
        return None;
    }
    let text = std::str::from_utf8(name).ok()?;
    let usual = all & USUAL != 0 && colon < USUAL_LENGTH && name.first()?.is_ascii_alphabetic();
    Some(Name { text, colon, odd: !usual })
}

/// What names that differ in case only have in common, told from most others at a glance: the length
/// and the last seven bytes. `parts` make up the name.
fn key(parts: &[&str]) -> u64 {
    const LOWER: u64 = 0x2020_2020_2020_2020;
    let end = parts.iter().fold(0, |before, part| {
        let bytes = part.as_bytes();
        match bytes.last_chunk::<8>() {
            Some(last) => u64::from_be_bytes(*last),
            None => bytes.iter().fold(before, |all, byte| all << 8 | u64::from(*byte)),
        }
    });
    let length: usize = parts.iter().map(|part| part.len()).sum();
    (end | LOWER) << 8 | (length as u64 & 0xFF)
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
        pairs_of(block.as_bytes())
    }

    fn pairs_of(block: &[u8]) -> Vec<(String, String, u32)> {
        let (headers, _) = Headers::split(block, 1);
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
    fn names_are_found_in_any_case_and_not_mixed_up() {
        let (headers, _) = Headers::split(b"X-A: 1\nxx-report: 2\nX-REPORT: 3\nx-report: 4\n", 1);
        let value = |name| headers.get(name).map(|header| header.value);
        assert_eq!((value("x-a"), value("X-Report"), value("X-")), (Some("1"), Some("3"), None));
        assert_eq!(headers.all("X-report").count(), 2);
        let joined = |front, back| headers.get_joined(front, back).map(|header| header.value);
        assert_eq!((joined("X-R", "eport"), joined("XX-", "Report")), (Some("3"), Some("2")));
        assert_eq!((joined("X-", "A"), joined("X-", "B")), (Some("1"), None));
    }

    #[test]
    fn a_line_in_another_charset_leaves_the_other_lines_alone() {
        let got = pairs_of(b"A: caf\xe9\n na\xc3\xafve\nB: gr\xc3\xbcn\n");
        assert_eq!(got, [("A".into(), "café naïve".into(), 1), ("B".into(), "grün".into(), 3)]);
    }

    #[test]
    fn eight_bit_values_are_read_as_windows_1252() {
        let (headers, _) = Headers::split(b"Subject: caf\xe9\n", 1);
        assert_eq!(headers.get("subject").map(|h| h.value.to_owned()), Some("café".to_owned()));
    }
}
