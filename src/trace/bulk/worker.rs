//! One worker's part of the fold: rows in, pairs updated.
//!
//! This runs for every row, so it allocates only for what it meets for the first time.

use super::desk::{Desk, Ids};
use super::filter::Filter;
use super::pair::{After, Pair, RowAt};
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
        let Some((common, fingerprint)) = self.common(row)? else { return Ok(()) };
        let mut scratch = std::mem::take(&mut self.desk.room.scratch);
        self.desk.room.words.clear();
        self.desk.room.common = 0;
        let mut saying = Saying {
            worker: self,
            row,
            second: second(common.first()),
            common,
            own: Pair::EMPTY,
            open: false,
            said_any: false,
            asked_for: false,
        };
        observe::observe(row, &mut scratch, &mut saying);
        saying.flush();
        let asked_for = saying.asked_for;
        self.desk.room.scratch = scratch;
        let is_repeated = asked_for && fingerprint != 0 && !self.store.is_new(fingerprint);
        self.duplicates += u64::from(is_repeated);
        Ok(())
    }

    /// What the row says of its message, as a pair without recipient, and the row's fingerprint;
    /// `None` where it is filtered out.
    fn common(&mut self, row: &Row<'_>) -> Result<Option<(Pair, u64)>, Refusal> {
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
        let minute = &mut self.desk.minute;
        let at = row.time_with(Field::Time, |text, order| minute.parse(text, order));
        let at = match at {
            Some(None) => return Err(row.refuse(Field::Time, "a date and time")),
            at => at.flatten().map(|at| at.0),
        };
        let source = self.desk.source(self.store, row);
        let sender =
            observe::mail_from(row).map_or(0, |sender| self.desk.sender(self.store, sender));
        let fingerprint =
            if may_repeat(row.format) { self.fingerprint(row, message, at) } else { 0 };
        let common = Pair {
            message,
            network,
            first: at.unwrap_or(i64::MAX),
            row: RowAt::new(source, row.number),
            sender: sender | flags,
            ..Pair::EMPTY
        };
        Ok(Some((common, fingerprint)))
    }

    /// The ids of the row's message: most often those of the row before.
    fn ids(&mut self, row: &Row<'_>) -> Ids {
        let cells = row.ids();
        if let Some(ids) = cells.and_then(|cells| self.desk.ids.of(row.format, cells)) {
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
            self.desk.ids.keep(row.format, cells, ids);
        }
        ids
    }

    /// What two rows have in common that say the same; 0 where rows are not looked at so.
    fn fingerprint(&self, row: &Row<'_>, message: u64, at: Option<i64>) -> u64 {
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
        self.store.hasher.hash_one((row.format, message, at, texts)) | 1
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
    /// By which final events are put in order.
    second: u32,
    /// What holds for every recipient.
    common: Pair,
    /// What holds for the recipient at hand.
    own: Pair,
    open: bool,
    said_any: bool,
    /// Whether the filters leave in any of its recipients.
    asked_for: bool,
}

impl Saying<'_, '_, '_> {
    /// Ends the recipient at hand.
    fn flush(&mut self) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        self.said_any = true;
        if self.own.ip == 0 {
            self.own.ip = self.common.ip;
        }
        let Worker { store, filter, desk, .. } = &mut *self.worker;
        self.asked_for |= filter.recipient(&desk.room.address);
        // a row that says again what another said changes nothing; one about a recipient who is not asked
        // for may tell where one who is asked for was redirected to
        desk.pairs.add(store, &self.own, &desk.room, desk.room.recipient.1);
    }
}

impl Sink for Saying<'_, '_, '_> {
    fn recipient(&mut self, address: &str) {
        self.flush();
        let room = &mut self.worker.desk.room;
        if !self.said_any {
            room.common = room.words.len();
        }
        room.words.truncate(room.common);
        room.successor.clear();
        self.open = true;
        self.own = Pair { ip: 0, ..self.common };
        // most often the recipient of the row before
        if room.recipient.1 == 0 || room.recipient.0 != address {
            address.clone_into(&mut room.recipient.0);
            key(address, &mut room.address);
            room.recipient.1 = self.worker.store.hasher.hash_one(room.address.as_str());
        }
    }

    fn say(&mut self, kind: Kind, value: &str, field: Field, raw: &str) {
        let Worker { store, desk, .. } = &mut *self.worker;
        match kind {
            Kind::Cip | Kind::ClientIp => {
                let flag = if kind == Kind::Cip { Pair::BY_FILTER } else { 0 };
                let number = desk.name(store, value);
                let ip = if number == 0 { 0 } else { number | flag };
                let slot = if self.open { &mut self.own.ip } else { &mut self.common.ip };
                if *slot & Pair::BY_FILTER <= ip & Pair::BY_FILTER {
                    *slot = ip;
                }
            }
            Kind::Successor => key(value, &mut desk.room.successor),
            _ if kind.is_identity() => {}
            _ => {
                let row = self.row;
                let word = desk.word(store, kind, value, self.common.row, || {
                    let name = row.column(field).unwrap_or_default().to_owned();
                    Arc::new(Evidence::new(row.source, Place::Row(row.number), name, raw))
                });
                desk.room.words.push(word);
            }
        }
    }

    fn event(&mut self, event: Event, field: Field, raw: &str) {
        if self.open {
            let (second, row) = (self.second, self.own.row);
            self.own.end(second, last(event), row, self.worker.store);
            // a row that tells several events has one time, that of the receipt
            let timed = self.own.first != i64::MAX && self.row.format != Format::EnhancedSummary;
            match event {
                Event::Receive if timed => self.own.received = After::AT_ONCE,
                Event::Deliver if timed => self.own.delivered = After::AT_ONCE,
                _ => {}
            }
        }
        self.say(Kind::Event, event.name(), field, raw);
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
