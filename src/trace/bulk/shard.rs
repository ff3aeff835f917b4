//! One part of the table of pairs: the recipients whose hash falls here, and their pairs.
//!
//! Compact, because exports have millions: a pair is 80 bytes, its place in the index 7 to 14, its
//! recipient's address stands once.

use super::chunks::{Chunks, Texts};
use super::moment::{Moment, Turns};
use super::pair::{Order, Pair};
use super::pairs::Slot;
use super::states::State;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::BuildHasher;

/// The address that replaced another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Successor {
    /// Its hash.
    pub(super) hash: u64,
    /// When it was told.
    pub(super) moment: Moment,
}

/// Bits of a pair's place in its chunk of 20 KiB: an allocator that divides half a MiB loses little with these.
pub(super) const PAIRS: u32 = 8;

/// One part of the table.
#[derive(Debug, Default)]
pub(super) struct Shard {
    addresses: Texts,
    address_index: HashTable<u32>,
    pairs: Chunks<Pair, PAIRS>,
    pair_index: HashTable<u32>,
    /// Addresses that replaced a pair's own, by the pair's number.
    successors: HashMap<u32, Successor, RandomState>,
    /// Hashes of all network message ids, of pairs that have several.
    networks: HashMap<u32, BTreeSet<u64>, RandomState>,
    /// Moments behind the first, of pairs that have too many for the pair itself.
    moments: HashMap<u32, Box<[Moment]>, RandomState>,
    /// Fingerprints of rows that a repeated export may hold twice.
    rows: HashSet<u64, RandomState>,
    /// Whether some pair may be known by its network message id only.
    pub(super) network_only: bool,
}

impl Shard {
    /// Longest address that is kept, in bytes.
    pub(super) const LONGEST_ADDRESS: usize = 1024;

    /// Adds what is known of some pairs, no pair standing there twice; `unite` gives the union of two states,
    /// and which of their moments it has.
    ///
    /// Tables of this size are not in any cache. What is done step by step for all pairs waits for
    /// memory about as long as for one.
    pub(super) fn put(
        &mut self,
        hasher: &RandomState,
        slots: &[Slot],
        order: &impl Order,
        mut unite: impl FnMut(State, State, Turns) -> (State, u64),
    ) {
        let known: Vec<Option<u32>> =
            slots.iter().map(|slot| self.find_recipient(&slot.address, slot.hash)).collect();
        let recipients: Vec<u32> = slots
            .iter()
            .zip(known)
            .map(|(slot, known)| {
                known.unwrap_or_else(|| self.recipient(hasher, &slot.address, slot.hash))
            })
            .collect();
        let slots = slots.iter().zip(recipients);
        let known: Vec<Option<u32>> = slots
            .clone()
            .map(|(slot, recipient)| self.find_pair(slot.pair.message, recipient))
            .collect();
        for ((slot, recipient), known) in slots.zip(known) {
            match known {
                Some(at) => self.add(at, slot, order, &mut unite),
                None => self.begin(recipient, slot, order),
            }
        }
    }

    /// Adds a pair that is new here.
    fn begin(&mut self, recipient: u32, slot: &Slot, order: &impl Order) {
        let at = self.pairs.push(Pair { recipient, ..slot.pair });
        let all = || self.pairs.iter().map(|(at, pair)| (mix(pair.message, pair.recipient), at));
        insert(&mut self.pair_index, mix(slot.pair.message, recipient), at, all);
        self.keep_moments(at, &slot.moments);
        self.keep_rarer(at, slot, 0, order);
    }

    /// Keeps what few pairs have; `network` is the hash of the network message id that the pair had before.
    fn keep_rarer(&mut self, at: u32, slot: &Slot, network: u64, order: &impl Order) {
        let more = &slot.pair;
        if is_other(network, more.network) || !slot.networks.is_empty() {
            let known = self.networks.entry(at).or_default();
            known.extend([network, more.network].iter().filter(|network| **network != 0));
            known.extend(&slot.networks);
        }
        self.network_only |= more.has(Pair::NETWORK_ONLY);
        if let Some(successor) = slot.successor {
            self.replace(at, successor, order);
        }
    }

    fn find_pair(&self, message: u64, recipient: u32) -> Option<u32> {
        let own = |pair: &Pair| pair.message == message && pair.recipient == recipient;
        let is_it = |at: &u32| self.pairs.get(*at).is_some_and(own);
        self.pair_index.find(mix(message, recipient), is_it).copied()
    }

