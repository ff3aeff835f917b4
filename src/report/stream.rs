//! Diagnoses one by one into any format: what is written while the work goes on, and what at the end.

use super::html::Page;
use super::json::DiagnosisJson;
use super::markdown::Document;
use super::overview::Overview;
use super::redact::Redactor;
use super::text::{self, Look};
use super::trace::{SummaryJson, Traced};
use super::{csv, escape};
use crate::cli::Format;
use crate::diagnosis::{Detail, Diagnosis};
use crate::error::{Error, Result};
use crate::input::Ignored;
use crate::output::Output;
use crate::summary::Messages;

/// What a run came to, besides its diagnoses.
#[derive(Debug, Default)]
pub struct Run {
    /// Messages explained.
    pub messages: u64,
    /// Inputs that should have been readable and were not.
    pub failed: u64,
    /// Inputs of no use here, with the reason.
    pub ignored: Vec<Ignored>,
}

/// How much a report tells of each of many messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// A line each, where the format is text.
    Lines,
    /// All.
    Details,
    /// Nothing: only what they come to.
    Summary,
}

/// A report that is written as diagnoses come in.
pub struct Report {
    format: Format,
    extent: Extent,
    look: Look,
    count: u64,
    /// The only diagnosis so far: alone it is shown in full, in company as a line.
    first: Option<Box<Diagnosis>>,
    overview: Overview,
    messages: Messages,
    page: Page,
    document: Document,
    redactor: Option<Redactor>,
}

impl Report {
    /// A report in that format; `redactor` hides what is private in each before anything of it is written.
    pub fn new(
        format: Format,
        extent: Extent,
        redactor: Option<Redactor>,
        output: &Output,
    ) -> Self {
        Report {
            format,
            extent,
            look: Look::new(output.color, output.width),
            count: 0,
            first: None,
            overview: Overview::default(),
            messages: Messages::default(),
            page: Page::default(),
            document: Document::default(),
            redactor,
        }
    }

    /// The names that were given, where anything was redacted.
    pub fn redactor(&self) -> Option<&Redactor> {
        self.redactor.as_ref()
    }

    /// The redactor, for what is told after the report.
    pub fn into_redactor(self) -> Option<Redactor> {
        self.redactor
    }

    /// The redactor, for what is told beside the report.
    pub fn redactor_mut(&mut self) -> Option<&mut Redactor> {
        self.redactor.as_mut()
    }

    /// How much each diagnosis must carry for this report.
    pub fn detail(&self) -> Detail {
        let lines = self.format == Format::Text && self.extent != Extent::Details;
        // What is redacted must be known whole, even where a line is all that is shown.
        if lines && self.redactor.is_none() { Detail::Line } else { Detail::Full }
    }

    /// Adds one diagnosis, which waits for the names of later ones where it is to be redacted.
    ///
    /// # Errors
    ///
    /// Output that cannot be written.
    pub fn take(&mut self, diagnosis: Diagnosis, output: &mut Output) -> Result<()> {
        let next = match &mut self.redactor {
            Some(redactor) => redactor.take(diagnosis),
            None => Some(diagnosis),
        };
        next.map_or(Ok(()), |diagnosis| self.put(diagnosis, output))
    }

    fn put(&mut self, diagnosis: Diagnosis, output: &mut Output) -> Result<()> {
        self.count += 1;
        match self.format {
            Format::Text if self.extent == Extent::Summary => {
                self.overview.add(&diagnosis);
                Ok(())
            }
            Format::Json if self.extent == Extent::Summary => {
                self.messages.add(&diagnosis);
                Ok(())
            }
            Format::Text => self.take_text(diagnosis, output),
            Format::Json => {
                output.put(if self.count == 1 { b"[\n" } else { b",\n" })?;
                json(&diagnosis, output)
            }
            Format::Ndjson => {
                json(&diagnosis, output)?;
                output.put(b"\n")
            }
            Format::Csv => {
                let header =
                    if self.count == 1 { csv::write_header(output, &csv::COLUMNS) } else { Ok(()) };
                let row = header.and_then(|()| csv::write_row(output, &diagnosis));
                row.map_err(|error| output.failed(&error))
            }
            Format::Html => {
                self.page.add(diagnosis);
                Ok(())
            }
            Format::Markdown => {
                self.document.add(&diagnosis);
                Ok(())
            }
        }
    }

