use crate::fixture;
use base64::Engine as _;
use mailwhy::campaign::Campaign;
use mailwhy::diagnosis::{Diagnosis, LinkSheet};
use mailwhy::fact::{Citation, Evidence, Place};
use mailwhy::report::csv;
use mailwhy::report::html::Page;
use mailwhy::report::json::DiagnosisJson;
use mailwhy::report::markdown::Document;
use mailwhy::report::redact::{Keep, Kind, Redactor};
use mailwhy::report::text::{self, Look};
use mailwhy::tenant::address::AddressList;
use proptest::prelude::*;
use std::sync::Arc;

/// The diagnosis in every format, one text after the other.
fn all_formats(diagnosis: &Diagnosis) -> String {
    let mut out = Vec::new();
    csv::write_row(&mut out, diagnosis).unwrap();
    csv::write_findings(&mut out, diagnosis).unwrap();
    let mut document = Document::default();
    document.add(diagnosis);
    document.finish(&mut out).unwrap();
    let mut page = Page::default();
    page.add(diagnosis.clone());
    page.finish(&mut out).unwrap();
    let mut few = Page::default();
    few.add(diagnosis.clone());
    few.add(diagnosis.clone());
    few.finish(&mut out).unwrap();
    serde_json::to_writer(&mut out, &DiagnosisJson::from(diagnosis)).unwrap();
    let look = Look::new(false, Some(100));
    out.extend(text::write(look, diagnosis).into_bytes());
    out.extend(text::line(look, diagnosis).into_bytes());
    out.extend(format!("{diagnosis:?}").into_bytes());
    String::from_utf8(out).unwrap()
}

fn redacted(mut diagnosis: Diagnosis, keep: Keep) -> (Diagnosis, Redactor) {
    let mut redactor = Redactor::new(keep);
    redactor.redact(&mut diagnosis);
    (diagnosis, redactor)
}

#[test]
fn names_are_stable_and_keep_the_relations_of_domains() {
    let (one, _) = redacted(fixture::one(), Keep::default());
    assert_eq!(one.recipient.as_deref(), Some("recipient-1@domain-1.redacted.example"));
    assert_eq!(one.message.from.as_deref(), Some("sender-1@domain-2.redacted.example"));
    // A subdomain of the From's domain: it aligns, and is seen to.
    assert_eq!(one.message.mail_from.as_deref(), Some("sender-2@host-1.domain-2.redacted.example"));
    assert_eq!(one.facts.helo.as_deref(), Some("host-1.domain-2.redacted.example"));
    assert_eq!(one.message.subject.as_deref(), Some("subject-1"));
    assert_eq!(one.facts.connecting_ip, one.facts.authentication.sender_ip);
    assert_eq!(&*one.sources[0].path, "file-1.eml");
    assert_eq!(&*one.findings[0].evidence[0].source, "file-1.eml");
    let value = &one.findings[0].evidence[0].value;
    assert!(value.starts_with("CIP:ip-1;CTRY:US;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:host-1.domain-2.redacted.example;"), "{value}");
    assert!(value.contains("SFS:(13230040)(4022899009);DIR:INB;"), "{value}");
}

#[test]
fn the_second_message_meets_the_names_of_the_first() {
    let mut redactor = Redactor::new(Keep::default());
    let mut diagnoses = fixture::many(3);
    for diagnosis in &mut diagnoses {
        redactor.redact(diagnosis);
    }
    assert_eq!(diagnoses[0].message.from, diagnoses[2].message.from);
    assert_ne!(diagnoses[0].recipient, diagnoses[1].recipient);
    assert_eq!(diagnoses[1].recipient.as_deref(), Some("recipient-2@domain-1.redacted.example"));
}

#[test]
fn what_the_campaign_names_stays_readable() {
    let campaign = Campaign {
        mail_from_domains: vec!["mail.phish.example".to_owned()],
        link_domains: vec!["phish.example".to_owned()],
        from_addresses: vec!["parcel-service@phish.example".to_owned()],
        sending_ips: AddressList::new(["203.0.113.0/28"]),
        ..Campaign::default()
    };
    let (one, _) = redacted(fixture::one(), Keep::from_iter([&campaign]));
    assert_eq!(one.message.from.as_deref(), Some("parcel-service@phish.example"));
    assert_eq!(one.message.mail_from.as_deref(), Some("sender-1@mail.phish.example"));
    assert_eq!(one.facts.connecting_ip.as_deref(), Some("203.0.113.10"));
    assert!(
        one.findings[0].fix[1]
            .text
            .contains("-Domains mail.phish.example -SenderIpRanges 203.0.113.10")
    );
    assert_eq!(one.facts.links[0].original.as_deref(), Some("https://phish.example/link-3"));
    assert_eq!(one.recipient.as_deref(), Some("recipient-1@domain-1.redacted.example"));
}

