//! How much memory the table and what is made of it may take.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Bytes that are taken, counted roughly, and how many may be.
#[derive(Debug)]
pub(super) struct Room {
    /// Bytes of the parts of the table, as far as they were measured.
    parts: AtomicUsize,
    /// Bytes of everything else.
    rest: AtomicUsize,
    limit: usize,
    full: AtomicBool,
}

impl Room {
    /// Room for `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        let (parts, rest) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Room { parts, rest, limit, full: AtomicBool::new(false) }
    }

    /// Whether more was wanted than there is.
    pub(super) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Tells that the parts of the table hold `bytes`; they never hold less.
    pub(super) fn measure(&self, bytes: usize) {
        let known = self.parts.fetch_max(bytes, Ordering::Relaxed);
        self.compare(known.max(bytes), self.rest.load(Ordering::Relaxed));
    }

    /// Takes more bytes. Whether there is still room.
    pub(super) fn take(&self, bytes: usize) -> bool {
        if bytes > 0 {
            let known = self.rest.fetch_add(bytes, Ordering::Relaxed);
            self.compare(self.parts.load(Ordering::Relaxed), known + bytes);
        }
        !self.is_full()
    }

    /// Gives back what was taken.
    pub(super) fn give(&self, bytes: usize) {
        self.rest.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn compare(&self, parts: usize, rest: usize) {
        if parts.saturating_add(rest) > self.limit {
            self.full.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_for_the_parts_and_the_rest_together() {
        let room = Room::new(100);
        assert!(room.take(60));
        room.give(20);
        room.measure(60);
        room.measure(10);
        assert!(!room.is_full() && room.take(0));
        assert!(!room.take(1), "60 of the parts are still held");
        assert!(room.is_full());
    }
}
