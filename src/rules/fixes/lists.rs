//! Allow and block lists, and the spoof pair (`causes.md` §4, FIX-IPALLOW and `dmarc-reject`).

use super::policies::content_filter;
use super::{ListedEntries, Values, platform, portal, powershell};
use crate::case::Case;
use crate::finding::Fix;
use crate::message::values::AuthResult;
use crate::rules::reading;
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

/// Allows this pair of visible domain and sending infrastructure to spoof: an infrastructure of the
/// sender's own where there is one. For one of the recipient's own domains never a whole network, where
/// others send from as well.
pub fn spoof_pair(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let own = is_own_domain(case, &values);
    let user = if own { "<full-from-address>".to_owned() } else { values.from() };
    let kind = if own { "Internal" } else { "External" };
    let senders = values.infrastructure();
    if senders.is_none() && values.is_by_a_provider() {
        return vec![platform(format!(
            "Do not allow a spoof pair for this mail: it came by a service that sends for anybody, all of \
             whose customers could use the name {} then. Let the platform sign with DKIM by a domain of \
             its own.",
            values.from()
        ))];
    }
    let infrastructure = match (senders, values.source_ip) {
        (Some(senders), _) => senders,
        (None, Some(IpAddr::V4(ip))) if !own => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        (None, _) => "<ptr-domain>".to_owned(),
    };
    let mut text = format!(
        "Defender portal > Threat policies > Tenant Allow/Block Lists > Spoofed senders > Add: \
         {user}, {infrastructure} (the PTR domain, a /24, or a verified DKIM domain), {kind}, \
         Allow. For one of your own domains use the full address and Internal."
    );
    if own {
        text.push_str(
            " Not a /24 for an own domain: whoever else sends from that network could use your name.",
        );
    } else if infrastructure.ends_with("/24") {
        text.push_str(
            " A /24 takes in whoever else sends from that network: prefer a domain of the platform's own.",
        );
    }
    vec![
        portal(text),
        powershell(format!(
            "New-TenantAllowBlockListSpoofItems -Identity Default -SpoofedUser {user} -SendingInfrastructure {infrastructure} -SpoofType {kind} -Action Allow"
        )),
    ]
}

/// Whether the visible From is of one of the recipient's own domains: the recipient's, one that the tenant
/// accepts, or one that the filter took for such (`headers.md` §3.1).
fn is_own_domain(case: &Case<'_>, values: &Values<'_>) -> bool {
    let Some(from) = values.from_domain() else { return false };
    let stamped = reading::compauth(case).is_some_and(|(result, reason)| {
        *result == AuthResult::Fail && matches!(reason, "010" | "601")
    });
    stamped
        || values.recipients_domain().is_some_and(|own| own == from)
        || case.tenant.is_some_and(|tenant| tenant.accepts(&from).is_some())
}

/// Names the gateway that seals ARC as trusted.
pub fn trusted_arc_sealer() -> Vec<Fix> {
    vec![powershell(
        "Get-ArcConfig\n\
         # it replaces the whole list: name the sealers that are there as well\n\
         Set-ArcConfig -Identity Default -ArcTrustedSealers \"<present-sealers>,<gateway-domain>\"",
    )]
}
