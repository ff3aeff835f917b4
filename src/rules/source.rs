//! Which address really sent the message, and whether the filter could see it.
//!
//! Every allow mechanism compares an address; behind a gateway the one it compares is the
//! gateway's (`headers.md` §6). Fix recipes and near-miss rules must not confuse the two.

use crate::case::Case;
use crate::fact::{Evidence, Fact};
use crate::message::antispam_report::NO_CLIENT;
use crate::message::values::AuthResult;
use crate::message::{Gateway, Hop, HopRole, Message, Position};
use crate::tenant::domain::{is_same_or_subdomain, split_address};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

/// How the address of the sender is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// The sender itself connected to Microsoft 365.
    Direct,
    /// A gateway connected, and Enhanced Filtering looked behind it.
    SkipListed,
    /// A gateway connected, and the filter judged the gateway's address.
    BehindGateway,
    /// No SMTP client: the message began inside Microsoft 365.
    Internal,
    /// Nothing tells.
    Unknown,
}

/// The sender's address, as well as it can be known.
#[derive(Debug, Clone)]
pub struct Source {
    /// The true source; `None` where nothing trustworthy names it.
    pub ip: Option<IpAddr>,
    /// The peer that connected to Microsoft 365 (CIP).
    pub connecting_ip: Option<IpAddr>,
    /// How it is known.
    pub path: Path,
    /// What states the true source.
    pub evidence: Option<Arc<Evidence>>,
}

/// The gateway that stood in front of (or between two passes through) the recipient's Microsoft 365.
pub fn gateway_in_front<'a>(case: &Case<'a>) -> Option<&'a Gateway> {
    case.message?
        .gateways
        .iter()
        .find(|gateway| matches!(gateway.position, Position::Recipient | Position::InAndOut))
}

/// An address, and what states it where a single value does.
type Stated = (IpAddr, Option<Arc<Evidence>>);

/// The source of the case's message: the one that was found for all rules, if it was.
pub fn source<'c>(case: &'c Case<'_>) -> Cow<'c, Source> {
    case.source.as_ref().map_or_else(|| Cow::Owned(find(case)), Cow::Borrowed)
}

/// Finds the source of the case's message.
pub fn find(case: &Case<'_>) -> Source {
    let connecting = case.verdict.connecting_ip.as_ref();
    let edge_ip = || edge_ip(case.message?);
    let connecting_ip = connecting.map(|fact| fact.value).or_else(edge_ip);
    let (path, stated) = match case.message {
        _ if connecting.is_some_and(|fact| fact.value == NO_CLIENT) => (Path::Internal, None),
        Some(message) => of_message(case, message, connecting_ip),
        None => connecting.map_or((Path::Unknown, None), |fact| of_rows(case, fact)),
    };
    let (ip, evidence) = stated.unzip();
    Source { ip, connecting_ip, path, evidence: evidence.flatten() }
}

/// How the source of a message is known, and what states it, if its address is known.
fn of_message(
    case: &Case<'_>,
    message: &Message,
    connecting: Option<IpAddr>,
) -> (Path, Option<Stated>) {
    if let Some(skipped) = &message.enhanced_filtering.original_sender
        && let Some(ip) = skipped.value.ip
    {
        return (Path::SkipListed, Some((ip, Some(Arc::clone(&skipped.evidence)))));
    }
    let checked = message
        .results()
        .and_then(|results| Some((results.sender_ip?, Some(Arc::clone(&results.evidence)))));
    if let Some(checked) = &checked
        && connecting.is_some_and(|connecting| connecting != checked.0)
    {
        // headers.md §6.3: under Enhanced Filtering CIP stays the gateway's, A-R has the source.
        return (Path::SkipListed, Some(checked.clone()));
    }
    if let Some(stated) = campaign_source(case, message, connecting) {
        return (Path::BehindGateway, Some(stated));
    }
    if gateway_in_front(case).is_some() || campaigns_gateway(case, connecting) {
        let is_gateway = |hop: &Hop| hop.role == HopRole::Gateway;
        return (Path::BehindGateway, behind(message, connecting, is_gateway));
    }
    if let Some(domain) = own_relay(case, message) {
        let is_own = |hop: &Hop| hop.by().is_some_and(|by| is_same_or_subdomain(by, domain));
        return (Path::BehindGateway, behind(message, connecting, is_own));
    }
    // everybody's address, or one that may be the recipient's own gateway's: none to be allowed
    if message.edge.is_some_and(|edge| is_from_shared_pool(&message.hops[edge]))
        || is_perhaps_a_gateways(message)
    {
        return (Path::Unknown, None);
    }
    if let Some(checked) = checked {
        return (Path::Direct, Some(checked));
    }
    let evidence = case.verdict.connecting_ip.as_ref().map(|fact| Arc::clone(&fact.evidence));
    match connecting {
        Some(ip) => (Path::Direct, Some((ip, evidence))),
        None => (Path::Unknown, None),
    }
}

