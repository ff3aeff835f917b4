//! One test per row of `causes.md` §3, and the choice of policies.

use super::*;
use crate::tenant::reader::read_bytes;

/// Effects against malware, high confidence phishing, phishing, high confidence spam, spam, bulk.
fn row(by: Override) -> [Effect; 6] {
    [
        Threat::Malware,
        Threat::HighConfidencePhish,
        Threat::Phish,
        Threat::HighConfidenceSpam,
        Threat::Spam,
        Threat::Bulk,
    ]
    .map(|threat| effect(by, threat, Some(true)))
}

const D: Effect = Effect::Delivered;
const Q: Effect = Effect::Quarantined;
const P: Effect = Effect::PolicyAction;

#[test]
fn advanced_delivery_delivers_everything_but_malware() {
    assert_eq!(row(Override::AdvancedDelivery), [Q, D, D, D, D, D]);
}

#[test]
fn a_bypass_rule_loses_to_malware_and_high_confidence_phishing() {
    assert_eq!(row(Override::BypassRule), [Q, Q, D, D, D, D]);
}

#[test]
fn a_bypass_rule_delivers_high_confidence_phishing_when_the_mx_is_elsewhere() {
    assert_eq!(effect(Override::BypassRule, Threat::HighConfidencePhish, Some(false)), D);
    assert_eq!(effect(Override::BypassRule, Threat::HighConfidencePhish, None), Q);
    assert_eq!(effect(Override::BypassRule, Threat::Malware, Some(false)), Q);
}

#[test]
fn the_ip_allow_list_loses_to_malware_and_high_confidence_phishing() {
    assert_eq!(row(Override::IpAllowList), [Q, Q, D, D, D, D]);
}

#[test]
fn allowed_senders_lose_to_malware_and_high_confidence_phishing() {
    assert_eq!(row(Override::PolicySenderList), [Q, Q, D, D, D, D]);
}

#[test]
fn a_tenant_allow_loses_to_malware_and_high_confidence_phishing() {
    assert_eq!(row(Override::TenantAllow), [Q, Q, D, D, D, D]);
}

#[test]
fn safe_senders_lose_to_malware_and_high_confidence_phishing() {
    assert_eq!(row(Override::UserSafe), [Q, Q, D, D, D, D]);
}

#[test]
fn blocked_senders_leave_threats_to_the_policy_and_put_the_rest_into_junk() {
    assert_eq!(row(Override::UserBlocked), [Q, Q, P, P, P, Effect::Junk]);
    assert_eq!(effect(Override::UserBlocked, Threat::NotSpam, Some(true)), Effect::Junk);
}

#[test]
fn a_tenant_block_quarantines_even_what_is_not_spam() {
    assert_eq!(row(Override::TenantBlock), [Q; 6]);
    assert_eq!(effect(Override::TenantBlock, Threat::NotSpam, Some(true)), Q);
}

#[test]
fn the_ip_block_list_refuses_even_what_is_not_spam() {
    assert_eq!(row(Override::IpBlockList), [Effect::Refused; 6]);
    assert_eq!(effect(Override::IpBlockList, Threat::NotSpam, None), Effect::Refused);
}

#[test]
fn only_advanced_delivery_beats_a_users_block() {
    assert!(beats_user_block(Override::AdvancedDelivery));
    for by in [
        Override::BypassRule,
        Override::IpAllowList,
        Override::PolicySenderList,
        Override::TenantAllow,
    ] {
        assert!(!beats_user_block(by), "{by:?}");
    }
}

#[test]
fn default_actions_follow_the_level() {
    for (threat, default, standard, strict) in [
        (Threat::Spam, "MoveToJmf", "MoveToJmf", "Quarantine"),
        (Threat::HighConfidenceSpam, "MoveToJmf", "Quarantine", "Quarantine"),
        (Threat::Phish, "Quarantine", "Quarantine", "Quarantine"),
        (Threat::HighConfidencePhish, "Quarantine", "Quarantine", "Quarantine"),
        (Threat::Bulk, "MoveToJmf", "MoveToJmf", "Quarantine"),
    ] {
        let actions = [Level::Default, Level::Standard, Level::Strict]
            .map(|level| default_action(level, threat));
        assert_eq!(actions, [Some(default), Some(standard), Some(strict)], "{threat:?}");
    }
}

