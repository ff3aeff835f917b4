//! `mailwhy trace` as its users run it.

use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const EXTENDED: &str = "date_time_utc,source_context,source,event_id,message_id,network_message_id,recipient_address,recipient_status,related_recipient_address,message_subject,sender_address,return_path,directionality,original_client_ip,custom_data,message_info\n\
2026-03-02T08:15:01.1000000Z,,SMTP,RECEIVE,<m1@sim.example>,,ann@contoso.example;bob@contoso.example,;,,Hi,hr@sim.example,b@mail.sim.example,Incoming,203.0.113.10,,\n\
2026-03-02T08:15:02.2000000Z,,AGENT,AGENTINFO,<m1@sim.example>,,bob@contoso.example,,,Hi,hr@sim.example,b@mail.sim.example,Incoming,203.0.113.10,S:TRA=ETR|ruleId=19a25eb2-3e43-4896-ad9e-47b6c359779d|action=RejectMessage|mode=Enforce,\n\
2026-03-02T08:15:02.9000000Z,Transport Rule Agent,ROUTING,FAIL,<m1@sim.example>,,bob@contoso.example,550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy,,Hi,hr@sim.example,b@mail.sim.example,Incoming,203.0.113.10,,\n\
2026-03-02T08:15:04.1000000Z,,STOREDRIVER,DELIVER,<m1@sim.example>,,ann@contoso.example,DefaultFolderType:JunkEmail,,Hi,hr@sim.example,b@mail.sim.example,Incoming,203.0.113.10,,\n";

const BROKEN: &str = "Received,SenderAddress,RecipientAddress,Subject,Status,MessageId\n\
2026-03-02T08:15:01Z,b@sim.example,cat@contoso.example,Hi,Delivered,<m2@sim.example>\n\
2026-03-02T08:15:01Z,b@sim.example,cat@contoso.example,Hi,Delivered,<m2@sim.example>\n\
2026-03-02T08:15:01Z,too,few\n";

const EXPECTED: &str = "email,first_name\nann@contoso.example,Ann\ndan@contoso.example,Dan\n";

fn mailwhy(folder: &Path, args: &[&str]) -> Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailwhy"));
    command.current_dir(folder).args(args).output().context("mailwhy runs")
}

fn folder() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("e.csv"), EXTENDED)?;
    fs::write(folder.path().join("b.csv"), BROKEN)?;
    fs::write(folder.path().join("expected.txt"), EXPECTED)?;
    Ok(folder)
}

fn json(output: &Output) -> Result<Value> {
    serde_json::from_slice(&output.stdout).context("one JSON object")
}

#[test]
fn every_row_read_is_used_refused_or_repeated() -> Result<()> {
    let folder = folder()?;
    let output = mailwhy(folder.path(), &["trace", "--format", "json", "e.csv", "b.csv"])?;
    let summary = json(&output)?;
    assert_eq!(summary["schema"], "mailwhy.summary/1");
    let rows = &summary["rows"];
    assert_eq!(
        (&rows["read"], &rows["used"], &rows["refused"], &rows["duplicates"]),
        (&7.into(), &5.into(), &1.into(), &1.into())
    );
    assert_eq!(summary["refusals"][0]["row"], 3);
    let text = mailwhy(folder.path(), &["trace", "e.csv", "b.csv"])?;
    let text = String::from_utf8(text.stdout)?;
    assert!(text.contains("7 read = 5 used + 1 refused + 1 repeated"), "{text}");
    Ok(())
}

#[test]
fn the_summary_tells_outcomes_causes_and_what_stands_behind_them() -> Result<()> {
    let folder = folder()?;
    let summary = json(&mailwhy(folder.path(), &["trace", "--format", "json", "e.csv"])?)?;
    assert_eq!(summary["pairs"], 2);
    assert_eq!(summary["outcomes"], serde_json::json!({"junk": 1, "rejected": 1}));
    let cause = &summary["causes"][0];
    assert_eq!((&cause["rule"], &cause["certainty"]["proven"]), (&"rule-reject".into(), &1.into()));
    assert_eq!(cause["example"]["recipient"], "bob@contoso.example");
    let failures = &summary["failures"];
    assert_eq!(failures["connecting_ips"][0]["name"], "203.0.113.10");
    assert_eq!(failures["transport_rules"][0]["name"], "19a25eb2-3e43-4896-ad9e-47b6c359779d");
    assert_eq!(failures["status_codes"][0]["name"], "5.7.1");
    assert_eq!(summary["delivery_seconds"]["max"], 3.0);
    Ok(())
}

