//! The lazy walk over a message's body: only text parts are decoded, in pieces; attachments are skipped
//! over without decoding.
//!
//! Nothing is fatal: boundaries that never end, damaged encodings and limits are noted with their
//! line. Memory is bounded by the size of one block, one part's header and the nesting limit.

mod blocks;
mod content_type;
mod transfer;

use super::headers::Headers;
use blocks::{Block, Blocks};
use content_type::Content;
use encoding_rs::{Decoder, Encoding, UTF_8, WINDOWS_1252};
use std::cell::RefCell;
use std::io::{self, Read};
use transfer::Transfer;

/// What the message's own header says of its body.
#[derive(Debug, Clone, Copy, Default)]
pub struct Start<'a> {
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Content-Transfer-Encoding`.
    pub transfer_encoding: Option<&'a str>,
    /// Number of the body's first line in its source.
    pub line: u32,
}

/// How far a walk goes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Multiparts and attached messages within each other.
    pub depth: usize,
    /// Parts of a message.
    pub parts: usize,
    /// Bytes of one part's header.
    pub header: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { depth: 32, parts: 10_000, header: 256 * 1024 }
    }
}

/// A text part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `text/html`, as against `text/plain`.
    pub html: bool,
    /// `format=flowed` with `delsp=yes`: a space before a line end is no part of the text.
    pub joined: bool,
    /// How many attached messages it stands in.
    pub nested: usize,
    /// Line that the part's content begins on.
    pub line: u32,
}

/// What a walk comes across.
#[derive(Debug)]
pub enum Event<'a> {
    /// A text part begins.
    Begin(&'a Part),
    /// Its next piece, decoded. Pieces are cut anywhere between characters.
    Text(&'a str),
    /// It ends.
    End,
}

/// What a walk came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walked {
    /// Text parts that were decoded.
    pub text_parts: usize,
    /// Parts that were skipped over: attachments, images, calendars.
    pub skipped_parts: usize,
    /// Attached messages whose parts were looked at too.
    pub messages: usize,
    /// What is attached to the message itself.
    pub attached: Attached,
    /// What was damaged or left out, with its line.
    pub notes: Vec<(u32, String)>,
}

/// Parts that a reader takes for attachments: `Content-Disposition: attachment`, and whatever is neither
/// text nor a picture without it. Those of attached messages are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attached {
    /// Files of any type but plain text.
    pub files: usize,
    /// Plain text: also what a gateway leaves in the place of a file.
    pub texts: usize,
}

impl Attached {
    fn count(&mut self, content: &Content) {
        let media = content.media.as_str();
        let shown = media.is_empty()
            || ["text", "image/", "multipart/"].iter().any(|kind| media.starts_with(kind));
        match (content.attached, shown) {
            (true, _) if media == "text/plain" => self.texts += 1,
            (true, _) | (false, false) => self.files += 1,
            (false, true) => {}
        }
    }
}

/// Most remarks that a walk keeps.
const NOTES_MAX: usize = 20;

/// Walks over the body that `reader` stands at.
///
/// # Errors
///
/// Only what the reader itself fails with.
pub fn walk(
    reader: &mut dyn Read,
    start: Start<'_>,
    limits: Limits,
    sink: &mut dyn FnMut(Event<'_>),
) -> io::Result<Walked> {
    let Scratch { block, bytes, text } = SCRATCH.take();
    let mut walker = Walker {
        frames: Vec::new(),
        state: State::Skip,
        limits,
        parts: 0,
        head: Vec::new(),
        head_line: 0,
        bytes,
        text,
        walked: Walked::default(),
        sink,
    };
    let mut blocks = Blocks::new(reader, start.line, block);
    walker.begin(&Content::new(start.content_type, start.transfer_encoding, None), start.line);
    let mut last = start.line;
    while let Some((block, line)) = blocks.next()? {
        last = line;
        match block {
            Block::Data(bytes) => walker.data(bytes, line),
            Block::Dashes(bytes) => walker.dashes(bytes, line),
        }
    }
    walker.close(last);
    SCRATCH.set(Scratch { block: blocks.into_buffer(), bytes: walker.bytes, text: walker.text });
    Ok(walker.walked)
}

/// Buffers that a thread uses for one walk after the other: their size is bounded by a block's.
#[derive(Default)]
struct Scratch {
    block: Vec<u8>,
    bytes: Vec<u8>,
    text: String,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// A multipart, or an attached message, that the walk is in.
struct Frame {
    /// `None` for an attached message: it ends where its parent's part ends.
    boundary: Option<Vec<u8>>,
    closed: bool,
    line: u32,
}

enum State {
    /// Preamble, epilogue, attachment.
    Skip,
    /// The header of a part.
    Head,
    /// The content of a text part.
    Text(Transfer, Box<Decoder>),
}

struct Walker<'s> {
    frames: Vec<Frame>,
    state: State,
    limits: Limits,
    parts: usize,
    head: Vec<u8>,
    head_line: u32,
    bytes: Vec<u8>,
    text: String,
    walked: Walked,
    sink: &'s mut dyn FnMut(Event<'_>),
}

impl Walker<'_> {
    fn note(&mut self, line: u32, text: String) {
        if self.walked.notes.len() < NOTES_MAX {
            self.walked.notes.push((line, text));
        }
    }

    /// Begins a part whose content starts at `line`.
    fn begin(&mut self, content: &Content, line: u32) {
        self.state = State::Skip;
        if self.frames.iter().all(|frame| frame.boundary.is_some()) {
            self.walked.attached.count(content);
        }
        let multipart = content.media.starts_with("multipart/");
        let message = matches!(content.media.as_str(), "message/rfc822" | "message/global");
        if multipart || message {
            if self.frames.len() >= self.limits.depth {
                let depth = self.limits.depth;
                self.note(line, format!("parts nested more than {depth} deep are skipped"));
                self.walked.skipped_parts += 1;
                return;
            }
            return if message {
                self.attached_message(content, line)
            } else {
                self.multipart(content, line)
            };
        }
        let is_text = matches!(content.media.as_str(), "" | "text" | "text/plain" | "text/html");
        if is_text && !content.attached {
            self.text_part(content, line);
        } else {
            self.walked.skipped_parts += 1;
        }
    }

    fn multipart(&mut self, content: &Content, line: u32) {
        match content.param("boundary") {
            Some(boundary) if !boundary.is_empty() => {
                let boundary = Some(boundary.trim_end().as_bytes().to_vec());
                self.frames.push(Frame { boundary, closed: false, line });
            }
            _ => {
                self.note(line, "a multipart without a boundary is read as text".to_owned());
                self.text_part(content, line);
            }
        }
    }

    fn attached_message(&mut self, content: &Content, line: u32) {
        if matches!(content.encoding.as_str(), "base64" | "quoted-printable") {
            self.note(line, format!("an attached message in {} is skipped", content.encoding));
            self.walked.skipped_parts += 1;
            return;
        }
        self.walked.messages += 1;
        self.frames.push(Frame { boundary: None, closed: true, line });
        self.head.clear();
        self.head_line = line;
        self.state = State::Head;
    }

    fn text_part(&mut self, content: &Content, line: u32) {
        let charset = content.param("charset").map(str::trim).unwrap_or_default();
        let encoding = match Encoding::for_label(charset.as_bytes()) {
            Some(encoding) => encoding,
            None if charset.is_empty() => UTF_8,
            None => {
                self.note(line, format!("charset {charset:?} is not known, read as Windows-1252"));
                WINDOWS_1252
            }
        };
        let yes =
            |name, value: &str| content.param(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
        let part = Part {
            html: content.media == "text/html",
            joined: yes("format", "flowed") && yes("delsp", "yes"),
            nested: self.frames.iter().filter(|frame| frame.boundary.is_none()).count(),
            line,
        };
        self.walked.text_parts += 1;
        (self.sink)(Event::Begin(&part));
        let transfer = Transfer::named(&content.encoding);
        let decoder = Box::new(encoding.new_decoder_with_bom_removal());
        self.state = State::Text(transfer, decoder);
    }

    /// Ends the part that the walk is in.
    fn end(&mut self, line: u32) {
        match std::mem::replace(&mut self.state, State::Skip) {
            State::Skip => {}
            State::Head => {
                // A part that ended within its header.
                self.head_ends(line);
                self.end_text(line);
            }
            text @ State::Text(..) => {
                self.state = text;
                self.end_text(line);
            }
        }
    }

    fn end_text(&mut self, line: u32) {
        let State::Text(mut transfer, mut decoder) =
            std::mem::replace(&mut self.state, State::Skip)
        else {
            return;
        };
        self.bytes.clear();
        if let Some(damage) = transfer.finish(&mut self.bytes) {
            self.note(line, damage);
        }
        decode(&mut decoder, &self.bytes, true, &mut self.text);
        if !self.text.is_empty() {
            (self.sink)(Event::Text(&self.text));
        }
        (self.sink)(Event::End);
    }

    fn data(&mut self, bytes: &[u8], line: u32) {
        match &mut self.state {
            State::Skip => {}
            State::Head => self.head_data(bytes, line),
            State::Text(transfer, decoder) => {
                let decoded = if matches!(transfer, Transfer::Identity) {
                    bytes
                } else {
                    self.bytes.clear();
                    transfer.decode(bytes, &mut self.bytes);
                    &self.bytes
                };
                decode(decoder, decoded, false, &mut self.text);
                if !self.text.is_empty() {
                    (self.sink)(Event::Text(&self.text));
                }
            }
        }
    }

    /// Collects a header up to its blank line; what follows is the part's content.
    fn head_data(&mut self, mut bytes: &[u8], mut line: u32) {
        while !bytes.is_empty() {
            let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |newline| newline + 1);
            let (piece, rest) = bytes.split_at(end);
            bytes = rest;
            line += u32::from(piece.ends_with(b"\n"));
            self.head.extend_from_slice(piece);
            let blank = matches!(self.head.as_slice(), b"\n" | b"\r\n")
                || self.head.ends_with(b"\n\n")
                || self.head.ends_with(b"\n\r\n");
            let too_long = self.head.len() > self.limits.header;
            if too_long {
                self.note(
                    self.head_line,
                    "the header of a part is too long, its end is taken as text".to_owned(),
                );
            }
            if blank || too_long {
                self.head_ends(line);
                return self.data(bytes, line);
            }
        }
    }

    fn head_ends(&mut self, line: u32) {
        let (headers, _) = Headers::split(&self.head, self.head_line);
        let value = |name: &str| {
            headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case(name))
                .map(|header| header.value)
        };
        let content = Content::new(
            value("Content-Type"),
            value("Content-Transfer-Encoding"),
            value("Content-Disposition"),
        );
        self.begin(&content, line);
    }

    fn dashes(&mut self, line_bytes: &[u8], line: u32) {
        let text = line_bytes.trim_ascii_end();
        let found = self.frames.iter().enumerate().rev().find_map(|(index, frame)| {
            let rest = text[2..].strip_prefix(frame.boundary.as_deref()?)?;
            matches!(rest, b"" | b"--").then_some((index, rest.len() == 2))
        });
        let Some((index, closes)) = found else { return self.data(line_bytes, line) };
        self.end(line);
        // Ending the part may have begun another within it: it ends here too.
        self.unwind(index + 1, line);
        self.frames[index].closed = closes;
        self.state = State::Skip;
        if closes {
            return;
        }
        self.parts += 1;
        if self.parts > self.limits.parts {
            if self.parts == self.limits.parts + 1 {
                let most = self.limits.parts;
                self.note(line, format!("only the first {most} parts are looked at"));
            }
            self.walked.skipped_parts += 1;
            return;
        }
        self.head.clear();
        self.head_line = line + 1;
        self.state = State::Head;
    }

    /// Leaves the multiparts above `depth`, noting those whose boundary never ended.
    fn unwind(&mut self, depth: usize, line: u32) {
        while self.frames.len() > depth {
            let Some(frame) = self.frames.pop() else { return };
            if !frame.closed {
                self.note(
                    frame.line,
                    format!("a multipart that begins here has no closing boundary; it ends at line {line}"),
                );
            }
        }
    }

    fn close(&mut self, line: u32) {
        self.end(line);
        self.unwind(0, line);
    }
}

/// Decodes `bytes` into `text`, which is cleared first.
fn decode(decoder: &mut Decoder, bytes: &[u8], last: bool, text: &mut String) {
    text.clear();
    text.reserve(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len()));
    // With room for the longest outcome, one call takes everything.
    let _ = decoder.decode_to_string(bytes, text, last);
}

#[cfg(test)]
mod tests;
