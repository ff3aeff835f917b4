//! Traces, hunting exports and recipient lists that stand beside messages, read into journeys.

use super::Event;
use super::journeys::Journeys;
use crate::campaign::{Campaign, recipients};
use crate::error::{Error, Result};
use crate::input::{self, Kind, Opened, Place};
use crate::note::Note;
use crate::trace::collect::Collector;
use crate::trace::reader::{self, Body, Input};
use crate::trace::report::{Refusal, Report};
use crate::trace::row::Row;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Rows whose every word is kept as evidence; more is work for `mailwhy trace`.
const ROWS: u64 = 1_000_000;

/// Gathers the rows of a run.
#[derive(Default)]
pub(super) struct Traces {
    files: Vec<(Arc<str>, PathBuf)>,
    collector: Collector,
    rows: AtomicU64,
    any: bool,
    /// What could not be read.
    pub(super) events: Vec<Event>,
    /// What a user must know of the files, one line each.
    pub(super) notes: Vec<Note>,
}

impl Traces {
    /// Takes one export: a plain file is read later with all others, anything else at once.
    pub(super) fn take(&mut self, opened: Opened<'_>) {
        let source = Arc::clone(&opened.label);
        match opened.path.clone() {
            Some(path) => self.files.push((source, path)),
            None => {
                let body = Body::Stream(Box::new(opened.into_reader()));
                self.read(vec![Input { source, body }]);
            }
        }
    }

    /// Takes the list of expected recipients that a campaign names.
    pub(super) fn take_recipients(&mut self, path: &Path) -> Result<()> {
        if self.files.iter().any(|(_, known)| known == path) {
            return Ok(());
        }
        let source: Arc<str> = path.to_string_lossy().into();
        if input::kind(&Place::File(path.to_owned()))? == Kind::Trace {
            self.files.push((source, path.to_owned()));
            return Ok(());
        }
        // One address a line: the same with the header that a table has.
        let list = recipients::read(path)?.addresses;
        let table = format!("email\n{}\n", list.join("\n"));
        self.read(vec![Input { source, body: Body::Bytes(table.as_bytes()) }]);
        Ok(())
    }

    /// The journeys, if there was any export; `campaign` gives the campaign of a source.
    pub(super) fn finish<'c>(
        &mut self,
        campaign: &dyn Fn(&str) -> Option<&'c Campaign>,
    ) -> Option<Journeys> {
        let files = std::mem::take(&mut self.files);
        let inputs = files
            .into_iter()
            .map(|(source, path)| Input { source, body: Body::File(path) })
            .collect::<Vec<_>>();
        if !inputs.is_empty() {
            self.read(inputs);
        }
        self.any.then(|| Journeys::new(std::mem::take(&mut self.collector), campaign))
    }

    fn read(&mut self, inputs: Vec<Input<'_>>) {
        self.any = true;
        let source = inputs.first().map_or_else(|| "-".into(), |input| Arc::clone(&input.source));
        let rows = &self.rows;
        let each = |collector: &mut Collector, row: &Row<'_>| -> std::result::Result<(), Refusal> {
            if rows.fetch_add(1, Relaxed) < ROWS { collector.row(row) } else { Ok(()) }
        };
        let before = rows.load(Relaxed);
        let read = reader::read(
            inputs,
            &reader::Options::default(),
            Collector::default,
            each,
            std::convert::identity,
            Collector::merge,
        );
        match read {
            Ok((collector, report)) => {
                self.collector.merge(collector);
                self.tell(report);
            }
            Err(error) => self.events.push(Event::Failed(error)),
        }
        if before <= ROWS && self.rows.load(Relaxed) > ROWS {
            self.events.push(Event::Failed(Error::Limit {
                path: source,
                what:
                    "too many rows to keep each one as evidence; `mailwhy trace` reads any number"
                        .to_owned(),
                limit: format!("{ROWS} rows"),
            }));
        }
    }

    fn tell(&mut self, report: Report) {
        let refused = report.counts().refused;
        for file in report.files {
            self.notes.extend(file.notes.iter().map(|note| Note::on(&file.source, note)));
            self.events.extend(file.error.map(Event::Failed));
        }
        if let Some(first) = report.refusals.into_iter().next() {
            let text = format!("{refused} rows were not understood; the first: ");
            let example = Some(Error::from(first));
            self.notes.push(Note { example, ..Note::general(text) });
        }
    }
}