#[test]
fn the_platforms_record_alone_makes_no_failure_of_a_click() -> Result<()> {
    let folder = folder()?;
    let results = "id,status,ip,send_date,reported,modified_date,email,first_name,last_name,position\n\
        a,Clicked Link,203.0.113.7,2026-03-02T08:15:00Z,false,2026-03-02T09:01:10Z,eve@contoso.example,Eve,Lee,\n\
        b,Email Sent,,2026-03-02T08:15:00Z,false,2026-03-02T08:15:00Z,dan@contoso.example,Dan,Lee,\n\
        c,Error,,2026-03-02T08:15:00Z,false,2026-03-02T08:15:02Z,gone@contoso.example,Gone,Lee,\n";
    fs::write(folder.path().join("r.csv"), results)?;
    let alone = json(&mailwhy(folder.path(), &["trace", "--format", "json", "r.csv"])?)?;
    assert_eq!(alone["outcomes"], serde_json::json!({"failed": 1, "unknown": 2}));
    let rules = |summary: &Value| -> Vec<String> {
        let causes = summary["causes"].as_array().into_iter().flatten();
        let mut rules: Vec<String> =
            causes.filter_map(|cause| Some(cause["rule"].as_str()?.to_owned())).collect();
        rules.sort();
        rules
    };
    assert_eq!(rules(&alone), ["never-sent-or-bounced-by-platform"]);
    let failing = alone["failing_recipients"].as_array().context("a list")?;
    assert_eq!(failing.len(), 1);
    let traced = json(&mailwhy(folder.path(), &["trace", "--format", "json", "r.csv", "e.csv"])?)?;
    // Eve's click is no refusal; Dan's missing row has candidates.
    assert_eq!(traced["outcomes"]["not-traced"], 2);
    assert_eq!(traced["outcomes"]["unknown"], 1);
    assert!(rules(&traced).contains(&"api-injected-not-traced".to_owned()), "{traced}");
    let listed =
        mailwhy(folder.path(), &["trace", "--format", "csv", "r.csv", "--recipient", "eve"])?;
    let listed = String::from_utf8(listed.stdout)?;
    assert!(listed.contains("unknown") && !listed.contains("not-traced"), "{listed}");
    Ok(())
}

#[test]
fn an_expected_recipient_without_rows_is_not_traced_and_has_candidates() -> Result<()> {
    let folder = folder()?;
    let args = ["trace", "--format", "json", "e.csv", "--expected", "expected.txt"];
    let summary = json(&mailwhy(folder.path(), &args)?)?;
    assert_eq!(summary["outcomes"]["not-traced"], 1);
    let failing = summary["failing_recipients"].as_array().context("a list")?;
    let dan =
        failing.iter().find(|one| one["recipient"] == "dan@contoso.example").context("Dan")?;
    let causes = dan["causes"].as_array().context("candidates")?;
    assert!(causes.contains(&"gateway-stopped-it".into()) && causes.len() > 3, "{causes:?}");
    Ok(())
}

