//! Allow and block lists: the connection filter, Advanced Delivery, the Tenant Allow/Block List and
//! a mailbox's own lists (`causes.md` §8).

use super::settings::{says, settings};
use super::{domain, json};

settings! {
    /// `Get-HostedConnectionFilterPolicy`.
    ConnectionFilter {
        ip_allow_list: addresses "IPAllowList",
        ip_block_list: addresses "IPBlockList",
        enable_safe_list: flag "EnableSafeList",
        directory_based_edge_block_mode: text "DirectoryBasedEdgeBlockMode",
        when_changed: date "WhenChangedUTC" | "WhenChanged",
        organization_id: text "OrganizationId",
    }
}

settings! {
    /// `Get-ExoPhishSimOverrideRule`: Advanced Delivery's domains and sending IPs.
    PhishSimRule {
        mode: text "Mode",
        domains: list "Domains" | "SenderDomainIs",
        sender_ip_ranges: addresses "SenderIpRanges",
        when_changed: date "WhenChangedUTC" | "WhenChanged",
    }
}

impl PhishSimRule {
    /// Whether the rule is in force; a rule without an exported mode is taken to be.
    pub fn is_enforced(&self) -> bool {
        self.mode.is_none() || says(&self.mode, "Enforce")
    }
}

settings! {
    /// `Get-PhishSimOverridePolicy`.
    PhishSimPolicy {
        enabled: flag "Enabled",
        mode: text "Mode",
    }
}

settings! {
    /// `Get-ExoSecOpsOverrideRule` and its policy: mailboxes of the security team.
    SecOpsRule {
        sent_to: list "SentTo",
        mode: text "Mode",
    }
}

/// List that an item of the Tenant Allow/Block List stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListType {
    /// Domains and addresses.
    Sender,
    /// Web addresses.
    Url,
    /// Files.
    FileHash,
    /// IPv6 addresses.
    Ip,
}

impl ListType {
    /// The list type that `text` names, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "sender" | "senders" => Some(ListType::Sender),
            "url" | "urls" => Some(ListType::Url),
            "filehash" | "filehashes" | "file" => Some(ListType::FileHash),
            "ip" | "ips" => Some(ListType::Ip),
            _ => None,
        }
    }

    /// The value of `-ListType`.
    pub const fn name(self) -> &'static str {
        match self {
            ListType::Sender => "Sender",
            ListType::Url => "Url",
            ListType::FileHash => "FileHash",
            ListType::Ip => "IP",
        }
    }
}

settings! {
    /// `Get-TenantAllowBlockListItems`.
    AllowBlockItem {
        list_type: text "ListType",
        list_sub_type: text "ListSubType",
        action: text "Action",
        value: text "Value",
        expiration: date "ExpirationDate",
        last_used: date "LastUsedDate",
        last_modified: date "LastModifiedDateTime",
        notes: text "Notes",
    }
}

impl AllowBlockItem {
    /// The list it stands on: as exported, else where its value tells (a hash, an IPv6 address, an
    /// address with `@`). A bare domain may be a sender or a web address: `None`.
    pub fn list(&self) -> Option<ListType> {
        if let Some(named) = self.list_type.as_deref().and_then(ListType::parse) {
            return Some(named);
        }
        let value = self.value.as_deref()?.trim();
        if value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit()) {
            Some(ListType::FileHash)
        } else if value.contains('@') {
            Some(ListType::Sender)
        } else if value.parse::<std::net::Ipv6Addr>().is_ok() {
            Some(ListType::Ip)
        } else if value.contains('/') || value.starts_with("*.") || value.contains('~') {
            Some(ListType::Url)
        } else {
            None
        }
    }

    /// Whether it blocks.
    pub fn blocks(&self) -> bool {
        says(&self.action, "Block")
    }

    /// Whether it allows.
    pub fn allows(&self) -> bool {
        says(&self.action, "Allow")
    }

    /// Whether it is an Advanced Delivery web address, not an allow of the filters.
    pub fn is_advanced_delivery(&self) -> bool {
        says(&self.list_sub_type, "AdvancedDelivery")
    }

    /// Whether it had run out at that instant; one without an end never does.
    pub fn expired_at(&self, seconds: i64) -> bool {
        self.expiration.is_some_and(|end| end < seconds)
    }

    /// Whether it names this sender: the whole address, or its domain exactly. An entry for a
    /// domain does not cover what is below it.
    pub fn matches_sender(&self, address: &str) -> bool {
        let Some(value) = self.value.as_deref().map(str::trim) else { return false };
        if value.contains('@') {
            return value.eq_ignore_ascii_case(address.trim());
        }
        domain::of_address(address).is_some_and(|d| domain::pattern_covers(value, d))
    }

    /// Whether it covers this host of a web address. Entries with a path match only whole links and
    /// are compared by [`AllowBlockItem::matches_url`].
    pub fn matches_host(&self, host: &str) -> bool {
        let Some(value) = self.value.as_deref() else { return false };
        let value = value.trim().trim_end_matches("/*").trim_end_matches('/');
        !value.contains('/') && domain::pattern_covers(value, host)
    }

    /// Whether it covers this link.
    pub fn matches_url(&self, url: &str) -> bool {
        let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (host, path) = bare.split_once(['/', '?', '#']).unwrap_or((bare, ""));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let host = host.split_once(':').map_or(host, |(host, _)| host);
        if self.matches_host(host) {
            return true;
        }
        let Some(value) = self.value.as_deref() else { return false };
        let value = value.trim().trim_end_matches('~');
        let Some((entry_host, entry_path)) = value.split_once('/') else { return false };
        let entry_path = entry_path.trim_end_matches('*');
        domain::pattern_covers(entry_host, host)
            && path.to_ascii_lowercase().starts_with(&entry_path.to_ascii_lowercase())
            && (value.ends_with('*') || path.len() == entry_path.len())
    }

    /// `until 2026-12-01T00:00:00Z` or `without end`.
    pub fn lifetime(&self) -> String {
        self.expiration.map_or("without end".to_owned(), |end| format!("until {}", json::iso(end)))
    }
}

