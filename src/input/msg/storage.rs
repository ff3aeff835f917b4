//! Storages of a compound file and the MAPI properties in them (MS-OXMSG §2).

use super::super::meter::{failure, size};
use super::super::source::ReadSeek;
use super::codepage;
use crate::error::{Error, Result};
use cfb::CompoundFile;
use encoding_rs::Encoding;
use std::collections::BTreeMap;
use std::io::{self, Read, SeekFrom};
use std::sync::Arc;

/// Longest property stream read, in bytes: a message has some hundred properties of 16 bytes.
const PROPERTIES: u64 = 1 << 20;

const UNICODE: u16 = 0x001F;
const ANSI: u16 = 0x001E;
const BINARY: u16 = 0x0102;

/// Name of the storage of a message within an attachment.
pub(super) const EMBEDDED: &str = "__substg1.0_3701000D";

/// An open compound file.
pub(super) struct Compound<'a> {
    file: CompoundFile<Box<dyn ReadSeek + 'a>>,
    label: Arc<str>,
    longest: u64,
}

/// One storage: a message or an attachment.
pub(super) struct Storage {
    path: String,
    /// The fixed-size values, by property id.
    values: BTreeMap<u16, u64>,
    /// Encoding of its 8-bit texts.
    encoding: &'static Encoding,
}

impl Storage {
    /// A number or a set of flags.
    pub(super) fn number(&self, id: u16) -> Option<u32> {
        Some((self.values.get(&id)? & u64::from(u32::MAX)) as u32)
    }

    /// A time, in units of 100 ns since 1601.
    pub(super) fn time(&self, id: u16) -> Option<u64> {
        self.values.get(&id).copied()
    }
}

impl<'a> Compound<'a> {
    /// Opens the file; no stream longer than `longest` bytes will be read.
    pub(super) fn open(
        label: &Arc<str>,
        mut bytes: Box<dyn ReadSeek + 'a>,
        longest: u64,
    ) -> Result<Self> {
        let damaged = |error: io::Error| Error::Read {
            path: Arc::clone(label),
            reason: format!("damaged Outlook message: {error}"),
        };
        check_tables(&mut bytes).map_err(damaged)?;
        let file = CompoundFile::open(bytes).map_err(damaged)?;
        Ok(Compound { file, label: Arc::clone(label), longest })
    }

    /// Whether the file holds a message: other programs write compound files, too.
    pub(super) fn is_message(&self) -> bool {
        self.file.is_stream("/__properties_version1.0")
    }

    pub(super) fn is_storage(&self, path: &str) -> bool {
        self.file.is_storage(path)
    }

    /// The storage at `path` with its fixed-size properties.
    pub(super) fn storage(&mut self, path: &str) -> Result<Storage> {
        const INTERNET_CODEPAGE: u16 = 0x3FDE;
        const MESSAGE_CODEPAGE: u16 = 0x3FFD;
        let stream = format!("{path}/__properties_version1.0");
        let bytes = self.stream(&stream, PROPERTIES)?.unwrap_or_default();
        let values = values(&bytes, header_length(path));
        let mut storage = Storage { path: path.to_owned(), values, encoding: codepage::DEFAULT };
        let codepage = storage.number(MESSAGE_CODEPAGE).or(storage.number(INTERNET_CODEPAGE));
        storage.encoding = codepage.map_or(codepage::DEFAULT, codepage::encoding);
        Ok(storage)
    }

    /// A text property, in Unicode or in the message's code page.
    pub(super) fn text(&mut self, storage: &Storage, id: u16) -> Result<Option<String>> {
        if let Some(bytes) = self.property(storage, id, UNICODE)? {
            return Ok(Some(plain(&encoding_rs::UTF_16LE.decode_without_bom_handling(&bytes).0)));
        }
        let bytes = self.property(storage, id, ANSI)?;
        Ok(bytes.map(|bytes| plain(&storage.encoding.decode_without_bom_handling(&bytes).0)))
    }

    /// A binary property.
    pub(super) fn binary(&mut self, storage: &Storage, id: u16) -> Result<Option<Vec<u8>>> {
        self.property(storage, id, BINARY)
    }

    /// Whether a text property is there.
    pub(super) fn has_text(&self, path: &str, id: u16) -> bool {
        [UNICODE, ANSI].iter().any(|kind| self.file.is_stream(stream_name(path, id, *kind)))
    }

