//! Security gateways: their headers and hosts, and whose gateway it was (`headers.md` §8.1).
//!
//! A header alone never tells whose gateway it was: the sender's leaves the same marks. Its place in the
//! path does, and what the recipient's organisation says of the address that connected. Look-alikes are left out on purpose: `X-MC-Relay` is MailChannels and
//! `X-MC-User` a bulk mailer, `X-CSA-Complaints` is not Cisco, `x-tmn` is an Outlook client.

use super::headers::Headers;
use super::identity::addresses;
use super::names::begins;
use super::received::ends_with;
use super::sourced::SourcedHeaders;
use super::values::{AuthResult, Direction};
use super::{
    AntispamReport, Authentication, EnhancedFiltering, Gateway, Hop, HopRole, Position, Standing,
    misplaced,
};
use crate::fact::Citation;
use crate::tenant::domain;
use std::sync::{Arc, LazyLock};

/// What one vendor's product leaves in a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marks {
    vendor: &'static str,
    /// Lower-case beginnings of header names.
    headers: &'static [&'static str],
    /// Suffixes of host names, with the leading dot.
    hosts: &'static [&'static str],
}

static VENDORS: &[Marks] = &[
    Marks {
        vendor: "Mimecast",
        headers: &["x-mimecast-", "x-mc-unique"],
        hosts: &[".mimecast.com", ".mimecast.co.za"],
    },
    Marks {
        vendor: "Proofpoint",
        headers: &["x-proofpoint-"],
        hosts: &[".pphosted.com", ".ppe-hosted.com"],
    },
    Marks {
        vendor: "Barracuda",
        headers: &["x-barracuda-", "x-asg-", "x-bess-"],
        hosts: &[".ess.barracudanetworks.com", ".ess.barracuda.com"],
    },
    Marks {
        vendor: "Cisco Secure Email",
        headers: &[
            "x-ironport-",
            "ironport-sdr",
            "ironport-phdr",
            "ironport-data",
            "ironport-hdrordr",
            "x-ipas-result",
            "x-amp-",
            "x-sbrs",
        ],
        hosts: &[".iphmx.com"],
    },
    Marks {
        vendor: "Sophos Email",
        headers: &["x-sophos-", "x-lased-", "x-sea-"],
        hosts: &[".hydra.sophos.com"],
    },
    Marks {
        vendor: "Trend Micro",
        headers: &["x-tm-as-", "x-tmase-", "x-tm-id", "x-imss-"],
        hosts: &[".trendmicro.com", ".trendmicro.eu"],
    },
    Marks {
        vendor: "Symantec Email Security.cloud",
        headers: &[
            "x-msg-ref",
            "x-starscan-",
            "x-viruschecked",
            "x-symc-ess-",
            "x-brightmail-tracker",
        ],
        hosts: &[".messagelabs.com"],
    },
    Marks {
        vendor: "Hornetsecurity",
        headers: &["x-cloud-security-", "x-antispameurope-"],
        hosts: &[".antispameurope.com", ".hornetsecurity.com"],
    },
    Marks {
        vendor: "Check Point Harmony",
        headers: &["x-cloud-sec-av-"],
        hosts: &[".cloud-sec-av.com"],
    },
    Marks {
        vendor: "Trellix Email Security",
        headers: &["x-fireeye", "x-fe-etp-"],
        hosts: &[".fireeyecloud.com"],
    },
    Marks {
        vendor: "Fortinet FortiMail",
        headers: &["x-feas-", "x-fe-policy-id", "x-fe-last-public-client-ip"],
        hosts: &[],
    },
    Marks { vendor: "Vade", headers: &["x-vade-", "x-vr-spam"], hosts: &[".vadesecure.com"] },
    Marks { vendor: "Cloudmark", headers: &["x-cmae-", "x-cnfs-"], hosts: &[] },
    Marks { vendor: "Kaspersky", headers: &["x-kse-", "x-klms-"], hosts: &[] },
    Marks {
        vendor: "N-able Mail Assure",
        headers: &["x-spamexperts-"],
        hosts: &[".antispamcloud.com"],
    },
    Marks { vendor: "SEPPmail", headers: &["x-sepp-", "x-sm-"], hosts: &[".seppmail.cloud"] },
    Marks { vendor: "Clearswift", headers: &["x-seg-", "x-msw-jemd-"], hosts: &[] },
    Marks { vendor: "Mailprotector", headers: &["x-mailprotector-"], hosts: &[] },
    Marks { vendor: "Agari", headers: &["x-agari-"], hosts: &[] },
];

