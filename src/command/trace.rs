//! `mailwhy trace`: exports of any size in, a summary or a line per (message, recipient) out.

mod said;

use super::{Status, complain, complain_ignored, complain_of, explain};
use crate::campaign::Campaign;
use crate::cli::trace::TraceArgs;
use crate::cli::{self, ColorArg};
use crate::engine;
use crate::engine::rows::{self, Read};
use crate::error::{Error, Result};
use crate::input::{self, Place};
use crate::landing::follow;
use crate::memory;
use crate::note::Note;
use crate::output::Output;
use crate::report::escape;
use crate::report::redact::Redactor;
use crate::report::stream::{Extent, Report, Run};
use crate::report::text::Look;
use crate::report::trace::{SummaryJson, Traced, write};
use crate::summary::{self, Failing, Summary};
use crate::trace::Journey;
use crate::trace::bulk::{Filter, Groups, Store, Worker};
use crate::trace::collect::Collector;
use crate::trace::expected::{Expected, Seen};
use crate::trace::format::Format;
use crate::trace::identity;
use crate::trace::reader::Options;
use crate::trace::report::{Counts, FileReport, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Sums up, or lists, everything that the arguments name.
///
/// # Errors
///
/// Usage errors, a refused row with `--strict`, too little memory, output that cannot be written.
pub fn run(args: &TraceArgs, color: ColorArg) -> Result<Status> {
    let mut output = Output::open(args.output.as_deref(), color)?;
    let campaign = args.campaign.as_deref().map(engine::read_campaign).transpose()?;
    let task = Task {
        args,
        filter: filter(args, campaign.clone()),
        campaign,
        places: input::discover(&args.paths).chain(input::discover(&args.expected)).collect(),
    };
    let done = match args.format {
        cli::Format::Text | cli::Format::Json if args.rows => task.count_rows(&mut output),
        _ if args.rows => Err(Error::Usage("--rows gives a sum, as text or json".to_owned())),
        cli::Format::Text | cli::Format::Json => task.sum_up(&mut output),
        format => task.list(format, &mut output),
    };
    let (read, mut redactor) = done.map_err(|error| task.without_cells(error))?;
    output.finish()?;
    let status = conclude(&read, redactor.as_mut(), &args.paths);
    if let (Some(path), Some(redactor)) = (&args.redact.redact_map, &redactor) {
        redactor.save_map(path)?;
    }
    Ok(status)
}

/// What was read, and the redactor of what was told of it.
type Done = (Read, Option<Redactor>);

/// One run.
struct Task<'a> {
    args: &'a TraceArgs,
    filter: Filter,
    campaign: Option<Campaign>,
    places: Vec<Place>,
}

/// What is gathered for a summary beside the table of pairs.
#[derive(Default)]
struct Part {
    expected: Collector,
    duplicates: u64,
}

