//! One worker's part of the fold: rows in, pairs updated.
//!
//! This runs for every row, so it allocates only for what it meets for the first time.

use super::filter::Filter;
use super::shard::{Pair, RowAt, Update};
use super::store::Store;
use super::table::Column;
use super::words::{State, Word};
use crate::fact::{Evidence, Place};
use crate::trace::columns::Field;
use crate::trace::event::Event;
use crate::trace::format::Format;
use crate::trace::identity;
use crate::trace::observe::{self, Scratch, Sink};
use crate::trace::row::Row;
use crate::trace::statement::Kind;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

/// Folds rows into a [`Store`].
pub struct Worker<'s> {
    store: &'s Store,
    filter: &'s Filter,
    words: Vec<HashMap<Box<str>, Known, RandomState>>,
    steps: HashMap<(State, Word), State, RandomState>,
    names: HashMap<Box<str>, u32, RandomState>,
    source: Option<(Arc<str>, u32)>,
    scratch: Scratch,
    common: Vec<Word>,
    own: Vec<Word>,
    address: String,
    key: String,
    successor: String,
    /// Rows that repeat another one.
    pub duplicates: u64,
    /// Rows that say nothing of any delivery, or that the filters leave out.
    pub silent: u64,
}

/// A statement that this worker has met, and the first row of those it read.
#[derive(Debug, Clone, Copy)]
struct Known {
    word: Word,
    row: RowAt,
}

impl<'s> Worker<'s> {
    /// A worker on `store`.
    pub fn new(store: &'s Store, filter: &'s Filter) -> Self {
        Worker {
            store,
            filter,
            words: Vec::new(),
            steps: HashMap::default(),
            names: HashMap::default(),
            source: None,
            scratch: Scratch::default(),
            common: Vec::new(),
            own: Vec::new(),
            address: String::new(),
            key: String::new(),
            successor: String::new(),
            duplicates: 0,
            silent: 0,
        }
    }

    /// Takes one row.
    pub fn row(&mut self, row: &Row<'_>) {
        if row.format.is_expectation() || self.store.is_full() {
            return;
        }
        let Some(update) = self.update(row) else {
            self.silent += 1;
            return;
        };
        let mut scratch = std::mem::take(&mut self.scratch);
        self.common.clear();
        let mut saying = Saying {
            worker: self,
            row,
            update,
            open: false,
            last: 0,
            delivers: false,
            ip: 0,
            said_any: false,
            repeated: true,
        };
        observe::observe(row, &mut scratch, &mut saying);
        saying.flush();
        let (said_any, repeated) = (saying.said_any, saying.repeated);
        self.scratch = scratch;
        self.silent += u64::from(!said_any);
        self.duplicates += u64::from(said_any && repeated);
    }

    /// What the row says of its message; `None` where it names none or is filtered out.
    fn update(&mut self, row: &Row<'_>) -> Option<Update> {
        let hasher = &self.store.hasher;
        let message = row.get(Field::MessageId).map(identity::message_id);
        let network = observe::network_id(row);
        let network = network.map_or(0, |id| hasher.hash_one(id) | 1);
        let mut flags = 0;
        let message = match message.filter(|id| !id.is_empty()) {
            Some(id) => hasher.hash_one(id),
            None if network != 0 => {
                flags |= Pair::NETWORK_ONLY;
                network
            }
            // a table without either id: the row itself is the message
            None => hasher.hash_one((row.source, row.number)),
        };
        match self.filter.row(row) {
            Some(true) => flags |= Pair::WANTED,
            Some(false) => return None,
            None => {}
        }
        let at = row.time(Field::Time).and_then(Result::ok).map(|at| at.0);
        let source = self.source_number(row);
        let sender = observe::mail_from(row).map_or(0, |sender| {
            let domain = identity::domain(sender);
            self.name(if domain.is_empty() { sender } else { domain })
        });
        let fingerprint =
            if may_repeat(row.format) { self.fingerprint(row, message, at) } else { 0 };
        Some(Update {
            message,
            network,
            at,
            row: RowAt::new(source, row.number),
            last: 0,
            delivers: false,
            ip: 0,
            sender: sender | flags,
            fingerprint,
        })
    }

    fn fingerprint(&self, row: &Row<'_>, message: u64, at: Option<i64>) -> u64 {
        let fields = [
            Field::Event,
            Field::Status,
            Field::RecipientStatus,
            Field::Detail,
            Field::Data,
            Field::ActionType,
            Field::LatestDeliveryLocation,
            Field::DeliveryLocation,
            Field::ReleaseStatus,
            Field::Url,
        ];
        let texts = fields.map(|field| row.get(field).unwrap_or_default());
        self.store.hasher.hash_one((row.format, message, at, texts)) | 1
    }

    fn source_number(&mut self, row: &Row<'_>) -> u32 {
        let source = row.source;
        if let Some((known, number)) = &self.source
            && Arc::ptr_eq(known, source)
        {
            return *number;
        }
        let number = self.store.source(source);
        for (column, fields) in Column::ALL {
            if let Some(name) = fields.iter().find_map(|field| row.column(*field)) {
                self.store.column(number, *column, name);
            }
        }
        self.source = Some((Arc::clone(source), number));
        number
    }