const POLICIES: &str = r#"
    "HostedContentFilterPolicy": [
        {"Name": "Default", "IsDefault": true, "SpamAction": "MoveToJmf"},
        {"Name": "Custom A", "SpamAction": "Quarantine"},
        {"Name": "Strict Preset Security Policy1", "RecommendedPolicyType": "Strict", "SpamAction": "Quarantine"},
        {"Name": "Standard Preset Security Policy1", "RecommendedPolicyType": "Standard", "SpamAction": "MoveToJmf"}]"#;

fn tenant(rest: &str) -> Tenant {
    read_bytes("t.json", format!("{{{POLICIES}{rest}}}").as_bytes()).unwrap()
}

fn name(tenant: &Tenant, recipient: &str) -> Option<String> {
    let applied = tenant.content_filter_for(Some(recipient))?;
    applied.policy().map(|policy| policy.origin.name.to_string())
}

#[test]
fn strict_beats_standard_beats_custom_beats_default() {
    let tenant = tenant(
        r#", "EOPProtectionPolicyRule": [
            {"Name": "Standard Preset Security Policy", "State": "Enabled", "Priority": 1,
             "HostedContentFilterPolicy": "Standard Preset Security Policy1", "RecipientDomainIs": ["contoso.example"]},
            {"Name": "Strict Preset Security Policy", "State": "Enabled", "Priority": 0,
             "HostedContentFilterPolicy": "Strict Preset Security Policy1", "SentTo": ["ceo@contoso.example"]}],
           "HostedContentFilterRule": {"Name": "Custom A", "HostedContentFilterPolicy": "Custom A",
             "Priority": 0, "State": "Enabled", "RecipientDomainIs": ["contoso.example", "fabrikam.example"]}"#,
    );
    assert_eq!(
        name(&tenant, "CEO@contoso.example").as_deref(),
        Some("Strict Preset Security Policy1")
    );
    assert_eq!(
        name(&tenant, "ann@contoso.example").as_deref(),
        Some("Standard Preset Security Policy1")
    );
    assert_eq!(name(&tenant, "bob@fabrikam.example").as_deref(), Some("Custom A"));
    assert_eq!(name(&tenant, "eve@other.example").as_deref(), Some("Default"));
}

#[test]
fn a_lower_priority_number_wins_and_a_disabled_rule_or_an_exception_does_not_count() {
    let tenant = tenant(
        r#", "EOPProtectionPolicyRule": [], "HostedContentFilterRule": [
            {"Name": "off", "HostedContentFilterPolicy": "Standard Preset Security Policy1", "Priority": 0,
             "State": "Disabled", "RecipientDomainIs": ["contoso.example"]},
            {"Name": "b", "HostedContentFilterPolicy": "Default", "Priority": 2, "RecipientDomainIs": ["contoso.example"]},
            {"Name": "a", "HostedContentFilterPolicy": "Custom A", "Priority": 1, "RecipientDomainIs": ["contoso.example"],
             "ExceptIfSentTo": ["eve@contoso.example"]}]"#,
    );
    assert_eq!(name(&tenant, "ann@contoso.example").as_deref(), Some("Custom A"));
    assert_eq!(name(&tenant, "eve@contoso.example").as_deref(), Some("Default"));
}

#[test]
fn a_group_leaves_two_candidates_and_only_what_they_agree_on_is_known() {
    let tenant = tenant(
        r#", "EOPProtectionPolicyRule": [], "HostedContentFilterRule": {"Name": "g", "Priority": 0,
             "HostedContentFilterPolicy": "Custom A", "SentToMemberOf": ["all@contoso.example"]}"#,
    );
    let applied = tenant.content_filter_for(Some("ann@contoso.example")).unwrap();
    assert_eq!(applied.candidates.len(), 2);
    assert_eq!(applied.policy().map(|p| &*p.origin.name), None);
    assert_eq!(applied.agreed(|p| p.spam_action.as_deref()), None);
    assert!(applied.unsure[0].contains("group"));
}

#[test]
fn policies_without_their_rules_are_all_candidates() {
    let applied = tenant("");
    let applied = applied.content_filter_for(Some("ann@contoso.example")).unwrap();
    assert_eq!(applied.candidates.len(), 4);
    assert!(Tenant::default().content_filter_for(None).is_none());
}