#[test]
fn the_words_of_the_diagnosis_itself_stay() {
    let before = fixture::one();
    let (one, _) = redacted(before.clone(), Keep::default());
    assert_eq!(one.findings[0].summary, before.findings[0].summary);
    assert_eq!(one.findings[0].caveat, before.findings[0].caveat);
    assert_eq!(
        one.facts.hops[0].by.as_deref(),
        Some("DB9PR01MB2002.eurprd01.prod.exchangelabs.com")
    );
    let portal = &one.findings[0].fix[0].text;
    assert!(portal.starts_with("Defender portal > Email & collaboration > Policies & rules > Threat policies > Advanced delivery > "), "{portal}");
}

#[test]
fn the_map_leads_back() {
    let (_, redactor) = redacted(fixture::one(), Keep::default());
    let mut out = Vec::new();
    redactor.write_map(&mut out).unwrap();
    let map: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(map["schema"], "mailwhy.redaction/1");
    let first = &map["names"][1];
    assert_eq!(first["kind"], "recipient");
    assert_eq!(first["pseudonym"], "recipient-1@domain-1.redacted.example");
    assert_eq!(first["original"], "ann.brown@contoso.example");
    assert!(redactor.names().iter().any(|entry| entry.kind == Kind::Subject));
}

#[test]
fn redacting_twice_changes_nothing_more_than_names() {
    let (once, _) = redacted(fixture::hostile(), Keep::default());
    assert!(!format!("{once:?}").contains("evil.example"));
}

/// Everything private of one message, as a stranger might write it.
#[derive(Debug, Clone)]
struct Secrets {
    recipient: String,
    sender: String,
    person: String,
    subject: String,
    message_id: String,
    tenant: String,
    network: String,
    host: String,
    machine: String,
    v4: String,
    v6: String,
    token: String,
    folder: String,
}

fn secrets() -> impl Strategy<Value = Secrets> {
    let address = "[a-z]{4,8}[.][a-z]{4,9}@[a-z]{6,9}(-[a-z]{3})?[.](example|com|co[.]uk|internal)";
    let guid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}";
    (
        (address, address, "[A-Z][a-z]{5,9} [A-Z][a-z]{5,9}", "[A-Z][a-z]{5,9}( [a-z]{5,9}){2,5}"),
        ("[a-z0-9]{12,20}@[a-z]{6,12}[.]example", guid, guid),
        ("[a-z]{5,9}[0-9]{2}[.][a-z]{5,9}[.](corp|local|lan|net)", "[A-Z]{5,8}[0-9]{2}"),
        (any::<[u8; 4]>(), any::<[u16; 8]>()),
        ("[A-Za-z0-9]{12}[0-9][a-z][A-Z]", "[a-z]{6,9}/[a-z]{6,9}"),
    )
        .prop_map(
            |(
                (recipient, sender, person, subject),
                (message_id, tenant, network),
                (host, machine),
                (v4, v6),
                (token, folder),
            )| Secrets {
                recipient,
                sender,
                person,
                subject,
                message_id,
                tenant,
                network,
                host,
                machine,
                v4: std::net::Ipv4Addr::new(v4[0] % 100 + 2, v4[1], v4[2], v4[3]).to_string(),
                v6: std::net::Ipv6Addr::from(v6.map(|part| part | 0x1000)).to_string(),
                token,
                folder,
            },
        )
}

fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn quoted(text: &str) -> String {
    text.replace('@', "=40").replace('.', "=2E")
}

fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// A diagnosis with the secrets in its facts and, in several encodings, in all of its texts.
fn planted(s: &Secrets) -> Diagnosis {
    let mut diagnosis = fixture::one();
    diagnosis.recipient = Some(s.recipient.clone());
    diagnosis.message.from = Some(s.sender.clone());
    diagnosis.message.mail_from = Some(s.sender.to_uppercase());
    diagnosis.message.subject = Some(s.subject.clone());
    diagnosis.message.message_id = Some(s.message_id.clone());
    diagnosis.message.network_message_id = Some(s.network.clone());
    diagnosis.message.tenant_id = Some(s.tenant.clone());
    let path: Arc<str> = format!("/home/{}/mail.eml", s.folder).into();
    diagnosis.sources[0].path = Arc::clone(&path);
    let link = format!(
        "https://{}/{}?u={}&d={}&i={}",
        s.host,
        s.token,
        percent(&s.recipient),
        percent(&percent(&s.sender)),
        base64(&s.recipient)
    );
    let prose = format!(
        "Delivered to {} <{}>; subject \"{}\", id <{}>, tenant {} ({}), by {} [{}] and {} ({}), {link}. Also {} and {} and {}.",
        s.person,
        s.recipient.to_uppercase(),
        s.subject,
        s.message_id,
        s.tenant.replace('-', ""),
        s.network,
        s.host,
        s.v4,
        s.machine,
        s.v6,
        percent(&s.recipient),
        quoted(&s.sender),
        base64(&s.recipient),
    );
    let plant = |field: &'static str, value: &str| {
        Citation::from(Evidence::new(&path, Place::Line(3), field, value))
    };
    for text in [&mut diagnosis.headline, &mut diagnosis.outcome_because] {
        text.clone_from(&prose);
    }
    diagnosis.notes = vec![prose.clone(), format!("{path}: was read")];
    diagnosis.contradictions = vec![prose.clone()];
    for finding in &mut diagnosis.findings {
        finding.summary.clone_from(&prose);
        finding.excluded = vec![prose.clone()];
        finding.caveat = Some(prose.clone().into());
        for fix in &mut finding.fix {
            fix.text.clone_from(&prose);
        }
        finding.evidence = vec![
            plant("From", &format!("\"{}\" <{}>", s.person, s.sender)),
            plant("Subject", &format!("=?utf-8?B?{}?=", base64(&s.subject))),
            plant(
                "Received",
                &format!(
                    "from {} ({} [{}]) by {} for <{}>; Mon",
                    s.machine, s.host, s.v4, s.host, s.recipient
                ),
            ),
            plant(
                "X-Forefront-Antispam-Report",
                &format!("CIP:{};H:{};PTR:{};SCL:5", s.v6, s.machine, s.host),
            ),
            plant("custom_data", &prose),
        ];
    }
    let facts = &mut diagnosis.facts;
    facts.connecting_ip = Some(s.v4.clone());
    facts.helo = Some(s.machine.clone());
    facts.ptr = Some(s.host.clone());
    facts.authentication.sender_ip = Some(s.v6.clone());
    facts.authentication.dkim = vec![("pass".to_owned(), Some(s.host.clone()))];
    facts.organization_headers =
        vec![("X-MS-Exchange-Organization-AuthSource".to_owned(), s.host.clone())];
    facts.hops[4].from = Some(s.machine.clone());
    facts.hops[4].by = Some(s.host.to_uppercase());
    facts.hops[4].ip = Some(s.v6.clone());
    facts.links = vec![
        LinkSheet {
            rewritten: link.clone(),
            chain: vec![],
            original: Some(s.host.clone()),
            recovered: "domain",
            note: Some(prose.clone()),
        },
        LinkSheet {
            rewritten: format!(
                "https://eur01.safelinks.protection.outlook.com/?url={}",
                percent(&link)
            ),
            chain: vec![],
            original: Some(link),
            recovered: "full",
            note: None,
        },
    ];
    for stamp in &mut facts.stamps {
        stamp.value.clone_from(&s.host);
        stamp.meaning.clone_from(&prose);
        stamp.evidence = plant("Received", &prose);
    }
    diagnosis
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_original_value_is_left_in_any_format(s in secrets()) {
        let (diagnosis, redactor) = redacted(planted(&s), Keep::default());
        let shown = all_formats(&diagnosis).to_lowercase();
        let local = s.recipient.split('@').next().unwrap();
        let domain = s.recipient.split('@').nth(1).unwrap();
        for (what, secret) in [
            ("recipient", s.recipient.as_str()), ("local part", local), ("domain", domain), ("sender", &s.sender),
            ("person", &s.person), ("subject", &s.subject), ("message id", &s.message_id), ("tenant", &s.tenant),
            ("network message id", &s.network), ("host", &s.host), ("machine", &s.machine),
            ("IPv4", &s.v4), ("IPv6", &s.v6), ("token", &s.token), ("folder", &s.folder),
        ] {
            for (form, hidden) in [
                ("plain", secret.to_owned()), ("percent", percent(secret)), ("twice percent", percent(&percent(secret))),
                ("quoted", quoted(secret)), ("base64", base64(secret).trim_end_matches('=').to_owned()), ("undashed", secret.replace('-', "")),
            ] {
                let hidden = hidden.to_lowercase();
                let at = shown.find(&hidden);
                let around = at.map(|at| shown.get(at.saturating_sub(60)..at + hidden.len() + 20).unwrap_or("").to_owned());
                prop_assert!(at.is_none(), "{what} ({form}) {hidden}: {around:?}");
            }
        }
        // Every name leads back to one original only.
        let mut names: Vec<_> = redactor.names().iter().map(|entry| &entry.pseudonym).collect();
        names.sort();
        let count = names.len();
        names.dedup();
        prop_assert_eq!(count, names.len());
    }

    #[test]
    fn any_text_can_be_redacted(texts in proptest::collection::vec(any::<String>(), 8)) {
        let mut diagnosis = fixture::one();
        diagnosis.headline.clone_from(&texts[0]);
        diagnosis.message.subject = Some(texts[1].clone());
        diagnosis.recipient = Some(texts[2].clone());
        diagnosis.message.from = Some(texts[3].clone());
        diagnosis.facts.helo = Some(texts[4].clone());
        diagnosis.facts.links[0].rewritten.clone_from(&texts[5]);
        diagnosis.findings[0].fix[0].text = texts.concat();
        diagnosis.notes = vec![texts[6].clone(), texts[7].clone()];
        let (first, _) = redacted(diagnosis.clone(), Keep::default());
        let (second, _) = redacted(diagnosis, Keep::default());
        prop_assert_eq!(format!("{:?}", first), format!("{:?}", second));
    }
}

