//! Messages against mechanisms, one row each.

use super::*;
use crate::tenant::Tenant;
use crate::tenant::reader::read_bytes;

fn tenant(json: &str) -> Tenant {
    read_bytes("tenant.json", json.as_bytes()).unwrap()
}

/// The platform's mail, straight to Microsoft 365.
fn mail() -> Mail<'static> {
    let ip = Some(IpAddr::from([203, 0, 113, 10]));
    Mail {
        connecting_ip: ip,
        authenticated_ip: ip,
        mail_from: Some("bounce@mail.phish.example"),
        dkim: vec![("phish.example", Some(true))],
        dkim_complete: true,
        from: Some("it@brand.example"),
        recipient: Some("ann@contoso.example"),
        subject: Some("Your parcel"),
        headers: Some(vec![("X-PHISHTEST", "secret-1")]),
        direction: Some(Direction::Inbound),
        ptr: None,
        when: Some(1_790_000_000),
    }
}

fn advanced(domains: &str, ips: &str) -> Tenant {
    tenant(&format!(
        r#"{{"ExoPhishSimOverrideRule": {{"Name": "r", "Mode": "Enforce", "Domains": [{domains}], "SenderIpRanges": [{ips}]}},
             "PhishSimOverridePolicy": {{"Name": "PhishSimOverridePolicy", "Enabled": true}}}}"#
    ))
}

