//! One part of the table of pairs: the recipients whose hash falls here, and their pairs.
//!
//! Compact, because exports have millions: a pair is 64 bytes, its place in the index 7 to 14, its
//! recipient's address stands once. Both tables grow in chunks, so that growing never doubles them.

use super::pairs::Slot;
use super::words::State;
use foldhash::fast::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

/// What is kept of one (message, recipient).
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// Hash of the Message-ID; of the network message id where [`Pair::NETWORK_ONLY`] is set.
    pub(super) message: u64,
    /// Hash of the network message id, 0 for none.
    pub(super) network: u64,
    /// First row's time, in microseconds; `i64::MAX` for none.
    pub(super) first: i64,
    /// First delivery's time, in microseconds; `i64::MAX` for none.
    pub(super) delivered: i64,
    /// First row: source and number; see [`RowAt`].
    pub(super) row: RowAt,
    /// Last final event: second, phase, event; 0 for none.
    pub(super) last: u64,
    /// Place of the recipient's address in its shard.
    pub(super) recipient: u32,
    /// Its statements.
    pub(super) state: State,
    /// Connecting IP: 0 for none, else its number and [`Pair::BY_FILTER`].
    pub(super) ip: u32,
    /// Domain of the envelope sender: 0 for none. The two highest bits are flags.
    pub(super) sender: u32,
}

impl Pair {
    /// Of `sender`: no row named the Message-ID.
    pub(super) const NETWORK_ONLY: u32 = 1 << 31;
    /// Of `sender`: a row passed the filters that the user asked for.
    pub(super) const WANTED: u32 = 1 << 30;
    /// Of `ip`: the filter named it, which counts more than the trace's own column.
    pub(super) const BY_FILTER: u32 = 1 << 31;

    /// A pair of which no row is known.
    pub(super) const EMPTY: Pair = Pair {
        message: 0,
        network: 0,
        first: i64::MAX,
        delivered: i64::MAX,
        row: RowAt(0),
        last: 0,
        recipient: 0,
        state: 0,
        ip: 0,
        sender: 0,
    };

    pub(super) fn has(&self, flag: u32) -> bool {
        self.sender & flag != 0
    }

    /// Whether no row is known of it.
    pub(super) fn is_empty(&self) -> bool {
        self.row == RowAt(0)
    }
}

/// What decides where two rows or texts differ: the same whatever the order of the work.
pub(super) trait Order {
    /// Whether a row stands before another in source and row order.
    fn is_before(&self, a: RowAt, b: RowAt) -> bool;
    /// Whether one numbered text sorts before another.
    fn sorts_before(&self, a: u32, b: u32) -> bool;
}

impl Pair {
    /// Takes what other rows say; any order of rows gives the same pair. The states are left to the
    /// caller.
    pub(super) fn merge(&mut self, more: &Pair, order: &impl Order) {
        if self.is_empty() || order.is_before(more.row, self.row) {
            self.row = more.row;
        }
        self.first = self.first.min(more.first);
        self.delivered = self.delivered.min(more.delivered);
        // a message may have several network ids; the smallest hash is the same in every order
        if more.network != 0 && (self.network == 0 || more.network < self.network) {
            self.network = more.network;
        }
        self.last = self.last.max(more.last);
        better(&mut self.ip, more.ip, Pair::BY_FILTER, order);
        let flags = Pair::WANTED | Pair::NETWORK_ONLY;
        let mut sender = self.sender & !flags;
        better(&mut sender, more.sender & !flags, 0, order);
        self.sender = sender | (self.sender | more.sender) & flags;
    }
}

/// Keeps the text with the higher rank, of equals the one that sorts first.
fn better(kept: &mut u32, new: u32, rank: u32, order: &impl Order) {
    if *kept == new || new == 0 {
        return;
    }
    let (old_rank, new_rank) = (*kept & rank, new & rank);
    if *kept == 0
        || new_rank > old_rank
        || new_rank == old_rank && order.sorts_before(new & !rank, *kept & !rank)
    {
        *kept = new;
    }
}

