//! In the Junk Email folder, allow entries that missed included.

mod advanced_delivery_near_miss;
mod anti_spam_policy_block;
mod asf_setting_hit;
mod bulk_bcl;
mod gateway_hides_sender_ip;
mod inbox_rule_moved;
mod ip_allow_cal_missing_forest;
mod ip_allow_cal_stamped_still_filtered;
mod outlook_client_junk_filter;
mod phish_or_spoof_junked;
mod rule_marks_spam;
mod safe_lists_only_mailbox;
mod scl_rule_missed;
mod selective_domain_scl0_rule;
mod spam_verdict_junk;
mod user_blocked_sender;

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[
    spam_verdict_junk::RULE,
    bulk_bcl::RULE,
    asf_setting_hit::RULE,
    user_blocked_sender::RULE,
    safe_lists_only_mailbox::RULE,
    anti_spam_policy_block::RULE,
    rule_marks_spam::RULE,
    phish_or_spoof_junked::RULE,
    ip_allow_cal_stamped_still_filtered::RULE,
    ip_allow_cal_missing_forest::RULE,
    selective_domain_scl0_rule::RULE,
    scl_rule_missed::RULE,
    gateway_hides_sender_ip::RULE,
    advanced_delivery_near_miss::RULE_NOT_MATCHED,
    advanced_delivery_near_miss::RULE_NOT_CONFIGURED,
    advanced_delivery_near_miss::RULE_POLICY_DISABLED,
    advanced_delivery_near_miss::RULE_PENDING,
    advanced_delivery_near_miss::RULE_IP_ONLY,
    advanced_delivery_near_miss::RULE_DOMAIN_ONLY,
    advanced_delivery_near_miss::RULE_FROM_HEADER,
    advanced_delivery_near_miss::RULE_DKIM_BROKEN,
    advanced_delivery_near_miss::RULE_MX_ELSEWHERE,
    advanced_delivery_near_miss::RULE_IN_AND_OUT,
    advanced_delivery_near_miss::RULE_INTRA_ORG,
    advanced_delivery_near_miss::RULE_INJECTED,
    advanced_delivery_near_miss::RULE_LIMIT,
    advanced_delivery_near_miss::RULE_UNICODE,
    advanced_delivery_near_miss::RULE_SUBDOMAIN,
    outlook_client_junk_filter::RULE,
    inbox_rule_moved::RULE,
];
