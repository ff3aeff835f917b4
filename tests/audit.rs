//! `mailwhy audit`, `tenant-script`, `campaign` and `platforms` as a user runs them.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

const TENANT: &str = r#"{
  "HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": ["203.0.113.10"], "EnableSafeList": false},
  "TransportRule": [{"Name": "PhishSim - bypass spam", "State": "Disabled", "SetSCL": "-1", "SenderIpRanges": ["203.0.113.10"]}],
  "ExoPhishSimOverrideRule": []
}"#;
const CAMPAIGN: &str =
    "sending_ips = [\"203.0.113.10\"]\nmail_from_domains = [\"mail.sim.example\"]\n";

fn run(folder: &Path, arguments: &[&str]) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_mailwhy"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .output()
}

fn folder() -> io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("tenant.json"), TENANT)?;
    std::fs::write(folder.path().join("campaign.toml"), CAMPAIGN)?;
    Ok(folder)
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const AUDIT: [&str; 5] = ["audit", "--tenant", "tenant.json", "--campaign", "campaign.toml"];

#[test]
fn the_json_audit_holds_steps_predictions_and_findings() {
    let folder = folder().unwrap();
    let output = run(folder.path(), &[&AUDIT[..], &["--format", "json"]].concat()).unwrap();
    assert_eq!(output.status.code(), Some(0));
    let audit: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(audit["schema"], "mailwhy.audit/1");
    let steps: Vec<&str> =
        audit["steps"].as_array().unwrap().iter().map(|s| s["step"].as_str().unwrap()).collect();
    assert_eq!(
        steps,
        [
            "advanced-delivery",
            "connection-filter",
            "spam-bypass-rule",
            "bypass-clutter",
            "skip-safe-links-rule",
            "skip-safe-attachments-rule",
            "safe-links-policy"
        ]
    );
    assert_eq!(audit["predictions"][0]["mechanisms"], serde_json::json!(["ip-allow-list"]));
}

#[test]
fn fail_on_decides_between_status_0_and_3() {
    let folder = folder().unwrap();
    for (limit, code) in [("error", 3), ("warning", 3)] {
        let output = run(folder.path(), &[&AUDIT[..], &["--fail-on", limit]].concat()).unwrap();
        assert_eq!(output.status.code(), Some(code), "{limit}");
    }
    let clean = r#"{"HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": [], "EnableSafeList": false}}"#;
    std::fs::write(folder.path().join("tenant.json"), clean).unwrap();
    let output =
        run(folder.path(), &["audit", "--tenant", "tenant.json", "--fail-on", "warning"]).unwrap();
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_fix_script_is_printed_and_nothing_else() {
    let folder = folder().unwrap();
    let text = stdout(&run(folder.path(), &[&AUDIT[..], &["--fix"]].concat()).unwrap());
    assert!(text.starts_with("# Puts right what"), "{text}");
    assert!(text.contains("$domains = @('mail.sim.example')"), "{text}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = folder().unwrap();
    for format in ["text", "json", "ndjson", "markdown"] {
        let once =
            || run(folder.path(), &[&AUDIT[..], &["--format", format]].concat()).unwrap().stdout;
        assert_eq!(once(), once(), "{format}");
    }
}

#[test]
fn broken_input_is_one_line_with_file_line_and_column_and_status_1() {
    let folder = folder().unwrap();
    std::fs::write(folder.path().join("tenant.json"), "{\n  \"TransportRule\": oops\n}").unwrap();
    let output = run(folder.path(), &AUDIT).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("tenant.json:2: column 20"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn a_wrong_property_is_told_and_the_rest_goes_on() {
    let folder = folder().unwrap();
    let wrong =
        TENANT.replace("\"State\": \"Disabled\"", "\"Priority\": {}, \"State\": \"Disabled\"");
    std::fs::write(folder.path().join("tenant.json"), wrong).unwrap();
    let output = run(folder.path(), &AUDIT).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("Get-TransportRule, Priority: found object {}"), "{told}");
    assert!(stdout(&output).contains("Rule `PhishSim - bypass spam` is disabled"));
}

#[test]
fn a_misspelled_campaign_key_names_its_line_and_the_nearest_name() {
    let folder = folder().unwrap();
    std::fs::write(folder.path().join("campaign.toml"), "name = \"a\"\nplattform = \"x\"\n")
        .unwrap();
    let output = run(folder.path(), &AUDIT).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("campaign.toml:2") && told.contains("`platform`"), "{told}");
}

#[test]
fn the_template_of_campaign_init_is_a_valid_campaign() {
    let folder = folder().unwrap();
    let text = stdout(&run(folder.path(), &["campaign", "init"]).unwrap());
    std::fs::write(folder.path().join("campaign.toml"), text).unwrap();
    let output = run(folder.path(), &["campaign", "check", "campaign.toml"]).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_script_and_the_platforms_are_printed() {
    let folder = folder().unwrap();
    assert!(
        stdout(&run(folder.path(), &["tenant-script"]).unwrap())
            .contains("Get-ExoPhishSimOverrideRule")
    );
    let platforms = run(folder.path(), &["platforms", "--format", "json"]).unwrap();
    let list: serde_json::Value = serde_json::from_slice(&platforms.stdout).unwrap();
    assert!(list.as_array().unwrap().iter().any(|one| one["name"] == "KnowBe4"));
}
