//! Walk → facts → case → diagnosis on all cores, results in the order of the input.

mod batches;
mod context;
mod journeys;
mod named;
pub mod rows;
mod scope;
mod traces;

pub use context::{Context, Named, Sorted, sort};
pub use journeys::Journeys;
pub use named::{read_campaign, read_tenant};

use crate::case::Case;
use crate::diagnosis::{Detail, Diagnosis};
use crate::error::{Error, Result};
use crate::input::{self, Ignored, Item, Kind, Opened, Place};
use crate::links::{self, Link};
use crate::message::Message;
use crate::message::body::{Attached, Start};
use crate::message::headers::{Headers, block_end};
use crate::trace::Journey;
use rayon::prelude::*;
use std::io::Read;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How a run is done.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Worker threads.
    pub threads: NonZeroUsize,
    /// How much of the facts each diagnosis carries, after the first few.
    pub detail: Detail,
    /// How places are opened.
    pub input: input::Options,
    /// What every message is judged with.
    pub context: Arc<Context>,
    /// How links are read; `None` for a look at headers only.
    pub links: Option<links::Options>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            detail: Detail::Full,
            input: input::Options::default(),
            context: Arc::default(),
            links: Some(links::Options::default()),
        }
    }
}

/// What became of one item of the input.
#[derive(Debug)]
pub enum Event {
    /// It was explained.
    Diagnosed(Box<Diagnosis>),
    /// It is nothing that this command reads.
    Ignored(Ignored),
    /// It should have been readable, and was not.
    Failed(Error),
}

/// Places per batch when there are many: few enough to keep all cores busy to the end and to be held in
/// memory, enough to make the hand-over cost nothing.
const fn batch(detail: Detail) -> usize {
    match detail {
        Detail::Line => 64,
        Detail::Brief | Detail::Full => 16,
    }
}

/// Diagnoses that are always full: one or two messages are shown in full even where many would
/// not be.
const ALWAYS_FULL: usize = 64;
/// Longest header block that is read, in bytes; real ones stay below 100 KiB.
const MAX_BLOCK: usize = 64 << 20;

/// Explains everything in `places`; `sink` gets the events in the order of the places.
///
/// # Errors
///
/// The first error that `sink` returns; the rest of the input is then left alone.
pub fn explain(
    places: impl Iterator<Item = Place>,
    settings: &Settings,
    sink: &mut dyn FnMut(Event) -> Result<()>,
) -> Result<()> {
    let done = &AtomicUsize::new(0);
    let work = |places: &[Place], tell: &mut dyn FnMut(Event)| {
        input::visit_all(places, &settings.input, &mut |item| {
            event(item, settings, done).into_iter().for_each(&mut *tell);
        });
    };
    batches::run(places, batch(settings.detail), settings.threads.get(), &work, sink)?;
    traced(settings, done, sink)
}

/// Explains the journeys that no message belongs to.
fn traced(
    settings: &Settings,
    done: &AtomicUsize,
    sink: &mut dyn FnMut(Event) -> Result<()>,
) -> Result<()> {
    const AT_ONCE: usize = 1024;
    let context = &settings.context;
    let Some(journeys) = &context.journeys else { return Ok(()) };
    let alone: Vec<&Journey> = journeys.alone().collect();
    for some in alone.chunks(AT_ONCE) {
        let diagnosed = some.par_iter().map(|journey| {
            let mut case = Case::from_journey(journey);
            let label = journey.sources.first().map_or("", AsRef::as_ref);
            case.tenant = context.tenant(label);
            case.campaign = context.campaign(label);
            Diagnosis::of(case, detail(settings, done))
        });
        for diagnosis in diagnosed.collect::<Vec<_>>() {
            sink(Event::Diagnosed(Box::new(diagnosis)))?;
        }
    }
    Ok(())
}

/// What became of an item; nothing to tell of one that the messages are judged with.
fn event(item: Item<'_>, settings: &Settings, done: &AtomicUsize) -> Option<Event> {
    Some(match item {
        Item::Failed(error) => Event::Failed(error),
        Item::Ignored(ignored) => Event::Ignored(ignored),
        Item::Opened(opened) => match opened.kind {
            Kind::Message | Kind::Headers => match diagnose(opened, settings, done) {
                Ok(diagnosis) => Event::Diagnosed(Box::new(diagnosis)),
                Err(error) => Event::Failed(error),
            },
            _ if settings.context.holds(&opened.label) => return None,
            // Its name ends like that of a message, so that it was not looked at in time.
            kind => {
                let reason = format!("{}, named like a message: rename it", kind.describe());
                Event::Ignored(Ignored { label: opened.label, reason })
            }
        },
    })
}

