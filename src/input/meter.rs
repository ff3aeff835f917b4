//! What came out of the containers of one place so far, held against the limits.

use super::Limits;
use crate::error::{Error, Result};
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The account of one place: bytes given, bytes unpacked, members seen.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    given: Arc<AtomicU64>,
    unpacked: Arc<AtomicU64>,
    members: u64,
    limits: Limits,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Budget {
            given: Arc::default(),
            unpacked: Arc::default(),
            members: 0,
            limits: limits.clone(),
        }
    }

    /// The size of the file that the user named.
    pub(super) fn set_given(&self, bytes: u64) {
        self.given.store(bytes, Relaxed);
    }

    /// One more member.
    pub(super) fn member(&mut self, label: &Arc<str>) -> Result<()> {
        self.members += 1;
        if self.members > self.limits.members {
            return Err(self.too_many(label));
        }
        Ok(())
    }

    /// The error of a container that holds more members than allowed.
    pub(super) fn too_many(&self, label: &Arc<str>) -> Error {
        Error::Limit {
            path: Arc::clone(label),
            what: "too many members; unpack it and name the folder instead".to_owned(),
            limit: format!("{} in one file", self.limits.members),
        }
    }

    /// A reader that counts what the user gave, where its size isn't known beforehand.
    pub(super) fn count_given<'a>(
        &self,
        inner: impl Read + Send + 'a,
    ) -> Box<dyn Read + Send + 'a> {
        Box::new(Given { inner, given: Arc::clone(&self.given) })
    }

    /// A reader that counts what comes out of a container, and ends with an error at a limit.
    pub(super) fn unpacked<'a>(&self, inner: impl Read + Send + 'a) -> Box<dyn Read + Send + 'a> {
        Box::new(Unpacked { inner, budget: self.clone() })
    }

    /// Whether a limit on the whole place was met: nothing more of it is to be read.
    pub(super) fn is_spent(&self) -> bool {
        self.members > self.limits.members || self.excess().is_some()
    }

    fn excess(&self) -> Option<Excess> {
        let (out, given) = (self.unpacked.load(Relaxed), self.given.load(Relaxed));
        let Limits { ratio, ratio_grace, total, .. } = self.limits;
        if out > total {
            Some(Excess { what: "unpacks to more than is safe".into(), limit: size(total) })
        } else if out > ratio_grace && out / ratio > given {
            let what =
                format!("unpacks {} to more than {}, like an attack", size(given), size(out));
            Some(Excess { what, limit: format!("{ratio} times its size") })
        } else {
            None
        }
    }
}

struct Given<R> {
    inner: R,
    given: Arc<AtomicU64>,
}

impl<R: Read> Read for Given<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.given.fetch_add(count as u64, Relaxed);
        Ok(count)
    }
}

struct Unpacked<R> {
    inner: R,
    budget: Budget,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.budget.unpacked.fetch_add(count as u64, Relaxed);
        match self.budget.excess() {
            Some(excess) => Err(io::Error::other(excess)),
            None => Ok(count),
        }
    }
}

/// A limit met in the middle of reading; travels inside an [`io::Error`].
#[derive(Debug, Clone)]
pub(super) struct Excess {
    pub(super) what: String,
    pub(super) limit: String,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; the limit is {}", self.what, self.limit)
    }
}

impl std::error::Error for Excess {}

/// The error of reading the source `label`, in words that a user can act on.
pub fn failure(label: &Arc<str>, error: &io::Error) -> Error {
    let path = Arc::clone(label);
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Excess>()) {
        Some(Excess { what, limit }) => {
            Error::Limit { path, what: what.clone(), limit: limit.clone() }
        }
        None => Error::Read { path, reason: error.to_string() },
    }
}

/// Reads everything up to `limit` bytes into memory.
pub(super) fn spool(label: &Arc<str>, source: impl Read, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(limit + 1).read_to_end(&mut bytes).map_err(|error| failure(label, &error))?;
    if bytes.len() as u64 > limit {
        return Err(Error::Limit {
            path: Arc::clone(label),
            what: "too large to be held in memory; save it as a file of its own".to_owned(),
            limit: size(limit),
        });
    }
    Ok(bytes)
}

/// A number of bytes for people: `64 MB`.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=9_999_999 => format!("{} KB", bytes >> 10),
        10_000_000..=9_999_999_999 => format!("{} MB", bytes >> 20),
        _ => format!("{} GB", bytes >> 30),
    }
}
