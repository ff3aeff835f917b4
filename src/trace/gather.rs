//! Results of blocks, put together in the order of the input, whichever thread was first.

use super::format::Definition;
use super::report::{Counts, FileReport, Refusal, Report};
use super::rows::Tally;
use crate::error::Error;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Place of a block: input, then block within it.
pub(super) type Key = (usize, u64);

/// What came of one block.
pub(super) struct Part<A> {
    pub(super) source: Arc<str>,
    pub(super) definition: Option<&'static Definition>,
    pub(super) result: Option<A>,
    pub(super) tally: Tally,
    pub(super) bytes: u64,
    /// What is to be said of the file, known when it was opened.
    pub(super) notes: Vec<String>,
    pub(super) error: Option<Error>,
    /// Whether it is the first block of its input, and whether it is the last one.
    pub(super) first: bool,
    pub(super) last: bool,
}

/// Puts parts together.
pub(super) struct Gather<'f, A> {
    merge: &'f (dyn Fn(&mut A, A) + Sync),
    /// Refusals kept.
    refusals: usize,
    strict: bool,
    /// Parts that may wait for an earlier one before threads wait for the merge.
    most_waiting: usize,
    state: Mutex<State<A>>,
    merged: Condvar,
    stopped: AtomicBool,
}

struct State<A> {
    next: Key,
    waiting: BTreeMap<Key, Part<A>>,
    /// Whether a thread is merging what is in order.
    merging: bool,
    result: Option<A>,
    report: Report,
    /// What became of the rows of the input that is being put together.
    tally: Tally,
    fatal: Option<Refusal>,
}

impl<'f, A> Gather<'f, A> {
    pub(super) fn new(
        merge: &'f (dyn Fn(&mut A, A) + Sync),
        refusals: usize,
        strict: bool,
        threads: usize,
    ) -> Self {
        let state = State {
            next: (0, 0),
            waiting: BTreeMap::new(),
            merging: false,
            result: None,
            report: Report::default(),
            tally: Tally::default(),
            fatal: None,
        };
        Gather {
            merge,
            refusals,
            strict,
            most_waiting: 16 + 8 * threads,
            state: Mutex::new(state),
            merged: Condvar::new(),
            stopped: AtomicBool::new(false),
        }
    }

    /// Whether a refused row has ended the reading.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Takes a part, and merges what has become mergeable unless another thread is doing so.
    pub(super) fn submit(&self, key: Key, part: Part<A>) {
        let mut state = self.lock();
        state.waiting.insert(key, part);
        if state.merging {
            while state.merging && state.waiting.len() > self.most_waiting {
                state = self.merged.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            return;
        }
        state.merging = true;
        while let Some(mut part) = state.take_next() {
            let before = state.result.take();
            let later = part.result.take();
            self.account(&mut state, part);
            // Others go on submitting while the results are merged.
            drop(state);
            let merged = match (before, later) {
                (Some(mut before), Some(later)) => {
                    (self.merge)(&mut before, later);
                    Some(before)
                }
                (before, later) => before.or(later),
            };
            state = self.lock();
            state.result = merged;
            self.merged.notify_all();
        }
        state.merging = false;
        self.merged.notify_all();
    }

    /// The whole result, when all parts are in.
    ///
    /// # Errors
    ///
    /// The first refusal in input order, if reading was strict.
    pub(super) fn finish(self) -> Result<(Option<A>, Report), Error> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        match state.fatal {
            Some(refusal) => Err(refusal.into()),
            None => Ok((state.result, state.report)),
        }
    }

    /// Adds what became of a part's rows to the report of its input.
    fn account(&self, state: &mut State<A>, part: Part<A>) {
        let State { report, tally, fatal, .. } = state;
        if self.strict && fatal.is_none() && !part.tally.refusals.is_empty() {
            *fatal = part.tally.refusals.first().cloned();
            self.stopped.store(true, Ordering::Relaxed);
        }
        if part.first {
            report.files.push(FileReport {
                source: Arc::clone(&part.source),
                format: part.definition.map(|definition| definition.format),
                counts: Counts::default(),
                bytes: 0,
                notes: part.notes,
                error: None,
            });
        }
        tally.append(part.tally, self.refusals);
        let Some(file) = report.files.last_mut() else { return };
        file.bytes += part.bytes;
        file.error = file.error.take().or(part.error);
        if part.last {
            let tally = std::mem::take(tally);
            file.counts = tally.counts;
            file.notes.extend(notes(&tally, part.definition));
            let room = self.refusals.saturating_sub(report.refusals.len());
            report.refusals.extend(tally.refusals.into_iter().take(room));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A> State<A> {
    /// The part that comes next, if it is in.
    fn take_next(&mut self) -> Option<Part<A>> {
        let part = self.waiting.remove(&self.next)?;
        let (input, block) = self.next;
        self.next = if part.last { (input + 1, 0) } else { (input, block + 1) };
        Some(part)
    }
}

/// What a user must know of a file that has been read to its end.
fn notes(tally: &Tally, definition: Option<&Definition>) -> Vec<String> {
    /// Rows of a sheet without its header (`trace-formats.md §17`).
    const SHEET: u64 = 1_048_575;
    let mut notes = Vec::new();
    let mut note = |count: u64, what: &str| {
        if count > 0 {
            notes.push(format!("{count} {what}"));
        }
    };
    note(tally.repeated_headers, "header lines are repeated between the rows: files were joined");
    note(
        tally.lost_cells,
        "cells hold only the name of a .NET type such as System.String[]: export again with a calculated column (`-join ';'`)",
    );
    note(
        tally.undecodable,
        "cells hold bytes that are no characters of the file's charset: name it with --encoding (windows-1252, windows-1254 …)",
    );
    note(tally.cut_cells, "cells end at 32,767 characters: a spreadsheet has cut them");
    let rows = tally.counts.read;
    if definition.is_some_and(|definition| definition.cut_at.contains(&rows)) {
        notes.push(format!(
            "exactly {rows} rows: this export is cut at that number without a word, so rows are probably missing"
        ));
    }
    if rows == SHEET {
        notes.push("exactly as many rows as a spreadsheet holds: rows are probably missing".into());
    }
    notes
}