/// Explains one message.
fn diagnose(opened: Opened<'_>, settings: &Settings, done: &AtomicUsize) -> Result<Diagnosis> {
    let options = settings.links.as_ref().filter(|_| opened.kind == Kind::Message);
    let mut read = read_message(opened, options)?;
    let source = &read.message.source;
    read.message.notes.extend(read.uneven.map(|uneven| format!("{source}: {uneven}")));
    let mut case = Case::from_message(&read.message);
    let journeys = settings.context.journeys.as_ref();
    if let Some(journey) = journeys.and_then(|all| all.of(&read.message.identity)) {
        case = case.with_journey(journey);
    }
    case.links = read.links.as_deref();
    case.attached = read.attached;
    case.tenant = settings.context.tenant(source);
    case.campaign = settings.context.campaign(source);
    Ok(Diagnosis::of(case, detail(settings, done)))
}

/// How much the next diagnosis carries.
fn detail(settings: &Settings, done: &AtomicUsize) -> Detail {
    if done.fetch_add(1, Ordering::Relaxed) < ALWAYS_FULL { Detail::Full } else { settings.detail }
}

/// The facts of one message.
#[derive(Debug)]
pub struct MessageFacts {
    /// Its headers.
    pub message: Message,
    /// Its links; `None` where they were not asked for.
    pub links: Option<Vec<Link>>,
    /// Where only one of the HTML and the text part is rewritten: which.
    pub uneven: Option<&'static str>,
    /// What is attached; `None` where nobody looked, or the copy may have lost some of it.
    pub attached: Option<Attached>,
}

/// Reads the header block of a message and, with `links`, its body.
///
/// # Errors
///
/// [`Error::Read`] where the header block cannot be read.
pub fn read_message(
    mut opened: Opened<'_>,
    links: Option<&links::Options>,
) -> Result<MessageFacts> {
    let note = complete_block(&mut opened)?;
    let block = opened.block.take().unwrap_or_else(|| Headers::split(&opened.head, 1));
    let mut message = Message::of_block(&opened.label, block);
    // A body that was rebuilt, or taken out of another message, need not be whole.
    let whole = note.is_none() && opened.notes.is_empty();
    message.notes.extend(note);
    message.notes.append(&mut opened.notes);
    let found = links.map(|options| read_links(&mut opened, &mut message, options));
    let uneven = found.as_ref().and_then(|found| found.uneven);
    let attached = found.as_ref().filter(|found| whole && found.undamaged());
    let attached = attached.map(|found| found.walked.attached);
    Ok(MessageFacts { message, links: found.map(|found| found.links), uneven, attached })
}

/// The links of the body that follows the header block, with their owners.
fn read_links(
    opened: &mut Opened<'_>,
    message: &mut Message,
    options: &links::Options,
) -> links::Body {
    let start = Start {
        content_type: message.headers.get("Content-Type").map(|header| header.value),
        transfer_encoding: message
            .headers
            .get("Content-Transfer-Encoding")
            .map(|header| header.value),
        line: message.split.body_line,
    };
    let held = opened.head.get(message.split.body..).unwrap_or_default();
    let mut found = links::read(&opened.label, start, &mut held.chain(&mut opened.rest), options);
    links::ownership::judge(&mut found.links, message);
    message.notes.append(&mut found.notes);
    found
}

/// Reads on until the whole header block is in `head`.
pub(crate) fn complete_block(opened: &mut Opened<'_>) -> Result<Option<String>> {
    // Steps that double keep the search for the end linear.
    let mut step = 256 * 1024;
    while opened.block.is_none() && block_end(&opened.head).is_none() {
        if opened.head.len() >= MAX_BLOCK {
            return Ok(Some(format!(
                "{}: the header block goes on beyond {} MiB; what follows was not read",
                opened.label,
                MAX_BLOCK >> 20
            )));
        }
        let read = opened.rest.by_ref().take(step).read_to_end(&mut opened.head);
        step *= 2;
        let read = read.map_err(|error| input::failure(&opened.label, &error))?;
        if read == 0 {
            break;
        }
    }
    Ok(None)
}