/// The vendor whose host this is.
pub(super) fn vendor_of_host(host: &str) -> Option<&'static str> {
    // Next to no host ends like one of them.
    domain::may_end_like(host, &ENDS).then_some(())?;
    VENDORS
        .iter()
        .find(|marks| marks.hosts.iter().any(|suffix| ends_with(host, suffix)))
        .map(|marks| marks.vendor)
}

/// Whether a gateway product runs on hosts of that name.
pub(crate) fn is_gateway_host(host: &str) -> bool {
    vendor_of_host(host).is_some()
}

/// The last bytes of every vendor's hosts.
static ENDS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    VENDORS.iter().flat_map(|marks| marks.hosts).filter_map(|host| domain::end(host)).collect()
});

/// The vendor that leaves headers of that name.
pub(super) fn vendor_of_header(name: &str) -> Option<&'static Marks> {
    VENDORS.iter().find(|marks| marks.headers.iter().any(|prefix| begins(name, prefix)))
}

/// What the recipient's organisation, and whoever filtered before it, stamped on the message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamps<'a> {
    /// How many inbound reports the recipient's organisation wrote.
    pub(super) passes: usize,
    pub(super) reports: &'a [AntispamReport],
    pub(super) authentication: &'a [Authentication],
    pub(super) enhanced_filtering: &'a EnhancedFiltering,
}

/// Marks the gateway hops, and tells which gateways there were and whose.
pub(super) fn find(
    headers: &Arc<SourcedHeaders>,
    hops: &mut [Hop],
    edge: Option<usize>,
    stamps: Stamps<'_>,
) -> Vec<Gateway> {
    let mut gateways: Vec<Gateway> = Vec::new();
    let mut handed = None;
    for i in 0..hops.len() {
        let hop = &hops[i];
        let by = hop.by().filter(|_| !hop.by_microsoft()).and_then(vendor_of_host);
        let peer = hop.from().and_then(vendor_of_host);
        let peer = peer.or_else(|| hop.from_ptr().and_then(vendor_of_host));
        let Some(vendor) = by.or(peer) else { continue };
        let position = match (edge, handed) {
            (Some(edge), _) if edge == i && peer.is_some() => {
                let position = whose(vendor, headers, hops, edge, stamps);
                handed = Some((vendor, position));
                position
            }
            // The lower hops of the gateway that handed it over are that same gateway's.
            (Some(edge), Some((same, position))) if i > edge && same == vendor => position,
            (Some(edge), _) if i > edge => Position::Sender,
            _ => Position::Unplaced,
        };
        let evidence = hop.evidence(headers);
        // What stands in a loop took the message from Microsoft 365: its peer is not the sender.
        let looped = position == Position::InAndOut;
        if by.is_some() && !looped && hops[i].role == HopRole::Sender {
            hops[i].role = HopRole::Gateway;
        }
        add(&mut gateways, vendor, position, evidence);
    }
    for header in headers.told(|traits| traits.gateway.is_some()) {
        if let Some(marks) = header.traits.gateway {
            add(&mut gateways, marks.vendor, Position::Unplaced, headers.cite(header));
        }
    }
    gateways
}

