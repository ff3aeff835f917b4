//! The table of near-misses, one row each.

use super::*;
use crate::testing::Mail as Sample;

/// Every rule of the table, in the catalogue's order.
const RULES: &[Rule] = &[
    RULE_NOT_MATCHED,
    RULE_NOT_CONFIGURED,
    RULE_POLICY_DISABLED,
    RULE_PENDING,
    RULE_IP_ONLY,
    RULE_DOMAIN_ONLY,
    RULE_FROM_HEADER,
    RULE_DKIM_BROKEN,
    RULE_MX_ELSEWHERE,
    RULE_IN_AND_OUT,
    RULE_INTRA_ORG,
    RULE_INJECTED,
    RULE_LIMIT,
    RULE_UNICODE,
    RULE_SUBDOMAIN,
];

const MARK: &str = "X-PHISHTEST: This is a phishing security test";

fn tenant(domains: &str, ips: &str) -> String {
    format!(
        r#"{{"ExoPhishSimOverrideRule": {{"Name": "r", "Mode": "Enforce", "Domains": [{domains}], "SenderIpRanges": [{ips}], "WhenChangedUTC": "2025-10-01T00:00:00Z"}}}}"#
    )
}

fn junked() -> Sample {
    Sample::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk()
}

/// The ids of the table that fire.
fn fired(mail: &Sample, tenant: &str) -> Vec<(&'static str, Certainty)> {
    let mail = mail.clone().tenant(tenant);
    RULES.iter().filter_map(|rule| Some((rule.id, mail.certainty(rule)?))).collect()
}

const IP: &str = "\"203.0.113.10\"";

#[test]
fn each_row_of_the_table_fires_alone() {
    let broken = junked().results("spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=bounce.example; dkim=fail (body hash did not verify) header.d=phish.example;dmarc=fail action=none header.from=brand.example;compauth=pass reason=100");
    let brand = junked().results("spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=phish.example; dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=phish.example;compauth=pass reason=100");
    let rows: Vec<(&str, Certainty, Sample, String)> = vec![
        ("advanced-delivery-ip-only", Certainty::Proven, junked(), tenant("\"other.example\"", IP)),
        (
            "advanced-delivery-domain-only",
            Certainty::Proven,
            junked(),
            tenant("\"phish.example\"", "\"192.0.2.1\""),
        ),
        (
            "advanced-delivery-dkim-broken",
            Certainty::Proven,
            broken,
            tenant("\"phish.example\"", IP),
        ),
        (
            "advanced-delivery-subdomain",
            Certainty::Possible,
            brand,
            tenant("\"mail.phish.example\"", IP),
        ),
        (
            "advanced-delivery-not-configured",
            Certainty::Likely,
            junked().header(MARK),
            r#"{"ExoPhishSimOverrideRule": []}"#.to_owned(),
        ),
        (
            "advanced-delivery-policy-disabled",
            Certainty::Likely,
            junked(),
            tenant("\"phish.example\"", IP).replacen(
                '{',
                r#"{"PhishSimOverridePolicy": {"Name": "p", "Enabled": false}, "#,
                1,
            ),
        ),
        (
            "advanced-delivery-rule-pending-deletion",
            Certainty::Likely,
            junked().header(MARK),
            tenant("\"phish.example\"", IP).replace("Enforce", "PendingDeletion"),
        ),
        (
            "allow-not-matched",
            Certainty::Proven,
            junked().header(MARK),
            tenant("\"other.example\"", "\"192.0.2.1\""),
        ),
    ];
    for (id, certainty, mail, tenant) in rows {
        assert_eq!(fired(&mail, &tenant), [(id, certainty)], "{tenant}");
    }
}

#[test]
fn a_listed_from_domain_and_a_unicode_domain_are_told_apart_from_a_plain_miss() {
    let from = |mail_from: &str| {
        junked().results(&format!("spf=pass (sender IP is 203.0.113.10) smtp.mailfrom={mail_from}; dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=phish.example;compauth=pass reason=100"))
    };
    let found = fired(&from("bounce.example"), &tenant("\"phish.example\"", IP));
    assert_eq!(found, [("advanced-delivery-from-header-domain", Certainty::Proven)]);
    let found = fired(&from("xn--bcher-kva.example"), &tenant("\"bücher.example\"", IP));
    assert_eq!(found, [("advanced-delivery-unicode-domain", Certainty::Proven)]);
}

#[test]
fn mail_put_into_the_mailbox_by_api_is_out_of_reach() {
    const INJECTED: &str = "Received: from DM4PR19MB1111.namprd19.prod.outlook.com (2603:10b6:8:b9::7)\r\n by CH3PR19MB2222.namprd19.prod.outlook.com with HTTPS; Tue, 14 Oct 2025 09:12:36 +0000\r\nFrom: it@brand.example\r\nTo: ann@contoso.example\r\nX-PHISHTEST: test\r\n\r\n";
    let message = crate::message::Message::parse(&"t.eml".into(), INJECTED.as_bytes());
    let json = tenant("\"other.example\"", IP);
    let exported = crate::tenant::reader::read_bytes("t.json", json.as_bytes()).unwrap();
    let mut case = Case::from_message(&message);
    case.tenant = Some(&exported);
    case.landing.outcome = Outcome::Junk;
    let found = check(&case, &RULE_INJECTED).unwrap();
    assert_eq!(found.certainty, Certainty::Likely, "headers may have been pruned");
    assert!(check(&case, &RULE_IP_ONLY).is_none());
}

