//! The kind of a file, told by its first bytes. Names and extensions are never asked: tickets hold
//! messages named `.txt`, exports named `.xls` and archives without any extension.

use super::HEAD;
use super::json_keys::JsonKeys;
use super::magic;
use super::names::{field_name, is_garbage, is_separator, is_value};
use super::text::{decoded, to_undo};
use crate::message::headers::{Block, Headers};
use crate::message::names::{Familiarity, Traits, familiarity};
use crate::tenant;
use crate::trace::{self, format::Format};
use memchr::memchr;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A raw message.
    Message,
    /// A header block as people paste it: quoted, fenced, its folded lines no longer indented.
    Headers,
    /// Messages one after another, each behind a `From ` line.
    Mbox,
    /// A compound file: an Outlook message, or an old Office document.
    Msg,
    /// An archive.
    Zip,
    /// A compressed file.
    Gzip,
    /// Headers as a list of names and values (Microsoft Graph's `internetMessageHeaders`).
    HeadersJson,
    /// Exported tenant configuration.
    Tenant,
    /// A message trace, hunting export or recipient list.
    Trace,
    /// A campaign description.
    Campaign,
    /// Nothing, or blank lines only.
    Empty,
    /// Something else, named in words: `a JPEG image`.
    Other(&'static str),
}

impl Kind {
    /// The kind in words, as a noun phrase.
    pub const fn describe(self) -> &'static str {
        match self {
            Kind::Message => "a message",
            Kind::Headers => "a pasted header block",
            Kind::Mbox => "a mailbox file",
            Kind::Msg => "a compound file",
            Kind::Zip => "a ZIP archive",
            Kind::Gzip => "a gzip file",
            Kind::HeadersJson => "a JSON header list",
            Kind::Tenant => "exported tenant configuration",
            Kind::Trace => "a message trace or recipient list",
            Kind::Campaign => "a campaign description",
            Kind::Empty => "an empty file",
            Kind::Other(name) => name,
        }
    }
}

/// Tells the kind of a file by its first bytes ([`super::HEAD`] of them are plenty).
pub fn sniff(head: &[u8]) -> Kind {
    if usual(head).is_some() { Kind::Message } else { kind(head) }
}

/// The header block of a message as most are: whole, with fields that only a mail system writes, and
/// with nothing in it that is shaped otherwise. What is not as plain as that needs a closer look.
pub(super) fn usual(head: &[u8]) -> Option<Block> {
    let start = &head[..head.len().min(100)];
    if field_name(lines(start).next()?).is_none() || to_undo(head).is_some() {
        return None;
    }
    let (headers, split) = Headers::split(head, 1);
    if !split.ended || split.stray_lines > 0 || split.odd_name || headers.len() < 2 {
        return None;
    }
    let mut known = Familiarity::Unknown;
    for Traits { familiarity, dashed, .. } in headers.traits() {
        // It may be a piece of a value.
        if *familiarity == Familiarity::Unknown && !dashed {
            return None;
        }
        known = known.max(*familiarity);
    }
    (known == Familiarity::System).then_some((headers, split))
}

/// Tells the kind by a closer look, line by line.
pub(super) fn kind(head: &[u8]) -> Kind {
    let text = decoded(head);
    let start = skip_blank(&text);
    // Messages first: they are most of the input, and one with NUL bytes in it is still a message.
    if let Some(kind) = mail(start, head.len() >= HEAD) {
        return kind;
    }
    if start.is_empty() {
        return Kind::Empty;
    }
    if let Some(kind) = magic::recognise(head) {
        return kind;
    }
    if memchr(0, &start[..start.len().min(4096)]).is_some() {
        return Kind::Other("a binary file of an unknown kind");
    }
    structured(start).or_else(|| pasted(start)).unwrap_or_else(|| magic::name_of_text(start))
}

/// The text behind leading blank lines.
fn skip_blank(text: &[u8]) -> &[u8] {
    let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | 0x0B | 0x0C);
    let first = text.iter().position(|b| !blank(b)).unwrap_or(text.len());
    // An indented first line is not the start of a header block.
    let line = memchr::memrchr(b'\n', &text[..first]).map_or(0, |at| at + 1);
    if first == text.len() { &[] } else { &text[line..] }
}