#[test]
fn a_persons_name_in_a_rules_name_is_replaced_too() {
    let mut diagnosis = fixture::one();
    diagnosis.people = vec!["Kim O'Hara".to_owned()];
    diagnosis.findings[0].summary = "Rule `Bypass for kim o'hara` was missed.".to_owned();
    let (redacted, _) = redacted(diagnosis, Keep::default());
    let summary = &redacted.findings[0].summary;
    assert!(!summary.to_lowercase().contains("hara"), "{summary}");
    assert!(redacted.people.is_empty());
}

#[test]
fn words_of_the_subject_in_a_rules_condition_are_replaced_too() {
    let mut diagnosis = fixture::one();
    let words = "home office policy";
    let source = std::sync::Arc::from("tenant.json");
    let field = "TransportRule.SubjectContainsWords";
    let evidence = Evidence::new(&source, Place::Whole, field, words);
    diagnosis.findings[0].evidence.push(evidence.into());
    diagnosis.findings[0].summary = format!("The subject does not contain `{words}`.");
    let (redacted, _) = redacted(diagnosis, Keep::default());
    let said = format!("{:?}", redacted.findings[0]).to_lowercase();
    assert!(!said.contains("home office"), "{said}");
}

#[test]
fn headers_that_only_the_tenants_rules_know_are_hidden_with_their_values() {
    let tenant = mailwhy::tenant::reader::read_bytes(
        "tenant.json",
        br#"{"TransportRule": {"Name": "r", "SetSCL": -1, "SetHeaderName": "X-MS-Exchange-Organization-BypassClutter", "SetHeaderValue": "true", "HeaderContainsMessageHeader": "X-Fabrikam-Drill", "HeaderContainsWords": ["drill-4711"]}}"#,
    )
    .unwrap();
    let campaign = mailwhy::campaign::reader::parse(
        &"c.toml".into(),
        "marker_headers = [\"X-Drill: key-0815\"]",
    )
    .unwrap();
    let mut diagnosis = fixture::one();
    diagnosis.findings[0].summary =
        "No header x-fabrikam-drill with `drill-4711`; X-Drill: key-0815 is there; BypassClutter is true."
            .to_owned();
    let mut redactor = Redactor::new(Keep::default());
    redactor.hide_settings(&[&tenant], &[&campaign]);
    redactor.redact(&mut diagnosis);
    assert_eq!(
        diagnosis.findings[0].summary,
        "No header header-1 with `token-1`; X-Drill: token-2 is there; BypassClutter is true."
    );
}

#[test]
fn names_that_people_gave_to_settings_are_replaced_and_microsofts_own_stay() {
    let tenant = mailwhy::tenant::reader::read_bytes(
        "tenant.json",
        br#"{"TransportRule": {"Name": "Fabrikam: ask Ann O'Neill"}, "InboundConnector": {"Name": "From Fabrikam"},
            "HostedContentFilterPolicy": [{"Name": "Default"}, {"Name": "Fabrikam strict"}]}"#,
    )
    .unwrap();
    let mut diagnosis = fixture::one();
    diagnosis.findings[0].summary =
        "Rule `Fabrikam: ask Ann O'Neill` ('Fabrikam: ask Ann O''Neill'), connector `From Fabrikam`, policy `Default`, \
         policy `Fabrikam strict`."
            .to_owned();
    let mut redactor = Redactor::new(Keep::default());
    redactor.hide_settings(&[&tenant], &[]);
    redactor.redact(&mut diagnosis);
    assert_eq!(
        diagnosis.findings[0].summary,
        "Rule `setting-1` ('setting-1'), connector `setting-2`, policy `Default`, policy `setting-3`."
    );
}

#[test]
fn the_domain_of_a_kept_address_is_kept_as_well() {
    let campaign = mailwhy::campaign::reader::parse(
        &"c.toml".into(),
        "from_addresses = [\"hr@payroll.example\"]",
    )
    .unwrap();
    let keep: Keep = [&campaign].into_iter().collect();
    assert_eq!(keep.domains, ["payroll.example"]);
}