    fn take_text(&mut self, diagnosis: Diagnosis, output: &mut Output) -> Result<()> {
        self.overview.add(&diagnosis);
        if self.count == 1 {
            self.first = Some(Box::new(diagnosis));
            return Ok(());
        }
        if let Some(first) = self.first.take() {
            self.put_text(&first, output)?;
        }
        self.put_text(&diagnosis, output)
    }

    fn put_text(&self, diagnosis: &Diagnosis, output: &mut Output) -> Result<()> {
        if self.extent == Extent::Details {
            output.put(text::write(self.look, diagnosis).as_bytes())?;
            let rule = "-".repeat(self.look.width);
            output.put(format!("\n{}\n\n", self.look.faint(&rule)).as_bytes())
        } else {
            output.put(text::line(self.look, diagnosis).as_bytes())
        }
    }

    /// Writes what can only be told at the end.
    ///
    /// # Errors
    ///
    /// Output that cannot be written.
    pub fn finish(&mut self, run: &Run, output: &mut Output) -> Result<()> {
        while let Some(diagnosis) = self.redactor.as_mut().and_then(Redactor::rest) {
            self.put(diagnosis, output)?;
        }
        if self.extent == Extent::Summary {
            return self.put_summary(run, output);
        }
        match (self.format, self.count) {
            (Format::Json, 0) => output.put(b"[]\n"),
            (Format::Json, _) => output.put(b"\n]\n"),
            (Format::Csv, 0) => {
                csv::write_header(output, &csv::COLUMNS).map_err(|error| output.failed(&error))
            }
            (Format::Html, _) => {
                let page = std::mem::take(&mut self.page);
                page.finish(output).map_err(|error| output.failed(&error))
            }
            (Format::Markdown, _) => {
                self.document.finish(output).map_err(|error| output.failed(&error))
            }
            (Format::Text, 1) => match self.first.take() {
                Some(only) => output.put(text::write(self.look, &only).as_bytes()),
                None => Ok(()),
            },
            (Format::Text, 2..) => {
                let summary = text::summary(self.look, &self.overview);
                output.put(format!("\n{summary}").as_bytes())
            }
            _ => Ok(()),
        }
    }
}

/// Failing recipients of a summary.
const LISTED: usize = 100;

impl Report {
    fn put_summary(&mut self, run: &Run, output: &mut Output) -> Result<()> {
        if self.format == Format::Text {
            // Of no message there is nothing to say, and zeros would read as good news.
            let text = match self.count {
                0 => String::new(),
                _ => text::summary(self.look, &self.overview),
            };
            return output.put(text.as_bytes());
        }
        let messages = std::mem::take(&mut self.messages);
        let (summary, failing, recipients) = messages.finish(run.failed, LISTED);
        let traced = Traced { summary: &summary, failing: &failing, recipients, notes: &[] };
        let document = escape::json::document(&SummaryJson::of_messages(&traced));
        output.put(&document.map_err(|error| Error::Usage(error.to_string()))?)
    }
}

fn json(diagnosis: &Diagnosis, output: &mut Output) -> Result<()> {
    let written = escape::json::write(&mut *output, &DiagnosisJson::from(diagnosis));
    written.map_err(|error| match error.io_error_kind() {
        Some(kind) => output.failed(&std::io::Error::from(kind)),
        None => Error::Usage(error.to_string()),
    })
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report")
            .field("format", &self.format)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}
