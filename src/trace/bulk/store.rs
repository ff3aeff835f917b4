//! The table of all pairs, shared by the workers.

use super::desk::Desk;
use super::moment::Turns;
use super::pair::{Order, RowAt};
use super::pairs::Slot;
use super::room::Room;
use super::shard::Shard;
use super::states::{State, States};
use super::table::{Column, Columns, Table};
use super::words::{Word, Words};
use crate::fact::Evidence;
use crate::trace::statement::Kind;
use foldhash::fast::RandomState;
use std::cmp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// Parts of the table: enough that two workers rarely want the same one.
const SHARDS: usize = 64;

/// Pairs and fingerprints of a part after which its bytes are counted again.
const MEASURED: usize = 4096;

/// What all workers share.
#[derive(Debug)]
pub struct Store {
    pub(super) hasher: RandomState,
    shards: Vec<Mutex<Shard>>,
    words: Mutex<Words>,
    states: Mutex<States>,
    names: Mutex<Names>,
    sources: Mutex<Vec<Arc<str>>>,
    columns: Mutex<Columns>,
    /// Those that no worker has at this moment, by the thread that had them last.
    desks: Mutex<HashMap<ThreadId, Desk>>,
    room: Room,
}

/// Texts that pairs point to: addresses of peers, sender domains.
#[derive(Debug, Default)]
struct Names {
    known: HashMap<Box<str>, u32, RandomState>,
    texts: Vec<Box<str>>,
}

