//! `mailwhy trace` with filters: the summary and the list are about the same pairs, and say the same.

use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Get-MessageTrace: two messages, one of them from somebody else.
const STATUS: &str = "Received,SenderAddress,RecipientAddress,Subject,Status,FromIP,MessageId,MessageTraceId\n\
2026-03-02T08:15:01Z,b@sim.example,ann@contoso.example,Payroll,Delivered,203.0.113.10,<m1@sim.example>,5a1c2d3e-0001-4a4a-9b9b-08de781234ab\n\
2026-03-02T08:15:01Z,ceo@fabrikam.example,bob@contoso.example,Merger,Failed,203.0.113.99,<m2@fabrikam.example>,5a1c2d3e-0002-4a4a-9b9b-08de781234ab\n";

/// Get-MessageTraceDetail, which tells neither subject nor sender.
const DETAIL: &str = "Date,MessageId,MessageTraceId,RecipientAddress,Event,Action,Detail,Data\n\
2026-03-02T08:15:03Z,<m1@sim.example>,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,ann@contoso.example,Deliver,,The message was successfully delivered to the folder: DefaultFolderType:Inbox,\n\
2026-03-02T08:15:03Z,<m2@fabrikam.example>,5a1c2d3e-0002-4a4a-9b9b-08de781234ab,bob@contoso.example,Fail,,Reason: [{LED=550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found};{MSG=}],\n";

/// Extended report: an address that another replaced, and two failures whose rows cross.
const EXTENDED: &str = "date_time_utc,source,event_id,message_id,recipient_address,recipient_status,related_recipient_address,message_subject,sender_address,return_path,directionality,original_client_ip,custom_data\n\
2026-03-02T08:15:01.1Z,SMTP,RECEIVE,<m3@sim.example>,old@contoso.example,,,Payroll,b@sim.example,b@sim.example,Incoming,203.0.113.10,\n\
2026-03-02T08:15:02.1Z,RESOLVER,RESOLVE,<m3@sim.example>,new@contoso.example,,old@contoso.example,Payroll,b@sim.example,b@sim.example,Incoming,,\n\
2026-03-02T08:15:04.1Z,STOREDRIVER,DELIVER,<m3@sim.example>,new@contoso.example,DefaultFolderType:JunkEmail,,Payroll,b@sim.example,b@sim.example,Incoming,,\n\
2026-03-02T08:16:01.1Z,SMTP,RECEIVE,<m4@sim.example>,cat@contoso.example,,,Payroll,b@sim.example,b@sim.example,Incoming,203.0.113.11,\n\
2026-03-02T08:16:01.2Z,SMTP,RECEIVE,<m5@sim.example>,dan@contoso.example,,,Payroll,b@sim.example,b@sim.example,Incoming,203.0.113.12,\n\
2026-03-02T08:16:03.1Z,ROUTING,FAIL,<m5@sim.example>,dan@contoso.example,550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found,,Payroll,b@sim.example,b@sim.example,Incoming,,\n\
2026-03-02T08:16:04.1Z,ROUTING,FAIL,<m4@sim.example>,cat@contoso.example,550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found,,Payroll,b@sim.example,b@sim.example,Incoming,,\n";

const PEOPLE: &str = "email\nann@contoso.example\neve@contoso.example\n";

const CAMPAIGN: &str = "sending_ips = [\"203.0.113.10\"]\nmail_from_domains = [\"sim.example\"]\n";

/// GoPhish: a refusal of what was sent to somebody who got other mail that day.
const EVENTS: &str = "campaign_id,email,time,message,details\n\
1,bob@contoso.example,2026-03-02T08:14:59Z,Error Sending Email,\"{\"\"error\"\":\"\"550 5.7.606 Access denied, banned sending IP [203.0.113.10]\"\"}\"\n";

/// Arguments, and pairs by outcome.
type Case<'c> = (&'c [&'c str], &'c [(&'c str, u64)]);

fn folder() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let files = [
        ("status.csv", STATUS),
        ("detail.csv", DETAIL),
        ("extended.csv", EXTENDED),
        ("people.csv", PEOPLE),
        ("campaign.toml", CAMPAIGN),
        ("events.csv", EVENTS),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text)?;
    }
    Ok(folder)
}

fn trace(folder: &Path, args: &[&str]) -> Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailwhy"));
    command.current_dir(folder).arg("trace").args(args).output().context("mailwhy runs")
}

fn summary(folder: &Path, args: &[&str]) -> Result<Value> {
    let output = trace(folder, &[args, &["--format", "json"]].concat())?;
    serde_json::from_slice(&output.stdout).context("one JSON object")
}

/// Outcomes with their numbers, by the summary and by the list.
type Outcomes = BTreeMap<String, u64>;

