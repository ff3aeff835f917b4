use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};

const MAIL: &str = "Received: from mx.sim.example (203.0.113.10) by \
    CO1PEPF000044F1.mail.protection.outlook.com (10.167.1.1) with Microsoft SMTP Server id 15.20.8230.7 via \
    Frontend Transport; Mon, 2 Mar 2026 08:15:03 +0000\r\n\
    X-Forefront-Antispam-Report: CIP:203.0.113.10;CTRY:US;SCL:5;IPV:NLI;SFV:SPM;H:mx.sim.example;CAT:SPM;DIR:INB;\r\n\
    X-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:1;dest:J;\r\n\
    Message-ID: <1@sim.example>\r\nSubject: Your parcel\r\nFrom: \"Parcel Desk\" <desk@sim.example>\r\n\
    To: Ann Brown <ann.brown@contoso.example>\r\n";

const TRACE: &str = "Received,SenderAddress,RecipientAddress,Subject,Status,FromIP,MessageId\n\
    2026-03-02T08:15:03Z,desk@sim.example,ann.brown@contoso.example,Your parcel,Failed,203.0.113.10,<1@sim.example>\n\
    2026-03-02T08:15:04Z,desk@sim.example,bob@contoso.example,Your parcel,Delivered,203.0.113.10,<1@sim.example>\n";

pub(super) fn mailwhy(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mailwhy"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env_remove("MAILWHY_PASSWORD")
        .output()
        .unwrap()
}

pub(super) fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

pub(super) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mail.eml"), format!("{MAIL}\r\nHello\r\n")).unwrap();
    std::fs::write(folder.path().join("trace.csv"), TRACE).unwrap();
    folder
}

pub(super) fn members(bytes: &[u8]) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut members = Vec::new();
    for at in 0..zip.len() {
        let mut member = zip.by_index(at).unwrap();
        let mut text = String::new();
        member.read_to_string(&mut text).unwrap();
        members.push((member.name().unwrap().into_owned(), text));
    }
    members
}

#[test]
fn a_ticket_holds_reports_headers_and_a_manifest_and_is_reproducible() {
    let folder = folder();
    for name in ["a.zip", "b.zip"] {
        let run = mailwhy(folder.path(), &["ticket", "mail.eml", "-o", name]);
        assert_eq!(run.status.code(), Some(0), "{}", told(&run));
    }
    let a = std::fs::read(folder.path().join("a.zip")).unwrap();
    assert_eq!(a, std::fs::read(folder.path().join("b.zip")).unwrap());
    let members = members(&a);
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    let expected =
        ["report.html", "report.md", "diagnosis.json", "headers/0001.txt", "manifest.json"];
    assert_eq!(names, expected);
    assert_eq!(members[3].1.trim_end(), MAIL.trim_end());
    assert!(members[4].1.contains("\"redacted\": false"));
}

#[test]
fn a_redacted_ticket_names_nobody_in_any_member() {
    let folder = folder();
    let run =
        mailwhy(folder.path(), &["ticket", "mail.eml", "-o", "t.zip", "--redact-map", "key.json"]);
    assert_eq!(run.status.code(), Some(0), "{}", told(&run));
    for (name, text) in members(&std::fs::read(folder.path().join("t.zip")).unwrap()) {
        let lower = text.to_lowercase();
        for secret in ["brown", "contoso", "sim.example", "203.0.113.10", "parcel", "mail.eml"] {
            assert!(!lower.contains(secret), "{secret} in {name}");
        }
    }
    let key = std::fs::read_to_string(folder.path().join("key.json")).unwrap();
    assert!(key.contains("ann.brown@contoso.example"));
}

#[test]
fn every_format_of_a_redacted_trace_names_nobody() {
    let folder = folder();
    for format in ["text", "json", "ndjson", "csv", "html", "markdown"] {
        let run = mailwhy(folder.path(), &["trace", "trace.csv", "--redact", "--format", format]);
        let lower = String::from_utf8_lossy(&run.stdout).to_lowercase();
        assert!(lower.contains("recipient-1"), "{format}: {lower}");
        for secret in ["brown", "contoso", "sim.example", "203.0.113.10", "parcel", "trace.csv"] {
            assert!(!lower.contains(secret), "{secret} in {format}: {lower}");
        }
    }
}

