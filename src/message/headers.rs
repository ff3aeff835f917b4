//! The header block: its fields, where each one stands, and how to find one.
//!
//! The block is kept as it stands, with ranges into it, so that a message costs a handful of allocations
//! however many headers it has. A folded value becomes one line when it is asked for: most never are.

use super::lines::Lines;
use super::names::{Memory, Traits};
use crate::marks::Marks;
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::{Arc, OnceLock};

/// Every header of a message, in order.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    text: String,
    fields: Vec<Field>,
    /// The values that go over several lines, each as one line.
    unfolded: Vec<OnceLock<Arc<str>>>,
    starts: Starts,
}

/// Where a header stands in the text of its block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// [`key`] of the name.
    pub(super) key: u64,
    pub(super) name: u32,
    pub(super) name_end: u32,
    /// Where the value begins and ends; in the lines of a folded one are line ends, and blanks around them.
    pub(super) value: u32,
    pub(super) end: u32,
    pub(super) line: u32,
    /// Place among the folded values.
    pub(super) folded: Option<u32>,
    pub(super) traits: Traits,
}

/// Where to begin to look for a key: the place of the first field with its hash, counted from 1; 0 where
/// there is none. Places that are too large for a byte stand as the largest.
#[derive(Debug, Clone, Default)]
struct Starts(Vec<u8>);

impl Starts {
    /// The starts of `fields`; `places` is what they are put into.
    fn of(fields: &[Field], mut places: Vec<u8>) -> Self {
        places.clear();
        places.resize(512, 0);
        for (at, field) in fields.iter().enumerate().rev() {
            places[Self::hash(field.key)] = u8::try_from(at + 1).unwrap_or(u8::MAX);
        }
        Starts(places)
    }

    fn hash(key: u64) -> usize {
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
        (key.wrapping_mul(SPREAD) >> 55) as usize
    }

    /// The first of the `fields` that may have that key, and all behind it.
    fn of_key<'f>(&self, key: u64, fields: &'f [Field]) -> &'f [Field] {
        let place = self.0.get(Self::hash(key)).copied().unwrap_or_default();
        usize::from(place).checked_sub(1).and_then(|at| fields.get(at..)).unwrap_or_default()
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
    /// The value, where it had to be unfolded.
    unfolded: Option<&'a Arc<str>>,
}

impl Header<'_> {
    /// The value, to be kept.
    pub(super) fn shared(&self) -> Arc<str> {
        self.unfolded.map_or_else(|| self.value.into(), Arc::clone)
    }

    /// Whether it has that name, in any case; nearly all are spelled as usual.
    fn is_named(&self, name: &str) -> bool {
        self.name == name || self.name.eq_ignore_ascii_case(name)
    }
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
    /// Whether blanks in it were no-break spaces, as a web page copies them; they were read as blanks.
    pub no_break: bool,
    /// Whether some name is not as mail systems form them: fewer than 100 letters, digits and `-_.`, the
    /// first a letter.
    pub odd_name: bool,
}

impl Headers {
    /// Splits a block that starts at line `first_line` of its source. Leading blank lines, a
    /// byte-order mark and an mbox `From ` line are skipped; whatever follows the first blank line is
    /// left alone.
    pub fn split(block: &[u8], first_line: u32) -> Block {
        let Buffers { mut text, fields, mut unfolded, starts } = SPARE.take();
        let mut memory = Memory::take();
        let mut lines = Lines::new(fields);
        let mut split = lines.take(block, first_line, &mut memory);
        let block = &block[..split.body];
        match simdutf8::basic::from_utf8(block) {
            Ok(block) if block.is_ascii() || !has_no_break(block) => text.push_str(block),
            _ => {
                let block = block.strip_prefix(BYTE_ORDER_MARK).unwrap_or(block);
                for line in block.split_inclusive(|byte| *byte == b'\n') {
                    text.push_str(&decode(line));
                }
                let no_break = has_no_break(&text);
                if no_break {
                    text = NO_BREAK.iter().fold(text, |text, blank| text.replace(blank, " "));
                }
                lines = Lines::new(lines.fields);
                let again = lines.take(text.as_bytes(), first_line, &mut memory);
                split = Split { body: split.body, no_break, ..again };
            }
        }
        memory.put_back();
        unfolded.resize_with(lines.folded as usize, OnceLock::new);
        let Lines { fields, .. } = lines;
        let starts = Starts::of(&fields, starts);
        (Headers { text, fields, unfolded, starts }, split)
    }

    fn header(&self, field: &Field) -> Header<'_> {
        let text =
            |begin: u32, end: u32| self.text.get(begin as usize..end as usize).unwrap_or_default();
        let value = text(field.value, field.end);
        let unfolded = field.folded.and_then(|place| self.unfolded.get(place as usize));
        let unfolded = unfolded.map(|line| line.get_or_init(|| unfold(value)));
        Header {
            name: text(field.name, field.name_end),
            value: unfolded.map_or(value, |line| line),
            line: field.line,
            traits: field.traits,
            unfolded,
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
        self.alike(name).find(|header| header.is_named(name))
    }

    /// Every header of that name, in any case, top to bottom.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Header<'a>> {
        self.alike(name).filter(move |header| header.is_named(name))
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

    /// The header that begins on that line, and its place.
    pub(super) fn on_line(&self, line: u32) -> Option<(usize, Header<'_>)> {
        let at = self.fields.binary_search_by_key(&line, |field| field.line).ok()?;
        Some((at, self.header(&self.fields[at])))
    }

    /// The headers whose names have the key of `name`, and few others.
    fn alike(&self, name: &str) -> impl Iterator<Item = Header<'_>> + use<'_> {
        self.with_key(key(&[name.as_bytes()]))
    }

