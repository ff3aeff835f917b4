//! FIX-AD: Advanced Delivery, the recommended fix (`causes.md` §4).

use super::{Values, portal, powershell};
use crate::case::Case;
use crate::finding::Fix;
use crate::message::Position;
use crate::rules::source::{Path, gateway_in_front};
use crate::tenant::domain;
use crate::tenant::settings::entries;
use std::net::IpAddr;

/// Lists the MAIL FROM domain and the sending IP of this message as a phishing simulation.
///
/// Behind a gateway the IP is the platform's and Enhanced Filtering comes first; with in-and-out
/// routing neither works, and the platform's mail must be kept out of the loop.
pub fn advanced_delivery(case: &Case<'_>) -> Vec<Fix> {
    if super::is_unseen(case) {
        return Vec::new();
    }
    let values = Values::of(case);
    let own = values.mail_from_domain();
    let domain = own.clone().unwrap_or_else(|| values.campaigns_mail_from());
    let ip = values.ip();
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
    if values.path == Path::Unknown && values.compared_ip.is_some() {
        text.push_str(
            " The address that connected is not known to be the platform's own, and may be one that \
             others send from: enter the address that the platform names.",
        );
    }
    if matches!(values.source_ip, Some(IpAddr::V6(_))) {
        text.push_str(" The portal takes IPv4 only: enter this IPv6 address by PowerShell.");
    }
    if own.is_some() && own == values.recipients_domain() {
        text.push_str(
            " Better let the platform use a MAIL FROM domain of its own first, the visible From may \
             stay: this one is the recipient's own, and an entry for it covers whatever that IP sends in \
             its name.",
        );
    }
    let there = Listed::of(case, &values);
    if there == Listed::Both {
        text.push_str(
            " The exported rule lists both already: it counts for what is sent after they were entered.",
        );
    }
    fixes.push(portal(text));
    fixes.extend(there.command(&domain, &ip).map(powershell));
    fixes
}

/// What the exported configuration has of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// It was not exported.
    Unknown,
    /// There is no policy, and so no rule.
    NoPolicy,
    /// There is no rule in force.
    NoRule,
    /// A rule is in force, with neither the domain nor the IP.
    Neither,
    /// A rule that lists the domain.
    Domain,
    /// A rule that lists the IP.
    Ip,
    /// A rule that lists both.
    Both,
}

impl Listed {
    fn of(case: &Case<'_>, values: &Values<'_>) -> Self {
        let tenant = case.tenant;
        let Some(rules) = tenant.and_then(|tenant| tenant.phish_sim_rules.as_ref()) else {
            return Listed::Unknown;
        };
        let Some(rule) = rules.iter().find(|rule| rule.is_enforced()) else {
            let policies = tenant.and_then(|tenant| tenant.phish_sim_policies.as_ref());
            let none = policies.map_or(rules.is_empty(), Vec::is_empty);
            return if none { Listed::NoPolicy } else { Listed::NoRule };
        };
        let own = values.mail_from_domain();
        let domain = own
            .is_some_and(|own| entries(&rule.domains).iter().any(|one| domain::is_same(one, &own)));
        let ips = rule.sender_ip_ranges.as_ref();
        let ip =
            values.source_ip.is_some_and(|ip| ips.is_some_and(|ips| ips.covering(ip).is_some()));
        match (domain, ip) {
            (true, true) => Listed::Both,
            (true, false) => Listed::Domain,
            (false, true) => Listed::Ip,
            (false, false) => Listed::Neither,
        }
    }

    /// The commands that enter what is missing.
    fn command(self, domain: &str, ip: &str) -> Option<String> {
        let policy = "New-PhishSimOverridePolicy -Name PhishSimOverridePolicy\n";
        let rule = format!(
            "New-ExoPhishSimOverrideRule -Policy PhishSimOverridePolicy -Domains {domain} -SenderIpRanges {ip}"
        );
        let add = "Get-ExoPhishSimOverrideRule | Set-ExoPhishSimOverrideRule";
        Some(match self {
            Listed::Unknown => format!(
                "{policy}{rule}\n\
                 # if a rule exists already:\n\
                 {add} -AddDomains {domain} -AddSenderIpRanges {ip}"
            ),
            Listed::NoPolicy => format!("{policy}{rule}"),
            Listed::NoRule => rule,
            Listed::Neither => format!("{add} -AddDomains {domain} -AddSenderIpRanges {ip}"),
            Listed::Domain => format!("{add} -AddSenderIpRanges {ip}"),
            Listed::Ip => format!("{add} -AddDomains {domain}"),
            Listed::Both => return None,
        })
    }
}

/// What must be in place for a match at all.
fn before(case: &Case<'_>, values: &Values<'_>) -> Vec<Fix> {
    if values.path != Path::BehindGateway {
        return Vec::new();
    }
    match gateway_in_front(case).map(|gateway| gateway.position) {
        Some(Position::InAndOut) => super::out_of_the_loop(case),
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
