//! Which address really sent the message, and whether the filter could see it.
//!
//! Every allow mechanism compares an address; behind a gateway the one it compares is the
//! gateway's (`headers.md` §6). Fix recipes and near-miss rules must not confuse the two.

use crate::case::Case;
use crate::fact::{Citation, Fact};
use crate::message::antispam_report::NO_CLIENT;
use crate::message::values::AuthResult;
use crate::message::{Authentication, Gateway, Hop, HopRole, Message, Position, is_gateway_host};
use crate::rules::reading;
use crate::tenant::domain::{self, is_one_or_below, is_same, is_same_or_subdomain, split_address};
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

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
    pub evidence: Option<Citation>,
}

/// The gateway that stood in front of (or between two passes through) the recipient's Microsoft 365.
pub fn gateway_in_front<'a>(case: &Case<'a>) -> Option<&'a Gateway> {
    case.message?
        .gateways
        .iter()
        .find(|gateway| matches!(gateway.position, Position::Recipient | Position::InAndOut))
}

/// Whether only the peer's own word in HELO names a gateway's product, and reverse DNS does not.
pub(super) fn is_gateway_by_helo_alone(case: &Case<'_>) -> bool {
    let named =
        |name: &Option<Fact<Box<str>>>| name.as_ref().map(|fact| is_gateway_host(&fact.value));
    named(&case.verdict.helo) == Some(true) && named(&case.verdict.ptr) == Some(false)
}

/// An address, and what states it where a single value does.
type Stated = (IpAddr, Option<Citation>);

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
        None => match connecting {
            Some(fact) if is_of_a_row(case, fact.value) => {
                (Path::Direct, Some((fact.value, Some(fact.evidence.clone()))))
            }
            _ => (Path::Unknown, None),
        },
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
    let checked = message
        .results()
        .and_then(|results| Some((results.sender_ip?, Some(results.evidence.clone()))));
    if let Some(checked) = &checked
        && restored_ip(message).is_some_and(|restored| restored != checked.0)
    {
        // The header is not Microsoft's, or the results are of another pass.
        return (Path::Unknown, None);
    }
    if let Some(stated) = restored(message, connecting, checked.as_ref()) {
        if !is_everybodys(case, Some(message), stated.0) {
            return (Path::SkipListed, Some(stated));
        }
        // Behind the gateway stood Microsoft 365 itself: a loop, or a sender who is a tenant, too.
        if gateway_in_front(case).is_none_or(|gateway| gateway.position != Position::InAndOut) {
            return (Path::Unknown, None);
        }
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
    let connected = || {
        let evidence = case.verdict.connecting_ip.as_ref().map(|fact| fact.evidence.clone());
        Some((connecting?, evidence))
    };
    let Some(stated) = checked.or_else(connected) else { return (Path::Unknown, None) };
    // one that may be the recipient's own gateway's is not to be allowed
    if is_perhaps_a_gateways(message) || is_no_senders(case, Some(message), stated.0) {
        return (Path::Unknown, None);
    }
    let unauthorised = is_unauthorised(message) && !is_campaigns(case, connecting);
    let detour = unauthorised && comes_by_a_detour(case, message);
    if (detour || unauthorised && is_perhaps_filtered(message))
        && let Some(relay) = foreign_relay(message)
    {
        let is_its =
            |hop: &Hop| hop.by().and_then(organizational).is_some_and(|by| is_same(by, relay));
        return match behind(message, connecting, is_its).filter(|_| detour) {
            Some(hidden) => (Path::BehindGateway, Some(hidden)),
            None => (Path::Unknown, None),
        };
    }
    (Path::Direct, Some(stated))
}

/// Whether an address that rows alone tell may be the sender's: one that a sender can have, that is not a
/// gateway's, and that nobody else has as well.
fn is_of_a_row(case: &Case<'_>, ip: IpAddr) -> bool {
    is_public(ip) && !campaigns_gateway(case, Some(ip)) && !is_no_senders(case, None, ip)
}

/// The address that Enhanced Filtering restored (`headers.md` §6.3): CIP stays the gateway's, and a header
/// or the filter's own results have the source.
fn restored(
    message: &Message,
    connecting: Option<IpAddr>,
    checked: Option<&Stated>,
) -> Option<Stated> {
    if let Some(ip) = restored_ip(message) {
        let skipped = message.enhanced_filtering.original_sender.as_ref();
        return Some((ip, skipped.map(|skipped| skipped.evidence.clone())));
    }
    let connecting = connecting?;
    checked.filter(|checked| checked.0 != connecting).cloned()
}

/// The address that the header of Enhanced Filtering names.
fn restored_ip(message: &Message) -> Option<IpAddr> {
    message.enhanced_filtering.original_sender.as_ref()?.value.ip
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
    (!sends(connecting?)).then_some((hop.ip()?, Some(hop.evidence(&message.headers))))
}

/// Whether the campaign names the connecting address as its gateway's.
pub(super) fn campaigns_gateway(case: &Case<'_>, connecting: Option<IpAddr>) -> bool {
    let profile = case.campaign.and_then(|campaign| campaign.gateway.as_ref());
    profile.zip(connecting).is_some_and(|(gateway, ip)| gateway.addresses.covering(ip).is_some())
}

/// Whether the campaign sends from the connecting address.
fn is_campaigns(case: &Case<'_>, connecting: Option<IpAddr>) -> bool {
    let own = case.campaign.map(|campaign| &campaign.sending_ips);
    own.zip(connecting).is_some_and(|(own, ip)| own.covering(ip).is_some())
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
    unplaced.any(|gateway| gateway.evidence.iter().any(|one| one.place() == edge.place()))
}