/// Whose the gateway is that handed the message to the hop at `edge` (`headers.md` §6.2).
fn whose(
    vendor: &str,
    headers: &Headers,
    hops: &[Hop],
    edge: usize,
    stamps: Stamps<'_>,
) -> Position {
    let spf = Spf::of(headers, &hops[edge], stamps);
    // Only the recipient's own organisation leaves an earlier report that is still trusted.
    if stamps.passes > 1 && hops[edge + 1..].iter().any(Hop::by_edge) {
        return if spf == Spf::Senders { Position::Unplaced } else { Position::InAndOut };
    }
    if between_two_edges(vendor, &hops[edge + 1..]) {
        return match (spf, first_pass(stamps.reports)) {
            (Spf::Senders, Some(Direction::Outbound) | None) => Position::Sender,
            (Spf::Silent, Some(Direction::Inbound)) if !forwarded(headers) => Position::InAndOut,
            _ => Position::Unplaced,
        };
    }
    let mx_points_to_us = misplaced::organization_header("MxPointsToUs", headers, hops, Some(edge))
        .map(|header| header.value.trim().eq_ignore_ascii_case("true"));
    let senders = spf == Spf::Senders || mx_points_to_us == Some(true);
    let recipients = mx_points_to_us == Some(false) || is_expected(&hops[edge], stamps);
    match (senders, recipients) {
        (true, false) => Position::Sender,
        (true, true) => Position::Unplaced,
        (false, false) if spf == Spf::Doubtful => Position::Unplaced,
        (false, _) => Position::Recipient,
    }
}

/// What SPF says of the address that connected. The gateway of the recipient is in nobody's record but
/// the recipient's, so it makes SPF fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spf {
    /// The domain of the visible From authorises it.
    Senders,
    /// Some domain authorises it that need not be the sender's: another one than that of the visible
    /// From, as after forwarding, or one that the message is also addressed to.
    Doubtful,
    /// Nothing: no pass, or that of another address, as Enhanced Filtering makes it.
    Silent,
}

impl Spf {
    fn of(headers: &Headers, edge: &Hop, stamps: Stamps<'_>) -> Spf {
        Self::judged(headers, edge, stamps).unwrap_or(Spf::Silent)
    }

    fn judged(headers: &Headers, edge: &Hop, stamps: Stamps<'_>) -> Option<Spf> {
        let results = stamps.authentication.iter().find(|results| results.by_recipient)?;
        let connected = results.sender_ip.is_some() && results.sender_ip == edge.ip();
        if results.spf != Some(AuthResult::Pass) || !connected {
            return None;
        }
        let mail_from = organizational(results.mail_from.as_deref()?)?;
        let is_aligned = |name: &str| organizational(name).is_some_and(|it| it == mail_from);
        let holds = |field: &str| {
            headers.all(field).any(|to| addresses(to.value).iter().any(|to| is_aligned(to)))
        };
        let is_from = match results.header_from.as_deref() {
            Some(from) => is_aligned(from),
            None => holds("From"),
        };
        let to_itself = holds("To") || edge.envelope_to().is_some_and(is_aligned);
        match (is_from, to_itself) {
            (true, false) => Some(Spf::Senders),
            (true, true) | (false, false) => Some(Spf::Doubtful),
            // The recipient's gateway wrote an envelope of its own.
            (false, true) => None,
        }
    }
}

/// The registrable domain of an address or a domain, lower case.
fn organizational(name: &str) -> Option<String> {
    let name = domain::normal(domain::of_address(name).unwrap_or(name));
    psl::domain_str(&name).map(str::to_owned)
}

/// Whether the recipient's organisation is set up for that gateway: it looked behind it, or knows that
/// its mail comes by a detour (`headers.md` §3.1, §6.3).
fn is_expected(edge: &Hop, stamps: Stamps<'_>) -> bool {
    let EnhancedFiltering { skip_listed, original_sender } = stamps.enhanced_filtering;
    let skipped = [skip_listed, original_sender].into_iter().flatten();
    let mut behind = skipped.filter_map(|sender| sender.value.ip);
    let results = stamps.authentication.iter().find(|results| results.by_recipient);
    behind.any(|ip| Some(ip) != edge.ip())
        || results.is_some_and(|results| {
            matches!(results.compauth_reason.as_deref(), Some("905" | "405"))
        })
}

