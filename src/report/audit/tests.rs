//! One audit in every form.

use super::*;
use crate::campaign::reader::parse;
use crate::report::text::Look;
use crate::rules::configuration::Setup;
use crate::rules::configuration::audit::{Audit, audit};
use crate::tenant::reader::read_bytes;

const CAMPAIGN: &str = "sending_ips = [\"203.0.113.10\"]\nmail_from_domains = [\"mail.sim.example\"]\ndkim_domains = [\"sim.example\"]\n";

fn sample(rule_name: &str) -> Audit {
    let json = format!(
        r#"{{"HostedConnectionFilterPolicy": {{"Name": "Default", "IPAllowList": ["203.0.113.10"], "EnableSafeList": false}},
            "TransportRule": [{{"Name": "{rule_name}", "State": "Disabled", "SetSCL": -1, "SenderIpRanges": ["203.0.113.10"]}}],
            "ExoPhishSimOverrideRule": []}}"#
    );
    let tenant = read_bytes("tenant.json", json.as_bytes()).unwrap();
    let campaign = parse(&"campaign.toml".into(), CAMPAIGN).unwrap();
    audit(&Setup { tenant: &tenant, campaign: Some(&campaign), now: 1_795_284_000 })
}

#[test]
fn json_holds_the_names_of_the_contract() {
    let value = serde_json::to_value(AuditJson::from(&sample("bypass"))).unwrap();
    assert_eq!(value["schema"], "mailwhy.audit/1");
    assert_eq!(value["steps"][0]["step"], "advanced-delivery");
    assert_eq!(value["steps"][0]["state"], "missing");
    let prediction = &value["predictions"][0];
    assert_eq!(prediction["sending_ip"], "203.0.113.10");
    assert_eq!(prediction["mechanisms"], serde_json::json!(["ip-allow-list"]));
    assert_eq!(prediction["nearly"][0]["mechanism"], "mail-flow-rule");
    assert!(prediction["nearly"][0]["why"].as_str().unwrap().contains("disabled"));
    assert!(prediction["still_filtered"].as_array().unwrap().contains(&"malware".into()));
    let finding = &value["findings"][0];
    assert_eq!(
        (&finding["rule"], &finding["severity"]),
        (&"advanced-delivery-not-configured".into(), &"error".into())
    );
    let allow =
        value["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "ip-allow-list-used");
    assert_eq!(
        allow.unwrap()["evidence"][0],
        serde_json::json!({"source": "tenant.json", "field": "HostedConnectionFilterPolicy.IPAllowList", "value": "203.0.113.10"})
    );
}

#[test]
fn ndjson_is_one_object_a_line_each_with_schema_and_kind() {
    let text = lines(&sample("bypass")).unwrap();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let value: serde_json::Value = serde_json::from_slice(line).unwrap();
        assert_eq!(value["schema"], "mailwhy.audit/1");
        assert!(
            ["step", "prediction", "finding", "note"].contains(&value["kind"].as_str().unwrap())
        );
    }
}

#[test]
fn text_says_steps_predictions_and_findings_in_plain_words() {
    let text = text(Look::new(false, Some(100)), &sample("bypass"));
    assert!(
        text.starts_with("2 errors, 1 warning; an allow entry matches the campaign's mail."),
        "{text}"
    );
    for part in [
        "missing  advanced-delivery",
        "let through by  ip-allow-list",
        "Rule `bypass` is disabled.",
        "Enable-TransportRule -Identity 'bypass'",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    assert!(!text.contains('\u{1b}'));
    assert!(text.lines().all(|line| line.chars().count() <= 200));
}

#[test]
fn nothing_from_a_rules_name_reaches_an_output_unescaped() {
    let audit = sample("\\u001b[31m<script>|x");
    assert!(!text(Look::new(false, None), &audit).contains('\u{1b}'));
    let markdown = markdown(&audit);
    assert!(!markdown.contains('\u{1b}') && !markdown.contains(" <script>"), "{markdown}");
}

#[test]
fn the_schema_of_the_audit_can_be_written() {
    let schema = schemars::schema_for!(AuditJson<'_>);
    assert_eq!(schema.get("title").and_then(|t| t.as_str()), Some("mailwhy.audit/1"));
}

/// The headline and the first "let through by" of a tenant.
fn outlook(tenant: &str) -> String {
    let tenant = read_bytes("tenant.json", tenant.as_bytes()).unwrap();
    let campaign = parse(&"campaign.toml".into(), CAMPAIGN).unwrap();
    let setup = Setup { tenant: &tenant, campaign: Some(&campaign), now: 1_795_284_000 };
    text(Look::new(false, None), &audit(&setup))
}

#[test]
fn what_was_not_exported_is_no_mismatch() {
    let text = outlook(r#"{"TransportRule": []}"#);
    for part in [
        "no exported allow entry matches the campaign's mail (not exported: Advanced Delivery and the IP Allow List)",
        "let through by  nothing that was exported",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    let whole = outlook(
        r#"{"TransportRule": [], "ExoPhishSimOverrideRule": [], "HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": []}}"#,
    );
    assert!(whole.contains("; no allow entry matches the campaign's mail."), "{whole}");
    assert!(whole.contains("let through by  nothing\n"), "{whole}");
}

#[test]
fn an_entry_in_doubt_may_match() {
    let text = outlook(
        r#"{"TransportRule": [], "ExoPhishSimOverrideRule": [],
            "HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": ["203.0.113.10"]},
            "InboundConnector": {"Name": "hq", "ConnectorType": "OnPremises", "SenderIPAddresses": ["203.0.113.0/24"]}}"#,
    );
    for part in [
        "an allow entry may match the campaign's mail",
        "let through by  nothing for certain",
        "connector `hq` names 203.0.113.10 too",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}
