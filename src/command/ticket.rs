//! `mailwhy ticket`: the reports, the diagnosis and the header blocks behind them in one archive, the
//! same bytes for the same input.

use super::{Status, complain, complain_of, explain, remark};
use crate::cli::ColorArg;
use crate::cli::report::TicketArgs;
use crate::diagnosis::Diagnosis;
use crate::engine::{self, Event, Named, Settings};
use crate::error::{Error, Result};
use crate::input::{self, Item, Kind, Place};
use crate::message::Message;
use crate::output::Output;
use crate::report::archive::{Archive, Entry};
use crate::report::html::Page;
use crate::report::json::DiagnosisJson;
use crate::report::markdown::Document;
use crate::report::redact::Redactor;
use crate::report::stream::Run;
use crate::report::words::plural;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Most messages whose header blocks are packed: what a ticket system takes, and what memory holds.
const MAX_BLOCKS: usize = 1_000;

/// Packs what the arguments name.
///
/// # Errors
///
/// A tenant or campaign that cannot be read, no message at all, or an archive that cannot be written.
pub fn run(args: &TicketArgs, color: ColorArg) -> Result<Status> {
    // It may be all that is left of a case, and its pseudonyms only fit the map it was packed with.
    if args.output.exists() && !args.force {
        let path = args.output.display();
        return Err(Error::Usage(format!(
            "{path}: is there already; --force writes over it, -o names another"
        )));
    }
    let mut settings = Settings::default();
    settings.input.password.clone_from(&args.password);
    if let Some(threads) = args.threads {
        settings.threads = threads;
    }
    let named = Named { tenant: args.tenant.as_deref(), campaign: args.campaign.as_deref() };
    let sorted = engine::sort(input::discover(&args.paths), named, &settings.input)?;
    settings.context = Arc::new(sorted.context);
    let context = &settings.context;
    let redactor = explain::redactor(&args.redact, context.tenants(), context.campaigns());
    let mut ticket = Ticket { redactor, typed: args.paths.clone(), ..Ticket::default() };
    sorted.notes.iter().for_each(|note| remark(note, ticket.redactor.as_mut()));
    sorted.events.into_iter().try_for_each(|event| ticket.take(event))?;
    let places = sorted.places.clone();
    engine::explain(sorted.places.into_iter(), &settings, &mut |event| ticket.take(event))?;
    let blocks = ticket.header_blocks(&places, &settings.input);
    ticket.report_rest(&blocks)?;
    let blocks: Vec<_> = blocks.into_iter().map(|block| ticket.header_block(block)).collect();
    let status = explain::conclude(&ticket.run, false, false, ticket.redactor.as_mut());
    if let (Some(path), Some(redactor)) = (&args.redact.redact_map, &ticket.redactor) {
        redactor.save_map(path)?;
    }
    let told = packed(args, &ticket, blocks.len());
    let mut output = Output::open(Some(&args.output), color)?;
    output.put(&ticket.pack(blocks)?)?;
    output.finish()?;
    complain(told);
    Ok(status)
}

/// What was packed, in one line.
fn packed(args: &TicketArgs, ticket: &Ticket, blocks: usize) -> String {
    format!(
        "{}: packed {} and {}{}",
        args.output.display(),
        plural(ticket.run.messages, "explained message", "explained messages"),
        plural(blocks as u64, "header block", "header blocks"),
        if ticket.redactor.is_some() { ", redacted" } else { ", not redacted (--redact)" },
    )
}

#[derive(Default)]
struct Ticket {
    redactor: Option<Redactor>,
    /// The paths that the user typed.
    typed: Vec<PathBuf>,
    page: Page,
    document: Document,
    json: Vec<u8>,
    run: Run,
    /// The first messages, as they were before redaction, for their header blocks.
    originals: Vec<Diagnosis>,
}

/// The header block of a message.
#[derive(Clone)]
struct Block {
    /// The place of its diagnosis among the originals.
    at: usize,
    label: Arc<str>,
    bytes: Vec<u8>,
}