/// Lines without their ends; a lone CR ends a line, too, where a text has no LF at all.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let end = if memchr(b'\n', text).is_some() { b'\n' } else { b'\r' };
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let line = match memchr(end, text) {
            Some(at) => {
                rest = Some(&text[at + 1..]);
                &text[..at]
            }
            None => rest.take()?,
        };
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
}

/// A message or a mailbox: the text starts with a header block. `cut` is whether it may end within a line.
fn mail(start: &[u8], cut: bool) -> Option<Kind> {
    let first = lines(start).next()?;
    if is_separator(first) {
        // Prose begins with "From " as well; a mailbox goes on with a field.
        let second = lines(start).nth(1)?;
        return field_name(second.strip_prefix(b">").unwrap_or(second)).map(|_| Kind::Mbox);
    }
    field_name(first)?;
    // Of a line that is cut nobody knows what it is.
    let end = cut.then(|| memchr::memrchr(b'\n', start)).flatten();
    let start = end.map_or(start, |end| &start[..=end]);
    let mut known = Familiarity::Unknown;
    let mut commons = 0;
    let mut regular = true;
    for line in lines(start).take_while(|line| !line.is_empty()) {
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            continue;
        }
        match field_name(line) {
            None if is_garbage(line) => {}
            Some(name) if !is_value(line, name) => {
                // What only a mail system writes settles it; the rest need only be regular.
                if known != Familiarity::System {
                    let now = familiarity(name);
                    commons += u32::from(now == Familiarity::Common);
                    known = known.max(now);
                }
            }
            _ => regular = false,
        }
        if !regular && known == Familiarity::System {
            return Some(Kind::Headers);
        }
    }
    match known {
        Familiarity::System if is_spaced(start) => Some(Kind::Headers),
        Familiarity::System => Some(Kind::Message),
        // "From:" or "Subject:" alone may be a note; two of them are a header block.
        Familiarity::Common if commons >= 2 && regular => Some(Kind::Message),
        // The known fields may stand behind what was looked at.
        _ if regular && start.len() >= ENDLESS && is_endless(start) => Some(Kind::Message),
        _ => None,
    }
}

/// Bytes of a header block from which on it may do without a known field.
const ENDLESS: usize = 32 * 1024;

/// Whether a header block that starts with a field such as `X-Own` does not end in `start`.
fn is_endless(start: &[u8]) -> bool {
    let first = lines(start).next().and_then(field_name).unwrap_or_default();
    let text = start.trim_ascii_end();
    let is_field = first.contains(&b'-') || familiarity(first) == Familiarity::Common;
    is_field && lines(text).all(|line| !line.is_empty())
}

/// Whether an empty line stands behind the first field and a field of mail behind that: a paste that
/// put an empty line behind every line.
fn is_spaced(start: &[u8]) -> bool {
    let mut following = lines(start).skip(1);
    following.next().is_some_and(<[u8]>::is_empty)
        && following
            .next()
            .and_then(field_name)
            .is_some_and(|name| familiarity(name) > Familiarity::Unknown)
}

/// JSON, tables and settings.
fn structured(start: &[u8]) -> Option<Kind> {
    match start.trim_ascii_start().first()? {
        b'{' => Some(json(&JsonKeys::of(start))),
        b'[' if !is_toml_table(start) => Some(json(&JsonKeys::of(start))),
        _ => is_trace(start)
            .then_some(Kind::Trace)
            .or_else(|| is_campaign(start).then_some(Kind::Campaign)),
    }
}

fn is_toml_table(start: &[u8]) -> bool {
    let line = lines(start).next().unwrap_or_default().trim_ascii();
    line.strip_prefix(b"[")
        .and_then(|rest| rest.strip_suffix(b"]"))
        .is_some_and(|name| name.iter().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b)))
        && is_campaign(start)
}

