//! Where bytes come from: files, folders, standard input, archives; and which kind of file they are.
//!
//! [`discover()`] walks what the user named and yields places in a fixed order, cheaply: no file is
//! opened. [`visit`] opens one place, reads its first chunk, tells its kind by content (never by
//! extension), opens containers up to the bottom, and hands every item to the caller: each with a
//! label, the first chunk that was read anyway, and a reader for the rest. Places are independent
//! of each other, so that a caller may visit them on all cores and keep their order:
//!
//! ```no_run
//! use mailwhy::input::{self, Item, Options};
//!
//! let options = Options::default();
//! for place in input::discover(&["mails".into()]) {
//!     input::visit(&place, &options, &mut |item| match item {
//!         Item::Opened(opened) => drop((opened.label, opened.kind, opened.head)),
//!         Item::Ignored(ignored) => drop((ignored.label, ignored.reason)),
//!         Item::Failed(error) => drop(error),
//!     });
//! }
//! ```
//!
//! This stage never knows what a header means.

mod chunk;
mod discover;
mod forwarded;
mod gzip;
mod headers_json;
mod item;
mod json_keys;
mod labels;
mod lengths;
mod limits;
mod magic;
mod mbox;
mod meter;
mod msg;
mod names;
mod opener;
mod pasted;
mod pieces;
mod rebuilt;
#[cfg(test)]
mod seen;
mod sniff;
mod source;
#[cfg(test)]
mod tests;
mod text;
mod visit;
mod walk;
mod zip;

pub use chunk::Chunk;
pub use discover::{Place, discover};
pub use item::{Ignored, Item, Opened};
pub use limits::Limits;
pub use meter::failure;
pub use sniff::{Kind, sniff};
pub use visit::{Options, held, kind, visit, visit_all, visit_where};

/// Bytes read from the start of a file before anything else: enough to tell its kind, and the whole
/// of most messages.
pub const HEAD: usize = 64 * 1024;
