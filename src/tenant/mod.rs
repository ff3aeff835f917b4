//! Exported tenant configuration: what an admin's `Get-…` cmdlets said, typed.
//!
//! `None` means "not exported", so unknown; an empty list means that the cmdlet found nothing. Every
//! object keeps its [`settings::Origin`], from which rules make their evidence.

pub mod address;
pub mod bypass_header;
pub mod domain;
pub mod json;
pub mod lists;
pub mod matching;
pub mod organization;
pub mod policies;
pub mod precedence;
pub mod reader;
pub mod settings;
pub mod transport_rule;

mod nouns;
#[cfg(test)]
mod tests;

use crate::error::Error;
use lists::{
    AllowBlockItem, ConnectionFilter, JunkConfiguration, PhishSimPolicy, PhishSimRule, SecOpsRule,
    SpoofItem,
};
use organization::{
    AcceptedDomain, ArcConfig, ExternalInOutlook, InboundConnector, MxRecord, OrganizationConfig,
    Recipient,
};
use policies::{
    AntiPhishPolicy, ContentFilterPolicy, MalwareFilterPolicy, PolicyRule, SafeAttachmentPolicy,
    SafeLinksPolicy,
};
use std::sync::Arc;
use transport_rule::TransportRule;

/// The exported configuration of one tenant.
#[derive(Debug, Clone, Default)]
pub struct Tenant {
    /// Files it was read from, in order.
    pub sources: Vec<Arc<str>>,
    /// What could not be read: each one line, the property then counts as unknown.
    pub problems: Vec<Error>,
    /// What was not used and why, one line each.
    pub notes: Vec<String>,
    /// Cmdlet nouns whose output was read, one for each time.
    pub exported: Vec<&'static str>,
    /// Connection filter policies; one in every tenant.
    pub connection_filters: Option<Vec<ConnectionFilter>>,
    /// Mail flow rules by priority, the first to run first.
    pub transport_rules: Option<Vec<TransportRule>>,
    /// Advanced Delivery rules.
    pub phish_sim_rules: Option<Vec<PhishSimRule>>,
    /// Advanced Delivery policies.
    pub phish_sim_policies: Option<Vec<PhishSimPolicy>>,
    /// SecOps mailboxes.
    pub sec_ops_rules: Option<Vec<SecOpsRule>>,
    /// Tenant Allow/Block List items of the exported list types.
    pub allow_block_items: Option<Vec<AllowBlockItem>>,
    /// Spoofed sender pairs.
    pub spoof_items: Option<Vec<SpoofItem>>,
    /// Junk email settings of single mailboxes.
    pub junk_configurations: Option<Vec<JunkConfiguration>>,
    /// Anti-spam policies.
    pub content_filter_policies: Option<Vec<ContentFilterPolicy>>,
    /// Who they are for.
    pub content_filter_rules: Option<Vec<PolicyRule>>,
    /// Anti-phishing policies.
    pub anti_phish_policies: Option<Vec<AntiPhishPolicy>>,
    /// Who they are for.
    pub anti_phish_rules: Option<Vec<PolicyRule>>,
    /// Anti-malware policies.
    pub malware_filter_policies: Option<Vec<MalwareFilterPolicy>>,
    /// Who they are for.
    pub malware_filter_rules: Option<Vec<PolicyRule>>,
    /// Safe Links policies.
    pub safe_links_policies: Option<Vec<SafeLinksPolicy>>,
    /// Who they are for.
    pub safe_links_rules: Option<Vec<PolicyRule>>,
    /// Safe Attachments policies.
    pub safe_attachment_policies: Option<Vec<SafeAttachmentPolicy>>,
    /// Who they are for.
    pub safe_attachment_rules: Option<Vec<PolicyRule>>,
    /// Preset rules of the built-in filters: Standard and Strict.
    pub preset_rules: Option<Vec<PolicyRule>>,
    /// Preset rules of Defender for Office 365.
    pub defender_preset_rules: Option<Vec<PolicyRule>>,
    /// Inbound connectors.
    pub inbound_connectors: Option<Vec<InboundConnector>>,
    /// Organisation-wide settings.
    pub organization_configs: Option<Vec<OrganizationConfig>>,
    /// Accepted domains.
    pub accepted_domains: Option<Vec<AcceptedDomain>>,
    /// The External tag.
    pub external_in_outlook: Option<Vec<ExternalInOutlook>>,
    /// Trusted ARC sealers.
    pub arc_configs: Option<Vec<ArcConfig>>,
    /// Mail exchangers of the accepted domains.
    pub mx_records: Option<Vec<MxRecord>>,
    /// Existing recipients.
    pub recipients: Option<Vec<Recipient>>,
}

