//! The header block: splitting, unfolding, and where each field stands.
//!
//! The whole block is unfolded into one text with ranges into it, so that a message costs a handful
//! of allocations however many headers it has.

use super::names::{Memory, Traits};
use std::borrow::Cow;
use std::cell::Cell;

/// Every header of a message, in order.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    text: String,
    fields: Vec<Field>,
    present: Present,
}

#[derive(Debug, Clone, Copy)]
struct Field {
    /// [`key`] of the name.
    key: u64,
    name: u32,
    name_end: u32,
    value: u32,
    end: u32,
    line: u32,
    traits: Traits,
}

/// A bit for each key, a few keys to a bit: tells of most names that are not there that they are not.
#[derive(Debug, Clone, Copy, Default)]
struct Present([u64; 8]);

impl Present {
    fn place(key: u64) -> (usize, u32) {
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
        let bit = (key.wrapping_mul(SPREAD) >> 55) as u32;
        ((bit / 64) as usize, bit % 64)
    }

    fn insert(&mut self, key: u64) {
        let (word, bit) = Self::place(key);
        self.0[word] |= 1 << bit;
    }

    fn may_hold(&self, key: u64) -> bool {
        let (word, bit) = Self::place(key);
        self.0[word] >> bit & 1 == 1
    }
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
    /// Whether some name is not as mail systems form them: fewer than 100 letters, digits and `-_.`, the
    /// first a letter.
    pub odd_name: bool,
}

impl Headers {
    /// Splits a block that starts at line `first_line` of its source. Leading blank lines, a
    /// byte-order mark and an mbox `From ` line are skipped; whatever follows the first blank line is
    /// left alone.
    pub fn split(block: &[u8], first_line: u32) -> Block {
        let (text, fields) = SPARE.take();
        let mut lines = Lines { text, fields, memory: Memory::take(), ..Lines::default() };
        lines.reserve();
        let mut split = lines.take(block, first_line);
        let text = String::from_utf8(std::mem::take(&mut lines.text)).unwrap_or_else(|_| {
            // Somewhere in it is a line in another charset.
            lines.fields.clear();
            lines.foreign = true;
            split = lines.take(block, first_line);
            String::from_utf8_lossy(&lines.text).into_owned()
        });
        lines.memory.put_back();
        let Lines { fields, present, .. } = lines;
        (Headers { text, fields, present }, split)
    }