/// A source and a row number in one word: 24 bits and 40 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RowAt(u64);

impl RowAt {
    pub(super) fn new(source: u32, row: u64) -> Self {
        RowAt(u64::from(source) << 40 | row & ((1 << 40) - 1))
    }

    pub(super) fn source(self) -> u32 {
        // 24 bits
        (self.0 >> 40) as u32
    }

    pub(super) fn row(self) -> u64 {
        self.0 & ((1 << 40) - 1)
    }
}

/// One part of the table.
#[derive(Debug, Default)]
pub(super) struct Shard {
    names: Chunks<u8, 14>,
    name_index: Index,
    pairs: Chunks<Pair, 9>,
    pair_index: Index,
    /// Hashes of addresses that replaced a pair's own, by the pair's number.
    pub(super) successors: HashMap<u32, u64, RandomState>,
    /// Fingerprints of rows that a repeated export may hold twice.
    rows: HashSet<u64, RandomState>,
    /// Whether some pair may be known by its network message id only.
    pub(super) network_only: bool,
}

impl Shard {
    /// Longest address that is kept, in bytes; the length is kept in two.
    pub(super) const LONGEST_ADDRESS: usize = 1024;

    /// Places of some pairs, in their order; made for those that are new.
    ///
    /// Tables of this size are not in any cache. What is done step by step for all pairs waits for
    /// memory about as long as for one.
    pub(super) fn places(&mut self, hasher: &RandomState, pairs: &[Slot]) -> Vec<u32> {
        let firsts: Vec<u32> = pairs.iter().map(|slot| self.name_index.first(slot.hash)).collect();
        let recipients: Vec<u32> = pairs
            .iter()
            .zip(firsts)
            .map(|(slot, first)| match self.is_name(first, &slot.address) {
                true => first,
                false => self.name(hasher, &slot.address, slot.hash),
            })
            .collect();
        let keys = || pairs.iter().map(|slot| slot.pair.message).zip(&recipients);
        let firsts: Vec<u32> = keys()
            .map(|(message, recipient)| self.pair_index.first(mix(message, *recipient)))
            .collect();
        keys()
            .zip(firsts)
            .map(|((message, recipient), first)| match self.is_pair(first, message, *recipient) {
                true => first,
                false => self.pair(message, *recipient),
            })
            .collect()
    }

    /// The pair of a message and a recipient; made if it is new.
    fn pair(&mut self, message: u64, recipient: u32) -> u32 {
        let hash = mix(message, recipient);
        if let Some(at) = self.pair_index.find(hash, |at| self.is_pair(at, message, recipient)) {
            return at;
        }
        let at = self.pairs.push(&[Pair { message, recipient, ..Pair::EMPTY }]);
        let pairs = &self.pairs;
        self.pair_index.insert(hash, at, |at| {
            pairs.get(at).map_or(0, |pair| mix(pair.message, pair.recipient))
        });
        at
    }

    fn is_pair(&self, at: u32, message: u64, recipient: u32) -> bool {
        let pair = self.pairs.get(at);
        pair.is_some_and(|pair| pair.message == message && pair.recipient == recipient)
    }

    /// The pair of `message` and the recipient whose address has this hash, if there is one.
    pub(super) fn find(&self, hasher: &RandomState, message: u64, hash: u64) -> Option<u32> {
        let recipient =
            self.name_index.find(hash, |at| hasher.hash_one(self.address(at)) == hash)?;
        self.pair_index.find(mix(message, recipient), |at| self.is_pair(at, message, recipient))
    }

    fn name(&mut self, hasher: &RandomState, address: &str, hash: u64) -> u32 {
        let address = &address[..address.floor_char_boundary(Self::LONGEST_ADDRESS)];
        if let Some(at) = self.name_index.find(hash, |at| self.is_name(at, address)) {
            return at;
        }
        let length = u16::try_from(address.len()).unwrap_or(0).to_le_bytes();
        let at = self.names.push_all(&length, address.as_bytes());
        let names = &self.names;
        self.name_index.insert(hash, at, |at| hasher.hash_one(address_at(names, at)));
        at
    }

