//! FIX-AD: Advanced Delivery, the recommended fix (`causes.md` §4).

use super::{Values, portal, powershell};
use crate::case::Case;
use crate::finding::Fix;
use crate::rules::source::Path;
use std::net::IpAddr;

/// Lists the MAIL FROM domain and the sending IP of this message as a phishing simulation.
///
/// Behind a gateway the IP is the platform's, and Enhanced Filtering must be on first: see
/// [`super::enhanced_filtering`].
pub fn advanced_delivery(case: &Case<'_>) -> Vec<Fix> {
    let values = Values::of(case);
    let (domain, ip) = (values.mail_from(), values.ip());
    let mut text = format!(
        "Defender portal > Email & collaboration > Policies & rules > Threat policies > Rules > \
         Advanced delivery > Phishing simulation > Add or Edit \
         (https://security.microsoft.com/advanceddelivery): Domain {domain}, Sending IP {ip}. Both \
         are needed: a message must match one domain and one IP of the list."
    );
    if values.path == Path::BehindGateway {
        text.push_str(
            " It matches only when Microsoft 365 sees this IP: turn on Enhanced Filtering for the \
             gateway's connector, and never enter the gateway's own IP here.",
        );
    }
    if matches!(values.source_ip, Some(IpAddr::V6(_))) {
        text.push_str(" The portal takes IPv4 only: enter this IPv6 address by PowerShell.");
    }
    vec![
        portal(text),
        powershell(format!(
            "New-PhishSimOverridePolicy -Name PhishSimOverridePolicy\n\
             New-ExoPhishSimOverrideRule -Policy PhishSimOverridePolicy -Domains {domain} -SenderIpRanges {ip}\n\
             # if a rule exists already:\n\
             Get-ExoPhishSimOverrideRule | Set-ExoPhishSimOverrideRule -AddDomains {domain} -AddSenderIpRanges {ip}"
        )),
    ]
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
