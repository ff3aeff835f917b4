//! Compound files made for the purpose, as Outlook lays them out.

use super::super::Options;
use super::super::forwarded::CARRIER;
use super::super::seen::{mail, seen};
use std::io::{Cursor, Write as _};

type File = cfb::CompoundFile<Cursor<Vec<u8>>>;

/// Writes the messages of a test.
struct Writer(File);

impl Writer {
    fn new() -> anyhow::Result<Self> {
        Ok(Writer(cfb::CompoundFile::create(Cursor::new(Vec::new()))?))
    }

    fn stream(&mut self, path: &str, bytes: &[u8]) -> anyhow::Result<&mut Self> {
        self.0.create_stream(path)?.write_all(bytes)?;
        Ok(self)
    }

    /// A Unicode text property.
    fn text(&mut self, storage: &str, id: u16, text: &str) -> anyhow::Result<&mut Self> {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.stream(&format!("{storage}/__substg1.0_{id:04X}001F"), &bytes)
    }

    /// The fixed-size properties, behind a header of `header` bytes.
    fn numbers(
        &mut self,
        storage: &str,
        header: usize,
        numbers: &[(u16, u32)],
    ) -> anyhow::Result<&mut Self> {
        let mut bytes = vec![0; header];
        for (id, number) in numbers {
            bytes.extend(3_u16.to_le_bytes());
            bytes.extend(id.to_le_bytes());
            bytes.extend(6_u32.to_le_bytes());
            bytes.extend(u64::from(*number).to_le_bytes());
        }
        self.stream(&format!("{storage}/__properties_version1.0"), &bytes)
    }

    fn finish(mut self) -> anyhow::Result<Vec<u8>> {
        self.0.flush()?;
        Ok(self.0.into_inner().into_inner())
    }
}

const HEADERS: &str = "Received: from a by b\r\n with c\r\nSubject: x\r\n\
                       Content-Type: multipart/mixed; boundary=a\r\n\r\n";

#[test]
fn headers_and_bodies_become_a_message() -> anyhow::Result<()> {
    let mut file = Writer::new()?;
    file.numbers("", 32, &[(0x3FDE, 1251)])?
        .text("", 0x007D, HEADERS)?
        .text("", 0x1000, "plain")?
        .stream("/__substg1.0_10130102", b"<p>\xE9</p>")?;
    let lines = seen(&file.finish()?, &Options::default());
    assert_eq!(lines.len(), 1, "{lines:?}");
    let start = "Message!  \"Received: from a by b\\n with c\\nSubject: x\\n\
                 X-Original-Content-Type: multipart/mixed; boundary=a\\nMIME-Version: 1.0\\n\
                 Content-Type: multipart/alternative;";
    assert!(lines[0].starts_with(start), "{lines:?}");
    for part in [
        "text/plain; charset=\\\"utf-8\\\"",
        "text/html; charset=\\\"windows-1251\\\"",
        "cGxhaW4=",
        "PHA+6TwvcD4=",
    ] {
        assert!(lines[0].contains(part), "{part}: {lines:?}");
    }
    Ok(())
}

#[test]
fn ansi_headers_and_rtf_bodies_are_read() -> anyhow::Result<()> {
    let rtf = "{\\rtf1\\ansi\\fromhtml1{\\*\\htmltag <b>}hi{\\*\\htmltag </b>}}";
    let mut file = Writer::new()?;
    file.numbers("", 32, &[(0x3FFD, 1252)])?
        .stream("/__substg1.0_007D001E", b"Received: a\r\nSubject: caf\xE9\0")?
        .stream("/__substg1.0_10090102", &compressed_rtf::compress_rtf(rtf)?)?;
    let lines = seen(&file.finish()?, &Options::default());
    assert!(lines[0].starts_with("Message!  \"Received: a\\nSubject: café\\n"), "{lines:?}");
    assert!(lines[0].contains("PGI+aGk8L2I+"), "{lines:?}");
    Ok(())
}

