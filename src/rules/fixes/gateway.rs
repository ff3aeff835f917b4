//! FIX-EF and FIX-DIRECT: a security gateway in the way (`causes.md` §4).

use super::{ListedEntries, Values, console, platform, portal, powershell, powershell_identity};
use crate::case::Case;
use crate::finding::Fix;
use crate::rules::source::gateway_in_front;
use crate::tenant::address::AddressRange;
use crate::tenant::organization::InboundConnector;
use std::net::IpAddr;

/// The gateway's inbound connector: its remark and its name as a command takes it. Without an export of
/// it, the name is one that many give.
fn connector(case: &Case<'_>, gateway: Option<IpAddr>) -> (String, String) {
    let exported = gateway
        .zip(case.tenant)
        .and_then(|(ip, tenant)| tenant.connectors().find(|connector| connector.names(ip)));
    if let Some(connector) = exported {
        let name = &connector.origin.name;
        return (String::new(), powershell_identity("InboundConnector", name, "<connector>"));
    }
    let vendor = gateway_in_front(case).map_or("<gateway>", |gateway| gateway.vendor);
    let remark = format!(
        "# the connector's own name instead of \"From {vendor}\": Get-InboundConnector | Format-Table Name,ConnectorType,EFSkipLastIP,EFSkipIPs\n"
    );
    (remark, format!("\"From {vendor}\""))
}

/// Enhanced Filtering for Connectors (skip listing): lets the filter see behind the gateway.
pub fn enhanced_filtering(case: &Case<'_>) -> Vec<Fix> {
    let gateway_ip = Values::of(case).gateway_ip;
    let (remark, name) = connector(case, gateway_ip);
    let gateway = gateway_ip.map_or_else(|| "<gateway-ip>".to_owned(), |ip| ip.to_string());
    vec![
        portal(format!(
            "Defender portal > Email & collaboration > Policies & rules > Threat policies > Rules > \
             Enhanced filtering (https://security.microsoft.com/skiplisting) > the gateway's inbound \
             connector > \"Automatically detect and skip the last IP address\" for one hop, or \"Skip \
             these IP addresses that are associated with the connector\" with every public gateway \
             hop ({gateway} connected here) > Apply to entire organization. Then disable SCL -1 rules \
             for that connector."
        )),
        powershell(format!(
            "{remark}Set-InboundConnector -Identity {name} -EFSkipLastIP $true\n\
             # or, with several gateway hops:\n\
             Set-InboundConnector -Identity {name} -EFSkipLastIP $false -EFSkipIPs \"{gateway}\""
        )),
    ]
}

/// Delivery past the gateway, straight to the tenant.
pub fn direct_delivery(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let (ip, domain) = (values.ip(), values.recipient_domain());
    let host = if domain.starts_with('<') {
        "<your-domain-with-dashes>".to_owned()
    } else {
        domain.replace('.', "-")
    };
    vec![
        platform(format!(
            "Deliver straight to {host}.mail.protection.outlook.com (check the name in the Microsoft \
             365 admin center > Settings > Domains) instead of the domain's MX."
        )),
        portal(format!(
            "Only if the tenant is locked to a gateway: Exchange admin center > Mail flow > \
             Connectors > Add a connector > From Partner organization > \"By verifying that the IP \
             address of the sending server matches one of the following IP addresses\" > {ip}. Do \
             not restrict the domain * to these addresses: that refuses every other source."
        )),
    ]
}

/// Keeps the platform's mail out of a loop from Microsoft 365 through a gateway and back: a rule of the tenant
/// makes it, and on the first pass that rule sees the platform's own address.
pub fn out_of_the_loop(case: &Case<'_>) -> Vec<Fix> {
    let ip = Values::of(case).ip();
    vec![
        portal(format!(
            "Exchange admin center > Mail flow > Rules > the rule that sends incoming mail to the gateway \
             (Redirect the message to > the following connector) > Except if > The sender > IP address is \
             in any of these ranges or exactly matches > {ip}. Mail that stays out of the loop comes with \
             its own IP, which Advanced Delivery can match."
        )),
        powershell(format!(
            "Get-TransportRule | Where-Object RouteMessageOutboundConnector | Format-List Name,RouteMessageOutboundConnector,ExceptIfSenderIpRanges\n\
             $r = Get-TransportRule '<rule>'; Set-TransportRule $r.Identity -ExceptIfSenderIpRanges (@($r.ExceptIfSenderIpRanges) + \"{ip}\" | Where-Object {{$_}})"
        )),
    ]
}