    fn is_name(&self, at: u32, address: &str) -> bool {
        at != FREE && bytes_at(&self.names, at) == address.as_bytes()
    }

    /// The address at that place.
    pub(super) fn address(&self, at: u32) -> &str {
        address_at(&self.names, at)
    }

    pub(super) fn get(&self, at: u32) -> Option<&Pair> {
        self.pairs.get(at)
    }

    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut Pair> {
        self.pairs.get_mut(at)
    }

    /// All pairs with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Pair)> {
        self.pairs.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.pairs.length
    }

    /// Whether a row with this fingerprint is new.
    pub(super) fn is_new(&mut self, fingerprint: u64) -> bool {
        self.rows.insert(fingerprint)
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.names.bytes()
            + self.pairs.bytes()
            + self.name_index.bytes()
            + self.pair_index.bytes()
            + self.successors.capacity() * 17
            + self.rows.capacity() * 9
    }
}

fn address_at(names: &Chunks<u8, 14>, at: u32) -> &str {
    std::str::from_utf8(bytes_at(names, at)).unwrap_or_default()
}

fn bytes_at(names: &Chunks<u8, 14>, at: u32) -> &[u8] {
    let bytes = names.tail(at);
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return &[] };
    rest.get(..usize::from(u16::from_le_bytes(*length))).unwrap_or_default()
}

/// Mixes a message's hash with a recipient's place.
fn mix(message: u64, recipient: u32) -> u64 {
    (message ^ u64::from(recipient).wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .rotate_left(23)
        .wrapping_mul(0xD6E8_FEB8_6659_FD93)
}

/// A list in chunks that never move, of 2 to the power of `BITS` places.
///
/// The last place stays free: allocators give out powers of two and keep some bytes of a block to
/// themselves or for its alignment, so that a chunk of the full size would take a quarter more.
#[derive(Debug)]
struct Chunks<T, const BITS: u32> {
    chunks: Vec<Vec<T>>,
    length: usize,
}

impl<T, const BITS: u32> Default for Chunks<T, BITS> {
    fn default() -> Self {
        Chunks { chunks: Vec::new(), length: 0 }
    }
}

impl<T: Copy, const BITS: u32> Chunks<T, BITS> {
    /// Items of a chunk.
    const ROOM: usize = (1 << BITS) - 1;

    /// Puts `items` behind each other into one chunk; their place.
    fn push(&mut self, items: &[T]) -> u32 {
        self.push_all(items, &[])
    }

    fn push_all(&mut self, head: &[T], tail: &[T]) -> u32 {
        let room = Self::ROOM;
        let need = head.len() + tail.len();
        if self.chunks.last().is_none_or(|chunk| chunk.len() + need > room) {
            self.chunks.push(Vec::new());
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        if chunk.len() + need > chunk.capacity() {
            // small at first, because most inputs are small; then whole, because what a list outgrows
            // is memory that was touched for nothing
            let more = if number == 0 && chunk.is_empty() { need.max(64) } else { room };
            chunk.reserve_exact(more.min(room) - chunk.len());
        }
        let at = number << BITS | chunk.len();
        chunk.extend_from_slice(head);
        chunk.extend_from_slice(tail);
        self.length += 1;
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn tail(&self, at: u32) -> &[T] {
        let (chunk, item) = Self::split(at);
        self.chunks.get(chunk).and_then(|chunk| chunk.get(item..)).unwrap_or_default()
    }

    fn get(&self, at: u32) -> Option<&T> {
        self.tail(at).first()
    }

    fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        let (chunk, item) = Self::split(at);
        self.chunks.get_mut(chunk)?.get_mut(item)
    }

    fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.chunks.iter().zip(0u32..).flat_map(|(chunk, number)| {
            chunk.iter().zip(0u32..).map(move |(item, at)| (number << BITS | at, item))
        })
    }

    /// Number of the chunk, and place within it.
    fn split(at: u32) -> (usize, usize) {
        ((at >> BITS) as usize, (at & ((1 << BITS) - 1)) as usize)
    }

    fn bytes(&self) -> usize {
        self.chunks.iter().map(Vec::capacity).sum::<usize>() * size_of::<T>()
    }
}

/// Open addressing over places; the items stand elsewhere.
#[derive(Debug, Default)]
struct Index {
    slots: Vec<u32>,
    /// A byte of each item's hash: an item elsewhere is not in any cache, so that nearly all wrong ones
    /// must be told from here.
    tags: Vec<u8>,
    used: usize,
}

const FREE: u32 = u32::MAX;

impl Index {
    /// The item that is looked at first; [`FREE`] where there is none that may be it.
    fn first(&self, hash: u64) -> u32 {
        let Some(mask) = self.slots.len().checked_sub(1) else { return FREE };
        let at = hash as usize & mask;
        // the slot is read in any case: it is looked at next where the item is new
        let item = self.slots[at];
        let other = u32::from(self.tags[at] != tag(hash));
        item | other.wrapping_neg()
    }

    fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                FREE => return None,
                item if self.tags[at] == tag(hash) && is_it(item) => return Some(item),
                _ => at = (at + 1) & mask,
            }
        }
    }

    fn insert(&mut self, hash: u64, item: u32, hash_of: impl Fn(u32) -> u64) {
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            let room = (self.slots.len() * 2).max(64);
            let old = std::mem::replace(&mut self.slots, vec![FREE; room]);
            self.tags = vec![0; room];
            for item in old.into_iter().filter(|item| *item != FREE) {
                self.place(hash_of(item), item);
            }
        }
        self.place(hash, item);
        self.used += 1;
    }

    fn place(&mut self, hash: u64, item: u32) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != FREE {
            at = (at + 1) & mask;
        }
        self.slots[at] = item;
        self.tags[at] = tag(hash);
    }

    fn bytes(&self) -> usize {
        self.slots.len() * size_of::<u32>() + self.tags.len()
    }
}

