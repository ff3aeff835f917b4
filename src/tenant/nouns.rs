//! Which cmdlet fills which part of [`Tenant`]: one row per cmdlet noun.
//!
//! The other names are the keys of ScubaGear's `ProviderSettingsExport.json`.

use super::Tenant;
use super::json;
use super::settings::{FromRow, Row};
use crate::error::Error;
use crate::fact::Place;
use serde_json::Value;
use std::sync::Arc;

/// A cmdlet noun, its other names, and where its objects go.
pub(super) struct Noun {
    pub(super) name: &'static str,
    pub(super) aliases: &'static [&'static str],
    load: fn(&mut Tenant, &Objects<'_>) -> bool,
}

/// What one cmdlet wrote.
pub(super) struct Objects<'a> {
    pub(super) noun: &'static str,
    pub(super) source: &'a Arc<str>,
    pub(super) value: &'a Value,
}

macro_rules! noun {
    ($name:literal [$($alias:literal),*] $field:ident) => {
        Noun {
            name: $name,
            aliases: &[$($alias),*],
            load: |tenant, objects| objects.append(&mut tenant.$field, &mut tenant.problems),
        }
    };
}

pub(super) static NOUNS: &[Noun] = &[
    noun!("HostedConnectionFilterPolicy" ["conn_filter"] connection_filters),
    noun!("TransportRule" ["transport_rule"] transport_rules),
    noun!("ExoPhishSimOverrideRule" ["PhishSimOverrideRule"] phish_sim_rules),
    noun!("PhishSimOverridePolicy" [] phish_sim_policies),
    noun!("ExoSecOpsOverrideRule" ["SecOpsOverrideRule"] sec_ops_rules),
    noun!("TenantAllowBlockListItems" ["TenantAllowBlockListItem"] allow_block_items),
    noun!("TenantAllowBlockListSpoofItems" ["TenantAllowBlockListSpoofItem"] spoof_items),
    noun!("MailboxJunkEmailConfiguration" [] junk_configurations),
    noun!("HostedContentFilterPolicy" ["hosted_content_filter_policies"] content_filter_policies),
    noun!("HostedContentFilterRule" ["hosted_content_filter_rules"] content_filter_rules),
    noun!("AntiPhishPolicy" ["anti_phish_policies"] anti_phish_policies),
    noun!("AntiPhishRule" ["anti_phish_rules"] anti_phish_rules),
    noun!("MalwareFilterPolicy" ["anti_malware_policies"] malware_filter_policies),
    noun!("MalwareFilterRule" ["anti_malware_rules"] malware_filter_rules),
    noun!("SafeLinksPolicy" ["safe_links_policies"] safe_links_policies),
    noun!("SafeLinksRule" ["safe_links_rules"] safe_links_rules),
    noun!("SafeAttachmentPolicy" ["safe_attachment_policies"] safe_attachment_policies),
    noun!("SafeAttachmentRule" ["safe_attachment_rules"] safe_attachment_rules),
    noun!("EOPProtectionPolicyRule" ["protection_policy_rules"] preset_rules),
    noun!("ATPProtectionPolicyRule" ["atp_policy_rules"] defender_preset_rules),
    noun!("InboundConnector" ["inbound_connectors"] inbound_connectors),
    noun!("OrganizationConfig" ["org_config"] organization_configs),
    noun!("AcceptedDomain" ["accepted_domains"] accepted_domains),
    noun!("ExternalInOutlook" [] external_in_outlook),
    noun!("ArcConfig" [] arc_configs),
    noun!("MxRecord" ["MX"] mx_records),
    noun!("Recipient" ["Mailbox", "EXORecipient"] recipients),
];

/// The noun that a key or a file name stands for: `TransportRule`, `Get-TransportRule`,
/// `transport_rule`, and for list items also `TenantAllowBlockListItems-Sender`.
pub(super) fn find(key: &str) -> Option<&'static Noun> {
    let key = key.trim();
    let key = match key.get(..4) {
        Some(verb) if verb.eq_ignore_ascii_case("get-") => &key[4..],
        _ => key,
    };
    let exact = NOUNS.iter().find(|noun| {
        noun.name.eq_ignore_ascii_case(key)
            || noun.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(key))
    });
    exact.or_else(|| {
        // `TenantAllowBlockListItems-Url`, `Get-TransportRule (1)`: the noun, then something else.
        NOUNS.iter().find(|noun| {
            key.get(..noun.name.len()).is_some_and(|start| start.eq_ignore_ascii_case(noun.name))
                && key[noun.name.len()..].starts_with(|c: char| !c.is_ascii_alphanumeric())
        })
    })
}

/// What follows the noun in `key`, such as `Sender` in `TenantAllowBlockListItems-Sender`.
pub(super) fn suffix<'k>(key: &'k str, noun: &Noun) -> &'k str {
    let at = key.to_ascii_lowercase().find(&noun.name.to_ascii_lowercase());
    at.and_then(|at| key.get(at + noun.name.len()..))
        .unwrap_or_default()
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
}

impl Noun {
    /// Adds the objects to the tenant.
    pub(super) fn load(&self, tenant: &mut Tenant, source: &Arc<str>, value: &Value) {
        if (self.load)(tenant, &Objects { noun: self.name, source, value }) {
            tenant.exported.push(self.name);
        }
    }
}

impl Objects<'_> {
    /// Reads every object; `false` where there are none to read and that is a problem.
    fn append<T: FromRow>(&self, list: &mut Option<Vec<T>>, problems: &mut Vec<Error>) -> bool {
        match json::objects(self.value) {
            Ok(maps) => {
                let list = list.get_or_insert_default();
                for map in maps {
                    list.push(T::from_row(&mut Row {
                        map,
                        source: self.source,
                        noun: self.noun,
                        problems,
                    }));
                }
                true
            }
            Err(found) => {
                problems.push(Error::Value {
                    path: Arc::clone(self.source),
                    place: Place::Whole,
                    field: format!("Get-{}", self.noun),
                    found,
                    expected: "an object or a list of objects".to_owned(),
                });
                false
            }
        }
    }
}
