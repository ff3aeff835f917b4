//! A plain file on all cores: any thread takes the next block, finds its records on the assumption
//! that its first line starts one, and learns from the block before whether that holds.

use super::block::{Block, Fill, Next};
use super::rows::{Shared, table_behind};
use super::source::Positional;
use super::table::Table;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A file that is read in blocks.
pub(super) struct Blocks<'i> {
    pub(super) shared: Shared,
    bytes: Positional<'i>,
    size: u64,
    data_start: u64,
    length: u64,
    taken: AtomicU64,
    links: Mutex<BTreeMap<u64, Link>>,
    linked: Condvar,
}

/// What a block must know of those before it.
#[derive(Debug, Clone)]
pub(super) struct Link {
    /// Where its first record begins; [`u64::MAX`] where reading has failed.
    start: u64,
    /// Number of its first row.
    pub(super) number: u64,
    /// The header that holds.
    pub(super) table: Arc<Table>,
}

/// A block whose records are known.
pub(super) struct Taken {
    /// Its place among the blocks of the file.
    pub(super) at: u64,
    /// Whether it is the last one.
    pub(super) last: bool,
    /// Bytes of the file that it covers.
    pub(super) bytes: u64,
    pub(super) link: Link,
    pub(super) outcome: io::Result<()>,
}

impl<'i> Blocks<'i> {
    /// A file of `size` bytes, its first record at `data_start` or later.
    pub(super) fn new(
        shared: Shared,
        table: Arc<Table>,
        bytes: Positional<'i>,
        size: u64,
        data_start: u64,
        block: usize,
    ) -> Self {
        let unit = shared.charset.unit() as u64;
        // Offsets within a block are 32 bits wide, whatever follows its end included.
        let length = (block as u64).clamp(unit, 1 << 30).next_multiple_of(unit);
        let first = Link { start: data_start, number: 1, table };
        Blocks {
            shared,
            bytes,
            size,
            data_start,
            length,
            taken: AtomicU64::new(0),
            links: Mutex::new(BTreeMap::from([(0, first)])),
            linked: Condvar::new(),
        }
    }

    /// The next block with its records; `None` when all are taken.
    pub(super) fn take(&self, block: &mut Block) -> Option<Taken> {
        let count = self.size.saturating_sub(self.data_start).div_ceil(self.length).max(1);
        let at = self.taken.fetch_add(1, Ordering::Relaxed);
        if at >= count {
            return None;
        }
        let low = self.data_start + at * self.length;
        let high = low + self.length;
        let guess = self.guess(block, low, high);
        let link = self.wait(at);
        let (outcome, next) = match self.settle(block, guess, &link, high) {
            Ok(next) => {
                let number = link.number + block.index.rows();
                let table = table_behind(block, &self.shared, &link.table);
                (Ok(()), Link { start: next, number, table })
            }
            Err(error) => {
                block.index.clear();
                (Err(error), Link { start: u64::MAX, ..link.clone() })
            }
        };
        self.publish(at + 1, next);
        // The first block has the lines above the records with it.
        let bytes = high.min(self.size) - if at == 0 { 0 } else { low.min(self.size) };
        Some(Taken { at, last: at + 1 == count, bytes, link, outcome })
    }

    /// Reads a block and finds its records, if one starts with its first line: that line's start
    /// and what follows the block.
    fn guess(&self, block: &mut Block, low: u64, high: u64) -> io::Result<Option<(u64, Next)>> {
        let unit = self.shared.charset.unit() as u64;
        let fill = &mut |offset, out: &mut [u8]| self.bytes.read_at(offset, out);
        let first = low == self.data_start;
        block.restart(self.shared.charset, if first { low } else { low - unit }, &[]);
        block.read_with_last_line(high, fill)?;
        let begin = if first {
            Some(low)
        } else {
            let line = self.shared.charset.line_start(block.filled());
            line.map(|line| low - unit + line as u64).filter(|begin| *begin < high)
        };
        begin.map(|begin| Ok((begin, self.split(block, begin, high, fill)?))).transpose()
    }

    fn split(
        &self,
        block: &mut Block,
        begin: u64,
        high: u64,
        fill: &mut Fill<'_>,
    ) -> io::Result<Next> {
        block.split(begin, high, &self.shared.dialect, fill)
    }

    /// Where the next block's first record is, now that it is known where this block's is.
    fn settle(
        &self,
        block: &mut Block,
        guess: io::Result<Option<(u64, Next)>>,
        link: &Link,
        high: u64,
    ) -> io::Result<u64> {
        let guess = guess?;
        if link.start >= high {
            // The record before reaches over this whole block.
            block.index.clear();
            return Ok(link.start);
        }
        match guess {
            Some((begin, next)) if begin == link.start => Ok(next.start),
            _ => {
                let fill = &mut |offset, out: &mut [u8]| self.bytes.read_at(offset, out);
                Ok(self.split(block, link.start, high, fill)?.start)
            }
        }
    }

    fn wait(&self, at: u64) -> Link {
        let mut links = self.lock();
        loop {
            if let Some(link) = links.remove(&at) {
                return link;
            }
            links = self.linked.wait(links).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn publish(&self, at: u64, link: Link) {
        self.lock().insert(at, link);
        self.linked.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Link>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
