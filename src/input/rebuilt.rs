//! A message put together from what another format keeps of it: the header fields as they are, and
//! the bodies in a MIME frame that says that it was rebuilt.

use super::names::field_name;
use super::pieces::bare;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A body.
pub(super) struct Body {
    /// HTML; else plain text.
    pub(super) html: bool,
    /// Name of its encoding, as MIME spells it.
    pub(super) charset: String,
    /// The text in that encoding.
    pub(super) bytes: Vec<u8>,
}

/// The bytes of a rebuilt message.
pub(super) struct Rebuilt(Vec<u8>);

/// No line of base64 contains `_`, so that no body can end its part early.
const BOUNDARY: &str = "_rebuilt_by_mailwhy_";
/// Bytes behind one line of base64.
const LINE: usize = 57;

impl Rebuilt {
    /// A message with `fields` and `bodies`; a value with line ends in it is folded again.
    pub(super) fn new(fields: &[(String, String)], bodies: Vec<Body>) -> Self {
        let mut block = Vec::new();
        for (name, value) in fields {
            let name =
                if field_name(format!("{name}:").as_bytes()).is_some() { name } else { "X-" };
            let value: Vec<&str> = value.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
            block.extend_from_slice(format!("{name}: {}\n", value.join(" ")).as_bytes());
        }
        Self::from_block(&block, bodies)
    }

    /// A message with this header block and `bodies`. The block's own MIME fields, which no longer
    /// fit, are kept under the name `X-Original-…`; every line stays where it is.
    pub(super) fn from_block(block: &[u8], bodies: Vec<Body>) -> Self {
        const MIME: [&[u8]; 3] = [b"content-type", b"content-transfer-encoding", b"mime-version"];
        let mut out = Vec::with_capacity(block.len() + 1024);
        let text = block.trim_ascii_end();
        for line in text.split(|b| *b == b'\n') {
            let line = bare(line);
            let name = field_name(line).unwrap_or_default();
            if MIME.iter().any(|field| name.eq_ignore_ascii_case(field)) {
                out.extend_from_slice(b"X-Original-");
            }
            // An empty line would end the block: what follows it would be lost.
            out.extend_from_slice(if line.is_empty() { b" " } else { line });
            out.push(b'\n');
        }
        out.extend_from_slice(
            b"MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=\"",
        );
        out.extend_from_slice(format!("{BOUNDARY}\"\n\n").as_bytes());
        for body in bodies {
            append(&mut out, &body);
        }
        out.extend_from_slice(format!("--{BOUNDARY}--\n").as_bytes());
        Rebuilt(out)
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

fn append(out: &mut Vec<u8>, body: &Body) {
    let kind = if body.html { "html" } else { "plain" };
    let frame = format!(
        "--{BOUNDARY}\nContent-Type: text/{kind}; charset=\"{}\"\n\
         Content-Transfer-Encoding: base64\n\
         Content-Description: body rebuilt from another format\n\n",
        body.charset
    );
    out.extend_from_slice(frame.as_bytes());
    for line in body.bytes.chunks(LINE) {
        out.extend_from_slice(STANDARD.encode(line).as_bytes());
        out.push(b'\n');
    }
}

/// The fields of a header block that stands in a string.
pub(super) fn fields_of(block: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match field_name(line.as_bytes()).filter(|_| !line.starts_with([' ', '\t'])) {
            Some(_) => {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                fields.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            None => {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            }
        }
    }
    fields
}
