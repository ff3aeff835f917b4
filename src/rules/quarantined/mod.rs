//! Held in quarantine.

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[];
