//! JSON twins of exports (Graph `messageTraces`, hunting results, KnowBe4 recipients): an array, an
//! object that holds one, one object, or one object after the other. Rows are streamed; nested
//! names are joined (`user.email`), and a list of texts is a cell as tables have it
//! (`ann@contoso.example;bob@contoso.example`).

use super::cell::{Cells, Scratch};
use super::dates::DateOrder;
use super::encoding::Charset;
use super::format::{self, Definition};
use super::list;
use super::report::Refusal;
use super::row::Row;
use super::rows::Tally;
use super::table::Table;
use crate::error::Error;
use crate::fact::Place;
use encoding_rs_io::DecodeReaderBytesBuilder;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use std::io::{BufReader, Read};
use std::sync::Arc;

/// JSON that has not been read yet.
pub(super) struct Source<'i> {
    reader: Box<dyn Read + Send + 'i>,
    charset: Charset,
}

/// What came of it.
pub(super) struct Outcome {
    pub(super) definition: Option<&'static Definition>,
    pub(super) tally: Tally,
    pub(super) bytes: u64,
    pub(super) error: Option<Error>,
}

/// Members that hold the rows of an answer: Graph's `value`, hunting's `results` and `Results`.
const HOLDERS: [&str; 5] = ["value", "results", "Results", "data", "recipients"];

/// Nesting below which values are kept as JSON text.
const DEPTH: u32 = 4;

impl<'i> Source<'i> {
    pub(super) fn new(reader: Box<dyn Read + Send + 'i>, charset: Charset) -> Self {
        Source { reader, charset }
    }

    /// Hands every object to `each` as a row.
    pub(super) fn fold(
        self,
        source: &Arc<str>,
        refusals: usize,
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Refusal>,
    ) -> Outcome {
        let encoding = match self.charset {
            Charset::Utf8 => None,
            Charset::Utf16Le => Some(encoding_rs::UTF_16LE),
            Charset::Utf16Be => Some(encoding_rs::UTF_16BE),
            Charset::Byte(encoding) => Some(encoding),
        };
        let mut counted = Counted { inner: self.reader, bytes: 0 };
        let decoded = DecodeReaderBytesBuilder::new()
            .encoding(encoding)
            .bom_override(true)
            .build(&mut counted);
        let mut json =
            serde_json::Deserializer::from_reader(BufReader::with_capacity(256 << 10, decoded));
        let mut rows = Rows {
            source,
            refusals,
            each,
            table: None,
            tally: Tally::default(),
            entered: false,
            unknown: None,
            scratch: Scratch::default(),
            bytes: Vec::new(),
            ends: Vec::new(),
        };
        let failed = loop {
            rows.entered = false;
            match (Top { rows: &mut rows }).deserialize(&mut json) {
                Ok(()) => {}
                Err(error) if error.is_eof() && !rows.entered => break None,
                Err(error) => break Some(error),
            }
        };
        let Rows { table, mut tally, unknown, scratch, .. } = rows;
        tally.count_cells(&scratch);
        let error =
            unknown.or_else(|| failed.map(|error| broken(source, tally.counts.read, &error)));
        Outcome {
            definition: table.map(|table| table.definition),
            tally,
            bytes: counted.bytes,
            error,
        }
    }
}

fn broken(source: &Arc<str>, rows: u64, error: &serde_json::Error) -> Error {
    Error::Value {
        path: Arc::clone(source),
        place: Place::Row(rows + 1),
        field: "JSON".into(),
        found: error.to_string(),
        expected: "an object per row".into(),
    }
}

