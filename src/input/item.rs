//! What a visit hands to its caller.

use super::Kind;
use super::chunk::Chunk;
use super::meter::failure;
use crate::error::{Error, Result};
use crate::message::headers::Block;
use std::fmt;
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// One thing found in a place.
#[derive(Debug)]
pub enum Item<'a> {
    /// Something that can be read, of a known kind; never a container.
    Opened(Opened<'a>),
    /// Something that no part of the program reads.
    Ignored(Ignored),
    /// Something that should have been readable.
    Failed(Error),
}

/// Something that can be read.
pub struct Opened<'a> {
    /// Path as the user named it; `a.zip:b.eml` for a member, `-` for standard input.
    pub label: Arc<str>,
    /// `Message`, `Headers`, `Trace`, `Tenant` or `Campaign`.
    pub kind: Kind,
    /// The first bytes, at most about [`super::HEAD`]. A message is in its own encoding, UTF-16 excepted,
    /// and without byte order mark; other kinds are as the file has them.
    pub head: Chunk,
    /// The header block in `head`, where it is whole and was taken apart to tell the kind.
    pub block: Option<Block>,
    /// What follows `head`.
    pub rest: Box<dyn Read + Send + 'a>,
    /// The file itself, where the content is a plain file that can be opened again.
    pub path: Option<PathBuf>,
    /// What the reader must know about where this came from, one sentence each: that it was
    /// attached to another message, that a body was rebuilt.
    pub notes: Vec<String>,
}

impl<'a> Opened<'a> {
    /// The whole content, from its first byte.
    pub fn into_reader(self) -> impl Read + Send + 'a {
        Cursor::new(self.head).chain(self.rest)
    }

    /// The first `limit` bytes of the content, and whether that is all of it.
    ///
    /// # Errors
    ///
    /// Whatever reading the source gives: a cut archive, a wrong checksum, a limit.
    pub fn into_bytes(self, limit: u64) -> Result<(Vec<u8>, bool)> {
        let Opened { label, head, rest, .. } = self;
        let mut head = head.into_vec();
        let room = limit.saturating_sub(head.len() as u64).saturating_add(1);
        rest.take(room).read_to_end(&mut head).map_err(|error| failure(&label, &error))?;
        let complete = head.len() as u64 <= limit;
        head.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok((head, complete))
    }
}

impl fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("label", &self.label)
            .field("kind", &self.kind)
            .field("head", &self.head.len())
            .field("path", &self.path)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

/// Something that is not read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Path as the user named it; `a.zip:b.png` for a member.
    pub label: Arc<str>,
    /// Why, as a clause: `a JPEG image`.
    pub reason: String,
}
