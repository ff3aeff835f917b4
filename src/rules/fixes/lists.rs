//! Allow and block lists, and the spoof pair (`causes.md` §4, FIX-IPALLOW and `dmarc-reject`).

use super::policies::content_filter;
use super::{ListedEntries, Values, portal, powershell};
use crate::case::Case;
use crate::finding::Fix;
use crate::tenant::address::{AddressList, AddressRange};
use crate::tenant::lists::ConnectionFilter;
use std::net::IpAddr;

const CONNECTION_FILTER: &str = "Defender portal > Email & collaboration > Policies & rules > Threat \
     policies > Anti-spam > Connection filter policy (Default) > Edit connection filter policy > ";

/// Takes what the IP Allow List compared off it: a gateway's address, where one connected.
pub fn ip_allow_list_remove(case: &Case<'_>) -> Vec<Fix> {
    if super::is_unseen(case) {
        return Vec::new();
    }
    let mut fix: Vec<Fix> = also_blocked(case).into_iter().collect();
    fix.extend(off_the_list(
        case,
        |filter| filter.ip_allow_list.as_ref(),
        &format!(
            "Once Advanced Delivery works: {CONNECTION_FILTER}Always allow messages from the \
             following IP addresses or address range"
        ),
        "IPAllowList",
    ));
    fix
}

/// What to do first where the IP Block List holds the address, too: the allow entry alone keeps it from
/// refusing the mail.
fn also_blocked(case: &Case<'_>) -> Option<Fix> {
    let ip = Values::of(case).compared_ip?;
    let entry = case.tenant?.connection_filter()?.ip_block_list.as_ref()?.covering(ip)?;
    Some(portal(format!(
        "{CONNECTION_FILTER}Always block messages from the following IP addresses or address range: `{}` \
         covers {ip}. Take it off there before the allow entry goes, else the mail is refused.",
        entry.raw
    )))
}

/// Takes the source off the IP Block List.
pub fn ip_block_list_remove(case: &Case<'_>) -> Vec<Fix> {
    let place = format!(
        "{CONNECTION_FILTER}Always block messages from the following IP addresses or address range"
    );
    let values = Values::of(case);
    if let Some(IpAddr::V6(ip)) = values.compared_ip {
        return vec![
            portal(format!("{place} > remove {ip}")),
            powershell(format!("Remove-TenantAllowBlockListItems -ListType IP -Entries \"{ip}\"")),
        ];
    }
    off_the_list(case, |filter| filter.ip_block_list.as_ref(), &place, "IPBlockList")
}

/// Takes the compared address off a list of the connection filter: by the entry that the export shows, else
/// by itself. A range that holds other addresses too is only shown.
fn off_the_list<'a>(
    case: &Case<'a>,
    list: impl Fn(&'a ConnectionFilter) -> Option<&'a AddressList>,
    place: &str,
    property: &str,
) -> Vec<Fix> {
    let values = Values::of(case);
    let compared = values.compared_ip.map(AddressRange::single);
    let exported = case.tenant.and_then(|tenant| list(tenant.connection_filter()?));
    let found = compared
        .zip(exported)
        .map(|(range, list)| (range, ListedEntries::of(list, &range)))
        .filter(|(_, listed)| !listed.is_empty());
    let remove = |entries: &str| {
        powershell(format!(
            "Set-HostedConnectionFilterPolicy -Identity Default -{property} @{{Remove={entries}}}"
        ))
    };
    let Some((range, listed)) = found else {
        let ip = values.compared_ip.map_or_else(|| values.ip(), |ip| ip.to_string());
        return vec![portal(format!("{place} > remove {ip}")), remove(&format!("\"{ip}\""))];
    };
    let mut fix = Vec::new();
    if let Some(advice) = listed.advice(&range) {
        fix.push(portal(format!("{place} > {advice}")));
        fix.push(powershell(format!(
            "(Get-HostedConnectionFilterPolicy -Identity Default).{property}"
        )));
    } else {
        fix.push(portal(format!("{place} > remove {range}")));
    }
    if !listed.own.is_empty() {
        fix.push(remove(&listed.own_members()));
    }
    fix
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
    let from = values.from_domain();
    let own = from.is_some() && from == values.recipients_domain();
    let user = if own { "<full-from-address>".to_owned() } else { values.from() };
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