    /// Paths of the attachments of a message, in their order.
    pub(super) fn attachments(&self, path: &str) -> Result<Vec<String>> {
        let entries = self.file.read_storage(path).map_err(|error| failure(&self.label, &error))?;
        let mut paths: Vec<String> = entries
            .filter(|entry| entry.is_storage() && entry.name().starts_with("__attach_version1.0_"))
            .map(|entry| format!("{}/{}", path.trim_end_matches('/'), entry.name()))
            .collect();
        paths.sort();
        Ok(paths)
    }

    fn property(&mut self, storage: &Storage, id: u16, kind: u16) -> Result<Option<Vec<u8>>> {
        let longest = self.longest;
        self.stream(&stream_name(&storage.path, id, kind), longest)
    }

    fn stream(&mut self, path: &str, longest: u64) -> Result<Option<Vec<u8>>> {
        if !self.file.is_stream(path) {
            return Ok(None);
        }
        let stream = self.file.open_stream(path).map_err(|error| failure(&self.label, &error))?;
        if stream.len() > longest {
            return Err(Error::Limit {
                path: Arc::clone(&self.label),
                what: format!("a property of {}", size(stream.len())),
                limit: size(longest),
            });
        }
        let mut bytes = Vec::new();
        let read = stream.take(longest).read_to_end(&mut bytes);
        read.map_err(|error| failure(&self.label, &error))?;
        Ok(Some(bytes))
    }
}

fn stream_name(path: &str, id: u16, kind: u16) -> String {
    format!("{path}/__substg1.0_{id:04X}{kind:04X}")
}

/// A text without the zeros that end it.
fn plain(text: &str) -> String {
    text.trim_end_matches('\0').to_owned()
}

/// Bytes in front of the first entry of a property stream (MS-OXMSG §2.4.1).
fn header_length(path: &str) -> usize {
    if path == "/" {
        32
    } else if path.ends_with(EMBEDDED) {
        24
    } else {
        8
    }
}

/// The entries of a property stream behind its header: type, id, flags, value, 16 bytes each.
fn values(bytes: &[u8], header: usize) -> BTreeMap<u16, u64> {
    const FIXED: [u16; 4] = [0x0002, 0x0003, 0x000B, 0x0040];
    let entries = bytes.get(header..).unwrap_or_default().as_chunks::<16>().0;
    entries
        .iter()
        .filter(|entry| FIXED.contains(&u16::from_le_bytes([entry[0], entry[1]])))
        .map(|entry| {
            let [.., a, b, c, d, e, f, g, h] = *entry;
            let id = u16::from_le_bytes([entry[2], entry[3]]);
            (id, u64::from_le_bytes([a, b, c, d, e, f, g, h]))
        })
        .collect()
}

/// Refuses a file whose list of allocation tables is longer than its size allows: the reader would
/// follow every entry of it.
fn check_tables(bytes: &mut (impl Read + io::Seek + ?Sized)) -> io::Result<()> {
    const HEADER: usize = 512;
    const END: u32 = 0xFFFF_FFFA;
    let length = bytes.seek(SeekFrom::End(0))?;
    bytes.rewind()?;
    let mut header = [0; HEADER];
    bytes.read_exact(&mut header)?;
    let word = |at: usize, from: &[u8]| {
        u32::from_le_bytes([from[at], from[at + 1], from[at + 2], from[at + 3]])
    };
    let sector: u64 = if header[0x1E] == 12 { 4096 } else { 512 };
    // One table of 128 (or 1,024) entries serves as many sectors; one list names as many tables.
    let sectors = length / sector;
    let tables = sectors / (sector / 4) + 1;
    let most = tables.saturating_sub(109) / (sector / 4 - 1) + 2;
    let mut next = word(0x44, &header);
    let mut seen = 0;
    let mut list = vec![0; sector as usize];
    while next < END {
        seen += 1;
        if seen > most {
            return Err(io::Error::other("its list of allocation tables is too long"));
        }
        bytes.seek(SeekFrom::Start((u64::from(next) + 1) * sector))?;
        bytes.read_exact(&mut list)?;
        next = word(list.len() - 4, &list);
    }
    bytes.rewind()
}
