//! JSON that a terminal can show: what would move the cursor, hide itself or change the order of its
//! neighbours stands as `\u202e`, which reads back as the same character.

use super::is_treacherous;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use std::io::{self, Write};

/// Writes a value in one line.
///
/// # Errors
///
/// Those of `out` and of the value's own serialization.
pub fn write<T: Serialize>(out: impl Write, value: &T) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Shown(CompactFormatter)))
}

/// A value in one line.
///
/// # Errors
///
/// Those of the value's own serialization.
pub fn line<T: Serialize>(value: &T) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::new();
    write(&mut out, value).map(|()| out)
}

/// A value in indented lines, the last one ended.
///
/// # Errors
///
/// Those of the value's own serialization.
pub fn document<T: Serialize>(value: &T) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut out, Shown(PrettyFormatter::new())))?;
    out.push(b'\n');
    Ok(out)
}

/// A formatter whose strings are safe to show.
struct Shown<F>(F);

impl<F: Formatter> Formatter for Shown<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_treacherous) {
            let (plain, from) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let mut chars = from.chars();
            let units = chars.next().map(|c| c.encode_utf16(&mut [0; 2]).to_vec());
            for unit in units.into_iter().flatten() {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = chars.as_str();
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() -> serde_json::Result<()> {
        let value = BTreeMap::from([("k\u{200b}", "a\u{9b}31m\u{202e}b\u{7f}\u{e0041}é\n")]);
        assert_eq!(
            String::from_utf8_lossy(&line(&value)?),
            r#"{"k\u200b":"a\u009b31m\u202eb\u007f\udb40\udc41é\n"}"#
        );
        Ok(())
    }

    proptest! {
        #[test]
        fn it_reads_back_as_it_was(value in prop::collection::btree_map(any::<String>(), any::<Vec<String>>(), 0..4)) {
            let (line, document) = (line(&value)?, document(&value)?);
            for json in [&line, &document] {
                let text = std::str::from_utf8(json)?;
                prop_assert!(!text.chars().any(|c| c != '\n' && is_treacherous(c)), "{}", text);
                let back: BTreeMap<String, Vec<String>> = serde_json::from_slice(json)?;
                prop_assert_eq!(&back, &value);
            }
        }
    }
}
