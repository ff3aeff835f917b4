//! Diagnoses built by hand, for the report tests and for the pages that the browser tests open.

use mailwhy::diagnosis::{
    AuthenticationSheet, Diagnosis, FactSheet, HopSheet, LinkSheet, MailboxDeliverySheet,
    MessageSummary, SourceSummary, Stamp,
};
use mailwhy::fact::{Citation, Evidence, Place};
use mailwhy::finding::{Certainty, Finding, Fix, FixKind, Outcome, Role};
use std::sync::Arc;

const REPORT: &str = "CIP:203.0.113.10;CTRY:US;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:mail.phish.example;PTR:mail.phish.example;CAT:SPM;SFS:(13230040)(4022899009);DIR:INB;";

fn evidence(source: &str, line: u32, field: &'static str, value: &str) -> Citation {
    Evidence::new(&Arc::from(source), Place::Line(line), field, value).into()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// 2026-11-16, in seconds since 1970.
const MIDNIGHT: i64 = 1_794_787_200;

/// A message in the Junk Email folder with every part of a report filled in.
pub(crate) fn one() -> Diagnosis {
    one_named("ticket-4711/not-received.eml")
}

fn one_named(source: &str) -> Diagnosis {
    Diagnosis {
        message: MessageSummary {
            message_id: some("8f2c1d@mail.phish.example"),
            network_message_id: some("2f1d6a52-6b7e-4c39-9a41-08dd0a1b2c3d"),
            subject: some("Your parcel could not be delivered"),
            from: some("parcel-service@phish.example"),
            mail_from: some("bounce@mail.phish.example"),
            date: some("2026-11-16T08:59:58Z"),
            tenant_id: some("7d3a4f5e-1111-4222-8333-9c0d1e2f3a4b"),
        },
        recipient: some("ann.brown@contoso.example"),
        delivered_at: Some(MIDNIGHT + 9 * 3_600 + 60 + 52),
        sources: vec![SourceSummary { path: Arc::from(source), kind: "message" }],
        outcome: Outcome::Junk,
        outcome_certainty: Certainty::Proven,
        outcome_because: "Mailbox-Delivery says dest:J".to_owned(),
        headline: "Delivered to the Junk Email folder (proven): the content filter marked it as spam (SFV:SPM, SCL 5), and no allow entry covered 203.0.113.10.".to_owned(),
        findings: findings(source),
        contradictions: vec![],
        people: vec!["Ann Larsen".to_owned()],
        notes: vec!["The body was not looked at.".to_owned()],
        facts: facts(source).into(),
    }
}

fn findings(source: &str) -> Vec<Finding> {
    vec![
        Finding {
            rule: "spam-verdict-junk",
            role: Role::Cause,
            certainty: Certainty::Proven,
            summary: "The content filter marked the message as spam and the policy's action put it into Junk Email.".to_owned(),
            evidence: vec![
                evidence(source, 12, "X-Forefront-Antispam-Report", REPORT),
                evidence(source, 14, "X-Microsoft-Antispam-Mailbox-Delivery", "ucf:0;jmr:1;auth:0;dest:J;ENG:(910001)(944506478)"),
            ],
            excluded: vec![
                "A user's block list entry: SFV is SPM, not BLK.".to_owned(),
                "A mail flow rule's SCL: SFV is SPM, not SKS.".to_owned(),
            ],
            fix: vec![
                Fix {
                    kind: FixKind::Portal,
                    text: "Defender portal > Email & collaboration > Policies & rules > Threat policies > Advanced delivery > Phishing simulation > Edit: add the domain mail.phish.example and the sending IP 203.0.113.10.".to_owned(),
                },
                Fix {
                    kind: FixKind::Powershell,
                    text: "New-PhishSimOverridePolicy -Name PhishSimOverridePolicy\nNew-ExoPhishSimOverrideRule -Policy PhishSimOverridePolicy -Domains mail.phish.example -SenderIpRanges 203.0.113.10\n# if a rule exists already:\nGet-ExoPhishSimOverrideRule | Set-ExoPhishSimOverrideRule -AddDomains mail.phish.example -AddSenderIpRanges 203.0.113.10".to_owned(),
                },
            ],
            caveat: Some("Needs the roles Security Administrator and Exchange Organization Management.".into()),
            references: vec!["https://learn.microsoft.com/defender-office-365/advanced-delivery-policy-configure"].into(),
        },
        Finding {
            rule: "ip-allow-missed",
            role: Role::Contributing,
            certainty: Certainty::Likely,
            summary: "The connecting IP was on no allow list (IPV:NLI).".to_owned(),
            evidence: vec![evidence(source, 12, "X-Forefront-Antispam-Report", REPORT)],
            excluded: vec!["CIP is not a gateway's: no gateway left a mark.".to_owned()],
            fix: vec![],
            caveat: None,
            references: vec![].into(),
        },
        Finding {
            rule: "links-rewritten",
            role: Role::Alteration,
            certainty: Certainty::Proven,
            summary: "One of two links was rewritten by Safe Links.".to_owned(),
            evidence: vec![evidence(source, 88, "link", "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fphish.example%2Flogin%3Frid%3DabC123x")],
            excluded: vec![],
            fix: vec![],
            caveat: None,
            references: vec![].into(),
        },
    ]
}

fn facts(source: &str) -> FactSheet {
    let report = evidence(source, 12, "X-Forefront-Antispam-Report", REPORT);
    let authentication = evidence(
        source,
        9,
        "Authentication-Results",
        "spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=mail.phish.example; dkim=pass header.d=phish.example; dmarc=pass action=none; compauth=pass reason=100",
    );
    let stamp = |field: &str, value: &str, meaning: &str, evidence: &Citation| Stamp {
        field: field.to_owned(),
        value: value.to_owned(),
        meaning: meaning.to_owned(),
        evidence: evidence.clone(),
    };
    FactSheet {
        connecting_ip: some("203.0.113.10"),
        ipv: some("NLI"),
        sfv: some("SPM"),
        cat: some("SPM"),
        scl: Some(5),
        bcl: Some(0),
        sfty: None,
        dir: some("INB"),
        country: some("US"),
        helo: some("mail.phish.example"),
        ptr: some("mail.phish.example"),
        authentication: AuthenticationSheet {
            spf: some("pass"),
            dkim: vec![("pass".to_owned(), some("phish.example"))],
            dmarc: some("pass"),
            dmarc_action: some("none"),
            compauth: some("pass"),
            compauth_reason: some("100"),
            sender_ip: some("203.0.113.10"),
        },
        mailbox_delivery: Some(MailboxDeliverySheet {
            dest: some("J"),
            ucf: Some(0),
            jmr: Some(1),
            ofr: None,
        }),
        organization_headers: vec![
            ("X-MS-Exchange-Organization-SCL".to_owned(), "5".to_owned()),
            ("X-MS-Exchange-Organization-AuthAs".to_owned(), "Anonymous".to_owned()),
        ],
        hops: hops(),
        gateways: vec![("Mimecast".to_owned(), "recipient")],
        links: links(),
        simulation: Some(("KnowBe4".to_owned(), "X-PHISHTEST header".to_owned())),
        stamps: vec![
            stamp("CIP", "203.0.113.10", "the system that connected to Microsoft 365", &report),
            stamp("IPV", "NLI", "the connecting IP was on no list", &report),
            stamp("SFV", "SPM", "the content filter marked it as spam", &report),
            stamp("SCL", "5", "spam confidence level: spam", &report),
            stamp("CAT", "SPM", "spam", &report),
            stamp("DIR", "INB", "inbound", &report),
            stamp(
                "compauth",
                "pass reason=100",
                "composite authentication passed: SPF or DKIM passed and aligned",
                &authentication,
            ),
            stamp(
                "dest",
                "J",
                "Junk Email",
                &evidence(
                    source,
                    14,
                    "X-Microsoft-Antispam-Mailbox-Delivery",
                    "ucf:0;jmr:1;auth:0;dest:J",
                ),
            ),
        ],
    }
}

fn hops() -> Vec<HopSheet> {
    let hop =
        |from: &str, by: &str, ip: &str, date: &str, delay, role, forest: Option<&str>| HopSheet {
            from: some(from),
            by: some(by),
            ip: some(ip),
            date: some(date),
            delay_seconds: delay,
            role,
            forest: forest.map(str::to_owned),
        };
    vec![
        hop(
            "AM0PR01MB1001.eurprd01.prod.exchangelabs.com",
            "DB9PR01MB2002.eurprd01.prod.exchangelabs.com",
            "2001:db8:10::5",
            "2026-11-16T09:01:52Z",
            Some(2),
            "mailbox",
            Some("eurprd01"),
        ),
        hop(
            "AMS0EPF00000100.eurprd05.prod.outlook.com",
            "AM0PR01MB1001.outlook.office365.com",
            "2001:db8:10::2",
            "2026-11-16T09:01:50Z",
            Some(1),
            "front-end",
            Some("eurprd05"),
        ),
        hop(
            "relay-1.gateway.example",
            "AMS0EPF00000100.mail.protection.outlook.com",
            "198.51.100.7",
            "2026-11-16T09:01:49Z",
            Some(104),
            "edge",
            None,
        ),
        hop(
            "mail.phish.example",
            "relay-1.gateway.example",
            "203.0.113.10",
            "2026-11-16T09:00:05Z",
            Some(5),
            "gateway",
            None,
        ),
        hop(
            "app-3.internal",
            "mail.phish.example",
            "10.1.2.3",
            "2026-11-16T09:00:00Z",
            None,
            "sender",
            None,
        ),
    ]
}

fn links() -> Vec<LinkSheet> {
    vec![
        LinkSheet {
            rewritten: "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fphish.example%2Flogin%3Frid%3DabC123x&data=05%7C02%7Cann.brown%40contoso.example%7C…".to_owned(),
            chain: vec!["Safe Links".to_owned()],
            original: some("https://phish.example/login?rid=abC123x"),
            recovered: "full",
            note: None,
        },
        LinkSheet {
            rewritten: "https://protect-eu.mimecast.com/s/AbCdEfGhIjKl?domain=phish.example".to_owned(),
            chain: vec!["Mimecast".to_owned()],
            original: some("phish.example"),
            recovered: "domain",
            note: some("the rest is known to the vendor only"),
        },
    ]
}

/// `count` diagnoses as a campaign has them: most delivered, the rest failing for several causes.
pub(crate) fn many(count: usize) -> Vec<Diagnosis> {
    (0..count).map(nth).collect()
}

fn nth(n: usize) -> Diagnosis {
    let source = format!("campaign/message-{n:05}.eml");
    let mut diagnosis = one_named(&source);
    let (outcome, rule, certainty, summary) = match n % 20 {
        0..=9 => (Outcome::Inbox, "", Certainty::Proven, ""),
        10..=12 => (Outcome::Delivered, "", Certainty::Likely, ""),
        13..=15 => (
            Outcome::Junk,
            "spam-verdict-junk",
            Certainty::Proven,
            "The content filter marked it as spam.",
        ),
        16 | 17 => (
            Outcome::Quarantine,
            "high-confidence-phish",
            Certainty::Likely,
            "High confidence phishing; an allow entry does not help against that verdict.",
        ),
        18 => (
            Outcome::Rejected,
            "rule-reject",
            Certainty::Proven,
            "A mail flow rule refused it with 550 5.7.1.",
        ),
        _ => (
            Outcome::NotTraced,
            "direct-send-rejected",
            Certainty::Possible,
            "Never seen in the trace.",
        ),
    };
    let minute = n / 11 % (26 * 60);
    let date = format!(
        "2026-11-{:02}T{:02}:{:02}:{:02}Z",
        16 + minute / 1440,
        minute / 60 % 24,
        minute % 60,
        n % 60
    );
    diagnosis.facts.hops[0].date = Some(date.clone());
    diagnosis.message.date = Some(date);
    diagnosis.delivered_at = Some(MIDNIGHT + i64::try_from(minute * 60 + n % 60).unwrap());
    diagnosis.message.message_id = Some(format!("{n:08x}@mail.phish.example"));
    diagnosis.message.network_message_id = Some(format!("2f1d6a52-6b7e-4c39-9a41-{n:012x}"));
    diagnosis.recipient = Some(format!("user{:05}@contoso.example", n * 7919 % 9001));
    diagnosis.outcome = outcome;
    diagnosis.outcome_certainty = certainty;
    if rule.is_empty() {
        diagnosis.findings.retain(|finding| finding.role == Role::Alteration);
        diagnosis.headline = format!("Delivered ({certainty}): nothing stood in its way.");
    } else {
        diagnosis.findings[0].rule = rule;
        diagnosis.findings[0].certainty = certainty;
        diagnosis.findings[0].summary = summary.to_owned();
        diagnosis.headline = format!("{summary} ({certainty})");
        if rule == "rule-reject" {
            diagnosis.findings[0].fix = vec![Fix { kind: FixKind::Portal, text: "Exchange admin center > Mail flow > Rules: add an exception for 203.0.113.10 to the rule that refused it.".to_owned() }];
        }
    }
    diagnosis
}

/// What every field of [`hostile`] holds besides its name.
pub(crate) const HOSTILE: &str = "<script>window.pwned=1</script><img src=x onerror=\"window.pwned=1\"><a href=\"javascript:window.pwned=1\">x</a>\"'><style>*{display:none}</style><link rel=stylesheet href=http://evil.example/x.css></script></style></template></details>]]>-->\u{202e}gnp\u{2066}\u{200b}\x1b[31m\0\r\n|`=cmd()|@everyone http://evil.example/p?q=1 {{7*7}} ${x}";

/// A diagnosis with [`HOSTILE`] in every field that a stranger can fill, and a subject of 1 MB.
pub(crate) fn hostile() -> Diagnosis {
    let h = |name: &str| format!("{name} {HOSTILE}");
    let value = |name: &str| Some(h(name));
    let evil: Citation = Evidence {
        source: Arc::from(h("source").as_str()),
        place: Place::Line(1),
        field: h("field").into(),
        value: h("value").into(),
    }
    .into();
    let mut diagnosis = one();
    diagnosis.message = MessageSummary {
        message_id: value("message_id"),
        network_message_id: value("network_message_id"),
        subject: Some(h(&"A".repeat(1 << 20))),
        from: value("from"),
        mail_from: value("mail_from"),
        date: value("date"),
        tenant_id: value("tenant"),
    };
    diagnosis.recipient = value("recipient");
    diagnosis.sources =
        vec![SourceSummary { path: Arc::from(h("path").as_str()), kind: "message" }];
    diagnosis.outcome_because = h("because");
    diagnosis.headline = h("headline");
    diagnosis.contradictions = vec![h("contradiction")];
    diagnosis.notes = vec![h("note")];
    for finding in &mut diagnosis.findings {
        finding.summary = h("summary");
        finding.evidence = vec![evil.clone()];
        finding.excluded = vec![h("excluded")];
        finding.fix = vec![
            Fix { kind: FixKind::Portal, text: h("portal") },
            Fix { kind: FixKind::Powershell, text: h("powershell") },
        ];
        finding.caveat = value("caveat").map(Into::into);
    }
    let facts = &mut *diagnosis.facts;
    for field in [
        &mut facts.connecting_ip,
        &mut facts.ipv,
        &mut facts.sfv,
        &mut facts.cat,
        &mut facts.sfty,
        &mut facts.dir,
        &mut facts.country,
        &mut facts.helo,
        &mut facts.ptr,
    ] {
        *field = value("fact");
    }
    facts.authentication = AuthenticationSheet {
        spf: value("spf"),
        dkim: vec![(h("dkim"), value("dkim domain"))],
        dmarc: value("dmarc"),
        dmarc_action: value("action"),
        compauth: value("compauth"),
        compauth_reason: value("reason"),
        sender_ip: value("sender ip"),
    };
    facts.organization_headers = vec![(h("name"), h("value"))];
    facts.gateways = vec![(h("vendor"), "recipient")];
    facts.simulation = Some((h("platform"), h("mark")));
    for hop in &mut facts.hops {
        *hop = HopSheet {
            from: value("from"),
            by: value("by"),
            ip: value("ip"),
            date: value("date"),
            delay_seconds: Some(i64::MIN),
            role: "edge",
            forest: value("forest"),
        };
    }
    for link in &mut facts.links {
        *link = LinkSheet {
            rewritten: format!("javascript:window.pwned=1 {HOSTILE}"),
            chain: vec![h("chain")],
            original: value("original"),
            recovered: "full",
            note: value("note"),
        };
    }
    for stamp in &mut facts.stamps {
        *stamp = Stamp {
            field: h("stamp"),
            value: h("value"),
            meaning: h("meaning"),
            evidence: evil.clone(),
        };
    }
    diagnosis
}
