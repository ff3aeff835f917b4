//! Never reached a mailbox or the quarantine.

mod api_injected_not_traced;

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[api_injected_not_traced::RULE];
