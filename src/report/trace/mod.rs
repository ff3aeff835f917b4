//! The summary of `mailwhy trace`: for people, and for programs.

mod json;
mod said;
mod text;

pub use json::{SCHEMA, SummaryJson};
pub use said::{Counted, SaidJson, write_said};
pub use text::write;

use crate::summary::{Failing, Summary};

/// What a summary's report shows.
#[derive(Debug)]
pub struct Traced<'a> {
    /// The sums.
    pub summary: &'a Summary,
    /// Failing recipients, those with most failing messages first.
    pub failing: &'a [Failing],
    /// How many failing recipients there are in all.
    pub recipients: u64,
    /// What a reader must know, one sentence each.
    pub notes: &'a [String],
}
