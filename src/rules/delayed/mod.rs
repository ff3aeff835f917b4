//! Late.

mod gateway_greylisting;
mod latency;
mod quarantine_then_released;
mod safe_attachments_wait;
mod safe_links_wait;

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[
    safe_links_wait::RULE,
    safe_attachments_wait::RULE,
    gateway_greylisting::RULE,
    quarantine_then_released::RULE,
];
