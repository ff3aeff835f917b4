//! JSON as PowerShell writes it: encodings, wrappers, dates, numbers as strings (`causes.md` §8).

use crate::error::{Error, Result};
use crate::fact::Place;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// Largest configuration file that is read, in bytes.
pub const MAX_FILE: u64 = 512 * 1024 * 1024;

/// Decodes a file written by `Out-File`, `Set-Content` or `>`: UTF-8 with or without a byte order
/// mark, UTF-16 with one, and UTF-16 without one where the zero bytes give it away.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let encoding = match bytes {
        [0xff, 0xfe, ..] => encoding_rs::UTF_16LE,
        [0xfe, 0xff, ..] => encoding_rs::UTF_16BE,
        [b, 0, ..] if *b != 0 => encoding_rs::UTF_16LE,
        [0, b, ..] if *b != 0 => encoding_rs::UTF_16BE,
        _ => encoding_rs::UTF_8,
    };
    encoding.decode(bytes).0
}

/// Parses one document. An empty one is `null`: a cmdlet that found nothing.
///
/// # Errors
/// [`Error::Value`] with the line and column of what is not JSON.
pub fn parse(path: &Arc<str>, bytes: &[u8]) -> Result<Value> {
    let decoded = decode(bytes);
    let blank = |c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0';
    let text = decoded.trim_start_matches(blank);
    // Lines are counted in the file, so those in front of the text count too.
    let skipped = decoded[..decoded.len() - text.len()].matches('\n').count();
    let text = text.trim_end_matches(blank);
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).map_err(|error| {
        let line = u32::try_from(error.line() + skipped).unwrap_or(u32::MAX);
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        Error::Value {
            path: Arc::clone(path),
            place: Place::Line(line),
            field: format!("column {}", error.column()),
            found: format!("broken JSON ({reason})"),
            expected: "the output of `… | ConvertTo-Json -Depth 5`".to_owned(),
        }
    })
}

/// The objects that a cmdlet wrote: one, several or none, with or without a
/// `{"value": […], "Count": n}` wrapper.
///
/// # Errors
/// What else stands there, in words.
pub fn objects(value: &Value) -> std::result::Result<Vec<&Map<String, Value>>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Object(map) => match wrapped(map) {
            Some(inner) => objects(inner),
            None => Ok(vec![map]),
        },
        Value::Array(items) => items
            .iter()
            .filter(|item| !item.is_null())
            .map(|item| item.as_object().ok_or_else(|| shown(item)))
            .collect(),
        other => Err(shown(other)),
    }
}

/// The list inside `{"value": […], "Count": n}`, which Windows PowerShell 5.1 writes at times.
fn wrapped(map: &Map<String, Value>) -> Option<&Value> {
    let inner = get(map, "value")?;
    let only_wrapper = map
        .keys()
        .all(|key| ["value", "count"].iter().any(|known| key.eq_ignore_ascii_case(known)));
    (only_wrapper && (inner.is_array() || inner.is_null())).then_some(inner)
}

/// The property of that name, in any case; an exact spelling first.
pub fn get<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).or_else(|| {
        map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

/// A value as an error message shows it: its kind, and the value itself, cut.
pub fn shown(value: &Value) -> String {
    let kind = match value {
        Value::Null => return "null".to_owned(),
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    let mut text = value.to_string();
    if text.len() > 60 {
        let mut end = 60;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('…');
    }
    format!("{kind} {text}")
}

/// A value is not of the type that the property has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongType;

/// A text: a string, a number, a boolean, or the one meaningful string of a wrapped value.
/// `Ok(None)` for null.
pub fn text(value: &Value) -> std::result::Result<Option<Box<str>>, WrongType> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.as_str().into())),
        Value::Number(number) => Ok(Some(number.to_string().into())),
        Value::Bool(flag) => Ok(Some(if *flag { "True" } else { "False" }.into())),
        Value::Object(map) => ["value", "Domain", "Address", "DisplayName", "Name"]
            .iter()
            .find_map(|key| get(map, key).and_then(Value::as_str))
            .map(|text| Some(text.into()))
            .ok_or(WrongType),
        Value::Array(_) => Err(WrongType),
    }
}

