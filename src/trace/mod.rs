//! Message traces and their relatives: any export, streamed on all cores.
//!
//! The reading half: [`reader::read`] folds the rows of any number of files. It knows charsets,
//! delimiters, quotes and dates; which column means what is a table per export ([`mod@format`]).

mod cell;
pub mod columns;
pub mod dates;
mod encoding;
pub mod format;
mod formats;
pub mod reader;
pub mod report;
pub mod row;
mod table;

pub mod custom_data;
pub mod detail;
pub mod detail_data;
pub mod identity;
pub mod list;
pub mod recipient_status;
pub mod status_code;
mod status_table;

/// What traces, hunting and quarantine exports say of one (message, recipient).
#[derive(Debug, Clone, Default)]
pub struct Journey {}
