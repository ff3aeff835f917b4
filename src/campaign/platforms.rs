//! Simulation platforms: the marks, hosts and addresses that their mail is known by.
//!
//! A row is a hint that goes stale, and a mark proves only that someone typed the header: spam kits
//! copy `X-PHISHTEST` to ride allow rules (`headers.md` §8.2). To add a platform, add a row.

use crate::tenant::address::AddressRange;
use crate::tenant::domain;
use std::net::IpAddr;
use std::sync::LazyLock;

/// What is known of one platform's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Platform {
    /// Name as its vendor writes it.
    pub name: &'static str,
    /// Headers that it puts on its mail.
    pub headers: &'static [HeaderMark],
    /// Domains of its hosts, envelope senders and message ids; subdomains count.
    pub hosts: &'static [&'static str],
    /// Domains it signs with (DKIM `d=`); subdomains count.
    pub dkim_domains: &'static [&'static str],
    /// Addresses and CIDR ranges it is known to send from.
    pub addresses: &'static [&'static str],
    /// Month in which the row was read from public sources, `YYYY-MM`.
    pub as_of: &'static str,
    /// What to know when reading the marks; empty for most.
    pub remark: &'static str,
}

/// A header that marks a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderMark {
    /// Header name.
    pub name: &'static str,
    /// Text that the value must contain (any case); empty where the name is enough.
    pub contains: &'static str,
}

const fn header(name: &'static str) -> HeaderMark {
    HeaderMark { name, contains: "" }
}

const fn header_with(name: &'static str, contains: &'static str) -> HeaderMark {
    HeaderMark { name, contains }
}

const EMPTY: Platform = Platform {
    name: "",
    headers: &[],
    hosts: &[],
    dkim_domains: &[],
    addresses: &[],
    as_of: "2026-11",
    remark: "",
};

/// Every known platform. A mark with a wanted value stands before one that takes any value of the
/// same header, because the first match names the platform.
pub static PLATFORMS: &[Platform] = &[
    Platform {
        name: "FortiPhish",
        headers: &[header_with("X-PHISHTEST", "FortiPhish"), header("X-FORTIPHISH-RECIPIENT-UUID")],
        ..EMPTY
    },
    Platform {
        name: "KnowBe4",
        headers: &[header("X-PHISHTEST"), header("X-PHISH-CRID")],
        hosts: &["psm.knowbe4.com"],
        addresses: &[
            "147.160.167.0/26",
            "23.21.109.197",
            "23.21.109.212",
            "52.49.201.246",
            "52.49.235.189",
        ],
        remark: "X-PHISHTEST is copied by spam kits and used by other platforms: never proof",
        ..EMPTY
    },
    Platform {
        name: "Huntress SAT (Curricula)",
        headers: &[
            header("X-PHISHTEST-Curricula"),
            header("X-C-Message-Id"),
            header("C-Message-Id"),
        ],
        addresses: &["18.205.140.116"],
        ..EMPTY
    },
    Platform {
        name: "Cofense PhishMe",
        headers: &[header_with("X-PhishMe", "Phishing_Training"), header("X-PhishMeTracking")],
        hosts: &["mail.nova.phishme.com", "pmops.net"],
        addresses: &["52.1.96.230"],
        ..EMPTY
    },
    Platform {
        name: "Proofpoint ThreatSim",
        headers: &[header("X-ThreatSim-ID"), header("X-ThreatSim-Header")],
        hosts: &["threatsim.com"],
        addresses: &[
            "107.23.16.222",
            "54.173.83.138",
            "52.17.45.98",
            "52.16.190.81",
            "13.55.65.8",
            "13.55.54.143",
        ],
        ..EMPTY
    },
    Platform {
        name: "Hoxhunt",
        dkim_domains: &["hoxhuntsigning.com"],
        addresses: &["35.156.0.138", "37.139.12.94", "193.3.183.0/25"],
        ..EMPTY
    },
    Platform {
        name: "SoSafe",
        headers: &[header("X-Sosafedkim")],
        remark: "pictures of its mails come from api.sosafe.de",
        ..EMPTY
    },
    Platform { name: "usecure", headers: &[header("X-USECURE-EMAIL")], ..EMPTY },
    Platform {
        name: "Phishing Tackle",
        headers: &[header("X-PhishingTackle"), header("X-EPHISHIENCY")],
        ..EMPTY
    },
    Platform {
        name: "Keepnet",
        headers: &[header("x-keepnet-tid")],
        remark: "X-KEEPNET-Company-Id is a header of its web interface, not of its mail",
        ..EMPTY
    },
    Platform {
        name: "SMARTFENSE",
        headers: &[header("X-PHISHINGSIMULATION")],
        remark: "the value is chosen by the customer",
        ..EMPTY
    },
    Platform {
        name: "Adaptive Security",
        headers: &[header("x-adaptive-bypass"), header("x-adaptive-signature")],
        remark: "often put into the mailbox directly, without transport",
        ..EMPTY
    },
    Platform {
        name: "Fable",
        headers: &[header_with("X-Fable-Phishing-Simulation", "1")],
        ..EMPTY
    },
    Platform {
        name: "BullPhish ID",
        headers: &[header_with("X-Mailer", "Bullphish")],
        hosts: &["bullphish.com"],
        ..EMPTY
    },
    Platform { name: "Phriendly Phishing", hosts: &["phriendlyphishing.com"], ..EMPTY },
    Platform {
        name: "Infosec IQ",
        hosts: &["securityiq.infosecinstitute.com"],
        remark: "the host stands in Message-ID or In-Reply-To",
        ..EMPTY
    },
    Platform {
        name: "GoPhish",
        headers: &[header_with("X-Mailer", "gophish"), header("X-Gophish-Contact")],
        remark: "both headers can be turned off; X-Gophish-Signature is a header of its webhook, not of its mail",
        ..EMPTY
    },
];

