//! Bytes at any place of a file, or one after the other from a stream.

use std::fs::File;
use std::io::{self, ErrorKind, Read};

/// A source that can be read at any place, by several threads at once.
pub(super) enum Positional<'i> {
    /// A plain file.
    File(Handle),
    /// Bytes in memory.
    Bytes(&'i [u8]),
}

/// A file that is read at places instead of being walked through.
#[cfg(any(unix, windows))]
pub(super) type Handle = File;

/// A file that is read at places by seeking them, one thread at a time.
#[cfg(not(any(unix, windows)))]
pub(super) type Handle = std::sync::Mutex<File>;

/// The handle of an open file.
#[cfg(any(unix, windows))]
pub(super) fn handle(file: File) -> Handle {
    file
}

/// The handle of an open file.
#[cfg(not(any(unix, windows)))]
pub(super) fn handle(file: File) -> Handle {
    std::sync::Mutex::new(file)
}

impl Positional<'_> {
    /// Fills `out` with the bytes from `offset` on; fewer only at the end.
    pub(super) fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Positional::File(file) => {
                let (done, outcome) = read_stream(&mut Walk { file, offset }, out);
                outcome.map(|()| done)
            }
            Positional::Bytes(bytes) => {
                let rest =
                    usize::try_from(offset).ok().and_then(|at| bytes.get(at..)).unwrap_or(&[]);
                let length = rest.len().min(out.len());
                out[..length].copy_from_slice(&rest[..length]);
                Ok(length)
            }
        }
    }
}

/// A file that is walked through from a place, by one thread among others.
struct Walk<'f> {
    file: &'f Handle,
    offset: u64,
}

impl Read for Walk<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = read_file_at(self.file, self.offset, out)?;
        self.offset += count as u64;
        Ok(count)
    }
}

#[cfg(unix)]
fn read_file_at(file: &Handle, offset: u64, out: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, out, offset)
}

#[cfg(windows)]
fn read_file_at(file: &Handle, offset: u64, out: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, out, offset)
}

#[cfg(not(any(unix, windows)))]
fn read_file_at(file: &Handle, offset: u64, out: &mut [u8]) -> io::Result<usize> {
    use std::io::{Seek, SeekFrom};
    let mut file = file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    file.seek(SeekFrom::Start(offset))?;
    file.read(out)
}

/// Fills `out` from a stream; fewer bytes only at its end, or where it fails.
pub(super) fn read_stream(stream: &mut dyn Read, out: &mut [u8]) -> (usize, io::Result<()>) {
    let mut done = 0;
    while done < out.len() {
        match stream.read(&mut out[done..]) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (done, Err(error)),
        }
    }
    (done, Ok(()))
}
