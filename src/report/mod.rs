//! How a diagnosis is shown: one file per output.

pub mod escape;