#[test]
fn advanced_delivery_needs_one_domain_and_one_ip() {
    for (domains, ips, truth) in [
        (r#""mail.phish.example""#, r#""203.0.113.10""#, Truth::Yes),
        (r#""PHISH.example.""#, r#""203.0.113.0/24""#, Truth::Yes),
        (r#""mail.phish.example""#, r#""203.0.113.11""#, Truth::No),
        (r#""other.example""#, r#""203.0.113.10""#, Truth::No),
        ("", "", Truth::No),
    ] {
        let tenant = advanced(domains, ips);
        assert_eq!(advanced_delivery(&tenant, &mail()).unwrap().truth(), truth, "{domains} {ips}");
    }
}

#[test]
fn advanced_delivery_tells_why_a_domain_missed() {
    let miss = |domains: &str, change: fn(&mut Mail<'_>)| {
        let tenant = advanced(domains, r#""203.0.113.10""#);
        let mut mail = mail();
        change(&mut mail);
        advanced_delivery(&tenant, &mail).unwrap().miss
    };
    assert_eq!(
        miss(r#""brand.example""#, |_| {}),
        Some(DomainMiss::FromHeader("brand.example".into()))
    );
    assert_eq!(
        miss(r#""phish.example""#, |mail| mail.dkim[0].1 = Some(false)),
        Some(DomainMiss::DkimBroken("phish.example".into()))
    );
    assert_eq!(
        miss(r#""bücher.example""#, |mail| mail.mail_from = Some("a@xn--bcher-kva.example")),
        Some(DomainMiss::Unicode("bücher.example".into()))
    );
    assert_eq!(
        miss(r#""phish.example""#, |mail| mail.dkim.clear()),
        Some(DomainMiss::Subdomain {
            listed: "phish.example".into(),
            own: "mail.phish.example".into()
        })
    );
    assert_eq!(miss(r#""else.example""#, |_| {}), Some(DomainMiss::Unlisted));
    assert_eq!(miss(r#""phish.example""#, |_| {}), None);
}

#[test]
fn a_rule_that_waits_for_deletion_and_a_policy_switched_off_do_not_match() {
    let pending = tenant(
        r#"{"ExoPhishSimOverrideRule": {"Name": "r", "Mode": "PendingDeletion", "Domains": ["mail.phish.example"], "SenderIpRanges": ["203.0.113.10"]}}"#,
    );
    let found = advanced_delivery(&pending, &mail()).unwrap();
    assert_eq!((found.truth(), found.inactive.len()), (Truth::No, 1));
    let off = tenant(
        r#"{"ExoPhishSimOverrideRule": {"Name": "r", "Domains": ["mail.phish.example"], "SenderIpRanges": ["203.0.113.10"]},
            "PhishSimOverridePolicy": {"Name": "p", "Enabled": false}}"#,
    );
    let found = advanced_delivery(&off, &mail()).unwrap();
    assert_eq!((found.truth(), found.policy), (Truth::No, PolicyState::Off));
    assert!(advanced_delivery(&Tenant::default(), &mail()).is_none());
}

#[test]
fn what_is_not_known_of_a_message_never_becomes_a_miss() {
    let tenant = advanced(r#""phish.example""#, r#""203.0.113.10""#);
    let unknown = Mail { authenticated_ip: mail().authenticated_ip, ..Mail::default() };
    assert_eq!(advanced_delivery(&tenant, &unknown).unwrap().truth(), Truth::Unknown);
    let no_ip = Mail { authenticated_ip: None, ..mail() };
    assert_eq!(advanced_delivery(&tenant, &no_ip).unwrap().truth(), Truth::Unknown);
}

fn rule_truth(properties: &str, change: fn(&mut Mail<'_>)) -> (Truth, String) {
    let tenant =
        tenant(&format!(r#"{{"TransportRule": {{"Name": "r", "SetSCL": "-1", {properties}}}}}"#));
    let mut mail = mail();
    change(&mut mail);
    let found = transport_rule(&tenant.rules()[0], &mail);
    (found.truth(), found.why())
}

#[test]
fn a_rule_matches_when_it_is_on_every_condition_holds_and_no_exception_does() {
    const IP: &str = r#""SenderIpRanges": ["203.0.113.10"]"#;
    let rows: &[(&str, Truth, &str)] = &[
        (IP, Truth::Yes, "connecting IP"),
        (r#""SenderIpRanges": ["203.0.113.11"]"#, Truth::No, "not in its ranges"),
        (r#""State": "Disabled", "SenderIpRanges": ["203.0.113.10"]"#, Truth::No, "disabled"),
        (r#""Mode": "AuditAndNotify", "SenderIpRanges": ["203.0.113.10"]"#, Truth::No, "only logs"),
        (
            r#""ExpiryDate": "2026-01-01T00:00:00Z", "SenderIpRanges": ["203.0.113.10"]"#,
            Truth::No,
            "stops acting at 2026-01-01T00:00:00Z",
        ),
        (
            r#""ActivationDate": "2027-01-01T00:00:00Z", "SenderIpRanges": ["203.0.113.10"]"#,
            Truth::No,
            "begins to act",
        ),
        (r#""SenderDomainIs": ["brand.example"]"#, Truth::Yes, "From domain"),
        (r#""SenderDomainIs": ["phish.example"]"#, Truth::No, "From header only"),
        (
            r#""SenderAddressLocation": "HeaderOrEnvelope", "SenderDomainIs": ["phish.example"]"#,
            Truth::Yes,
            "MAIL FROM",
        ),
        (r#""FromScope": "NotInOrganization""#, Truth::Yes, "outside"),
        (r#""FromScope": "InOrganization""#, Truth::No, "inside"),
        (
            r#""HeaderContainsMessageHeader": "x-phishtest", "HeaderContainsWords": ["SECRET"]"#,
            Truth::Yes,
            "contains",
        ),
        (
            r#""HeaderContainsMessageHeader": "X-Other", "HeaderContainsWords": ["a"]"#,
            Truth::No,
            "not in the message",
        ),
        (
            r#""HeaderMatchesMessageHeader": "X-PHISHTEST", "HeaderMatchesPatterns": ["^secret-\\d$"]"#,
            Truth::Yes,
            "matches",
        ),
        (
            r#""HeaderMatchesMessageHeader": "X-PHISHTEST", "HeaderMatchesPatterns": ["(?<=a)b"]"#,
            Truth::Unknown,
            "none of",
        ),
        (r#""SentTo": ["Ann Example"]"#, Truth::Unknown, "recipient"),
        (r#""SentTo": ["bob@contoso.example"]"#, Truth::No, "recipient"),
        (r#""RecipientDomainIs": ["contoso.example"]"#, Truth::Yes, "recipient domain"),
        (r#""SentToMemberOf": ["all@contoso.example"]"#, Truth::Unknown, "SentToMemberOf"),
        (
            r#""SenderIpRanges": ["203.0.113.10"], "ExceptIfSenderDomainIs": ["brand.example"]"#,
            Truth::No,
            "an exception is met",
        ),
        (
            r#""SenderIpRanges": ["203.0.113.10"], "ExceptIfSubjectContainsWords": ["invoice"]"#,
            Truth::Yes,
            "exception is not met",
        ),
        (
            r#""SenderIpRanges": ["203.0.113.10"], "ExceptIfFromMemberOf": ["x@contoso.example"]"#,
            Truth::Unknown,
            "may be met",
        ),
        (r#""SubjectContainsWords": ["parcel"]"#, Truth::Yes, "subject"),
        (r#""SentToScope": "InOrganization""#, Truth::Yes, "recipients"),
    ];
    for (properties, truth, text) in rows {
        let (found, why) = rule_truth(properties, |_| {});
        assert_eq!(found, *truth, "{properties}: {why}");
        assert!(why.contains(text), "{properties}: {why}");
    }
}

#[test]
fn a_rule_sees_the_gateway_and_a_restored_address_is_unknown() {
    const IP: &str = r#""SenderIpRanges": ["203.0.113.10"]"#;
    let gateway = |mail: &mut Mail<'_>| {
        mail.connecting_ip = Some(IpAddr::from([198, 51, 100, 20]));
        mail.authenticated_ip = mail.connecting_ip;
    };
    assert_eq!(rule_truth(IP, gateway).0, Truth::No);
    let restored = |mail: &mut Mail<'_>| {
        mail.connecting_ip = Some(IpAddr::from([198, 51, 100, 20]));
    };
    assert_eq!(rule_truth(IP, restored).0, Truth::Unknown);
}

#[test]
fn an_earlier_rule_that_stops_processing_keeps_a_bypass_from_running() {
    let tenant = tenant(
        r#"{"TransportRule": [
            {"Name": "bypass", "Priority": 1, "SetSCL": -1, "SenderIpRanges": ["203.0.113.10"]},
            {"Name": "stop", "Priority": 0, "StopRuleProcessing": true, "FromScope": "NotInOrganization"}]}"#,
    );
    let (rule, found) = &bypass_rules(&tenant, &mail())[0];
    assert_eq!(rule.name(), "bypass");
    assert_eq!(found.truth(), Truth::No);
    assert!(found.why().starts_with("rule `stop` runs earlier"), "{}", found.why());
}

#[test]
fn the_ip_allow_list_compares_the_connecting_ip() {
    let tenant = tenant(
        r#"{"HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": ["203.0.113.0/28"]}}"#,
    );
    let truth = |mail: &Mail<'_>| ip_allow_list(&tenant, mail).unwrap().truth();
    assert_eq!(truth(&mail()), Truth::Yes);
    let far = Mail { connecting_ip: Some(IpAddr::from([192, 0, 2, 1])), ..mail() };
    assert_eq!(truth(&far), Truth::No);
    assert_eq!(truth(&Mail::default()), Truth::Unknown);
}

#[test]
fn entries_of_the_tenant_list_count_only_until_they_expire() {
    let tenant = tenant(
        r#"{"TenantAllowBlockListItems": {"Sender": [
            {"Value": "brand.example", "Action": "Allow", "ExpirationDate": "2026-01-01T00:00:00Z"},
            {"Value": "it@brand.example", "Action": "Block", "ExpirationDate": null}]}}"#,
    );
    assert!(tenant_allow(&tenant, &mail()).is_none());
    assert!(tenant_block(&tenant, &mail()).is_some());
    let before = Mail { when: Some(1_700_000_000), ..mail() };
    assert!(tenant_allow(&tenant, &before).is_some());
}

#[test]
fn a_spoof_pair_needs_the_spoofed_side_and_the_infrastructure() {
    let tenant = tenant(
        r#"{"TenantAllowBlockListSpoofItems": [
            {"SpoofedUser": "brand.example", "SendingInfrastructure": "203.0.113.0/24", "SpoofType": "External", "Action": "Allow"},
            {"SpoofedUser": "other.example", "SendingInfrastructure": "*", "Action": "Block"}]}"#,
    );
    assert!(spoof_pair(&tenant, &mail(), "Allow").is_some());
    assert!(spoof_pair(&tenant, &mail(), "Block").is_none());
    let far = Mail { authenticated_ip: Some(IpAddr::from([192, 0, 2, 1])), ..mail() };
    assert!(spoof_pair(&tenant, &far, "Allow").is_none());
}

#[test]
fn allowed_senders_of_a_policy_cover_subdomains() {
    let tenant = tenant(
        r#"{"HostedContentFilterPolicy": {"Name": "Default", "IsDefault": true, "AllowedSenders": [], "AllowedSenderDomains": ["brand.example"]}}"#,
    );
    let applied = tenant.content_filter_for(Some("ann@contoso.example")).unwrap();
    let policy = applied.policy().unwrap();
    assert_eq!(policy_sender_list(policy, &mail()).unwrap().truth(), Truth::Yes);
    let other = Mail { from: Some("a@else.example"), ..mail() };
    assert_eq!(policy_sender_list(policy, &other).unwrap().truth(), Truth::No);
}
