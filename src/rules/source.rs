//! Which address really sent the message, and whether the filter could see it.
//!
//! Every allow mechanism compares an address; behind a gateway the one it compares is the
//! gateway's (`headers.md` §6). Fix recipes and near-miss rules must not confuse the two.

use crate::case::Case;
use crate::fact::Evidence;
use crate::message::antispam_report::NO_CLIENT;
use crate::message::{Gateway, HopRole, Message, Position};
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

/// Finds the source of the case's message.
pub fn source(case: &Case<'_>) -> Source {
    let connecting = case.verdict.connecting_ip.as_ref();
    let mut source = Source {
        ip: None,
        connecting_ip: connecting.map(|fact| fact.value),
        path: Path::Unknown,
        evidence: None,
    };
    if source.connecting_ip == Some(NO_CLIENT) {
        source.path = Path::Internal;
        return source;
    }
    let Some(message) = case.message else {
        if let Some(fact) = connecting {
            source.ip = Some(fact.value);
            source.path = Path::Direct;
            source.evidence = Some(Arc::clone(&fact.evidence));
        }
        return source;
    };
    let edge_ip = edge_ip(message);
    source.connecting_ip = source.connecting_ip.or(edge_ip);
    let checked = message.results().and_then(|results| Some((results.sender_ip?, results)));
    if let Some(skipped) = &message.enhanced_filtering.original_sender
        && let Some(ip) = skipped.value.ip
    {
        source.ip = Some(ip);
        source.path = Path::SkipListed;
        source.evidence = Some(Arc::clone(&skipped.evidence));
    } else if let Some((ip, results)) = checked
        && source.connecting_ip.is_some_and(|connecting| connecting != ip)
    {
        // headers.md §6.3: under Enhanced Filtering CIP stays the gateway's, A-R has the source.
        source.ip = Some(ip);
        source.path = Path::SkipListed;
        source.evidence = Some(Arc::clone(&results.evidence));
    } else if let Some((ip, evidence)) = campaign_source(case, message, source.connecting_ip) {
        source.path = Path::BehindGateway;
        source.ip = Some(ip);
        source.evidence = Some(evidence);
    } else if gateway_in_front(case).is_some() || campaigns_gateway(case, source.connecting_ip) {
        source.path = Path::BehindGateway;
        if let Some((ip, evidence)) = behind_gateway(message, source.connecting_ip) {
            source.ip = Some(ip);
            source.evidence = Some(evidence);
        }
    } else if let Some((ip, results)) = checked {
        source.ip = Some(ip);
        source.path = Path::Direct;
        source.evidence = Some(Arc::clone(&results.evidence));
    } else if let Some(ip) = source.connecting_ip {
        source.ip = Some(ip);
        source.path = Path::Direct;
        source.evidence = connecting.map(|fact| Arc::clone(&fact.evidence));
    }
    source
}

/// A hop below the edge with an address that the campaign sends from, while another system connected:
/// a gateway, known or not.
fn campaign_source(
    case: &Case<'_>,
    message: &Message,
    connecting: Option<IpAddr>,
) -> Option<(IpAddr, Arc<Evidence>)> {
    let own = &case.campaign?.sending_ips;
    let sends = |ip: IpAddr| own.covering(ip).is_some();
    let below = message.hops.get(message.edge? + 1..)?;
    let hop = below.iter().find(|hop| hop.ip().is_some_and(sends))?;
    (!sends(connecting?)).then_some((hop.ip()?, hop.evidence(&message.source)))
}

/// Whether the campaign names the connecting address as its gateway's.
pub(super) fn campaigns_gateway(case: &Case<'_>, connecting: Option<IpAddr>) -> bool {
    let profile = case.campaign.and_then(|campaign| campaign.gateway.as_ref());
    profile.zip(connecting).is_some_and(|(gateway, ip)| gateway.addresses.covering(ip).is_some())
}

fn edge_ip(message: &Message) -> Option<IpAddr> {
    message.hops.get(message.edge?)?.ip()
}

/// The peer that the gateway's own lowest hop accepted the message from: the gateway's word, and
/// therefore better than anything below it.
fn behind_gateway(
    message: &Message,
    connecting: Option<IpAddr>,
) -> Option<(IpAddr, Arc<Evidence>)> {
    let below = message.hops.get(message.edge? + 1..)?;
    below
        .iter()
        .take_while(|hop| hop.role == HopRole::Gateway)
        .filter_map(|hop| Some((hop.ip()?, hop)))
        .filter(|(ip, _)| is_public(*ip) && Some(*ip) != connecting)
        .last()
        .map(|(ip, hop)| (ip, hop.evidence(&message.source)))
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
