//! Messages attached to a message. Users report mail by forwarding it as an attachment: the
//! attached message is the one to explain, the message around it only carried it here.

use super::labels;
use super::meter::failure;
use super::pieces::{Pieces, bare};
use super::sniff::lines;
use super::source::{Bytes, Source};
use super::visit::Visit;
use super::{Kind, Limits, sniff};
use crate::error::Result;
use crate::message::headers::{Headers, block_end};
use crate::message::names::begins;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use mail_parser::ContentType;
use mail_parser::parsers::MessageStream;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

/// Attached messages taken out of one message.
pub(super) const MOST: usize = 100;
/// Boundaries remembered: multiparts within multiparts.
const BOUNDARIES: usize = 16;
/// Bytes of a part's own header block that are looked at.
const PART_HEADER: usize = 64 * 1024;

/// Base64 as it arrives: padding may be missing, and bits left over.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// One attached message.
pub(super) struct Attached {
    /// Name of the file.
    pub(super) name: Option<String>,
    /// Its content, decoded.
    pub(super) bytes: Vec<u8>,
    /// Whether more of it follows that was not kept.
    pub(super) cut: bool,
}

/// Why a message with attached messages is not explained itself.
pub(super) const CARRIER: &str = "it carries an attached message, which is explained instead";

/// Why an attached message is not explained.
pub(super) const NOT_DELIVERED: &str = "an attached message that no mail system delivered";

/// What a report says about an attached message.
pub(super) fn note(name: Option<&str>) -> String {
    let named = name.map(|name| format!(" (`{name}`)")).unwrap_or_default();
    format!(
        "This message was attached{named} to another one: it is explained, not the message that \
         carried it."
    )
}

/// Whether an attachment is a message as a mail system delivered it, not a draft or a fragment.
pub(super) fn was_transported(bytes: &[u8]) -> bool {
    sniff(bytes) == Kind::Msg || field(header_block(bytes), b"received").is_some()
}

/// The boundary of a message that can carry others: its body is `multipart/mixed` or
/// `multipart/digest`.
pub(super) fn boundary(headers: &Headers) -> Option<String> {
    let value = headers.get("Content-Type")?.value;
    // A glance that most messages do not get past.
    if begins(value, "multipart/alternative") || begins(value, "text/") {
        return None;
    }
    let value = format!("{value}\n");
    let kind = content_type(value.as_bytes())?;
    let carries = kind.ctype().eq_ignore_ascii_case("multipart")
        && kind.subtype().is_some_and(|sub| {
            sub.eq_ignore_ascii_case("mixed") || sub.eq_ignore_ascii_case("digest")
        });
    kind.attribute("boundary").filter(|_| carries).map(str::to_owned)
}

/// Hands attached messages to `visit`.
pub(super) fn expand(
    visit: &mut Visit<'_>,
    label: &Arc<str>,
    attached: Vec<Attached>,
    depth: u32,
) -> Result<()> {
    for (index, part) in attached.into_iter().enumerate() {
        visit.budget.member(label)?;
        let label_of_part = labels::numbered(label, "attached message", index as u64 + 1);
        let mut notes = vec![note(part.name.as_deref())];
        if part.cut {
            notes.push("It is too large: only its beginning was read.".to_owned());
        }
        let outcome = visit.source(Source {
            label: label_of_part,
            bytes: Bytes::Stream(Box::new(Cursor::new(part.bytes))),
            notes,
            depth: depth + 1,
        });
        if let Err(error) = outcome {
            visit.fail(error);
        }
        if visit.budget.is_spent() {
            break;
        }
    }
    Ok(())
}

/// Says that attached messages are not looked at: they have no trace of transport, so that the
/// message that carries them is the one to explain.
pub(super) fn pass_over(
    visit: &mut Visit<'_>,
    label: &Arc<str>,
    attached: &[Attached],
) -> Result<()> {
    for (index, _) in attached.iter().enumerate() {
        let label = labels::numbered(label, "attached message", index as u64 + 1);
        visit.ignore(&label, NOT_DELIVERED.to_owned());
    }
    Ok(())
}

/// The messages attached to the message that `source` gives from its first byte on.
pub(super) fn find(
    label: &Arc<str>,
    source: impl Read,
    boundary: String,
    limits: &Limits,
) -> Result<Vec<Attached>> {
    Walk { boundaries: vec![boundary], room: limits.message, found: Vec::new() }
        .run(source)
        .map_err(|error| failure(label, &error))
}

/// A walk over the parts of one message, line by line.
struct Walk {
    boundaries: Vec<String>,
    /// Bytes that may still be kept.
    room: u64,
    found: Vec<Attached>,
}