/// Whether an address is not the sender's own: everybody's, or, where the edge is not shown, that of a
/// gateway of which nothing tells whose it is.
fn is_no_senders(case: &Case<'_>, message: Option<&Message>, ip: IpAddr) -> bool {
    is_everybodys(case, message, ip)
        || message.is_none_or(|message| message.edge.is_none())
            && stamped_names(case).any(is_gateway_host)
}

/// Whether Microsoft 365 itself, or Google, handed the message over for one of its customers: the address is
/// that of all of them.
fn is_everybodys(case: &Case<'_>, message: Option<&Message>, ip: IpAddr) -> bool {
    let edge = message.and_then(|message| message.hops.get(message.edge?));
    is_microsofts(ip)
        || edge.is_some_and(is_from_shared_pool)
        || stamped_names(case).any(is_of_shared_pool)
}

/// HELO and reverse DNS of the peer, as the filter stamped them.
fn stamped_names<'a>(case: &'a Case<'_>) -> impl Iterator<Item = &'a str> {
    [&case.verdict.helo, &case.verdict.ptr].into_iter().flatten().map(|fact| &*fact.value)
}

fn is_from_shared_pool(hop: &Hop) -> bool {
    hop.from().is_some_and(is_of_shared_pool)
}

const POOLS: [&str; 4] = [
    "outbound.protection.outlook.com",
    "outbound.protection.office365.us",
    "outbound.protection.partner.outlook.cn",
    "google.com",
];

fn is_of_shared_pool(name: &str) -> bool {
    is_one_or_below(name, &POOLS)
}

/// Whether Microsoft 365 sends mail from an address, or uses it inside (`headers.md` §5.2, §6.1).
fn is_microsofts(ip: IpAddr) -> bool {
    const SENDING: [(Ipv4Addr, u32); 4] = [
        (Ipv4Addr::new(40, 92, 0, 0), 15),
        (Ipv4Addr::new(40, 107, 0, 0), 16),
        (Ipv4Addr::new(52, 100, 0, 0), 14),
        (Ipv4Addr::new(104, 47, 0, 0), 17),
    ];
    match ip {
        IpAddr::V4(ip) => SENDING
            .iter()
            .any(|(network, bits)| (ip.to_bits() ^ network.to_bits()) >> (32 - bits) == 0),
        IpAddr::V6(ip) => matches!(
            ip.segments(),
            [0x2603, 0x1000..=0x10ff, ..] | [0x2a01, 0x0111, 0xf400..=0xf403, ..]
        ),
    }
}

/// Whether SPF was asked and does not let the host that connected send this mail.
fn is_unauthorised(message: &Message) -> bool {
    let spf = message.results().and_then(|results| results.spf.as_ref());
    spf.is_some_and(|spf| *spf != AuthResult::Pass)
}

/// The organisation whose host connected, where it is not the one that the message names as its sender.
fn foreign_relay(message: &Message) -> Option<&str> {
    let results = message.results()?;
    let relay = organizational(message.hops.get(message.edge?)?.from()?)?;
    let is_its = |name: &str| organizational(name).is_some_and(|it| is_same(it, relay));
    let sender = results.mail_from.as_deref().map(|it| domain::of_address(it).unwrap_or(it));
    let own = [sender, results.header_from.as_deref()].into_iter().flatten().any(is_its);
    (!own).then_some(relay)
}

/// Whether mail for the recipient comes to Microsoft 365 through another system (`headers.md` §3.1).
fn comes_by_a_detour(case: &Case<'_>, message: &Message) -> bool {
    let reason = message.results().and_then(|results| results.compauth_reason.as_deref());
    reason == Some("405") || reading::mx_elsewhere(case).is_some()
}

/// Whether something between the sender and the edge left the marks of a gateway (`headers.md` §6.2): its
/// headers, a body that its signer did not write, or a hop that took the message from Microsoft 365.
fn is_perhaps_filtered(message: &Message) -> bool {
    let changed = |results: &Authentication| {
        results.dkim.iter().any(|dkim| {
            dkim.result == AuthResult::Fail
                && dkim.detail.as_deref() == Some("body hash did not verify")
        })
    };
    let below = message.edge.and_then(|edge| message.hops.get(edge + 1));
    message.gateways.iter().any(|gateway| gateway.position == Position::Unplaced)
        || below.is_some_and(is_from_shared_pool)
        || message.results().is_some_and(changed)
}

/// The registrable domain of a host, as it is spelled.
fn organizational(name: &str) -> Option<&str> {
    psl::domain_str(name.strip_suffix('.').unwrap_or(name))
}

/// The peer that the lowest of the gateway's own hops accepted the message from: the gateway's word, and
/// therefore better than anything below it.
fn behind(
    message: &Message,
    connecting: Option<IpAddr>,
    is_gateways: impl Fn(&Hop) -> bool,
) -> Option<Stated> {
    let below = message.hops.get(message.edge? + 1..)?;
    let (ip, hop) = below
        .iter()
        .take_while(|hop| is_gateways(hop))
        .filter_map(|hop| Some((hop.ip()?, hop)))
        .filter(|(ip, _)| is_public(*ip) && Some(*ip) != connecting)
        .last()?;
    let everybodys = is_from_shared_pool(hop) || is_microsofts(ip);
    (!everybodys).then(|| (ip, Some(hop.evidence(&message.headers))))
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
mod tests;
