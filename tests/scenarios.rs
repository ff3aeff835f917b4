//! Every sample folder, explained by the binary: the judgement that a person reviews.

use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// What of a diagnosis a reviewer must see; the facts are the contract test's business.
fn judgement(diagnosis: &Value) -> Value {
    let findings: Vec<Value> = diagnosis["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|finding| {
            json!({
                "rule": finding["rule"],
                "role": finding["role"],
                "certainty": finding["certainty"],
                "summary": finding["summary"],
                "excluded": finding["excluded"],
            })
        })
        .collect();
    json!({
        "sources": diagnosis["sources"],
        "recipient": diagnosis["recipient"],
        "outcome": diagnosis["outcome"],
        "outcome_certainty": diagnosis["outcome_certainty"],
        "headline": diagnosis["headline"],
        "contradictions": diagnosis["contradictions"],
        "notes": diagnosis["notes"],
        "findings": findings,
    })
}

#[test]
fn every_sample_is_explained_as_reviewed() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut folders: Vec<_> = std::fs::read_dir(&samples)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| samples.join(name).is_dir())
        .collect();
    folders.sort();
    assert!(folders.len() >= 14, "{} sample folders", folders.len());
    for folder in folders {
        let output = Command::new(env!("CARGO_BIN_EXE_mailwhy"))
            .args(["explain", &format!("samples/{folder}"), "--format", "json"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let diagnoses: Value = serde_json::from_slice(&output.stdout).unwrap();
        let judged: Vec<Value> = diagnoses.as_array().unwrap().iter().map(judgement).collect();
        assert!(!judged.is_empty(), "{folder}: {stderr}");
        insta::with_settings!({ snapshot_suffix => folder.clone(), omit_expression => true }, {
            insta::assert_json_snapshot!(judged);
        });
    }
}
