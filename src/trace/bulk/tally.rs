//! Counts by key, for many keys of which neighbours mostly are the same.

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use std::hash::Hash;

/// How often each key was counted.
#[derive(Debug)]
pub(super) struct Tally<K> {
    counts: IndexMap<K, u64, RandomState>,
    /// Place of the key that was counted last, which is looked at first.
    last: usize,
}

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Tally { counts: IndexMap::default(), last: 0 }
    }
}

impl<K: Hash + Eq> Tally<K> {
    /// Counts `key` one time more.
    pub(super) fn count(&mut self, key: K) {
        match self.counts.get_index_mut(self.last) {
            Some((last, count)) if key == *last => *count += 1,
            _ => {
                let entry = self.counts.entry(key);
                self.last = entry.index();
                *entry.or_default() += 1;
            }
        }
    }

    /// Adds the counts of another.
    pub(super) fn merge(&mut self, more: Tally<K>) {
        for (key, times) in more.counts {
            *self.counts.entry(key).or_default() += times;
        }
    }

    /// Number of keys.
    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    /// All keys with their counts, in no certain order.
    pub(super) fn into_iter(self) -> impl Iterator<Item = (K, u64)> {
        self.counts.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn every_key_is_counted(first in prop::collection::vec("[ab]{0,2}", 0..30), more in prop::collection::vec("[ab]{0,2}", 0..30)) {
            let mut expected: BTreeMap<String, u64> = BTreeMap::new();
            let [mut tally, other] = [first, more].map(|keys| {
                let mut tally = Tally::default();
                for key in keys {
                    tally.count(key.clone());
                    *expected.entry(key).or_default() += 1;
                }
                tally
            });
            tally.merge(other);
            tally.count("a".to_owned());
            *expected.entry("a".to_owned()).or_default() += 1;
            prop_assert_eq!(tally.len(), expected.len());
            prop_assert_eq!(tally.into_iter().collect::<BTreeMap<_, _>>(), expected);
        }
    }
}
