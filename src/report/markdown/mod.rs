//! Markdown for Jira, ServiceNow and GitHub: headings, tables and fenced commands only.
//!
//! One message is explained whole; many are summed up, the failing ones listed, and explained one by
//! one while they are few.

mod message;

use super::escape::{markdown, markdown_block, markdown_code, markdown_code_cell};
use super::overview::{self, Overview};
use super::words;
use crate::diagnosis::Diagnosis;
use crate::finding::{Certainty, Outcome};
use std::io::{self, Write};

/// A Markdown report that diagnoses are added to, one by one.
#[derive(Debug, Default)]
pub struct Document {
    overview: Overview,
    rows: Vec<String>,
    details: Vec<String>,
}

impl Document {
    /// Most messages that are explained one by one; more are summed up only.
    pub const MAX_DETAILS: usize = 10;
    /// Most rows of a table; a ticket has a limit on its length.
    pub const MAX_ROWS: usize = 100;

    /// Adds one diagnosis.
    pub fn add(&mut self, diagnosis: &Diagnosis) {
        self.overview.add(diagnosis);
        if diagnosis.outcome.is_failure() && self.rows.len() < Self::MAX_ROWS {
            self.rows.push(row(diagnosis));
        }
        if self.details.len() <= Self::MAX_DETAILS {
            self.details.push(message::explain(diagnosis));
        }
    }

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn finish(&self, out: &mut dyn Write) -> io::Result<()> {
        if let [only] = self.details.as_slice() {
            return out.write_all(only.as_bytes());
        }
        out.write_all(self.summary().as_bytes())?;
        if self.details.len() <= Self::MAX_DETAILS {
            for detail in &self.details {
                // Each becomes a section of this document.
                write!(out, "\n---\n\n{detail}")?;
            }
        }
        Ok(())
    }

    fn summary(&self) -> String {
        let sums = &self.overview;
        let messages = words::plural(sums.total, "message", "messages");
        let mut text = match (sums.total, sums.failing()) {
            (0, _) => return "# No message to explain\n".to_owned(),
            (_, 0) => format!("# {messages}: none is known to have failed\n\n"),
            (_, failing) => format!(
                "# {} of {messages} did not reach where the recipient would see them\n\n",
                words::count(failing)
            ),
        };
        text.push_str("| Outcome | Messages | Meaning |\n| --- | ---: | --- |\n");
        for outcome in Outcome::ALL {
            if let Some(count) = sums.outcomes.get(&outcome) {
                let meaning = words::outcome_meaning(outcome);
                text += &format!("| {outcome} | {} | {meaning} |\n", words::count(*count));
            }
        }
        text += &self.causes();
        text += &self.remedies();
        text += &self.failing();
        text
    }

    fn causes(&self) -> String {
        let sums = &self.overview;
        if sums.causes.is_empty() && sums.unexplained == 0 {
            return String::new();
        }
        let mut text = "\n## Why\n\nEach message once, under its surest cause.\n\n| Cause | Messages | Proven | Likely | Possible | For example |\n| --- | ---: | ---: | ---: | ---: | --- |\n".to_owned();
        for (rule, cause) in sums.causes_by_count() {
            text += &format!(
                "| {} | {} | {} | {} | {} | {} |\n",
                markdown_code_cell(rule),
                words::count(cause.total()),
                words::count(cause.of(Certainty::Proven)),
                words::count(cause.of(Certainty::Likely)),
                words::count(cause.of(Certainty::Possible)),
                markdown(&cause.example),
            );
        }
        if sums.unexplained > 0 {
            text += &format!("| no cause found | {} | | | | |\n", words::count(sums.unexplained));
        }
        if !sums.also.is_empty() {
            let also: Vec<String> = sums
                .also_by_count()
                .map(|(rule, count)| format!("{} ({})", markdown_code(rule), words::count(count)))
                .collect();
            text += &format!("\n{} {}\n", words::ALSO, also.join(", "));
        }
        text
    }

    fn remedies(&self) -> String {
        let remedies = self.overview.remedies_by_count();
        if remedies.is_empty() {
            return String::new();
        }
        let mut text = "\n## What to do, by how many messages it would mend\n".to_owned();
        for (at, remedy) in remedies.iter().take(Document::MAX_DETAILS).enumerate() {
            let causes: Vec<String> =
                remedy.causes.iter().map(|rule| markdown_code_cell(rule)).collect();
            let messages = words::plural(remedy.messages, "message", "messages");
            let only_possible = match remedy.possible {
                0 => String::new(),
                possible => format!(" ({} only possibly)", words::count(possible)),
            };
            text +=
                &format!("\n### {}. {messages}{only_possible}: {}\n\n", at + 1, causes.join(", "));
            text += &message::steps(&remedy.steps);
            for (rule, caveat) in &remedy.caveats {
                text += &format!("\n> {}: {}\n", markdown_code(rule), markdown(caveat));
            }
        }
        text
    }

    fn failing(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let mut text = "\n## Failing messages\n\n| Recipient | Outcome | Cause | Certainty | Subject |\n| --- | --- | --- | --- | --- |\n".to_owned();
        text.extend(self.rows.iter().map(String::as_str));
        let more = self.overview.failing().saturating_sub(self.rows.len() as u64);
        if more > 0 {
            text += &format!(
                "\n{} more are not listed here; the HTML and CSV reports list all.\n",
                words::count(more)
            );
        }
        text
    }
}

fn row(diagnosis: &Diagnosis) -> String {
    let cause = overview::main_cause(diagnosis);
    format!(
        "| {} | {} | {} | {} | {} |\n",
        code(diagnosis.recipient.as_deref()),
        diagnosis.outcome,
        cause.map_or("no cause found".to_owned(), |finding| markdown_code_cell(finding.rule)),
        cause.map_or("", |finding| finding.certainty.name()),
        code(diagnosis.message.subject.as_deref()),
    )
}

/// A raw value of a table cell, cut where a ticket would become unreadable.
fn code(value: Option<&str>) -> String {
    value.map(|text| markdown_code_cell(&super::escape::clip(text, 200))).unwrap_or_default()
}

fn block(text: &str, language: &str) -> String {
    markdown_block(language, text)
}