#[test]
fn a_line_or_row_for_every_pair_is_in_the_contracts_shape() -> Result<()> {
    let folder = folder()?;
    let output = mailwhy(folder.path(), &["trace", "--format", "ndjson", "e.csv"])?;
    let lines: Vec<Value> = String::from_utf8(output.stdout)?
        .lines()
        .map(serde_json::from_str)
        .collect::<std::result::Result<_, _>>()?;
    assert_eq!(lines.len(), 2);
    let bob =
        lines.iter().find(|line| line["recipient"] == "bob@contoso.example").context("Bob")?;
    assert_eq!(
        (&bob["schema"], &bob["outcome"]),
        (&"mailwhy.diagnosis/1".into(), &"rejected".into())
    );
    assert_eq!(bob["sources"][0]["kind"], "trace");
    assert_eq!(bob["findings"][0]["evidence"][0]["row"], 3);
    let output = mailwhy(folder.path(), &["trace", "--format", "csv", "e.csv"])?;
    assert_eq!(String::from_utf8(output.stdout)?.lines().count(), 3);
    Ok(())
}

#[test]
fn rows_are_counted_as_they_are_where_they_are_not_joined() -> Result<()> {
    let folder = folder()?;
    let run = |args: &[&str]| {
        mailwhy(folder.path(), &[&["trace", "e.csv", "b.csv", "--rows"], args].concat())
    };
    let counted = json(&run(&["--format", "json"])?)?;
    let rows = &counted["rows"];
    assert_eq!((&rows["read"], &rows["used"], &rows["refused"]), (&7.into(), &6.into(), &1.into()));
    assert_eq!(counted["first"], "2026-03-02T08:15:01Z");
    let said = |kind: &str, value: &str| {
        let kinds = counted["said"].as_array()?;
        let values = kinds.iter().find(|one| one["kind"] == kind)?["values"].as_array()?;
        values.iter().find(|one| one["value"] == value)?["count"].as_u64()
    };
    // the first row is about two recipients
    assert_eq!((said("event", "receive"), said("event", "fail")), (Some(2), Some(1)));
    assert_eq!(
        (said("status", "Delivered"), said("client_ip", "203.0.113.10")),
        (Some(2), Some(1))
    );
    let text = String::from_utf8(run(&[])?.stdout)?;
    assert!(text.starts_with("7 rows in 2 files"), "{text}");
    let hidden = String::from_utf8(run(&["--redact"])?.stdout)?;
    assert!(text.contains("203.0.113.10") && !hidden.contains("203.0.113.10"), "{hidden}");
    assert_eq!(run(&["--format", "csv"])?.status.code(), Some(2));
    let narrow = run(&["--sender", "nobody", "--format", "json"])?;
    assert_eq!(json(&narrow)?["said"], serde_json::json!([]));
    Ok(())
}

#[test]
fn exit_statuses_tell_what_happened() -> Result<()> {
    let folder = folder()?;
    fs::write(folder.path().join("noise.csv"), [0u8, 159, 146, 150, 10, 0, 1, 2])?;
    let code = |args: &[&str]| Ok::<_, anyhow::Error>(mailwhy(folder.path(), args)?.status.code());
    assert_eq!(code(&["trace", "e.csv"])?, Some(0));
    assert_eq!(code(&["trace", "b.csv"])?, Some(0), "refused rows are counted, not fatal");
    assert_eq!(code(&["trace", "--strict", "b.csv"])?, Some(1));
    assert_eq!(code(&["trace", "e.csv", "absent.csv"])?, Some(1));
    assert_eq!(code(&["trace", "noise.csv"])?, Some(1));
    assert_eq!(code(&["trace", "--since", "yesterday", "e.csv"])?, Some(2));
    assert_eq!(
        code(&["trace", "--format", "json", "--max-memory", "1", "--top", "0", "e.csv"])?,
        Some(1)
    );
    Ok(())
}

#[test]
fn the_output_is_the_same_for_any_number_of_threads() -> Result<()> {
    let folder = folder()?;
    for format in ["text", "json", "ndjson", "csv"] {
        let run = |threads| {
            mailwhy(folder.path(), &["trace", ".", "--format", format, "--threads", threads])
        };
        assert_eq!(run("1")?.stdout, run("4")?.stdout, "{format}");
    }
    Ok(())
}

