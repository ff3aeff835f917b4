//! Opening a place: the first chunk is read once, the kind told from it, containers opened up to
//! the bottom, and every item handed to the caller.

use super::discover::{Place, label, refused};
use super::json_keys::JsonKeys;
use super::sniff::UNKNOWN_JSON;
use super::text::{to_undo, undo};
use super::{HEAD, Ignored, Item, Kind, Limits, Opened, sniff};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

/// How places are opened.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Password of encrypted archives.
    pub password: Option<String>,
    /// What a container may make the program do.
    pub limits: Limits,
}

/// Opens one place and hands every item in it to `sink`, in the order of the source.
///
/// What fails is handed over as [`Item::Failed`]; the rest of the place goes on where it can.
pub fn visit(place: &Place, options: &Options, sink: &mut dyn FnMut(Item<'_>)) {
    let mut visit = Visit { options, sink };
    let outcome = match place {
        Place::Ignored(ignored) => {
            visit.ignore(&ignored.label, ignored.reason.clone());
            Ok(())
        }
        Place::Failed(error) => Err(error.clone()),
        Place::Stdin => visit.source(Source {
            label: "-".into(),
            bytes: Bytes::Stream(Box::new(io::stdin())),
            notes: Vec::new(),
            depth: 0,
        }),
        Place::File(path) => visit.file(path),
    };
    if let Err(error) = outcome {
        (visit.sink)(Item::Failed(error));
    }
}

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

/// A walk through one place.
pub(super) struct Visit<'s> {
    pub(super) options: &'s Options,
    pub(super) sink: &'s mut dyn FnMut(Item<'_>),
}

impl Visit<'_> {
    fn file(&mut self, path: &PathBuf) -> Result<()> {
        let file = File::open(path).map_err(|error| refused(path, &error))?;
        self.source(Source {
            label: label(path),
            bytes: Bytes::File(path.clone(), file),
            notes: Vec::new(),
            depth: 0,
        })
    }

    /// Tells the kind of a source and hands it on: an item to the caller, a container to its file.
    pub(super) fn source(&mut self, source: Source<'_>) -> Result<()> {
        let Source { label, mut bytes, notes, depth } = source;
        let head = read_head(&mut bytes).map_err(|error| unreadable(&label, &error))?;
        let mut kind = sniff(&head);
        if kind == Kind::Other(UNKNOWN_JSON)
            && let Bytes::File(_, file) = &mut bytes
        {
            kind = whole_json(file, &head).map_err(|error| unreadable(&label, &error))?;
        }
        match kind {
            Kind::Message | Kind::Headers => self.message(label, kind, head, bytes, notes),
            Kind::Trace | Kind::Tenant | Kind::Campaign => {
                let (path, rest) = rest_of(bytes, &head);
                (self.sink)(Item::Opened(Opened { label, kind, head, rest, path, notes }));
                Ok(())
            }
            Kind::Empty | Kind::Other(_) => {
                self.ignore(&label, kind.describe().to_owned());
                Ok(())
            }
            Kind::Mbox | Kind::Msg | Kind::Zip | Kind::Gzip | Kind::HeadersJson => {
                let _ = depth;
                Err(Error::Kind {
                    path: label,
                    found: kind.describe().to_owned(),
                    expected: "a message".to_owned(),
                })
            }
        }
    }

    fn message(
        &mut self,
        label: Arc<str>,
        kind: Kind,
        head: Vec<u8>,
        bytes: Bytes<'_>,
        notes: Vec<String>,
    ) -> Result<()> {
        let (path, rest) = rest_of(bytes, &head);
        let Some(encoding) = to_undo(&head) else {
            (self.sink)(Item::Opened(Opened { label, kind, head, rest, path, notes }));
            return Ok(());
        };
        let mut rest = undo(Cursor::new(head).chain(rest), encoding);
        let mut head = Vec::with_capacity(HEAD);
        rest.by_ref()
            .take(HEAD as u64)
            .read_to_end(&mut head)
            .map_err(|error| unreadable(&label, &error))?;
        (self.sink)(Item::Opened(Opened { label, kind, head, rest, path: None, notes }));
        Ok(())
    }

    pub(super) fn ignore(&mut self, label: &Arc<str>, reason: String) {
        (self.sink)(Item::Ignored(Ignored { label: Arc::clone(label), reason }));
    }
}

/// Reads the first chunk; the file or stream stands behind it afterwards.
fn read_head(bytes: &mut Bytes<'_>) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    let limit = HEAD as u64;
    match bytes {
        Bytes::File(_, file) => file.take(limit).read_to_end(&mut head)?,
        Bytes::Stream(stream) => stream.take(limit).read_to_end(&mut head)?,
    };
    Ok(head)
}

/// What follows the first chunk; nothing where the chunk was not filled.
fn rest_of<'a>(bytes: Bytes<'a>, head: &[u8]) -> (Option<PathBuf>, Box<dyn Read + Send + 'a>) {
    match bytes {
        Bytes::File(path, file) if head.len() == HEAD => (Some(path), Box::new(file)),
        Bytes::File(path, _) => (Some(path), Box::new(io::empty())),
        Bytes::Stream(stream) => (None, stream),
    }
}

/// The kind of a JSON file whose first names tell nothing, by all its outer names.
fn whole_json(file: &mut File, head: &[u8]) -> io::Result<Kind> {
    let mut keys = JsonKeys::default();
    keys.feed(head);
    let mut piece = vec![0; HEAD];
    loop {
        let count = match file.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        keys.feed(&piece[..count]);
    }
    file.seek(SeekFrom::Start(head.len() as u64))?;
    Ok(super::sniff::json(&keys))
}

/// The error of a source that broke off.
pub(super) fn unreadable(label: &Arc<str>, error: &io::Error) -> Error {
    Error::Read { path: Arc::clone(label), reason: error.to_string() }
}