/// The kind of a JSON text by its outer names.
pub(super) fn json(keys: &JsonKeys) -> Kind {
    const HEADER_LISTS: [&str; 3] = ["messageHeaders", "message-headers", "headers"];
    // Rows of exports have properties that begin so, too.
    const IN_ROWS: [&str; 3] = ["recipient", "mailbox", "mx"];
    let of_rows = trace::format::of_names(keys.down_to(3));
    let is_noun = |key: &str| {
        let key_lower = key.to_ascii_lowercase();
        !IN_ROWS.iter().any(|start| key_lower.starts_with(start)) && tenant::reader::is_noun(key)
    };
    if keys.has(3, "internetMessageHeaders") {
        Kind::HeadersJson
    } else if of_rows.is_some_and(|format| format != Format::Recipients) {
        Kind::Trace
    } else if keys.down_to(3).any(is_noun) {
        Kind::Tenant
    } else if HEADER_LISTS.iter().any(|name| keys.has(3, name))
        || (keys.has(2, "name") && keys.has(2, "value"))
    {
        Kind::HeadersJson
    } else if of_rows.is_some() {
        Kind::Trace
    } else {
        Kind::Other(UNKNOWN_JSON)
    }
}

/// What a JSON file is called whose first names tell nothing.
pub(super) const UNKNOWN_JSON: &str =
    "a JSON file without tenant configuration, trace rows or message headers";

/// A table whose first line has the columns of an export or a column of addresses.
fn is_trace(start: &[u8]) -> bool {
    /// Lines of headers have some hundred columns at most.
    const LONGEST: usize = 16 * 1024;
    if ["#Fields:", "#Software:", "#TYPE "].iter().any(|tag| start.starts_with(tag.as_bytes())) {
        return true;
    }
    let is_text = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"sep=");
    let Some(header) = lines(start).find(is_text) else { return false };
    let header = String::from_utf8_lossy(&header[..header.len().min(LONGEST)]);
    trace::format::of_names(header.split([',', ';', '\t', '|'])).is_some()
}

/// A campaign description: settings of that name.
fn is_campaign(start: &[u8]) -> bool {
    const KEYS: [&str; 10] = [
        "platform",
        "sending_ips",
        "mail_from_domains",
        "dkim_domains",
        "from_addresses",
        "link_domains",
        "marker_headers",
        "sent_after",
        "sent_before",
        "[gateway]",
    ];
    lines(start).any(|line| {
        let key = line.split(|b| *b == b'=').next().unwrap_or_default().trim_ascii();
        KEYS.iter().any(|known| known.as_bytes() == key)
            && (key.starts_with(b"[") || line.contains(&b'='))
    })
}

