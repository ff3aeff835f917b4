//! The first lines of a file: charset, delimiter, header, and so the export it is.

use super::cell::unquoted;
use super::dates::DateOrder;
use super::encoding::{Charset, transcode};
use super::format;
use super::index::{Dialect, Directive};
use super::table::Table;
use crate::error::Error;
use encoding_rs::Encoding;
use std::sync::Arc;

/// Bytes looked at to find the header.
pub(super) const HEAD: usize = 256 << 10;

/// How a file is to be read.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) charset: Charset,
    pub(super) dialect: Dialect,
    pub(super) table: Arc<Table>,
    /// Where the first record may begin, in bytes of the file.
    pub(super) data_start: u64,
}

/// What a file turns out to be.
#[derive(Debug)]
pub(super) enum Content {
    /// A table.
    Table(Opening),
    /// JSON in this charset.
    Json(Charset),
}

/// What the first bytes say of a file whose rows have at most `longest` bytes.
///
/// # Errors
///
/// [`Error::Kind`] where no export begins like this.
pub(super) fn open(
    source: &Arc<str>,
    head: &[u8],
    asked: Option<&'static Encoding>,
    longest: usize,
) -> Result<Content, Error> {
    let (charset, mark) = Charset::of(head, asked);
    let text = decoded(&head[mark..], charset);
    let mut lines = Lines { text: &text, at: 0 };
    let mut delimiter = None;
    let mut directives = false;
    while let Some((line, end)) = lines.next() {
        let trimmed = line.trim_ascii();
        let (cells, header) = match Directive::of(trimmed) {
            Some(Directive::Fields) => (fields(trimmed), trimmed),
            Some(directive) => {
                directives |= directive == Directive::Log;
                continue;
            }
            None if trimmed.is_empty() => continue,
            None if trimmed.len() == 5 && trimmed[..4].eq_ignore_ascii_case(b"sep=") => {
                delimiter = Some(trimmed[4]);
                continue;
            }
            None if matches!(trimmed[0], b'{' | b'[') => return Ok(Content::Json(charset)),
            None => (line, line),
        };
        directives |= header.starts_with(b"#");
        let Some((delimiter, table)) = sniff(cells, delimiter, charset) else {
            return Err(unknown(source, &text, line));
        };
        let inner = line.trim_ascii();
        let is_outside_quotes =
            |at: usize| memchr::memchr_iter(b'"', &inner[..at]).count().is_multiple_of(2);
        if memchr::memchr_iter(b'\r', inner).any(is_outside_quotes) {
            return Err(one_line(source));
        }
        // A log that begins with the plain field list has its directives behind it.
        directives |= Directive::of(lines.rest()) == Some(Directive::Log);
        let columns = table.names.len();
        let dialect = Dialect { delimiter, directives, columns, header: header.into(), longest };
        let data_start = (mark + charset.raw_len(&text[..end])) as u64;
        return Ok(Content::Table(Opening {
            charset,
            dialect,
            table: Arc::new(table),
            data_start,
        }));
    }
    Err(unknown(source, &text, b""))
}

/// The table of a `#Fields:` line that stands further down in a log.
pub(super) fn changed(table: &Table, line: &[u8], delimiter: u8, charset: Charset) -> Table {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Table::new(table.definition, names(fields(line), delimiter, charset), table.order)
}

/// What stands behind `#Fields:`.
fn fields(line: &[u8]) -> &[u8] {
    line.get(b"#Fields:".len()..).unwrap_or_default().trim_ascii()
}

/// The delimiter with which the header names an export; with two of them, the one that makes more
/// columns known.
fn sniff(header: &[u8], told: Option<u8>, charset: Charset) -> Option<(u8, Table)> {
    let candidates: &[u8] = if told.is_some() { told.as_slice() } else { b",;\t|" };
    let tables = candidates.iter().filter_map(|delimiter| {
        let names = names(header, *delimiter, charset);
        if names.len() > Table::MAX_COLUMNS {
            return None;
        }
        let definition = format::recognise(names.iter().map(|name| &**name))?;
        let known = names.iter().filter(|name| definition.field(name).is_some()).count();
        Some((known, (*delimiter, Table::new(definition, names, DateOrder::DayFirst))))
    });
    // The first of the best: `max_by_key` would take the last.
    tables.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, found)| found)
}

/// Header cells: unquoted, without blanks around them.
fn names(header: &[u8], delimiter: u8, charset: Charset) -> Vec<Box<str>> {
    let mut names = Vec::new();
    let mut rest = header;
    loop {
        let end = cell_end(rest, delimiter);
        let (name, _) = charset.text(unquoted(rest[..end].trim_ascii()));
        names.push(name.trim().trim_matches('\u{FEFF}').into());
        match rest.get(end + 1..) {
            Some(after) if names.len() <= Table::MAX_COLUMNS => rest = after,
            _ => return names,
        }
    }
}

/// Where the first cell of a line ends.
fn cell_end(line: &[u8], delimiter: u8) -> usize {
    let quoted = line.first() == Some(&b'"');
    let mut inside = false;
    let end = line.iter().position(|byte| {
        inside ^= quoted && *byte == b'"';
        *byte == delimiter && !inside
    });
    end.unwrap_or(line.len())
}

/// The first bytes in the form in which they are split.
fn decoded(head: &[u8], charset: Charset) -> Vec<u8> {
    if charset.unit() == 1 {
        return head.to_vec();
    }
    let mut text = Vec::new();
    transcode(&head[..head.len() & !1], charset, &mut text);
    text
}