    fn name(&mut self, text: &str) -> u32 {
        self.key.clear();
        self.key.push_str(text);
        self.key.make_ascii_lowercase();
        if let Some(known) = self.names.get(self.key.as_str()) {
            return *known;
        }
        let number = self.store.name(&self.key);
        // texts that are new every time must not fill memory
        if self.names.len() < 1 << 16 {
            self.names.insert(self.key.as_str().into(), number);
        }
        number
    }

    fn word(
        &mut self,
        kind: Kind,
        value: &str,
        field: Field,
        raw: &str,
        row: &Row<'_>,
        at: RowAt,
    ) -> Word {
        let slot = kind as usize;
        if self.words.len() <= slot {
            self.words.resize_with(slot + 1, HashMap::default);
        }
        let evidence = || {
            let name = row.column(field).unwrap_or_default().to_owned();
            Arc::new(Evidence::new(row.source, Place::Row(row.number), name, raw))
        };
        if let Some(known) = self.words[slot].get_mut(value) {
            if self.store.is_before(at, known.row) {
                known.row = at;
                self.store.earlier(known.word, &evidence());
            }
            return known.word;
        }
        let word = self.store.word(kind, value, &evidence());
        self.words[slot].insert(value.into(), Known { word, row: at });
        word
    }

    fn step(&mut self, state: State, word: Word) -> State {
        let store = self.store;
        *self.steps.entry((state, word)).or_insert_with(|| store.step(state, &[word]))
    }
}

/// Exports that people put together from several queries, so that rows may stand there twice (§3).
fn may_repeat(format: Format) -> bool {
    !matches!(format, Format::Extended | Format::TrackingLog)
}

/// Takes the statements of one row.
struct Saying<'w, 's, 'r> {
    worker: &'w mut Worker<'s>,
    row: &'r Row<'r>,
    update: Update,
    open: bool,
    last: u64,
    delivers: bool,
    ip: u32,
    said_any: bool,
    repeated: bool,
}

impl Saying<'_, '_, '_> {
    /// Ends the recipient at hand.
    fn flush(&mut self) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        self.said_any = true;
        let mut update = self.update;
        update.last = self.last.max(update.last);
        update.delivers |= self.delivers;
        if self.ip != 0 {
            update.ip = self.ip;
        }
        let worker = &mut *self.worker;
        if !worker.filter.recipient(&worker.address) {
            self.repeated = false;
            return;
        }
        let common = std::mem::take(&mut worker.common);
        let own = std::mem::take(&mut worker.own);
        let address = std::mem::take(&mut worker.address);
        let successor = std::mem::take(&mut worker.successor);
        let store = worker.store;
        let replaced = Some(successor.as_str()).filter(|text| !text.is_empty());
        let new = store.add(&update, &address, replaced, |state| {
            common.iter().chain(&own).fold(state, |state, word| worker.step(state, *word))
        });
        self.repeated &= !new;
        worker.common = common;
        worker.own = own;
        worker.address = address;
        worker.successor = successor;
    }
}

impl Sink for Saying<'_, '_, '_> {
    fn recipient(&mut self, address: &str) {
        self.flush();
        self.open = true;
        self.last = 0;
        self.delivers = false;
        self.ip = 0;
        self.worker.own.clear();
        self.worker.successor.clear();
        let address = identity::address(address);
        identity::address_key(&address, &mut self.worker.address);
    }

    fn say(&mut self, kind: Kind, value: &str, field: Field, raw: &str) {
        match kind {
            Kind::Cip | Kind::ClientIp => {
                let flag = if kind == Kind::Cip { Pair::BY_FILTER } else { 0 };
                let number = self.worker.name(value);
                let ip = if number == 0 { 0 } else { number | flag };
                let slot = if self.open { &mut self.ip } else { &mut self.update.ip };
                if *slot & Pair::BY_FILTER <= ip & Pair::BY_FILTER {
                    *slot = ip;
                }
            }
            Kind::Successor => {
                let address = identity::address(value);
                identity::address_key(&address, &mut self.worker.successor);
            }
            _ if kind.is_identity() => {}
            _ => {
                if kind == Kind::Event
                    && let Some(event) = Event::parse(value)
                {
                    let last = last_key(event, self.update.at);
                    if self.open {
                        self.last = self.last.max(last);
                        self.delivers |= event == Event::Deliver;
                    }
                }
                let word = self.worker.word(kind, value, field, raw, self.row, self.update.row);
                if self.open {
                    self.worker.own.push(word);
                } else {
                    self.worker.common.push(word);
                }
            }
        }
    }
}

/// Orders final events by second, then phase.
fn last_key(event: Event, at: Option<i64>) -> u64 {
    if !event.is_final() {
        return 0;
    }
    let second = at.map_or(0, |at| at.div_euclid(1_000_000).max(0).unsigned_abs());
    second << 16 | u64::from(event.phase()) << 8 | (event as u64 + 1)
}