#[test]
fn a_loop_through_a_gateway_is_out_of_reach() {
    let mail = Sample::inbound().behind_mimecast().in_junk().report("CIP:198.51.100.20;CTRY:US;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:us-smtp-delivery-1.mimecast.com;PTR:;CAT:SPM;SFS:(1);DIR:INB;").header("X-Forefront-Antispam-Report: CIP:203.0.113.10;CTRY:US;LANG:en;SCL:1;SRV:;IPV:NLI;SFV:NSPM;H:mail.phish.example;PTR:;CAT:NONE;SFS:(13230040);DIR:INB;").received(&[
        "Received: from us-smtp-delivery-1.mimecast.com (198.51.100.20) by\r\n BL02EPF0001A0FB.mail.protection.outlook.com (10.167.242.202) with Microsoft SMTP\r\n Server id 15.20.9160.9 via Frontend Transport; Tue, 14 Oct 2025 09:12:31 +0000",
        "Received: from NAM12-DM6-obe.outbound.protection.outlook.com (40.107.243.1) by\r\n relay.mimecast.com with ESMTP id us-mta-77-abcDEFghiJKLmnoPQRstuV-1; Tue,\r\n 14 Oct 2025 05:12:28 -0400",
        "Received: from SA1PR14MB5678.namprd14.prod.outlook.com (2603:10b6:806:2ac::11)\r\n by CH3PR14MB1234.namprd14.prod.outlook.com with HTTPS; Tue, 14 Oct 2025 09:12:26 +0000",
        "Received: from mail.phish.example (203.0.113.10) by\r\n BL02EPF0001A0AA.mail.protection.outlook.com (10.167.242.202) with Microsoft SMTP\r\n Server id 15.20.9160.9 via Frontend Transport; Tue, 14 Oct 2025 09:12:25 +0000",
    ]);
    let listed = tenant("\"phish.example\"", IP);
    let found = fired(&mail, &listed);
    assert_eq!(found, [("advanced-delivery-in-and-out", Certainty::Likely)]);
    let fix = mail.tenant(&listed).finding(&RULE_IN_AND_OUT).unwrap().fix;
    let fix: String = fix.iter().map(|fix| fix.text.as_str()).collect();
    assert!(fix.contains("ExceptIfSenderIpRanges") && !fix.contains("instead of the domain's MX"));
}

#[test]
fn a_gateways_address_is_a_miss_of_the_route() {
    let mail = Sample::inbound().behind_mimecast().in_junk().report("CIP:198.51.100.20;CTRY:US;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:us-smtp-delivery-1.mimecast.com;PTR:;CAT:SPM;SFS:(1);DIR:INB;");
    let found = fired(&mail, &tenant("\"phish.example\"", IP));
    assert_eq!(found, [("advanced-delivery-mx-elsewhere", Certainty::Proven)]);
}

#[test]
fn a_gateway_that_helo_alone_names_is_likely_at_most() {
    let mail = Sample::inbound().behind_mimecast().in_junk().report("CIP:198.51.100.20;CTRY:US;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:us-smtp-delivery-1.mimecast.com;PTR:host-20.isp.example;CAT:SPM;SFS:(1);DIR:INB;");
    let found = fired(&mail, &tenant("\"phish.example\"", IP));
    assert_eq!(found, [("advanced-delivery-mx-elsewhere", Certainty::Likely)]);
}

#[test]
fn internal_mail_is_out_of_reach() {
    let mail = Sample::inbound().internal("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().header(MARK);
    let found = fired(&mail, &tenant("\"phish.example\"", IP));
    assert_eq!(found, [("advanced-delivery-intra-org", Certainty::Proven)]);
}

#[test]
fn a_full_list_is_told_beside_the_miss() {
    let ips: Vec<String> = (1..11).map(|i| format!("\"192.0.2.{i}\"")).collect();
    let found = fired(&junked(), &tenant("\"phish.example\"", &ips.join(",")));
    let ids: Vec<&str> = found.iter().map(|found| found.0).collect();
    assert_eq!(ids, ["advanced-delivery-domain-only", "advanced-delivery-limit"]);
}

#[test]
fn a_rule_changed_after_the_message_lowers_the_certainty() {
    let later = tenant("\"other.example\"", IP).replace("2025-10-01", "2025-11-01");
    assert_eq!(fired(&junked(), &later), [("advanced-delivery-ip-only", Certainty::Possible)]);
    let undated = later.replace("WhenChangedUTC", "Ignored");
    assert_eq!(fired(&junked(), &undated), [("advanced-delivery-ip-only", Certainty::Likely)]);
}

#[test]
fn a_match_mail_in_the_inbox_and_unrelated_mail_give_nothing() {
    let good = tenant("\"phish.example\"", IP);
    assert!(fired(&junked(), &good).is_empty());
    let bad = tenant("\"other.example\"", IP);
    let inbox = Sample::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox();
    assert!(fired(&inbox, &bad).is_empty());
    let unrelated = tenant("\"other.example\"", "\"192.0.2.1\"");
    assert!(fired(&junked(), &unrelated).is_empty());
    assert!(fired(&junked(), "{\"ArcConfig\": []}").is_empty(), "not exported is unknown");
}