/// Rows on their way from JSON to the fold.
struct Rows<'r> {
    source: &'r Arc<str>,
    refusals: usize,
    each: &'r mut dyn FnMut(&Row<'_>) -> Result<(), Refusal>,
    table: Option<Table>,
    tally: Tally,
    /// Whether the current value at the top has begun.
    entered: bool,
    /// Why the objects are rows of no export.
    unknown: Option<Error>,
    scratch: Scratch,
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Rows<'_> {
    fn row(&mut self, value: Value) {
        let number = self.tally.counts.read + 1;
        let Value::Object(object) = value else {
            let found = value.to_string();
            let refusal = Refusal::new(self.source, number, "row", &found, "an object");
            self.tally.count(Err(refusal), self.refusals);
            return;
        };
        let mut cells = Vec::new();
        flatten("", object, 0, &mut cells);
        if self.unknown.is_some() || !self.know(&cells) {
            return;
        }
        let Some(table) = &self.table else { return };
        self.bytes.clear();
        self.ends.clear();
        for name in &table.names {
            let cell = cells.iter().find(|(known, _)| *known == **name);
            self.bytes.extend_from_slice(cell.map_or("", |(_, text)| text).as_bytes());
            self.ends.push(self.bytes.len() as u32);
            self.bytes.push(b'\n');
        }
        self.scratch.reset(self.ends.len());
        let row = Row {
            format: table.format(),
            source: self.source,
            number,
            offset: None,
            table,
            cells: Cells {
                bytes: &self.bytes,
                text: std::str::from_utf8(&self.bytes).ok(),
                start: 0,
                ends: &self.ends,
                charset: Charset::Utf8,
                quoted: false,
            },
            scratch: &self.scratch,
        };
        let outcome = (self.each)(&row);
        self.tally.count(outcome, self.refusals);
    }

    /// Makes the table know the names of a row; whether there is a table.
    fn know(&mut self, cells: &[(String, String)]) -> bool {
        let definition = match &self.table {
            Some(table) => table.definition,
            None => {
                match format::recognise(cells.iter().map(|(name, _)| name.as_str())) {
                    Some(definition) => definition,
                    None => {
                        self.unknown = Some(Error::Kind {
                        path: Arc::clone(self.source),
                        found: "JSON whose objects are no rows of a known export".into(),
                        expected: "messageTraces of Graph, hunting results, or recipients of a campaign".into(),
                    });
                        return false;
                    }
                }
            }
        };
        let mut names = self.table.take().map_or(Vec::new(), |table| table.names);
        for (name, _) in cells {
            if names.len() < Table::MAX_COLUMNS && !names.iter().any(|known| **known == **name) {
                names.push(name.as_str().into());
            }
        }
        self.table = Some(Table::new(definition, names, DateOrder::DayFirst));
        true
    }
}

/// Names and texts of an object's values, nested objects joined.
fn flatten(
    prefix: &str,
    object: Map<String, Value>,
    depth: u32,
    cells: &mut Vec<(String, String)>,
) {
    for (key, value) in object {
        let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        match value {
            Value::Null => cells.push((name, String::new())),
            Value::String(text) => cells.push((name, text)),
            Value::Object(inner) if depth < DEPTH => flatten(&name, inner, depth + 1, cells),
            Value::Array(items) if items.iter().all(Value::is_string) => {
                let members = items.iter().filter_map(Value::as_str).map(list::quote);
                cells.push((name, members.collect::<Vec<_>>().join(";")));
            }
            other => cells.push((name, other.to_string())),
        }
    }
}

/// A value at the top: rows, what holds rows, or a row.
struct Top<'a, 'r> {
    rows: &'a mut Rows<'r>,
}

impl<'de> DeserializeSeed<'de> for Top<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array of objects")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        self.rows.entered = true;
        while let Some(value) = seq.next_element()? {
            self.rows.row(value);
        }
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        self.rows.entered = true;
        let mut own = Map::new();
        let mut holds = false;
        while let Some(key) = map.next_key::<String>()? {
            if HOLDERS.contains(&key.as_str()) {
                holds |= map.next_value_seed(Held { rows: self.rows })?;
            } else {
                own.insert(key, map.next_value()?);
            }
        }
        if !holds {
            self.rows.row(Value::Object(own));
        }
        Ok(())
    }
}

/// The value of a holder: rows if it is an array.
struct Held<'a, 'r> {
    rows: &'a mut Rows<'r>,
}

impl<'de> DeserializeSeed<'de> for Held<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Held<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<bool, S::Error> {
        while let Some(value) = seq.next_element()? {
            self.rows.row(value);
        }
        Ok(true)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<bool, M::Error> {
        while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    fn visit_str<E>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }
}

/// A reader that counts.
struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(out)?;
        self.bytes += count as u64;
        Ok(count)
    }
}