    fn with_key(&self, wanted: u64) -> impl Iterator<Item = Header<'_>> + use<'_> {
        let fields = self.starts.of_key(wanted, &self.fields);
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

/// What a block is put into.
#[derive(Default)]
struct Buffers {
    text: String,
    fields: Vec<Field>,
    unfolded: Vec<OnceLock<Arc<str>>>,
    starts: Vec<u8>,
}

/// What some editors put in front of UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Blanks that no mail system writes and that a copy from a web page has.
const NO_BREAK: [&str; 3] = ["\u{a0}", "\u{2007}", "\u{202f}"];

fn has_no_break(text: &str) -> bool {
    NO_BREAK.iter().any(|blank| memchr::memmem::find(text.as_bytes(), blank.as_bytes()).is_some())
}

thread_local! {
    /// What a thread puts the headers of one message after the other into.
    static SPARE: Cell<Buffers> = Cell::default();
    /// What a thread unfolds one value after the other into.
    static LINE: Cell<String> = const { Cell::new(String::new()) };
}

/// Bytes of the largest buffer that a thread keeps: what had to grow for a giant is not kept.
const LARGEST: usize = 64 * 1024;

impl Drop for Headers {
    fn drop(&mut self) {
        if (1..=LARGEST).contains(&self.text.capacity()) && self.fields.capacity() <= LARGEST / 64 {
            let (mut text, mut fields) =
                (std::mem::take(&mut self.text), std::mem::take(&mut self.fields));
            let mut unfolded = std::mem::take(&mut self.unfolded);
            let Starts(starts) = std::mem::take(&mut self.starts);
            text.clear();
            fields.clear();
            unfolded.clear();
            SPARE.set(Buffers { text, fields, unfolded, starts });
        }
    }
}

/// A folded value as one line: its pieces with a blank between them. A line between them that continues
/// nothing is no piece.
fn unfold(folded: &str) -> Arc<str> {
    let bytes = folded.as_bytes();
    let mut value = LINE.take();
    value.clear();
    let mut begin = 0;
    for end in Marks::new(bytes, b'\n').chain([bytes.len()]) {
        let continues = matches!(bytes.get(begin), Some(b' ' | b'\t'));
        let piece = if continues || begin == 0 { folded[begin..end].trim_ascii() } else { "" };
        if !piece.is_empty() {
            if !value.is_empty() {
                value.push(' ');
            }
            value.push_str(piece);
        }
        begin = end + 1;
    }
    let unfolded = Arc::from(value.as_str());
    if value.capacity() <= LARGEST {
        LINE.set(value);
    }
    unfolded
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

/// What names that differ in case only have in common, told from most others at a glance: the length
/// and the last seven bytes. `parts` make up the name.
#[inline]
pub(super) fn key(parts: &[&[u8]]) -> u64 {
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
    fn a_fold_goes_on_with_the_last_field_whatever_stands_between() {
        let got = pairs("A:\n\n");
        assert_eq!(got[0].1, "");
        let got = pairs("A: 1\n \t\n 2\t\r\nno field\n 3\nB:\n \n 4\n\t5\nC:\nno field\n 6\n");
        let values: Vec<_> = got.iter().map(|(_, value, line)| (value.as_str(), *line)).collect();
        assert_eq!(values, [("1 2 3", 1), ("4 5", 6), ("6", 10)]);
    }

    #[test]
    fn no_break_spaces_of_a_web_page_are_blanks() {
        for text in ["A:\u{a0}one\r\n\u{a0}two\u{202f}three \r\n", "A: one\n two three\n"] {
            let (headers, split) = Headers::split(text.as_bytes(), 1);
            assert_eq!(headers.get("a").map(|header| header.value), Some("one two three"));
            assert_eq!((split.stray_lines, split.no_break), (0, !text.is_ascii()));
        }
    }

    /// Line by line, as slow as it is plain.
    fn plainly(block: &str) -> Vec<(String, String, u32)> {
        let mut all: Vec<(String, String, u32)> = Vec::new();
        let lines = block.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let mut started = false;
        for (number, line) in (1..).zip(lines) {
            match line.split_once(':') {
                _ if line.is_empty() && started => break,
                _ if line.is_empty() => continue,
                _ if line.starts_with([' ', '\t']) && !all.is_empty() => {
                    let value = &mut all.last_mut().unwrap().1;
                    *value = format!("{value} {}", line.trim_ascii()).trim_ascii().to_owned();
                }
                Some((name, value))
                    if name.trim_ascii_end().bytes().all(|b| b.is_ascii_graphic())
                        && !name.trim_ascii_end().is_empty() =>
                {
                    let name = name.trim_ascii_end().to_owned();
                    all.push((name, value.trim_ascii().to_owned(), number));
                }
                _ => {}
            }
            started = true;
        }
        all
    }

    proptest::proptest! {
        #[test]
        fn any_block_comes_out_as_line_by_line(block in "([AB]:|[ab]|:|[ \t]|\r?\n[ \t]?|\u{e9}){0,40}") {
            proptest::prop_assert_eq!(pairs(&block), plainly(&block));
        }
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
    fn a_name_is_found_however_many_stand_above_it() {
        let block: String = (0..600).map(|number| format!("X-{number}: {number}\n")).collect();
        let (headers, _) = Headers::split(block.as_bytes(), 1);
        for number in 0..600 {
            let value = headers.get(&format!("x-{number}")).map(|header| header.value.to_owned());
            assert_eq!(value, Some(number.to_string()));
        }
        assert_eq!(headers.get("x-600"), None);
        assert_eq!(Headers::default().get("x-1"), None);
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