impl Store {
    /// A table that takes at most `limit` bytes, with what is made of it.
    pub fn new(limit: usize) -> Self {
        Store {
            hasher: RandomState::default(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            words: Mutex::default(),
            states: Mutex::default(),
            names: Mutex::default(),
            sources: Mutex::default(),
            columns: Mutex::default(),
            desks: Mutex::default(),
            room: Room::new(limit),
        }
    }

    /// Whether the limit was reached; no new rows are taken then.
    pub fn is_full(&self) -> bool {
        self.room.is_full()
    }

    /// Number of pairs in the table; workers have some more at hand.
    pub fn pairs(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// What a worker needs; see [`Desk`]. A thread gets the one that it had before, which its core has
    /// in its cache, else one that is left of another.
    pub(super) fn desk(&self) -> Desk {
        let mut desks = lock(&self.desks);
        let own = desks.remove(&thread::current().id());
        let other = |desks: &HashMap<ThreadId, Desk>| desks.keys().next().copied();
        own.or_else(|| other(&desks).and_then(|other| desks.remove(&other))).unwrap_or_default()
    }

    /// Keeps a desk for the thread's next worker.
    pub(super) fn keep(&self, desk: Desk) {
        let before = lock(&self.desks).insert(thread::current().id(), desk);
        // of a thread that has two workers at once
        if let Some(mut before) = before {
            before.pairs.clear(self);
        }
    }

    /// Whether no row had this fingerprint before.
    pub(super) fn is_new(&self, fingerprint: u64) -> bool {
        let mut shard = lock(&self.shards[part(fingerprint)]);
        let before = shard.items();
        let is_new = shard.is_new(fingerprint);
        self.measure(&shard, before);
        is_new
    }

    /// Adds what is known of some pairs, different ones of one part; `unite` is [`Store::unite`].
    pub(super) fn put(
        &self,
        part: usize,
        pairs: &[Slot],
        unite: impl FnMut(State, State, Turns) -> (State, u64),
    ) {
        let mut shard = lock(&self.shards[part]);
        let before = shard.items();
        shard.put(&self.hasher, pairs, self, unite);
        self.measure(&shard, before);
    }

    /// Measures a part that had `before` items, now and then: the others hold about as much.
    fn measure(&self, shard: &Shard, before: usize) {
        if before.div_ceil(MEASURED) != shard.items().div_ceil(MEASURED) {
            self.room.measure(shard.bytes() * SHARDS);
        }
    }

    pub(super) fn word(&self, kind: Kind, value: &str, evidence: &Arc<Evidence>) -> Word {
        let mut words = lock(&self.words);
        let before = words.bytes();
        let word = words.add(kind, value, evidence);
        self.room.take(words.bytes().saturating_sub(before));
        word
    }

    pub(super) fn earlier(&self, word: Word, evidence: &Arc<Evidence>) {
        lock(&self.words).earlier(word, evidence);
    }

    /// See [`States::unite`].
    pub(super) fn unite(&self, a: State, b: State, turns: Turns) -> (State, u64) {
        let words = lock(&self.words);
        let mut states = lock(&self.states);
        let before = states.bytes();
        let united = states.unite(&words, a, b, turns);
        self.room.take(states.bytes() - before);
        united
    }

    /// What `state` becomes by a row that says `said`; see [`States::unite`]. The row's moment is at
    /// `place` among `count`, where it may be `known`.
    pub(super) fn step(
        &self,
        state: State,
        said: &[Word],
        count: usize,
        (place, known): (usize, bool),
    ) -> (State, u64) {
        let words = lock(&self.words);
        let mut states = lock(&self.states);
        let before = states.bytes();
        let row = states.row(&words, said);
        let united = states.unite(&words, state, row, Turns::with_one(count, place, known));
        self.room.take(states.bytes() - before);
        united
    }

    /// Number of a text; 0 where there are too many to number.
    pub(super) fn name(&self, text: &str) -> u32 {
        let mut names = lock(&self.names);
        if let Some(known) = names.known.get(text) {
            return *known;
        }
        let Some(next) = u32::try_from(names.texts.len() + 1).ok().filter(|next| *next < 1 << 30)
        else {
            return 0;
        };
        names.texts.push(text.into());
        names.known.insert(text.into(), next);
        // with the entry, which is there twice, and what lists keep free
        self.room.take(2 * text.len() + 160);
        next
    }

    pub(super) fn source(&self, source: &Arc<str>) -> u32 {
        let mut sources = lock(&self.sources);
        if let Some(known) = sources.iter().position(|known| known == source) {
            return u32::try_from(known).unwrap_or(0);
        }
        sources.push(Arc::clone(source));
        u32::try_from(sources.len() - 1).unwrap_or(0)
    }

    /// Keeps how a source spells a column; the first table of the source counts.
    pub(super) fn column(&self, source: u32, column: Column, name: &str) {
        lock(&self.columns).entry((source, column)).or_insert_with(|| name.into());
    }

    /// Takes into the table what workers that have left had at hand.
    pub fn settle(&self) {
        let desks = std::mem::take(&mut *lock(&self.desks));
        desks.into_values().for_each(|mut desk| desk.pairs.clear(self));
    }

    /// The table when all rows are in it.
    pub fn into_table(self) -> Table {
        self.settle();
        Table {
            shards: self.shards.into_iter().map(inner).collect(),
            hasher: self.hasher,
            words: inner(self.words),
            states: inner(self.states),
            names: inner(self.names).texts,
            sources: inner(self.sources),
            columns: inner(self.columns),
            room: self.room,
        }
    }
}

impl Order for Store {
    fn compare(&self, a: RowAt, b: RowAt) -> cmp::Ordering {
        if a.source() == b.source() {
            return a.row().cmp(&b.row());
        }
        let sources = lock(&self.sources);
        sources.get(a.source() as usize).cmp(&sources.get(b.source() as usize))
    }

    fn sorts_before(&self, a: u32, b: u32) -> bool {
        let names = lock(&self.names);
        let text = |number: u32| names.texts.get((number as usize).wrapping_sub(1));
        text(a) < text(b)
    }
}

fn inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The part of an address with this hash; the low bits place it within the part.
pub(super) fn part(hash: u64) -> usize {
    (hash >> 48) as usize % SHARDS
}

/// A worker that panicked leaves its part as it was: every update is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
