//! `mailwhy trace --rows`: what rows say, without a table of pairs.

use super::{Read, Task, sums, watched};
use crate::cli;
use crate::engine::rows;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::report::escape;
use crate::report::text::Look;
use crate::report::trace::{Counted, SaidJson, write_said};
use crate::summary::said::Said;
use crate::trace::report::Progress;

impl Task<'_> {
    /// Counts what all rows say.
    pub(super) fn count_rows(&self, output: &mut Output) -> Result<Read> {
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
        let mut notes: Vec<String> = super::file_notes(&read).collect();
        notes.push(
            "Rows are not joined: what a message came to, and which rows are repeated, is told \
             without --rows only."
                .to_owned(),
        );
        if let Some(mut redactor) = self.redactor() {
            redactor.redact_summary(&mut summary, &mut [], &mut notes);
            redactor.redact_said(&mut said);
            self.save_map(&redactor)?;
        }
        let counted = Counted { summary: &summary, said: &said, notes: &notes };
        if self.args.format == cli::Format::Json {
            let document = escape::json::document(&SaidJson::from(&counted));
            output.put(&document.map_err(|error| Error::Usage(error.to_string()))?)?;
        } else if summary.rows.read > 0 {
            let look = Look::new(output.color, output.width);
            output.put(write_said(look, &counted).as_bytes())?;
        }
        Ok(read)
    }
}