/// Exempts the platform in the gateway itself.
pub fn gateway_bypass(case: &Case<'_>) -> Vec<Fix> {
    let ip = Values::of(case).ip();
    vec![console(match gateway_in_front(case).map(|gateway| gateway.vendor) {
        Some(vendor @ "Mimecast") => format!(
            "{vendor}: Administration console > Gateway > Policies: a new Permitted Senders policy \
             (leave the default one alone), and Anti-Spoofing, Impersonation Protection Bypass, \
             Greylisting, URL Protection Bypass and Attachment Protection Bypass, each with Source \
             IP Ranges {ip} and Policy Override ticked."
        ),
        Some(vendor) => format!(
            "{vendor}: exempt {ip} from anti-spam, anti-spoofing, link rewriting and attachment \
             sandboxing in its own console."
        ),
        None => format!("Exempt {ip} in the gateway's own console."),
    })]
}

/// Keeps the gateway from rewriting or following links.
pub fn gateway_link_bypass(case: &Case<'_>) -> Vec<Fix> {
    let ip = Values::of(case).ip();
    vec![console(match gateway_in_front(case).map(|gateway| gateway.vendor) {
        Some(vendor @ "Mimecast") => format!(
            "{vendor}: Administration console > Gateway > Policies > URL Protection Bypass with \
             Source IP Ranges {ip}, or URL tools > Managed URLs > Permitted for the link's domain."
        ),
        Some(vendor) => format!("{vendor}: exempt {ip} from link rewriting in its own console."),
        None => format!("Exempt {ip} from link rewriting in the gateway's own console."),
    })]
}

/// Keeps the gateway from taking attachments away.
pub fn gateway_attachment_bypass(case: &Case<'_>) -> Vec<Fix> {
    let ip = Values::of(case).ip();
    vec![console(match gateway_in_front(case).map(|gateway| gateway.vendor) {
        Some(vendor @ "Mimecast") => format!(
            "{vendor}: Administration console > Gateway > Policies > Attachment Protection Bypass and \
             Attachment Management Bypass, each with Source IP Ranges {ip}."
        ),
        Some(vendor) => format!("{vendor}: exempt {ip} from attachment checks in its own console."),
        None => format!("Exempt {ip} from attachment checks in the gateway's own console."),
    })]
}

/// Keeps the gateway from greylisting the platform.
pub fn gateway_greylisting(case: &Case<'_>) -> Vec<Fix> {
    let ip = Values::of(case).ip();
    vec![console(format!(
        "In the gateway's console, exempt {ip} from greylisting (Mimecast: Gateway > Policies > \
         Greylisting, Take no action)."
    ))]
}

/// Takes the source out of an on-premises connector that should not list it: its own entry by a
/// command; a range stands for other servers too, and is only shown.
pub fn connector_without_ip(connector: &InboundConnector, ip: IpAddr) -> Vec<Fix> {
    let Some(list) = &connector.sender_ip_addresses else { return Vec::new() };
    let range = AddressRange::single(ip);
    let listed = ListedEntries::of(list, &range);
    let name = powershell_identity("InboundConnector", &connector.origin.name, "<connector>");
    let mut fix = Vec::new();
    if let Some(advice) = listed.advice(&range) {
        fix.push(portal(format!(
            "Only if this connector should not list the platform: Exchange admin center > Mail flow \
             > Connectors > {} > Edit sent email identity: {advice}.",
            connector.origin.name
        )));
        fix.push(powershell(format!("(Get-InboundConnector {name}).SenderIPAddresses")));
    }
    if !listed.own.is_empty() {
        fix.push(powershell(format!(
            "# only if this connector should not list the platform:\n\
             $c = Get-InboundConnector {name}; Set-InboundConnector $c.Identity -SenderIPAddresses ($c.SenderIPAddresses | Where-Object {{$_ -notin @({})}})",
            listed.own_members()
        )));
    }
    fix
}
