//! Input as users have it: a whole ticket folder, archives with passwords, forwards, pastes on
//! standard input.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const HEADERS: &str = "Received: from mx.sim.example (203.0.113.10) by \
    CO1PEPF000044F1.mail.protection.outlook.com (10.167.1.1) with Microsoft SMTP Server id 15.20.8230.7 via \
    Frontend Transport; Mon, 2 Mar 2026 08:15:03 +0000\r\n\
    X-Forefront-Antispam-Report: CIP:203.0.113.10;CTRY:US;SCL:5;IPV:NLI;SFV:SPM;H:mx.sim.example;CAT:SPM;DIR:INB;\r\n\
    X-Microsoft-Antispam-Mailbox-Delivery: ucf:0;jmr:1;dest:J;\r\n\
    Message-ID: <1@sim.example>\r\nSubject: fine\r\nTo: ann@contoso.example\r\n";

fn mailwhy(arguments: &[&str], folder: &Path, input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailwhy"))
        .args(arguments)
        .env_remove("MAILWHY_PASSWORD")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let written = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    assert!(written.is_ok(), "{written:?}");
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The diagnoses of a run, and what it said on standard error.
fn diagnoses(output: &Output) -> (Vec<serde_json::Value>, String) {
    let said = text(&output.stderr);
    assert!(!said.contains("panicked"), "{said}");
    let lines = text(&output.stdout);
    (lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), said)
}

fn zip(name: &str, content: &str, password: &str) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default()
        .with_aes_encryption(zip::AesMode::Aes256, password);
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file(name, options).unwrap();
    writer.write_all(content.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_ticket_folder_sorts_itself_out() {
    let folder = tempfile::tempdir().unwrap();
    let tenant = r#"{"TransportRule":[],"HostedConnectionFilterPolicy":{"Name":"Default","IPAllowList":[]}}"#;
    let trace = "Received,SenderAddress,RecipientAddress,MessageId,Status\n\
        2026-03-02T08:15:03Z,a@sim.example,ann@contoso.example,<1@sim.example>,Delivered\n\
        2026-03-02T08:15:03Z,a@sim.example,bob@contoso.example,<1@sim.example>,Failed\n";
    for (name, content) in [
        ("mail.txt", format!("{HEADERS}\r\nbody\r\n").as_bytes()),
        ("export", tenant.as_bytes()),
        ("rows.dat", trace.as_bytes()),
        ("about", b"name = \"spring\"\nsending_ips = [\"203.0.113.10\"]\n"),
        ("screen.png", b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let output = mailwhy(&[".", "--format", "ndjson"], folder.path(), b"");
    let (found, said) = diagnoses(&output);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0]["recipient"], "ann@contoso.example");
    assert_eq!(found[0]["outcome"], "junk");
    let kinds: Vec<_> = found[0]["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| source["kind"].clone())
        .collect();
    assert_eq!(kinds, ["message", "trace", "tenant", "campaign"]);
    assert_eq!(found[1]["recipient"], "bob@contoso.example");
    assert!(said.contains("screen.png: ignored: a PNG image"), "{said}");
    assert!(!said.contains("rows.dat") && !said.contains("export"), "{said}");
}

#[test]
fn an_encrypted_archive_asks_for_its_password_and_opens_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let archive = zip("mail.eml", &format!("{HEADERS}\r\n"), "infected");
    std::fs::write(folder.path().join("q.zip"), archive).unwrap();
    let output = mailwhy(&["q.zip", "--format", "ndjson"], folder.path(), b"");
    let (found, said) = diagnoses(&output);
    assert_eq!((found.len(), output.status.code()), (0, Some(1)));
    assert!(said.contains("give its password with --password"), "{said}");

    let arguments = ["q.zip", "--format", "ndjson", "--password", "infected"];
    let (found, _) = diagnoses(&mailwhy(&arguments, folder.path(), b""));
    assert_eq!(found[0]["outcome"], "junk");
    assert_eq!(found[0]["sources"][0]["path"], "q.zip:mail.eml");
}

#[test]
fn the_message_inside_a_forward_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let forward = format!(
        "Received: from a by b\r\nSubject: FW\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
         --x\r\nContent-Type: message/rfc822\r\n\r\n{HEADERS}\r\nbody\r\n--x--\r\n"
    );
    let output = mailwhy(&["-", "--format", "ndjson"], folder.path(), forward.as_bytes());
    let (found, said) = diagnoses(&output);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["message"]["subject"], "fine");
    assert_eq!(found[0]["sources"][0]["path"], "-:attached message 1");
    assert!(said.contains("it carries an attached message, which is explained instead"), "{said}");
}

#[test]
fn a_quoted_paste_without_indentation_gives_the_same_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let paste: String = HEADERS
        .replace("Antispam-Report: ", "Antispam-Report:\r\n")
        .lines()
        .map(|line| format!("> {line}\n"))
        .collect();
    let paste = format!("Hi, these are the headers:\n\n{paste}");
    let output = mailwhy(&["-", "--format", "ndjson"], folder.path(), paste.as_bytes());
    let (found, _) = diagnoses(&output);
    assert_eq!(found[0]["outcome"], "junk");
    assert_eq!(found[0]["facts"]["sfv"], "SPM");
}

#[test]
fn names_in_archives_reach_the_terminal_made_visible() {
    let folder = tempfile::tempdir().unwrap();
    let archive = zip("\u{1b}[2J\u{202e}gnp.exe", "just text", "x");
    let output = mailwhy(&["-", "--password", "x"], folder.path(), &archive);
    let said = text(&output.stderr);
    assert!(said.contains("ignored: a text without mail headers"), "{said}");
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said}");
}
