//! The pairs of a worker's last rows.
//!
//! The rows of a message stand near each other. Its pairs are put together here, without any lock,
//! and go to the table once, when others need the room.

use super::desk::{Room, TEXTS};
use super::shard::Pair;
use super::store::{Store, part};
use super::words::{State, Word};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::iter;

/// Pairs at hand for each part of the table. They go there together, so that the part is locked once
/// and the waits for memory overlap; all of them fit into the cache of a core.
const BATCH: usize = 24;

/// Pairs that are being put together.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    batches: Vec<Batch>,
    /// Place of the pair that was told of last, in the batch of its part.
    last: usize,
    /// What rows did to states last, each at the place that its words give.
    strides: Vec<Stride>,
    steps: HashMap<(State, Word), State, RandomState>,
    unions: HashMap<(State, State), State, RandomState>,
}

/// Strides at hand.
const STRIDES: usize = 1024;
/// Most statements of a stride, so that one takes 64 bytes: nearly all rows say fewer.
const LONGEST_STRIDE: usize = 13;

/// A state, the statements of a row, and the state with them: rows say the same few things together.
#[derive(Debug, Clone, Default)]
struct Stride {
    from: State,
    to: State,
    /// How many of `words` it has.
    length: u32,
    words: [Word; LONGEST_STRIDE],
}

impl Stride {
    fn words(&self) -> &[Word] {
        &self.words[..self.length as usize]
    }
}

/// Pairs of one part of the table.
#[derive(Debug, Default)]
struct Batch {
    /// Messages of the pairs, to find them by.
    messages: Vec<u64>,
    /// The pairs; there is room behind those that `messages` tells of.
    slots: Vec<Slot>,
}

/// A pair that is being put together.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) pair: Pair,
    /// Hash of `address`.
    pub(super) hash: u64,
    /// Hash of the address that replaced it.
    pub(super) successor: Option<u64>,
    pub(super) address: String,
}

impl Batch {
    /// Place of a pair, if it is at hand.
    fn find(&self, message: u64, hash: u64, address: &str, last: usize) -> Option<usize> {
        let is_it = |slot: &Slot| slot.hash == hash && slot.address == address;
        // rows tell most often of the pair that the row before told of
        if self.messages.get(last) == Some(&message) && is_it(&self.slots[last]) {
            return Some(last);
        }
        let mut until = self.messages.len();
        loop {
            until = self.messages[..until].iter().rposition(|known| *known == message)?;
            if is_it(&self.slots[until]) {
                return Some(until);
            }
        }
    }

    /// Place of a pair that is new here.
    fn push(&mut self, message: u64, hash: u64, address: &str) -> usize {
        let at = self.messages.len();
        self.messages.push(message);
        let pair = Pair { message, ..Pair::EMPTY };
        match self.slots.get_mut(at) {
            Some(slot) => {
                (slot.pair, slot.hash, slot.successor) = (pair, hash, None);
                slot.address.clear();
                slot.address.push_str(address);
            }
            None => {
                self.slots.push(Slot { pair, hash, successor: None, address: address.to_owned() })
            }
        }
        at
    }
}

impl Pairs {
    /// Adds what a row says of its message and the recipient in the room, whose address has the hash
    /// `hash`.
    pub(super) fn add(&mut self, store: &Store, row: &Pair, room: &Room, hash: u64) {
        let part = part(hash);
        if self.batches.len() <= part {
            self.batches.resize_with(part + 1, Batch::default);
        }
        let at = match self.batches[part].find(row.message, hash, &room.address, self.last) {
            Some(at) => at,
            None => {
                if self.batches[part].messages.len() == BATCH {
                    self.put_away(store, part);
                }
                self.batches[part].push(row.message, hash, &room.address)
            }
        };
        self.last = at;
        let state = self.stride(store, self.batches[part].slots[at].pair.state, &room.words);
        let slot = &mut self.batches[part].slots[at];
        slot.pair.merge(row, store);
        slot.pair.state = state;
        if !room.successor.is_empty() {
            slot.successor = Some(store.hasher.hash_one(room.successor.as_str()));
        }
    }

    /// The state that has the statements of `state` and `words`.
    fn stride(&mut self, store: &Store, state: State, words: &[Word]) -> State {
        const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
        // each word in its place, none waiting for the one before
        let mixed =
            |(word, at): (Word, u32)| u64::from(word).wrapping_mul(MIX.rotate_left(at * 11));
        let all = iter::once(state).chain(words.iter().copied()).zip(0..);
        let key = all.map(mixed).fold(0, u64::wrapping_add);
        // the lowest bits are mixed least
        let place = (key >> 32) as usize % STRIDES;
        if let Some(known) = self.strides.get(place)
            && known.from == state
            && known.words() == words
        {
            return known.to;
        }
        let to = words.iter().fold(state, |state, word| self.step(store, state, *word));
        if words.len() <= LONGEST_STRIDE {
            self.strides.resize(STRIDES, Stride::default());
            let stride = &mut self.strides[place];
            (stride.from, stride.to, stride.length) = (state, to, words.len() as u32);
            stride.words[..words.len()].copy_from_slice(words);
        }
        to
    }

    /// The state that has the statements of `state` and `word`.
    fn step(&mut self, store: &Store, state: State, word: Word) -> State {
        *self.steps.entry((state, word)).or_insert_with(|| store.step(state, &[word]))
    }

    /// Puts every pair into the table.
    pub(super) fn clear(&mut self, store: &Store) {
        (0..self.batches.len()).for_each(|part| self.put_away(store, part));
    }

    /// Puts the pairs of one part into the table.
    fn put_away(&mut self, store: &Store, part: usize) {
        if self.unions.len() > TEXTS {
            self.unions.clear();
        }
        if self.steps.len() > TEXTS {
            self.steps.clear();
        }
        let Batch { messages, slots } = &mut self.batches[part];
        let unions = &mut self.unions;
        store.put(part, &slots[..messages.len()], |kept, new| {
            *unions.entry((kept, new)).or_insert_with(|| store.unite(kept, new))
        });
        messages.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_stride_is_all_of_its_steps(rows in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(0u32..4, 0..40)), 1..60)) {
            let (store, mut pairs) = (Store::new(usize::MAX), Pairs::default());
            let mut states = vec![0];
            for (from, words) in rows {
                let from = *from.get(&states);
                let to = words.iter().fold(from, |state, word| store.step(state, &[*word]));
                prop_assert_eq!(pairs.stride(&store, from, &words), to);
                states.push(to);
            }
        }
    }
}
