//! Compressed files: one content in one or more gzip members, unpacked as a stream.

use super::source::{Bytes, Source};
use super::visit::Visit;
use crate::error::Result;
use flate2::read::MultiGzDecoder;
use std::io::{BufReader, Read};
use std::sync::Arc;

/// Hands the unpacked content to `visit`.
pub(super) fn expand<'a>(
    visit: &mut Visit<'_>,
    label: &Arc<str>,
    bytes: impl Read + Send + 'a,
    depth: u32,
) -> Result<()> {
    let unpacked = MultiGzDecoder::new(BufReader::with_capacity(64 * 1024, bytes));
    let bytes = Bytes::Stream(visit.budget.unpacked(unpacked));
    visit.budget.member(label)?;
    // A compressed file holds one thing, which needs no name of its own.
    visit.source(Source { label: Arc::clone(label), bytes, notes: Vec::new(), depth: depth + 1 })
}

#[cfg(test)]
mod tests {
    use super::super::seen::{mail, seen};
    use super::super::{Item, Limits, Options, Place, failure, visit};
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn packed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes)?;
        encoder.finish()
    }

    #[test]
    fn all_gzip_members_are_one_content() -> std::io::Result<()> {
        let mut bytes = packed(b"Received: a\n")?;
        bytes.extend(packed(b"Subject: b\n\n")?);
        assert_eq!(
            seen(&bytes, &Options::default()),
            [format!("Message  {:?}", "Received: a\nSubject: b\n\n")]
        );
        Ok(())
    }

    #[test]
    fn a_cut_file_is_an_error_at_the_end() -> std::io::Result<()> {
        let bytes = packed(mail("x").as_bytes())?;
        let lines = seen(&bytes[..bytes.len() - 12], &Options::default());
        assert!(lines[0].starts_with("failed : cannot be read"), "{lines:?}");
        Ok(())
    }

    #[test]
    fn a_bomb_meets_the_ratio() -> std::io::Result<()> {
        let mut bomb = mail("x").into_bytes();
        bomb.resize(4 << 20, b'a');
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), packed(&bomb)?)?;
        let limits = Limits { ratio_grace: 1 << 20, ..Limits::default() };
        let options = Options { limits, ..Options::default() };
        let mut error = String::new();
        visit(&Place::File(file.path().to_path_buf()), &options, &mut |item| {
            let Item::Opened(opened) = item else { return };
            let label = opened.label.clone();
            if let Err(broken) = std::io::copy(&mut opened.into_reader(), &mut std::io::sink()) {
                error = failure(&label, &broken).to_string();
            }
        });
        assert!(error.ends_with("like an attack; the limit is 300 times its size"), "{error}");
        Ok(())
    }
}
