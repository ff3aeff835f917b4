//! Transfer encodings, undone piece by piece.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Undoes the transfer encoding of one part.
#[derive(Debug)]
pub(super) enum Transfer {
    /// `7bit`, `8bit`, `binary` and whatever is not known.
    Identity,
    /// `quoted-printable`.
    Quoted(Quoted),
    /// `base64`.
    Base64(Base64),
}

impl Transfer {
    /// The decoder for a lower-case encoding name.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "quoted-printable" => Transfer::Quoted(Quoted::default()),
            "base64" => Transfer::Base64(Base64::default()),
            _ => Transfer::Identity,
        }
    }

    /// Appends what `bytes` stand for to `out`.
    pub(super) fn decode(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Transfer::Identity => out.extend_from_slice(bytes),
            Transfer::Quoted(quoted) => quoted.decode(bytes, out),
            Transfer::Base64(base64) => base64.decode(bytes, out),
        }
    }

    /// Appends what was held back, and tells what was damaged.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Option<String> {
        match self {
            Transfer::Identity => None,
            Transfer::Quoted(quoted) => (quoted.damaged > 0).then(|| {
                format!(
                    "quoted-printable: {} escapes are not valid, kept as they stand",
                    quoted.damaged
                )
            }),
            Transfer::Base64(base64) => base64.finish(out),
        }
    }
}

/// Where a quoted-printable decoder stands.
#[derive(Debug, Default, Clone, Copy)]
enum At {
    #[default]
    Text,
    /// After `=`.
    Equals,
    /// After `=` and one hex digit.
    Hex(u8),
    /// After `=` and white space: a soft break if the line ends.
    Soft,
}

/// Quoted-printable.
#[derive(Debug, Default)]
pub(super) struct Quoted {
    at: At,
    damaged: usize,
}

impl Quoted {
    fn decode(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while let Some(&byte) = bytes.first() {
            match self.at {
                At::Text => {
                    let Some(equals) = memchr::memchr(b'=', bytes) else {
                        out.extend_from_slice(bytes);
                        return;
                    };
                    out.extend_from_slice(&bytes[..equals]);
                    bytes = &bytes[equals + 1..];
                    // The common cases need no state: a soft break and an escape.
                    match bytes {
                        [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => bytes = rest,
                        [high, low, rest @ ..] => match (nibble(*high), nibble(*low)) {
                            (Some(high), Some(low)) => {
                                out.push(high << 4 | low);
                                bytes = rest;
                            }
                            _ => self.at = At::Equals,
                        },
                        _ => self.at = At::Equals,
                    }
                    continue;
                }
                At::Equals => match byte {
                    b'\n' => self.at = At::Text,
                    b'\r' | b' ' | b'\t' => self.at = At::Soft,
                    _ if nibble(byte).is_some() => self.at = At::Hex(byte),
                    _ => {
                        self.keep(b"=", out);
                        continue;
                    }
                },
                At::Hex(first) => {
                    let (Some(high), Some(low)) = (nibble(first), nibble(byte)) else {
                        self.keep(&[b'=', first], out);
                        continue;
                    };
                    out.push(high << 4 | low);
                    self.at = At::Text;
                }
                At::Soft => match byte {
                    b'\n' => self.at = At::Text,
                    b'\r' | b' ' | b'\t' => {}
                    _ => {
                        self.keep(b"=", out);
                        continue;
                    }
                },
            }
            bytes = &bytes[1..];
        }
    }

    /// Keeps a damaged escape as it stands.
    fn keep(&mut self, escape: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(escape);
        self.damaged += 1;
        self.at = At::Text;
    }
}

fn nibble(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// Base64 over many lines.
#[derive(Debug, Default)]
pub(super) struct Base64 {
    /// Characters that do not yet make up a whole group of four.
    held: Vec<u8>,
    garbage: usize,
}

impl Base64 {
    fn decode(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for line in bytes.split(|b| *b == b'\n') {
            self.held.extend_from_slice(line.trim_ascii());
        }
        self.flush(out);
    }

    /// Decodes the whole groups that are held.
    fn flush(&mut self, out: &mut Vec<u8>) {
        let whole = self.held.len() / 4 * 4;
        let before = out.len();
        if LENIENT.decode_vec(&self.held[..whole], out).is_ok() {
            self.held.drain(..whole);
            return;
        }
        out.truncate(before);
        // Garbage, or padding in the middle: only characters of the alphabet count.
        let length = self.held.len();
        self.held.retain(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
        self.garbage += length - self.held.len();
        let whole = self.held.len() / 4 * 4;
        if LENIENT.decode_vec(&self.held[..whole], out).is_err() {
            out.truncate(before);
        }
        self.held.drain(..whole);
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Option<String> {
        self.held.retain(|b| *b != b'=');
        let cut = self.held.len() == 1;
        if !cut && LENIENT.decode_vec(&self.held, out).is_err() {
            self.garbage += self.held.len();
        }
        self.held.clear();
        if self.garbage > 0 {
            Some(format!("base64: {} characters are not of its alphabet, left out", self.garbage))
        } else {
            cut.then(|| "base64: cut off in the middle of a group".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes in steps of every size and wants the same each time.
    fn decoded(name: &str, text: &[u8]) -> (Vec<u8>, Option<String>) {
        let mut results: Vec<_> = (1..=text.len().max(1))
            .map(|step| {
                let (mut transfer, mut out) = (Transfer::named(name), Vec::new());
                text.chunks(step).for_each(|chunk| transfer.decode(chunk, &mut out));
                let note = transfer.finish(&mut out);
                (out, note)
            })
            .collect();
        results.dedup_by(|a, b| a.0 == b.0);
        assert_eq!(results.len(), 1, "{results:?}");
        results.remove(0)
    }

    #[test]
    fn quoted_printable_joins_soft_breaks_and_undoes_escapes() {
        let (text, note) = decoded(
            "quoted-printable",
            b"<a href=3D\"https://a.exa=\r\nmple/=\n?x=3d1=  \t\r\n&amp;\">=C3=A9",
        );
        assert_eq!(String::from_utf8_lossy(&text), "<a href=\"https://a.example/?x=1&amp;\">é");
        assert_eq!(note, None);
    }

    #[test]
    fn damaged_quoted_printable_is_kept_and_counted() {
        let (text, note) = decoded("quoted-printable", b"a=b c=zz d=4g e=");
        assert_eq!(String::from_utf8_lossy(&text), "a=b c=zz d=4g e");
        assert!(note.is_some_and(|note| note.contains("3 escapes")));
    }

    #[test]
    fn base64_spans_lines_and_ignores_garbage() {
        assert_eq!(decoded("base64", b"aHR0cHM6Ly9h\r\nLmV4YW1wbGU=\r\n").0, b"https://a.example");
        let (text, note) = decoded("base64", b"aHR0\x00cHM6\xffLy9h!LmV4YW1wbGU");
        assert_eq!(text, b"https://a.example");
        assert!(note.is_some());
        assert!(decoded("base64", b"aHR0c").1.is_some_and(|note| note.contains("cut off")));
    }
}
