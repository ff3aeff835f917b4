//! Let through: by which mechanism.

mod allowed_as_internal;
mod allowed_by_advanced_delivery;
mod allowed_by_ip_allow_list;
mod allowed_by_mail_flow_rule;
mod allowed_by_policy_sender_list;
mod allowed_by_quarantine_release;
mod allowed_by_safe_list;
mod allowed_by_spoof_pair;
mod allowed_by_tenant_allow;
mod allowed_by_trusted_arc;
mod allowed_by_user_safe_sender;
mod allowed_mx_elsewhere;
mod delivered_by_api;
mod delivered_secops;
mod delivered_unaided;
mod forged_sfv_ski;

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[
    allowed_by_advanced_delivery::RULE,
    allowed_by_mail_flow_rule::RULE,
    allowed_by_ip_allow_list::RULE,
    allowed_by_safe_list::RULE,
    allowed_by_policy_sender_list::RULE,
    allowed_by_tenant_allow::RULE,
    allowed_by_spoof_pair::RULE,
    allowed_by_user_safe_sender::RULE,
    allowed_by_quarantine_release::RULE,
    allowed_mx_elsewhere::RULE,
    allowed_by_trusted_arc::RULE,
    allowed_as_internal::RULE,
    delivered_unaided::RULE,
    delivered_by_api::RULE,
    delivered_secops::RULE,
    forged_sfv_ski::RULE,
];
