//! The ticket archive: a .zip with a manifest, the same bytes for the same contents.
//!
//! Members have a fixed order and the fixed date that the format begins with, so two people can
//! compare the hashes of what they were sent.

use crate::error::{Error, Result};
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// One member.
#[derive(Debug)]
pub struct Entry {
    /// Path within the archive.
    pub name: String,
    /// The file of the user that it was taken from.
    pub source: Option<String>,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The archive, as far as it has come.
#[derive(Debug)]
pub struct Archive {
    manifest: Manifest,
    entries: Vec<Entry>,
}

/// `manifest.json` (`mailwhy.ticket/1`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "mailwhy.ticket/1")]
pub struct Manifest {
    /// `mailwhy.ticket/1`.
    schema: &'static str,
    /// Version of the program that packed it.
    mailwhy: &'static str,
    /// Whether pseudonyms stand in place of what is private.
    redacted: bool,
    /// Messages that the reports are about.
    messages: u64,
    /// Inputs that could not be read.
    unreadable: u64,
    /// Inputs that were of no use.
    ignored: u64,
    /// The other members, in their order in the archive.
    files: Vec<Member>,
}

/// One member, as the manifest lists it.
#[derive(Debug, Serialize, JsonSchema)]
struct Member {
    /// Path within the archive.
    name: String,
    /// Size before packing.
    bytes: usize,
    /// SHA-256 of its content, hexadecimal.
    sha256: String,
    /// The file of the user that it was taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

impl Archive {
    /// An archive of reports about that many messages.
    pub fn new(redacted: bool, messages: u64) -> Self {
        let manifest = Manifest {
            schema: "mailwhy.ticket/1",
            mailwhy: env!("CARGO_PKG_VERSION"),
            redacted,
            messages,
            unreadable: 0,
            ignored: 0,
            files: Vec::new(),
        };
        Archive { manifest, entries: Vec::new() }
    }

    /// How many inputs could not be read, and how many were of no use.
    pub fn inputs(&mut self, unreadable: u64, ignored: u64) {
        self.manifest.unreadable = unreadable;
        self.manifest.ignored = ignored;
    }

    /// Adds a member after those that are there.
    pub fn add(&mut self, entry: Entry) {
        let mut sha256 = String::with_capacity(64);
        for byte in Sha256::digest(&entry.bytes) {
            // Writing to a String cannot fail.
            let _ = write!(sha256, "{byte:02x}");
        }
        self.manifest.files.push(Member {
            name: entry.name.clone(),
            bytes: entry.bytes.len(),
            sha256,
            source: entry.source.clone(),
        });
        self.entries.push(entry);
    }

    /// The bytes of the archive, the manifest last.
    ///
    /// # Errors
    ///
    /// More than the format can hold.
    pub fn finish(self) -> Result<Vec<u8>> {
        let failed = |reason: String| Error::Write { path: "the archive".into(), reason };
        let manifest =
            serde_json::to_vec_pretty(&self.manifest).map_err(|error| failed(error.to_string()))?;
        let manifest = Entry { name: "manifest.json".to_owned(), source: None, bytes: manifest };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for entry in self.entries.iter().chain([&manifest]) {
            zip.start_file(entry.name.as_str(), options)
                .map_err(|error| failed(error.to_string()))?;
            zip.write_all(&entry.bytes).map_err(|error| failed(error.to_string()))?;
        }
        let cursor = zip.finish().map_err(|error| failed(error.to_string()))?;
        Ok(cursor.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn archive() -> Vec<u8> {
        let mut archive = Archive::new(true, 1);
        archive.add(Entry { name: "report.md".into(), source: None, bytes: b"# a\n".to_vec() });
        archive.add(Entry {
            name: "headers/0001.txt".into(),
            source: Some("file-1.eml".into()),
            bytes: b"Subject: x\r\n".to_vec(),
        });
        archive.finish().unwrap()
    }

    #[test]
    fn the_same_contents_make_the_same_bytes() {
        assert_eq!(archive(), archive());
    }

    #[test]
    fn the_manifest_has_the_hash_of_every_member_in_order() {
        let mut zip = zip::ZipArchive::new(Cursor::new(archive())).unwrap();
        let names: Vec<String> = (0..zip.len())
            .map(|at| zip.by_index(at).unwrap().name().unwrap().into_owned())
            .collect();
        assert_eq!(names, ["report.md", "headers/0001.txt", "manifest.json"]);
        let mut text = String::new();
        zip.by_name("manifest.json").unwrap().read_to_string(&mut text).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(manifest["schema"], "mailwhy.ticket/1");
        assert_eq!(manifest["redacted"], true);
        // printf '# a\n' | sha256sum
        assert_eq!(
            manifest["files"][0]["sha256"],
            "fd99dedae7c3f7532f8a65d60f811a05dc9dc3e1c5936b0c554c98aafdad8c10"
        );
        assert_eq!(manifest["files"][1]["source"], "file-1.eml");
    }
}
