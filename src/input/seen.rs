//! What a visit of some bytes hands over, as lines that tests can compare.

use super::{Item, Options, Place, visit};
use std::io::Write as _;

/// Visits `bytes` as a file. Labels start behind the file's own path.
pub(super) fn seen(bytes: &[u8], options: &Options) -> Vec<String> {
    let Ok(mut file) = tempfile::NamedTempFile::new() else { panic!("no temporary file") };
    assert!(file.write_all(bytes).is_ok());
    let root = file.path().display().to_string();
    let mut lines = Vec::new();
    visit(&Place::File(file.path().to_path_buf()), options, &mut |item| {
        lines.push(match item {
            Item::Opened(opened) => {
                let (label, kind) = (opened.label.clone(), opened.kind);
                let marks = "!".repeat(opened.notes.len());
                match opened.into_bytes(1 << 20) {
                    Ok((bytes, _)) => {
                        let text = String::from_utf8_lossy(&bytes).into_owned();
                        format!("{kind:?}{marks} {label} {text:?}")
                    }
                    Err(error) => format!("broken {error}"),
                }
            }
            Item::Ignored(ignored) => format!("ignored {}: {}", ignored.label, ignored.reason),
            Item::Failed(error) => format!("failed {error}"),
        });
    });
    lines.iter().map(|line| line.replace(&root, "")).collect()
}

/// A small message with this subject.
pub(super) fn mail(subject: &str) -> String {
    format!("Received: from a by b\nSubject: {subject}\n\nbody\n")
}
