//! Encodings of text files: byte order marks, UTF-16 with and without one.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use std::borrow::Cow;
use std::io::{self, Read};

/// Bytes looked at to tell UTF-16 without byte order mark.
const SAMPLE: usize = 512;

/// The encoding that must be undone before lines can be told, if any: UTF-16, or UTF-8 behind a
/// byte order mark. Other 8-bit encodings are left to the readers of fields.
pub(super) fn to_undo(head: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Some(encoding);
    }
    let sample = &head[..head.len().min(SAMPLE) & !1];
    if sample.len() < 4 || memchr::memchr(0, sample).is_none() {
        return None;
    }
    let zeros = |at: usize| sample.iter().skip(at).step_by(2).filter(|b| **b == 0).count();
    // Mostly Western text: at least 70 % of one half is zero, and next to none of the other.
    let (even, odd, pairs) = (zeros(0), zeros(1), sample.len() / 2);
    if odd * 10 >= pairs * 7 && even * 20 <= pairs {
        Some(UTF_16LE)
    } else if even * 10 >= pairs * 7 && odd * 20 <= pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The first bytes of a file as UTF-8 without byte order mark (or as they are).
pub(super) fn decoded(head: &[u8]) -> Cow<'_, [u8]> {
    match to_undo(head) {
        None => Cow::Borrowed(head),
        Some(encoding) if encoding == UTF_8 => Cow::Borrowed(&head[3..]),
        Some(encoding) => Cow::Owned(encoding.decode(head).0.into_owned().into_bytes()),
    }
}

/// A reader of UTF-8 without byte order mark over `source`, which is in `encoding`.
pub(super) fn undo<'a>(
    source: impl Read + Send + 'a,
    encoding: &'static Encoding,
) -> Box<dyn Read + Send + 'a> {
    Box::new(
        DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_override(true).build(source),
    )
}

/// A reader of UTF-8 without byte order mark over `source`, which starts with `head`; where the text
/// ends its lines with CR alone, they end with LF.
pub(super) fn normal<'a>(
    source: Box<dyn Read + Send + 'a>,
    head: &[u8],
) -> Box<dyn Read + Send + 'a> {
    let plain = decoded(head);
    let lone_cr = !plain.contains(&b'\n') && plain.contains(&b'\r');
    let source = match to_undo(head) {
        Some(encoding) => undo(source, encoding),
        None => source,
    };
    if lone_cr { Box::new(CrAsLf(source)) } else { source }
}

/// Old Macintosh line ends as LF.
struct CrAsLf<R>(R);

impl<R: Read> Read for CrAsLf<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        buffer[..count].iter_mut().filter(|b| **b == b'\r').for_each(|b| *b = b'\n');
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bom: bool, big: bool) -> Vec<u8> {
        let units = bom.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn utf16_is_told_with_and_without_byte_order_mark() -> std::io::Result<()> {
        for (bom, big) in [(true, false), (true, true), (false, false), (false, true)] {
            let bytes = utf16("Subject: Grüße\r\n", bom, big);
            let Some(encoding) = to_undo(&bytes) else { panic!("not told: {bom} {big}") };
            assert_eq!(decoded(&bytes), "Subject: Grüße\r\n".as_bytes());
            let mut text = String::new();
            undo(bytes.as_slice(), encoding).read_to_string(&mut text)?;
            assert_eq!(text, "Subject: Grüße\r\n");
        }
        Ok(())
    }

    #[test]
    fn a_utf8_byte_order_mark_is_dropped() {
        assert_eq!(decoded(b"\xEF\xBB\xBFFrom: a"), b"From: a".as_slice());
    }

    #[test]
    fn plain_text_and_nul_bytes_are_left_alone() {
        assert_eq!(to_undo(b"From: a@b.example\r\n"), None);
        assert_eq!(to_undo(&[0; 64]), None);
    }
}
