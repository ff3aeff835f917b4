//! Laws that hold for every message: stamps in any combination, names and addresses as hostile as mail
//! can be.

use mailwhy::case::Case;
use mailwhy::finding::{Certainty, Finding, FixKind};
use mailwhy::message::Message;
use mailwhy::rules;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::Arc;

/// One message, stamp by stamp.
#[derive(Debug, Clone)]
struct Stamps {
    report: String,
    delivery: String,
    results: String,
    sender: String,
    subject: String,
    extra: Vec<&'static str>,
}

impl Stamps {
    fn text(&self) -> String {
        let Stamps { report, delivery, results, sender, subject, extra } = self;
        format!(
            "Received: from mx.sim.example (203.0.113.10) by\r\n BL02EPF0001A0FB.mail.protection.outlook.com (10.167.242.202) with Microsoft SMTP Server id 15.20.9160.9 via Frontend Transport; Tue, 14 Oct 2025 09:12:31 +0000\r\nAuthentication-Results: {results}\r\nReturn-Path: {sender}\r\nFrom: {sender}\r\nTo: {sender}\r\nSubject: {subject}\r\n{report}{delivery}{}\r\n",
            extra.iter().map(|line| format!("{line}\r\n")).collect::<String>()
        )
    }

    fn findings(&self) -> Vec<Finding> {
        findings(&self.text())
    }
}

fn findings(headers: &str) -> Vec<Finding> {
    let message = Message::parse(&Arc::from("law.eml"), headers.as_bytes());
    let case = Case::from_message(&message);
    rules::all().filter_map(|rule| (rule.check)(&case)).collect()
}

const SFV: &[&str] =
    &["NSPM", "SPM", "SKN", "SKS", "SKI", "SKA", "SKB", "SFE", "BLK", "SKQ", "DMS", "NEW", ""];
const CAT: &[&str] = &[
    "NONE", "SPM", "HSPM", "BULK", "PHSH", "HPHSH", "HPHISH", "MALW", "AMP", "FTBP", "SAP",
    "SPOOF", "UIMP", "DIMP", "GIMP", "BIMP", "INTOS", "OSPM", "NEW", "",
];
const EXTRA: &[&str] = &[
    "X-CustomSpam: Web bug",
    "X-Microsoft-Antispam: BCL:8;",
    "X-PHISHTEST: yes",
    "X-MS-Exchange-Organization-BypassClutter: true",
    "X-MS-Exchange-Organization-AuthAs: Internal",
    "X-MS-Exchange-ExternalOriginalInternetSender: ip=[203.0.113.99];domain=mx.sim.example",
    "X-Forefront-Antispam-Report: SFV:SKI;CAT:NONE;",
    "X-Mimecast-Spam-Score: 1",
    "X-MS-Exchange-Transport-EndToEndLatency: 00:05:00.1",
    "X-MS-Exchange-AtpMessageProperties: SA|SL",
];
/// Pieces that must never reach a command.
const HOSTILE: &[&str] = &[
    "a@sim.example",
    "a@x.example; Remove-Mailbox ann",
    "a@$(whoami).example",
    "a@`id`.example",
    "\"a'b\"@x.example\u{2019}",
    "a@-Force.example",
    "<>",
    "",
];

