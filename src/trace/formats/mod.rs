//! One file per export: its columns and how its header is told.

use super::format::Definition;

mod email_events;
mod email_post_delivery_events;
mod email_url_info;
mod enhanced_summary;
mod explorer;
mod extended;
mod gophish_events;
mod gophish_results;
mod knowbe4;
mod message_trace;
mod message_trace_detail;
mod quarantine;
mod recipients;
mod tracking_log;
mod tracking_log_cmdlet;
mod url_click_events;

/// Every export that is understood; of two that know a header equally well the earlier is taken.
pub(super) static ALL: &[Definition] = &[
    enhanced_summary::DEFINITION,
    extended::DEFINITION,
    tracking_log::DEFINITION,
    message_trace::DEFINITION,
    message_trace_detail::DEFINITION,
    tracking_log_cmdlet::DEFINITION,
    email_events::DEFINITION,
    email_post_delivery_events::DEFINITION,
    email_url_info::DEFINITION,
    url_click_events::DEFINITION,
    explorer::DEFINITION,
    quarantine::DEFINITION,
    gophish_results::DEFINITION,
    gophish_events::DEFINITION,
    knowbe4::DEFINITION,
    recipients::DEFINITION,
];
