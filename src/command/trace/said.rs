//! `mailwhy trace --rows`: what rows say, without a table of pairs.

use super::{Done, Task, sums, watched};
use crate::cli;
use crate::engine::rows;
use crate::error::{Error, Result};
use crate::note::Note;
use crate::output::Output;
use crate::report::escape;
use crate::report::text::Look;
use crate::report::trace::{Counted, SaidJson, write_said};
use crate::summary::said::Said;
use crate::trace::report::Progress;

impl Task<'_> {
    /// Counts what all rows say.
    pub(super) fn count_rows(&self, output: &mut Output) -> Result<Done> {
        let progress = Progress::default();
        let (mut said, read) = watched(&progress, || {
            rows::fold(
                &self.places,
                &self.input(),
                &self.options(&progress),
                Said::default,
                |said: &mut Said, row| {
                    if row.format.is_expectation() || self.filter.row(row) == Some(false) {
                        return Ok(());
                    }
                    said.row(row)
                },
                std::convert::identity,
                Said::merge,
            )
        })?;
        let mut summary = sums(&read, 0);
        let mut notes: Vec<Note> = super::file_notes(&read).collect();
        notes.push(Note::general(
            "Rows are not joined: what a message came to, and which rows are repeated, is told \
             without --rows only.",
        ));
        let mut redactor = self.redactor();
        if let Some(redactor) = &mut redactor {
            redactor.redact_summary(&mut summary, &mut [], &mut notes);
            redactor.redact_said(&mut said);
        }
        let notes: Vec<String> = notes.iter().map(Note::to_string).collect();
        let counted = Counted { summary: &summary, said: &said, notes: &notes };
        if self.args.format == cli::Format::Json {
            let document = escape::json::document(&SaidJson::from(&counted));
            output.put(&document.map_err(|error| Error::Usage(error.to_string()))?)?;
        } else if summary.rows.read > 0 {
            let look = Look::new(output.color, output.width);
            output.put(write_said(look, &counted).as_bytes())?;
        }
        Ok((read, redactor))
    }
}
