//! What holds for any bytes: nothing panics, nothing is lost, limits hold.

use super::seen::{mail, seen};
use super::{Kind, Options, sniff};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;

/// Small files of every kind that is opened.
fn seeds() -> Vec<Vec<u8>> {
    let message = mail("seed");
    let forward = format!(
        "Received: a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\
         Content-Type: message/rfc822\n\n{message}--b--\n"
    );
    let headers = r#"{"value":[{"internetMessageHeaders":[{"name":"Received","value":"a"}]}]}"#;
    let mailbox = format!("From a 00:00\n{message}\nFrom b 00:00\n{message}");
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let encrypted = SimpleFileOptions::default().with_aes_encryption(zip::AesMode::Aes128, "x");
    for (name, options) in [("a", SimpleFileOptions::default()), ("b", encrypted)] {
        let written = archive.start_file(name, options).and_then(|()| {
            archive.write_all(message.as_bytes())?;
            Ok(())
        });
        assert!(written.is_ok(), "{written:?}");
    }
    let Ok(archive) = archive.finish() else { panic!("no archive") };
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    assert!(gzip.write_all(forward.as_bytes()).is_ok());
    let Ok(gzip) = gzip.finish() else { panic!("no gzip") };
    let quoted = message.lines().map(|line| format!("> {line}\n")).collect::<String>();
    let wide = message.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let texts = [message, forward, headers.to_owned(), mailbox, quoted];
    let mut all: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    all.extend([archive.into_inner(), gzip, wide]);
    all
}

#[test]
fn every_seed_holds_something_to_explain() {
    for seed in seeds() {
        let lines = seen(&seed, &Options::default());
        let mail = |line: &String| line.starts_with("Message") || line.starts_with("Headers");
        assert!(lines.iter().any(mail), "{lines:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_have_a_kind_and_one_item(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(!sniff(&bytes).describe().is_empty());
        prop_assert!(!seen(&bytes, &Options::default()).is_empty());
    }

    #[test]
    fn any_text_has_a_kind_and_one_item(
        text in r#"((Received|Subject|From|X-A|>|\||```|From )[ :]{0,2}|[ -~]{0,20}|\r?\n|\{"|"\}|\[|")*"#
    ) {
        prop_assert!(!seen(text.as_bytes(), &Options::default()).is_empty());
    }

    #[test]
    fn a_broken_file_of_any_kind_gives_an_item(
        which in 0_usize..8,
        breaks in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        password in prop::option::of("x|y"),
    ) {
        let mut bytes = seeds().swap_remove(which);
        for (at, byte) in breaks {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let options = Options { password, ..Options::default() };
        prop_assert!(!seen(&bytes, &options).is_empty());
    }
}

proptest! {
    #[test]
    fn the_glance_and_the_closer_look_agree(
        lines in prop::collection::vec(
            r"(Received|Subject|From|To|X-A|X-MS-B|Message-ID|CIP|https|Note|by a|\(c\)|é|Bad Name)[ ]{0,1}:?[ ;/a-z]{0,6}|[ \t][a-z;:]{0,4}|\r|",
            0..8,
        ),
        end in r"\r?\n",
    ) {
        let text = lines.iter().fold(String::new(), |text, line| text + line + &end) + &end + "body";
        if let Some((headers, split)) = sniff::usual(text.as_bytes()) {
            prop_assert_eq!(Kind::Message, sniff::kind(text.as_bytes()), "{}", text);
            prop_assert!(headers.len() > 1 && split.ended);
        }
    }
}

#[test]
fn what_is_read_at_first_changes_nothing() {
    let long = format!("Received: a\nX-Long: {}\nSubject: b\n\n", "x".repeat(40_000));
    let attached = format!(
        "Received: a\nContent-Type: multipart/mixed; boundary=b\n\n{}\n--b\nContent-Type: message/rfc822\n\n{}--b--\n",
        "prose\n".repeat(20_000),
        mail("inner")
    );
    let late = format!("Hello\n\n{}\n{}", "prose\n".repeat(4_000), mail("late").trim());
    let texts =
        [late, mail("short"), format!("{}{}", mail("a"), "x\n".repeat(90_000)), long, attached];
    for text in texts {
        let whole = seen(text.as_bytes(), &Options::default());
        for first in [64, 512, 16 * 1024, super::HEAD] {
            let lean = Options { first, ..Options::default() };
            assert_eq!(seen(text.as_bytes(), &lean), whole, "{first}");
        }
    }
}

#[test]
fn a_line_without_end_is_told_by_its_start() {
    let mut bytes = b"Received: ".to_vec();
    bytes.resize(10 << 20, b'x');
    assert_eq!(sniff(&bytes[..super::HEAD]), Kind::Message);
    let lines = seen(&bytes, &Options::default());
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("Message  \"Received: xxx"));
}