settings! {
    /// `Get-TenantAllowBlockListSpoofItems`.
    SpoofItem {
        spoofed_user: text "SpoofedUser",
        sending_infrastructure: text "SendingInfrastructure",
        spoof_type: text "SpoofType",
        action: text "Action",
    }
}

impl SpoofItem {
    /// Whether the spoofed side covers this From address: `*`, the address, or its domain.
    pub fn matches_from(&self, from: &str) -> bool {
        let Some(spoofed) = self.spoofed_user.as_deref().map(str::trim) else { return false };
        spoofed == "*"
            || spoofed.eq_ignore_ascii_case(from.trim())
            || domain::of_address(from).is_some_and(|d| domain::pattern_covers(spoofed, d))
    }

    /// Whether the infrastructure covers the source: `*`, its `/24`, its reverse DNS name's domain,
    /// or a verified DKIM domain.
    pub fn matches_source(
        &self,
        ip: Option<std::net::IpAddr>,
        ptr: Option<&str>,
        dkim: &[&str],
    ) -> bool {
        let Some(source) = self.sending_infrastructure.as_deref().map(str::trim) else {
            return false;
        };
        if source == "*" {
            return true;
        }
        if let Ok(range) = super::address::AddressRange::parse(source) {
            return ip.is_some_and(|ip| range.contains(ip));
        }
        ptr.is_some_and(|ptr| domain::is_same_or_subdomain(ptr, source))
            || dkim.iter().any(|signed| domain::is_same(signed, source))
    }
}

settings! {
    /// `Get-MailboxJunkEmailConfiguration`.
    JunkConfiguration {
        identity: text "MailboxOwnerId" | "Identity",
        trusted_lists_only: flag "TrustedListsOnly",
        contacts_trusted: flag "ContactsTrusted",
        blocked: list "BlockedSendersAndDomains",
        trusted: list "TrustedSendersAndDomains",
    }
}

impl JunkConfiguration {
    /// Whether it is this recipient's: by address, or by the part before `@` as an identity has it.
    pub fn belongs_to(&self, recipient: &str) -> bool {
        let local = recipient.split_once('@').map_or(recipient, |(local, _)| local);
        [Some(&*self.origin.name), self.identity.as_deref()].into_iter().flatten().any(|id| {
            let last = id.rsplit('/').next().unwrap_or(id);
            id.eq_ignore_ascii_case(recipient)
                || last.eq_ignore_ascii_case(recipient)
                || last.eq_ignore_ascii_case(local)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::settings::{FromRow, Row};
    use std::sync::Arc;

    fn item(json: serde_json::Value) -> AllowBlockItem {
        let map = json.as_object().unwrap();
        let source = Arc::from("t.json");
        let mut problems = Vec::new();
        AllowBlockItem::from_row(&mut Row {
            map,
            source: &source,
            noun: "TenantAllowBlockListItems",
            problems: &mut problems,
        })
    }

    #[test]
    fn an_item_without_a_list_type_tells_by_its_value() {
        for (value, list) in [
            ("ann@phish.example", Some(ListType::Sender)),
            ("2001:db8::1", Some(ListType::Ip)),
            ("*.phish.example", Some(ListType::Url)),
            ("phish.example", None),
            (
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                Some(ListType::FileHash),
            ),
        ] {
            assert_eq!(item(serde_json::json!({ "Value": value })).list(), list, "{value}");
        }
    }

    #[test]
    fn a_blocked_domain_covers_neither_subdomain_nor_apex_of_its_wildcard() {
        let apex = item(serde_json::json!({"Value": "phish.example", "ListType": "Sender"}));
        assert!(apex.matches_sender("it@phish.example"));
        assert!(!apex.matches_sender("it@mail.phish.example"));
        let wild = item(serde_json::json!({"Value": "*.phish.example", "ListType": "Url"}));
        assert!(wild.matches_url("https://www.phish.example/login"));
        assert!(!wild.matches_url("https://phish.example/login"));
    }

    #[test]
    fn an_entry_with_a_path_matches_that_path_only() {
        let entry = item(serde_json::json!({"Value": "phish.example/a/*", "ListType": "Url"}));
        assert!(entry.matches_url("https://phish.example/a/b"));
        assert!(!entry.matches_url("https://phish.example/c"));
        let all = item(serde_json::json!({"Value": "phish.example/*", "ListType": "Url"}));
        assert!(all.matches_url("http://user@phish.example:8080/c?d"));
    }

    #[test]
    fn an_item_without_an_end_never_expires() {
        let item = item(serde_json::json!({"Value": "a.example", "ExpirationDate": null}));
        assert!(!item.expired_at(i64::MAX));
    }
}