impl Ticket {
    fn take(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Diagnosed(diagnosis) => self.add(*diagnosis)?,
            Event::Ignored(ignored) => self.run.ignored.push(ignored),
            Event::Failed(error) => {
                self.run.failed += 1;
                complain_of(&error, self.redactor.as_mut(), &self.typed);
            }
        }
        Ok(())
    }

    fn add(&mut self, diagnosis: Diagnosis) -> Result<()> {
        if self.originals.len() < MAX_BLOCKS {
            self.originals.push(diagnosis.clone());
        }
        self.run.messages += 1;
        let next = match &mut self.redactor {
            Some(redactor) => redactor.take(diagnosis),
            None => Some(diagnosis),
        };
        next.map_or(Ok(()), |diagnosis| self.report(diagnosis))
    }

    fn report(&mut self, diagnosis: Diagnosis) -> Result<()> {
        self.json.extend_from_slice(if self.json.is_empty() { b"[\n" } else { b",\n" });
        serde_json::to_writer(&mut self.json, &DiagnosisJson::from(&diagnosis))
            .map_err(|error| Error::Usage(error.to_string()))?;
        self.document.add(&diagnosis);
        self.page.add(diagnosis);
        Ok(())
    }

    /// The header blocks of the first messages, as they are.
    fn header_blocks(&self, places: &[Place], options: &input::Options) -> Vec<Block> {
        let wanted: HashMap<Arc<str>, usize> = self
            .originals
            .iter()
            .enumerate()
            .flat_map(|(at, diagnosis)| {
                diagnosis.sources.iter().map(move |source| (Arc::clone(&source.path), at))
            })
            .collect();
        let mut blocks: Vec<Option<Block>> = vec![None; self.originals.len()];
        for place in places {
            input::visit(place, options, &mut |item| {
                let Item::Opened(mut opened) = item else { return };
                let Some(at) = wanted.get(&opened.label) else { return };
                if matches!(opened.kind, Kind::Message | Kind::Headers)
                    && engine::complete_block(&mut opened).is_ok()
                {
                    let end = crate::message::headers::block_end(&opened.head);
                    let whole = opened.head.len();
                    opened.head.truncate(end.unwrap_or(whole));
                    let label = Arc::clone(&opened.label);
                    blocks[*at] = Some(Block { at: *at, label, bytes: opened.head.to_vec() });
                }
            });
        }
        blocks.into_iter().flatten().collect()
    }

    /// Reports the diagnoses that wait for the names of others, those in the header blocks included.
    fn report_rest(&mut self, blocks: &[Block]) -> Result<()> {
        if let Some(redactor) = &mut self.redactor {
            for Block { at, label, bytes } in blocks {
                let message = Message::parse(label, bytes);
                redactor.expect(&message.headers, &self.originals[*at]);
            }
        }
        while let Some(diagnosis) = self.redactor.as_mut().and_then(Redactor::rest) {
            self.report(diagnosis)?;
        }
        Ok(())
    }

    /// Source and text of a header block as it is packed.
    fn header_block(&mut self, Block { at, label, bytes }: Block) -> (String, Vec<u8>) {
        let Some(redactor) = &mut self.redactor else { return (label.to_string(), bytes) };
        let message = Message::parse(&label, &bytes);
        let headers = redactor.headers(&message.headers, &self.originals[at]);
        let text: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        (redactor.file(&label), text.into_bytes())
    }

    fn pack(mut self, blocks: Vec<(String, Vec<u8>)>) -> Result<Vec<u8>> {
        let failed = |error: std::io::Error| Error::Usage(error.to_string());
        let (mut html, mut markdown) = (Vec::new(), Vec::new());
        std::mem::take(&mut self.page).finish(&mut html).map_err(failed)?;
        self.document.finish(&mut markdown).map_err(failed)?;
        self.json.extend_from_slice(if self.run.messages == 0 { b"[]\n" } else { b"\n]\n" });
        let mut archive = Archive::new(self.redactor.is_some(), self.run.messages);
        archive.inputs(self.run.failed, self.run.ignored.len() as u64);
        archive.add(Entry { name: "report.html".to_owned(), source: None, bytes: html });
        archive.add(Entry { name: "report.md".to_owned(), source: None, bytes: markdown });
        archive.add(Entry { name: "diagnosis.json".to_owned(), source: None, bytes: self.json });
        for (at, (source, bytes)) in blocks.into_iter().enumerate() {
            let name = format!("headers/{:04}.txt", at + 1);
            archive.add(Entry { name, source: Some(source), bytes });
        }
        archive.finish()
    }
}