/// Where in a part the walk is.
enum State {
    /// In a body that is of no interest.
    Skipping,
    /// In the header block of a part.
    Header(Vec<u8>),
    /// In an attached message.
    Attached { base64: bool, part: Attached },
}

impl Walk {
    fn run(mut self, source: impl Read) -> io::Result<Vec<Attached>> {
        let mut pieces = Pieces::new(source);
        let mut piece = Vec::new();
        let mut state = State::Skipping;
        loop {
            if matches!(state, State::Skipping) {
                pieces.skip_to_dashes()?;
            }
            let Some(starts_line) = pieces.next(&mut piece)? else { break };
            if starts_line && piece.starts_with(b"--") && self.is_delimiter(bare(&piece)) {
                let ended = bare(&piece).trim_ascii_end().ends_with(b"--");
                self.finish(state);
                if self.found.len() >= MOST {
                    return Ok(self.found);
                }
                state = if ended { State::Skipping } else { State::Header(Vec::new()) };
                continue;
            }
            state = self.take(state, &piece);
        }
        self.finish(state);
        Ok(self.found)
    }

    /// Whether a line is the delimiter of a boundary that is open.
    fn is_delimiter(&self, line: &[u8]) -> bool {
        let rest = line.get(2..).unwrap_or_default().trim_ascii_end();
        self.boundaries.iter().any(|boundary| {
            rest.strip_prefix(boundary.as_bytes()).is_some_and(|end| matches!(end, b"" | b"--"))
        })
    }

    fn take(&mut self, state: State, piece: &[u8]) -> State {
        match state {
            State::Skipping => State::Skipping,
            State::Header(mut block) => {
                if bare(piece).is_empty() {
                    self.body_of(&block)
                } else {
                    if block.len() + piece.len() <= PART_HEADER {
                        block.extend_from_slice(piece);
                    }
                    State::Header(block)
                }
            }
            State::Attached { base64, mut part } => {
                let digits =
                    piece.iter().filter(|b| b.is_ascii_alphanumeric() || b"+/".contains(b));
                if piece.len() as u64 > self.room {
                    part.cut = true;
                } else if !part.cut {
                    let before = part.bytes.len();
                    if base64 {
                        part.bytes.extend(digits);
                    } else {
                        part.bytes.extend_from_slice(piece);
                    }
                    self.room -= (part.bytes.len() - before) as u64;
                }
                State::Attached { base64, part }
            }
        }
    }

    /// What to do with the body of a part that has this header block.
    fn body_of(&mut self, block: &[u8]) -> State {
        let kind = field(block, b"content-type");
        let kind = kind.as_deref().and_then(content_type);
        let disposition = field(block, b"content-disposition");
        let disposition = disposition.as_deref().and_then(content_type);
        let (top, sub) = kind
            .as_ref()
            .map_or(("", ""), |kind| (kind.ctype(), kind.subtype().unwrap_or_default()));
        if top.eq_ignore_ascii_case("multipart") {
            if let Some(boundary) = kind.as_ref().and_then(|kind| kind.attribute("boundary"))
                && self.boundaries.len() < BOUNDARIES
            {
                self.boundaries.push(boundary.to_owned());
            }
            return State::Skipping;
        }
        let name = disposition
            .as_ref()
            .and_then(|disposition| disposition.attribute("filename"))
            .or_else(|| kind.as_ref().and_then(|kind| kind.attribute("name")))
            .map(str::to_owned);
        let is_message = top.eq_ignore_ascii_case("message")
            && (sub.eq_ignore_ascii_case("rfc822") || sub.eq_ignore_ascii_case("global"));
        if !is_message && !name.as_deref().is_some_and(is_mail_name) {
            return State::Skipping;
        }
        let encoding = field(block, b"content-transfer-encoding").unwrap_or_default();
        let base64 = encoding.trim_ascii().eq_ignore_ascii_case(b"base64");
        State::Attached { base64, part: Attached { name, bytes: Vec::new(), cut: false } }
    }

    fn finish(&mut self, state: State) {
        let State::Attached { base64, mut part } = state else { return };
        if base64 {
            // A last lone digit carries no byte: the part was cut there.
            let whole = part.bytes.len() - usize::from(part.bytes.len() % 4 == 1);
            part.bytes = BASE64.decode(&part.bytes[..whole]).unwrap_or_default();
        }
        self.found.push(part);
    }
}

/// Whether a file is called like a message: attachments rarely tell their true type.
pub(super) fn is_mail_name(name: &str) -> bool {
    let end = name.trim().rsplit('.').next().unwrap_or_default();
    end.eq_ignore_ascii_case("eml") || end.eq_ignore_ascii_case("msg")
}

