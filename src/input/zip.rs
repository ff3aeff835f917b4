//! ZIP archives, plain or with a password (ZipCrypto and AES: quarantine downloads come so).
//!
//! Nothing is written to disk: names of members are labels and nothing else.

use super::labels;
use super::meter::{failure, spool};
use super::source::{Bytes, ReadSeek, Source};
use super::visit::Visit;
use crate::error::{Error, Result};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

type Archive<'a> = ZipArchive<Box<dyn ReadSeek + 'a>>;

/// Hands every member to `visit`, in the archive's order.
pub(super) fn expand(
    visit: &mut Visit<'_>,
    label: &Arc<str>,
    bytes: Box<dyn ReadSeek + '_>,
    depth: u32,
) -> Result<()> {
    let mut bytes = bytes;
    let declared = declared_members(&mut bytes).map_err(|error| failure(label, &error))?;
    let mut archive = ZipArchive::new(bytes).map_err(|error| damaged(label, &error))?;
    if archive.len() as u64 > visit.options.limits.members {
        return Err(visit.budget.too_many(label));
    }
    if archive.is_empty() {
        visit.ignore(label, "an archive without members".to_owned());
    }
    let hidden = declared.map_or(0, |declared| declared.saturating_sub(archive.len()));
    if hidden > 0 {
        let members = if hidden == 1 { "member has" } else { "members have" };
        visit.ignore(label, format!("{hidden} {members} the name of a later one, which is read"));
    }
    let mut locked = Locked::default();
    for index in 0..archive.len() {
        match member(visit, label, &mut archive, index, depth) {
            Ok(()) => {}
            Err(Failure::Locked(wrong)) => locked.add(wrong),
            Err(Failure::Other(error)) => visit.fail(error),
        }
        if visit.budget.is_spent() {
            break;
        }
    }
    locked.into_error(label, archive.len()).map_or(Ok(()), Err)
}

/// How many members the archive says it has, by the record at its end: members of one name are listed as
/// one later on. `None` where the record does not tell.
fn declared_members(bytes: &mut (impl Read + Seek)) -> io::Result<Option<usize>> {
    /// The record with the longest comment.
    const RECORD: u64 = 22 + 0xFFFF;
    const SIGNATURE: &[u8] = b"PK\x05\x06";
    let size = bytes.seek(SeekFrom::End(0))?;
    bytes.seek(SeekFrom::Start(size.saturating_sub(RECORD)))?;
    let mut tail = Vec::new();
    bytes.take(RECORD).read_to_end(&mut tail)?;
    bytes.rewind()?;
    let count = memchr::memmem::rfind(&tail, SIGNATURE).and_then(|at| tail.get(at + 10..at + 12));
    Ok(match count {
        // In the larger form of the format the number stands elsewhere.
        Some([0xFF, 0xFF]) | None => None,
        Some(count) => <[u8; 2]>::try_from(count).ok().map(|two| u16::from_le_bytes(two).into()),
    })
}

enum Failure {
    /// No password was given, or (`true`) the given one does not fit.
    Locked(bool),
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Other(error)
    }
}

fn member(
    visit: &mut Visit<'_>,
    archive_label: &Arc<str>,
    archive: &mut Archive<'_>,
    index: usize,
    depth: u32,
) -> std::result::Result<(), Failure> {
    let password = visit.options.password.as_deref().unwrap_or_default().as_bytes();
    let entry = archive.by_index_data(index).map_err(|error| damaged(archive_label, &error))?;
    let label = labels::member(archive_label, &String::from_utf8_lossy(entry.name_raw()));
    if entry.is_dir() || !(visit.wanted)(&label) {
        return Ok(());
    }
    visit.budget.member(&label)?;
    if entry.is_symlink() {
        visit.ignore(&label, "a link to another file".to_owned());
        return Ok(());
    }
    let (encrypted, size) = (entry.encrypted(), entry.size());
    let opened = if encrypted && !password.is_empty() {
        archive.by_index_decrypt(index, password)
    } else {
        archive.by_index(index)
    };
    let content = match opened {
        Ok(content) => content,
        Err(ZipError::InvalidPassword) => return Err(Failure::Locked(true)),
        Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
            return Err(Failure::Locked(false));
        }
        Err(error) => return Err(Failure::Other(damaged(&label, &error))),
    };
    let name = content.name().map(|name| labels::member(archive_label, &name));
    let label = name.unwrap_or(label);
    let bytes = if encrypted && size <= visit.options.limits.spool {
        verified(visit, &label, content)?
    } else {
        Bytes::Stream(visit.budget.unpacked(content))
    };
    Ok(visit.source(Source { label, bytes, notes: Vec::new(), depth: depth + 1 })?)
}

/// The content of an encrypted member, read to its end first: one wrong ZipCrypto password in 256
/// passes the check at the start and gives noise, which the checksum at the end tells.
fn verified(
    visit: &Visit<'_>,
    label: &Arc<str>,
    mut content: ZipFile<'_, Box<dyn ReadSeek + '_>>,
) -> std::result::Result<Bytes<'static>, Failure> {
    let metered = visit.budget.unpacked(&mut content);
    match spool(label, metered, visit.options.limits.spool) {
        Ok(bytes) => Ok(Bytes::Stream(Box::new(Cursor::new(bytes)))),
        Err(Error::Read { .. }) => Err(Failure::Locked(true)),
        Err(error) => Err(Failure::Other(error)),
    }
}

/// Encrypted members that stayed closed, told in one line for the whole archive.
#[derive(Default)]
struct Locked {
    members: usize,
    wrong: bool,
}

impl Locked {
    fn add(&mut self, wrong: bool) {
        self.members += 1;
        self.wrong |= wrong;
    }