/// As [`of_message`], of a message of which only rows tell: who connected, and perhaps by which name.
fn of_rows(case: &Case<'_>, connecting: &Fact<IpAddr>) -> (Path, Option<Stated>) {
    let ip = connecting.value;
    let mut names = [&case.verdict.helo, &case.verdict.ptr].into_iter().flatten();
    // an address that no sender has, that everybody has, or behind which the filter may have looked
    if !is_public(ip)
        || is_in_shared_pool(ip)
        || names.any(|name| is_of_shared_pool(&name.value))
        || campaigns_gateway(case, Some(ip))
    {
        return (Path::Unknown, None);
    }
    let evidence = Arc::clone(&connecting.evidence);
    (Path::Direct, Some((ip, Some(evidence))))
}

/// A hop below the edge with an address that the campaign sends from, while another system connected:
/// a gateway, known or not.
fn campaign_source(
    case: &Case<'_>,
    message: &Message,
    connecting: Option<IpAddr>,
) -> Option<Stated> {
    let own = &case.campaign?.sending_ips;
    let sends = |ip: IpAddr| own.covering(ip).is_some();
    let below = message.hops.get(message.edge? + 1..)?;
    let hop = below.iter().find(|hop| hop.ip().is_some_and(sends))?;
    (!sends(connecting?)).then_some((hop.ip()?, Some(hop.evidence(&message.source))))
}

/// Whether the campaign names the connecting address as its gateway's.
pub(super) fn campaigns_gateway(case: &Case<'_>, connecting: Option<IpAddr>) -> bool {
    let profile = case.campaign.and_then(|campaign| campaign.gateway.as_ref());
    profile.zip(connecting).is_some_and(|(gateway, ip)| gateway.addresses.covering(ip).is_some())
}

fn edge_ip(message: &Message) -> Option<IpAddr> {
    message.hops.get(message.edge?)?.ip()
}

/// The recipient's domain, where a host of that domain connected and was not allowed to send this
/// message: a gateway or server of the recipient's own, known by no product.
fn own_relay<'c>(case: &'c Case<'_>, message: &Message) -> Option<&'c str> {
    let (_, domain) = split_address(&case.recipient.as_ref()?.value)?;
    let edge = message.hops.get(message.edge?)?;
    if *message.results()?.spf.as_ref()? == AuthResult::Pass {
        return None;
    }
    let is_own = |name: Option<&str>| name.is_some_and(|name| is_same_or_subdomain(name, domain));
    (is_own(edge.from()) || is_own(edge.from_ptr())).then_some(domain)
}

/// Whether a gateway connected of which nothing tells whose it is.
fn is_perhaps_a_gateways(message: &Message) -> bool {
    let Some(edge) = message.edge.and_then(|edge| message.hops.get(edge)) else { return false };
    let mut unplaced =
        message.gateways.iter().filter(|gateway| gateway.position == Position::Unplaced);
    unplaced.any(|gateway| gateway.evidence.iter().any(|one| one.place == edge.place()))
}

/// Whether Microsoft 365 itself handed the message over for one of its tenants.
fn is_from_shared_pool(hop: &Hop) -> bool {
    hop.from().is_some_and(is_of_shared_pool)
}

fn is_of_shared_pool(name: &str) -> bool {
    is_same_or_subdomain(name, "outbound.protection.outlook.com")
}

/// Whether Microsoft 365 sends mail from that address, for all its customers alike: the ranges that
/// Microsoft publishes for Exchange Online (`headers.md` §6.1). A trace often has no name beside it.
fn is_in_shared_pool(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => match ip.octets() {
            [40, 92 | 93 | 107, ..] | [52, 100..=103, ..] => true,
            [104, 47, third, _] => third < 128,
            _ => false,
        },
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            (a, b) == (0x2a01, 0x111) && matches!(c, 0xf400 | 0xf403)
        }
    }
}

/// The peer that the lowest of the gateway's own hops accepted the message from: the gateway's word, and
/// therefore better than anything below it.
fn behind(
    message: &Message,
    connecting: Option<IpAddr>,
    is_gateways: impl Fn(&Hop) -> bool,
) -> Option<Stated> {
    let below = message.hops.get(message.edge? + 1..)?;
    below
        .iter()
        .take_while(|hop| is_gateways(hop))
        .filter(|hop| !is_from_shared_pool(hop))
        .filter_map(|hop| Some((hop.ip()?, hop)))
        .filter(|(ip, _)| is_public(*ip) && Some(*ip) != connecting)
        .last()
        .map(|(ip, hop)| (ip, Some(hop.evidence(&message.source))))
}

