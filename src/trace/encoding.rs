//! Charsets of exports: UTF-8, UTF-16 with and without byte order mark, Windows-125x on request
//! (`trace-formats.md §0`).
//!
//! UTF-8 and single-byte charsets are split as they are and decoded cell by cell; UTF-16 is turned
//! into UTF-8 block by block, on the thread that reads the block.

use encoding_rs::Encoding;
use memchr::memchr_iter;

/// How the bytes of a file stand for text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// UTF-8 and ASCII.
    Utf8,
    /// UTF-16, low byte first: what Exchange Online's downloads are.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// A single-byte charset that has ASCII in its lower half.
    Byte(&'static Encoding),
}

impl Charset {
    /// The charset of a file that begins with `head`, and the length of its byte order mark.
    /// `asked` is what the user says; a byte order mark knows better.
    pub(super) fn of(head: &[u8], asked: Option<&'static Encoding>) -> (Charset, usize) {
        match head {
            [0xEF, 0xBB, 0xBF, ..] => return (Charset::Utf8, 3),
            [0xFF, 0xFE, ..] => return (Charset::Utf16Le, 2),
            [0xFE, 0xFF, ..] => return (Charset::Utf16Be, 2),
            _ => {}
        }
        let charset = match asked {
            Some(encoding) if encoding == encoding_rs::UTF_16LE => Charset::Utf16Le,
            Some(encoding) if encoding == encoding_rs::UTF_16BE => Charset::Utf16Be,
            Some(encoding) if encoding.is_single_byte() => Charset::Byte(encoding),
            Some(_) => Charset::Utf8,
            None => by_zeros(head),
        };
        (charset, 0)
    }

    /// Bytes per code unit.
    pub(super) fn unit(self) -> usize {
        match self {
            Charset::Utf8 | Charset::Byte(_) => 1,
            Charset::Utf16Le | Charset::Utf16Be => 2,
        }
    }

    /// The first place behind a line end in `raw`, counted from its start, which lies between two
    /// code units.
    pub(super) fn line_start(self, raw: &[u8]) -> Option<usize> {
        match self {
            Charset::Utf8 | Charset::Byte(_) => memchr::memchr(b'\n', raw).map(|at| at + 1),
            Charset::Utf16Le => memchr_iter(b'\n', raw)
                .find(|at| at % 2 == 0 && raw.get(at + 1) == Some(&0))
                .map(|at| at + 2),
            Charset::Utf16Be => {
                memchr_iter(b'\n', raw).find(|at| at % 2 == 1 && raw[at - 1] == 0).map(|at| at + 1)
            }
        }
    }

    /// Text of a cell's bytes, and whether some of them could not be read. UTF-16 is UTF-8 by the
    /// time it has cells.
    pub(super) fn text(self, bytes: Vec<u8>) -> (String, bool) {
        match self {
            Charset::Byte(encoding) => {
                let (text, damaged) = encoding.decode_without_bom_handling(&bytes);
                (text.into_owned(), damaged)
            }
            _ => match String::from_utf8(bytes) {
                Ok(text) => (text, false),
                Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
            },
        }
    }

    /// Bytes that `text`, which was decoded from this charset, has in the file.
    pub(super) fn raw_len(self, text: &[u8]) -> usize {
        match self {
            Charset::Utf8 | Charset::Byte(_) => text.len(),
            Charset::Utf16Le | Charset::Utf16Be if text.is_ascii() => 2 * text.len(),
            Charset::Utf16Le | Charset::Utf16Be => {
                // One unit per character, two for those that take four bytes in UTF-8.
                let units = |b: &u8| u8::from(*b & 0xC0 != 0x80) + u8::from(*b >= 0xF0);
                // Sums of bytes are vectors; 64 times two is still a byte.
                let sum = |chunk: &[u8]| usize::from(chunk.iter().map(units).sum::<u8>());
                2 * text.chunks(64).map(sum).sum::<usize>()
            }
        }
    }
}

/// UTF-16 without byte order mark shows in zero bytes: exports are mostly ASCII.
fn by_zeros(head: &[u8]) -> Charset {
    let sample = &head[..head.len().min(4096) & !1];
    let zeros = |at: usize| sample.iter().skip(at).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), sample.len() / 2);
    if pairs == 0 {
        Charset::Utf8
    } else if odd * 10 >= pairs * 7 && even * 20 <= pairs {
        Charset::Utf16Le
    } else if even * 10 >= pairs * 7 && odd * 20 <= pairs {
        Charset::Utf16Be
    } else {
        Charset::Utf8
    }
}