/// A list of texts: a list, a wrapped list, a bare string for a list of one, null for none.
pub fn list(value: &Value) -> std::result::Result<Vec<Box<str>>, WrongType> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items.iter().filter_map(|item| text(item).transpose()).collect(),
        Value::Object(map) => match wrapped(map) {
            Some(inner) => list(inner),
            None if map.is_empty() => Ok(Vec::new()),
            None => text(value).map(|one| one.into_iter().collect()),
        },
        Value::String(one) if one.is_empty() => Ok(Vec::new()),
        one => text(one).map(|one| one.into_iter().collect()),
    }
}

/// A boolean, also written as a string or as `$true`, or as a number.
pub fn flag(value: &Value) -> std::result::Result<Option<bool>, WrongType> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(*flag)),
        Value::Number(number) => match number.as_i64() {
            Some(0) => Ok(Some(false)),
            Some(1) => Ok(Some(true)),
            _ => Err(WrongType),
        },
        Value::String(text) => match text.trim().trim_start_matches('$').to_ascii_lowercase() {
            t if t == "true" => Ok(Some(true)),
            t if t == "false" => Ok(Some(false)),
            t if t.is_empty() => Ok(None),
            _ => Err(WrongType),
        },
        _ => Err(WrongType),
    }
}

/// A whole number, also written as a string.
pub fn number(value: &Value) -> std::result::Result<Option<i64>, WrongType> {
    match value {
        Value::Null => Ok(None),
        Value::Number(number) => number.as_i64().map(Some).ok_or(WrongType),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => text.trim().parse().map(Some).map_err(|_| WrongType),
        _ => Err(WrongType),
    }
}

/// Seconds since 1970-01-01 UTC: `\/Date(ms)\/` of Windows PowerShell 5.1, ISO 8601 of PowerShell 7
/// (UTC where no zone stands), or either inside `{"value": …, "DateTime": …}`.
/// `Ok(None)` for null and for the zero date that stands for "never".
pub fn date(value: &Value) -> std::result::Result<Option<i64>, WrongType> {
    const YEAR_1970: i64 = 0;
    let text = match value {
        Value::Null => return Ok(None),
        Value::Object(map) => return get(map, "value").ok_or(WrongType).and_then(date),
        Value::String(text) => text.trim(),
        _ => return Err(WrongType),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let seconds = if let Some(rest) = text.strip_prefix("/Date(") {
        let digits = rest.strip_suffix(")/").ok_or(WrongType)?;
        // An offset after the milliseconds only says where they were written.
        let end = digits.bytes().skip(1).position(|b| b == b'+' || b == b'-').map(|i| i + 1);
        let millis: i64 = digits[..end.unwrap_or(digits.len())].parse().map_err(|_| WrongType)?;
        millis.div_euclid(1000)
    } else {
        iso_seconds(text).ok_or(WrongType)?
    };
    Ok((seconds > YEAR_1970).then_some(seconds))
}

/// Seconds since 1970-01-01 UTC of an ISO 8601 date or date and time; UTC where no zone stands.
pub fn iso_seconds(text: &str) -> Option<i64> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(instant.as_second());
    }
    let civil = text.parse::<jiff::civil::DateTime>().ok()?;
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second())
}