impl Task<'_> {
    fn input(&self) -> input::Options {
        input::Options { password: self.args.password.clone(), ..input::Options::default() }
    }

    fn options<'p>(&self, progress: &'p Progress) -> Options<'p> {
        Options {
            threads: self.args.threads.map_or(0, usize::from),
            strict: self.args.strict,
            refusals: Summary::MAX_REFUSALS,
            encoding: self.args.encoding,
            date_order: self.args.date_order.map(Into::into),
            progress: Some(progress),
            ..Options::default()
        }
    }

    /// Makes this thread one of those that put the result together. A pool that leaves it idle begins on
    /// one core, and the system takes longer to move it to the others than the work takes.
    fn go_on_here(&self) {
        let threads = self.args.threads.map_or(0, usize::from);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread();
        // one that is there already does the same work
        let _ = pool.build_global();
    }

    /// The summary of all pairs.
    fn sum_up(&self, output: &mut Output) -> Result<Done> {
        let limit = self.args.max_memory.unwrap_or_else(memory::share);
        let store = Store::new(limit);
        let progress = Progress::default();
        let (part, read) = watched(&progress, || {
            rows::fold(
                &self.places,
                &self.input(),
                &self.options(&progress),
                || (Worker::new(&store, &self.filter), Collector::default()),
                |(worker, expected), row| {
                    if row.format.is_expectation() { expected.row(row) } else { worker.row(row) }
                },
                |(worker, expected)| Part { expected, duplicates: worker.duplicates },
                |part: &mut Part, later| {
                    part.duplicates += later.duplicates;
                    part.expected.merge(later.expected);
                },
            )
        })?;
        let Part { expected, duplicates } = part;
        store.settle();
        let pairs = store.pairs();
        let full = || too_much(limit, pairs);
        if store.is_full() {
            return Err(full());
        }
        self.go_on_here();
        let groups = Groups::of(store.into_table(), &self.filter);
        let mut groups = groups.ok_or_else(full)?;
        let judged = summary::judge(&mut groups, self.campaign.as_ref()).ok_or_else(full)?;
        let mut summary = sums(&read, duplicates);
        summary.add_groups(&groups, &judged);
        let most = if self.args.all { usize::MAX } else { self.args.top };
        let failures = summary.add_failures(&groups, &judged, most);
        let (mut failing, mut recipients) = failures.ok_or_else(full)?;
        let people = expected.into_people();
        let seen = messages_of(&groups, &people);
        let missing = self.missing(seen, people, summary.is_without_trace());
        recipients += self.add_missing(&mut summary, &mut failing, &missing, most);
        let mut notes = self.cut_reports(&groups, &read);
        notes.extend(self::notes(&read, &summary));
        let mut redactor = self.redactor();
        if let Some(redactor) = &mut redactor {
            redactor.redact_summary(&mut summary, &mut failing, &mut notes);
        }
        let notes: Vec<String> = notes.iter().map(Note::to_string).collect();
        let traced = Traced { summary: &summary, failing: &failing, recipients, notes: &notes };
        if self.args.format == cli::Format::Json {
            let document = escape::json::document(&SummaryJson::from(&traced));
            output.put(&document.map_err(|error| Error::Usage(error.to_string()))?)?;
        } else if summary.rows.read + summary.expected.read > 0 {
            // Without a row there is nothing to sum up, and a row of zeros would read as good news.
            let look = Look::new(output.color, output.width);
            output.put(write(look, &traced).as_bytes())?;
        }
        Ok((read, redactor))
    }

    /// Extended reports that hold as many messages as such a report can: it is cut there without a word
    /// (`trace-formats.md` §1). A filter leaves messages out, so nothing is counted then.
    fn cut_reports(&self, groups: &Groups, read: &Read) -> Vec<Note> {
        const MESSAGES: usize = 1_000;
        const ROWS: u64 = 100_000;
        let whole = |file: &&FileReport| {
            file.format == Some(Format::Extended)
                && (MESSAGES as u64..=ROWS).contains(&file.counts.read)
                && groups.messages_of(&file.source, MESSAGES + 1) == MESSAGES
        };
        if self.filter.asks_anything() {
            return Vec::new();
        }
        const CUT: &str = "exactly 1,000 messages: an extended report is cut at that number without a word, so \
                           messages are probably missing";
        read.report.files.iter().filter(whole).map(|file| Note::on(&file.source, CUT)).collect()
    }

    /// Expected people of whom none of the messages is, all of which are asked for.
    fn missing(
        &self,
        mut seen: Messages<'_>,
        people: BTreeMap<String, Expected>,
        without_trace: bool,
    ) -> Vec<Journey> {
        let asked = people.into_iter().filter(|(key, _)| self.filter.recipient(key));
        let missing = asked.filter_map(|(key, person)| {
            let messages = seen.remove(key.as_str()).unwrap_or_default();
            let own =
                person.own(messages.into_iter().enumerate().collect(), self.campaign.as_ref());
            person.missing(own)
        });
        missing.map(|person| person.not_traced(without_trace)).collect()
    }

    /// Counts them, and gives the number of those that the message did not reach.
    fn add_missing(
        &self,
        summary: &mut Summary,
        failing: &mut Vec<Failing>,
        missing: &[Journey],
        most: usize,
    ) -> u64 {
        let mut failed = 0;
        for journey in missing {
            let diagnosis = summary::diagnose(journey, self.campaign.as_ref());
            summary.add(journey, &diagnosis, 1);
            if !diagnosis.outcome.is_failure() {
                continue;
            }
            failed += 1;
            if failing.len() < most {
                let row = journey.recipient.as_ref().and_then(|fact| match fact.evidence.place {
                    crate::fact::Place::Row(row) => Some((fact.evidence.source.clone(), row)),
                    _ => None,
                });
                failing.push(Failing::missing(&diagnosis, row));
            }
        }
        failed
    }

    /// One diagnosis for every pair, each with its own rows.
    fn list(&self, format: cli::Format, output: &mut Output) -> Result<Done> {
        let progress = Progress::default();
        let limit = self.args.max_memory.unwrap_or_else(memory::share);
        self.check_size(limit)?;
        let ((collector, expected), read) = watched(&progress, || {
            rows::fold(
                &self.places,
                &self.input(),
                &self.options(&progress),
                Default::default,
                |(collector, expected): &mut (Collector, Collector), row| {
                    if row.format.is_expectation() {
                        // for the messages that people have, and for those that they do not have
                        expected.row(row)?;
                        return collector.row(row);
                    }
                    match self.filter.row(row) {
                        Some(false) => Ok(()),
                        told => collector.row_told(row, told == Some(true)),
                    }
                },
                std::convert::identity,
                |(collector, expected), later| {
                    collector.merge(later.0);
                    expected.merge(later.1);
                },
            )
        })?;
        let mut journeys = collector.finish_with(&|_| self.campaign.as_ref());
        follow(&mut journeys);
        journeys.retain(|journey| journey.traced && self.filter.journey(journey));
        let mut seen = Messages::new();
        for journey in &journeys {
            seen.entry(recipient_key(journey).into()).or_default().push(Seen::of_journey(journey));
        }
        // a filter may have left out every row of the trace that was given
        let without_trace = sums(&read, 0).is_without_trace();
        let missing = self.missing(seen, expected.into_people(), without_trace);
        journeys.extend(missing);
        let mut report = Report::new(format, Extent::Details, self.redactor(), output);
        let run = Run::default();
        for journey in &journeys {
            let mut case = crate::case::Case::from_journey(journey);
            case.campaign = self.campaign.as_ref();
            let diagnosis = crate::diagnosis::Diagnosis::of(case, report.detail());
            report.take(diagnosis, output)?;
        }
        report.finish(&run, output)?;
        Ok((read, report.into_redactor()))
    }

    fn redactor(&self) -> Option<Redactor> {
        explain::redactor(&self.args.redact, std::iter::empty(), self.campaign.iter())
    }

    /// The error that ends the run; one that quotes a cell does not where the run is to be redacted.
    fn without_cells(&self, error: Error) -> Error {
        let redactor = self.redactor().filter(|_| matches!(error, Error::Value { .. }));
        redactor.map_or(error.clone(), |mut redactor| redactor.error(&error))
    }

    /// Every row's words are kept for a list: about as many bytes as the files have, several times.
    fn check_size(&self, limit: usize) -> Result<()> {
        const TIMES: u64 = 6;
        let size = |place: &Place| match place {
            Place::File(path) => std::fs::metadata(path).map_or(0, |meta| meta.len()),
            _ => 0,
        };
        let all: u64 = self.places.iter().map(size).sum();
        // other filters ask for whole pairs: all rows are kept until the last one is read
        if all.saturating_mul(TIMES) > limit as u64 && !self.filter.asks_rows() {
            return Err(Error::Limit {
                path: "trace".into(),
                what: format!(
                    "a list of every pair of {} MiB may take {} MiB of memory; narrow it with --sender, \
                     --subject or --message-id, or use --format json",
                    all >> 20,
                    all.saturating_mul(TIMES) >> 20
                ),
                limit: format!("{} MiB (--max-memory)", limit >> 20),
            });
        }
        Ok(())
    }
}