/// A header block somewhere in a text: behind prose, quoted, fenced or indented. Two fields of mail
/// make one, if a mail system wrote at least one of them (`Content-…` stands in web traffic, too).
fn pasted(start: &[u8]) -> Option<Kind> {
    let mut known = 0;
    let mut by_system = false;
    for line in lines(start) {
        let Some(name) = field_name(super::pasted::unquoted(line)) else { continue };
        let familiarity = familiarity(name);
        known += u32::from(familiarity > Familiarity::Unknown);
        by_system |= familiarity == Familiarity::System
            && !name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-"));
        if known >= 2 && by_system {
            return Some(Kind::Headers);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_is_told_by_its_fields() {
        for (text, kind) in [
            ("Received: from a by b\r\nFrom: a@b.example\r\n\r\nhi", Kind::Message),
            ("\r\n\n  \nReturn-Path: <a@b.example>\nFrom: x\n\n", Kind::Message),
            ("\u{FEFF}Subject: a\nFrom: b\n", Kind::Message),
            ("Subject: a\rMIME-Version: 1.0\rFrom: b\r\rbody", Kind::Message),
            ("From a@b.example Mon Jan  1 00:00:00 2024\nFrom: a\n", Kind::Mbox),
            ("From : a@b.example\nReceived: from a by b\n\nbody", Kind::Message),
            ("Received: from a\nby b; Mon, 1 Jan 2024\nFrom: a\n", Kind::Headers),
            ("X-Forefront-Antispam-Report:\nCIP:203.0.113.1;SFV:SPM;\nFrom: a\n", Kind::Headers),
            ("Received: from a\n\nFrom: b\n\nTo: c\n", Kind::Headers),
            ("> Received: from a\n> Message-ID: <a@b>\n", Kind::Headers),
            ("Hello,\nsee below\n\n```\nReceived: from a\nMIME-Version: 1.0\n```", Kind::Headers),
            (
                "GET / HTTP/1.1\nContent-Type: a\nDate: b\n",
                Kind::Other("a text without mail headers"),
            ),
            ("From now on: nothing\nelse matters", Kind::Other("a text without mail headers")),
            ("Note: buy milk\nTo: do\n", Kind::Other("a text without mail headers")),
        ] {
            assert_eq!(sniff(text.as_bytes()), kind, "{text:?}");
        }
    }

    #[test]
    fn where_the_first_chunk_ends_makes_no_difference() {
        let fields = "Received: from a by b\r\n".repeat(HEAD / 23 + 1);
        for shift in 0..40 {
            let text = format!("X-Pad: {}\r\n{fields}", "x".repeat(shift));
            assert_eq!(sniff(&text.as_bytes()[..HEAD]), Kind::Message, "{shift}");
        }
    }

    #[test]
    fn a_message_with_nul_bytes_stays_a_message() {
        assert_eq!(sniff(b"Received: a\0b\r\nSubject: x\0\0\r\n\r\n"), Kind::Message);
    }

    #[test]
    fn unknown_fields_without_end_and_garbage_between_fields_are_a_message() {
        let many: String = (0..9000).map(|n| format!("X-N-{n}: {n}\r\n")).collect();
        assert_eq!(sniff(&many.as_bytes()[..1 << 16]), Kind::Message);
        assert_eq!(sniff(format!("X-Long: {}", "x".repeat(1 << 16)).as_bytes()), Kind::Message);
        assert_eq!(sniff(b"Subject: a\r\n\0\x01 none\r\nReceived: b\r\n"), Kind::Message);
    }

    #[test]
    fn tables_settings_and_json_are_told_by_their_names() {
        for (text, kind) in [
            ("\"origin_timestamp_utc\",\"recipient_status\"\n", Kind::Trace),
            ("#TYPE Deserialized.X\r\nReceived,RecipientAddress\r\n", Kind::Trace),
            ("#Software: Microsoft Exchange Server\n#Version: 15\n", Kind::Trace),
            ("First;Last;E-Mail Address\n", Kind::Trace),
            ("# spring\nname = \"x\"\nsending_ips = []\n", Kind::Campaign),
            ("[gateway]\nvendor = \"Mimecast\"\n", Kind::Campaign),
            (r#"{"TransportRule":[{"Name":"x"}]}"#, Kind::Tenant),
            (r#"{"baseline":1,"scuba":{"conn_filter":[]}}"#, Kind::Tenant),
            (r#"{"id":"1","internetMessageHeaders":[{"name":"Received"}]}"#, Kind::HeadersJson),
            (r#"[{"name":"Received","value":"from a"}]"#, Kind::HeadersJson),
            (r#"[{"Received":"x","RecipientAddress":"y","MessageTraceId":"z"}]"#, Kind::Trace),
            (r#"[{"recipient_id":1,"user":{"email":"x"}}]"#, Kind::Trace),
            (r#"{"a":1}"#, Kind::Other(UNKNOWN_JSON)),
        ] {
            assert_eq!(sniff(text.as_bytes()), kind, "{text:?}");
        }
    }

    #[test]
    fn utf16_texts_are_told_like_others() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        assert_eq!(sniff(&wide("Received: from a by b\r\nFrom: a\r\n")), Kind::Message);
        assert_eq!(sniff(&wide("origin_timestamp_utc,recipient_status\r\n")), Kind::Trace);
    }

    #[test]
    fn nothing_and_blank_lines_are_empty() {
        assert_eq!(sniff(b""), Kind::Empty);
        assert_eq!(sniff(b"\xEF\xBB\xBF\r\n\r\n  \n"), Kind::Empty);
    }
}
