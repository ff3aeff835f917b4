//! The places of delimiters, quotes and line ends, as a bit per byte, 64 bytes at a time.
//!
//! `memchr3` is made for needles that are rare and starts afresh at each; a trace has one every 20
//! bytes, where this takes half the time.

use wide::u8x16;

/// Bytes looked at together.
pub(super) const CHUNK: usize = 64;

/// A bit for each separator of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Places {
    pub(super) delimiters: u64,
    /// Quotes and line ends.
    pub(super) others: u64,
}

/// For each 64 bytes of `data` from `from` on: where they begin, and their separators.
pub(super) fn separators(
    data: &[u8],
    from: usize,
    delimiter: u8,
) -> impl Iterator<Item = (usize, Places)> {
    let chunks = data.get(from..).unwrap_or_default().chunks(CHUNK);
    (from..).step_by(CHUNK).zip(chunks).map(move |(base, chunk)| match chunk.try_into() {
        Ok(whole) => (base, places(whole, delimiter)),
        Err(_) => {
            let Places { delimiters, others } = places(&padded(chunk), delimiter);
            let within = (1 << chunk.len()) - 1;
            (base, Places { delimiters: delimiters & within, others: others & within })
        }
    })
}

/// The last bytes of a text, fewer than a chunk has, with NUL behind them.
pub(super) fn padded(rest: &[u8]) -> [u8; CHUNK] {
    let mut padded = [0; CHUNK];
    padded[..rest.len()].copy_from_slice(rest);
    padded
}

/// The separators of a whole chunk.
#[inline]
fn places(chunk: &[u8; CHUNK], delimiter: u8) -> Places {
    let (delimiter, quote, end) =
        (u8x16::splat(delimiter), u8x16::splat(b'"'), u8x16::splat(b'\n'));
    let (vectors, _) = chunk.as_chunks::<16>();
    let (mut delimiters, mut any) = (0, u8x16::default());
    for (at, vector) in (0..).step_by(16).zip(vectors) {
        let bytes = u8x16::new(*vector);
        any |= bytes.simd_eq(quote) | bytes.simd_eq(end);
        delimiters |= u64::from(bytes.simd_eq(delimiter).to_bitmask()) << at;
    }
    // most chunks have none
    let others = match any.to_bitmask() {
        0 => 0,
        _ => places_of(chunk, b'"') | places_of(chunk, b'\n'),
    };
    Places { delimiters, others }
}

/// A bit for each byte of a chunk that is `wanted`.
#[inline]
pub(super) fn places_of(chunk: &[u8; CHUNK], wanted: u8) -> u64 {
    let (vectors, _) = chunk.as_chunks::<16>();
    (0..).step_by(16).zip(vectors).fold(0, |places, (at, vector)| {
        let equal = u8x16::new(*vector).simd_eq(u8x16::splat(wanted));
        places | u64::from(equal.to_bitmask()) << at
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_bit_stands_for_each_wanted_byte(chunk in prop::array::uniform32(0_u8..3)) {
            let mut whole = [7; CHUNK];
            whole[20..52].copy_from_slice(&chunk);
            let expected = (0..CHUNK).filter(|at| whole[*at] == 2).fold(0, |bits, at| bits | 1 << at);
            prop_assert_eq!(places_of(&whole, 2), expected);
        }

        #[test]
        fn the_places_are_those_that_a_plain_search_finds(data in prop::collection::vec(prop_oneof![Just(b';'), Just(b'"'), Just(b'\n'), any::<u8>()], 0..300), from in 0_usize..100) {
            let mut found = Vec::new();
            for (base, Places { delimiters, others }) in separators(&data, from, b';') {
                let bits = (0..64).filter(|bit| (delimiters | others) >> bit & 1 == 1);
                found.extend(bits.map(|bit| (base + bit, delimiters >> bit & 1 == 1)));
            }
            let is_separator = |at: &usize| matches!(data[*at], b';' | b'"' | b'\n');
            let expected: Vec<(usize, bool)> =
                (from..data.len()).filter(is_separator).map(|at| (at, data[at] == b';')).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