/// Whether an address can be a sender on the internet. Documentation ranges count as public.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || shared)
        }
        IpAddr::V6(ip) => {
            !(ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unique_local()
                || ip.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bare_case, fact};

    /// What is taken for the source of a message that these hops, newest first, handed over.
    fn source_of(hops: &[&str], spf: &str) -> (Option<String>, Path) {
        source_of_domain(hops, spf, "phish.example")
    }

    /// As [`source_of`], with the domain of MAIL FROM.
    fn source_of_domain(hops: &[&str], spf: &str, domain: &str) -> (Option<String>, Path) {
        let connecting =
            if hops[0].contains("198.51.100.20") { "198.51.100.20" } else { "40.107.94.10" };
        let received = hops
            .iter()
            .map(|hop| format!("Received: from {hop}; Tue, 14 Oct 2025 09:12:31 +0000\r\n"));
        let text = format!(
            "Authentication-Results: spf={spf} (sender IP is {connecting}) smtp.mailfrom={domain};compauth=none\r\n{}\
             From: a@phish.example\r\nTo: ann@contoso.example\r\n\
             X-Forefront-Antispam-Report: CIP:{connecting};CTRY:US;H:x;SFV:SPM;CAT:SPM;DIR:INB;\r\n",
            received.collect::<String>()
        );
        let message = Message::parse(&Arc::from("t.eml"), text.as_bytes());
        let case = Case::from_message(&message);
        let found = source(&case);
        (found.ip.map(|ip| ip.to_string()), found.path)
    }

    const EDGE: &str = "BL02EPF0001A0FB.mail.protection.outlook.com (10.167.242.202)";

    #[test]
    fn a_relay_of_the_recipients_own_is_not_taken_for_the_sender() {
        let own = format!("mx1.contoso.example (198.51.100.20) by {EDGE} with SMTP");
        let below = "mail.phish.example (203.0.113.10) by mx1.contoso.example with ESMTP";
        let hidden = (Some("203.0.113.10".to_owned()), Path::BehindGateway);
        assert_eq!(source_of(&[&own, below], "fail"), hidden);
        assert_eq!(source_of(&[&own], "fail"), (None, Path::BehindGateway));
        // one that may send this mail is its sender
        let direct = (Some("198.51.100.20".to_owned()), Path::Direct);
        assert_eq!(source_of(&[&own, below], "pass"), direct);
        let other = format!("mx1.phish.example (198.51.100.20) by {EDGE} with SMTP");
        assert_eq!(source_of(&[&other, below], "fail"), direct);
    }

    #[test]
    fn the_address_of_a_gateway_that_may_be_the_recipients_is_not_advised() {
        let gateway = format!("mx0a-1.pphosted.com (198.51.100.20) by {EDGE} with SMTP");
        let below = "mail.phish.example (203.0.113.10) by mx0a-1.pphosted.com with ESMTP";
        let (ip, path) = source_of(&[&gateway, below], "fail");
        assert_eq!((ip.as_deref(), path), (Some("203.0.113.10"), Path::BehindGateway));
        // SPF passes for it, but for a domain that is not the visible sender's
        let other = source_of_domain(&[&gateway, below], "pass", "other.example");
        assert_eq!(other, (None, Path::Unknown));
    }

    #[test]
    fn the_address_of_microsofts_shared_pool_is_nobodys() {
        let pool = format!(
            "NAM12-DM6-obe.outbound.protection.outlook.com (40.107.94.10) by {EDGE} with SMTP"
        );
        assert_eq!(source_of(&[&pool], "pass"), (None, Path::Unknown));
    }

    #[test]
    fn an_address_of_a_row_is_the_senders_unless_it_is_nobodys_or_a_gateways() {
        let told = |ip: &str, helo: &str, gateway: &str| {
            let toml = format!("[gateway]\naddresses = [\"{gateway}\"]\n");
            let campaign = crate::campaign::reader::parse(&"c.toml".into(), &toml).unwrap();
            let mut case = bare_case();
            case.verdict.connecting_ip = ip.parse().ok().map(fact);
            case.verdict.helo = Some(fact(helo.into()));
            case.campaign = Some(&campaign);
            source(&case).ip.map(|ip| ip.to_string())
        };
        const OTHER: &str = "198.51.100.20";
        let ip = "203.0.113.10";
        assert_eq!(told(ip, "mail.phish.example", OTHER).as_deref(), Some(ip));
        assert_eq!(told(ip, "mail.phish.example", ip), None);
        assert_eq!(told(ip, "DM6-obe.outbound.protection.outlook.com", OTHER), None);
        for ip in ["10.0.0.5", "127.0.0.1", "0.0.0.0", "fe80::1"] {
            assert_eq!(told(ip, "mail.phish.example", OTHER), None, "{ip}");
        }
        // of Microsoft 365's own senders a trace often shows no more than the address
        for ip in ["40.93.1.1", "40.107.94.10", "52.103.0.1", "104.47.59.1", "2a01:111:f403::5"] {
            assert_eq!(told(ip, "", OTHER), None, "{ip}");
        }
        for ip in ["40.94.1.1", "52.104.0.1", "104.47.128.1", "2a01:111:f500::5"] {
            assert_eq!(told(ip, "", OTHER).as_deref(), Some(ip));
        }
    }
}