fn outcomes(folder: &Path, args: &[&str]) -> Result<(Outcomes, Outcomes)> {
    let summary = summary(folder, args)?;
    let of_summary = serde_json::from_value(summary["outcomes"].clone())?;
    let list = trace(folder, &[args, &["--format", "ndjson"]].concat())?;
    let mut of_list = Outcomes::new();
    for line in String::from_utf8(list.stdout)?.lines() {
        let diagnosis: Value = serde_json::from_str(line)?;
        let outcome = diagnosis["outcome"].as_str().context("an outcome")?;
        *of_list.entry(outcome.to_owned()).or_default() += 1;
    }
    Ok((of_summary, of_list))
}

#[test]
fn summary_and_list_are_about_the_same_pairs_whatever_is_asked_for() -> Result<()> {
    let folder = folder()?;
    let rows = ["status.csv", "detail.csv", "extended.csv"];
    let cases: [Case<'_>; 10] = [
        (&[], &[("inbox", 1), ("junk", 2), ("rejected", 3)]),
        (&["--subject", "merger"], &[("rejected", 1)]),
        (&["--message-id", "m1@sim.example"], &[("inbox", 1)]),
        (&["--sender", "fabrikam"], &[("rejected", 1)]),
        // the end of a redirection counts, though it is not asked for itself
        (&["--recipient", "old@"], &[("junk", 1)]),
        (&["--until", "2026-03-02T08:15:02Z"], &[("inbox", 1), ("junk", 1), ("rejected", 1)]),
        (&["--ip", "203.0.113.10"], &[("inbox", 1), ("junk", 1)]),
        (
            &["--expected", "people.csv", "--campaign", "campaign.toml"],
            &[("inbox", 1), ("junk", 2), ("not-traced", 1), ("rejected", 2)],
        ),
        (&["--expected", "people.csv", "--since", "2026-03-03"], &[("not-traced", 2)]),
        // the refused message left no row; what bob has is another one
        (
            &["--expected", "events.csv", "--recipient", "bob"],
            &[("not-traced", 1), ("rejected", 1)],
        ),
    ];
    for (filter, expected) in cases {
        let expected = expected.iter().map(|(name, pairs)| ((*name).to_owned(), *pairs)).collect();
        let (of_summary, of_list) = outcomes(folder.path(), &[&rows, filter].concat())?;
        assert_eq!(of_summary, expected, "the summary, {filter:?}");
        assert_eq!(of_list, expected, "the list, {filter:?}");
    }
    Ok(())
}

#[test]
fn rows_that_show_the_header_from_only_stay_with_the_message_that_is_asked_for() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let id = |message: u8| {
        format!("<m{message}@sim.example>,5a1c2d3e-000{message}-4a4a-9b9b-08de781234ab")
    };
    // the envelope sender is another than the header From
    let status = format!(
        "Received,SenderAddress,RecipientAddress,Subject,Status,FromIP,MessageId,MessageTraceId\n\
        2026-03-02T08:15:01Z,b@bounce.example,ann@contoso.example,Hi,Delivered,203.0.113.10,{}\n\
        2026-03-02T08:15:01Z,b@bounce.example,bob@contoso.example,Hi,Delivered,203.0.113.10,{}\n\
        2026-03-02T08:15:01Z,b@other.example,cat@contoso.example,Hi,Delivered,203.0.113.99,{}\n",
        id(1),
        id(2),
        id(3)
    );
    let actions = format!(
        "Timestamp,InternetMessageId,NetworkMessageId,RecipientEmailAddress,ActionType,ActionResult,DeliveryLocation,SenderFromAddress\n\
        2026-03-02T09:15:01Z,{},ann@contoso.example,Phish ZAP,Success,Quarantine,hr@brand.example\n",
        id(1)
    );
    let list = |message: u8, recipient: &str| {
        format!(
            "2026-03-02T08:15:01Z,hr@brand.example,{recipient},Hi,HighConfPhish,NotReleased,{}\n",
            id(message)
        )
    };
    let held = format!(
        "ReceivedTime,SenderAddress,RecipientAddress,Subject,Type,ReleaseStatus,MessageId,Identity\n{}{}",
        list(2, "bob@contoso.example"),
        list(3, "cat@contoso.example")
    );
    let campaigns = [
        ("domain.toml", "mail_from_domains = [\"bounce.example\"]\n"),
        ("address.toml", "sending_ips = [\"203.0.113.10\"]\n"),
    ];
    let rows = [("status.csv", &*status), ("actions.csv", &actions), ("held.csv", &held)];
    for (name, text) in rows.into_iter().chain(campaigns) {
        fs::write(folder.path().join(name), text)?;
    }
    let expected = [("quarantine".to_owned(), 1), ("removed".to_owned(), 1)].into();
    let filters: [&[&str]; 4] = [
        &["--sender", "bounce.example"],
        &["--sender", "bounce.example", "--subject", "hi"],
        &["--campaign", "domain.toml"],
        &["--campaign", "address.toml", "--subject", "hi"],
    ];
    for filter in filters {
        let paths = rows.map(|(name, _)| name);
        let (of_summary, of_list) = outcomes(folder.path(), &[&paths, filter].concat())?;
        assert_eq!(of_summary, expected, "the summary, {filter:?}");
        assert_eq!(of_list, expected, "the list, {filter:?}");
    }
    Ok(())
}

