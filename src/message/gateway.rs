//! Security gateways: their headers and hosts, and whose gateway it was (`headers.md` §8.1).
//!
//! A header alone never tells whose gateway it was: the sender's leaves the same marks. Only its
//! place in the path does. Look-alikes are left out on purpose: `X-MC-Relay` is MailChannels and
//! `X-MC-User` a bulk mailer, `X-CSA-Complaints` is not Cisco, `x-tmn` is an Outlook client.

use super::headers::{Header, Headers};
use super::names::begins;
use super::received::ends_with;
use super::{Gateway, Hop, HopRole, Position};
use crate::fact::{Evidence, Place};
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

/// The last bytes of every vendor's hosts.
static ENDS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    VENDORS.iter().flat_map(|marks| marks.hosts).filter_map(|host| domain::end(host)).collect()
});

/// The vendor that leaves headers of that name.
pub(super) fn vendor_of_header(name: &str) -> Option<&'static Marks> {
    VENDORS.iter().find(|marks| marks.headers.iter().any(|prefix| begins(name, prefix)))
}

/// Marks the gateway hops, and tells which gateways there were and whose. `passes` is how many
/// inbound reports the recipient's organisation wrote.
pub(super) fn find(
    source: &Arc<str>,
    headers: &Headers,
    hops: &mut [Hop],
    edge: Option<usize>,
    passes: usize,
) -> Vec<Gateway> {
    let mut gateways: Vec<Gateway> = Vec::new();
    for i in 0..hops.len() {
        let hop = &hops[i];
        let by = hop.by().and_then(vendor_of_host);
        let peer = hop.from().and_then(vendor_of_host);
        let peer = peer.or_else(|| hop.from_ptr().and_then(vendor_of_host));
        let Some(vendor) = by.or(peer) else { continue };
        let handed_to_edge = edge == Some(i) && peer.is_some();
        let position = match edge {
            Some(_) if handed_to_edge && second_pass(hops, i, passes) => Position::InAndOut,
            Some(_) if handed_to_edge => Position::Recipient,
            Some(edge) if i > edge => Position::Sender,
            _ => Position::Unplaced,
        };
        let evidence = hop.evidence(source);
        if by.is_some() && hops[i].role == HopRole::Sender {
            hops[i].role = HopRole::Gateway;
        }
        add(&mut gateways, vendor, position, evidence);
    }
    for header in headers.told(|traits| traits.gateway.is_some()) {
        if let Some(marks) = header.traits.gateway {
            add(&mut gateways, marks.vendor, Position::Unplaced, evidence_of(source, header));
        }
    }
    gateways
}

/// Whether the message had already been through this organisation before the hop at `edge`: another
/// edge below it, and a second inbound report to go with it (`headers.md` §6.2).
fn second_pass(hops: &[Hop], edge: usize, passes: usize) -> bool {
    passes > 1
        && hops[edge + 1..]
            .iter()
            .any(|hop| hop.by().is_some_and(|by| ends_with(by, ".mail.protection.outlook.com")))
}

/// One gateway a vendor; the surest position wins. Evidence is kept to a handful.
fn add(
    gateways: &mut Vec<Gateway>,
    vendor: &'static str,
    position: Position,
    evidence: Arc<Evidence>,
) {
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

pub(super) fn evidence_of(source: &Arc<str>, header: Header<'_>) -> Arc<Evidence> {
    let name = header.spelled();
    Arc::new(Evidence::sharing(source, Place::Line(header.line), name, &header.shared()))
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
}
