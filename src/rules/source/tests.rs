//! Whose address it is that connected.

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
    let received =
        hops.iter().map(|hop| format!("Received: from {hop}; Tue, 14 Oct 2025 09:12:31 +0000\r\n"));
    let text = format!(
        "Authentication-Results: spf={spf} (sender IP is {connecting}) smtp.mailfrom={domain};compauth=none\r\n{}\
         From: a@phish.example\r\nTo: ann@contoso.example\r\n\
         X-Forefront-Antispam-Report: CIP:{connecting};CTRY:US;H:x;SFV:SPM;CAT:SPM;DIR:INB;\r\n",
        received.collect::<String>()
    );
    found(&text)
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
    let pool =
        format!("NAM12-DM6-obe.outbound.protection.outlook.com (40.107.94.10) by {EDGE} with SMTP");
    assert_eq!(source_of(&[&pool], "pass"), (None, Path::Unknown));
}

/// A message that some host handed to the edge.
struct Handed<'a> {
    /// HELO.
    helo: &'a str,
    /// The address that connected, and the one that the filter judged.
    ips: (&'a str, &'a str),
    /// From `spf` on, without the address.
    spf: &'a str,
    /// From `dkim` on.
    rest: &'a str,
    /// The header lines below the edge's.
    below: &'a str,
}

const PLATFORM: Handed<'_> = Handed {
    helo: "mail.phish.example",
    ips: ("203.0.113.10", "203.0.113.10"),
    spf: "pass",
    rest: "dkim=none header.d=none;dmarc=none action=none header.from=phish.example;compauth=pass reason=100",
    below: "",
};

impl Handed<'_> {
    fn source(&self) -> (Option<String>, Path) {
        let Handed { helo, ips: (connecting, judged), spf, rest, below } = self;
        let text = format!(
            "Authentication-Results: spf={spf} (sender IP is {judged}) smtp.mailfrom=phish.example; {rest}\r\n\
             Received: from {helo} ({connecting}) by {EDGE} with SMTP; Tue, 14 Oct 2025 09:12:31 +0000\r\n{below}\
             From: a@phish.example\r\nTo: ann@contoso.example\r\n\
             X-Forefront-Antispam-Report: CIP:{connecting};CTRY:US;H:{helo};SFV:SPM;CAT:SPM;DIR:INB;\r\n"
        );
        found(&text)
    }
}

fn found(text: &str) -> (Option<String>, Path) {
    let message = Message::parse(&"t.eml".into(), text.as_bytes());
    let case = Case::from_message(&message);
    let found = source(&case);
    (found.ip.map(|ip| ip.to_string()), found.path)
}

const RESTORED: &str = "X-MS-Exchange-ExternalOriginalInternetSender: ip=";

#[test]
fn an_address_of_microsofts_is_no_senders_whoever_handed_it_over() {
    let unknown = (None, Path::Unknown);
    let gateway = "us-smtp-delivery-1.mimecast.com";
    for judged in ["40.93.85.48", "104.47.59.168", "2603:10b6:806:2ac::26", "2a01:111:f403::1"] {
        let restored = format!("{RESTORED}[{judged}];domain=x\r\n");
        let ips = ("198.51.100.20", judged);
        let handed = Handed { helo: gateway, ips, below: &restored, ..PLATFORM };
        assert_eq!(handed.source(), unknown, "{judged}");
        let handed = Handed { ips: (judged, judged), ..PLATFORM };
        assert_eq!(handed.source(), unknown, "{judged}");
    }
    for helo in ["x.outbound.protection.office365.us", "mail-sor-f41.google.com"] {
        assert_eq!(Handed { helo, ..PLATFORM }.source(), unknown, "{helo}");
    }
    let restored = format!("{RESTORED}[203.0.113.10];domain=x\r\n");
    let ips = ("198.51.100.20", "203.0.113.10");
    let handed = Handed { helo: gateway, ips, below: &restored, ..PLATFORM };
    assert_eq!(handed.source(), (Some("203.0.113.10".to_owned()), Path::SkipListed));
}

