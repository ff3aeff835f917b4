//! Header blocks as a ticket packs them: what senders and organisations write into any header.

use crate::fixture;
use mailwhy::campaign::Campaign;
use mailwhy::message::Message;
use mailwhy::report::redact::{Keep, Redactor};

fn redacted(block: &str, keep: Keep) -> String {
    let source = "a.eml".into();
    let message = Message::parse(&source, block.as_bytes());
    let mut redactor = Redactor::new(keep);
    let headers = redactor.headers(&message.headers, &fixture::one());
    headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

#[test]
fn private_parts_of_headers_go_in_every_spelling() {
    for (header, expected) in [
        (
            "Received: from x (client_203.0.113.56 [203.0.113.056]) by relay-203.0.113.58",
            "Received: from x (client_ip-1 [ip-1]) by relay-ip-2",
        ),
        ("X-Url: phish.example/t?u=ann", "X-Url: domain-1.redacted.example/link-1"),
        ("X-Url: https://phish.example/t|ann", "X-Url: https://domain-1.redacted.example/link-1"),
        ("X-Url: phish.example/?u=https://a.example/b", "X-Url: domain-1.redacted.example/link-1"),
        (
            "X-Host: fabrikam2024.mail.protection.outlook.com, am0eur02ft001.mail.protection.outlook.com",
            "X-Host: host-1.mail.protection.outlook.com, am0eur02ft001.mail.protection.outlook.com",
        ),
        (
            "Content-Type: text/html; charset=utf-8; name=\"pay roll.html\"; x=y",
            "Content-Type: text/html; charset=utf-8; name=\"file-1\"; x=y",
        ),
        (
            "Content-Disposition: attachment; filename=payroll.zip; size=1",
            "Content-Disposition: attachment; filename=file-1.zip; size=1",
        ),
        (
            "List-Unsubscribe: <mailto:out@phish.example?subject=Pay talks&body=Dear Kim>, <https://phish.example/o>",
            "List-Unsubscribe: <mailto:address-1@domain-1.redacted.example?link-1>, <https://domain-1.redacted.example/link-2>",
        ),
        (
            "X-Link: mailto:?body=Dear%20Kim (mailto:a@b.example), mailto%3A%3Fsubject%3DPay",
            "X-Link: mailto:?link-1",
        ),
        ("X-Link: mailto%3A%3Fsubject%3DPay", "X-Link: token-1"),
        (
            "X-Microsoft-Antispam-Mailbox-Delivery: ucf:1;dest:C;OFR:CustomRules;RF:Pay talks;ENG:(Kim)(944506478);",
            "X-Microsoft-Antispam-Mailbox-Delivery: ucf:1;dest:C;OFR:CustomRules;RF:setting-1;ENG:(setting-2)(944506478);",
        ),
        (
            "X-MS-Exchange-Organization-Rules-Execution-History: Ask Kim%%%2f1d6a52-0000-4c39-9a41-08dd0a1b2c3d",
            "X-MS-Exchange-Organization-Rules-Execution-History: setting-1%%%id-1",
        ),
        (
            "X-Html: jane&#64;fabrikam.example, jane&commat;fabrikam&period;example; jane&#x40;fabrikam.example b&w; x",
            "X-Html: token-1, token-2; token-3 b&w; x",
        ),
        ("X-Url: jane%40fabrikam.example", "X-Url: token-1"),
        (
            "From: =?utf-8?Q?J=C3=BCrgen_Tarn?= <a@b.example>\nComments: J\u{fc}rgen Tarn, =?utf-8?Q?J=C3=BCrgen_Tarn?= wrote",
            "From: name-1 <address-1@domain-1.redacted.example>\nComments: name-1, name-1 wrote",
        ),
        // The message came from 203.0.113.10.
        (
            "Received: from dsl-203-0-113-10 (ip203_0_113_10 [0xCB00710A]) by 10-113-0-203.rev, cb00710a, 3405803786",
            "Received: from dsl-ip-1 (ipip-1 [ip-1]) by ip-1.rev, ip-1, ip-1",
        ),
        (
            "X-Host: 203-0-113-101 1203-0-113-10 203-0-113-11 deadcb00710abeef cb00710a-1111-4222-8333-444455556666",
            "X-Host: 203-0-113-101 1203-0-113-10 203-0-113-11 deadcb00710abeef id-1",
        ),
        ("X-Host: 203.0.113.10 ::ffff:203.0.113.10 [::ffff:cb00:710a]", "X-Host: ip-1 ip-1 [ip-1]"),
        (
            "X-Ip: 2001:db8::1:0:0:7 (2001-db8-0-0-1-0-0-7 2001:0DB8:0000:0000:0001:0000:0000:0007 x-2001-db8--1-0-0-7)",
            "X-Ip: ip-1 (ip-1 ip-1 x-ip-1)",
        ),
        (
            "X-Results: compauth=fail reason=405; reason=405 (=40 5)",
            "X-Results: compauth=fail reason=405; reason=405 (=40 5)",
        ),
        // Only these two headers name files so.
        ("X-Kind: name=\"payroll\"", "X-Kind: name=\"payroll\""),
        (
            "Cc: a@b.example (Ann (Annie) Brown) (Rest",
            "Cc: address-1@domain-1.redacted.example (name-1 (name-2) name-3) (Rest",
        ),
    ] {
        assert_eq!(redacted(&format!("{header}\n\n"), Keep::default()).trim_end(), expected);
    }
}

#[test]
fn a_name_is_the_same_in_capitals_whatever_its_letters() {
    let block = "From: \"M\u{fc}ller \u{c9}va\" <e@phish.example>\nComments: M\u{dc}LLER \u{e9}VA wrote\n\n";
    let said = redacted(block, Keep::default());
    assert!(said.ends_with("Comments: name-1 wrote\n"), "{said}");
}

#[test]
fn a_mail_from_that_is_a_domain_aligns_with_the_from() {
    let mut diagnosis = fixture::one();
    diagnosis.message.from = Some("ann@phish.example".to_owned());
    diagnosis.message.mail_from = Some("phish.example".to_owned());
    diagnosis.findings[0].fix[0].text = "Set -Domains phish.example".to_owned();
    let mut told = diagnosis.clone();
    Redactor::new(Keep::default()).redact(&mut told);
    assert_eq!(told.message.from.as_deref(), Some("sender-1@domain-2.redacted.example"));
    assert_eq!(told.message.mail_from.as_deref(), Some("domain-2.redacted.example"));
    assert_eq!(told.findings[0].fix[0].text, "Set -Domains domain-2.redacted.example");

    let campaign =
        Campaign { mail_from_domains: vec!["phish.example".to_owned()], ..Campaign::default() };
    Redactor::new(Keep::from_iter([&campaign])).redact(&mut diagnosis);
    assert_eq!(diagnosis.message.mail_from.as_deref(), Some("phish.example"));
    assert_eq!(diagnosis.findings[0].fix[0].text, "Set -Domains phish.example");

    // What has no dot of a domain in it is a name.
    diagnosis.message.mail_from = Some("ann.brown".to_owned());
    Redactor::new(Keep::default()).redact(&mut diagnosis);
    assert_eq!(diagnosis.message.mail_from.as_deref(), Some("name-1"));
}

#[test]
fn of_a_long_subject_nothing_stays_in_a_header_block() {
    for length in [300, 1_000, 4_090, 4_097, 4_100, 5_000, 100_000] {
        let subject = &"Zanzibar takeover planning ".repeat(4_000)[..length];
        let mut diagnosis = fixture::one();
        diagnosis.message.subject = Some(subject.trim().to_owned());
        let block = format!("Subject: {subject}\nX-Copy: {subject}\nX-Own: a {subject}; b\n\n");
        let source = "a.eml".into();
        let message = Message::parse(&source, block.as_bytes());
        let headers = Redactor::new(Keep::default()).headers(&message.headers, &diagnosis);
        let values: Vec<&str> = headers.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values[..2], ["subject-1", "subject-1"], "{length}");
        assert!(values[2].starts_with("a subject-1"), "{length}: {}", values[2]);
        assert!(!values[2].contains("Zan") && !values[2].contains("plan"), "{length}");
    }
}

