//! How a diagnosis is shown: one file per output.

pub mod csv;
pub mod escape;
pub mod markdown;
pub mod overview;
pub mod words;
