//! Never reached a mailbox or the quarantine.

mod api_injected_not_traced;
mod attachment_type_rejected;
mod banned_ip_5_7_606;
mod connector_requires_tls;
mod direct_send_rejected;
mod dmarc_reject;
mod gateway_stopped_it;
mod ip_block_list_hit;
mod ip_reputation_or_throttle_reject;
mod never_sent_or_bounced_by_platform;
mod partner_connector_lock;
mod recipient_rejected_dbeb;
mod recipient_restricted;
mod rule_delete_redirect_moderate;
mod rule_reject;
mod stated;

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[
    ip_block_list_hit::RULE,
    banned_ip_5_7_606::RULE,
    ip_reputation_or_throttle_reject::RULE,
    recipient_rejected_dbeb::RULE,
    recipient_restricted::RULE,
    rule_reject::RULE,
    rule_delete_redirect_moderate::RULE,
    dmarc_reject::RULE,
    direct_send_rejected::RULE,
    partner_connector_lock::RULE,
    connector_requires_tls::RULE,
    stated::RULE_IPV6,
    stated::RULE_MALFORMED,
    attachment_type_rejected::RULE,
    gateway_stopped_it::RULE,
    never_sent_or_bounced_by_platform::RULE,
    api_injected_not_traced::RULE,
    stated::RULE_MAILBOX,
];