/// An instant as reports show it: `2026-11-21T18:05:00Z`.
pub fn iso(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |t| t.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path() -> Arc<str> {
        Arc::from("tenant.json")
    }

    #[test]
    fn byte_order_marks_and_utf16_make_no_difference() -> Result<()> {
        let plain = r#"{"Name":"Über"}"#;
        let mut utf16le: Vec<u8> = vec![0xff, 0xfe];
        utf16le.extend(plain.encode_utf16().flat_map(u16::to_le_bytes));
        let mut utf16be: Vec<u8> = vec![0xfe, 0xff];
        utf16be.extend(plain.encode_utf16().flat_map(u16::to_be_bytes));
        let bare: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf8_bom = format!("\u{feff}{plain}\r\n").into_bytes();
        for bytes in [plain.as_bytes().to_vec(), utf8_bom, utf16le, utf16be, bare] {
            assert_eq!(parse(&path(), &bytes)?, json!({"Name": "Über"}));
        }
        assert_eq!(parse(&path(), b"")?, Value::Null);
        Ok(())
    }

    #[test]
    fn broken_json_names_file_line_and_column() {
        let error = parse(&path(), b"\n{\n  \"Name\": oops\n}").unwrap_err().to_string();
        assert_eq!(
            error,
            "tenant.json:3: column 11: found broken JSON (expected value), expected the output of `… | ConvertTo-Json -Depth 5`"
        );
    }

    #[test]
    fn nesting_without_end_is_an_error_and_no_overflow() {
        let deep = "[".repeat(100_000);
        assert!(parse(&path(), deep.as_bytes()).is_err());
    }

    #[test]
    fn one_several_wrapped_and_no_objects_are_all_lists() {
        assert_eq!(objects(&json!({"Name": "a"})).map(|o| o.len()), Ok(1));
        assert_eq!(objects(&json!([{"Name": "a"}, {"Name": "b"}])).map(|o| o.len()), Ok(2));
        assert_eq!(objects(&json!({"value": [{"Name": "a"}], "Count": 1})).map(|o| o.len()), Ok(1));
        assert_eq!(objects(&Value::Null).map(|o| o.len()), Ok(0));
        // A row with a property `Value` of its own is no wrapper.
        assert_eq!(
            objects(&json!({"Value": "a.example", "Action": "Allow"})).map(|o| o.len()),
            Ok(1)
        );
        assert!(objects(&json!([1])).is_err());
    }

    #[test]
    fn lists_take_every_shape_powershell_gives_them() {
        let some = |items: &[&str]| Ok(items.iter().map(|i| Box::from(*i)).collect::<Vec<_>>());
        assert_eq!(list(&json!(["a", "b"])), some(&["a", "b"]));
        assert_eq!(list(&json!("a")), some(&["a"]));
        assert_eq!(list(&json!({"value": ["a"], "Count": 1})), some(&["a"]));
        assert_eq!(list(&Value::Null), some(&[]));
        assert_eq!(list(&json!([])), some(&[]));
        assert_eq!(list(&json!([[1]])), Err(WrongType));
    }

    #[test]
    fn dates_of_both_powershells_are_the_same_instant() {
        let expected = Ok(Some(1_777_676_368));
        for value in [
            json!("/Date(1777676368000)/"),
            json!("/Date(1777676368000+0200)/"),
            json!("2026-05-01T22:59:28Z"),
            json!("2026-05-01T22:59:28.0000000Z"),
            json!("2026-05-02T00:59:28+02:00"),
            json!("2026-05-01T22:59:28"),
            json!({"value": "2026-05-01T22:59:28Z", "DateTime": "Friday"}),
        ] {
            assert_eq!(date(&value), expected, "{value}");
        }
        assert_eq!(date(&json!("0001-01-01T00:00:00")), Ok(None));
        assert_eq!(date(&json!("/Date(-62135596800000)/")), Ok(None));
        assert_eq!(date(&json!("yesterday")), Err(WrongType));
        assert_eq!(date(&json!("/Date(1777676368000")), Err(WrongType));
    }

    #[test]
    fn numbers_and_booleans_may_be_strings() {
        assert_eq!(number(&json!("-1")), Ok(Some(-1)));
        assert_eq!(number(&json!(-1)), Ok(Some(-1)));
        assert_eq!(number(&json!("x")), Err(WrongType));
        assert_eq!(flag(&json!("True")), Ok(Some(true)));
        assert_eq!(flag(&json!("$false")), Ok(Some(false)));
        assert_eq!(flag(&json!([])), Err(WrongType));
    }
}