#[test]
fn a_rule_that_a_trace_names_is_hidden_wherever_it_is_told() {
    let folder = folder();
    let row = |event: &str, detail: &str| {
        format!(
            "<m@sim.example>,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,3/22/2026 8:15:03 AM,{event},,\"{detail}\",,hr@sim.example,bob@contoso.example\n"
        )
    };
    let head =
        "MessageId,MessageTraceId,Date,Event,Action,Detail,Data,SenderAddress,RecipientAddress\n";
    let fail = "Reason: [{LED=550 5.7.1 TRANSPORT.RULES.RejectMessage; rejected};{MSG=}]";
    let rule = "Transport rule: 'Ask Lena', ID: ('9d0c4b1e-7a2f-4c3d-8e5b-6f1a2b3c4d5e'), DLP policy: '', ID: (00000000-0000-0000-0000-000000000000).";
    let rows = format!("{head}{}{}", row("Fail", fail), row("Transport rule", rule));
    std::fs::write(folder.path().join("detail.csv"), rows).unwrap();
    for more in
        [&["--format", "text"][..], &["--format", "json"], &["--format", "ndjson"], &["--rows"]]
    {
        let run = mailwhy(folder.path(), &[&["trace", "detail.csv", "--redact"], more].concat());
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(said.contains("setting-1") && !said.contains("Lena"), "{more:?}: {said}");
    }
}

/// Every way to report of that file, redacted.
fn every_redacted_report(folder: &Path, file: &str) -> Vec<(String, String)> {
    let mut reports = Vec::new();
    for command in ["explain", "trace"] {
        for format in ["text", "json", "ndjson", "csv", "html", "markdown"] {
            let run = mailwhy(folder, &[command, file, "--redact", "--format", format]);
            reports.push((format!("{command} {format}"), told(&run)));
        }
    }
    let rows = mailwhy(folder, &["trace", file, "--redact", "--rows"]);
    reports.push(("rows".to_owned(), told(&rows)));
    reports
}

#[test]
fn a_rule_that_only_a_quarantine_list_names_is_hidden_in_every_format() {
    let folder = folder();
    let list = "ReceivedTime,Type,PolicyType,PolicyName,SenderAddress,RecipientAddress,Subject,MessageId,ReleaseStatus\n\
        2026-03-02 08:15:01,TransportRule,ExchangeTransportRule,Stop Zorro's merger,b@sim.example,ann@contoso.example,x,<m1@sim.example>,NotReleased\n";
    std::fs::write(folder.path().join("q.csv"), list).unwrap();
    for (way, report) in every_redacted_report(folder.path(), "q.csv") {
        assert!(!report.contains("Zorro"), "{way}: {report}");
        assert!(way == "rows" || way.contains("csv") || report.contains("setting-1"), "{way}");
    }
}

#[test]
fn a_rule_whose_name_has_signs_of_its_own_is_hidden_where_they_are_left_out_or_doubled() {
    let folder = folder();
    for (name, rule) in [("a.csv", "Stop | Zorro's merger"), ("b.csv", "Zorro's | merger")] {
        let table = format!(
            "MessageId,MessageTraceId,Date,Event,Action,Detail,Data,SenderAddress,RecipientAddress\n\
            <m@sim.example>,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,3/22/2026 8:15:03 AM,Fail,,\"Reason: [{{LED=550 5.7.1 TRANSPORT.RULES.RejectMessage; rejected}};{{MSG=}}]\",,hr@sim.example,bob@contoso.example\n\
            <m@sim.example>,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,3/22/2026 8:15:03 AM,Transport rule,,\"Transport rule: '{rule}', ID: ('9d0c4b1e-7a2f-4c3d-8e5b-6f1a2b3c4d5e'), DLP policy: '', ID: (00000000-0000-0000-0000-000000000000).\",,hr@sim.example,bob@contoso.example\n"
        );
        std::fs::write(folder.path().join(name), table).unwrap();
        for (way, report) in every_redacted_report(folder.path(), name) {
            assert!(!report.contains("Zorro"), "{way}: {report}");
        }
    }
}

