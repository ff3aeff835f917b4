//! The parallel fold over rows.

use super::dates::DateOrder;
use super::report::Progress;
use encoding_rs::Encoding;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

/// One input.
pub struct Input<'i> {
    /// Path as the user named it, `-` for standard input, `a.zip:b.csv` for a member.
    pub source: Arc<str>,
    /// Where its bytes come from.
    pub body: Body<'i>,
}

/// Where the bytes of an input come from.
pub enum Body<'i> {
    /// A plain file: read in blocks at any place, on all cores.
    File(PathBuf),
    /// Bytes in memory, read like a file.
    Bytes(&'i [u8]),
    /// Anything that can only be read from its beginning: standard input, an archive's member.
    Stream(Box<dyn Read + Send + 'i>),
}

/// How to read.
#[derive(Debug, Clone)]
pub struct Options<'o> {
    /// Threads; 0 for as many as the machine has cores.
    pub threads: usize,
    /// Bytes of a file that are read together.
    pub block: usize,
    /// Whether the first refused row ends it all.
    pub strict: bool,
    /// Refusals kept with their cell; all are counted.
    pub refusals: usize,
    /// Charset of files without byte order mark.
    pub encoding: Option<&'static Encoding>,
    /// How dates with the year last are read; settled per file if not said.
    pub date_order: Option<DateOrder>,
    /// Where to tell how far the reading is.
    pub progress: Option<&'o Progress>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            threads: 0,
            block: 4 << 20,
            strict: false,
            refusals: 100,
            encoding: None,
            date_order: None,
            progress: None,
        }
    }
}
