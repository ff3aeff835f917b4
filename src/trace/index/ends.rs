//! The ends of the cells of a block: those of 64 bytes are added at once.

use crate::marks::CHUNK;
use fearless_simd::{Simd, SimdBase, SimdFrom, SimdMask, mask8x64, u8x64};
use std::ops::Deref;

/// Places in a block, in order.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The places, and behind them what was in the way.
    places: Vec<u32>,
    length: usize,
}

impl Deref for Ends {
    type Target = [u32];

    #[inline]
    fn deref(&self) -> &[u32] {
        &self.places[..self.length]
    }
}

impl Ends {
    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    /// Leaves only the first `length` of them.
    pub(super) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    #[inline]
    pub(super) fn push(&mut self, place: u32) {
        self.room()[0] = place;
        self.length += 1;
    }

    /// Adds the numbers of the bits that are set, each counted from `base`.
    #[inline(always)]
    pub(super) fn add<S: Simd>(&mut self, simd: S, base: u32, bits: u64) {
        let room = self.room();
        // no processor guesses how many there are: as many are taken whether they are there or not
        if S::u8s::LEN == CHUNK {
            const MOSTLY: usize = 16;
            let mut numbers = room.iter_mut().zip(compressed(simd, bits));
            for (place, number) in numbers.by_ref().take(MOSTLY) {
                *place = base + u32::from(number);
            }
            if bits.count_ones() as usize > MOSTLY {
                numbers.for_each(|(place, number)| *place = base + u32::from(number));
            }
        } else {
            const MOSTLY: usize = 4;
            let mut rest = bits;
            let mut places = room.iter_mut();
            for place in places.by_ref().take(MOSTLY) {
                // what stands for none does not matter, and with a bit set it need not be told apart
                *place = base + (rest | 1 << 63).trailing_zeros();
                rest &= rest.wrapping_sub(1);
            }
            for place in places {
                if rest == 0 {
                    break;
                }
                *place = base + rest.trailing_zeros();
                rest &= rest - 1;
            }
        }
        self.length += bits.count_ones() as usize;
    }

    /// Room for the places of one chunk.
    #[inline(always)]
    fn room(&mut self) -> &mut [u32] {
        if self.places.len() < self.length + CHUNK {
            self.grow();
        }
        &mut self.places[self.length..self.length + CHUNK]
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        self.places.resize(2 * (self.length + CHUNK), 0);
    }
}

/// The numbers of the bits that are set, in order; what stands behind them does not matter.
#[inline(always)]
fn compressed<S: Simd>(simd: S, bits: u64) -> [u8; CHUNK] {
    const NUMBERS: [u8; CHUNK] = {
        let mut numbers = [0; CHUNK];
        let mut at = 0;
        while at < CHUNK {
            numbers[at] = at as u8;
            at += 1;
        }
        numbers
    };
    let numbers = u8x64::simd_from(simd, NUMBERS);
    numbers.compress(mask8x64::from_bitmask(simd, bits)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    proptest::proptest! {
        #[test]
        fn every_bit_has_its_place_with_any_vectors(bits: u64, more: u64, base in 0..u32::MAX - 64) {
            for level in [Level::new(), Level::baseline()] {
                let (mut ends, mut expected) = (Ends::default(), vec![7]);
                ends.push(7);
                for bits in [bits, bits & more, bits | more, bits & more & more.rotate_left(9), 0, u64::MAX] {
                    dispatch!(level, simd => ends.add(simd, base, bits));
                    expected.extend((0..64).filter(|bit| bits >> bit & 1 == 1).map(|bit| base + bit));
                    proptest::prop_assert_eq!(&*ends, &expected[..]);
                }
                ends.truncate(3);
                ends.push(8);
                expected.truncate(3);
                expected.push(8);
                proptest::prop_assert_eq!(&*ends, &expected[..]);
            }
        }
    }
}
