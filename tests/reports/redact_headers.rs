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
            "Received: from host-1 (client_ip-1 [ip-1]) by relay-ip-2",
        ),
        (
            "X-MS-Exchange-Url: phish.example/t?u=ann",
            "X-MS-Exchange-Url: domain-1.redacted.example/link-1",
        ),
        (
            "X-MS-Exchange-Url: https://phish.example/t|ann",
            "X-MS-Exchange-Url: https://domain-1.redacted.example/link-1",
        ),
        (
            "X-MS-Exchange-Url: phish.example/?u=https://a.example/b",
            "X-MS-Exchange-Url: domain-1.redacted.example/link-1",
        ),
        (
            "X-MS-Exchange-Host: fabrikam2024.mail.protection.outlook.com, am0eur02ft001.mail.protection.outlook.com",
            "X-MS-Exchange-Host: host-1.mail.protection.outlook.com, am0eur02ft001.mail.protection.outlook.com",
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
            "X-MS-Exchange-Link: mailto:?body=Dear%20Kim (mailto:a@b.example), mailto%3A%3Fsubject%3DPay",
            "X-MS-Exchange-Link: mailto:?link-1",
        ),
        ("X-MS-Exchange-Link: mailto%3A%3Fsubject%3DPay", "X-MS-Exchange-Link: token-1"),
        (
            "X-Microsoft-Antispam-Mailbox-Delivery: ucf:1;dest:C;OFR:CustomRules;RF:Pay talks;ENG:(Kim)(944506478);",
            "X-Microsoft-Antispam-Mailbox-Delivery: ucf:1;dest:C;OFR:CustomRules;RF:setting-1;ENG:(setting-2)(944506478);",
        ),
        (
            "X-MS-Exchange-Organization-Rules-Execution-History: Ask Kim%%%2f1d6a52-0000-4c39-9a41-08dd0a1b2c3d",
            "X-MS-Exchange-Organization-Rules-Execution-History: setting-1%%%id-1",
        ),
        (
            "X-MS-Exchange-Html: jane&#64;fabrikam.example, jane&commat;fabrikam&period;example; jane&#x40;fabrikam.example b&w; x",
            "X-MS-Exchange-Html: token-1, token-2; token-3 b&w; x",
        ),
        ("X-MS-Exchange-Url: jane%40fabrikam.example", "X-MS-Exchange-Url: token-1"),
        (
            "From: =?utf-8?Q?J=C3=BCrgen_Tarn?= <a@b.example>\nX-MS-Exchange-Comments: J\u{fc}rgen Tarn, =?utf-8?Q?J=C3=BCrgen_Tarn?= wrote",
            "From: name-1 <address-1@domain-1.redacted.example>\nX-MS-Exchange-Comments: name-1, name-1 wrote",
        ),
        // The message came from 203.0.113.10.
        (
            "X-MS-Exchange-Route: from dsl-203-0-113-10 (ip203_0_113_10 [0xCB00710A]) by 10-113-0-203.rev, cb00710a, 3405803786",
            "X-MS-Exchange-Route: from dsl-ip-1 (ipip-1 [ip-1]) by ip-1.rev, ip-1, ip-1",
        ),
        (
            "X-MS-Exchange-Host: 203-0-113-101 1203-0-113-10 203-0-113-11 deadcb00710abeef cb00710a-1111-4222-8333-444455556666",
            "X-MS-Exchange-Host: 203-0-113-101 1203-0-113-10 203-0-113-11 deadcb00710abeef id-1",
        ),
        (
            "X-MS-Exchange-Host: 203.0.113.10 ::ffff:203.0.113.10 [::ffff:cb00:710a]",
            "X-MS-Exchange-Host: ip-1 ip-1 [ip-1]",
        ),
        (
            "X-MS-Exchange-Ip: 2001:db8::1:0:0:7 (2001-db8-0-0-1-0-0-7 2001:0DB8:0000:0000:0001:0000:0000:0007 x-2001-db8--1-0-0-7)",
            "X-MS-Exchange-Ip: ip-1 (ip-1 ip-1 x-ip-1)",
        ),
        (
            "X-MS-Exchange-Results: compauth=fail reason=405; reason=405 (=40 5)",
            "X-MS-Exchange-Results: compauth=fail reason=405; reason=405 (=40 5)",
        ),
        // Only these two headers name files so.
        ("X-MS-Exchange-Kind: name=\"payroll\"", "X-MS-Exchange-Kind: name=\"payroll\""),
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
    let block = "From: \"M\u{fc}ller \u{c9}va\" <e@phish.example>\nX-MS-Exchange-Comments: M\u{dc}LLER \u{e9}VA wrote\n\n";
    let said = redacted(block, Keep::default());
    assert!(said.ends_with("X-MS-Exchange-Comments: name-1 wrote\n"), "{said}");
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
        let block = format!(
            "Subject: {subject}\nX-MS-Exchange-Copy: {subject}\nX-MS-Exchange-Own: a {subject}; b\n\n"
        );
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
    let block = format!("X-MS-Exchange-Own: {subject}\nFrom: {}\n\n", diagnosis.people[0]);
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

