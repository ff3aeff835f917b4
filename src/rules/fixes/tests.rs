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
    case.envelope.mail_from = Some(fact("bounce+1@Mail.Phish.example".into()));
    let text = commands(&advanced_delivery(&case));
    assert!(text.contains("New-ExoPhishSimOverrideRule -Policy PhishSimOverridePolicy -Domains mail.phish.example -SenderIpRanges 203.0.113.10"));
    assert!(text.contains("-AddDomains mail.phish.example -AddSenderIpRanges 203.0.113.10"));
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
        case.envelope.mail_from = Some(fact(hostile.into()));
        case.envelope.from = Some(fact(hostile.into()));
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
    assert_eq!(powershell_text("Bob\u{2019}s rule", "<rule>"), "'<rule>'");
    assert_eq!(powershell_text("a\nb", "<rule>"), "'<rule>'");
    assert_eq!(powershell_text("", "<rule>"), "'<rule>'");
}

#[test]
fn the_ip_allow_list_never_comes_without_its_warning() {
    for fix in ip_allow_list(&bare_case()) {
        assert!(fix.text.contains("Last resort") && fix.text.contains("SCuBA"), "{}", fix.text);
    }
}

#[test]
fn an_ipv6_source_goes_into_no_ipv4_list() {
    let mut case = bare_case();
    let ip: IpAddr = "2001:db8::10".parse().unwrap();
    case.verdict.connecting_ip = Some(fact(ip));
    let allow = commands(&ip_allow_list(&case));
    assert!(
        allow.contains(
            "New-TenantAllowBlockListItems -Allow -ListType IP -Entries \"2001:db8::10\""
        )
    );
    assert!(!allow.contains("-IPAllowList @{"));
    assert!(commands(&advanced_delivery(&case)).contains("enter this IPv6 address by PowerShell"));
}

#[test]
fn a_spoof_pair_of_the_own_domain_is_internal_and_names_the_address() {
    let mut case = bare_case();
    case.envelope.from = Some(fact("ceo@contoso.example".into()));
    case.recipient = Some(fact("ann@contoso.example".into()));
    assert!(commands(&spoof_pair(&case)).contains(
        "-SpoofedUser <full-from-address> -SendingInfrastructure <ptr-domain> -SpoofType Internal"
    ));
}
