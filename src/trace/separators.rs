//! The places of delimiters, quotes and line ends, as a bit per byte, 64 bytes at a time.
//!
//! `memchr3` is made for needles that are rare and starts afresh at each; a trace has one every 20
//! bytes.

use fearless_simd::{Level, Simd, SimdBase, SimdFrom, SimdMask, dispatch, u8x64};

/// Bytes looked at together.
pub(super) const CHUNK: usize = 64;

/// A bit for each separator of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Places {
    pub(super) delimiters: u64,
    /// Quotes and line ends.
    pub(super) others: u64,
}

/// The separators of the first 64 bytes of `rest`, with the vectors that `simd` stands for: to be
/// called where those are in use, once for a whole block.
#[inline(always)]
pub(super) fn separators<S: Simd>(simd: S, rest: &[u8], delimiter: u8) -> Places {
    let chunk = match rest.first_chunk() {
        Some(chunk) => *chunk,
        // NUL separates nothing
        None => padded(rest),
    };
    let bytes = u8x64::simd_from(simd, chunk);
    let places = |wanted: u8| bytes.simd_eq(u8x64::splat(simd, wanted)).to_bitmask();
    Places { delimiters: places(delimiter), others: places(b'"') | places(b'\n') }
}

/// The last bytes of a text, fewer than a chunk has, with NUL behind them.
pub(super) fn padded(rest: &[u8]) -> [u8; CHUNK] {
    let mut padded = [0; CHUNK];
    padded[..rest.len()].copy_from_slice(rest);
    padded
}

/// The places of one byte in a text, in order.
///
/// Members of lists have some ten to forty bytes: their ends are looked for 64 bytes at a time, because
/// a search costs more to begin than such a member is long.
#[derive(Debug, Clone)]
pub(super) struct Marks<'a> {
    text: &'a [u8],
    mark: u8,
    /// Bytes that were looked at, in whole chunks.
    read: usize,
    /// The marks of the last chunk that are still to come.
    rest: u64,
}

impl<'a> Marks<'a> {
    /// The places of `mark` in `text`.
    pub(super) fn new(text: &'a str, mark: u8) -> Self {
        Marks { text: text.as_bytes(), mark, read: 0, rest: 0 }
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
    use proptest::prelude::*;

    fn plain(data: &[u8], wanted: &[u8]) -> Vec<usize> {
        (0..data.len()).filter(|at| wanted.contains(&data[*at])).collect()
    }

    fn of_bits(base: usize, bits: u64) -> impl Iterator<Item = usize> {
        (0..CHUNK).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| base + bit)
    }

    proptest! {
        #[test]
        fn the_places_are_those_that_a_plain_search_finds_with_any_vectors(data in prop::collection::vec(prop_oneof![Just(b';'), Just(b'"'), Just(b'\n'), any::<u8>()], 0..300)) {
            for level in [Level::new(), Level::baseline()] {
                let (mut delimiters, mut others) = (Vec::new(), Vec::new());
                for base in (0..data.len()).step_by(CHUNK) {
                    let found = dispatch!(level, simd => separators(simd, &data[base..], b';'));
                    delimiters.extend(of_bits(base, found.delimiters));
                    others.extend(of_bits(base, found.others));
                }
                prop_assert_eq!(delimiters, plain(&data, b";"));
                prop_assert_eq!(others, plain(&data, b"\"\n"));
            }
        }

        #[test]
        fn the_marks_are_those_that_a_plain_search_finds(text in "[;aé]{0,200}") {
            let marks: Vec<_> = Marks::new(&text, b';').collect();
            prop_assert_eq!(marks, plain(text.as_bytes(), b";"));
        }
    }
}