#[test]
fn what_an_admin_wrote_into_a_rejection_is_hidden_and_codes_and_microsofts_words_stay() {
    let folder = folder();
    for (answer, stays) in [
        (
            "550 5.7.1 TRANSPORT.RULES.RejectMessage; Zorro Holding forbids this, call +49 30 1234567",
            "550 5.7.1 TRANSPORT.RULES.RejectMessage; hidden-1}",
        ),
        ("550 5.7.900 Zorro}; {no} says Zorro};{Zorro", "550 5.7.900 hidden-1"),
        (
            "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
            "; the message was rejected by organization policy}",
        ),
        (
            "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
            "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)}",
        ),
    ] {
        let table = format!(
            "MessageId,MessageTraceId,Date,Event,Action,Detail,Data,SenderAddress,RecipientAddress\n\
            <m@sim.example>,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,3/22/2026 8:15:03 AM,Fail,,\"Reason: [{{LED={answer}}};{{MSG=Zorro said so}};{{FQDN=}};{{IP=}};{{LRT=}}]\",,hr@sim.example,bob@contoso.example\n"
        );
        std::fs::write(folder.path().join("d.csv"), table).unwrap();
        for (way, report) in every_redacted_report(folder.path(), "d.csv") {
            assert!(!report.contains("Zorro") && !report.contains("1234567"), "{way}: {report}");
            assert!(way != "explain ndjson" || report.contains(stays), "{answer}: {report}");
        }
    }
}

#[test]
fn a_redacted_run_names_files_on_standard_error_as_its_report_does() {
    let folder = folder();
    let case = folder.path().join("Zorro case");
    std::fs::create_dir(&case).unwrap();
    let head =
        "MessageId,MessageTraceId,Date,Event,Action,Detail,Data,SenderAddress,RecipientAddress\n";
    let row = |date: &str| {
        format!(
            "<m@sim.example>,5a1c2d3e-0001-4a4a-9b9b-08de781234ab,{date},Fail,,x,,hr@sim.example,bob@contoso.example\n"
        )
    };
    let table = format!("{head}{}{}", row("3/2/2026 8:15:03 AM"), row("zorro-date"));
    std::fs::write(case.join("RE: Zorro phishing.csv"), table).unwrap();
    std::fs::write(case.join("Zorro.png"), b"\x89PNG\r\n\x1a\nxxxx").unwrap();
    std::fs::write(case.join("Zorro.csv"), "zorro;x\n1;2\n").unwrap();
    for arguments in [
        &["explain", "Zorro case", "--redact-map", "key.json"][..],
        &["trace", "Zorro case", "--redact-map", "key.json"],
        &["trace", "Zorro case", "--redact", "--rows"],
        &["trace", "Zorro case", "--redact", "--strict"],
        &["ticket", "Zorro case", "--redact", "--force", "-o", "t.zip"],
    ] {
        let run = mailwhy(folder.path(), arguments);
        let text = told(&run);
        assert!(
            text.contains("file-1") && !text.to_lowercase().contains("zorro"),
            "{arguments:?}: {text}"
        );
    }
    mailwhy(folder.path(), &["trace", "Zorro case", "--redact-map", "key.json"]);
    let key = std::fs::read_to_string(folder.path().join("key.json")).unwrap();
    assert!(key.contains("Zorro.png"), "{key}");
    assert_eq!(key.matches("RE: Zorro phishing.csv").count(), 1, "{key}");
    // What is typed and not there is told as it was typed.
    let missing = told(&mailwhy(folder.path(), &["explain", "absent.eml", "--redact"]));
    assert!(missing.contains("absent.eml"), "{missing}");
}

