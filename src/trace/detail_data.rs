//! The `Data` cell of Get-MessageTraceDetail: `<root><MEP Name="…" String="…" />…</root>`
//! (`trace-formats.md` §4).
//!
//! The writer knows one element and one namespace, so a tolerant scan for `<MEP …>` replaces an XML
//! parser: a cell that was cut still gives what stands before the cut.

use memchr::memmem;
use std::borrow::Cow;

/// The entries of a data cell, in order.
pub fn entries(cell: &str) -> Entries<'_> {
    Entries { rest: cell }
}

/// One `<MEP Name="…" Type="…"/>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// `Name`.
    pub name: Cow<'a, str>,
    /// Name of the value's attribute: `String`, `Integer`, `Long`, `Double`, `Bool`, `DateTime`, `Blob`.
    pub value_type: &'a str,
    /// The value, entities decoded.
    pub value: Cow<'a, str>,
}

/// Iterator over the entries of a data cell.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        loop {
            let at = memmem::find(self.rest.as_bytes(), b"<MEP")?;
            self.rest = &self.rest[at + "<MEP".len()..];
            let (mut name, mut value) = (None, None);
            while let Some((key, text)) = self.attribute() {
                if key.eq_ignore_ascii_case("Name") {
                    name.get_or_insert(text);
                } else {
                    value.get_or_insert((key, text));
                }
            }
            if let (Some(name), Some((value_type, value))) = (name, value) {
                return Some(Entry { name: unescape(name), value_type, value: unescape(value) });
            }
        }
    }
}

impl<'a> Entries<'a> {
    /// The next `key="value"` of the element at hand; `None` at its end.
    fn attribute(&mut self) -> Option<(&'a str, &'a str)> {
        let text = self.rest.trim_start();
        let (key, tail) = text.split_once('=')?;
        let key = key.trim_end();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let tail = tail.trim_start();
        let quote = tail.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, rest) = tail[1..].split_once(quote)?;
        self.rest = rest;
        Some((key, value))
    }
}

/// Decodes the five named entities and numeric ones; anything else stays as it stands.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // the longest entity known here is `&#x10FFFF;`
        let end = rest.bytes().take(11).position(|byte| byte == b';');
        match end.and_then(|end| Some((end, entity(&rest[1..end])?))) {
            Some((end, decoded)) => {
                out.push(decoded);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(cell: &str) -> Vec<(String, String, String)> {
        entries(cell)
            .map(|entry| (entry.name.into(), entry.value_type.into(), entry.value.into()))
            .collect()
    }

    fn row(name: &str, value_type: &str, value: &str) -> (String, String, String) {
        (name.into(), value_type.into(), value.into())
    }

    #[test]
    fn entries_come_in_order_with_entities_decoded() {
        let cell = "<root><MEP Name=\"SCL\" Integer=\"8\"/><MEP  String = \"a &amp; &quot;b&quot; &#39;\" \
            Name='Text' /><MEP Name=\"CustomData\" Blob=\"S:SFA=SUM|SFV=SPM;S:A=&lt;1>\" /></root>";
        assert_eq!(
            read(cell),
            [
                row("SCL", "Integer", "8"),
                row("Text", "String", "a & \"b\" '"),
                row("CustomData", "Blob", "S:SFA=SUM|SFV=SPM;S:A=<1>"),
            ]
        );
    }

    #[test]
    fn a_cut_cell_gives_what_stands_before_the_cut() {
        assert_eq!(
            read("<root><MEP Name=\"SFV\" String=\"SPM\" /><MEP Name=\"CIP\" Stri"),
            [row("SFV", "String", "SPM")]
        );
        assert_eq!(read("&bogus; <MEP><MEP /><MEP Name=\"x\"/>"), []);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in any::<String>()) {
            entries(&text).for_each(drop);
            entries(&format!("<MEP Name=\"{text}\" String=\"{text}\"/>")).for_each(drop);
            let _ = unescape(&text);
        }
    }
}
