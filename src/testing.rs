//! What unit tests build cases from.

use crate::case::{Case, Landing, Verdict};
use crate::fact::{Evidence, Fact, Place};
use crate::finding::{Certainty, Finding, Outcome};
use crate::links;
use crate::message::Message;
use crate::message::body::{Attached, Start};
use crate::rules::Rule;
use crate::trace::Journey;
use crate::trace::journey::RuleHit;
use crate::trace::statement::{Kind, Statement};
use std::borrow::Cow;
use std::sync::Arc;

/// A fact of a source that does not matter.
pub(crate) fn fact<T>(value: T) -> Fact<T> {
    let evidence = Evidence::new(&Arc::from("test"), Place::Whole, "test", "");
    Fact::new(value, &evidence.into())
}

/// A case that knows nothing.
pub(crate) fn bare_case() -> Case<'static> {
    Case {
        message: None,
        journey: None,
        links: None,
        attached: None,
        tenant: None,
        campaign: None,
        in_brief: false,
        recipient: None,
        verdict: Verdict::default(),
        envelope: Cow::default(),
        landing: Landing {
            outcome: Outcome::Unknown,
            certainty: Certainty::Possible,
            evidence: Vec::new(),
            because: "".into(),
            contradictions: Vec::new(),
        },
        source: None,
    }
}

/// A delivered business message, as Microsoft 365 stamps it, with the parts that rules judge
/// replaceable. Every value is invented.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    report: Option<String>,
    results: String,
    delivery: Option<String>,
    received: Vec<String>,
    extra: Vec<String>,
    landing: Option<(Outcome, Certainty)>,
    rules: Vec<Fact<RuleHit>>,
    tenant: Option<String>,
    campaign: Option<String>,
    body: Option<String>,
    attached: Option<Attached>,
}

/// `Received` of an edge that the platform connected to.
const EDGE: &str = "Received: from mail.phish.example (203.0.113.10) by\r\n BL02EPF0001A0FB.mail.protection.outlook.com (10.167.242.202) with Microsoft SMTP\r\n Server (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384) id 15.20.9160.9 via Frontend\r\n Transport; Tue, 14 Oct 2025 09:12:31 +0000";

/// Hops above the edge.
const INSIDE: &str = "Received: from SA1PR14MB5678.namprd14.prod.outlook.com (2603:10b6:806:2ac::11)\r\n by CH3PR14MB1234.namprd14.prod.outlook.com with HTTPS; Tue, 14 Oct 2025 09:12:36 +0000\r\nReceived: from BN9PR03CA0223.namprd03.prod.outlook.com (2603:10b6:408:f8::18) by\r\n SA1PR14MB5678.namprd14.prod.outlook.com (2603:10b6:806:2ac::11) with Microsoft SMTP\r\n Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id\r\n 15.20.9228.10; Tue, 14 Oct 2025 09:12:34 +0000\r\nReceived: from BL02EPF0001A0FB.namprd03.prod.outlook.com\r\n (2603:10b6:408:f8:cafe::5a) by BN9PR03CA0223.outlook.office365.com\r\n (2603:10b6:408:f8::18) with Microsoft SMTP Server (version=TLS1_3,\r\n cipher=TLS_AES_256_GCM_SHA384) id 15.20.9203.13 via Frontend Transport; Tue,\r\n 14 Oct 2025 09:12:32 +0000";

impl Mail {
    /// Clean mail straight from the platform, with no verdict and no landing yet.
    pub(crate) fn inbound() -> Self {
        Mail {
            report: None,
            results: "spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=phish.example; dkim=pass (signature was verified) header.d=phish.example;dmarc=pass action=none header.from=phish.example;compauth=pass reason=100".to_owned(),
            delivery: None,
            received: vec![EDGE.to_owned()],
            extra: Vec::new(),
            landing: None,
            rules: Vec::new(),
            tenant: None,
            campaign: None,
            body: None,
            attached: None,
        }
    }

    /// A plain-text body, whose links are read and judged; without it, nobody looked.
    pub(crate) fn body(mut self, text: &str) -> Self {
        self.body = Some(text.to_owned());
        self
    }

    /// One more line of the body, with this link.
    pub(crate) fn link(self, url: &str) -> Self {
        let text = format!("{}{url}\n", self.body.as_deref().unwrap_or_default());
        self.body(&text)
    }

    /// The tenant's exported configuration, as JSON keyed by cmdlet noun.
    pub(crate) fn tenant(mut self, json: &str) -> Self {
        self.tenant = Some(json.to_owned());
        self
    }

    /// The campaign, as its file describes it.
    pub(crate) fn campaign(mut self, toml: &str) -> Self {
        self.campaign = Some(toml.to_owned());
        self
    }