fn stamps() -> impl Strategy<Value = Stamps> {
    let report = (
        select(SFV),
        select(CAT),
        select(&["CAL", "NLI", "CBL", ""][..]),
        select(&["INB", "INT", "OUT", ""][..]),
        select(&["203.0.113.10", "255.255.255.255", "2001:db8::7", "nonsense"][..]),
        select(&["", "9.20", "9.24", "9.25"][..]),
        select(&["X-Forefront-Antispam-Report", "X-Forefront-Antispam-Report-Untrusted", ""][..]),
    );
    let report = report.prop_map(|(sfv, cat, ipv, dir, cip, sfty, name)| {
        let value = format!(
            "CIP:{cip};CTRY:US;SCL:5;SRV:;IPV:{ipv};SFV:{sfv};H:mx;CAT:{cat};SFTY:{sfty};DIR:{dir};"
        );
        if name.is_empty() { String::new() } else { format!("{name}: {value}\r\n") }
    });
    let delivery = (
        select(&["I", "J", "C", "Q", ""][..]),
        select(&["0", "1"][..]),
        select(&["0", "1"][..]),
        select(&["", "OFR:CustomRules;", "OFR:TrustedSenderList;", "OFR:ExclusiveSettings;"][..]),
    );
    let delivery = delivery.prop_map(|(dest, ucf, jmr, ofr)| {
        if dest.is_empty() {
            return String::new();
        }
        format!("X-Microsoft-Antispam-Mailbox-Delivery: ucf:{ucf};jmr:{jmr};auth:0;dest:{dest};{ofr}\r\n")
    });
    let results = (
        select(&["pass", "fail", "none"][..]),
        select(&["none", "quarantine", "oreject"][..]),
        select(
            &[
                "pass reason=100",
                "fail reason=000",
                "fail reason=001",
                "none reason=905",
                "none reason=451",
                "pass reason=130",
            ][..],
        ),
    );
    let results = results.prop_map(|(dmarc, action, compauth)| {
        format!("spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=sim.example; dkim=none (message not signed) header.d=none;dmarc={dmarc} action={action} header.from=brand.example;compauth={compauth}")
    });
    let extra = proptest::collection::vec(select(EXTRA), 0..4);
    (report, delivery, results, select(HOSTILE), "\\PC{0,40}", extra).prop_map(
        |(report, delivery, results, sender, subject, extra)| Stamps {
            report,
            delivery,
            results,
            sender: sender.to_owned(),
            subject,
            extra,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_finding_shows_its_evidence_and_says_something(stamps in stamps()) {
        for finding in stamps.findings() {
            prop_assert!(!finding.evidence.is_empty(), "{}", finding.rule);
            prop_assert!(finding.summary.ends_with('.'), "{}: {}", finding.rule, finding.summary);
            prop_assert!(!finding.references.is_empty(), "{}", finding.rule);
        }
    }

    #[test]
    fn what_headers_cannot_prove_is_never_proven(stamps in stamps()) {
        for finding in stamps.findings() {
            let never = [
                "ip-allow-cal-stamped-still-filtered",
                "ip-allow-cal-missing-forest",
                "rule-requested-bypass-not-honored",
                "delivered-unaided",
                "allowed-by-mail-flow-rule",
                "focused-inbox-other",
                "safe-links-wait",
                "safe-attachments-wait",
                "gateway-greylisting",
            ];
            prop_assert!(
                finding.certainty != Certainty::Proven || !never.contains(&finding.rule),
                "{}", finding.rule
            );
            prop_assert!(finding.rule != "allowed-by-advanced-delivery" || finding.certainty < Certainty::Proven);
        }
    }

    #[test]
    fn the_senders_report_and_a_planted_one_are_no_verdict(stamps in stamps()) {
        let own = !stamps.report.starts_with("X-Forefront-Antispam-Report:") || stamps.report.contains("DIR:OUT");
        prop_assume!(own);
        for finding in stamps.findings() {
            let quoted = finding.evidence.iter().any(|evidence| {
                evidence.field.starts_with("X-Forefront") && finding.rule != "forged-sfv-ski"
                    && !finding.evidence.iter().any(|other| other.field.contains("BypassClutter"))
            });
            let rule_marks = ["scl-rule-hit-but-hphish-or-malware", "rule-requested-bypass-not-honored", "user-blocked-sender"];
            prop_assert!(!quoted || rule_marks.contains(&finding.rule), "{}: {:?}", finding.rule, finding.evidence);
        }
    }

    #[test]
    fn nothing_hostile_reaches_a_command(stamps in stamps()) {
        for finding in stamps.findings() {
            for fix in finding.fix.iter().filter(|fix| fix.kind == FixKind::Powershell) {
                for hostile in ["Remove-Mailbox", "whoami", "`", "\u{2019}", "-Force", "a'b"] {
                    prop_assert!(!fix.text.contains(hostile), "{}: {}", finding.rule, fix.text);
                }
            }
        }
    }

    #[test]
    fn the_ip_allow_list_is_never_recommended_without_its_warning(stamps in stamps()) {
        for finding in stamps.findings() {
            for fix in &finding.fix {
                let adds = fix.text.contains("-IPAllowList @{Add");
                prop_assert!(!adds || fix.text.contains("Last resort"), "{}", finding.rule);
            }
        }
    }

    #[test]
    fn no_header_block_makes_a_rule_panic(lines in proptest::collection::vec("[A-Za-z-]{1,30}: \\PC{0,60}", 0..12)) {
        findings(&(lines.join("\r\n") + "\r\n\r\n"));
    }
}