#[test]
fn where_no_edge_is_shown_the_names_in_the_report_tell_whose_the_address_is() {
    for (helo, path) in [
        ("mail.phish.example", Path::Direct),
        ("us-smtp-delivery-1.mimecast.com", Path::Unknown),
        ("NAM12-DM6-obe.outbound.protection.outlook.com", Path::Unknown),
    ] {
        let text = format!(
            "From: a@phish.example\r\n\
             X-Forefront-Antispam-Report: CIP:198.51.100.20;CTRY:US;H:{helo};SFV:SPM;CAT:SPM;DIR:INB;\r\n"
        );
        let (ip, told) = found(&text);
        assert_eq!((ip.is_some(), told), (path == Path::Direct, path), "{helo}");
    }
}

#[test]
fn a_restored_source_that_the_results_contradict_is_not_believed() {
    let claim = format!("{RESTORED}[192.0.2.66];domain=evil.example\r\n");
    let handed = Handed { below: &claim, ..PLATFORM };
    assert_eq!(handed.source(), (None, Path::Unknown));
}

#[test]
fn a_gateway_that_no_product_names_is_not_taken_for_the_sender() {
    const BELOW: &str = "Received: from mail.phish.example (203.0.113.10) by gw7.filter.example with ESMTP; Tue, 14 Oct 2025 09:12:30 +0000\r\n";
    const DETOUR: &str = "dkim=none header.d=none;dmarc=fail action=none header.from=phish.example;compauth=none reason=905";
    const BROKEN: &str = "dkim=fail (body hash did not verify) header.d=phish.example;dmarc=fail action=none header.from=phish.example;compauth=fail reason=001";
    const UNSIGNED: &str = "dkim=none header.d=none;dmarc=fail action=none header.from=phish.example;compauth=fail reason=001";
    const LOOP: &str = "Received: from NAM12-DM6-obe.outbound.protection.outlook.com (104.47.59.168) by gw7.filter.example with ESMTP; Tue, 14 Oct 2025 09:12:30 +0000\r\n";
    let gateway = Handed {
        helo: "gw7.filter.example",
        ips: ("198.51.100.20", "198.51.100.20"),
        spf: "fail",
        rest: DETOUR,
        below: BELOW,
    };
    let behind = (Some("203.0.113.10".to_owned()), Path::BehindGateway);
    let direct = (Some("198.51.100.20".to_owned()), Path::Direct);
    let unknown = (None, Path::Unknown);
    let fortinet = "X-FEAS-Client-IP: 203.0.113.10\r\n";
    let rows = [
        (Handed { ..gateway }, &behind),
        (Handed { below: "", ..gateway }, &unknown),
        (Handed { rest: BROKEN, ..gateway }, &unknown),
        (Handed { rest: UNSIGNED, below: fortinet, ..gateway }, &unknown),
        (Handed { rest: UNSIGNED, below: LOOP, ..gateway }, &unknown),
        // nothing but an address that SPF does not know: the sender's own, as far as anything tells
        (Handed { rest: UNSIGNED, ..gateway }, &direct),
        (Handed { spf: "pass", ..gateway }, &direct),
        (Handed { helo: "mx2.phish.example", ..gateway }, &direct),
    ];
    for (number, (handed, wanted)) in rows.iter().enumerate() {
        assert_eq!(handed.source(), **wanted, "row {number}");
    }
}

#[test]
fn the_peer_of_the_lowest_hop_of_a_gateway_decides() {
    let gateway = format!("us-smtp-delivery-1.mimecast.com (198.51.100.20) by {EDGE} with SMTP");
    let inner = "in.mimecast.com (198.51.100.21) by relay.mimecast.com with ESMTP";
    let pool = "NAM12-DM6-obe.outbound.protection.outlook.com (40.107.94.10) by in.mimecast.com with ESMTP";
    let platform = "mail.phish.example (203.0.113.10) by in.mimecast.com with ESMTP";
    let behind = |ip: Option<&str>| (ip.map(str::to_owned), Path::BehindGateway);
    assert_eq!(source_of(&[&gateway, inner, platform], "fail"), behind(Some("203.0.113.10")));
    assert_eq!(source_of(&[&gateway, inner, pool], "fail"), behind(None));
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
    for ip in [
        "40.93.1.1",
        "40.107.94.10",
        "52.103.0.1",
        "104.47.59.1",
        "2a01:111:f403::5",
        "2603:10b6::5",
    ] {
        assert_eq!(told(ip, "", OTHER), None, "{ip}");
    }
    for ip in ["40.94.1.1", "52.104.0.1", "104.47.128.1", "2a01:111:f500::5"] {
        assert_eq!(told(ip, "", OTHER).as_deref(), Some(ip));
    }
}