#[test]
fn every_format_counts_a_pair_once_under_the_same_cause() -> Result<()> {
    let folder = folder()?;
    let inputs = ["trace", "e.csv", "--expected", "expected.txt", "--format"];
    let run = |format| -> Result<String> {
        let output = mailwhy(folder.path(), &[&inputs[..], &[format]].concat())?;
        Ok(String::from_utf8(output.stdout)?)
    };
    let summary: Value = serde_json::from_str(&run("json")?)?;
    let causes = summary["causes"].as_array().context("causes")?;
    let counted: u64 = causes.iter().filter_map(|cause| cause["pairs"].as_u64()).sum();
    let failing: u64 = ["junk", "rejected", "not-traced"]
        .iter()
        .filter_map(|outcome| summary["outcomes"][outcome].as_u64())
        .sum();
    assert_eq!(counted + summary["unexplained"].as_u64().context("a number")?, failing);
    let (text, markdown, csv) = (run("text")?, run("markdown")?, run("csv")?);
    let lines: Vec<&str> = csv.lines().collect();
    for cause in causes {
        let (rule, pairs) = (cause["rule"].as_str().context("a rule")?, &cause["pairs"]);
        assert!(text.contains(&format!("            {pairs}  {rule}  (")), "{rule}: {text}");
        assert!(markdown.contains(&format!("| `{rule}` | {pairs} |")), "{rule}: {markdown}");
        let rows = lines.iter().filter(|row| row.split(',').nth(3) == Some(rule)).count();
        assert_eq!(pairs.as_u64(), Some(rows as u64), "{rule}: {csv}");
    }
    // Dan's other candidates are named, not counted again.
    assert!(summary["also"].as_array().context("a list")?.len() > 2);
    assert!(text.contains("Just as sure for some of these: "), "{text}");
    assert!(markdown.contains("Just as sure for some of these: "), "{markdown}");
    Ok(())
}

#[test]
fn rows_of_people_and_files_that_could_not_be_read_are_counted_apart() -> Result<()> {
    let folder = folder()?;
    let inputs = ["trace", "e.csv", "absent.csv", "--expected", "expected.txt"];
    let summary = json(&mailwhy(folder.path(), &[&inputs[..], &["--format", "json"]].concat())?)?;
    assert_eq!(summary["inputs"], serde_json::json!({"files": 2, "unreadable": 1}));
    assert_eq!(
        (&summary["rows"]["read"], &summary["expected_rows"]["read"]),
        (&4.into(), &2.into())
    );
    let text = String::from_utf8(mailwhy(folder.path(), &inputs)?.stdout)?.replace('\n', " ");
    assert!(text.contains("in 2 files:") && text.contains("1 file could not be read"), "{text}");
    assert!(text.contains("4 read = 4 used") && text.contains("and 2 rows of expected"), "{text}");
    Ok(())
}

#[test]
fn an_extended_report_of_exactly_a_thousand_messages_is_probably_cut() -> Result<()> {
    let folder = folder()?;
    let header = EXTENDED.lines().next().context("a header")?;
    let report = |messages: usize| {
        let rows = (0..messages).flat_map(|n| {
            ["RECEIVE", "DELIVER"].map(|event| {
                format!("2026-03-02T08:15:01.1000000Z,,SMTP,{event},<m{n}@sim.example>,,ann@contoso.example,,,Hi,hr@sim.example,b@mail.sim.example,Incoming,203.0.113.10,,")
            })
        });
        let lines: Vec<String> = std::iter::once(header.to_owned()).chain(rows).collect();
        lines.join("\n") + "\n"
    };
    for (messages, cut) in [(999, false), (1_000, true), (1_001, false)] {
        fs::write(folder.path().join("cut.csv"), report(messages))?;
        let text = String::from_utf8(mailwhy(folder.path(), &["trace", "cut.csv"])?.stdout)?;
        assert_eq!(text.contains("exactly 1,000 messages"), cut, "{messages}: {text}");
    }
    fs::write(folder.path().join("cut.csv"), report(1_000))?;
    let narrowed = mailwhy(folder.path(), &["trace", "cut.csv", "--sender", "hr@"])?;
    assert!(!String::from_utf8(narrowed.stdout)?.contains("exactly 1,000 messages"));
    Ok(())
}