/// What is seen of the messages of each recipient, by the key of the address.
type Messages<'m> = HashMap<Cow<'m, str>, Vec<Seen<'m>>>;

/// The messages of `people`, of all pairs that are asked for.
fn messages_of<'g>(groups: &'g Groups, people: &BTreeMap<String, Expected>) -> Messages<'g> {
    let mut messages = Messages::new();
    let parts = if people.is_empty() { 0 } else { groups.parts() };
    for part in 0..parts {
        groups.endings(
            part,
            |_| true,
            |ending| {
                let recipient = ending.recipient();
                if !people.contains_key(recipient) {
                    return;
                }
                // what the pairs of a group do not have in common is each one's own
                let seen = Seen {
                    from: None,
                    mail_from: ending.sender(),
                    ip: ending.ip().and_then(|ip| ip.parse().ok()),
                    began: ending.first(),
                    ..Seen::of_journey(&groups.groups[ending.group].journey)
                };
                messages.entry(recipient.into()).or_default().push(seen);
            },
        );
    }
    messages
}

/// Key of a journey's recipient; empty where none is known.
fn recipient_key(journey: &Journey) -> String {
    let mut key = String::new();
    if let Some(recipient) = &journey.recipient {
        identity::address_key(&recipient.value, &mut key);
    }
    key
}

