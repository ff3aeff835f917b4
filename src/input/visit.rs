//! Opening a place: the first chunk is read once, the kind told from it, containers opened up to
//! the bottom, and every item handed to the caller.

use super::chunk::Chunk;
use super::discover::{Place, label, refused};
use super::json_keys::JsonKeys;
use super::meter::{Budget, failure, spool};
use super::opener::Opener;
use super::sniff::{UNKNOWN_JSON, json};
use super::source::{Bytes, ReadSeek, Source, Start, open, read_head, read_on, text, whole};
use super::{
    HEAD, Ignored, Item, Kind, Limits, Opened, forwarded, gzip, headers_json, labels, lengths,
    mbox, msg, pasted, sniff, zip,
};
use crate::error::{Error, Result};
use crate::message::headers::{Block, Headers};
use crate::tenant::reader::is_noun;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

/// How places are opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Password of encrypted archives.
    pub password: Option<String>,
    /// Bytes that are read at first; a message whose header block ends within them is not read on. At most
    /// [`HEAD`].
    pub first: usize,
    /// What a container may make the program do.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Options { password: None, first: HEAD, limits: Limits::default() }
    }
}

/// Opens one place and hands every item in it to `sink`, in the order of the source.
///
/// What fails is handed over as [`Item::Failed`]; the rest of the place goes on where it can.
pub fn visit(place: &Place, options: &Options, sink: &mut dyn FnMut(Item<'_>)) {
    visit_where(place, options, &|_| true, sink);
}

/// Like [`visit`], for one place after the other: faster where they are files of one folder.
pub fn visit_all(places: &[Place], options: &Options, sink: &mut dyn FnMut(Item<'_>)) {
    let mut opener = Opener::default();
    for place in places {
        visit_from(&mut opener, place, options, &|_| true, sink);
    }
}

/// Like [`visit`], but passes over members of archives whose label is not `wanted`, unopened.
pub fn visit_where(
    place: &Place,
    options: &Options,
    wanted: &dyn Fn(&str) -> bool,
    sink: &mut dyn FnMut(Item<'_>),
) {
    visit_from(&mut Opener::default(), place, options, wanted, sink);
}

fn visit_from(
    opener: &mut Opener,
    place: &Place,
    options: &Options,
    wanted: &dyn Fn(&str) -> bool,
    sink: &mut dyn FnMut(Item<'_>),
) {
    let budget = Budget::new(&options.limits);
    let mut visit = Visit { options, wanted, sink, budget, too_deep: 0 };
    let outcome = match place {
        Place::Ignored(ignored) => {
            visit.ignore(&ignored.label, ignored.reason.clone());
            Ok(())
        }
        Place::Failed(error) => Err(Error::clone(error)),
        Place::Stdin => visit.stream("-".into(), io::stdin()),
        Place::File(path) => {
            let file = opener.open(path).map_err(|error| refused(path, &error));
            file.and_then(|file| {
                let bytes = Bytes::File(path.clone(), file);
                visit.source(Source { label: label(path), bytes, notes: Vec::new(), depth: 0 })
            })
        }
        Place::Memory(label, bytes) => {
            visit.budget.set_given(bytes.len() as u64);
            let bytes = Bytes::Stream(Box::new(bytes.as_ref()));
            let label = Arc::clone(label);
            visit.source(Source { label, bytes, notes: Vec::new(), depth: 0 })
        }
        Place::Pipe(path) => open(path).and_then(|pipe| visit.stream(label(path), pipe)),
    };
    if let Err(error) = outcome {
        visit.fail(error);
    }
    if visit.too_deep > 1 {
        let more = format!("{} more containers too deep inside others", visit.too_deep - 1);
        visit.ignore(&place.label(), more);
    }
}

/// A place that can be visited more than once: what can be read only once is taken into memory.
///
/// # Errors
///
/// It cannot be read, or is larger than [`Limits::spool`].
pub fn held(place: Place, options: &Options) -> Result<Place> {
    let limit = options.limits.spool;
    match place {
        Place::Stdin => {
            let bytes = spool(&"-".into(), io::stdin(), limit)?;
            Ok(Place::Memory("-".into(), bytes.into()))
        }
        Place::Pipe(path) => {
            let label = label(&path);
            let bytes = spool(&label, open(&path)?, limit)?;
            Ok(Place::Memory(label, bytes.into()))
        }
        place => Ok(place),
    }
}

/// The kind of what is in a place, containers unopened.
///
/// # Errors
///
/// It cannot be read, or is of the sort that cannot be read twice; see [`held`].
pub fn kind(place: &Place) -> Result<Kind> {
    match place {
        Place::File(path) => {
            let mut bytes = Bytes::File(path.clone(), open(path)?);
            recognise(&label(path), &mut bytes, HEAD).map(|head| head.kind)
        }
        Place::Memory(label, bytes) => {
            let mut bytes = Bytes::Stream(Box::new(bytes.as_ref()));
            recognise(label, &mut bytes, HEAD).map(|head| head.kind)
        }
        Place::Failed(error) => Err(Error::clone(error)),
        Place::Ignored(_) | Place::Stdin | Place::Pipe(_) => Ok(Kind::Other("not looked at")),
    }
}

/// A walk through one place.
pub(super) struct Visit<'s> {
    pub(super) options: &'s Options,
    pub(super) wanted: &'s dyn Fn(&str) -> bool,
    pub(super) sink: &'s mut dyn FnMut(Item<'_>),
    pub(super) budget: Budget,
    /// Containers that were too deep inside others; the first is told by itself.
    too_deep: u64,
}

impl Visit<'_> {
    /// A source of unknown size.
    fn stream(&mut self, label: Arc<str>, bytes: impl Read + Send) -> Result<()> {
        let bytes = Bytes::Stream(self.budget.count_given(bytes));
        self.source(Source { label, bytes, notes: Vec::new(), depth: 0 })
    }

    /// Tells the kind of a source and hands it on: an item to the caller, a container to its file.
    pub(super) fn source(&mut self, source: Source<'_>) -> Result<()> {
        let Source { label, mut bytes, notes, depth } = source;
        let first = self.options.first;
        let Head { bytes: head, whole, kind, block } = recognise(&label, &mut bytes, first)?;
        let start = Start { label, kind, head, whole, block, bytes, notes };
        match kind {
            Kind::Message | Kind::Headers => self.mail(start, depth),
            Kind::Trace | Kind::Tenant | Kind::Campaign => {
                self.hand_over(start);
                Ok(())
            }
            Kind::Empty | Kind::Other(_) => {
                self.ignore(&start.label, kind.describe().to_owned());
                Ok(())
            }
            Kind::Mbox | Kind::Msg | Kind::Zip | Kind::Gzip | Kind::HeadersJson => {
                self.container(start, depth)
            }
        }
    }

    /// Opens a container.
    fn container(&mut self, start: Start<'_>, depth: u32) -> Result<()> {
        let Start { label, kind, head, bytes, .. } = start;
        if depth >= self.options.limits.depth {
            self.too_deep += 1;
            if self.too_deep > 1 {
                return Ok(());
            }
            return Err(Error::Limit {
                path: label,
                what: format!("{} too deep inside other containers", kind.describe()),
                limit: format!("{} of them", self.options.limits.depth),
            });
        }
        if depth == 0
            && let Bytes::File(_, file) = &bytes
        {
            let size = file.metadata().map_err(|error| failure(&label, &error))?.len();
            self.budget.set_given(size);
        }
        match kind {
            Kind::Zip => {
                let bytes = self.seekable(&label, head, bytes)?;
                zip::expand(self, &label, bytes, depth)
            }
            Kind::Msg => {
                let bytes = self.seekable(&label, head, bytes)?;
                msg::expand(self, &label, bytes, depth)
            }
            Kind::Gzip => gzip::expand(self, &label, whole(head, bytes), depth),
            Kind::Mbox => mbox::expand(self, &label, text(head, bytes), depth),
            _ => headers_json::expand(self, &label, text(head, bytes), depth),
        }
    }

    /// Hands over a message, or the messages that were forwarded in it.
    fn mail(&mut self, start: Start<'_>, depth: u32) -> Result<()> {
        let mut start = start.into_text().map_err(|(label, error)| failure(&label, &error))?;
        if start.kind == Kind::Headers {
            start = start.mapped(pasted::repaired).map_err(|(label, e)| failure(&label, &e))?;
            start.notes.push(pasted::NOTE.to_owned());
        }
        let (headers, split) = start.block.take().unwrap_or_else(|| Headers::split(&start.head, 1));
        let boundary = (start.kind == Kind::Message && depth < self.options.limits.depth)
            .then(|| forwarded::boundary(&headers))
            .flatten();
        start.block = split.ended.then_some((headers, split));
        let Some(boundary) = boundary else {
            self.hand_over(start);
            return Ok(());
        };
        let attached = start.look_through(&self.options.limits, boundary)?;
        if attached.iter().any(|part| forwarded::was_transported(&part.bytes)) {
            self.ignore(&start.label, forwarded::CARRIER.to_owned());
        } else {
            let label = Arc::clone(&start.label);
            self.hand_over(start);
            if attached.is_empty() {
                return Ok(());
            }
            return forwarded::pass_over(self, &label, &attached);
        }
        forwarded::expand(self, &start.label, attached, depth)
    }

    fn hand_over(&mut self, start: Start<'_>) {
        let Start { label, kind, head, whole, block, bytes, notes } = start;
        let (path, rest) = match bytes {
            Bytes::File(path, file) if !whole => {
                (Some(path), Box::new(file) as Box<dyn Read + Send>)
            }
            Bytes::File(path, _) => (Some(path), Box::new(io::empty()) as _),
            Bytes::Stream(stream) => (None, stream),
        };
        (self.sink)(Item::Opened(Opened { label, kind, head, block, rest, path, notes }));
    }

    /// Bytes that can be jumped about in: the file, or everything held in memory.
    fn seekable<'a>(
        &self,
        label: &Arc<str>,
        head: Chunk,
        bytes: Bytes<'a>,
    ) -> Result<Box<dyn ReadSeek + 'a>> {
        match bytes {
            Bytes::File(_, mut file) => {
                file.rewind().map_err(|error| failure(label, &error))?;
                Ok(Box::new(io::BufReader::new(file)))
            }
            Bytes::Stream(_) => {
                let limit = self.options.limits.spool;
                Ok(Box::new(Cursor::new(spool(label, whole(head, bytes), limit)?)))
            }
        }
    }

    pub(super) fn ignore(&mut self, label: &Arc<str>, reason: String) {
        (self.sink)(Item::Ignored(Ignored { label: Arc::clone(label), reason }));
    }

    pub(super) fn fail(&mut self, error: Error) {
        (self.sink)(Item::Failed(error));
    }
}

