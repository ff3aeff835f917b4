//! Rewritten links: who touched them, what they were.

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
