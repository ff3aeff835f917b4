//! In the Inbox, but not in Focused.

mod bypass_clutter_misspelled;
mod focused_inbox_other;

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[focused_inbox_other::RULE, bypass_clutter_misspelled::RULE];
