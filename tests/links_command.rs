//! `mailwhy links` as a user runs it.

use std::io::{self, Write};
use std::process::{Command, Output, Stdio};

fn links(arguments: &[&str], input: &str) -> io::Result<Output> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailwhy"))
        .arg("links")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    child.wait_with_output()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const SAFE_LINK: &str = "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fphish.example%2F&data=05%7C02%7Cann%40contoso.example%7C00112233445566778899aabbccddeeff%7Cffeeddccbbaa99887766554433221100%7C0%7C0%7C1%7C&sdata=x";

#[test]
fn every_line_gets_one_answer_in_order() -> io::Result<()> {
    let input = format!(
        "https://plain.example/\r\n\n{SAFE_LINK}\nhttps://protect-us.mimecast.com/s/yj15CXDwEpFqyG4H6Jxp2"
    );
    let output = links(&["-"], &input)?;
    let text = text(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(lines[0], "https://plain.example/");
    assert!(lines[2].starts_with("https://phish.example/  [Microsoft Safe Links; full"));
    assert!(lines[3].starts_with("-  [Mimecast; none"));
    Ok(())
}

#[test]
fn json_lines_have_the_documented_fields() -> io::Result<()> {
    let output = links(&["-", "--format", "ndjson"], SAFE_LINK)?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(answer["chain"], serde_json::json!(["Microsoft Safe Links"]));
    assert_eq!(answer["original"], "https://phish.example/");
    assert_eq!(answer["recovered"], "full");
    assert_eq!(answer["note"], serde_json::Value::Null);
    let whole = links(&["-", "--format", "json"], &format!("{SAFE_LINK}\n{SAFE_LINK}\n"))?;
    let answers: Vec<serde_json::Value> = serde_json::from_slice(&whole.stdout)?;
    assert_eq!(answers.len(), 2);
    let none: Vec<serde_json::Value> =
        serde_json::from_slice(&links(&["-", "--format", "json"], "")?.stdout)?;
    assert!(none.is_empty());
    Ok(())
}

#[test]
fn private_values_are_masked_unless_asked_for() -> io::Result<()> {
    for format in ["ndjson", "json", "csv"] {
        let masked = text(&links(&["-", "--format", format], SAFE_LINK)?);
        assert!(!masked.contains("ann%40") && masked.contains("0011***"), "{masked}");
        let shown = text(&links(&["-", "--format", format, "--show-private"], SAFE_LINK)?);
        assert!(shown.contains("ann%40contoso.example"), "{shown}");
    }
    Ok(())
}

#[test]
fn a_line_that_is_no_link_is_marked_and_a_bare_host_is_one() -> io::Result<()> {
    let input =
        "hello world\nphish.example\nhello\nhttp://localhost/x\nmailto:ann@contoso.example\n";
    let plain = text(&links(&["-"], input)?);
    let lines: Vec<&str> = plain.lines().collect();
    let refused = "-  [not a web link]";
    assert_eq!(lines, [refused, "phish.example", refused, "http://localhost/x", refused]);
    let json = links(&["-", "--format", "json"], "hello world\n")?;
    let answers: Vec<serde_json::Value> = serde_json::from_slice(&json.stdout)?;
    assert_eq!(answers[0]["original"], serde_json::Value::Null);
    assert_eq!(answers[0]["recovered"], "none");
    Ok(())
}

#[test]
fn the_same_link_in_text_and_html_is_shown_once_with_both_places() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("m.eml");
    let mail = "Received: from a.example by b.example; Tue, 14 Oct 2025 09:12:31 +0000\r\n\
        From: a@phish.example\r\nSubject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\nSee https://phish.example/a\r\n\
        --b\r\nContent-Type: text/html\r\n\r\n<a href=\"https://phish.example/a\">x</a>\r\n--b--\r\n";
    std::fs::write(&path, mail)?;
    let shown = text(&links(&[&path.to_string_lossy()], "")?);
    assert_eq!(shown.matches("https://phish.example/a").count(), 1, "{shown}");
    assert!(shown.contains("https://phish.example/a  (link, text)"), "{shown}");
    Ok(())
}

#[test]
fn hostile_lines_neither_run_nor_move_the_cursor() -> io::Result<()> {
    let input = "=cmd|' /C calc'!A0\n\u{1b}[31mhttps://a.example/\u{202e}x\n";
    let csv = text(&links(&["-", "--format", "csv"], input)?);
    assert!(
        csv.lines().skip(1).all(|line| !line.contains(",=") && !line.contains("\u{1b}")),
        "{csv}"
    );
    let plain = text(&links(&["-"], input)?);
    assert!(!plain.contains('\u{1b}') && !plain.contains('\u{202e}'), "{plain}");
    Ok(())
}

#[test]
fn a_message_gives_its_links_and_a_missing_file_an_error() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("m.eml");
    std::fs::write(
        &path,
        format!(
            "Received: from a.example by b.example; Tue, 14 Oct 2025 09:12:31 +0000\r\nFrom: a@phish.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n<a href=\"{}\">x</a>",
            SAFE_LINK.replace('&', "&amp;")
        ),
    )?;
    let name = path.to_string_lossy();
    let output = links(&[&name, "--format", "ndjson"], "")?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(answer["source"], *name);
    assert_eq!(answer["original"], "https://phish.example/");
    let shown = text(&links(&[&name], "")?);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], name);
    assert!(lines[1].starts_with("  https://nam02.safelinks") && lines[1].ends_with("  (link)"));
    assert_eq!(lines[2], "    was https://phish.example/, rewritten by Microsoft Safe Links");
    let missing = links(&["no-such-file.eml"], "")?;
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("no-such-file.eml"));
    Ok(())
}

#[test]
fn a_reader_that_goes_away_ends_it_silently() -> io::Result<()> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailwhy"))
        .args(["links", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    drop(child.stdout.take());
    if let Some(mut stdin) = child.stdin.take() {
        // The program may end before it has read everything.
        let _ = stdin.write_all("https://a.example/\n".repeat(50_000).as_bytes());
    }
    let output = child.wait_with_output()?;
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0));
    Ok(())
}

#[test]
fn what_is_no_message_is_said_to_be_ignored() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("t.csv");
    std::fs::write(&path, "origin_timestamp_utc,sender_address,recipient_status\n")?;
    let output = links(&[&path.to_string_lossy()], "")?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("t.csv: ignored: a message trace or recipient list, not a message"),
        "{said}"
    );
    Ok(())
}

#[test]
fn controls_in_a_link_are_escaped_in_every_format() -> io::Result<()> {
    let input = "https://x.example/\u{9b}31m\u{202e}\n";
    for format in ["text", "json", "ndjson", "csv"] {
        let shown = text(&links(&["-", "--format", format], input)?);
        assert!(!shown.contains(['\u{9b}', '\u{202e}']), "{format}: {shown:?}");
    }
    Ok(())
}
