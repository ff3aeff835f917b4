//! Bytes on their way to a reader: whether they can be read again, and the first chunk of them.

use super::chunk::Chunk;
use super::discover::refused;
use super::forwarded;
use super::meter::failure;
use super::text::{normal, to_undo, undo};
use super::{HEAD, Kind, Limits};
use crate::error::Result;
use crate::message::headers::Block;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes to be looked at, wherever they come from.
pub(super) struct Source<'a> {
    /// Path as the user named it, or the member within it.
    pub(super) label: Arc<str>,
    /// The bytes, from the first on.
    pub(super) bytes: Bytes<'a>,
    /// What the reader of the report must know about the way here.
    pub(super) notes: Vec<String>,
    /// Containers around it.
    pub(super) depth: u32,
}

/// How the bytes can be had.
pub(super) enum Bytes<'a> {
    /// A plain file: it can be read again, and jumped about in.
    File(PathBuf, File),
    /// One pass only.
    Stream(Box<dyn Read + Send + 'a>),
}

/// Bytes that can be jumped about in.
pub(super) trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// A source whose first chunk was read.
pub(super) struct Start<'a> {
    pub(super) label: Arc<str>,
    pub(super) kind: Kind,
    pub(super) head: Chunk,
    /// Whether `head` is all there is.
    pub(super) whole: bool,
    /// The header block in `head`, where telling the kind took it apart.
    pub(super) block: Option<Block>,
    pub(super) bytes: Bytes<'a>,
    pub(super) notes: Vec<String>,
}

pub(super) type Labelled<T> = std::result::Result<T, (Arc<str>, io::Error)>;

impl<'a> Start<'a> {
    /// The same text in UTF-8 without byte order mark and with LF at the ends of lines, where it
    /// needs that.
    pub(super) fn into_text(self) -> Labelled<Self> {
        let lone_cr = !self.head.contains(&b'\n') && self.head.contains(&b'\r');
        if lone_cr || to_undo(&self.head).is_some() {
            self.mapped(|whole, head| normal(whole, head))
        } else {
            Ok(self)
        }
    }

    /// The same source, its content passed through `change`, which is given the content from the
    /// first byte and a look at the first chunk.
    pub(super) fn mapped(
        self,
        change: impl FnOnce(Box<dyn Read + Send + 'a>, &[u8]) -> Box<dyn Read + Send + 'a>,
    ) -> Labelled<Self> {
        let Start { label, kind, head, bytes, notes, .. } = self;
        let look = head.clone();
        let mut bytes = Bytes::Stream(change(whole(head, bytes), &look));
        match read_head(&mut bytes, HEAD) {
            Ok((head, whole)) => Ok(Start { label, kind, head, whole, block: None, bytes, notes }),
            Err(error) => Err((label, error)),
        }
    }

    /// Looks for attached messages in the whole content and stands behind the first chunk again.
    pub(super) fn look_through(
        &mut self,
        limits: &Limits,
        boundary: String,
    ) -> Result<Vec<forwarded::Attached>> {
        let Start { label, head, whole, bytes, .. } = self;
        if *whole {
            return forwarded::find(label, head.as_slice(), boundary, limits);
        }
        match bytes {
            Bytes::File(_, file) => {
                let found = forwarded::find(label, head.chain(&mut *file), boundary, limits)?;
                let behind = SeekFrom::Start(head.len() as u64);
                file.seek(behind).map_err(|error| failure(label, &error))?;
                Ok(found)
            }
            Bytes::Stream(stream) => {
                let mut kept = Vec::new();
                let mut rest = std::mem::replace(stream, Box::new(io::empty()));
                let count = rest.by_ref().take(limits.message).read_to_end(&mut kept);
                count.map_err(|error| failure(label, &error))?;
                let found = forwarded::find(label, head.chain(kept.as_slice()), boundary, limits)?;
                *stream = Box::new(Cursor::new(kept).chain(rest));
                Ok(found)
            }
        }
    }
}

/// Reads the first `first` bytes, [`HEAD`] at most, and tells whether that is all; the file or stream
/// stands behind them afterwards.
pub(super) fn read_head(bytes: &mut Bytes<'_>, first: usize) -> io::Result<(Chunk, bool)> {
    let mut head = Chunk::of_length(first.min(HEAD));
    let filled = bytes.fill(&mut head)?;
    let whole = filled < head.len();
    head.truncate(filled);
    Ok((head, whole))
}

/// Reads on until `head` has that length, and tells whether that is all.
pub(super) fn read_on(bytes: &mut Bytes<'_>, head: &mut Chunk, length: usize) -> io::Result<bool> {
    let begin = head.len();
    head.resize(length, 0);
    let filled = bytes.fill(&mut head[begin..])?;
    head.truncate(begin + filled);
    Ok(head.len() < length)
}

impl Bytes<'_> {
    fn fill(&mut self, chunk: &mut [u8]) -> io::Result<usize> {
        match self {
            Bytes::File(_, file) => fill(file, chunk),
            Bytes::Stream(stream) => fill(stream, chunk),
        }
    }
}

/// Reads until `chunk` is full or the source ends; how many bytes that were.
fn fill(source: &mut impl Read, chunk: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < chunk.len() {
        match source.read(&mut chunk[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The content from its first byte.
pub(super) fn whole<'a>(head: Chunk, bytes: Bytes<'a>) -> Box<dyn Read + Send + 'a> {
    match bytes {
        Bytes::File(_, file) => Box::new(Cursor::new(head).chain(file)),
        Bytes::Stream(stream) => Box::new(Cursor::new(head).chain(stream)),
    }
}

/// The content from its first byte as UTF-8 without byte order mark.
pub(super) fn text<'a>(head: Chunk, bytes: Bytes<'a>) -> Box<dyn Read + Send + 'a> {
    let encoding = to_undo(&head);
    let whole = whole(head, bytes);
    match encoding {
        Some(encoding) => undo(whole, encoding),
        None => whole,
    }
}

/// Opens a file.
pub(super) fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| refused(path, &error))
}
