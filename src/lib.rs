//! Explains why each phishing-simulation email was or wasn't delivered in Microsoft 365.
//!
//! Bytes become facts, facts about one (message, recipient) become a case, rules judge the case, a
//! report shows the judgement. Data flows one way; nothing on the right is known to anything on its
//! left:
//!
//! ```text
//! input ──▶ message ─┐
//!       ──▶ trace  ──┼──▶ case ──▶ rules ──▶ diagnosis ──▶ report
//!       ──▶ tenant ──┘   (join)   (judge)
//! ```
//!
//! Every fact keeps the place it came from ([`fact::Evidence`]); every finding says how sure it is
//! ([`finding::Certainty`]). Nothing is ever sent or fetched.

#![warn(
    clippy::dbg_macro,
    clippy::exit,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::todo,
    clippy::unimplemented,
    clippy::unwrap_used
)]

pub mod campaign;
pub mod case;
pub mod cli;
pub mod command;
mod cores;
pub mod diagnosis;
pub mod engine;
pub mod error;
pub mod fact;
pub mod finding;
pub mod input;
pub mod landing;
pub mod links;
mod marks;
mod memory;
pub mod message;
pub mod note;
pub mod output;
pub mod report;
pub mod rules;
pub mod settings;
pub mod summary;
pub mod tenant;
pub mod trace;

#[cfg(test)]
mod testing;
