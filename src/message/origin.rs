//! What kind of copy a message is: other rules hold for each (`headers.md` §0, §1.2, §4.4, §4.6).

use super::headers::{Header, Headers};
use super::names::{ORGANIZATION, begins};
use super::received::ends_with;
use super::{Hop, Message, Origin};
use crate::fact::{Evidence, Fact, Place};

/// Tenant id that stands for consumer Outlook.com.
const CONSUMER_TENANT: &str = "84df9e7f-e9f6-40af-b435-aaaaaaaaaaaa";

/// Headers that only consumer mailboxes carry.
const CONSUMER: [&str; 7] = [
    "X-Message-Delivery",
    "X-SID-PRA",
    "X-SID-Result",
    "X-Sender-IP",
    "X-IncomingTopHeaderMarker",
    "X-MS-UserLastLogonTime",
    "X-MS-Exchange-EOPDirect",
];

/// Endings of `X-MS-Exchange-Organization-` names that are stripped before delivery: only quarantine
/// and submission exports show them.
const EXPORT_ONLY: [&str; 18] = [
    "CompAuthRes",
    "CompAuthReason",
    "Auth-DmarcStatus",
    "ConnectingIP",
    "ConnectingEHLO",
    "PtrDomains",
    "AS-LastExternalIp",
    "OriginalClientIPAddress",
    "OriginalServerIPAddress",
    "MxPointsToUs",
    "OrgEopForest",
    "TargetResourceForest",
    "TenantServiceProvider",
    "FFO-ServiceTag",
    "ExternalRoutingTopologyAnalysis",
    "HygienePolicy",
    "PhishSim-Rules-Execution-History",
    "VerifiedDkimDomainsList",
];

/// Tells the kind of copy, and by which header.
pub(super) fn tell(message: &Message) -> Fact<Origin> {
    let headers = &message.headers;
    let at = |origin, header| Fact { value: origin, evidence: headers.cite(header) };
    // Senders can type these, too; no consumer mailbox has a report of the filter (§0).
    if (message.believed.is_none() || message.misplaced)
        && let Some(header) = consumer(headers)
    {
        return at(Origin::Consumer, header);
    }
    if let Some(header) = headers.told(|traits| traits.export_only).next() {
        return at(Origin::QuarantineExport, header);
    }
    if let Some(believed) = message.believed {
        let evidence = message.reports[believed].evidence.clone();
        return Fact { value: Origin::Business, evidence };
    }
    if let Some(edge) = message.edge {
        // An edge hop without a report: the copy lost headers on the way to us.
        let value =
            if message.mailbox_delivery.is_empty() { Origin::Pruned } else { Origin::Business };
        return Fact { value, evidence: message.hops[edge].evidence(headers) };
    }
    if let Some(hop) = injected(&message.hops) {
        return Fact { value: Origin::Injected, evidence: hop.evidence(headers) };
    }
    if let Some(header) = headers.iter().find(|header| is_exchange(header.name)) {
        let value = if message.hops.is_empty() { Origin::Injected } else { Origin::Pruned };
        return at(value, header);
    }
    match message.hops.first() {
        Some(hop) => Fact { value: Origin::NotMicrosoft, evidence: hop.evidence(headers) },
        None => {
            let (source, whole) = (&message.source, Place::Whole);
            let evidence = Evidence::new(source, whole, "headers", "no Received header");
            Fact { value: Origin::Pruned, evidence: evidence.into() }
        }
    }
}

fn consumer(headers: &Headers) -> Option<Header<'_>> {
    let is_consumer = |header: &Header<'_>| {
        let id = header.value.get(..CONSUMER_TENANT.len());
        id.is_some_and(|id| id.eq_ignore_ascii_case(CONSUMER_TENANT))
    };
    let attributed = || headers.all("X-EOPTenantAttributedMessage").find(is_consumer);
    CONSUMER.iter().find_map(|name| headers.get(name)).or_else(attributed)
}

/// Whether a header of that name is stripped before delivery.
pub(super) fn is_export_only(name: &str) -> bool {
    let prefix = ORGANIZATION[0];
    begins(name, prefix)
        && EXPORT_ONLY.iter().any(|ending| name[prefix.len()..].eq_ignore_ascii_case(ending))
}

fn is_exchange(name: &str) -> bool {
    begins(name, "X-MS-Exchange-")
}

/// A message written into a mailbox over Graph or EWS: Microsoft hops only, and no SMTP peer.
fn injected(hops: &[Hop]) -> Option<&Hop> {
    let inside = |hop: &Hop| {
        hop.by_microsoft() && hop.from().is_none_or(|from| ends_with(from, ".prod.outlook.com"))
    };
    hops.first().filter(|_| hops.len() <= 2 && hops.iter().all(inside))
}