fn too_much(limit: usize, pairs: usize) -> Error {
    Error::Limit {
        path: "trace".into(),
        what: format!(
            "the table of pairs is full after {pairs} pairs; narrow it with --sender or --subject, count \
             rows without joining them with --rows, or give it more"
        ),
        limit: format!("{} MiB (--max-memory)", limit >> 20),
    }
}

fn filter(args: &TraceArgs, campaign: Option<Campaign>) -> Filter {
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.trim().to_lowercase());
    Filter {
        sender: lower(&args.sender),
        recipient: lower(&args.recipient),
        subject: lower(&args.subject),
        message_id: args.message_id.as_deref().map(|id| identity::message_id(id).to_owned()),
        since: args.since,
        until: args.until,
        ip: args.ip,
        campaign,
    }
}

/// Runs `work`, with a progress bar on a terminal once it takes long.
fn watched<T>(progress: &Progress, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    let style = "{bar:30} {bytes}/{total_bytes}, {msg}, {bytes_per_sec}, {elapsed}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    let (done, begun) = (AtomicBool::new(false), Instant::now());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                if bar.is_hidden() && begun.elapsed() > super::PATIENCE {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.set_length(progress.total.load(Ordering::Relaxed));
                bar.set_position(progress.bytes.load(Ordering::Relaxed));
                bar.set_message(format!("{} rows", progress.rows.load(Ordering::Relaxed)));
                std::thread::sleep(Duration::from_millis(50));
            }
            bar.finish_and_clear();
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        result
    })
}

/// What the reading came to.
fn sums(read: &Read, duplicates: u64) -> Summary {
    let (mut rows, mut expected) = (Counts::default(), Counts::default());
    for file in &read.report.files {
        let of_people = file.format.is_some_and(Format::is_expectation);
        if of_people { &mut expected } else { &mut rows }.add(file.counts);
    }
    rows.drop_duplicates(duplicates);
    let is_read = |file: &&FileReport| file.error.is_none() || file.counts.read > 0;
    let errors = read.report.errors().count() + read.failed.len();
    Summary {
        files: read.report.files.iter().filter(is_read).count() as u64,
        unreadable: errors as u64,
        rows,
        expected,
        refusals: read.report.refusals.clone(),
        ..Summary::default()
    }
}

/// What is to be said of single files.
fn file_notes(read: &Read) -> impl Iterator<Item = Note> {
    let notes = |file: &'_ FileReport| {
        let source = file.source.clone();
        file.notes.clone().into_iter().map(move |note| Note::on(&source, note))
    };
    read.report.files.iter().flat_map(notes)
}

/// What a reader of the summary must know (`trace-formats.md` §8).
fn notes(read: &Read, summary: &Summary) -> Vec<Note> {
    let mut notes: Vec<Note> = file_notes(read).collect();
    if summary.outcomes.contains_key(&crate::finding::Outcome::Delivered) {
        notes.push(Note::general(
            "\"delivered\" is not the Inbox: Junk and quarantine are delivered too. Detail reports, \
             EmailEvents or the quarantine list tell the folder.",
        ));
    }
    if summary.is_without_trace() {
        notes.push(Note::general(
            "No trace was given: the platform's own record does not tell where a message ended. An \
             open, click or submission shows that it reached a reader or a scanner.",
        ));
        return notes;
    }
    notes.push(Note::general(
        "A missing row proves nothing: refusals during SMTP (IP lists, banned IPs, unknown recipients, \
         Direct Send, connector locks) and API delivery leave none, and reports lag by up to 24 hours.",
    ));
    notes
}

fn conclude(read: &Read, mut redactor: Option<&mut Redactor>, typed: &[PathBuf]) -> Status {
    for error in read.report.errors().chain(&read.failed) {
        complain_of(error, redactor.as_deref_mut(), typed);
    }
    for ignored in read.ignored.iter().take(10) {
        let rest = format!(": ignored: {}", ignored.reason);
        complain_ignored(&ignored.label, &rest, redactor.as_deref_mut());
    }
    if read.ignored.len() > 10 {
        complain(format_args!("and {} more ignored", read.ignored.len() - 10));
    }
    let unread = read.report.errors().next().is_some() || !read.failed.is_empty();
    if read.report.files.is_empty() && read.failed.is_empty() {
        complain("no trace found in what was given");
    }
    if unread || read.report.files.is_empty() { Status::Unreadable } else { Status::Done }
}
