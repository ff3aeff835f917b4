//! One worker's part of the fold: rows in, pairs updated.
//!
//! This runs for every row, so it allocates only for what it meets for the first time.

use super::desk::{Desk, Ids, Met, Room};
use super::filter::Filter;
use super::pair::{After, Pair, RowAt};
use super::pairs::Pairs;
use super::shard::Shard;
use super::store::Store;
use crate::fact::{Evidence, Place};
use crate::trace::assemble::second;
use crate::trace::columns::Field;
use crate::trace::event::Event;
use crate::trace::format::Format;
use crate::trace::identity;
use crate::trace::observe::{self, Sink};
use crate::trace::report::Refusal;
use crate::trace::row::Row;
use crate::trace::statement::Kind;
use std::hash::BuildHasher;
use std::sync::Arc;

/// Folds rows into a [`Store`], which has them all when the worker is dropped.
pub struct Worker<'s> {
    store: &'s Store,
    filter: &'s Filter,
    desk: Desk,
    /// Rows that repeat another one.
    pub duplicates: u64,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.store.keep(std::mem::take(&mut self.desk));
    }
}

impl<'s> Worker<'s> {
    /// A worker on `store`.
    pub fn new(store: &'s Store, filter: &'s Filter) -> Self {
        Worker { store, filter, desk: store.desk(), duplicates: 0 }
    }

    /// Takes one row.
    ///
    /// # Errors
    ///
    /// A cell of the row's time that holds no date.
    pub fn row(&mut self, row: &Row<'_>) -> Result<(), Refusal> {
        if row.format.is_expectation() || self.store.is_full() {
            return Ok(());
        }
        let Some(common) = self.common(row)? else { return Ok(()) };
        let Worker { store, filter, desk, .. } = self;
        let Desk { met, pairs, room, scratch } = desk;
        room.words.clear();
        room.common = 0;
        let (said_any, asked_for) = (false, false);
        let mut saying =
            Saying { store, filter, met, pairs, room, row, common, own: None, said_any, asked_for };
        observe::observe(row, scratch, &mut saying);
        saying.flush();
        if saying.asked_for && may_repeat(row.format) {
            let fingerprint = self.fingerprint(row, &common);
            self.duplicates += u64::from(!self.store.is_new(fingerprint));
        }
        Ok(())
    }

    /// What the row says of its message; `None` where it is filtered out.
    fn common(&mut self, row: &Row<'_>) -> Result<Option<Common>, Refusal> {
        let Ids { message, network } = self.ids(row);
        let mut flags = 0;
        let message = match message {
            id if id != 0 => id,
            _ if network != 0 => {
                flags |= Pair::NETWORK_ONLY;
                network
            }
            // a table without either id: the row itself is the message
            _ => self.store.hasher.hash_one((row.source, row.number)),
        };
        match self.filter.row(row) {
            Some(true) => flags |= Pair::WANTED,
            Some(false) => return Ok(None),
            None => {}
        }
        let met = &mut self.desk.met;
        let hour = &mut met.hour;
        let at = row.time_with(Field::Time, |text, order| hour.parse(text, order));
        let at = match at {
            Some(None) => return Err(row.refuse(Field::Time, "a date and time")),
            at => at.flatten().map(|at| at.0),
        };
        let source = met.source(self.store, row);
        let sender = met.sender(self.store, row);
        Ok(Some(Common {
            message,
            network,
            first: at.unwrap_or(i64::MAX),
            row: RowAt::new(source, row.number),
            sender: sender | flags,
            ip: 0,
        }))
    }

    /// The ids of the row's message: most often those of the row before.
    fn ids(&mut self, row: &Row<'_>) -> Ids {
        let cells = row.ids();
        if let Some(ids) = cells.and_then(|cells| self.desk.met.ids.of(row.format, cells)) {
            return ids;
        }
        let hasher = &self.store.hasher;
        let message =
            row.get(Field::MessageId).map_or(0, |cell| match identity::message_id(cell) {
                "" => 0,
                id => hasher.hash_one(id) | 1,
            });
        let network = observe::network_id(row).map_or(0, |id| hasher.hash_one(id) | 1);
        let ids = Ids { message, network };
        // of others it must be counted how often their content was lost
        if let Some(cells) = cells.filter(|_| message != 0 && network != 0) {
            self.desk.met.ids.keep(row.format, cells, ids);
        }
        ids
    }

