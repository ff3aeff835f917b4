//! The JSON contract: the names that scripts rely on, and every output held against its schema.

use serde_json::Value;
use std::process::Command;

fn mailwhy(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_mailwhy"))
        .args(arguments)
        .arg("--no-config")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    output.stdout
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_slice(&mailwhy(arguments)).unwrap()
}

/// Every pointer must be there; `null` and empty lists are values.
fn assert_names(value: &Value, pointers: &[&str]) {
    for pointer in pointers {
        assert!(value.pointer(pointer).is_some(), "{pointer} is missing");
    }
}

#[test]
fn schemas_change_only_on_purpose() {
    for of in ["diagnosis", "summary", "rows", "audit", "diff", "ticket"] {
        let schema = json(&["schema", of]);
        insta::with_settings!({ snapshot_suffix => of, omit_expression => true }, {
            insta::assert_json_snapshot!(schema);
        });
    }
}

#[test]
fn every_diagnosis_of_the_samples_has_the_form_of_its_schema() {
    let validator = jsonschema::validator_for(&json(&["schema", "diagnosis"])).unwrap();
    let diagnoses = json(&["explain", "samples", "--format", "json"]);
    let diagnoses = diagnoses.as_array().unwrap();
    assert!(diagnoses.len() >= 14, "{}", diagnoses.len());
    for diagnosis in diagnoses {
        let errors: Vec<String> = validator.iter_errors(diagnosis).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}\n{diagnosis}");
    }
}

#[test]
fn json_and_ndjson_say_the_same() {
    let array = json(&["explain", "samples", "--format", "json"]);
    let lines = mailwhy(&["explain", "samples", "--format", "ndjson"]);
    let lines: Vec<Value> =
        serde_json::Deserializer::from_slice(&lines).into_iter().collect::<Result<_, _>>().unwrap();
    assert_eq!(array.as_array().unwrap(), &lines);
}

#[test]
fn a_diagnosis_has_every_name_of_the_contract() {
    let diagnoses = json(&["explain", "samples/cross-forest-cal-stamped", "--format", "json"]);
    assert_names(
        &diagnoses[0],
        &[
            "/schema",
            "/message/message_id",
            "/message/network_message_id",
            "/message/subject",
            "/message/from",
            "/message/mail_from",
            "/message/date",
            "/message/tenant_id",
            "/recipient",
            "/sources/0/path",
            "/sources/0/kind",
            "/outcome",
            "/findings/0/rule",
            "/findings/0/role",
            "/findings/0/certainty",
            "/findings/0/summary",
            "/findings/0/evidence/0/source",
            "/findings/0/evidence/0/line",
            "/findings/0/evidence/0/field",
            "/findings/0/evidence/0/value",
            "/findings/0/excluded",
            "/findings/0/fix/0/kind",
            "/findings/0/fix/0/text",
            "/findings/0/caveat",
            "/findings/0/references",
            "/facts/connecting_ip",
            "/facts/ipv",
            "/facts/sfv",
            "/facts/cat",
            "/facts/scl",
            "/facts/bcl",
            "/facts/sfty",
            "/facts/dir",
            "/facts/country",
            "/facts/helo",
            "/facts/ptr",
            "/facts/authentication/spf",
            "/facts/authentication/dkim/0/result",
            "/facts/authentication/dkim/0/domain",
            "/facts/authentication/dmarc",
            "/facts/authentication/dmarc_action",
            "/facts/authentication/compauth",
            "/facts/authentication/compauth_reason",
            "/facts/authentication/sender_ip",
            "/facts/mailbox_delivery/dest",
            "/facts/mailbox_delivery/ucf",
            "/facts/mailbox_delivery/jmr",
            "/facts/organization_headers",
            "/facts/hops/0/from",
            "/facts/hops/0/by",
            "/facts/hops/0/ip",
            "/facts/hops/0/date",
            "/facts/hops/0/delay_seconds",
            "/facts/hops/0/role",
            "/facts/gateways",
            "/facts/links/0/rewritten",
            "/facts/links/0/chain",
            "/facts/links/0/original",
            "/facts/links/0/recovered",
            "/facts/simulation",
        ],
    );
    assert_eq!(diagnoses[0]["schema"], "mailwhy.diagnosis/1");
}

#[test]
fn what_rows_say_has_the_form_of_its_schema() {
    let validator = jsonschema::validator_for(&json(&["schema", "rows"])).unwrap();
    let counted = json(&["trace", "samples", "--rows", "--format", "json"]);
    let errors: Vec<String> = validator.iter_errors(&counted).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(counted["schema"], "mailwhy.rows/1");
    assert_ne!(counted["rows"]["read"], 0);
}

#[test]
fn the_summary_of_many_messages_has_the_form_of_its_schema_and_counts_each_once() {
    let validator = jsonschema::validator_for(&json(&["schema", "summary"])).unwrap();
    let summary = json(&["explain", "samples", "--summary", "--format", "json"]);
    let errors: Vec<String> = validator.iter_errors(&summary).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let diagnoses = json(&["explain", "samples", "--format", "json"]);
    let diagnoses = diagnoses.as_array().unwrap();
    assert_eq!(summary["schema"], "mailwhy.summary/1");
    assert_eq!(summary["pairs"], diagnoses.len());
    for (outcome, pairs) in summary["outcomes"].as_object().unwrap() {
        let of_outcome = diagnoses.iter().filter(|one| one["outcome"] == **outcome).count();
        assert_eq!(*pairs, of_outcome, "{outcome}");
    }
    for cause in summary["causes"].as_array().unwrap() {
        let first = |one: &&Value| {
            let findings = one["findings"].as_array().unwrap();
            let main = findings.iter().find(|finding| finding["role"] == "cause");
            main.is_some_and(|main| main["rule"] == cause["rule"])
                && !["inbox", "custom-folder", "delivered"]
                    .contains(&one["outcome"].as_str().unwrap())
        };
        assert_eq!(cause["pairs"], diagnoses.iter().filter(first).count(), "{}", cause["rule"]);
        assert!(!cause["example"]["summary"].as_str().unwrap().is_empty());
    }
    assert!(summary["rows"].is_null());
    let text = String::from_utf8(mailwhy(&["explain", "samples", "--summary"])).unwrap();
    assert!(text.starts_with(&format!("{} messages explained", diagnoses.len())), "{text}");
    assert!(mailwhy(&["explain", "samples", "--summary", "--format", "csv"]).is_empty());
}
