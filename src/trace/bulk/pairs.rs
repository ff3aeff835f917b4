//! The pairs of a worker's last rows.
//!
//! The rows of a message stand near each other. Its pairs are put together here, without any lock,
//! and go to the table once, when others need the room.

use super::desk::{Room, TEXTS};
use super::moment::{Moment, Turns};
use super::pair::Pair;
use super::shard::{Successor, is_other};
use super::states::State;
use super::store::{Store, part};
use super::words::{self, Word};
use crate::trace::assemble::second;
use foldhash::fast::RandomState;
use std::collections::{BTreeSet, HashMap};
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
    strides: Strides,
    unions: HashMap<(State, State, Turns), (State, u64), RandomState>,
}

/// What rows did to states last, each at the place that its words give.
#[derive(Debug, Default)]
struct Strides(Vec<Stride>);

/// Strides at hand.
const STRIDES: usize = 1024;
/// Most statements of a stride, so that one takes 64 bytes: nearly all rows say fewer.
const LONGEST_STRIDE: usize = 11;

/// A state, the statements of a row, and the state with them: rows say the same few things together.
#[derive(Debug, Clone, Default)]
struct Stride {
    from: State,
    to: State,
    /// A bit for each moment of the pair that `to` has.
    kept: u64,
    /// How many of `words` it has.
    length: u8,
    /// Twice the place of the row's moment among those of the pair, and one more if it is known there.
    place: u8,
    words: [Word; LONGEST_STRIDE],
}

impl Stride {
    fn words(&self) -> &[Word] {
        &self.words[..usize::from(self.length)]
    }
}

impl Strides {
    /// Adds the statements of a row to the state of a pair.
    fn step(&mut self, store: &Store, slot: &mut Slot, moment: Moment, words: &[Word]) {
        const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
        let Slot { pair, moments, .. } = slot;
        // each word in its place, none waiting for the one before
        let mixed =
            |(word, at): (Word, u32)| u64::from(word).wrapping_mul(MIX.rotate_left(at * 11));
        let all = iter::once(pair.state).chain(words.iter().copied()).zip(0..);
        let key = all.map(mixed).fold(0, u64::wrapping_add);
        let count = moments.len();
        let (place, known) = match words.iter().any(|word| words::slot(*word) != 0) {
            true => moment.place(moments, store),
            // it does not matter when
            false => (count, false),
        };
        // at most one moment for each kind of statement
        let told = (place << 1) as u8 | u8::from(known);
        // the lowest bits are mixed least
        let number = ((key >> 32) as usize ^ usize::from(told)) % STRIDES;
        let (to, kept) = match self.0.get(number) {
            Some(stride)
                if stride.from == pair.state && stride.place == told && stride.words() == words =>
            {
                (stride.to, stride.kept)
            }
            _ => {
                let (to, kept) = store.step(pair.state, words, count, (place, known));
                if words.len() <= LONGEST_STRIDE {
                    self.0.resize(STRIDES, Stride::default());
                    let stride = &mut self.0[number];
                    (stride.from, stride.to, stride.kept) = (pair.state, to, kept);
                    (stride.length, stride.place) = (words.len() as u8, told);
                    stride.words[..words.len()].copy_from_slice(words);
                }
                (to, kept)
            }
        };
        let all = |count: usize| (1u64 << count) - 1;
        if kept == all(count + 1) && place == count {
            moments.push(moment);
        } else if kept != all(count) || known {
            let turns = Turns::with_one(count, place, known);
            *moments = turns.merge(moments, &[moment], kept);
        }
        pair.state = to;
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
    /// When what counts was said.
    pub(super) moments: Vec<Moment>,
    /// The address that replaced it.
    pub(super) successor: Option<Successor>,
    /// Hashes of all its network message ids, where there are several.
    pub(super) networks: BTreeSet<u64>,
    pub(super) address: String,
}

impl Slot {
    /// A pair of which no row is known.
    pub(super) fn new(message: u64, hash: u64, address: &str) -> Self {
        let pair = Pair { message, ..Pair::EMPTY };
        let (moments, networks) = (Vec::new(), BTreeSet::new());
        Slot { pair, hash, moments, successor: None, networks, address: address.to_owned() }
    }
}

impl Batch {
    /// Place of a pair, if it is at hand.
    fn find(&self, message: u64, hash: u64, address: &str) -> Option<usize> {
        let is_it = |slot: &Slot| slot.hash == hash && slot.address == address;
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
        match self.slots.get_mut(at) {
            Some(slot) => {
                slot.pair = Pair { message, ..Pair::EMPTY };
                (slot.hash, slot.successor) = (hash, None);
                slot.moments.clear();
                slot.networks.clear();
                slot.address.clear();
                slot.address.push_str(address);
            }
            None => self.slots.push(Slot::new(message, hash, address)),
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
        // rows tell most often of the pair that the row before told of
        let is_last =
            room.again && self.batches[part].messages.get(self.last) == Some(&row.message);
        if !is_last {
            self.last = self.place(store, part, row.message, hash, &room.address);
        }
        let slot = &mut self.batches[part].slots[self.last];
        let moment = Moment { second: second(row.first()), row: row.row };
        self.strides.step(store, slot, moment, &room.words);
        if is_other(slot.pair.network, row.network) {
            slot.networks.extend([slot.pair.network, row.network]);
        }
        slot.pair.merge(row, store);
        if !room.successor.is_empty() {
            let hash = store.hasher.hash_one(room.successor.as_str());
            let known = slot.successor.get_or_insert(Successor { hash, moment });
            if moment.cmp(known.moment, store).is_ge() {
                *known = Successor { hash, moment };
            }
        }
    }

    /// Place of a pair in the batch of its part; made if it is not at hand.
    fn place(
        &mut self,
        store: &Store,
        part: usize,
        message: u64,
        hash: u64,
        address: &str,
    ) -> usize {
        if let Some(at) = self.batches[part].find(message, hash, address) {
            return at;
        }
        if self.batches[part].messages.len() == BATCH {
            self.put_away(store, part);
        }
        self.batches[part].push(message, hash, address)
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
        let Batch { messages, slots } = &mut self.batches[part];
        let unions = &mut self.unions;
        store.put(part, &slots[..messages.len()], |kept, new, turns| {
            *unions.entry((kept, new, turns)).or_insert_with(|| store.unite(kept, new, turns))
        });
        messages.clear();
    }
}
