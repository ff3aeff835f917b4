//! Quantiles of delivery times: a histogram whose buckets divide each doubling into 128 equal parts, so that
//! every quantile is within half a per cent of a value that was seen, and merging is adding.

use foldhash::fast::RandomState;
use std::collections::HashMap;

/// Bits of an `f32` behind the first seven of its fraction: sign, exponent and these tell the bucket.
const WITHIN: u32 = f32::MANTISSA_DIGITS - 1 - 7;
/// Times below this many seconds share one bucket.
const LEAST: f32 = 0.001;

/// Quantiles of seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quantiles {
    /// Counts by the highest bits of the times, whose order is that of the times.
    buckets: HashMap<u32, u64, RandomState>,
    count: u64,
    max: f32,
}

impl Quantiles {
    /// Counts a time; negative ones and such that are no numbers are left out.
    pub fn add(&mut self, seconds: f32) {
        if !seconds.is_finite() || seconds < 0.0 {
            return;
        }
        *self.buckets.entry(seconds.max(LEAST).to_bits() >> WITHIN).or_default() += 1;
        self.count += 1;
        self.max = self.max.max(seconds);
    }

    /// Adds the counts of another.
    pub fn merge(&mut self, other: &Quantiles) {
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += count;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// Times counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The greatest time; `None` where there is none.
    pub fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(f64::from(self.max))
    }

    /// The time that the share `q` (0 to 1) of all does not exceed.
    pub fn at(&self, q: f64) -> Option<f64> {
        // counts are far below 2^52, where f64 is exact
        let wanted = (q.clamp(0.0, 1.0) * self.count as f64).ceil().max(1.0) as u64;
        let mut buckets: Vec<(u32, u64)> = self.buckets.iter().map(|(at, n)| (*at, *n)).collect();
        buckets.sort_unstable();
        let mut seen = 0;
        for (bucket, count) in buckets {
            seen += count;
            if seen >= wanted {
                let middle = f32::from_bits(bucket << WITHIN | 1 << (WITHIN - 1));
                return Some(f64::from(middle.min(self.max)));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_times_there_are_no_quantiles() {
        let mut none = Quantiles::default();
        none.add(f32::NAN);
        none.add(-1.0);
        assert_eq!((none.at(0.5), none.max(), none.count()), (None, None, 0));
    }

    proptest! {
        #[test]
        fn every_quantile_is_within_half_a_per_cent(mut times in prop::collection::vec(0.01f32..100_000.0, 1..200), q in 0.0f64..1.0) {
            let mut all = Quantiles::default();
            times.iter().for_each(|time| all.add(*time));
            times.sort_by(f32::total_cmp);
            let rank = ((q * times.len() as f64).ceil().max(1.0) as usize) - 1;
            let exact = f64::from(times[rank]);
            let told = all.at(q).unwrap();
            prop_assert!((told - exact).abs() <= exact * 0.005, "{told} for {exact}");
        }
    }
}
