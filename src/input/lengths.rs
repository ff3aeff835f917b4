//! How much of a file to read at first where no more than its header block is wanted: what the blocks of
//! the files before it had.
//!
//! What is read in vain is memory that no cache holds; what was not read costs another look.

use super::HEAD;
use std::cell::Cell;

const PAGE: usize = 4096;
const PAGES: usize = HEAD / PAGE;
/// Blocks by which nothing can be told yet.
const FEW: u16 = 16;
/// Blocks by which much can be told; what was seen long ago is then worth half.
const MANY: u16 = 512;
/// One block in so many may be longer: to read on and look again costs as much as so many pages.
const RARE: u16 = 8;

/// How many of the last header blocks had how many pages.
#[derive(Debug, Clone, Copy, Default)]
struct Lengths {
    counts: [u16; PAGES + 1],
    total: u16,
}

thread_local! {
    static SEEN: Cell<Lengths> = Cell::default();
}

/// How many bytes to read at first, `most` at most.
pub(super) fn usual(most: usize) -> usize {
    SEEN.get().usual(most)
}

/// Takes note of the length of a header block.
pub(super) fn saw(length: usize) {
    let mut seen = SEEN.get();
    seen.add(length);
    SEEN.set(seen);
}

impl Lengths {
    fn usual(&self, most: usize) -> usize {
        if self.total < FEW {
            return most;
        }
        let mut longer = self.total;
        let enough = self.counts.iter().position(|count| {
            longer -= count;
            longer <= self.total / RARE
        });
        enough.map_or(most, |pages| most.min(pages * PAGE))
    }

    fn add(&mut self, length: usize) {
        self.counts[length.div_ceil(PAGE).min(PAGES)] += 1;
        self.total += 1;
        if self.total >= MANY {
            self.counts = self.counts.map(|count| count / 2);
            self.total = self.counts.iter().sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 12 * 1024;

    fn after(lengths: impl IntoIterator<Item = usize>) -> usize {
        let mut seen = Lengths::default();
        lengths.into_iter().for_each(|length| seen.add(length));
        seen.usual(MOST)
    }

    #[test]
    fn nothing_is_told_by_a_few() {
        assert_eq!(after([]), MOST);
        assert_eq!(after([1000; 15]), MOST);
        assert_eq!(after([1000; 16]), PAGE);
    }

    #[test]
    fn a_rare_long_block_is_read_on_and_a_frequent_one_read_at_once() {
        let every = |nth: usize| (0..100).map(move |at| if at % nth == 0 { 8193 } else { 8192 });
        assert_eq!(after(every(9)), 8192);
        assert_eq!(after(every(7)), MOST);
        assert_eq!(after([100_000; 100]), MOST);
    }

    #[test]
    fn what_was_long_ago_is_forgotten() {
        assert_eq!(after([3000; 5000].into_iter().chain([7000; 600])), 8192);
        assert_eq!(after([7000; 5000].into_iter().chain([3000; 5000])), PAGE);
    }
}