    /// The pair of `message` and the recipient whose address has this hash, if there is one.
    pub(super) fn find(&self, hasher: &RandomState, message: u64, hash: u64) -> Option<u32> {
        let is_it = |at: &u32| hasher.hash_one(self.address(*at)) == hash;
        let recipient = self.address_index.find(hash, is_it)?;
        self.find_pair(message, *recipient)
    }

    /// The place of an address; added if it is new.
    fn recipient(&mut self, hasher: &RandomState, address: &str, hash: u64) -> u32 {
        if let Some(at) = self.find_recipient(address, hash) {
            return at;
        }
        let at = self.addresses.push(kept(address));
        let all = || self.addresses.iter().map(|(at, text)| (hasher.hash_one(text), at));
        insert(&mut self.address_index, hash, at, all);
        at
    }

    fn find_recipient(&self, address: &str, hash: u64) -> Option<u32> {
        let address = kept(address);
        self.address_index.find(hash, |at| self.addresses.get(*at) == address).copied()
    }

    /// The address at that place.
    pub(super) fn address(&self, at: u32) -> &str {
        self.addresses.get(at)
    }

    /// The address that replaced a pair's own.
    pub(super) fn successor(&self, at: u32) -> Option<Successor> {
        self.successors.get(&at).copied()
    }

    pub(super) fn get(&self, at: u32) -> Option<&Pair> {
        self.pairs.get(at)
    }

    /// Adds what others know of a pair; `unite` gives the union of two states, and which of their
    /// moments it has.
    pub(super) fn add(
        &mut self,
        at: u32,
        slot: &Slot,
        order: &impl Order,
        mut unite: impl FnMut(State, State, Turns) -> (State, u64),
    ) {
        let Some(Pair { state, network, .. }) = self.pairs.get(at).copied() else { return };
        self.keep_rarer(at, slot, network, order);
        let own = self.moments(at);
        let turns = Turns::of(&own, &slot.moments, order);
        let (state, kept) = unite(state, slot.pair.state, turns);
        let moments = turns.merge(&own, &slot.moments, kept);
        if let Some(pair) = self.pairs.get_mut(at) {
            pair.merge(&slot.pair, order);
            pair.state = state;
            self.keep_moments(at, &moments);
        }
    }

    /// What is known of a pair, to be added to another that it turned out to be.
    pub(super) fn slot(&self, at: u32) -> Option<Slot> {
        let pair = *self.pairs.get(at)?;
        Some(Slot {
            pair: Pair { sender: pair.sender & !Pair::NETWORK_ONLY, ..pair },
            moments: self.moments(at),
            successor: self.successor(at),
            networks: self.networks.get(&at).cloned().unwrap_or_default(),
            ..Slot::new(pair.message, 0, self.address(pair.recipient))
        })
    }

    /// Whether no pair's address was replaced.
    pub(super) fn has_no_successor(&self) -> bool {
        self.successors.is_empty()
    }

    /// Forgets what pairs and addresses are found by.
    pub(super) fn finish(&mut self) {
        (self.address_index, self.pair_index) = Default::default();
    }

    /// Hashes of a pair's network message ids.
    pub(super) fn networks(&self, at: u32) -> impl Iterator<Item = u64> {
        let one = self.pairs.get(at).map(|pair| pair.network).filter(|network| *network != 0);
        let all = self.networks.get(&at);
        one.filter(|_| all.is_none()).into_iter().chain(all.into_iter().flatten().copied())
    }

    /// Tells which address replaced that of a pair; the last one counts.
    fn replace(&mut self, at: u32, successor: Successor, order: &impl Order) {
        let known = self.successors.entry(at).or_insert(successor);
        if successor.moment.cmp(known.moment, order).is_ge() {
            *known = successor;
        }
    }

    /// The moments of a pair, in order.
    pub(super) fn moments(&self, at: u32) -> Vec<Moment> {
        let Some(pair) = self.pairs.get(at) else { return Vec::new() };
        pair.moments(self.moments.get(&at).map_or(&[], |many| many))
    }

