//! Allow and block lists, and the spoof pair (`causes.md` §4, FIX-IPALLOW and `dmarc-reject`).

use super::policies::content_filter;
use super::{Values, portal, powershell};
use crate::case::Case;
use crate::finding::Fix;
use std::net::IpAddr;

const CONNECTION_FILTER: &str = "Defender portal > Email & collaboration > Policies & rules > Threat \
     policies > Anti-spam > Connection filter policy (Default) > Edit connection filter policy > ";

/// Takes the source off the IP Allow List.
pub fn ip_allow_list_remove(case: &Case<'_>) -> Vec<Fix> {
    let ip = Values::of(case).ip();
    vec![
        portal(format!(
            "Once Advanced Delivery works: {CONNECTION_FILTER}Always allow messages from the \
             following IP addresses or address range > remove {ip}"
        )),
        powershell(format!(
            "Set-HostedConnectionFilterPolicy -Identity Default -IPAllowList @{{Remove=\"{ip}\"}}"
        )),
    ]
}

/// Takes the source off the IP Block List.
pub fn ip_block_list_remove(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let ip = values.ip();
    let command = if matches!(values.source_ip, Some(IpAddr::V6(_))) {
        format!("Remove-TenantAllowBlockListItems -ListType IP -Entries \"{ip}\"")
    } else {
        format!(
            "Set-HostedConnectionFilterPolicy -Identity Default -IPBlockList @{{Remove=\"{ip}\"}}"
        )
    };
    vec![
        portal(format!(
            "{CONNECTION_FILTER}Always block messages from the following IP addresses or address \
             range > remove {ip}"
        )),
        powershell(command),
    ]
}

/// Takes the sender off an anti-spam policy's blocked list.
pub fn policy_sender_block_remove(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let domain = values.from();
    vec![
        portal(format!(
            "Defender portal > Threat policies > Anti-spam > the inbound policy that applies to {} > \
             Allowed and blocked senders and domains > blocked: remove {domain} (or the address)",
            values.recipient()
        )),
        powershell(format!(
            "Get-HostedContentFilterPolicy | Format-List Name,BlockedSenders,BlockedSenderDomains,EnableRegionBlockList,RegionBlockList,EnableLanguageBlockList,LanguageBlockList\n\
             Set-HostedContentFilterPolicy -Identity {} -BlockedSenderDomains @{{Remove=\"{domain}\"}}",
            content_filter(case, &values)
        )),
    ]
}

/// Takes the sender off an anti-spam policy's allowed list.
pub fn policy_sender_allow_remove(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let domain = values.from();
    vec![
        portal(format!(
            "Once Advanced Delivery works: Defender portal > Threat policies > Anti-spam > the \
             inbound policy > Allowed and blocked senders and domains > allowed: remove {domain}"
        )),
        powershell(format!(
            "Set-HostedContentFilterPolicy -Identity {} -AllowedSenderDomains @{{Remove=\"{domain}\"}}",
            content_filter(case, &values)
        )),
    ]
}

/// Allows this pair of visible domain and sending infrastructure to spoof.
pub fn spoof_pair(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let own = values.from_domain.is_some()
        && values.from_domain.as_deref()
            == values.recipient.as_deref().and_then(super::domain).as_deref();
    let user = if own { "<full-from-address>" } else { values.from() };
    let kind = if own { "Internal" } else { "External" };
    let infrastructure = match values.source_ip {
        Some(IpAddr::V4(ip)) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        _ => "<ptr-domain>".to_owned(),
    };
    vec![
        portal(format!(
            "Defender portal > Threat policies > Tenant Allow/Block Lists > Spoofed senders > Add: \
             {user}, {infrastructure} (the PTR domain, a /24, or a verified DKIM domain), {kind}, \
             Allow. For one of your own domains use the full address and Internal."
        )),
        powershell(format!(
            "New-TenantAllowBlockListSpoofItems -Identity Default -SpoofedUser {user} -SendingInfrastructure {infrastructure} -SpoofType {kind} -Action Allow"
        )),
    ]
}

/// Names the gateway that seals ARC as trusted.
pub fn trusted_arc_sealer() -> Vec<Fix> {
    vec![powershell(
        "Get-ArcConfig\nSet-ArcConfig -Identity Default -ArcTrustedSealers <gateway-domain>",
    )]
}
