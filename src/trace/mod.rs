//! Message traces and their relatives: any export, streamed on all cores.
//!
//! The reading half: [`reader::read`] folds the rows of any number of files. It knows charsets,
//! delimiters, quotes and dates; which column means what is a table per export ([`mod@format`]).
//!
//! The meaning half: [`observe::observe`] breaks a row into statements, whatever its format; the
//! statements of one (message, recipient) make a [`Journey`].

mod block;
mod cell;
pub mod columns;
pub mod dates;
mod encoding;
mod file;
pub mod format;
mod formats;
mod gather;
mod index;
mod job;
mod json;
mod opening;
pub mod reader;
pub mod report;
pub mod row;
mod rows;
mod separators;
mod settle;
mod source;
mod stream;
mod table;

mod assemble;
pub mod bulk;
pub mod collect;
pub mod custom_data;
pub mod detail;
pub mod detail_data;
pub mod event;
pub mod expected;
pub mod identity;
pub mod journey;
pub mod list;
pub mod observe;
pub mod platform;
pub mod recipient_status;
pub mod statement;
pub mod status_code;
mod status_table;

pub use journey::Journey;