    fn into_error(self, label: &Arc<str>, of: usize) -> Option<Error> {
        let Locked { members, wrong } = self;
        let which = if members == of {
            "it is encrypted".to_owned()
        } else {
            format!("{members} of its {of} members are encrypted")
        };
        let advice = if wrong {
            "the password given with --password does not open it"
        } else {
            "give its password with --password"
        };
        let path = Arc::clone(label);
        (members > 0).then(|| Error::Locked { path, what: format!("{which}; {advice}") })
    }
}

fn damaged(label: &Arc<str>, error: &ZipError) -> Error {
    match error {
        ZipError::Io(error) => failure(label, error),
        error => {
            Error::Read { path: Arc::clone(label), reason: format!("damaged ZIP archive: {error}") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::seen::{mail, seen};
    use super::super::{Limits, Options};
    use std::io::{Cursor, Write as _};
    use zip::unstable::write::FileOptionsExt as _;
    use zip::write::SimpleFileOptions;
    use zip::{AesMode, ZipWriter};

    fn archive(members: &[(&str, &[u8])], options: SimpleFileOptions) -> anyhow::Result<Vec<u8>> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(*name, options)?;
            writer.write_all(bytes)?;
        }
        Ok(writer.finish()?.into_inner())
    }

    fn with_password(password: &str) -> Options {
        Options { password: Some(password.to_owned()), ..Options::default() }
    }

    #[test]
    fn members_are_told_by_content_and_named_without_tricks() -> anyhow::Result<()> {
        let mail = mail("x");
        let bytes = archive(
            &[("../../b.txt", mail.as_bytes()), ("c.eml", b"\xFF\xD8\xFFjpeg")],
            SimpleFileOptions::default(),
        )?;
        assert_eq!(
            seen(&bytes, &Options::default()),
            [format!("Message :b.txt {mail:?}"), "ignored :c.eml: a JPEG image".into()]
        );
        Ok(())
    }

    #[test]
    fn encrypted_members_open_with_their_password_only() -> anyhow::Result<()> {
        let mail = mail("x");
        let plain = SimpleFileOptions::default();
        // One wrong ZipCrypto password in 256 passes the first check.
        for (options, tries) in [
            (plain.with_aes_encryption(AesMode::Aes256, "secret"), 2),
            (plain.with_deprecated_encryption(b"secret")?, 600),
        ] {
            let bytes = archive(&[("a.eml", mail.as_bytes())], options)?;
            assert_eq!(
                seen(&bytes, &with_password("secret")),
                [format!("Message :a.eml {mail:?}")]
            );
            assert_eq!(
                seen(&bytes, &Options::default()),
                ["failed : it is encrypted; give its password with --password"]
            );
            for wrong in 0..tries {
                assert_eq!(
                    seen(&bytes, &with_password(&format!("wrong{wrong}"))),
                    [
                        "failed : it is encrypted; the password given with --password does not open it"
                    ]
                );
            }
        }
        Ok(())
    }

    #[test]
    fn archives_in_archives_end_at_a_depth() -> anyhow::Result<()> {
        let mut bytes = mail("deep").into_bytes();
        for _ in 0..4 {
            bytes = archive(&[("x", &bytes)], SimpleFileOptions::default())?;
        }
        assert!(seen(&bytes, &Options::default())[0].starts_with("Message :x:x:x:x "));
        for _ in 0..2 {
            bytes = archive(&[("x", &bytes)], SimpleFileOptions::default())?;
        }
        assert_eq!(
            seen(&bytes, &Options::default()),
            [
                "failed :x:x:x:x:x: a ZIP archive too deep inside other containers; the limit is 5 of \
              them"
            ]
        );
        Ok(())
    }

    #[test]
    fn a_bomb_and_too_many_members_meet_a_limit() -> anyhow::Result<()> {
        let mut bomb = mail("x").into_bytes();
        bomb.resize(2 << 20, b'a');
        let bytes = archive(&[("a", &bomb), ("b", &bomb)], SimpleFileOptions::default())?;
        let options = Options {
            limits: Limits { total: 1 << 20, ..Limits::default() },
            ..Options::default()
        };
        let lines = seen(&bytes, &options);
        assert!(
            lines[0].contains("unpacks to more than is safe; the limit is 1024 KB"),
            "{lines:?}"
        );
        assert_eq!(lines.len(), 1);

        let options =
            Options { limits: Limits { members: 1, ..Limits::default() }, ..Options::default() };
        let lines = seen(&bytes, &options);
        assert_eq!(
            lines,
            [
                "failed : too many members; unpack it and name the folder instead; the limit is 1 in \
              one file"
            ]
        );
        Ok(())
    }

    #[test]
    fn members_of_one_name_are_not_lost_silently() -> anyhow::Result<()> {
        let (first, second) = (mail("first"), mail("second"));
        let members = [("a.eml", first.as_bytes()), ("b.eml", second.as_bytes())];
        let mut bytes = archive(&members, SimpleFileOptions::default())?;
        for at in memchr::memmem::find_iter(&bytes.clone(), b"b.eml") {
            bytes[at] = b'a';
        }
        assert_eq!(
            seen(&bytes, &Options::default()),
            [
                "ignored : 1 member has the name of a later one, which is read".to_owned(),
                format!("Message :a.eml {second:?}")
            ]
        );
        Ok(())
    }

    #[test]
    fn a_cut_archive_is_said_to_be_damaged() -> anyhow::Result<()> {
        let bytes = archive(&[("a.eml", mail("x").as_bytes())], SimpleFileOptions::default())?;
        let lines = seen(&bytes[..bytes.len() - 30], &Options::default());
        assert!(lines[0].starts_with("failed : cannot be read: damaged ZIP archive"), "{lines:?}");
        Ok(())
    }
}