    /// What two rows have in common that say the same.
    fn fingerprint(&self, row: &Row<'_>, common: &Common) -> u64 {
        let fields = [
            Field::Recipient,
            Field::AccountUpn,
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
        self.store.hasher.hash_one((row.format, common.message, common.first, texts))
    }
}

/// Exports that people put together from several queries, so that rows may stand there twice (§3).
fn may_repeat(format: Format) -> bool {
    !matches!(format, Format::Extended | Format::TrackingLog)
}

/// What a row says of its message, and so of every recipient; as in [`Pair`].
#[derive(Debug, Clone, Copy)]
struct Common {
    message: u64,
    network: u64,
    first: i64,
    row: RowAt,
    sender: u32,
    ip: u32,
}

/// Takes the statements of one row.
struct Saying<'w, 'r> {
    store: &'w Store,
    filter: &'w Filter,
    met: &'w mut Met,
    pairs: &'w mut Pairs,
    room: &'w mut Room,
    row: &'r Row<'r>,
    /// What holds for every recipient.
    common: Common,
    /// What holds for the recipient at hand.
    own: Option<Pair>,
    said_any: bool,
    /// Whether the filters leave in any of its recipients.
    asked_for: bool,
}

impl Saying<'_, '_> {
    /// Ends the recipient at hand, if there is one.
    #[inline]
    fn flush(&mut self) {
        if self.own.is_some() {
            self.add();
        }
    }

    /// Adds what the row says of the recipient at hand.
    fn add(&mut self) {
        let Some(own) = &mut self.own else { return };
        self.said_any = true;
        if own.ip == 0 {
            own.ip = self.common.ip;
        }
        self.asked_for |= self.filter.recipient(&self.room.address);
        // a row that says again what another said changes nothing; one about a recipient who is not asked
        // for may tell where one who is asked for was redirected to
        self.pairs.add(self.store, own, self.room, self.room.recipient.1);
        self.room.again = true;
        self.own = None;
    }
}

impl Sink for Saying<'_, '_> {
    fn recipient(&mut self, address: &str) {
        self.flush();
        let room = &mut *self.room;
        if !self.said_any {
            room.common = room.words.len();
        }
        room.words.truncate(room.common);
        room.successor.clear();
        let Common { message, network, first, row, sender, .. } = self.common;
        self.own = Some(Pair { message, network, first, row, sender, ..Pair::EMPTY });
        // most often the recipient of the row before
        if room.recipient.1 == 0 || room.recipient.0 != address {
            room.again = false;
            address.clone_into(&mut room.recipient.0);
            key(address, &mut room.address);
            room.recipient.1 = self.store.hasher.hash_one(room.address.as_str());
        }
    }

    fn say(&mut self, kind: Kind, value: &str, field: Field, raw: &str) {
        match self.met.near(kind, value, self.common.row) {
            Some(word) => self.room.words.push(word),
            None => self.say_rarer(kind, value, field, raw),
        }
    }

    fn event(&mut self, event: Event, field: Field, raw: &str) {
        if let Some(own) = &mut self.own {
            // final events are put in order by it
            let second = second(own.first());
            own.end(second, last(event), own.row, self.store);
            // a row that tells several events has one time, that of the receipt
            let timed = own.first != i64::MAX && self.row.format != Format::EnhancedSummary;
            match event {
                Event::Receive if timed => own.received = After::AT_ONCE,
                Event::Deliver if timed => own.delivered = After::AT_ONCE,
                _ => {}
            }
        }
        self.say(Kind::Event, event.name(), field, raw);
    }
}

impl Saying<'_, '_> {
    /// What was not said a moment ago, or is kept in another way.
    #[inline(never)]
    fn say_rarer(&mut self, kind: Kind, value: &str, field: Field, raw: &str) {
        match kind {
            Kind::Cip | Kind::ClientIp => {
                let flag = if kind == Kind::Cip { Pair::BY_FILTER } else { 0 };
                let number = self.met.name(self.store, value);
                let ip = if number == 0 { 0 } else { number | flag };
                let common = &mut self.common.ip;
                let slot = self.own.as_mut().map_or(common, |own| &mut own.ip);
                if *slot & Pair::BY_FILTER <= ip & Pair::BY_FILTER {
                    *slot = ip;
                }
            }
            Kind::Successor => key(value, &mut self.room.successor),
            _ if kind.is_identity() => {}
            _ => {
                let row = self.row;
                let word = self.met.word(self.store, kind, value, self.common.row, || {
                    let name = row.column(field).unwrap_or_default().to_owned();
                    Arc::new(Evidence::new(row.source, Place::Row(row.number), name, raw))
                });
                self.room.words.push(word);
            }
        }
    }
}

/// Writes the key of an address into `key`. Longer ones than the table keeps are no addresses.
fn key(address: &str, key: &mut String) {
    identity::address_key(&identity::address(address), key);
    key.truncate(key.floor_char_boundary(Shard::LONGEST_ADDRESS));
}

/// Phase and code of a final event; 0 for others.
fn last(event: Event) -> u16 {
    if event.is_final() { u16::from(event.phase()) << 8 | (event as u16 + 1) } else { 0 }
}
