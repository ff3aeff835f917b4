//! Messages saved by Outlook (.msg, .oft): compound files of MAPI properties (MS-OXMSG).
//!
//! The header block that Outlook keeps as one property and the bodies become a rebuilt message, so
//! that everything after this stage reads it like any other. Messages attached to it are treated
//! like those attached to a raw message.

mod bodies;
mod codepage;
mod encapsulated;
mod header_block;
mod rtf;
mod storage;

use super::forwarded::{CARRIER, MOST, NOT_DELIVERED, is_mail_name, note, was_transported};
use super::labels;
use super::rebuilt::Rebuilt;
use super::source::{Bytes, ReadSeek, Source};
use super::visit::Visit;
use crate::error::Result;
use header_block::HeaderBlock;
use std::io::Cursor;
use std::sync::Arc;
use storage::{Compound, EMBEDDED, Storage};

/// Hands the message in a compound file to `visit`, or the messages attached to it.
pub(super) fn expand(
    visit: &mut Visit<'_>,
    label: &Arc<str>,
    bytes: Box<dyn ReadSeek + '_>,
    depth: u32,
) -> Result<()> {
    let mut compound = Compound::open(label, bytes, visit.options.limits.message)?;
    if !compound.is_message() {
        visit.ignore(label, "an old Office document, not an Outlook message".to_owned());
        return Ok(());
    }
    let message =
        Found { path: "/".to_owned(), label: Arc::clone(label), notes: Vec::new(), depth };
    message.expand(visit, &mut compound)
}

/// A message within a compound file.
struct Found {
    /// Path of its storage.
    path: String,
    label: Arc<str>,
    notes: Vec<String>,
    depth: u32,
}

/// Something attached that is mail.
enum Inner {
    /// Another storage of the same file, and its name.
    Storage(String, Option<String>),
    /// A file of its own in the storage of an attachment, and its name.
    File(String, Option<String>),
}

impl Found {
    fn expand(self, visit: &mut Visit<'_>, compound: &mut Compound<'_>) -> Result<()> {
        let storage = compound.storage(&self.path)?;
        let block = header_block::of(compound, &storage)?;
        let inner = if self.depth < visit.options.limits.depth {
            attached(compound, &self.path)?
        } else {
            Vec::new()
        };
        let mut transported = false;
        for part in &inner {
            transported |= match part {
                Inner::Storage(path, _) => header_block::exists(compound, path)?,
                Inner::File(path, _) => was_transported(&data(compound, path)?),
            };
        }
        if transported {
            visit.ignore(&self.label, CARRIER.to_owned());
            return self.expand_inner(visit, compound, inner);
        }
        let label = Arc::clone(&self.label);
        self.hand_over(visit, compound, &storage, block)?;
        for number in 1..=inner.len() as u64 {
            let label = labels::numbered(&label, "attached message", number);
            visit.ignore(&label, NOT_DELIVERED.to_owned());
        }
        Ok(())
    }

    fn expand_inner(
        &self,
        visit: &mut Visit<'_>,
        compound: &mut Compound<'_>,
        inner: Vec<Inner>,
    ) -> Result<()> {
        for (number, part) in (1..).zip(inner) {
            visit.budget.member(&self.label)?;
            let label = labels::numbered(&self.label, "attached message", number);
            let depth = self.depth + 1;
            let outcome = match part {
                Inner::Storage(path, name) => {
                    let notes = vec![note(name.as_deref())];
                    Found { path, label, notes, depth }.expand(visit, compound)
                }
                Inner::File(path, name) => {
                    let bytes = data(compound, &path)?;
                    let bytes = Bytes::Stream(Box::new(Cursor::new(bytes)));
                    let notes = vec![note(name.as_deref())];
                    visit.source(Source { label, bytes, notes, depth })
                }
            };
            if let Err(error) = outcome {
                visit.fail(error);
            }
            if visit.budget.is_spent() {
                break;
            }
        }
        Ok(())
    }

    /// Hands the message over, rebuilt.
    fn hand_over(
        mut self,
        visit: &mut Visit<'_>,
        compound: &mut Compound<'_>,
        storage: &Storage,
        block: HeaderBlock,
    ) -> Result<()> {
        let bodies = bodies::of(compound, storage)?;
        let rebuilt = match block {
            HeaderBlock::Transport(text) => {
                self.notes.push(
                    "Outlook message: lines are counted within its internet headers, the body was \
                     rebuilt."
                        .to_owned(),
                );
                Rebuilt::from_block(text.as_bytes(), bodies)
            }
            HeaderBlock::Missing { reason, fields } => {
                self.notes.push(format!(
                    "Outlook message without internet headers: {reason}. Sender, recipients, \
                     subject and date come from Outlook's own properties; nothing in it tells how \
                     it was delivered."
                ));
                Rebuilt::new(&fields, bodies)
            }
        };
        visit.source(Source {
            label: self.label,
            bytes: Bytes::Stream(Box::new(Cursor::new(rebuilt.into_bytes()))),
            notes: self.notes,
            depth: self.depth + 1,
        })
    }
}

/// What is attached to the message at `path` and is mail.
fn attached(compound: &mut Compound<'_>, path: &str) -> Result<Vec<Inner>> {
    const METHOD: u16 = 0x3705;
    const EMBEDDED_MESSAGE: u32 = 5;
    const LONG_NAME: u16 = 0x3707;
    const SHORT_NAME: u16 = 0x3704;
    const DISPLAY_NAME: u16 = 0x3001;
    let mut inner = Vec::new();
    for attachment in compound.attachments(path)?.into_iter().take(MOST) {
        let storage = compound.storage(&attachment)?;
        let mut name = compound.text(&storage, LONG_NAME)?;
        if name.is_none() {
            name = compound.text(&storage, SHORT_NAME)?;
        }
        if storage.number(METHOD) == Some(EMBEDDED_MESSAGE) {
            let path = format!("{attachment}/{EMBEDDED}");
            if compound.is_storage(&path) {
                let name = name.or(compound.text(&storage, DISPLAY_NAME)?);
                inner.push(Inner::Storage(path, name));
            }
        } else if name.as_deref().is_some_and(is_mail_name) {
            inner.push(Inner::File(attachment, name));
        }
    }
    Ok(inner)
}

/// The content of the attachment in the storage at `path`.
fn data(compound: &mut Compound<'_>, path: &str) -> Result<Vec<u8>> {
    const DATA: u16 = 0x3701;
    let storage = compound.storage(path)?;
    Ok(compound.binary(&storage, DATA)?.unwrap_or_default())
}

#[cfg(test)]
mod tests;
