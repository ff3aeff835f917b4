//! The table of all pairs, shared by the workers.

use super::shard::{Order, RowAt, Shard, Update};
use super::table::{Column, Columns, Table};
use super::words::{State, States, Word, Words};
use crate::fact::Evidence;
use crate::trace::statement::Kind;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Parts of the table: enough that two workers rarely want the same one.
const SHARDS: usize = 64;

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
    /// Bytes of the shards, kept up to date now and then.
    held: AtomicUsize,
    limit: usize,
    full: AtomicBool,
}

/// Texts that pairs point to: addresses of peers, sender domains.
#[derive(Debug, Default)]
struct Names {
    known: HashMap<Box<str>, u32, RandomState>,
    texts: Vec<Box<str>>,
}

impl Store {
    /// A table that takes at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Store {
            hasher: RandomState::default(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            words: Mutex::default(),
            states: Mutex::default(),
            names: Mutex::default(),
            sources: Mutex::default(),
            columns: Mutex::default(),
            held: AtomicUsize::new(0),
            limit,
            full: AtomicBool::new(false),
        }
    }

    /// Whether the limit was reached; no new rows are taken then.
    pub fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let shards: usize = self.shards.iter().map(|shard| lock(shard).bytes()).sum();
        shards + lock(&self.words).bytes() + lock(&self.states).bytes()
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The part that an address with this hash belongs to.
    pub(super) fn shard(&self, hash: u64) -> MutexGuard<'_, Shard> {
        lock(&self.shards[part(hash)])
    }

    /// Adds a row to the pair of its message and `address`; `step` gives the state after `state`.
    /// Whether the row is new.
    pub(super) fn add(
        &self,
        row: &Update,
        address: &str,
        successor: Option<&str>,
        step: impl FnOnce(State) -> State,
    ) -> bool {
        let hash = self.hasher.hash_one(address);
        let mut shard = self.shard(hash);
        if row.fingerprint != 0 && !shard.is_new(self.hasher.hash_one((row.fingerprint, hash))) {
            return false;
        }
        let before = shard.len();
        let place = shard.pair(&self.hasher, row.message, address, hash);
        if let Some(successor) = successor {
            shard.successors.insert(place, self.hasher.hash_one(successor));
        }
        if before.is_multiple_of(4096) && shard.len() > before {
            self.measure(shard.bytes());
        }
        if let Some(pair) = shard.get_mut(place) {
            pair.update(row, self);
            pair.state = step(pair.state);
        }
        true
    }

    /// One part now holds `bytes`: the others hold about as much.
    fn measure(&self, bytes: usize) {
        let all = bytes * SHARDS;
        self.held.fetch_max(all, Ordering::Relaxed);
        if all > self.limit {
            self.full.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn word(&self, kind: Kind, value: &str, evidence: &Arc<Evidence>) -> Word {
        lock(&self.words).add(kind, value, evidence)
    }

    pub(super) fn earlier(&self, word: Word, evidence: &Arc<Evidence>) {
        lock(&self.words).earlier(word, evidence);
    }

    pub(super) fn step(&self, state: State, words: &[Word]) -> State {
        lock(&self.states).step(state, words)
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

    /// The table when all rows are in it.
    pub fn into_table(self) -> Table {
        Table {
            shards: self.shards.into_iter().map(inner).collect(),
            hasher: self.hasher,
            words: inner(self.words),
            states: inner(self.states),
            names: inner(self.names).texts,
            sources: inner(self.sources),
            columns: inner(self.columns),
        }
    }

    pub(super) fn is_before(&self, a: RowAt, b: RowAt) -> bool {
        Order::is_before(self, a, b)
    }
}

impl Order for Store {
    fn is_before(&self, a: RowAt, b: RowAt) -> bool {
        if a.source() == b.source() {
            return a.row() < b.row();
        }
        let sources = lock(&self.sources);
        sources.get(a.source() as usize) < sources.get(b.source() as usize)
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