    /// Keeps the moments of a pair.
    fn keep_moments(&mut self, at: u32, moments: &[Moment]) {
        let Some(pair) = self.pairs.get_mut(at) else { return };
        let was_crowded = pair.is_crowded();
        match pair.keep_moments(moments) {
            [] if was_crowded => drop(self.moments.remove(&at)),
            [] => {}
            many => drop(self.moments.insert(at, many.into())),
        }
    }

    /// All pairs with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Pair)> {
        self.pairs.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Number of pairs and fingerprints.
    pub(super) fn items(&self) -> usize {
        self.pairs.len() + self.rows.len()
    }

    /// Whether a row with this fingerprint is new.
    pub(super) fn is_new(&mut self, fingerprint: u64) -> bool {
        self.rows.insert(fingerprint)
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.addresses.bytes()
            + self.pairs.bytes()
            + self.address_index.allocation_size()
            + self.pair_index.allocation_size()
            + self.successors.capacity() * (size_of::<(u32, Successor)>() + 1)
            + self.moments.capacity() * (size_of::<(u32, Box<[Moment]>)>() + 1)
            + self.moments.values().map(|many| size_of_val(&**many) + 16).sum::<usize>()
            + self.networks.values().map(|all| 64 + all.len() * 16).sum::<usize>()
            + self.rows.capacity() * 9
    }
}

/// Whether two network message ids, 0 being none, are not the same.
pub(super) fn is_other(a: u64, b: u64) -> bool {
    a != b && a != 0 && b != 0
}

/// Adds a place to a table; `all` gives the hashes and places of all items, this one among them, in the order
/// in which they stand in memory. A table that grows by itself asks for them in its own order, where each is
/// far from the one before.
fn insert<A: Iterator<Item = (u64, u32)>>(
    table: &mut HashTable<u32>,
    hash: u64,
    item: u32,
    all: impl FnOnce() -> A,
) {
    // there is room, so that no hash of a place that is in the table is asked for
    let add = |table: &mut HashTable<u32>, hash: u64, item: u32| {
        table.insert_unique(hash, item, |_| hash);
    };
    if table.len() < table.capacity() {
        return add(table, hash, item);
    }
    // most inputs are small; those that are not do not stay so for long
    let times = if table.capacity() < 2048 { 8 } else { 2 };
    *table = HashTable::with_capacity((table.capacity() * times).max(56));
    all().for_each(|(hash, item)| add(table, hash, item));
}

/// As much of an address as is kept.
fn kept(address: &str) -> &str {
    &address[..address.floor_char_boundary(Shard::LONGEST_ADDRESS)]
}

/// Mixes a message's hash with a recipient's place.
fn mix(message: u64, recipient: u32) -> u64 {
    (message ^ u64::from(recipient).wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .rotate_left(23)
        .wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

#[cfg(test)]
mod tests {
    use super::super::store::Store;
    use super::*;

    fn slot(hasher: &RandomState, message: u64, address: String) -> Slot {
        Slot::new(message, hasher.hash_one(address.as_str()), &address)
    }

    fn put(shard: &mut Shard, hasher: &RandomState, slots: &[Slot]) {
        let store = Store::new(usize::MAX);
        shard.put(hasher, slots, &store, |state, _, _| (state, u64::MAX));
    }

    #[test]
    fn pairs_and_addresses_are_found_again_among_many() {
        let hasher = RandomState::default();
        let mut shard = Shard::default();
        let slots: Vec<Slot> = (0..40_000u64)
            .map(|number| {
                let address = format!("user{}@contoso.example", number % 9_000);
                slot(&hasher, number % 7_919, address)
            })
            .collect();
        for _ in 0..2 {
            slots.chunks(24).for_each(|batch| put(&mut shard, &hasher, batch));
            for slot in &slots {
                let place = shard.find(&hasher, slot.pair.message, slot.hash).unwrap();
                let pair = shard.get(place).unwrap();
                assert_eq!(pair.message, slot.pair.message);
                assert_eq!(shard.address(pair.recipient), slot.address);
            }
            assert_eq!((shard.len(), shard.iter().count()), (slots.len(), slots.len()));
        }
    }

    #[test]
    fn an_endless_address_is_cut_and_kept() {
        let hasher = RandomState::default();
        let mut shard = Shard::default();
        let slot = slot(&hasher, 1, "é".repeat(100_000));
        put(&mut shard, &hasher, &[slot]);
        let (_, pair) = shard.iter().next().unwrap();
        assert_eq!(shard.address(pair.recipient).len(), 1024);
    }
}
