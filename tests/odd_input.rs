//! The binary on input that no sane system writes: a clear note or a best effort, never a panic, a hang
//! or a lost neighbour.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const GOOD: &str = "Received: from mx.sim.example (203.0.113.10) by CO1PEPF000044F1.mail.protection.outlook.com (10.167.1.1) with \
    Microsoft SMTP Server id 15.20.8230.7 via Frontend Transport; Mon, 2 Mar 2026 08:15:03 +0000\r\n\
    X-Forefront-Antispam-Report: CIP:203.0.113.10;CTRY:US;SCL:5;IPV:NLI;SFV:SPM;H:mx.sim.example;CAT:SPM;DIR:INB;\r\n\
    X-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:1;dest:J;\r\nSubject: fine\r\nTo: ann@contoso.example\r\n\r\nbody\r\n";

fn mailwhy(arguments: &[&str], folder: &Path) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_mailwhy"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    output.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// Runs over one odd file beside a good one; the good one must be explained all the same.
fn beside_a_good_one(odd: &[u8]) -> (Output, String) {
    let folder = folder(&[("odd", odd), ("good.eml", GOOD.as_bytes())]);
    let output = mailwhy(&[".", "--format", "ndjson"], folder.path());
    let out = text(&output.stdout);
    assert!(
        out.lines()
            .any(|line| line.contains("\"subject\":\"fine\"")
                && line.contains("\"outcome\":\"junk\"")),
        "{out}"
    );
    assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
    (output, out)
}

#[test]
fn an_empty_file_is_named_with_its_reason() {
    let (output, _) = beside_a_good_one(b"");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("odd: ignored: "), "{}", text(&output.stderr));
}

#[test]
fn a_picture_is_named_with_its_reason() {
    let (output, _) = beside_a_good_one(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01");
    assert!(text(&output.stderr).contains("JPEG"), "{}", text(&output.stderr));
}

#[test]
fn a_folder_without_messages_is_an_error_in_one_line() {
    let folder = folder(&[]);
    let output = mailwhy(&["."], folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no message found"), "{}", text(&output.stderr));
}

#[test]
fn a_missing_file_does_not_stop_the_others_and_shows_in_the_exit_status() {
    let folder = folder(&[("good.eml", GOOD.as_bytes())]);
    let output = mailwhy(&["missing.eml", "good.eml", "--format", "ndjson"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("mailwhy: missing.eml: "), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("\"subject\":\"fine\""));
}

#[test]
fn a_header_line_of_ten_megabytes_is_read_and_its_quote_cut() {
    let long = format!("X-Long: {}\r\n{GOOD}", "x".repeat(10 << 20));
    let (_, out) = beside_a_good_one(long.as_bytes());
    assert_eq!(out.lines().count(), 2);
    assert!(out.len() < 1 << 20, "{} bytes", out.len());
}

#[test]
fn a_hundred_thousand_headers_are_read() {
    let many: String = (0..100_000).map(|n| format!("X-N-{n}: {n}\r\n")).collect();
    let (_, out) = beside_a_good_one(format!("{many}{GOOD}").as_bytes());
    assert_eq!(out.matches("\"outcome\":\"junk\"").count(), 2);
}

#[test]
fn garbage_between_headers_is_noted_and_the_rest_explained() {
    let garbage =
        [b"Subject: odd\r\n\x00\x01\xff\xfe no header here\r\n", GOOD.as_bytes()].concat();
    let (_, out) = beside_a_good_one(&garbage);
    assert!(out.contains("neither a header nor a continuation"), "{out}");
}

#[test]
fn hostile_header_text_reaches_the_terminal_made_visible() {
    let folder = folder(&[(
        "a.eml",
        format!(
            "X-A: 1\r\nSubject: \x1b[31mred\u{202e}\r\n{}",
            GOOD.replace("Subject: fine\r\n", "")
        )
        .as_bytes(),
    )]);
    let output = mailwhy(&["a.eml", "--color", "always"], folder.path());
    let out = text(&output.stdout);
    assert!(!out.contains("\x1b[31mred") && !out.contains('\u{202e}'), "{out:?}");
    assert!(out.contains("⟨U+001B⟩[31mred⟨U+202E⟩"), "{out:?}");
}

#[test]
fn a_closed_pipe_ends_the_run_silently() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..500 {
        std::fs::write(folder.path().join(format!("{n}.eml")), GOOD).unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailwhy"))
        .args([".", "--format", "ndjson"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn a_message_on_standard_input_is_explained() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailwhy"))
        .args(["-", "--format", "ndjson"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(GOOD.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(text(&output.stdout).contains("\"outcome\":\"junk\""));
}

#[test]
fn the_output_is_the_same_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..300 {
        let message = GOOD.replace("fine", &format!("number {n}"));
        std::fs::write(folder.path().join(format!("{n}.eml")), message).unwrap();
    }
    let one = mailwhy(&[".", "--format", "json", "--threads", "1"], folder.path()).stdout;
    let many = mailwhy(&[".", "--format", "json", "--threads", "5"], folder.path()).stdout;
    assert!(one == many);
    assert_eq!(text(&one).matches("mailwhy.diagnosis/1").count(), 300);
}

#[test]
fn fail_on_and_filters_work_for_scripts() {
    let folder = folder(&[("good.eml", GOOD.as_bytes())]);
    let at = |arguments: &[&str]| mailwhy(arguments, folder.path());
    assert_eq!(at(&["good.eml", "--fail-on", "quarantine,junk"]).status.code(), Some(3));
    assert_eq!(at(&["good.eml", "--fail-on", "inbox"]).status.code(), Some(0));
    assert_eq!(at(&["good.eml", "--outcome", "inbox", "--format", "json"]).stdout, b"[]\n");
    assert_eq!(at(&["good.eml", "--outcome", "nowhere"]).status.code(), Some(2));
    assert_eq!(at(&["good.eml", "--rule", "no-such-rule"]).status.code(), Some(2));
    assert_eq!(at(&[]).status.code(), Some(2));
}
