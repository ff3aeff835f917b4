//! Mailbox files: messages one after another, each behind a `From ` line (mboxo, mboxrd, mboxcl).

use super::labels;
use super::meter::{failure, size};
use super::names::{field_name, is_separator};
use super::pieces::{Pieces, bare};
use super::source::{Bytes, Source};
use super::visit::Visit;
use crate::error::Result;
use crate::message::names::{Familiarity, familiarity};
use std::io::{Cursor, Read};
use std::sync::Arc;

/// Hands every message to `visit`.
///
/// The `From ` line becomes an empty line, so that line numbers count from it. A mailbox with one
/// message keeps its own label; others are `a.mbox:message 1`, `a.mbox:message 2` ….
pub(super) fn expand<'a>(
    visit: &mut Visit<'_>,
    label: &Arc<str>,
    bytes: impl Read + Send + 'a,
    depth: u32,
) -> Result<()> {
    let mut pieces = Pieces::new(bytes);
    let mut current = Message::default();
    let mut count = 0;
    let mut piece = Vec::new();
    let mut after_blank = true;
    while let Some(starts_line) = pieces.next(&mut piece).map_err(|error| failure(label, &error))? {
        let separates = starts_line
            && after_blank
            && is_separator(&piece)
            && begins_message(&piece, pieces.peek().map_err(|error| failure(label, &error))?);
        if separates {
            if current.started {
                count += 1;
                current.hand_over(visit, label, Some(count), depth)?;
                if visit.budget.is_spent() {
                    return Ok(());
                }
            }
            current = Message { started: true, bytes: b"\n".to_vec(), skipped: 0 };
        } else {
            current.started = true;
            let quoted = starts_line && is_quoted_separator(&piece);
            current.add(&piece[usize::from(quoted)..], visit.options.limits.message);
        }
        after_blank = bare(&piece).is_empty();
    }
    if current.started {
        let number = (count > 0).then_some(count + 1);
        current.hand_over(visit, label, number, depth)?;
    }
    Ok(())
}

/// One message as it is gathered.
#[derive(Default)]
struct Message {
    started: bool,
    bytes: Vec<u8>,
    /// Bytes beyond the limit, not kept.
    skipped: u64,
}

impl Message {
    fn add(&mut self, piece: &[u8], limit: u64) {
        if (self.bytes.len() + piece.len()) as u64 <= limit {
            self.bytes.extend_from_slice(piece);
        } else {
            self.skipped += piece.len() as u64;
        }
    }

    fn hand_over(
        self,
        visit: &mut Visit<'_>,
        mailbox: &Arc<str>,
        number: Option<u64>,
        depth: u32,
    ) -> Result<()> {
        let label =
            number.map_or_else(|| Arc::clone(mailbox), |n| labels::numbered(mailbox, "message", n));
        visit.budget.member(mailbox)?;
        let mut notes = Vec::new();
        if self.skipped > 0 {
            notes.push(format!(
                "Only the first {} of this message were read; {} more stand in the mailbox.",
                size(self.bytes.len() as u64),
                size(self.skipped)
            ));
        }
        let bytes = Bytes::Stream(Box::new(Cursor::new(self.bytes)));
        let outcome = visit.source(Source { label, bytes, notes, depth: depth + 1 });
        if let Err(error) = outcome {
            visit.fail(error);
        }
        Ok(())
    }
}

/// Whether a `From ` line behind a blank line begins a message: it carries a time of day, or the
/// next line is a field of mail. Prose that begins with "From " does neither.
fn begins_message(line: &[u8], next: &[u8]) -> bool {
    let Some(name) = field_name(next.strip_prefix(b">").unwrap_or(next)) else { return false };
    let timed = line.windows(5).any(|w| {
        matches!(w, [a, b, b':', c, d] if [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()))
    });
    timed || familiarity(name) > Familiarity::Unknown
}

/// `>From `, `>>From ` …: one `>` was put in front when the mailbox was written.
fn is_quoted_separator(line: &[u8]) -> bool {
    let depth = line.iter().take_while(|b| **b == b'>').count();
    depth > 0 && line[depth..].starts_with(b"From ")
}

#[cfg(test)]
mod tests {
    use super::super::seen::seen;
    use super::super::{Limits, Options};

    #[test]
    fn messages_are_split_at_their_from_lines() {
        let mailbox = "From a@b.example Mon Jan  1 00:00:00 2024\nReceived: 1\n\n>From the start\n\
                       From here on: no\n\nFrom now on\nit is prose\n\n\
                       From - Tue Jan  2 00:00:00 2024\nReceived: 2\n\nbody\n";
        assert_eq!(
            seen(mailbox.as_bytes(), &Options::default()),
            [
                format!(
                    "Message :message 1 {:?}",
                    "\nReceived: 1\n\nFrom the start\nFrom here on: no\n\nFrom now on\nit is prose\n\n"
                ),
                format!("Message :message 2 {:?}", "\nReceived: 2\n\nbody\n"),
            ]
        );
    }

    #[test]
    fn messages_are_found_wherever_the_buffer_ends() {
        for filler in 0..80 {
            let first = format!("From a 00:00\nReceived: {}\n\n", "x".repeat(65_450 + filler));
            let mailbox = format!("{first}From b 00:00\nReceived: 2\n\n");
            assert_eq!(seen(mailbox.as_bytes(), &Options::default()).len(), 2, "{filler}");
        }
    }

    #[test]
    fn a_single_message_keeps_the_name_of_its_file() {
        assert_eq!(
            seen(b"From a Mon Jan  1 00:00:00 2024\r\nReceived: 1\r\n\r\n", &Options::default()),
            [format!("Message  {:?}", "\nReceived: 1\r\n\r\n")]
        );
    }

    #[test]
    fn an_endless_message_is_cut_with_a_note_and_its_neighbour_lives() {
        let mut mailbox = b"From a 00:00\nReceived: 1\n\n".to_vec();
        mailbox.extend(vec![b'x'; 300_000]);
        mailbox.extend(b"\n\nFrom b 00:00\nReceived: 2\n\n");
        let options = Options {
            limits: Limits { message: 100_000, ..Limits::default() },
            ..Options::default()
        };
        let lines = seen(&mailbox, &options);
        assert!(lines[0].starts_with("Message! :message 1 \"\\nReceived: 1"), "{}", lines[0]);
        assert!(lines[0].len() < 100_200);
        assert_eq!(lines[1], format!("Message :message 2 {:?}", "\nReceived: 2\n\n"));
    }
}