    fn header(&self, field: &Field) -> Header<'_> {
        Header {
            name: self.text.get(field.name as usize..field.name_end as usize).unwrap_or_default(),
            value: self.text.get(field.value as usize..field.end as usize).unwrap_or_default(),
            line: field.line,
            traits: field.traits,
        }
    }

    /// All headers, top to bottom.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Header<'_>> + ExactSizeIterator {
        self.fields.iter().map(|field| self.header(field))
    }

    /// What the names tell, top to bottom.
    pub(crate) fn traits(&self) -> impl Iterator<Item = &Traits> {
        self.fields.iter().map(|field| &field.traits)
    }

    /// The headers whose names tell something that is `wanted`, top to bottom.
    pub(crate) fn told(
        &self,
        wanted: impl Fn(&Traits) -> bool,
    ) -> impl Iterator<Item = Header<'_>> {
        let fields = self.fields.iter().filter(move |field| wanted(&field.traits));
        fields.map(|field| self.header(field))
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
        self.with_key(key(&[front.as_bytes(), back.as_bytes()])).find(|header| {
            let parts = header.name.split_at_checked(front.len());
            parts.is_some_and(|(start, end)| {
                end.eq_ignore_ascii_case(back) && start.eq_ignore_ascii_case(front)
            })
        })
    }

    /// The headers whose names have the key of `name`, and few others.
    fn alike(&self, name: &str) -> impl Iterator<Item = Header<'_>> + use<'_> {
        self.with_key(key(&[name.as_bytes()]))
    }

    fn with_key(&self, wanted: u64) -> impl Iterator<Item = Header<'_>> + use<'_> {
        let fields = if self.present.may_hold(wanted) { &self.fields[..] } else { &[] };
        let alike = fields.iter().filter(move |field| field.key == wanted);
        alike.map(|field| self.header(field))
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

thread_local! {
    /// What a thread puts the headers of one message after the other into.
    static SPARE: Cell<(Vec<u8>, Vec<Field>)> = const { Cell::new((Vec::new(), Vec::new())) };
}

impl Drop for Headers {
    fn drop(&mut self) {
        /// What had to grow for a giant is not kept.
        const LARGEST: usize = 64 * 1024;
        if (1..=LARGEST).contains(&self.text.capacity()) && self.fields.capacity() <= LARGEST / 64 {
            let text = std::mem::take(&mut self.text).into_bytes();
            SPARE.set((text, std::mem::take(&mut self.fields)));
        }
    }
}

/// The lines of a block as they are taken in.
#[derive(Default)]
struct Lines {
    text: Vec<u8>,
    fields: Vec<Field>,
    present: Present,
    /// Whether a piece that is not UTF-8 is read as Windows-1252; else it is left for a second pass.
    foreign: bool,
    memory: Memory,
}

impl Lines {
    /// Makes room for the headers of most messages.
    fn reserve(&mut self) {
        const FIELDS: usize = 128;
        const TEXT: usize = 12 * 1024;
        self.fields.clear();
        self.fields.reserve(FIELDS);
        self.text.clear();
        self.text.reserve(TEXT);
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
            } else if let Some((name, colon)) = name_of(line)
                && let Some(traits) = self.memory.traits(name)
            {
                split.odd_name |= traits.odd || colon >= USUAL_LENGTH;
                self.push_field(line, name, colon, number, traits);
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

    fn push_field(&mut self, line: &[u8], name: &[u8], colon: usize, number: u32, traits: Traits) {
        let key = key(&[name]);
        self.present.insert(key);
        let at = self.text.len();
        let value = if self.foreign {
            self.text.extend_from_slice(name);
            let value = self.text.len();
            self.append(line[colon + 1..].trim_ascii());
            value
        } else {
            let line = line.trim_ascii_end();
            let value = line.get(colon + 1..).unwrap_or_default().trim_ascii_start();
            // Name, colon, blanks and value as they stand.
            self.text.extend_from_slice(line);
            self.text.len() - value.len()
        };
        self.fields.push(Field {
            key,
            name: offset(at),
            name_end: offset(at + name.len()),
            value: offset(value),
            end: offset(self.text.len()),
            line: number,
            traits,
        });
    }

    fn continue_field(&mut self, piece: &[u8]) {
        let Some(field) = self.fields.last().filter(|_| !piece.is_empty()) else { return };
        if field.end > field.value {
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

/// The longest name, in bytes.
const LONGEST: usize = 255;
/// Names of mail systems are shorter.
const USUAL_LENGTH: usize = 100;

/// What the line begins with, if it may be a header's name, and where the colon is; blanks before the
/// colon are tolerated.
fn name_of(line: &[u8]) -> Option<(&[u8], usize)> {
    let colon = memchr::memchr(b':', &line[..line.len().min(LONGEST + 1)])?;
    Some((line[..colon].trim_ascii_end(), colon))
}

/// What names that differ in case only have in common, told from most others at a glance: the length
/// and the last seven bytes. `parts` make up the name.
fn key(parts: &[&[u8]]) -> u64 {
    const LOWER: u64 = 0x2020_2020_2020_2020;
    let end = parts.iter().fold(0, |before, part| match part.last_chunk::<8>() {
        Some(last) => u64::from_be_bytes(*last),
        None => part.iter().fold(before, |all, byte| all << 8 | u64::from(*byte)),
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
    fn blanks_before_the_colon_are_no_part_of_a_name_and_other_lines_are_no_headers() {
        assert_eq!(
            pairs("Sub ject: a\nTo : b\n: c\n\u{e9}: d\nFrom\n"),
            [("To".into(), "b".into(), 2)]
        );
        let odd = |block: &str| Headers::split(block.as_bytes(), 1).1.odd_name;
        assert!(
            odd("A: 1\n{b}: 2\n") && odd("1a: 1\n") && odd(&format!("{}: 1\n", "a".repeat(100)))
        );
        assert!(!odd("A-b_c.9: 1\n"));
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
