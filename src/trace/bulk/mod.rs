//! Bulk work: every pair of exports of any size, in a table that fits into memory.

mod chunks;
mod desk;
mod draft;
mod filter;
mod group;
mod members;
mod moment;
mod pair;
mod pairs;
mod retell;
mod room;
mod said;
mod shard;
mod states;
mod store;
mod table;
mod tally;
mod words;
mod worker;

pub(crate) use draft::ENTRY;
pub use filter::Filter;
pub use group::{Ending, Group, Groups};
pub use store::Store;
pub use table::Table;
pub use worker::Worker;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;
