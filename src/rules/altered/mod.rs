//! Delivered, but changed.

mod first_contact_tip;
mod subject_or_banner_added;
mod via_tag_or_question_mark;

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] =
    &[subject_or_banner_added::RULE, first_contact_tip::RULE, via_tag_or_question_mark::RULE];
