//! Held in quarantine.

mod attachment_type_quarantined;
mod dlp_quarantine;
pub(super) mod dmarc_fail_quarantine;
mod gateway_hold;
mod high_confidence_phish;
mod impersonation_verdict;
mod intra_org_filtered;
mod ip_allow_hit_but_hphish_or_malware;
mod malware_verdict;
mod phish_verdict_quarantine;
mod rule_quarantine;
mod rule_requested_bypass_not_honored;
mod safe_attachments_block;
mod scl_rule_hit_but_hphish_or_malware;
mod spam_verdict_quarantine;
mod spoof_verdict;
mod tenant_block_list_hit;

use crate::rules::Rule;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[
    high_confidence_phish::RULE,
    ip_allow_hit_but_hphish_or_malware::RULE,
    scl_rule_hit_but_hphish_or_malware::RULE,
    rule_requested_bypass_not_honored::RULE,
    malware_verdict::RULE,
    safe_attachments_block::RULE,
    attachment_type_quarantined::RULE,
    phish_verdict_quarantine::RULE,
    spoof_verdict::RULE,
    dmarc_fail_quarantine::RULE,
    impersonation_verdict::RULE,
    spam_verdict_quarantine::RULE,
    rule_quarantine::RULE,
    dlp_quarantine::RULE,
    tenant_block_list_hit::RULE,
    intra_org_filtered::RULE,
    gateway_hold::RULE,
];
