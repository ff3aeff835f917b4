//! What stays readable: what the campaign names as the platform's own, and Microsoft's machines.

use crate::campaign::{Campaign, platforms};
use crate::tenant::address::AddressList;
use crate::tenant::domain;
use regex::Regex;
use std::net::IpAddr;
use std::sync::LazyLock;

/// What a redacted report may still say.
#[derive(Debug, Clone, Default)]
pub struct Keep {
    /// Domains, their subdomains included.
    pub domains: Vec<String>,
    /// Addresses.
    pub addresses: Vec<String>,
    /// IP addresses and ranges.
    pub ips: AddressList,
}

impl<'a> FromIterator<&'a Campaign> for Keep {
    fn from_iter<I: IntoIterator<Item = &'a Campaign>>(campaigns: I) -> Self {
        let mut keep = Keep::default();
        let mut ips: Vec<Box<str>> = Vec::new();
        for campaign in campaigns {
            for domains in
                [&campaign.mail_from_domains, &campaign.dkim_domains, &campaign.link_domains]
            {
                keep.domains.extend(domains.iter().cloned());
            }
            keep.addresses.extend(campaign.from_addresses.iter().cloned());
            // A domain that an address shows is no secret.
            let shown = campaign.from_addresses.iter().filter_map(|from| domain::of_address(from));
            keep.domains.extend(shown.map(str::to_owned));
            ips.extend(campaign.sending_ips.entries().iter().map(|entry| entry.raw.clone()));
        }
        keep.ips = AddressList::new(ips);
        keep
    }
}

impl Keep {
    /// Whether the whole address is named. A kept domain alone does not keep the name before the `@`.
    pub(super) fn has_address(&self, address: &str) -> bool {
        self.addresses.iter().any(|kept| kept.trim().eq_ignore_ascii_case(address))
    }

    /// Whether the host may be shown.
    pub(super) fn has_host(&self, host: &str) -> bool {
        let pseudonym = domain::is_same_or_subdomain(host, "redacted.example");
        pseudonym || self.domains.iter().any(|kept| domain::is_same_or_subdomain(host, kept))
    }

    /// Whether the IP address may be shown: named by the campaign, or one that says nothing.
    pub(super) fn has_ip(&self, ip: IpAddr) -> bool {
        let nobody = match ip {
            // Microsoft 365 writes 255.255.255.255 for mail that no system handed to it.
            IpAddr::V4(v4) => v4.is_loopback() || v4.is_broadcast() || v4.is_unspecified(),
            IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified(),
        };
        nobody || self.ips.covering(ip).is_some()
    }
}

/// Whose a host below Microsoft's domains is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Microsoft<'a> {
    /// A machine or service: tells nothing of a customer.
    Machine,
    /// Named after a customer, below this domain.
    Customer(&'a str),
    /// Not Microsoft's.
    No,
}

/// Domains below which every host is Microsoft's own machine or a public service.
const MACHINES: [&str; 14] = [
    "prod.outlook.com",
    "prod.exchangelabs.com",
    "outbound.protection.outlook.com",
    "safelinks.protection.outlook.com",
    "outlook.office365.com",
    "outlook.office.com",
    "security.microsoft.com",
    "learn.microsoft.com",
    "admin.microsoft.com",
    "admin.exchange.microsoft.com",
    "compliance.microsoft.com",
    "purview.microsoft.com",
    "entra.microsoft.com",
    "aka.ms",
];

/// Domains whose hosts are named after customers (`contoso-com.mail.protection.outlook.com`).
const CUSTOMERS: [&str; 6] = [
    "mail.protection.outlook.com",
    "mail.eo.outlook.com",
    "mx.microsoft",
    "onmicrosoft.com",
    "sharepoint.com",
    "protection.outlook.com",
];

/// How Microsoft names its edges: site, then forest or role, then a number (`am0eur02ft001`,
/// `co1pepf000044f1`, `bn9pr03ca0223`). Any other label may be a customer's.
static EDGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let site = "[a-z]{2}[a-z0-9]{1,3}";
    let front_end = "p?epf[0-9a-f]{8}|[a-z]{3}[0-9]{2}ft[0-9]{3,4}";
    let server = "p(?:r[0-9]{2}|[0-9]{3})(?:ca|mb)[0-9]{4}";
    let forest = r"(?:\.eop-[a-z]{3}[0-9]{2}\.prod)?";
    Regex::new(&format!("^{site}(?:{front_end}|{server}){forest}$")).ok()
});

