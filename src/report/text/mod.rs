//! Text for people: one diagnosis in full, or many as a line each and a summary.

mod facts;
mod many;
mod single;
mod style;

pub use many::{line, summary};
pub use single::write;
pub use style::Look;