#[test]
fn the_platforms_record_stays_with_its_message_whatever_is_asked_for() -> Result<()> {
    let folder = folder()?;
    let clicks = "campaign_id,email,time,message,details\n\
        1,ann@contoso.example,2026-03-02T08:14:59Z,Email Sent,\n\
        1,ann@contoso.example,2026-03-02T08:16:59Z,Clicked Link,\n";
    fs::write(folder.path().join("clicks.csv"), clicks)?;
    for filter in [&[][..], &["--message-id", "m1@sim.example"], &["--subject", "payroll"]] {
        let args = [&["status.csv", "clicks.csv", "--format", "ndjson"], filter].concat();
        let list = String::from_utf8(trace(folder.path(), &args)?.stdout)?;
        let ann = list.lines().find(|line| line.contains("m1@sim.example")).context("ann's")?;
        assert!(ann.contains("clicks.csv"), "{filter:?}: {ann}");
    }
    Ok(())
}

#[test]
fn only_filters_that_leave_out_rows_make_a_list_fit_into_memory() -> Result<()> {
    let folder = folder()?;
    let code = |filter: &[&str]| -> Result<Option<i32>> {
        let args = ["status.csv", "--format", "csv", "--max-memory", "1k"];
        Ok(trace(folder.path(), &[&args, filter].concat())?.status.code())
    };
    assert_eq!(code(&[])?, Some(1));
    assert_eq!(code(&["--recipient", "ann"])?, Some(1), "all rows are kept");
    assert_eq!(code(&["--sender", "fabrikam"])?, Some(0));
    Ok(())
}

#[test]
fn an_example_does_not_pass_off_another_recipients_row_as_its_own() -> Result<()> {
    let folder = folder()?;
    let text = String::from_utf8(trace(folder.path(), &["extended.csv"])?.stdout)?;
    assert!(text.contains("cat@contoso.example: the same is first said in"), "{text}");
    let cause = &summary(folder.path(), &["extended.csv"])?["causes"][0];
    assert_eq!(cause["example"]["recipient"], "cat@contoso.example");
    assert_eq!(cause["example"]["evidence_is_own"], false);
    let text = String::from_utf8(trace(folder.path(), &["detail.csv"])?.stdout)?;
    assert!(text.contains("e.g. bob@contoso.example: detail.csv row 2"), "{text}");
    Ok(())
}

#[test]
fn a_time_from_receipt_to_delivery_is_told_only_where_both_are() -> Result<()> {
    let folder = folder()?;
    let seconds = |rows: &str| -> Result<Value> {
        fs::write(folder.path().join("t.csv"), rows)?;
        Ok(summary(folder.path(), &["t.csv"])?["delivery_seconds"].clone())
    };
    let lines: Vec<&str> = EXTENDED.lines().collect();
    assert_eq!(seconds(&[lines[0], lines[3]].join("\n"))?, Value::Null, "no receipt");
    let one_time = "origin_timestamp_utc,sender_address,recipient_status,message_subject,message_id,original_client_ip\n\
        2026-03-02T08:15:01.1Z,b@sim.example,\"ann@contoso.example##Receive, Defer, Deliver\",Hi,<m1@sim.example>,203.0.113.10\n";
    assert_eq!(seconds(one_time)?, Value::Null, "one time for all events");
    let received = lines[1].replace("old@", "new@");
    assert_eq!(seconds(&[lines[0], &received, lines[3]].join("\n"))?["max"], 3.0);
    Ok(())
}

#[test]
fn a_row_whose_date_is_none_is_refused_with_its_cell() -> Result<()> {
    let folder = folder()?;
    let rows = STATUS.replacen("2026-03-02T08:15:01Z,ceo", "03/14/2026 25:00,ceo", 1);
    fs::write(folder.path().join("t.csv"), rows)?;
    let summary = summary(folder.path(), &["t.csv"])?;
    assert_eq!(summary["rows"]["refused"], 1);
    let refusal = &summary["refusals"][0];
    assert_eq!((&refusal["row"], &refusal["column"]), (&2.into(), &"Received".into()));
    assert_eq!(refusal["found"], "03/14/2026 25:00");
    let strict = trace(folder.path(), &["t.csv", "--strict"])?;
    assert_eq!(strict.status.code(), Some(1));
    let listed = trace(folder.path(), &["t.csv", "--format", "csv"])?;
    assert!(!String::from_utf8(listed.stdout)?.contains("bob@"));
    Ok(())
}