#[test]
fn of_a_header_that_tells_nothing_of_a_delivery_only_its_name_stays_and_no_name_of_an_organisation()
{
    for (header, expected) in [
        ("X-Auth-User: alarsen", "X-Auth-User: hidden-1"),
        ("X-Originating-User: QUUXCORP\\alarsen", "X-Originating-User: hidden-1"),
        ("X-Zorro-Gateway: passed by ZORROGW01", "header-1: hidden-1"),
        ("Zorro-Trace: x", "header-1: hidden-1"),
        ("Organization: Zorro Holding SE", "Organization: hidden-1"),
        ("Keywords: a merger\nComments: a merger", "Keywords: hidden-1\nComments: hidden-1"),
        ("X-Mailer: Zorromailer 1", "X-Mailer: hidden-1"),
        ("X-Mailer: gophish of Zorro", "X-Mailer: gophish hidden-1"),
        ("X-PHISHTEST: Zorro drill", "X-PHISHTEST: hidden-1"),
        ("X-Mimecast-Spam-Score: 1", "X-Mimecast-Spam-Score: 1"),
        (
            "X-Mimecast-Impersonation-Protect: Policy=Zorro board",
            "X-Mimecast-Impersonation-Protect: hidden-1",
        ),
        ("Importance: high\nMIME-Version: 1.0", "Importance: high\nMIME-Version: 1.0"),
        ("MIME-Version: 1.0 (Zorro mailer)", "MIME-Version: hidden-1"),
        ("Date: Tue, 3 Feb 2026 07:29:59 +0000", "Date: Tue, 3 Feb 2026 07:29:59 +0000"),
        ("Date: the day of the Zorro merger", "Date: hidden-1"),
        (
            "List-Unsubscribe: Zorro staff <https://a.example/b>",
            "List-Unsubscribe: hidden-1 <https://domain-1.redacted.example/link-1>",
        ),
        ("To: Zorro board: ann@b.example;", "To: name-1: address-1@domain-1.redacted.example;"),
        (
            "X-MS-Exchange-Organization-BypassClutter: true",
            "X-MS-Exchange-Organization-BypassClutter: true",
        ),
    ] {
        assert_eq!(redacted(&format!("{header}\n\n"), Keep::default()).trim_end(), expected);
    }
}

#[test]
fn logins_queue_ids_and_selectors_go_from_headers_whose_form_is_known() {
    for (header, expected) in [
        (
            "Received: from ZORROPC (unknown [192.0.2.77]) (Authenticated sender: alarsen) by mta.phish.example (Postfix) with ESMTPSA id ZORROID77 for <a@c.example>; Tue, 3 Feb 2026 07:29:59 +0000 (CET)",
            "Received: from host-1 (unknown [ip-1]) (hidden-1) by host-2.domain-1.redacted.example (Postfix) with ESMTPSA id hidden-2 for <address-1@domain-2.redacted.example>; Tue, 3 Feb 2026 07:29:59 +0000 (CET)",
        ),
        (
            "Received: from AM0PR04CA0372.eurprd04.prod.outlook.com (2603:10a6:208:122::18) by DB9P193MB3146.eurp193.prod.outlook.com with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.9253.10 via Frontend Transport; Tue, 3 Feb 2026 07:30:04 +0000",
            "Received: from AM0PR04CA0372.eurprd04.prod.outlook.com (ip-1) by DB9P193MB3146.eurp193.prod.outlook.com with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.9253.10 via Frontend Transport; Tue, 3 Feb 2026 07:30:04 +0000",
        ),
        (
            "Authentication-Results: spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=a.example; dkim=fail (body hash did not verify) header.d=a.example;dmarc=fail action=oreject header.from=a.example;compauth=fail reason=000",
            "Authentication-Results: spf=pass (sender IP is ip-1) smtp.mailfrom=domain-1.redacted.example; dkim=fail (body hash did not verify) header.d=domain-1.redacted.example;dmarc=fail action=oreject header.from=domain-1.redacted.example;compauth=fail reason=000",
        ),
        (
            "Authentication-Results: ZORROGW; auth=pass smtp.auth=alarsen; spf=pass (as Zorro says)",
            "Authentication-Results: hidden-1; hidden-2 hidden-3; spf=pass (hidden-4)",
        ),
        (
            "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=zorro; h=from:to; bh=abc; b=def",
            "DKIM-Signature: v=1; a=rsa-sha256; d=domain-1.redacted.example; s=hidden-1; h=from:to; bh=hidden-2; b=hidden-3",
        ),
        ("DKIM-Signature: v=1; h=from:x-zorro-id", "DKIM-Signature: v=1; h=hidden-1"),
    ] {
        assert_eq!(redacted(&format!("{header}\n\n"), Keep::default()).trim_end(), expected);
    }
}

/// Rules that speak, with how sure they are.
fn findings(block: &str) -> Vec<(&'static str, mailwhy::finding::Certainty)> {
    let message = Message::parse(&"a.eml".into(), block.as_bytes());
    let case = mailwhy::case::Case::from_message(&message);
    let found = mailwhy::rules::all().filter_map(|rule| (rule.check)(&case));
    found.map(|finding| (finding.rule, finding.certainty)).collect()
}

#[test]
fn no_header_is_hidden_that_a_diagnosis_of_the_samples_rests_on() {
    let mut blocks = 0;
    for folder in std::fs::read_dir("samples").unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).into_iter().flatten() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "eml") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
            let block = format!("{}\n\n", text.split("\n\n").next().unwrap());
            let message = Message::parse(&"a.eml".into(), block.as_bytes());
            let case = mailwhy::case::Case::from_message(&message);
            let diagnosis =
                mailwhy::diagnosis::Diagnosis::of(case, mailwhy::diagnosis::Detail::Full);
            let headers = Redactor::new(Keep::default()).headers(&message.headers, &diagnosis);
            let told: String = message
                .headers
                .iter()
                .zip(&headers)
                .map(|(header, (name, value))| match value.strip_prefix("hidden-") {
                    Some(_) => format!("{name}: {value}\n"),
                    None => format!("{}: {}\n", header.name, header.value),
                })
                .collect();
            assert_eq!(
                findings(&format!("{told}\n")),
                findings(&block),
                "{}\n{told}",
                path.display()
            );
            blocks += 1;
        }
    }
    assert!(blocks > 20, "{blocks}");
}
