//! Clicks and opens that no person made.

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[];
