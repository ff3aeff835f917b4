//! Late.

mod gateway_greylisting;
mod ip_throttled;
mod latency;
mod moderation_or_defer;
mod quarantine_then_released;
mod safe_attachments_wait;
mod safe_links_wait;

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[
    ip_throttled::RULE,
    safe_links_wait::RULE,
    safe_attachments_wait::RULE,
    moderation_or_defer::RULE,
    gateway_greylisting::RULE,
    quarantine_then_released::RULE,
];