/// The addresses of every platform in the order of [`PLATFORMS`], read once.
static RANGES: LazyLock<Vec<(&'static Platform, AddressRange)>> = LazyLock::new(|| {
    let ranges = |platform: &'static Platform| {
        let known = platform.addresses.iter().filter_map(|entry| AddressRange::parse(entry).ok());
        known.map(move |range| (platform, range))
    };
    PLATFORMS.iter().flat_map(ranges).collect()
});

/// The first bytes of the addresses of every platform.
static FIRST_BYTES: LazyLock<[bool; 256]> = LazyLock::new(|| {
    let mut known = [false; 256];
    for (_, range) in RANGES.iter() {
        let bytes = usize::from(first_byte(range.first()))..=usize::from(first_byte(range.last()));
        known[bytes].fill(true);
    }
    known
});

fn first_byte(ip: IpAddr) -> u8 {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.octets()[0],
        IpAddr::V6(ip) => ip.octets()[0],
    }
}

/// The platforms known to send from this address.
pub fn by_address(ip: IpAddr) -> impl Iterator<Item = &'static Platform> {
    // At a glance, most addresses are none's.
    let ranges = if FIRST_BYTES[usize::from(first_byte(ip))] { &RANGES[..] } else { &[] };
    ranges.iter().filter(move |(_, range)| range.contains(ip)).map(|(platform, _)| *platform)
}

/// The last bytes of every platform's hosts.
static HOST_ENDS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    PLATFORMS
        .iter()
        .flat_map(|platform| platform.hosts)
        .filter_map(|host| domain::end(host))
        .collect()
});

/// Whether a host may be some platform's, at a glance: most are none's.
pub fn may_own_host(host: &str) -> bool {
    domain::may_end_like(host, &HOST_ENDS)
}

impl Platform {
    /// Whether a host, envelope sender's domain or message id's domain is the platform's.
    pub fn owns_host(&self, host: &str) -> bool {
        domain::is_one_or_below(host, self.hosts)
    }

    /// Whether the platform signs with this DKIM domain.
    pub fn signs_with(&self, dkim_domain: &str) -> bool {
        domain::is_one_or_below(dkim_domain, self.dkim_domains)
    }
}

/// Whether a header of that name marks some platform's mail, at least with some value.
pub fn is_mark(name: &str) -> bool {
    let mut marks = PLATFORMS.iter().flat_map(|platform| platform.headers);
    marks.any(|mark| mark.name.eq_ignore_ascii_case(name))
}

/// The platform that this header marks, if any.
pub fn by_header(name: &str, value: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|platform| {
        platform.headers.iter().any(|mark| {
            mark.name.eq_ignore_ascii_case(name)
                && (mark.contains.is_empty()
                    || value.to_ascii_lowercase().contains(&mark.contains.to_ascii_lowercase()))
        })
    })
}

/// The platform of that name, in any case.
pub fn by_name(name: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|platform| platform.name.eq_ignore_ascii_case(name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::address::AddressRange;

    #[test]
    fn a_header_value_names_the_platform_before_the_bare_header_does() {
        assert_eq!(by_header("x-phishtest", "FortiPhish").map(|p| p.name), Some("FortiPhish"));
        assert_eq!(by_header("X-PHISHTEST", "true").map(|p| p.name), Some("KnowBe4"));
        assert_eq!(by_header("X-Mailer", "Microsoft Outlook 16.0"), None);
        assert_eq!(by_header("X-Gophish-Signature", "sha256=…"), None);
    }

    #[test]
    fn subdomains_of_a_known_host_belong_to_the_platform_and_lookalikes_do_not() {
        let knowbe4 = by_name("knowbe4").unwrap();
        assert!(knowbe4.owns_host("injector.psm.knowbe4.com"));
        assert!(!knowbe4.owns_host("notpsm.knowbe4.com.example"));
        assert!(by_name("Hoxhunt").unwrap().signs_with("a1.hoxhuntsigning.com"));
    }

    #[test]
    fn every_host_of_the_table_is_known_at_a_glance() {
        for host in PLATFORMS.iter().flat_map(|platform| platform.hosts) {
            assert!(domain::end(host).is_some(), "{host}");
            assert!(may_own_host(&format!("MX1.{}.", host.to_ascii_uppercase())), "{host}");
        }
        assert!(!may_own_host("mx.contoso.example"));
    }

    #[test]
    fn every_address_of_the_table_parses_and_covers_itself() {
        for platform in PLATFORMS {
            for entry in platform.addresses {
                let range = AddressRange::parse(entry).unwrap();
                let mut senders = by_address(range.first());
                assert!(senders.any(|known| known == platform), "{} {entry}", platform.name);
            }
        }
    }

    #[test]
    fn every_row_has_a_name_a_month_and_something_to_know_it_by() {
        for platform in PLATFORMS {
            assert!(!platform.name.is_empty());
            assert_eq!(platform.as_of.len(), 7, "{}", platform.name);
            assert!(
                !(platform.headers.is_empty()
                    && platform.hosts.is_empty()
                    && platform.dkim_domains.is_empty()),
                "{}",
                platform.name
            );
        }
    }
}