/// Whether the gateway took the message from Microsoft 365, where it had come in by another edge.
fn between_two_edges(vendor: &str, below: &[Hop]) -> bool {
    const OUTBOUND: &str = ".outbound.protection.outlook.com";
    let sent_out = |hop: &Hop| {
        [hop.from(), hop.from_ptr()].into_iter().flatten().any(|from| ends_with(from, OUTBOUND))
    };
    let is_its = |hop: &Hop| hop.by().and_then(vendor_of_host) == Some(vendor);
    let Some(out) = below.iter().position(|hop| is_its(hop) && sent_out(hop)) else { return false };
    below[out + 1..].iter().take_while(|hop| hop.by_microsoft()).any(Hop::by_edge)
}

/// Which way the message went when Microsoft 365 had it before; `None` where nothing or too much tells.
fn first_pass(reports: &[AntispamReport]) -> Option<&Direction> {
    let mut ways = reports
        .iter()
        .filter(|report| report.standing == Standing::Sender)
        .filter_map(|report| report.direction.as_ref());
    let first = ways.next()?;
    ways.all(|way| way == first).then_some(first)
}

/// Whether a mailbox sent it on: then the two passes are of two organisations.
fn forwarded(headers: &Headers) -> bool {
    const MARKS: [&str; 3] =
        ["X-MS-Exchange-ForwardingLoop", "X-MS-Exchange-Inbox-Rules-Loop", "Resent-From"];
    let mut tenants = headers
        .all("X-EOPTenantAttributedMessage")
        .map(|header| header.value.split(':').next().unwrap_or_default());
    let first = tenants.next();
    MARKS.iter().any(|name| headers.get(name).is_some())
        || tenants.any(|other| first.is_some_and(|first| !first.eq_ignore_ascii_case(other)))
}

/// One gateway a vendor; the surest position wins. Evidence is kept to a handful.
fn add(gateways: &mut Vec<Gateway>, vendor: &'static str, position: Position, evidence: Citation) {
    const KEPT: usize = 6;
    if let Some(known) = gateways.iter_mut().find(|gateway| gateway.vendor == vendor) {
        if rank(position) < rank(known.position) {
            known.position = position;
            known.evidence.insert(0, evidence);
            known.evidence.truncate(KEPT);
        } else if known.evidence.len() < KEPT {
            known.evidence.push(evidence);
        }
    } else {
        gateways.push(Gateway { vendor, position, evidence: vec![evidence] });
    }
}

