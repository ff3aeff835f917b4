//! Every link of a message's body: from HTML by a tokenizer, from text by a scanner.
//!
//! Parts come in pieces; up to `WINDOW` bytes of a part are held, so that most parts are searched in
//! one go and a part without links is never tokenized.

mod collect;
mod html;
mod text;

use super::Link;
use crate::message::body::{self, Event, Limits, Part, Start, Walked};
use collect::Collector;
use html::Html;
use std::cell::RefCell;
use std::io::Read;
use std::sync::Arc;

/// What to do with what is found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether evidence quotes recipients, tenants and message ids that wrappers hold.
    pub show_private: bool,
    /// How far the walk over the parts goes.
    pub limits: Limits,
}

/// The links of one message.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// Distinct links, in order of appearance.
    pub links: Vec<Link>,
    /// What was walked over.
    pub walked: Walked,
    /// Links that are no web addresses: `mailto:`, `tel:`, `cid:`, anchors.
    pub not_web: u64,
    /// Distinct links left out because there were too many.
    pub left_out: u64,
    /// Where only one of the HTML and the text part is rewritten: which.
    pub uneven: Option<&'static str>,
    /// What was damaged, skipped or cut, one line each, with its place.
    pub notes: Vec<String>,
    /// Whether the reader failed before the end.
    pub cut_off: bool,
}

impl Body {
    /// Whether the walk came to the end and found nothing damaged on the way.
    pub fn undamaged(&self) -> bool {
        !self.cut_off && self.walked.notes.is_empty()
    }
}

/// Bytes of a part that are held before they are searched.
pub(super) const WINDOW: usize = 256 * 1024;

/// Reads every link of the body that `reader` stands at. A reader that fails is noted: what was read
/// before counts.
pub fn read(source: &Arc<str>, start: Start<'_>, reader: &mut dyn Read, options: &Options) -> Body {
    let mut reading = Reading {
        collector: Collector::new(source, options.show_private),
        part: None,
        held: HELD.take(),
        html: None,
    };
    let walked = body::walk(reader, start, options.limits, &mut |event| reading.take(event));
    reading.held.clear();
    HELD.set(reading.held);
    let mut body = reading.collector.finish();
    match walked {
        Ok(walked) => {
            let place = |(line, note): &(u32, String)| format!("{source}:{line}: {note}");
            body.notes.extend(walked.notes.iter().map(place));
            body.walked = walked;
        }
        Err(error) => {
            body.cut_off = true;
            body.notes.push(format!("{source}: reading of the body stopped: {error}"));
        }
    }
    if body.left_out > 0 {
        body.notes.push(format!("{source}: {} links beyond the limit are left out", body.left_out));
    }
    body
}

thread_local! {
    /// What a thread holds of one part after the other: at most a window and a block.
    static HELD: RefCell<String> = RefCell::default();
}

struct Reading {
    collector: Collector,
    part: Option<Part>,
    held: String,
    html: Option<Html>,
}

impl Reading {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Begin(part) => {
                self.held.clear();
                self.html = None;
                self.collector.begin(part);
                self.part = Some(part.clone());
            }
            Event::Text(text) => {
                self.held.push_str(text);
                if self.held.len() >= WINDOW {
                    self.search(false);
                }
            }
            Event::End => {
                self.search(true);
                self.part = None;
            }
        }
    }

    /// Searches what is held; `last` says that the part ends here.
    fn search(&mut self, last: bool) {
        let Some(part) = &self.part else { return };
        if !part.html {
            let searched = text::search(&self.held, part.joined, last, &mut self.collector);
            self.held.drain(..searched);
            return;
        }
        if self.html.is_none() && last && !html::may_hold_links(&self.held) {
            return;
        }
        let html = self.html.get_or_insert_with(|| Html::new(&self.held, last));
        html.write(&self.held, last, &mut self.collector);
        self.held.clear();
    }
}

#[cfg(test)]
mod tests;
