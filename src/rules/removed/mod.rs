//! Taken away after delivery.

mod admin_or_air_removed;
mod moved_on;
mod zap_removed;

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[
    zap_removed::RULE,
    admin_or_air_removed::RULE,
    moved_on::RULE_THIRD_PARTY,
    moved_on::RULE_USER,
];