#[test]
fn a_subject_of_one_sign_is_found_again_in_time_and_memory_in_step_with_it() {
    let subject = "(".repeat(1_000_000);
    let mut diagnosis = fixture::one();
    diagnosis.message.subject = Some(subject.clone());
    diagnosis.people = vec!["(a".repeat(500_000)];
    let source = "a.eml".into();
    let block = format!("X-Own: {subject}\nFrom: {}\n\n", diagnosis.people[0]);
    let message = Message::parse(&source, block.as_bytes());
    let headers = Redactor::new(Keep::default()).headers(&message.headers, &diagnosis);
    assert_eq!(headers[0].1, "subject-1");
    assert_eq!(headers[1].1, "name-1");
}

#[test]
fn headers_and_facts_of_any_length_take_time_in_step_with_it() {
    for piece in ["(", "(a", "a)", "<", "\"", "Ann ", "- ", "u <u@c.example>,", "\u{fc}(b c) "] {
        let value = piece.repeat(200_000 / piece.len());
        let said = redacted(&format!("Cc: {value}\nFrom: {value}\n\n"), Keep::default());
        assert!(said.len() > 6, "{piece}");
    }
    let mut diagnosis = fixture::one();
    let facts = &mut *diagnosis.facts;
    let long = "a-".repeat(100_000);
    for value in [&mut facts.sfv, &mut facts.dir, &mut facts.authentication.spf] {
        *value = Some(long.clone());
    }
    facts.organization_headers = vec![("X-MS-Exchange-Organization-Foo".to_owned(), long)];
    Redactor::new(Keep::default()).redact(&mut diagnosis);
    assert_eq!(diagnosis.facts.sfv, diagnosis.facts.dir);
}
