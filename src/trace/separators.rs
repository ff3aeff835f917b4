//! The places of delimiters, quotes and line ends, as a bit per byte, 64 bytes at a time.
//!
//! `memchr3` is made for needles that are rare and starts afresh at each; a trace has one every 20
//! bytes.

use crate::marks::padded;
use fearless_simd::{Simd, SimdBase, SimdFrom, SimdMask, u8x64};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::marks::CHUNK;
    use fearless_simd::{Level, dispatch};
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
    }
}
