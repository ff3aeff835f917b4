//! The places of a byte in a text, as a bit per byte, 64 bytes at a time.

use fearless_simd::{Level, SimdBase, SimdFrom, SimdMask, dispatch, u8x64};

/// Bytes looked at together.
pub(crate) const CHUNK: usize = 64;

/// The last bytes of a text, fewer than a chunk has, with NUL behind them.
pub(crate) fn padded(rest: &[u8]) -> [u8; CHUNK] {
    let mut padded = [0; CHUNK];
    padded[..rest.len()].copy_from_slice(rest);
    padded
}

/// The places of one byte in a text, in order.
///
/// Lines of headers and members of lists have some ten to eighty bytes: their ends are looked for 64
/// bytes at a time, because a search costs more to begin than such a member is long.
#[derive(Debug, Clone)]
pub(crate) struct Marks<'a> {
    text: &'a [u8],
    mark: u8,
    /// Bytes that were looked at, in whole chunks.
    read: usize,
    /// The marks of the last chunk that are still to come.
    rest: u64,
}

impl<'a> Marks<'a> {
    /// The places of `mark` in `text`.
    pub(crate) fn new(text: &'a (impl AsRef<[u8]> + ?Sized), mark: u8) -> Self {
        Marks { text: text.as_ref(), mark, read: 0, rest: 0 }
    }

    /// Looks at the next chunk.
    #[inline]
    fn look(&mut self) {
        let rest = &self.text[self.read..];
        self.rest = match (rest.first_chunk(), self.text.last_chunk()) {
            (Some(chunk), _) => places_of(chunk, self.mark),
            // the end once more, without what was looked at before
            (None, Some(end)) => places_of(end, self.mark) >> (CHUNK - rest.len()),
            (None, None) => places_of(&padded(rest), self.mark),
        };
        self.read += CHUNK;
    }
}

impl Iterator for Marks<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.rest == 0 {
            if self.read >= self.text.len() {
                return None;
            }
            self.look();
        }
        let at = self.read - CHUNK + self.rest.trailing_zeros() as usize;
        self.rest &= self.rest - 1;
        Some(at)
    }
}

/// A bit for each byte of a chunk that is `wanted`.
#[inline]
fn places_of(chunk: &[u8; CHUNK], wanted: u8) -> u64 {
    // what every processor has needs no call, which costs more than wider vectors save
    dispatch!(Level::baseline(), simd => {
        u8x64::simd_from(simd, *chunk).simd_eq(u8x64::splat(simd, wanted)).to_bitmask()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_marks_are_those_that_a_plain_search_finds(text in "[;aé]{0,200}") {
            let marks: Vec<_> = Marks::new(&text, b';').collect();
            let plain: Vec<_> = memchr::memchr_iter(b';', text.as_bytes()).collect();
            proptest::prop_assert_eq!(marks, plain);
        }
    }
}