/// The first chunk of a source, looked at.
struct Head {
    bytes: Chunk,
    /// Whether that is all there is.
    whole: bool,
    kind: Kind,
    block: Option<Block>,
}

/// Reads the first chunk and tells the kind by it.
fn recognise(label: &Arc<str>, bytes: &mut Bytes<'_>, first: usize) -> Result<Head> {
    // Where the body is wanted as well, all of it will be read.
    let usual = if first < HEAD { lengths::usual(first) } else { first };
    let (mut head, mut whole) = read_head(bytes, usual).map_err(|error| failure(label, &error))?;
    let mut block = sniff::usual(&head);
    // Only a message whose header block is whole needs no more to be told by.
    for length in [first, HEAD] {
        if block.is_none() && !whole && head.len() < length {
            whole = read_on(bytes, &mut head, length).map_err(|error| failure(label, &error))?;
            block = sniff::usual(&head);
        }
    }
    let mut kind = match &block {
        Some((_, split)) => {
            lengths::saw(split.body);
            Kind::Message
        }
        None => sniff::kind(&head),
    };
    if kind == Kind::Empty && !whole {
        kind = Kind::Other("a file that begins with many blank lines");
    }
    if kind == Kind::Other(UNKNOWN_JSON)
        && let Bytes::File(_, file) = bytes
    {
        kind = whole_json(file, &head).map_err(|error| failure(label, &error))?;
    }
    // The one kind that a name tells: what a cmdlet wrote does not say which one it was.
    if kind == Kind::Other(UNKNOWN_JSON) && is_noun(labels::stem(label)) {
        kind = Kind::Tenant;
    }
    Ok(Head { bytes: head, whole, kind, block })
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
    Ok(json(&keys))
}
