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

/// Pairs at hand for each part of the table. They go there together, so that the part is locked once
/// and the waits for memory overlap; all of them fit into the cache of a core.
const BATCH: usize = 24;

/// Pairs that are being put together.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    batches: Vec<Batch>,
    steps: HashMap<(State, Word), State, RandomState>,
    unions: HashMap<(State, State), State, RandomState>,
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
    fn find(&self, message: u64, hash: u64, address: &str) -> Option<usize> {
        // rows tell most often of the pair that the row before told of
        let mut until = self.messages.len();
        loop {
            until = self.messages[..until].iter().rposition(|known| *known == message)?;
            let slot = &self.slots[until];
            if slot.hash == hash && slot.address == address {
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
        let at = match self.batches[part].find(row.message, hash, &room.address) {
            Some(at) => at,
            None => {
                if self.batches[part].messages.len() == BATCH {
                    self.put_away(store, part);
                }
                self.batches[part].push(row.message, hash, &room.address)
            }
        };
        let slot = &mut self.batches[part].slots[at];
        let mut state = slot.pair.state;
        for word in room.common.iter().chain(&room.own) {
            state = match self.steps.get(&(state, *word)) {
                Some(next) => *next,
                None => {
                    let next = store.step(state, &[*word]);
                    self.steps.insert((state, *word), next);
                    next
                }
            };
        }
        slot.pair.merge(row, store);
        slot.pair.state = state;
        if !room.successor.is_empty() {
            slot.successor = Some(store.hasher.hash_one(room.successor.as_str()));
        }
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