    /// Files and texts that are attached.
    pub(crate) fn attached(mut self, files: usize, texts: usize) -> Self {
        self.attached = Some(Attached { files, texts });
        self
    }

    /// A whole report around `pairs` such as `IPV:NLI;SFV:SPM;CAT:SPM`.
    pub(crate) fn verdict(self, pairs: &str) -> Self {
        self.report(&format!("CIP:203.0.113.10;CTRY:US;LANG:en;SCL:5;{pairs};H:mail.phish.example;PTR:mail.phish.example;SFS:(13230040)(376014);DIR:INB;"))
    }

    /// Mail that the organisation takes for its own.
    pub(crate) fn internal(self, pairs: &str) -> Self {
        self.report(&format!("CIP:255.255.255.255;CTRY:;LANG:en;SCL:1;SRV:;{pairs};H:SA1PR14MB5678.namprd14.prod.outlook.com;PTR:;SFS:(13230040)(376014);DIR:INT;"))
    }

    /// The whole value of the report.
    pub(crate) fn report(mut self, value: &str) -> Self {
        self.report = Some(value.to_owned());
        self
    }

    /// The whole value of `Authentication-Results`.
    pub(crate) fn results(mut self, value: &str) -> Self {
        self.results = value.to_owned();
        self
    }

    /// The whole value of `X-Microsoft-Antispam-Mailbox-Delivery`.
    pub(crate) fn delivery(mut self, value: &str) -> Self {
        self.delivery = Some(value.to_owned());
        self
    }

    /// Delivered to the Inbox.
    pub(crate) fn in_inbox(self) -> Self {
        self.delivery(
            "ucf:0;jmr:0;auth:0;dest:I;ENG:(910001)(944506478)(944626604)(920097)(930097)(140003);",
        )
    }

    /// Delivered to Junk by the filter's verdict.
    pub(crate) fn in_junk(self) -> Self {
        self.delivery(
            "ucf:0;jmr:1;auth:0;dest:J;ENG:(910001)(944506478)(944626604)(920097)(930097)(140003);",
        )
    }

    /// Held in quarantine, as an export shows.
    pub(crate) fn in_quarantine(self) -> Self {
        self.landing(Outcome::Quarantine, Certainty::Proven)
    }

    /// A landing that other sources state.
    pub(crate) fn landing(mut self, outcome: Outcome, certainty: Certainty) -> Self {
        self.landing = Some((outcome, certainty));
        self
    }

    /// One more header, `Name: value`.
    pub(crate) fn header(mut self, line: &str) -> Self {
        self.extra.push(line.to_owned());
        self
    }

    /// The `Received` headers from the edge down, in place of the platform's direct one.
    pub(crate) fn received(mut self, lines: &[&str]) -> Self {
        self.received = lines.iter().map(|line| (*line).to_owned()).collect();
        self
    }

    /// A Mimecast gateway in front: the platform's address is one hop lower.
    pub(crate) fn behind_mimecast(self) -> Self {
        self.results("spf=fail (sender IP is 198.51.100.20) smtp.mailfrom=phish.example; dkim=fail (body hash did not verify) header.d=phish.example;dmarc=fail action=none header.from=phish.example;compauth=none reason=905")
            .received(&[
                "Received: from us-smtp-delivery-1.mimecast.com (198.51.100.20) by\r\n BL02EPF0001A0FB.mail.protection.outlook.com (10.167.242.202) with Microsoft SMTP\r\n Server id 15.20.9160.9 via Frontend Transport; Tue, 14 Oct 2025 09:12:31 +0000",
                "Received: from mail.phish.example (mail.phish.example [203.0.113.10]) by\r\n relay.mimecast.com with ESMTP id us-mta-77-abcDEFghiJKLmnoPQRstuV-1; Tue,\r\n 14 Oct 2025 05:12:28 -0400",
            ])
            .header("X-MC-Unique: abcDEFghiJKLmnoPQRstuV-1")
            .header("X-Mimecast-Spam-Score: 1")
    }

