//! Clicks and opens that no person made.

mod clicks;
mod scanned;

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[
    clicks::RULE_SAFE_LINKS,
    clicks::RULE_GATEWAY,
    clicks::RULE_REPORT,
    clicks::RULE_ENDPOINT,
    clicks::RULE_PRIVACY,
];
