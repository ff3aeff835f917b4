//! The places of delimiters, quotes and line ends, as a bit per byte, 64 bytes at a time.
//!
//! `memchr3` is made for needles that are rare and starts afresh at each; a trace has one every 20
//! bytes, where this takes three quarters of the time.

/// Bytes looked at together.
const CHUNK: usize = 64;

/// For each 64 bytes of `data` from `from` on: where they begin, and a bit for each separator.
pub(super) fn separators(
    data: &[u8],
    from: usize,
    delimiter: u8,
) -> impl Iterator<Item = (usize, u64)> {
    let chunks = data.get(from..).unwrap_or_default().chunks(CHUNK);
    (from..).step_by(CHUNK).zip(chunks).map(move |(base, chunk)| match chunk.try_into() {
        Ok(whole) => (base, mask_of(whole, delimiter)),
        Err(_) => {
            let mut padded = [0; CHUNK];
            padded[..chunk.len()].copy_from_slice(chunk);
            (base, mask_of(&padded, delimiter) & ((1 << chunk.len()) - 1))
        }
    })
}

/// A bit for each separator in a whole chunk.
#[inline]
fn mask_of(chunk: &[u8; CHUNK], delimiter: u8) -> u64 {
    // Compiles to vector comparisons on every target that has them.
    let mut found = [0; CHUNK];
    for (is, byte) in found.iter_mut().zip(chunk) {
        *is = u8::from(*byte == delimiter) | u8::from(*byte == b'"') | u8::from(*byte == b'\n');
    }
    // Eight bytes of 0 or 1 become eight bits by one multiplication.
    let (words, _) = found.as_chunks::<8>();
    (0..).step_by(8).zip(words).fold(0, |mask, (place, word)| {
        let top = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080);
        mask | top >> (56 - place) & 0xFF << place
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_places_are_those_that_a_plain_search_finds(data in prop::collection::vec(prop_oneof![Just(b';'), Just(b'"'), Just(b'\n'), any::<u8>()], 0..300), from in 0_usize..100) {
            let mut found = Vec::new();
            for (base, mask) in separators(&data, from, b';') {
                found.extend((0..64).filter(|bit| mask >> bit & 1 == 1).map(|bit| base + bit));
            }
            let is_separator = |at: &usize| matches!(data[*at], b';' | b'"' | b'\n');
            let expected: Vec<usize> = (from..data.len()).filter(is_separator).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
