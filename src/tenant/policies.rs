//! Threat policies and who they apply to (`causes.md` §8).

use super::settings::{says, settings};

settings! {
    /// `Get-HostedContentFilterPolicy`: anti-spam.
    ContentFilterPolicy {
        spam_action: text "SpamAction",
        high_confidence_spam_action: text "HighConfidenceSpamAction",
        phish_spam_action: text "PhishSpamAction",
        high_confidence_phish_action: text "HighConfidencePhishAction",
        bulk_spam_action: text "BulkSpamAction",
        bulk_threshold: number "BulkThreshold",
        mark_as_spam_bulk_mail: text "MarkAsSpamBulkMail",
        allowed_senders: list "AllowedSenders",
        allowed_sender_domains: list "AllowedSenderDomains",
        blocked_senders: list "BlockedSenders",
        blocked_sender_domains: list "BlockedSenderDomains",
        enable_region_block_list: flag "EnableRegionBlockList",
        region_block_list: list "RegionBlockList",
        enable_language_block_list: flag "EnableLanguageBlockList",
        language_block_list: list "LanguageBlockList",
        spam_zap_enabled: flag "SpamZapEnabled",
        phish_zap_enabled: flag "PhishZapEnabled",
        intra_org_filter_state: text "IntraOrgFilterState",
        is_default: flag "IsDefault",
        recommended_policy_type: text "RecommendedPolicyType",
    }
}

settings! {
    /// `Get-AntiPhishPolicy`.
    AntiPhishPolicy {
        enabled: flag "Enabled",
        enable_spoof_intelligence: flag "EnableSpoofIntelligence",
        authentication_fail_action: text "AuthenticationFailAction",
        honor_dmarc_policy: flag "HonorDmarcPolicy",
        dmarc_reject_action: text "DmarcRejectAction",
        dmarc_quarantine_action: text "DmarcQuarantineAction",
        targeted_user_protection_action: text "TargetedUserProtectionAction",
        targeted_domain_protection_action: text "TargetedDomainProtectionAction",
        mailbox_intelligence_protection_action: text "MailboxIntelligenceProtectionAction",
        excluded_domains: list "ExcludedDomains",
        excluded_senders: list "ExcludedSenders",
        enable_first_contact_safety_tips: flag "EnableFirstContactSafetyTips",
        enable_via_tag: flag "EnableViaTag",
        enable_unauthenticated_sender: flag "EnableUnauthenticatedSender",
        is_default: flag "IsDefault",
        recommended_policy_type: text "RecommendedPolicyType",
    }
}

settings! {
    /// `Get-MalwareFilterPolicy`.
    MalwareFilterPolicy {
        enable_file_filter: flag "EnableFileFilter",
        file_types: list "FileTypes",
        file_type_action: text "FileTypeAction",
        zap_enabled: flag "ZapEnabled",
        is_default: flag "IsDefault",
        recommended_policy_type: text "RecommendedPolicyType",
    }
}

settings! {
    /// `Get-SafeLinksPolicy`.
    SafeLinksPolicy {
        enable_for_email: flag "EnableSafeLinksForEmail",
        disable_url_rewrite: flag "DisableUrlRewrite",
        do_not_rewrite_urls: list "DoNotRewriteUrls",
        scan_urls: flag "ScanUrls",
        deliver_message_after_scan: flag "DeliverMessageAfterScan",
        track_clicks: flag "TrackClicks",
        allow_click_through: flag "AllowClickThrough",
        enable_for_internal_senders: flag "EnableForInternalSenders",
        is_default: flag "IsBuiltInProtection",
        recommended_policy_type: text "RecommendedPolicyType",
    }
}

settings! {
    /// `Get-SafeAttachmentPolicy`.
    SafeAttachmentPolicy {
        enable: flag "Enable",
        action: text "Action",
        redirect: flag "Redirect",
        redirect_address: text "RedirectAddress",
        is_default: flag "IsBuiltInProtection",
        recommended_policy_type: text "RecommendedPolicyType",
    }
}

/// A policy that recipients are assigned to by a rule, by a preset, or by default.
pub trait Assignable {
    /// Name of the policy.
    fn name(&self) -> &str;
    /// Whether it applies to whoever no rule assigns (`IsDefault`, `IsBuiltInProtection`).
    fn is_default(&self) -> bool;
    /// `Custom`, `Standard` or `Strict`.
    fn recommended(&self) -> Option<&str>;
}

macro_rules! assignable {
    ($($policy:ty),+) => {
        $(impl Assignable for $policy {
            fn name(&self) -> &str {
                &self.origin.name
            }
            fn is_default(&self) -> bool {
                self.is_default == Some(true)
            }
            fn recommended(&self) -> Option<&str> {
                self.recommended_policy_type.as_deref()
            }
        })+
    };
}
assignable!(
    ContentFilterPolicy,
    AntiPhishPolicy,
    MalwareFilterPolicy,
    SafeLinksPolicy,
    SafeAttachmentPolicy
);

settings! {
    /// A rule that says who a policy is for: `Get-HostedContentFilterRule`, `Get-AntiPhishRule`,
    /// `Get-MalwareFilterRule`, `Get-SafeLinksRule`, `Get-SafeAttachmentRule`, and the preset rules
    /// `Get-EOPProtectionPolicyRule` and `Get-ATPProtectionPolicyRule`.
    PolicyRule {
        content_filter_policy: text "HostedContentFilterPolicy",
        anti_phish_policy: text "AntiPhishPolicy",
        malware_filter_policy: text "MalwareFilterPolicy",
        safe_links_policy: text "SafeLinksPolicy",
        safe_attachment_policy: text "SafeAttachmentPolicy",
        state: text "State",
        priority: number "Priority",
        sent_to: list "SentTo",
        sent_to_member_of: list "SentToMemberOf",
        recipient_domain_is: list "RecipientDomainIs",
        except_sent_to: list "ExceptIfSentTo",
        except_sent_to_member_of: list "ExceptIfSentToMemberOf",
        except_recipient_domain_is: list "ExceptIfRecipientDomainIs",
    }
}

impl PolicyRule {
    /// Whether the rule is in force; one without an exported state is taken to be.
    pub fn is_enabled(&self) -> bool {
        self.state.is_none() || says(&self.state, "Enabled")
    }
}