#[test]
fn a_ticket_hides_what_one_header_block_names_in_all_of_them() {
    let folder = folder();
    let other = MAIL.replace("<m@sim.example>", "<n@sim.example>");
    let named = format!("Cc: Lena Quistorp <lq@fabrikam.example>\r\n{other}");
    std::fs::write(folder.path().join("named.eml"), named).unwrap();
    let repeated = format!("X-MS-Exchange-Comments: as lena.quistorp said\r\n{MAIL}");
    std::fs::write(folder.path().join("mail.eml"), repeated).unwrap();
    let paths = ["ticket", "mail.eml", "named.eml", "-o", "t.zip", "--redact"];
    assert_eq!(mailwhy(folder.path(), &paths).status.code(), Some(0));
    let members = members(&std::fs::read(folder.path().join("t.zip")).unwrap());
    assert!(members.iter().any(|(_, text)| text.contains("X-MS-Exchange-Comments: as name-")));
    for (name, text) in members {
        assert!(!text.to_lowercase().contains("quistorp"), "{name}: {text}");
    }
}

#[test]
fn a_diff_shows_who_ended_elsewhere_and_which_cause_went_away() {
    let folder = folder();
    let better = MAIL
        .replace("SFV:SPM", "SFV:NSPM")
        .replace("CAT:SPM", "CAT:NONE")
        .replace("dest:J", "dest:I");
    std::fs::write(folder.path().join("better.eml"), format!("{better}\r\nHello\r\n")).unwrap();
    for (input, format, output) in
        [("mail.eml", "json", "before.json"), ("better.eml", "ndjson", "after.ndjson")]
    {
        mailwhy(folder.path(), &[input, "--format", format, "-o", output]);
    }
    let run = mailwhy(folder.path(), &["diff", "before.json", "after.ndjson"]);
    let text = told(&run);
    assert!(text.contains("1 message in both runs, 1 with another outcome"), "{text}");
    assert!(text.contains("ann.brown@contoso.example"), "{text}");
    assert!(text.contains("junk -> inbox  -spam-verdict-junk"), "{text}");
    let run = mailwhy(folder.path(), &["diff", "before.json", "after.ndjson", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(json["schema"], "mailwhy.diff/1");
    assert_eq!(json["causes"]["spam-verdict-junk"]["after"], 0);
    let run = mailwhy(folder.path(), &["diff", "before.json", "mail.eml"]);
    assert_ne!(run.status.code(), Some(0));
    assert!(told(&run).contains("mail.eml:1"), "{}", told(&run));
}

#[test]
fn the_configuration_file_sets_defaults_that_no_config_turns_off() {
    let folder = folder();
    let config = folder.path().join("config/mailwhy");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "redact = true\n").unwrap();
    let redacted = told(&mailwhy(folder.path(), &["mail.eml"]));
    assert!(redacted.contains("recipient-1@") && !redacted.contains("contoso"), "{redacted}");
    assert!(told(&mailwhy(folder.path(), &["--no-config", "mail.eml"])).contains("contoso"));
    std::fs::write(config.join("config.toml"), "redcat = true\n").unwrap();
    let refused = mailwhy(folder.path(), &["mail.eml"]);
    assert!(
        told(&refused).contains("config.toml:1: unknown key: found `redcat`, expected `redact`?"),
        "{}",
        told(&refused)
    );
    assert_ne!(refused.status.code(), Some(0));
}

#[test]
fn completions_and_pages_are_printed() {
    let folder = folder();
    assert!(told(&mailwhy(folder.path(), &["completions", "bash"])).contains("_mailwhy()"));
    assert!(told(&mailwhy(folder.path(), &["man", "ticket"])).contains(".SH SYNOPSIS"));
    let run = mailwhy(folder.path(), &["man", "nothing"]);
    assert_eq!(run.status.code(), Some(2));
    mailwhy(folder.path(), &["man", "--folder", "."]);
    assert!(folder.path().join("mailwhy-diff.1").exists());
}

#[test]
fn a_page_and_a_document_are_written_for_a_folder() {
    let folder = folder();
    let run = mailwhy(folder.path(), &["mail.eml", "--format", "html", "-o", "report.html"]);
    assert_eq!(run.status.code(), Some(0), "{}", told(&run));
    let html = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("Content-Security-Policy"));
    let run = mailwhy(folder.path(), &["mail.eml", "--format", "markdown"]);
    assert!(
        String::from_utf8_lossy(&run.stdout).starts_with("# Junk Email folder"),
        "{}",
        told(&run)
    );
}
