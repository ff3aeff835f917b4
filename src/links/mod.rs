//! Rewritten links: who touched them, what they were, what to exempt.
//!
//! [`unwrap`] opens one link; [`vendors::ALL`] is the table of products. Nothing is ever fetched: a
//! fetch would be a click of the named recipient (`link-rewriters.md` §8.7).

mod barracuda;
mod check_point;
mod cisco;
pub mod decode;
mod defang;
mod edgepilot;
mod egress;
pub mod entities;
mod fortinet;
mod inky;
mod libraesva;
mod mailinblack;
mod mimecast;
mod opaque;
pub mod outer;
mod peel;
pub mod private;
mod proofpoint;
mod redirectors;
pub mod safe_links;
mod sophos;
mod symantec;
mod titanhq;
mod topsec;
mod trellix;
mod trend_micro;
mod trustwave;
mod vade;
pub mod vendor;
pub mod vendors;

pub use peel::{MAX_LAYERS, Unwrapped, peel, unwrap};

use crate::fact::Evidence;
use std::sync::Arc;

/// How much of a link's target is recoverable offline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Recovered {
    /// The whole original URL.
    Full,
    /// Its host only.
    Domain,
    /// Nothing.
    None,
}

impl Recovered {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Recovered::Full => "full",
            Recovered::Domain => "domain",
            Recovered::None => "none",
        }
    }
}

/// One link of a message.
#[derive(Debug, Clone)]
pub struct Link {
    /// As it stands in the message.
    pub rewritten: Box<str>,
    /// Rewriters from outside in; empty for a link nobody rewrote.
    pub chain: Vec<&'static str>,
    /// What it pointed to: a URL, or a host where only that is recoverable.
    pub original: Option<Box<str>>,
    /// How much was recoverable.
    pub recovered: Recovered,
    /// A remark, such as `may be cut`.
    pub note: Option<Box<str>>,
    /// Where it stands.
    pub evidence: Arc<Evidence>,
}
