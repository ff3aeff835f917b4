//! What the recipes put into commands.

use super::*;
use crate::testing::{bare_case, fact};
use std::net::IpAddr;

fn commands(fixes: &[Fix]) -> String {
    fixes.iter().map(|fix| fix.text.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn advanced_delivery_holds_the_messages_own_domain_and_ip() {
    let mut case = bare_case();
    case.verdict.connecting_ip = Some(fact(IpAddr::from([203, 0, 113, 10])));
    case.envelope.to_mut().mail_from = Some(fact("bounce+1@Mail.Phish.example".into()));
    let text = commands(&advanced_delivery(&case));
    assert!(text.contains("New-ExoPhishSimOverrideRule -Policy PhishSimOverridePolicy -Domains mail.phish.example -SenderIpRanges 203.0.113.10"));
    assert!(text.contains("-AddDomains mail.phish.example -AddSenderIpRanges 203.0.113.10"));
}

#[test]
fn only_the_senders_own_domain_is_trusted_in_impersonation_protection() {
    let fix = |from: &str, mail_from: &str| {
        let mut case = bare_case();
        case.envelope.to_mut().from = Some(fact(from.into()));
        case.envelope.to_mut().mail_from = Some(fact(mail_from.into()));
        case.recipient = Some(fact("ann@contoso.example".into()));
        commands(&trusted_impersonator(&case))
    };
    let own = fix("it@news.phish.example", "bounce@mta.phish.example");
    assert!(own.contains("-ExcludedDomains @{Add=\"news.phish.example\"}"), "{own}");
    for (from, mail_from) in [
        ("ceo@contoso.example", "bounce@phish.example"),
        ("ceo@contoso.example", "ceo@contoso.example"),
        ("ceo@gmail.com", "bounce@phish.example"),
        ("it@phish.example", "not an address"),
    ] {
        let fix = fix(from, mail_from);
        assert!(!fix.contains("ExcludedDomains") && fix.contains("Do not trust"), "{from}: {fix}");
    }
}

#[test]
fn a_domain_that_anybody_can_send_from_is_never_entered() {
    let message = |mail_from: &str, signed: &str| {
        let text = format!(
            "Authentication-Results: spf=pass (sender IP is 203.0.113.10) smtp.mailfrom={mail_from}; dkim=pass (signature was verified) header.d={mail_from};dkim=pass (signature was verified) header.d={signed};dmarc=pass action=none header.from={mail_from};compauth=pass reason=100\r\n\
             From: ceo@{mail_from}\r\nTo: ann@contoso.example\r\n\
             X-Forefront-Antispam-Report: CIP:203.0.113.10;CTRY:US;H:x.phish.example;SFV:SPM;CAT:UIMP;DIR:INB;\r\n"
        );
        crate::message::Message::parse(&"t.eml".into(), text.as_bytes())
    };
    for (mail_from, signed, entered) in [
        ("gmail.com", "gmail.com", "<mail-from-domain>"),
        ("eu-west-1.amazonses.com", "phish.example", "phish.example"),
        ("mta.phish.example", "sendgrid.net", "mta.phish.example"),
        ("phish.onmicrosoft.com", "gmail.com", "phish.onmicrosoft.com"),
    ] {
        let message = message(mail_from, signed);
        let case = Case::from_message(&message);
        let text = commands(&advanced_delivery(&case));
        assert!(text.contains(&format!("-Domains {entered} ")), "{mail_from}: {text}");
        let trusted = commands(&trusted_impersonator(&case));
        let everybodys = entered != mail_from;
        assert_eq!(trusted.contains("anybody can send mail from it"), everybodys, "{trusted}");
        assert_eq!(trusted.contains("-ExcludedDomains"), !everybodys, "{trusted}");
    }
}

#[test]
fn a_mail_from_domain_of_the_recipients_own_is_entered_with_a_warning() {
    let text = |mail_from: &str| {
        let mut case = bare_case();
        case.envelope.to_mut().mail_from = Some(fact(mail_from.into()));
        case.recipient = Some(fact("ann@contoso.example".into()));
        commands(&advanced_delivery(&case))
    };
    assert!(text("hr@contoso.example").contains("a MAIL FROM domain of its own first"));
    assert!(!text("hr@phish.example").contains("of its own first"));
}

#[test]
fn unknown_values_become_placeholders() {
    let text = commands(&advanced_delivery(&bare_case()));
    assert!(text.contains("-Domains <mail-from-domain> -SenderIpRanges <platform-ip>"));
}

#[test]
fn mail_that_began_inside_microsoft_365_has_no_source_ip() {
    let mut case = bare_case();
    case.verdict.connecting_ip = Some(fact(IpAddr::from([255, 255, 255, 255])));
    assert!(commands(&spam_bypass_rule(&case)).contains("-SenderIpRanges <platform-ip>"));
}

#[test]
fn hostile_values_never_reach_a_command() {
    for hostile in [
        "a@x.example; Remove-Mailbox",
        "a@$(evil).example",
        "a@-Confirm.example",
        "a@x.example\u{2019}",
        "a@x\n.example",
        "a@`x`.example",
        "@.example",
        "a@192.0.2.1",
        "a@localhost",
    ] {
        let mut case = bare_case();
        case.envelope.to_mut().mail_from = Some(fact(hostile.into()));
        case.envelope.to_mut().from = Some(fact(hostile.into()));
        case.recipient = Some(fact(hostile.into()));
        let all =
            [advanced_delivery(&case), spoof_pair(&case), unblock_sender(&case), quarantine(&case)];
        let text = all.iter().map(|fixes| commands(fixes)).collect::<String>();
        assert!(text.contains("-Domains <mail-from-domain>"), "{hostile}: {text}");
        assert!(text.contains("-SpoofedUser <from-domain>"), "{hostile}: {text}");
        assert!(
            text.contains("-RecipientAddress <recipient> -SenderAddress <mail-from-address>"),
            "{hostile}"
        );
    }
}

#[test]
fn a_rule_name_is_quoted_or_replaced() {
    assert_eq!(powershell_text("Bob's rule", "<rule>"), "'Bob''s rule'");
    assert_eq!(powershell_text("Bob\u{2019}s rule", "<rule>"), "'Bob\u{2019}\u{2019}s rule'");
    for quote in ['\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'] {
        let name = format!("a{quote}; Remove-Mailbox x; {quote}b");
        let doubled = format!("'a{quote}{quote}; Remove-Mailbox x; {quote}{quote}b'");
        assert_eq!(powershell_text(&name, "<rule>"), doubled);
    }
    for lookalike in ['\u{ff07}', '\u{2032}', '\u{2bc}', '\u{202e}'] {
        assert_eq!(powershell_text(&format!("a{lookalike}b"), "<rule>"), "'<rule>'");
    }
    assert_eq!(powershell_text("-WhatIf", "<rule>"), "'-WhatIf'");
    assert_eq!(powershell_text("a\nb", "<rule>"), "'<rule>'");
    assert_eq!(powershell_text("", "<rule>"), "'<rule>'");
}

#[test]
fn a_name_with_wildcards_stands_for_one_object_only() {
    let identity = |name| powershell_identity("TransportRule", name, "<rule>");
    assert_eq!(identity("PhishSim"), "'PhishSim'");
    assert_eq!(identity("-WhatIf"), "'-WhatIf'");
    assert_eq!(identity("*"), "(Get-TransportRule | Where-Object Name -eq '*').Guid.ToString()");
    let text = commands(&rule_exception(&bare_case(), Some("*")));
    assert!(text.contains("$r = Get-TransportRule (Get-TransportRule | Where-Object"), "{text}");
}

#[test]
fn an_ipv6_source_goes_into_no_ipv4_list() {
    let mut case = bare_case();
    let ip: IpAddr = "2001:db8::10".parse().unwrap();
    case.verdict.connecting_ip = Some(fact(ip));
    let block = commands(&ip_block_list_remove(&case));
    assert!(
        block.contains("Remove-TenantAllowBlockListItems -ListType IP -Entries \"2001:db8::10\"")
    );
    assert!(!block.contains("-IPBlockList @{"));
    assert!(commands(&advanced_delivery(&case)).contains("enter this IPv6 address by PowerShell"));
}

#[test]
fn a_spoof_pair_of_the_own_domain_is_internal_and_names_the_address() {
    let mut case = bare_case();
    case.envelope.to_mut().from = Some(fact("ceo@contoso.example".into()));
    case.recipient = Some(fact("ann@contoso.example".into()));
    assert!(commands(&spoof_pair(&case)).contains(
        "-SpoofedUser <full-from-address> -SendingInfrastructure <ptr-domain> -SpoofType Internal"
    ));
}

#[test]
fn a_spoof_pair_names_the_senders_own_infrastructure_before_a_network() {
    let pair = |from: &str, sender: &str, results: &str, ptr: &str, reason: &str| {
        let text = format!(
            "Authentication-Results: spf=pass (sender IP is 203.0.113.10) smtp.mailfrom={sender}; {results};dmarc=fail action=none header.from={from};compauth=fail reason={reason}\r\n\
             From: hr@{from}\r\nTo: ann@contoso.example\r\n\
             X-Forefront-Antispam-Report: CIP:203.0.113.10;CTRY:US;H:x;PTR:{ptr};SFV:SPM;CAT:SPOOF;DIR:INB;\r\n"
        );
        let message = crate::message::Message::parse(&"t.eml".into(), text.as_bytes());
        let tenant = tenant(r#"{"AcceptedDomain": {"DomainName": "fabrikam.example"}}"#);
        let mut case = Case::from_message(&message);
        case.tenant = Some(&tenant);
        commands(&spoof_pair(&case))
    };
    let signed = "dkim=pass (signature was verified) header.d=sim.phish.example";
    let other = "dkim=pass (signature was verified) header.d=sendgrid.net";
    let none = "dkim=none (message not signed) header.d=none";
    let network = "203.0.113.0/24";
    let rows = [
        ("brand.example", "phish.example", signed, "x.isp.example", "001", "sim.phish.example"),
        ("brand.example", "phish.example", none, "mx.phish.example", "001", "phish.example"),
        ("brand.example", "phish.example", other, "x.isp.example", "001", network),
        ("contoso.example", "phish.example", signed, "", "001", "sim.phish.example"),
        ("contoso.example", "phish.example", none, "x.isp.example", "001", "<ptr-domain>"),
        ("contoso.example", "contoso.example", none, "x.isp.example", "001", "<ptr-domain>"),
        ("fabrikam.example", "phish.example", none, "x.isp.example", "001", "<ptr-domain>"),
        ("mail.contoso.example", "phish.example", none, "x.isp.example", "601", "<ptr-domain>"),
        ("mail.contoso.example", "phish.example", none, "x.isp.example", "010", "<ptr-domain>"),
    ];
    for (from, sender, results, ptr, reason, infrastructure) in rows {
        let text = pair(from, sender, results, ptr, reason);
        let (user, kind) = match from {
            "brand.example" => (from, "External"),
            _ => ("<full-from-address>", "Internal"),
        };
        let wanted = format!(
            "-SpoofedUser {user} -SendingInfrastructure {infrastructure} -SpoofType {kind} "
        );
        assert!(text.contains(&wanted), "{wanted}: {text}");
        assert_eq!(text.contains("prefer a domain"), infrastructure == network, "{text}");
    }
    for (sender, ptr) in [("sendgrid.net", "x.isp.example"), ("phish.example", "o1.sendgrid.net")] {
        let text = pair("brand.example", sender, none, ptr, "001");
        assert!(text.starts_with("Do not allow a spoof pair") && !text.contains("New-"), "{text}");
    }
}

fn tenant(json: &str) -> crate::tenant::Tenant {
    crate::tenant::reader::read_bytes("tenant.json", json.as_bytes()).unwrap()
}

#[test]
fn advanced_delivery_enters_only_what_the_export_lacks() {
    let rule = |domains: &str, ips: &str| {
        format!(
            r#"{{"ExoPhishSimOverrideRule": {{"Name": "r", "Mode": "Enforce", "Domains": [{domains}], "SenderIpRanges": [{ips}]}}}}"#
        )
    };
    let (own, other) = ("\"phish.example\"", "\"other.example\"");
    let new = "New-ExoPhishSimOverrideRule -Policy PhishSimOverridePolicy -Domains phish.example -SenderIpRanges 203.0.113.10";
    for (export, wanted, unwanted) in [
        (r#"{"TransportRule": []}"#.to_owned(), vec![new, "# if a rule exists already"], vec![]),
        (
            r#"{"ExoPhishSimOverrideRule": [], "PhishSimOverridePolicy": []}"#.to_owned(),
            vec!["New-PhishSimOverridePolicy", new],
            vec!["-AddDomains"],
        ),
        (
            r#"{"ExoPhishSimOverrideRule": [], "PhishSimOverridePolicy": {"Name": "p", "Enabled": true}}"#
                .to_owned(),
            vec![new],
            vec!["New-PhishSimOverridePolicy", "-AddDomains"],
        ),
        (
            rule(other, "\"192.0.2.1\""),
            vec!["-AddDomains phish.example -AddSenderIpRanges 203.0.113.10"],
            vec!["New-"],
        ),
        (
            rule(other, "\"203.0.113.0/24\""),
            vec!["-AddDomains phish.example"],
            vec!["New-", "-AddSenderIpRanges"],
        ),
        (rule(own, ""), vec!["-AddSenderIpRanges 203.0.113.10"], vec!["New-", "-AddDomains"]),
        (rule(own, "\"203.0.113.10\""), vec!["lists both already"], vec!["New-", "Set-"]),
    ] {
        let tenant = tenant(&export);
        let mut case = bare_case();
        case.tenant = Some(&tenant);
        case.verdict.connecting_ip = Some(fact(IpAddr::from([203, 0, 113, 10])));
        case.envelope.to_mut().mail_from = Some(fact("bounce@phish.example".into()));
        let text = commands(&advanced_delivery(&case));
        for part in wanted {
            assert!(text.contains(part), "{export}: {part} is not in {text}");
        }
        for part in unwanted {
            assert!(!text.contains(part), "{export}: {part} is in {text}");
        }
    }
}

#[test]
fn a_rule_of_the_same_name_is_changed_not_made_again() {
    let tenant = tenant(
        r#"{"TransportRule": {"Name": "PhishSim - bypass spam", "State": "Disabled", "SetSCL": -1, "SenderIpRanges": ["192.0.2.1"]}}"#,
    );
    let mut case = bare_case();
    case.tenant = Some(&tenant);
    case.verdict.connecting_ip = Some(fact(IpAddr::from([203, 0, 113, 10])));
    let text = commands(&spam_bypass_rule(&case));
    assert!(!text.contains("New-TransportRule"), "{text}");
    assert!(text.contains("(@($r.SenderIpRanges) + \"203.0.113.10\""), "{text}");
    assert!(text.contains("Enable-TransportRule $r.Identity"), "{text}");
    assert!(commands(&skip_safe_links(&case)).contains("New-TransportRule -Name"));
}

#[test]
fn what_the_message_does_not_tell_comes_from_the_campaign() {
    let campaign = |text: &str| crate::campaign::reader::parse(&"c.toml".into(), text).unwrap();
    let one =
        campaign("sending_ips = [\"203.0.113.10\"]\nmail_from_domains = [\"mail.sim.example\"]\n");
    let mut case = bare_case();
    case.campaign = Some(&one);
    let text = commands(&advanced_delivery(&case));
    assert!(text.contains("-Domains mail.sim.example -SenderIpRanges 203.0.113.10"), "{text}");
    let several = campaign("sending_ips = [\"203.0.113.10\", \"203.0.113.11\"]\n");
    case.campaign = Some(&several);
    let text = commands(&advanced_delivery(&case));
    assert!(text.contains("-SenderIpRanges <203.0.113.10 or 203.0.113.11>"), "{text}");
    // What the message itself shows wins.
    case.verdict.connecting_ip = Some(fact(IpAddr::from([192, 0, 2, 7])));
    assert!(commands(&advanced_delivery(&case)).contains("-SenderIpRanges 192.0.2.7"));
}

#[test]
fn the_policy_that_applies_is_named_unless_it_is_a_preset() {
    let threshold = |name: &str| {
        let tenant = tenant(&format!(
            r#"{{"HostedContentFilterPolicy": {{"Name": "{name}", "IsDefault": true, "SpamAction": "MoveToJmf"}}}}"#
        ));
        let mut case = bare_case();
        case.tenant = Some(&tenant);
        commands(&bulk_threshold(&case))
    };
    assert!(threshold("Default").contains("-Identity 'Default' -BulkThreshold"));
    assert!(threshold("Standard Preset Security Policy1").contains("-Identity \"<policy>\""));
    assert!(commands(&bulk_threshold(&bare_case())).contains("-Identity \"<policy>\""));
}