    /// The header block.
    pub(crate) fn text(&self) -> String {
        let mut lines =
            vec![INSIDE.to_owned(), format!("Authentication-Results: {}", self.results)];
        lines.extend(self.received.iter().cloned());
        lines.push("From: IT Support <support@phish.example>".to_owned());
        lines.push("To: Ann Example <ann@contoso.example>".to_owned());
        lines.push("Subject: Password expires today".to_owned());
        lines.push("Message-ID: <20251014091229.4711@mail.phish.example>".to_owned());
        lines.push("Date: Tue, 14 Oct 2025 09:12:29 +0000".to_owned());
        lines.push("Return-Path: bounce@phish.example".to_owned());
        lines.push(
            "X-MS-Exchange-Organization-Network-Message-Id: 6f1d0c52-3b7a-4f0e-9a51-08de0b0a1c11"
                .to_owned(),
        );
        if !self.extra.iter().any(|line| line.starts_with("X-MS-Exchange-Organization-AuthAs")) {
            lines.push("X-MS-Exchange-Organization-AuthAs: Anonymous".to_owned());
        }
        lines.push("X-MS-PublicTrafficType: Email".to_owned());
        lines.extend(
            self.report.iter().map(|value| format!("X-Forefront-Antispam-Report: {value}")),
        );
        lines.extend(
            self.delivery
                .iter()
                .map(|value| format!("X-Microsoft-Antispam-Mailbox-Delivery:\r\n\t{value}")),
        );
        lines.extend(self.extra.iter().cloned());
        lines.join("\r\n") + "\r\n\r\n"
    }

    /// A mail flow rule that a trace shows acting on it.
    pub(crate) fn traced_rule(mut self, action: &str, mode: &str) -> Self {
        let hit = RuleHit {
            id: None,
            name: Some("PhishSim".into()),
            mode: Some(mode.into()),
            actions: vec![action.into()],
        };
        self.rules.push(fact(hit));
        self
    }

    /// What a rule finds in it.
    pub(crate) fn finding(&self, rule: &Rule) -> Option<Finding> {
        let message = Message::parse(&Arc::from("test.eml"), self.text().as_bytes());
        let mut case = Case::from_message(&message);
        if let Some((outcome, certainty)) = self.landing {
            case.landing.outcome = outcome;
            case.landing.certainty = certainty;
        }
        let tenant = self
            .tenant
            .as_ref()
            .map(|json| crate::tenant::reader::read_bytes("tenant.json", json.as_bytes()).unwrap());
        case.tenant = tenant.as_ref();
        let journey = Journey { rules: self.rules.clone(), ..Journey::default() };
        case.journey = (!self.rules.is_empty()).then_some(&journey);
        let links = self.body.as_ref().map(|text| {
            let start = Start { line: 1, ..Start::default() };
            let options = links::Options::default();
            let mut found = links::read(&message.source, start, &mut text.as_bytes(), &options);
            links::ownership::judge(&mut found.links, &message);
            found.links
        });
        case.links = links.as_deref();
        case.attached = self.attached;
        let campaign = self
            .campaign
            .as_ref()
            .map(|toml| crate::campaign::reader::parse(&"campaign.toml".into(), toml).unwrap());
        case.campaign = campaign.as_ref();
        (rule.check)(&case)
    }

    /// How sure a rule is of it.
    pub(crate) fn certainty(&self, rule: &Rule) -> Option<Certainty> {
        self.finding(rule).map(|finding| finding.certainty)
    }
}

/// Rows about one (message, recipient), as statements. Every value is invented.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    journey: Journey,
    tenant: Option<String>,
}

impl Rows {
    /// Rows that state these things of `ann@contoso.example`; those of a platform's list alone make a
    /// recipient that is not traced.
    pub(crate) fn of(statements: &[(Kind, &str)]) -> Self {
        let statements = statements.iter().map(|(kind, value)| Statement::test(*kind, value));
        let mut journey = Journey::assemble(statements.collect());
        journey.recipient = Some(fact("ann@contoso.example".into()));
        journey.envelope.mail_from = Some(fact("bounce@phish.example".into()));
        Rows { journey, tenant: None }
    }

    /// The connecting IP.
    pub(crate) fn connecting_ip(mut self, ip: &str) -> Self {
        self.journey.verdict.connecting_ip = ip.parse().ok().map(fact);
        self
    }

    /// MAIL FROM.
    pub(crate) fn mail_from(mut self, address: &str) -> Self {
        self.journey.envelope.mail_from = Some(fact(address.into()));
        self
    }

    /// Changes the journey itself.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Journey)) -> Self {
        change(&mut self.journey);
        self
    }

    /// The tenant's exported configuration, as JSON keyed by cmdlet noun.
    pub(crate) fn tenant(mut self, json: &str) -> Self {
        self.tenant = Some(json.to_owned());
        self
    }

    /// What a rule finds in them.
    pub(crate) fn finding(&self, rule: &Rule) -> Option<Finding> {
        let mut case = Case::from_journey(&self.journey);
        let tenant = self
            .tenant
            .as_ref()
            .map(|json| crate::tenant::reader::read_bytes("tenant.json", json.as_bytes()).unwrap());
        case.tenant = tenant.as_ref();
        (rule.check)(&case)
    }

    /// How sure a rule is of them.
    pub(crate) fn certainty(&self, rule: &Rule) -> Option<Certainty> {
        self.finding(rule).map(|finding| finding.certainty)
    }
}
