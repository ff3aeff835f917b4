//! Headers as JSON: Microsoft Graph's `internetMessageHeaders`, by itself, in a message or in a
//! page of messages, and the lists that other mail services and scripts write.

use super::labels;
use super::meter::spool;
use super::rebuilt::{Body, Rebuilt};
use super::source::{Bytes, Source};
use super::visit::Visit;
use crate::error::{Error, Result};
use crate::fact::Place;
use serde_json::Value;
use std::io::{Cursor, Read};
use std::sync::Arc;

/// Longest JSON text that is read: one page of messages has a few megabytes.
const LONGEST: u64 = 64 << 20;

const NOTE: &str =
    "Headers from a JSON list: line numbers count its entries, not lines of the file.";

/// Hands every message to `visit`.
pub(super) fn expand<'a>(
    visit: &mut Visit<'_>,
    label: &Arc<str>,
    bytes: impl Read + Send + 'a,
    depth: u32,
) -> Result<()> {
    let text = spool(label, bytes, LONGEST.min(visit.options.limits.spool))?;
    let value: Value = serde_json::from_slice(&text).map_err(|error| Error::Value {
        path: Arc::clone(label),
        place: Place::Line(u32::try_from(error.line()).unwrap_or(u32::MAX)),
        field: format!("column {}", error.column()),
        found: error.to_string(),
        expected: "JSON".to_owned(),
    })?;
    let mut found = Vec::new();
    collect(&value, &mut found);
    if found.is_empty() {
        visit.ignore(label, "a JSON file without a list of headers".to_owned());
    }
    let several = found.len() > 1;
    for (index, message) in found.into_iter().enumerate() {
        visit.budget.member(label)?;
        let label = if several {
            labels::numbered(label, "message", index as u64 + 1)
        } else {
            Arc::clone(label)
        };
        let bytes = Bytes::Stream(Box::new(Cursor::new(message.into_bytes())));
        let notes = vec![NOTE.to_owned()];
        let outcome = visit.source(Source { label, bytes, notes, depth: depth + 1 });
        if let Err(error) = outcome {
            visit.fail(error);
        }
        if visit.budget.is_spent() {
            break;
        }
    }
    Ok(())
}

/// Every message in `value`, outermost first. The parser bounds the nesting.
fn collect(value: &Value, found: &mut Vec<Rebuilt>) {
    if let Some(fields) = header_list(value) {
        found.push(Rebuilt::new(&fields, bodies(value)));
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(object) => object.values().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// Names and values, if `value` is a list of headers or an object that has one.
fn header_list(value: &Value) -> Option<Vec<(String, String)>> {
    const NAMES: [&str; 5] =
        ["internetMessageHeaders", "messageHeaders", "message-headers", "headers", "Headers"];
    match value {
        Value::Array(items) => {
            let fields: Vec<_> = items.iter().filter_map(pair).collect();
            (!fields.is_empty() && fields.len() == items.len()).then_some(fields)
        }
        Value::Object(object) => {
            NAMES.iter().filter_map(|name| object.get(*name)).find_map(|list| match list {
                Value::Object(map) => Some(map.iter().flat_map(|(k, v)| spread(k, v)).collect()),
                Value::String(block) => Some(super::rebuilt::fields_of(block)),
                list => header_list(list),
            })
        }
        _ => None,
    }
}

/// One `{"name": …, "value": …}` or `["name", "value"]`.
fn pair(item: &Value) -> Option<(String, String)> {
    let get = |names: [&str; 2]| names.iter().find_map(|name| item.get(name)?.as_str());
    let (name, value) = match item {
        Value::Array(two) if two.len() == 2 => (two[0].as_str()?, two[1].as_str()?),
        Value::Object(_) => (get(["name", "Name"])?, get(["value", "Value"])?),
        _ => return None,
    };
    Some((name.to_owned(), value.to_owned()))
}

/// The fields of a property: one, or one for each value of a list.
fn spread(name: &str, value: &Value) -> Vec<(String, String)> {
    let texts: Vec<&str> = match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().map(|text| (name.to_owned(), text.to_owned())).collect()
}

/// The body of a Graph message.
fn bodies(value: &Value) -> Vec<Body> {
    let body = &value["body"];
    let Some(content) = body["content"].as_str() else { return Vec::new() };
    let html = body["contentType"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("html"));
    vec![Body { html, charset: "utf-8".to_owned(), bytes: content.as_bytes().to_vec() }]
}

#[cfg(test)]
mod tests {
    use super::super::Options;
    use super::super::seen::seen;

    const FIELDS: &str = "Received: from a by b\nSubject: x\n";

    #[test]
    fn header_lists_of_any_shape_become_the_same_message() {
        for text in [
            r#"[{"name":"Received","value":"from a by b"},{"name":"Subject","value":"x"}]"#,
            r#"{"id":"1","internetMessageHeaders":[{"name":"Received","value":"from a\r\n by b"},
                {"name":"Subject","value":"x"}]}"#,
            r#"{"value":[{"internetMessageHeaders":[{"name":"Received","value":"from a by b"},
                {"name":"Subject","value":"x"}]}]}"#,
            r#"{"payload":{"headers":[{"name":"Received","value":"from a by b"},
                {"name":"Subject","value":"x"}]}}"#,
            r#"{"headers":{"Received":["from a by b"],"Subject":"x"}}"#,
            r#"{"headers":"Received: from a\n by b\nSubject: x"}"#,
        ] {
            let lines = seen(text.as_bytes(), &Options::default());
            assert_eq!(lines.len(), 1, "{lines:?}");
            let start = format!("Message!  {FIELDS:?}");
            assert!(lines[0].starts_with(&start[..start.len() - 1]), "{text}: {lines:?}");
        }
    }

    #[test]
    fn a_page_of_messages_gives_one_each_with_its_body() {
        let one = r#"{"internetMessageHeaders":[{"name":"Received","value":"a"}],
            "body":{"contentType":"html","content":"<p>hi</p>"}}"#;
        let page = format!("{{\"value\":[{one},{one}]}}");
        let lines = seen(page.as_bytes(), &Options::default());
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with("Message! :message 2 "), "{lines:?}");
        assert!(lines[1].contains("text/html") && lines[1].contains("PHA+aGk8L3A+"), "{lines:?}");
    }

    #[test]
    fn broken_json_is_named_with_its_line() {
        let lines = seen(b"[{\"name\":\"Received\",\n\"value\":}]", &Options::default());
        assert!(lines[0].starts_with("failed :2: column 9: found expected value"), "{lines:?}");
    }
}