/// The bits of a hash that place nothing.
fn tag(hash: u64) -> u8 {
    (hash >> 56) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_small() {
        assert_eq!(size_of::<Pair>(), 64);
    }

    fn slot(hasher: &RandomState, message: u64, address: String) -> Slot {
        let pair = Pair { message, ..Pair::EMPTY };
        Slot { pair, hash: hasher.hash_one(address.as_str()), successor: None, address }
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
        let places: Vec<u32> =
            slots.chunks(24).flat_map(|batch| shard.places(&hasher, batch)).collect();
        for (slot, place) in slots.iter().zip(&places) {
            assert_eq!(shard.places(&hasher, std::slice::from_ref(slot)), [*place]);
            assert_eq!(shard.find(&hasher, slot.pair.message, slot.hash), Some(*place));
            let pair = shard.get(*place).unwrap();
            assert_eq!(shard.address(pair.recipient), slot.address);
        }
        assert_eq!(shard.len(), shard.iter().count());
    }

    #[test]
    fn a_chunk_leaves_its_allocator_some_bytes_of_a_power_of_two() {
        let mut chunks = Chunks::<u64, 7>::default();
        let places: Vec<u32> = (0..1000).map(|number| chunks.push(&[number])).collect();
        assert!(chunks.chunks.iter().all(|chunk| chunk.capacity() < 128));
        let found: Vec<u64> = places.iter().filter_map(|at| chunks.get(*at).copied()).collect();
        assert_eq!(found, Vec::from_iter(0..1000));
    }

    #[test]
    fn an_endless_address_is_cut_and_kept() {
        let hasher = RandomState::default();
        let mut shard = Shard::default();
        let slot = slot(&hasher, 1, "é".repeat(100_000));
        let place = shard.places(&hasher, &[slot])[0];
        let pair = shard.get(place).unwrap();
        assert_eq!(shard.address(pair.recipient).len(), 1024);
    }
}
