//! Delivered, but changed.

mod attachment_stripped_by_gateway;
mod dynamic_delivery_placeholder;
mod external_tag;
mod first_contact_tip;
mod gateway_rewrote_links;
mod images_blocked;
mod landing_page_blocked;
mod safe_links_wrapped;
mod skip_safelinks_header_wrong;
mod subject_or_banner_added;
mod via_tag_or_question_mark;

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[
    safe_links_wrapped::RULE,
    skip_safelinks_header_wrong::RULE,
    gateway_rewrote_links::RULE,
    subject_or_banner_added::RULE,
    external_tag::RULE,
    first_contact_tip::RULE,
    via_tag_or_question_mark::RULE,
    images_blocked::RULE,
    dynamic_delivery_placeholder::RULE,
    attachment_stripped_by_gateway::RULE,
    landing_page_blocked::RULE,
];