impl Tenant {
    /// The connection filter policy: the default one, else the only one.
    pub fn connection_filter(&self) -> Option<&ConnectionFilter> {
        self.connection_filters.as_ref()?.first()
    }

    /// Organisation-wide settings.
    pub fn organization(&self) -> Option<&OrganizationConfig> {
        self.organization_configs.as_ref()?.first()
    }

    /// Mail flow rules; none where they are unknown.
    pub fn rules(&self) -> &[TransportRule] {
        self.transport_rules.as_deref().unwrap_or_default()
    }

    /// Inbound connectors that are switched on; none where they are unknown.
    pub fn connectors(&self) -> impl Iterator<Item = &InboundConnector> {
        self.inbound_connectors.iter().flatten().filter(|connector| connector.is_enabled())
    }

    /// The names that the tenant's own people gave to rules, policies and connectors.
    pub fn given_names(&self) -> impl Iterator<Item = &str> {
        let rules = [
            &self.content_filter_rules,
            &self.anti_phish_rules,
            &self.malware_filter_rules,
            &self.safe_links_rules,
            &self.safe_attachment_rules,
        ];
        let flow = self.transport_rules.iter().flatten().map(|rule| &rule.origin);
        let origins = flow
            .chain(self.inbound_connectors.iter().flatten().map(|connector| &connector.origin))
            .chain(rules.into_iter().flatten().flatten().map(|rule| &rule.origin))
            .chain(self.content_filter_policies.iter().flatten().map(|policy| &policy.origin))
            .chain(self.anti_phish_policies.iter().flatten().map(|policy| &policy.origin))
            .chain(self.malware_filter_policies.iter().flatten().map(|policy| &policy.origin))
            .chain(self.safe_links_policies.iter().flatten().map(|policy| &policy.origin))
            .chain(self.safe_attachment_policies.iter().flatten().map(|policy| &policy.origin));
        origins.map(|origin| &*origin.name).filter(|name| !is_microsofts_name(name))
    }

    /// Whether the domain is one of the tenant's accepted domains; `None` where they are unknown.
    pub fn accepts(&self, name: &str) -> Option<&AcceptedDomain> {
        self.accepted_domains.iter().flatten().find(|accepted| {
            let Some(own) = accepted.domain_name.as_deref() else { return false };
            domain::is_same(name, own)
                || (accepted.match_subdomains == Some(true) && domain::is_subdomain(name, own))
        })
    }

    /// Whether the mail exchanger of the recipient's domain is Microsoft 365's own. `None` where no
    /// mail exchanger was exported for it.
    pub fn mx_is_microsoft(&self, recipient_domain: Option<&str>) -> Option<bool> {
        let records = self.mx_records.as_ref()?;
        let mut exchanges = records
            .iter()
            .filter(|record| match (recipient_domain, record.domain.as_deref()) {
                (Some(wanted), Some(domain)) => domain::is_same(wanted, domain),
                (None, Some(domain)) => !domain::is_same_or_subdomain(domain, "onmicrosoft.com"),
                _ => false,
            })
            .filter_map(|record| record.exchange.as_deref())
            .peekable();
        exchanges.peek()?;
        Some(exchanges.all(is_microsoft_mx))
    }
}

/// Whether a policy or rule is called as Microsoft calls it in every tenant.
fn is_microsofts_name(name: &str) -> bool {
    const NAMES: [&str; 3] =
        ["Default", "Office365 AntiPhish Default", "Built-In Protection Policy"];
    const STARTS: [&str; 3] =
        ["Standard Preset Security Policy", "Strict Preset Security Policy", "PhishSimOverride"];
    name.is_empty() || NAMES.contains(&name) || STARTS.iter().any(|start| name.starts_with(start))
}

/// Whether a mail exchanger is one of Exchange Online Protection's.
fn is_microsoft_mx(host: &str) -> bool {
    const EXCHANGERS: [&str; 3] =
        ["mail.protection.outlook.com", "mx.microsoft", "mail.protection.partner.outlook.cn"];
    domain::is_one_or_below(host, &EXCHANGERS)
}
