//! Connectors and settings of the whole organisation (`causes.md` §8).

use super::address::AddressList;
use super::settings::{entries, says, settings};
use std::net::IpAddr;

settings! {
    /// `Get-InboundConnector`.
    InboundConnector {
        enabled: flag "Enabled",
        connector_type: text "ConnectorType",
        sender_ip_addresses: addresses "SenderIPAddresses",
        sender_domains: list "SenderDomains",
        require_tls: flag "RequireTls",
        tls_sender_certificate_name: text "TlsSenderCertificateName",
        restrict_to_ip_addresses: flag "RestrictDomainsToIPAddresses",
        restrict_to_certificate: flag "RestrictDomainsToCertificate",
        cloud_services_mail_enabled: flag "CloudServicesMailEnabled",
        treat_messages_as_internal: flag "TreatMessagesAsInternal",
        ef_skip_last_ip: flag "EFSkipLastIP",
        ef_skip_ips: addresses "EFSkipIPs",
        ef_skip_mail_gateway: list "EFSkipMailGateway",
        ef_users: list "EFUsers",
        ef_test_mode: flag "EFTestMode",
    }
}

impl InboundConnector {
    /// Whether it is in force; one without an exported state is taken to be.
    pub fn is_enabled(&self) -> bool {
        self.enabled != Some(false)
    }

    /// Whether it is of the Partner type.
    pub fn is_partner(&self) -> bool {
        says(&self.connector_type, "Partner")
    }

    /// Whether it is of the OnPremises type.
    pub fn is_on_premises(&self) -> bool {
        says(&self.connector_type, "OnPremises")
    }

    /// Whether it speaks for every sender domain (`smtp:*;1`).
    pub fn is_for_all_domains(&self) -> bool {
        entries(&self.sender_domains).iter().any(|domain| {
            let domain = domain.trim();
            let domain = domain.split_once(':').map_or(domain, |(_, rest)| rest);
            domain.split(';').next().unwrap_or(domain).trim() == "*"
        })
    }

    /// Whether it refuses sources that it does not name: the lock to a gateway.
    pub fn is_lock(&self) -> bool {
        self.is_enabled()
            && self.is_partner()
            && self.is_for_all_domains()
            && (self.restrict_to_ip_addresses == Some(true)
                || self.restrict_to_certificate == Some(true))
    }

    /// Whether it names the address as a source. Unknown addresses count as not named.
    pub fn names(&self, ip: IpAddr) -> bool {
        self.sender_ip_addresses.as_ref().is_some_and(|list| list.covering(ip).is_some())
    }

    /// Whether Enhanced Filtering is on; `None` where the export does not tell.
    pub fn has_enhanced_filtering(&self) -> Option<bool> {
        if self.ef_skip_last_ip.is_none() && self.ef_skip_ips.is_none() {
            return None;
        }
        let skips = self.ef_skip_ips.as_ref().is_some_and(|list: &AddressList| !list.is_empty());
        Some(self.ef_skip_last_ip == Some(true) || skips)
    }
}

settings! {
    /// `Get-OrganizationConfig`.
    OrganizationConfig {
        reject_direct_send: flag "RejectDirectSend",
        focused_inbox_on: flag "FocusedInboxOn",
    }
}

settings! {
    /// `Get-AcceptedDomain`.
    AcceptedDomain {
        domain_name: text "DomainName",
        domain_type: text "DomainType",
        is_default: flag "Default",
        match_subdomains: flag "MatchSubDomains",
    }
}

settings! {
    /// `Get-ExternalInOutlook`.
    ExternalInOutlook {
        enabled: flag "Enabled",
        allow_list: list "AllowList",
    }
}

settings! {
    /// `Get-ArcConfig`.
    ArcConfig {
        trusted_sealers: list "ArcTrustedSealers",
    }
}

settings! {
    /// A mail exchanger of an accepted domain, as `mailwhy tenant-script` looks it up.
    MxRecord {
        domain: text "Domain",
        exchange: text "Exchange" | "NameExchange",
    }
}

settings! {
    /// `Get-Recipient` or `Get-Mailbox`: who exists.
    Recipient {
        address: text "PrimarySmtpAddress",
        addresses: list "EmailAddresses",
    }
}

impl Recipient {
    /// Whether the recipient has this address.
    pub fn has(&self, address: &str) -> bool {
        says(&self.address, address)
            || entries(&self.addresses).iter().any(|one| {
                let bare = one.split_once(':').map_or(&**one, |(_, rest)| rest);
                bare.eq_ignore_ascii_case(address)
            })
    }
}