const fn rank(position: Position) -> u8 {
    match position {
        Position::InAndOut => 0,
        Position::Recipient => 1,
        Position::Sender => 2,
        Position::Unplaced => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vendor(name: &str) -> Option<&'static str> {
        vendor_of_header(name).map(|marks| marks.vendor)
    }

    #[test]
    fn false_friends_are_no_gateways() {
        for name in [
            "X-MC-Relay",
            "X-MC-User",
            "X-CSA-Complaints",
            "x-tmn",
            "X-Feedback-ID",
            "X-MS-Has-Attach",
            "X-MC-Copy",
        ] {
            assert_eq!(vendor(name), None, "{name}");
        }
        assert_eq!(vendor("X-MC-Unique"), Some("Mimecast"));
        assert_eq!(vendor("X-IronPort-AV"), Some("Cisco Secure Email"));
        assert_eq!(vendor("X-FEAS-Client-IP"), Some("Fortinet FortiMail"));
    }

    #[test]
    fn a_host_must_end_in_the_vendors_domain() {
        assert_eq!(vendor_of_host("us-smtp-delivery-124.mimecast.com"), Some("Mimecast"));
        assert_eq!(vendor_of_host("mimecast.com.sim.example"), None);
        assert_eq!(vendor_of_host("notmimecast.com"), None);
    }

    const EDGE: &str = "Received: from mx0a-1.pphosted.com (198.51.100.77) by BL02EPF0001A0C5.mail.protection.outlook.com (10.167.241.193) with Microsoft SMTP Server id 15.20.9228.7; Tue, 14 Oct 2025 09:12:31 +0000";
    const FROM_OUTSIDE: &str = "Received: from mail.phish.example (203.0.113.10) by mx0a-1.pphosted.com (PPS) with ESMTPS id 4c2wq1hx7t-1; Tue, 14 Oct 2025 09:12:29 +0000";
    const FROM_MICROSOFT: &str = "Received: from NAM12-DM6-obe.outbound.protection.outlook.com (mail-dm6nam12lp2168.outbound.protection.outlook.com [104.47.59.168]) by mx0a-1.pphosted.com (PPS) with ESMTPS id 4c2wq1hx7t-1; Tue, 14 Oct 2025 09:12:29 +0000";
    const FIRST_EDGE: &str = "Received: from mail.phish.example (203.0.113.10) by BL02EPF0001A0C9.mail.protection.outlook.com (10.167.241.194) with Microsoft SMTP Server id 15.20.9228.7; Tue, 14 Oct 2025 09:12:27 +0000";
    const FIRST_INB: &str = "X-Forefront-Antispam-Report-Untrusted: CIP:203.0.113.10;CTRY:US;SCL:1;IPV:NLI;SFV:NSPM;H:mail.phish.example;CAT:NONE;DIR:INB;";
    const FIRST_OUT: &str = "X-Forefront-Antispam-Report-Untrusted: CIP:255.255.255.255;CTRY:;SCL:1;IPV:NLI;SFV:NSPM;H:DM6PR05MB1.namprd05.prod.outlook.com;CAT:NONE;DIR:OUT;SFP:1101;";
    const MX_OURS: &str = "X-MS-Exchange-Organization-MxPointsToUs: true";
    const MX_ELSEWHERE: &str = "X-MS-Exchange-Organization-MxPointsToUs: false";
    const TO_ITSELF: &str = "To: <bob@phish.example>";

    /// Where Proofpoint stands in a message with these results and headers, and what its lower hop was
    /// taken for.
    fn placed(spf: &str, headers: &[&str]) -> (Position, HopRole) {
        let own = "X-Forefront-Antispam-Report: CIP:198.51.100.77;CTRY:US;SCL:5;IPV:NLI;SFV:SPM;H:mx0a-1.pphosted.com;CAT:SPM;DIR:INB;";
        let results = format!(
            "Authentication-Results: {spf}; dkim=none header.d=none;dmarc=none action=none header.from=phish.example;compauth=pass reason=100"
        );
        let rest = headers.join("\r\n");
        let text = format!("{results}\r\n{EDGE}\r\n{own}\r\n{rest}\r\n\r\n");
        let message = crate::message::Message::parse(&Arc::from("t.eml"), text.as_bytes());
        assert_eq!(message.gateways.len(), 1, "{text}");
        (message.gateways[0].position, message.hops[1].role)
    }

    const PASS: &str = "spf=pass (sender IP is 198.51.100.77) smtp.mailfrom=bounce.phish.example";
    const FAIL: &str = "spf=softfail (sender IP is 198.51.100.77) smtp.mailfrom=phish.example";
    const BEHIND: &str = "spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=phish.example";
    const FORWARDER: &str = "spf=pass (sender IP is 198.51.100.77) smtp.mailfrom=partner.example";

    #[test]
    fn who_authorises_the_address_that_connected_tells_whose_gateway_it_is() {
        use Position::{Recipient, Sender, Unplaced};
        let skipped = "X-MS-Exchange-ExternalOriginalInternetSender: ip=[203.0.113.10];domain=a";
        let rows: &[(&str, &[&str], Position)] = &[
            (FAIL, &[FROM_OUTSIDE], Recipient),
            (FAIL, &[FROM_MICROSOFT, FIRST_OUT], Recipient),
            (BEHIND, &[FROM_OUTSIDE, skipped], Recipient),
            (BEHIND, &[FROM_OUTSIDE], Recipient),
            (PASS, &[FROM_OUTSIDE], Sender),
            (PASS, &[FROM_MICROSOFT, FIRST_OUT], Sender),
            (FAIL, &[FROM_OUTSIDE, MX_OURS], Sender),
            (FAIL, &[FROM_OUTSIDE, MX_ELSEWHERE], Recipient),
            (PASS, &[FROM_OUTSIDE, MX_ELSEWHERE], Unplaced),
            (PASS, &[FROM_OUTSIDE, skipped], Unplaced),
            (BEHIND, &[FROM_OUTSIDE, skipped, MX_OURS], Unplaced),
            // A domain may authorise the gateway that its mail comes in by.
            (PASS, &[FROM_OUTSIDE, TO_ITSELF], Unplaced),
            (PASS, &[FROM_OUTSIDE, TO_ITSELF, MX_ELSEWHERE], Recipient),
            (FORWARDER, &[FROM_OUTSIDE], Unplaced),
            (FORWARDER, &[FROM_OUTSIDE, "To: ann@partner.example"], Recipient),
        ];
        for (spf, headers, position) in rows {
            assert_eq!(placed(spf, headers).0, *position, "{spf} {headers:#?}");
        }
    }

    #[test]
    fn two_edges_with_the_vendor_between_are_a_loop_unless_they_may_be_of_two_tenants() {
        use Position::{InAndOut, Recipient, Sender, Unplaced};
        let loop_marks = "X-MS-Exchange-ForwardingLoop: bob@partner.example;guid";
        let tenants = "X-EOPTenantAttributedMessage: a:0\r\nX-EOPTenantAttributedMessage: b:0";
        let rows: &[(&str, &[&str], Position)] = &[
            (FAIL, &[FROM_MICROSOFT, FIRST_EDGE, FIRST_INB], InAndOut),
            (FAIL, &[FROM_MICROSOFT, FIRST_EDGE, FIRST_INB, MX_OURS], InAndOut),
            (FAIL, &[FROM_MICROSOFT, FIRST_EDGE], Unplaced),
            (FAIL, &[FROM_MICROSOFT, FIRST_EDGE, FIRST_OUT], Unplaced),
            (FAIL, &[FROM_MICROSOFT, FIRST_EDGE, FIRST_INB, FIRST_OUT], Unplaced),
            (FAIL, &[FROM_MICROSOFT, FIRST_EDGE, FIRST_INB, loop_marks], Unplaced),
            (FAIL, &[FROM_MICROSOFT, FIRST_EDGE, FIRST_INB, tenants], Unplaced),
            (FORWARDER, &[FROM_MICROSOFT, FIRST_EDGE, FIRST_INB], Unplaced),
            (PASS, &[FROM_MICROSOFT, FIRST_EDGE, FIRST_INB], Unplaced),
            (PASS, &[FROM_MICROSOFT, FIRST_EDGE, FIRST_OUT], Sender),
            (FAIL, &[FROM_OUTSIDE, FIRST_EDGE, FIRST_INB], Recipient),
        ];
        for (spf, headers, position) in rows {
            assert_eq!(placed(spf, headers).0, *position, "{spf} {headers:#?}");
        }
    }

    #[test]
    fn the_peer_of_a_gateway_in_a_loop_is_not_taken_for_the_sender() {
        let (_, role) = placed(FAIL, &[FROM_MICROSOFT, FIRST_EDGE, FIRST_INB]);
        assert_eq!(role, HopRole::Sender);
        assert_eq!(placed(FAIL, &[FROM_OUTSIDE]).1, HopRole::Gateway);
    }
}
