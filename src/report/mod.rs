//! How a diagnosis is shown: one file per output.

pub mod archive;
pub mod audit;
pub mod chart;
pub mod csv;
pub mod escape;
pub mod html;
pub mod json;
pub mod markdown;
pub mod overview;
pub mod redact;
pub mod remedies;
pub mod stream;
pub mod text;
pub mod trace;
pub mod words;