#[test]
fn a_message_without_internet_headers_says_why() -> anyhow::Result<()> {
    for (class, flags, address_type, reason) in [
        ("IPM.Note", 0x09, "SMTP", "a draft that was never sent"),
        ("IPM.Note", 0x21, "SMTP", "the sender's own copy"),
        ("IPM.Note", 0x01, "EX", "the sender is in the same organisation"),
        ("IPM.Note", 0x01, "SMTP", "left them out"),
        ("IPM.Appointment", 0x01, "SMTP", "an item of class IPM.Appointment"),
    ] {
        let mut file = Writer::new()?;
        file.numbers("", 32, &[(0x0E07, flags)])?
            .text("", 0x001A, class)?
            .text("", 0x0C1E, address_type)?
            .text("", 0x0C1A, "Ann\r\nX: y")?
            .text("", 0x5D01, "ann@contoso.example")?
            .text("", 0x0037, "Hello")?;
        let bytes = file.finish()?;
        let lines = seen(&bytes, &Options::default());
        let start = "Message!  \"From: Ann X: y <ann@contoso.example>\\nSubject: Hello\\n";
        assert!(lines[0].starts_with(start), "{lines:?}");
        assert!(notes(&bytes).contains(reason), "{reason}");
    }
    Ok(())
}

/// The notes of the only message in `bytes`.
fn notes(bytes: &[u8]) -> String {
    let Ok(file) = tempfile::NamedTempFile::new() else { panic!("no temporary file") };
    assert!(std::fs::write(file.path(), bytes).is_ok());
    let place = super::super::Place::File(file.path().to_path_buf());
    let mut notes = String::new();
    super::super::visit(&place, &Options::default(), &mut |item| {
        if let super::super::Item::Opened(opened) = item {
            notes = opened.notes.concat();
        }
    });
    notes
}

#[test]
fn an_attached_message_is_explained_in_place_of_its_carrier() -> anyhow::Result<()> {
    let attachment = "/__attach_version1.0_#00000000";
    let inner = format!("{attachment}/__substg1.0_3701000D");
    let mut file = Writer::new()?;
    file.0.create_storage(attachment)?;
    file.0.create_storage(&inner)?;
    file.numbers("", 32, &[(0x0E07, 1)])?
        .text("", 0x007D, HEADERS)?
        .numbers(attachment, 8, &[(0x0E20, 1), (0x3705, 5), (0x370B, 0)])?
        .numbers(&inner, 24, &[(0x0E07, 1), (0x3FFD, 1252)])?
        .text(&inner, 0x007D, "Received: inner\r\nSubject: in\r\n")?;
    let second = "/__attach_version1.0_#00000001";
    file.0.create_storage(second)?;
    file.numbers(second, 8, &[(0x3705, 1)])?
        .text(second, 0x3707, "other.eml")?
        .stream(&format!("{second}/__substg1.0_37010102"), mail("file").as_bytes())?;
    let lines = seen(&file.finish()?, &Options::default());
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0], format!("ignored : {CARRIER}"));
    assert!(
        lines[1].starts_with("Message!! :attached message 1 \"Received: inner\\n"),
        "{lines:?}"
    );
    assert_eq!(lines[2], format!("Message! :attached message 2 {:?}", mail("file")));
    Ok(())
}

#[test]
fn other_compound_files_and_cut_ones_are_told() -> anyhow::Result<()> {
    let mut file = Writer::new()?;
    file.stream("/WordDocument", b"text")?;
    let bytes = file.finish()?;
    assert_eq!(
        seen(&bytes, &Options::default()),
        ["ignored : an old Office document, not an Outlook message"]
    );
    let lines = seen(&bytes[..700], &Options::default());
    assert!(lines[0].starts_with("failed : cannot be read: damaged Outlook message"), "{lines:?}");
    Ok(())
}

proptest::proptest! {
    #[test]
    fn a_message_with_broken_bytes_never_panics(
        breaks in proptest::collection::vec((0_usize..20_000, proptest::prelude::any::<u8>()), 1..12),
        cut in 0_usize..20_000,
    ) {
        let mut file = Writer::new().map_err(|e| proptest::test_runner::TestCaseError::fail(e.to_string()))?;
        let built = file
            .numbers("", 32, &[(0x0E07, 1)])
            .and_then(|file| file.text("", 0x007D, HEADERS))
            .and_then(|file| file.text("", 0x1000, &"long ".repeat(900)))
            .is_ok();
        proptest::prop_assert!(built);
        let Ok(mut bytes) = file.finish() else { panic!("not written") };
        let length = bytes.len();
        for (at, byte) in breaks {
            bytes[at % length] = byte;
        }
        bytes.truncate(length.min(cut.max(512)));
        proptest::prop_assert!(!seen(&bytes, &Options::default()).is_empty());
    }
}