/// Lines of a text; the second value is where the next one begins.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Option<(&'t [u8], usize)> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest);
        let line = &rest[..end.unwrap_or(rest.len())];
        self.at += end.map_or(rest.len(), |end| end + 1);
        Some((line.strip_suffix(b"\r").unwrap_or(line), self.at))
    }

    fn rest(&self) -> &'t [u8] {
        &self.text[self.at..]
    }
}

/// A file whose rows would all be taken for columns of its header.
fn one_line(source: &Arc<str>) -> Error {
    Error::Kind {
        path: Arc::clone(source),
        found: "a table whose lines end with a carriage return alone".to_owned(),
        expected: "lines that end with a line feed, as in a CSV file that a spreadsheet saves for Windows or \
                   as UTF-8"
            .into(),
    }
}

fn unknown(source: &Arc<str>, text: &[u8], header: &[u8]) -> Error {
    let found = if text.iter().take(4096).any(|byte| *byte == 0) {
        "binary data".to_owned()
    } else if header.is_empty() {
        "no header line".to_owned()
    } else {
        let shown: String = String::from_utf8_lossy(header).chars().take(120).collect();
        format!("a table with the header “{shown}”")
    };
    let expected = "the header of a message trace, tracking log, hunting, quarantine or campaign export, or a column of addresses";
    Error::Kind { path: Arc::clone(source), found, expected: expected.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::columns::Field;
    use crate::trace::format::Format;

    fn opening(text: &[u8]) -> Opening {
        match open(&"t.csv".into(), text, None, 1 << 20) {
            Ok(Content::Table(opening)) => opening,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lines_before_the_header_are_skipped() {
        for before in
            ["", "\u{FEFF}", "#TYPE Selected.System.Object\r\n", "\r\n\r\n", "\u{FEFF}#TYPE x\r\n"]
        {
            let text = format!("{before}\"Received\",\"RecipientAddress\"\r\nx");
            let opening = opening(text.as_bytes());
            assert_eq!(opening.table.format(), Format::MessageTrace, "{before:?}");
            assert_eq!(opening.data_start as usize, text.len() - 1, "{before:?}");
        }
    }

    #[test]
    fn the_delimiter_is_the_one_that_names_columns() {
        for (text, delimiter) in [
            ("Received,RecipientAddress", b','),
            ("Received;RecipientAddress;a,b", b';'),
            ("Received\tRecipientAddress", b'\t'),
            ("sep=|\r\nReceived|RecipientAddress", b'|'),
            ("\"Received\";\"RecipientAddress\"", b';'),
            ("email", b','),
        ] {
            assert_eq!(opening(text.as_bytes()).dialect.delimiter, delimiter, "{text}");
        }
    }

    #[test]
    fn the_fields_directive_is_the_header_of_a_log() {
        let text = b"\xEF\xBB\xBF#Software: Microsoft Exchange Server\r\n#Version: 14.0.0.0\r\n#Fields: date-time,source,event-id,recipient-address\r\n2016";
        let opening = opening(text);
        assert_eq!(opening.table.format(), Format::TrackingLog);
        assert!(opening.dialect.directives);
        assert_eq!(opening.table.slot(Field::Recipient), Some(3));
        assert_eq!(&text[opening.data_start as usize..], b"2016");
    }

    #[test]
    fn a_field_list_before_the_directives_is_a_log_too() {
        let text = b"date-time,source,event-id\r\n#Software: Microsoft Exchange Server\r\n";
        assert!(opening(text).dialect.directives);
    }

    #[test]
    fn a_carriage_return_in_quotes_ends_no_line() {
        let opening = opening(b"\"Received\",\"To\rIP\",RecipientAddress\r\n");
        assert_eq!(opening.table.slot(Field::Recipient), Some(2));
    }

    #[test]
    fn header_cells_may_hold_delimiters_in_quotes() {
        let opening = opening(b"\"Received\",\"a,b\",\" RecipientAddress \"\n");
        assert_eq!(opening.table.names.len(), 3);
        assert_eq!(opening.table.slot(Field::Recipient), Some(2));
    }

    #[test]
    fn what_is_no_export_is_told_by_what_it_is() {
        for (head, found) in [
            (b"\0\x01\x02PK\x03".as_slice(), "binary data"),
            (b"", "no header line"),
            (b"name,price\n1,2", "a table with the header “name,price”"),
        ] {
            let Err(Error::Kind { found: told, .. }) = open(&"t".into(), head, None, 1 << 20)
            else {
                panic!("{found}")
            };
            assert_eq!(told, found);
        }
    }

    #[test]
    fn lines_that_end_with_a_carriage_return_alone_are_not_taken_for_one_header() {
        let text =
            "Received,RecipientAddress,Status\r2026-03-02T08:15:01Z,ann@contoso.example,Failed\r";
        let opened = open(&"t".into(), text.as_bytes(), None, 1 << 20);
        let Err(Error::Kind { found, .. }) = opened else { panic!("{opened:?}") };
        assert_eq!(found, "a table whose lines end with a carriage return alone");
        let doubled =
            "Received,RecipientAddress\r\r\n2026-03-02T08:15:01Z,ann@contoso.example\r\r\n";
        assert_eq!(opening(doubled.as_bytes()).table.names.len(), 2);
    }

    #[test]
    fn json_is_told_by_its_first_character() {
        assert!(matches!(
            open(&"t".into(), b"\xEF\xBB\xBF [{}]", None, 1 << 20),
            Ok(Content::Json(Charset::Utf8))
        ));
    }
}