/// Appends `raw`, whole code units of UTF-16, to `out` as UTF-8. Lone surrogates become U+FFFD; an
/// odd last byte (a cut file) does, too.
pub(super) fn transcode(raw: &[u8], charset: Charset, out: &mut Vec<u8>) {
    let big = charset == Charset::Utf16Be;
    out.reserve(raw.len() / 2 + 16);
    let mut rest = raw;
    loop {
        rest = if big { narrow::<1>(rest, out) } else { narrow::<0>(rest, out) };
        // A stretch that is not plain ASCII, character by character.
        let mut budget = CHUNK / 2;
        while budget > 0 {
            let Some((first, after)) = unit(rest, big) else {
                if !rest.is_empty() {
                    push('\u{FFFD}', out);
                }
                return;
            };
            rest = after;
            budget -= 1;
            let pair = || unit(after, big).filter(|(low, _)| (0xDC00..0xE000).contains(low));
            match (first, char::from_u32(u32::from(first))) {
                (_, Some(character)) => push(character, out),
                (0xD800..0xDC00, _) if let Some((low, behind)) = pair() => {
                    let code =
                        0x1_0000 + (u32::from(first - 0xD800) << 10) + u32::from(low - 0xDC00);
                    push(char::from_u32(code).unwrap_or('\u{FFFD}'), out);
                    rest = behind;
                }
                _ => push('\u{FFFD}', out),
            }
        }
    }
}

/// Bytes looked at together.
const CHUNK: usize = 64;

/// Appends the ASCII at the start of `raw`, in whole chunks, and returns what follows. `LOW` is
/// the place of the low byte in a code unit.
fn narrow<'a, const LOW: usize>(raw: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let (chunks, _) = raw.as_chunks::<CHUNK>();
    let mut done = 0;
    for chunk in chunks {
        let (mut low, mut high) = (0, 0);
        for [a, b] in chunk.as_chunks::<2>().0 {
            let (l, h) = if LOW == 0 { (a, b) } else { (b, a) };
            low |= l;
            high |= h;
        }
        if low >= 0x80 || high != 0 {
            break;
        }
        let mut ascii = [0; CHUNK / 2];
        for (to, from) in ascii.iter_mut().zip(chunk.as_chunks::<2>().0) {
            *to = from[LOW];
        }
        out.extend_from_slice(&ascii);
        done += CHUNK;
    }
    &raw[done..]
}

fn unit(raw: &[u8], big: bool) -> Option<(u16, &[u8])> {
    let (bytes, rest) = raw.split_first_chunk::<2>()?;
    Some((if big { u16::from_be_bytes(*bytes) } else { u16::from_le_bytes(*bytes) }, rest))
}

fn push(character: char, out: &mut Vec<u8>) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() })
            .collect()
    }

    #[test]
    fn byte_order_marks_and_zero_bytes_tell_the_charset() {
        let text = "origin_timestamp_utc,sender_address\r\n";
        assert_eq!(Charset::of(text.as_bytes(), None), (Charset::Utf8, 0));
        assert_eq!(Charset::of(b"\xEF\xBB\xBFa", None), (Charset::Utf8, 3));
        assert_eq!(Charset::of(b"\xFF\xFEa\0", None), (Charset::Utf16Le, 2));
        assert_eq!(Charset::of(b"\xFE\xFF\0a", None), (Charset::Utf16Be, 2));
        assert_eq!(Charset::of(&utf16(text, false), None), (Charset::Utf16Le, 0));
        assert_eq!(Charset::of(&utf16(text, true), None), (Charset::Utf16Be, 0));
        assert_eq!(Charset::of(b"", None), (Charset::Utf8, 0));
    }

    #[test]
    fn a_byte_order_mark_overrules_what_was_asked() {
        let asked = Some(encoding_rs::WINDOWS_1251);
        assert_eq!(Charset::of(b"a", asked), (Charset::Byte(encoding_rs::WINDOWS_1251), 0));
        assert_eq!(Charset::of(b"\xEF\xBB\xBFa", asked), (Charset::Utf8, 3));
    }

    #[test]
    fn a_line_feed_byte_inside_another_character_is_no_line_end() {
        // U+0A41 and U+410A hold the byte 0x0A.
        let text = "\u{A41}\u{410A}\n\u{A41}";
        assert_eq!(Charset::Utf16Le.line_start(&utf16(text, false)), Some(6));
        assert_eq!(Charset::Utf16Be.line_start(&utf16(text, true)), Some(6));
        assert_eq!(Charset::Utf8.line_start(b"ab\nc"), Some(3));
        assert_eq!(Charset::Utf8.line_start(b"abc"), None);
    }

    #[test]
    fn lone_surrogates_and_a_cut_unit_become_replacement_characters() {
        let mut out = Vec::new();
        transcode(&[0x00, 0xD8, b'a', 0, 0x00, 0xDC, b'b'], Charset::Utf16Le, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "\u{FFFD}a\u{FFFD}\u{FFFD}");
    }

    proptest! {
        #[test]
        fn transcoding_is_what_the_standard_library_says(units in prop::collection::vec(prop_oneof![3 => 32_u16..127, 1 => any::<u16>()], 0..300), big: bool) {
            let raw: Vec<u8> = units.iter().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect();
            let charset = if big { Charset::Utf16Be } else { Charset::Utf16Le };
            let mut out = Vec::new();
            transcode(&raw, charset, &mut out);
            prop_assert_eq!(String::from_utf8_lossy(&out), String::from_utf16_lossy(&units));
            prop_assert_eq!(charset.raw_len(&out), raw.len());
        }
    }
}