/// Headers that everybody's mail has.
const COMMON: [&str; 16] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "sender",
    "reply-to",
    "received",
    "return-path",
    "message-id",
    "authentication-results",
    "dkim-signature",
    "list-unsubscribe",
    "precedence",
    "importance",
    "x-mailer",
];

/// Whether a header is none of everybody's, of Microsoft's or of a known platform's.
pub(super) fn is_custom_header(name: &str) -> bool {
    let lower = name.trim().to_ascii_lowercase();
    let microsoft = ["x-ms-", "x-microsoft-", "x-forefront-", "x-eop"];
    let of_platform = || platforms::PLATFORMS.iter().flat_map(|platform| platform.headers);
    !(COMMON.contains(&lower.as_str())
        || microsoft.iter().any(|start| lower.starts_with(start))
        || of_platform().any(|mark| mark.name.eq_ignore_ascii_case(&lower)))
}

/// Whose the host is; `name` is in its normal form.
pub(super) fn of_microsoft(name: &str) -> Microsoft<'_> {
    if domain::is_one_or_below(name, &MACHINES) {
        return Microsoft::Machine;
    }
    let Some(parent) = CUSTOMERS.iter().find(|parent| domain::is_same_or_subdomain(name, parent))
    else {
        return Microsoft::No;
    };
    let below = name[..name.len() - parent.len()].trim_end_matches('.');
    let machine = parent.ends_with("protection.outlook.com")
        && EDGE.as_ref().is_some_and(|edge| edge.is_match(below));
    if below.is_empty() || machine { Microsoft::Machine } else { Microsoft::Customer(parent) }
}

/// Whether the link (without its scheme) is a page of Microsoft's portals or documents, as the fixes
/// name them: letters and dashes only, and nothing after a `?`.
pub(super) fn is_documentation(rest: &str) -> bool {
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = |c: char| c.is_ascii_lowercase() || matches!(c, '-' | '/');
    host.ends_with(".microsoft.com")
        && of_microsoft(host) == Microsoft::Machine
        && path.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microsofts_machines_are_told_from_hosts_named_after_customers() {
        for machine in [
            "am0pr01mb1001.eurprd01.prod.outlook.com",
            "ams0epf00000100.mail.protection.outlook.com",
            "am0eur02ft001.mail.protection.outlook.com",
            "sn1nam02ft0052.eop-nam02.prod.protection.outlook.com",
            "bl02epf0001a100.mail.protection.outlook.com",
            "co1pepf000044f1.mail.protection.outlook.com",
            "bn9pr03ca0223.mail.protection.outlook.com",
            "cwlp265ca0379.mail.protection.outlook.com",
            "eur01.safelinks.protection.outlook.com",
            "mail-am0eur02on2087.outbound.protection.outlook.com",
        ] {
            assert_eq!(of_microsoft(machine), Microsoft::Machine, "{machine}");
        }
        for (host, parent) in [
            ("contoso-com.mail.protection.outlook.com", "mail.protection.outlook.com"),
            ("fabrikam2024.mail.protection.outlook.com", "mail.protection.outlook.com"),
            ("fab24.mail.protection.outlook.com", "mail.protection.outlook.com"),
            ("contoso-com.k-v1.mx.microsoft", "mx.microsoft"),
            ("contoso.onmicrosoft.com", "onmicrosoft.com"),
            ("contoso.mail.onmicrosoft.com", "onmicrosoft.com"),
        ] {
            assert_eq!(of_microsoft(host), Microsoft::Customer(parent), "{host}");
        }
        assert_eq!(of_microsoft("outlook.com.evil.example"), Microsoft::No);
    }

    #[test]
    fn a_portal_page_may_be_named_and_one_with_an_id_may_not() {
        assert!(is_documentation("security.microsoft.com/advanceddelivery"));
        assert!(!is_documentation("security.microsoft.com/quarantine?id=1"));
        assert!(!is_documentation("security.microsoft.com/u/4711"));
        assert!(!is_documentation("phish.example/login"));
    }
}
