//! FIX-AD: Advanced Delivery, the recommended fix (`causes.md` §4).

use super::{Values, portal, powershell};
use crate::case::Case;
use crate::finding::Fix;
use crate::message::Position;
use crate::rules::source::{Path, gateway_in_front};
use std::net::IpAddr;

/// Lists the MAIL FROM domain and the sending IP of this message as a phishing simulation.
///
/// Behind a gateway the IP is the platform's and Enhanced Filtering comes first; with in-and-out
/// routing neither works, and the platform must deliver past the gateway.
pub fn advanced_delivery(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let (domain, ip) = (values.mail_from(), values.ip());
    let mut fixes = before(case, &values);
    let mut text = format!(
        "Defender portal > Email & collaboration > Policies & rules > Threat policies > Rules > \
         Advanced delivery > Phishing simulation > Add or Edit \
         (https://security.microsoft.com/advanceddelivery): Domain {domain}, Sending IP {ip}. Both \
         are needed: a message must match one domain and one IP of the list."
    );
    if values.path == Path::BehindGateway {
        text.push_str(
            " It matches only when Microsoft 365 sees this IP; never enter the gateway's own IP here.",
        );
    }
    if matches!(values.source_ip, Some(IpAddr::V6(_))) {
        text.push_str(" The portal takes IPv4 only: enter this IPv6 address by PowerShell.");
    }
    fixes.push(portal(text));
    fixes.push(powershell(format!(
        "New-PhishSimOverridePolicy -Name PhishSimOverridePolicy\n\
         New-ExoPhishSimOverrideRule -Policy PhishSimOverridePolicy -Domains {domain} -SenderIpRanges {ip}\n\
         # if a rule exists already:\n\
         Get-ExoPhishSimOverrideRule | Set-ExoPhishSimOverrideRule -AddDomains {domain} -AddSenderIpRanges {ip}"
    )));
    fixes
}

/// What must be in place for a match at all.
fn before(case: &Case<'_>, values: &Values) -> Vec<Fix> {
    if values.path != Path::BehindGateway {
        return Vec::new();
    }
    match gateway_in_front(case).map(|gateway| gateway.position) {
        Some(Position::InAndOut) => super::direct_delivery(case),
        _ => super::enhanced_filtering(case),
    }
}

/// Lists a link's domain as a simulation URL: only for links in Teams messages or Office files.
/// `host` goes through the same check as any other domain.
pub fn advanced_delivery_url(host: &str) -> Vec<Fix> {
    let host = super::domain(host).unwrap_or_else(|| "<link-domain>".to_owned());
    vec![
        portal(format!(
            "Defender portal > Advanced delivery > Phishing simulation > Edit > Simulation URLs to \
             allow: *.{host}/*. Needed only for links in Teams messages or Office files."
        )),
        powershell(format!(
            "New-TenantAllowBlockListItems -Allow -ListType Url -ListSubType AdvancedDelivery -Entries \"*.{host}\" -NoExpiration"
        )),
    ]
}