/// The header block at the start of `text`: up to the first empty line behind a field.
fn header_block(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(0);
    let text = &text[start..];
    &text[..block_end(text).unwrap_or(text.len())]
}

/// The unfolded value of the first field `name` (lower case) in a header block.
fn field(block: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut rest = lines(block).skip_while(|line| {
        !line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
            || line.get(name.len()).is_none_or(|b| *b != b':')
    });
    let mut value = rest.next()?[name.len() + 1..].to_vec();
    for line in rest.take_while(|line| line.starts_with(b" ") || line.starts_with(b"\t")) {
        value.extend_from_slice(line);
    }
    value.push(b'\n');
    Some(value)
}

fn content_type(value: &[u8]) -> Option<ContentType<'_>> {
    MessageStream::new(value).parse_content_type().into_content_type()
}

#[cfg(test)]
mod tests {
    use super::super::Options;
    use super::super::seen::{mail, seen};
    use super::*;

    fn outer(parts: &str) -> String {
        format!(
            "Received: from x by y\r\nContent-Type: multipart/mixed;\r\n boundary=\"=_b\"\r\n\r\n\
             --=_b\r\nContent-Type: text/plain\r\n\r\nplease check\r\n{parts}--=_b--\r\n"
        )
    }

    #[test]
    fn the_attached_message_is_explained_and_the_carrier_is_not() {
        let inner = mail("inner");
        let carriers = [
            format!("--=_b\nContent-Type: message/rfc822\n\n{inner}"),
            format!(
                "--=_b\nContent-Type: application/octet-stream; name=\"a.EML\"\n\
                 Content-Transfer-Encoding: base64\n\n{}\n",
                base64::engine::general_purpose::STANDARD_NO_PAD.encode(&inner)
            ),
            format!(
                "--=_b\nContent-Type: multipart/mixed; boundary=in\n\n--in\n\
                 Content-Type: message/rfc822\n\n{inner}--in--\n"
            ),
        ];
        for carrier in carriers {
            let lines = seen(outer(&carrier).as_bytes(), &Options::default());
            assert_eq!(lines.len(), 2, "{lines:?}");
            assert_eq!(lines[0], format!("ignored : {CARRIER}"));
            assert_eq!(lines[1], format!("Message! :attached message 1 {inner:?}"));
        }
    }

    #[test]
    fn a_forward_of_a_forward_is_followed_to_the_bottom() {
        let inner = outer(&format!("--=_b\nContent-Type: message/rfc822\n\n{}", mail("deep")))
            .replace("=_b", "=_c");
        let lines = seen(
            outer(&format!("--=_b\nContent-Type: message/rfc822\n\n{inner}")).as_bytes(),
            &Options::default(),
        );
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[2].starts_with("Message! :attached message 1:attached message 1 "));
    }

    #[test]
    fn an_attached_draft_leaves_the_message_itself_to_explain() {
        let text = outer("--=_b\nContent-Type: message/rfc822\n\nSubject: draft\nTo: a\n\nx\n");
        let lines = seen(text.as_bytes(), &Options::default());
        assert_eq!(lines[0], format!("Message  {text:?}"));
        assert_eq!(
            lines[1],
            "ignored :attached message 1: an attached message that no mail system delivered"
        );
    }

    #[test]
    fn a_large_message_is_handed_over_whole_after_the_look_for_attachments() {
        let text = outer(&format!("--=_b\nContent-Type: image/png\n\n{}\n", "A".repeat(200_000)));
        assert_eq!(seen(text.as_bytes(), &Options::default()), [format!("Message  {text:?}")]);
    }

    #[test]
    fn attached_messages_are_kept_up_to_a_limit() {
        let large = format!("{}{}", mail("a"), "x\n".repeat(5000));
        let part = format!("--=_b\nContent-Type: message/rfc822\n\n{large}");
        let limits = Limits { message: 2000, ..Limits::default() };
        let options = Options { limits, ..Options::default() };
        let lines = seen(outer(&part).as_bytes(), &options);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with("Message!! :attached message 1 ") && lines[1].len() < 4000);
    }

    #[test]
    fn other_messages_are_not_looked_through() {
        let boundary = |block: &str| boundary(&Headers::split(block.as_bytes(), 1).0);
        assert_eq!(boundary("Content-Type: multipart/alternative; boundary=a\n\n"), None);
        assert_eq!(boundary("Subject: Content-Type: multipart/mixed; boundary=a\n\n"), None);
        assert_eq!(
            boundary("A: b\r\ncontent-type: Multipart/Mixed;\r\n\tboundary=a\r\n\r\n").as_deref(),
            Some("a")
        );
    }
}
