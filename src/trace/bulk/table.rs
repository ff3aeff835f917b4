//! The table when all rows are in it: nothing changes any more, so nothing is locked.

use super::pair::{Order, Pair, RowAt};
use super::room::Room;
use super::shard::Shard;
use super::states::States;
use super::words::Words;
use crate::fact::Place;
use crate::trace::columns::Field;
use foldhash::fast::RandomState;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::Arc;

/// A column whose spelling is kept, so that evidence names it as the source does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Column {
    Recipient,
    Sender,
    ClientIp,
    FilterIp,
}

impl Column {
    /// The columns that may stand for each, the first that a table has being meant.
    pub(super) const ALL: &'static [(Column, &'static [Field])] = &[
        (Column::Recipient, &[Field::Recipient, Field::RecipientStatus, Field::AccountUpn]),
        (Column::Sender, &[Field::ReturnPath, Field::Sender]),
        (
            Column::ClientIp,
            &[Field::OriginalClientIp, Field::FromIp, Field::SenderIpv4, Field::Data],
        ),
        (Column::FilterIp, &[Field::CustomData, Field::Data]),
    ];
}

/// Spelling of columns by source.
pub(super) type Columns = BTreeMap<(u32, Column), Box<str>>;

/// All pairs.
#[derive(Debug)]
pub struct Table {
    pub(super) shards: Vec<Shard>,
    pub(super) hasher: RandomState,
    pub(super) words: Words,
    pub(super) states: States,
    pub(super) names: Vec<Box<str>>,
    pub(super) sources: Vec<Arc<str>>,
    pub(super) columns: Columns,
    pub(super) room: Room,
}

/// Place of a pair in the table.
pub(super) type At = (usize, u32);

impl Table {
    pub(super) fn text(&self, number: u32) -> Option<&str> {
        self.names.get((number as usize).checked_sub(1)?).map(|text| &**text)
    }

    pub(super) fn source(&self, row: RowAt) -> Arc<str> {
        self.sources.get(row.source() as usize).cloned().unwrap_or_default()
    }

    pub(super) fn source_name(&self, row: RowAt) -> &str {
        self.sources.get(row.source() as usize).map_or("", |source| source)
    }

    /// Number of a source.
    pub(super) fn number_of(&self, source: &str) -> Option<u32> {
        let at = self.sources.iter().position(|known| **known == *source)?;
        u32::try_from(at).ok()
    }

    pub(super) fn column(&self, row: RowAt, column: Column) -> String {
        let name = self.columns.get(&(row.source(), column));
        name.map_or_else(String::new, |name| name.to_string())
    }

    pub(super) fn pair(&self, (shard, place): At) -> Option<&Pair> {
        self.shards.get(shard)?.get(place)
    }

    /// Rows that are known to be a pair's own: the first one, that of its last final event, and those of
    /// the statements that stand.
    pub(super) fn rows(&self, at: At) -> Vec<(Arc<str>, Place)> {
        let Some(pair) = self.pair(at) else { return Vec::new() };
        let moments = self.shards[at.0].moments(at.1);
        let rows = [pair.row, pair.last_row].into_iter().chain(moments.iter().map(|one| one.row));
        rows.map(|row| (self.source(row), Place::Row(row.row()))).collect()
    }

    /// Address of a pair's recipient, in lower case.
    pub(super) fn address(&self, (shard, place): At) -> &str {
        let address = |shard: &'_ Shard| shard.get(place).map(|pair| pair.recipient);
        let Some(shard) = self.shards.get(shard) else { return "" };
        address(shard).map_or("", |recipient| shard.address(recipient))
    }

    /// All pairs with their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (At, &Pair)> {
        (0..self.shards.len()).flat_map(|number| self.iter_shard(number))
    }

    /// The pairs of one part with their places.
    pub(super) fn iter_shard(&self, number: usize) -> impl Iterator<Item = (At, &Pair)> {
        self.shards[number].iter().map(move |(at, pair)| ((number, at), pair))
    }

    /// The part of the table that an address with this hash belongs to.
    pub(super) fn number(&self, hash: u64) -> usize {
        super::store::part(hash)
    }

    /// The pair of `message` and the recipient with this hash.
    pub(super) fn find(&self, message: u64, hash: u64) -> Option<At> {
        let number = self.number(hash);
        Some((number, self.shards.get(number)?.find(&self.hasher, message, hash)?))
    }

    /// Hash of the address that replaced a pair's own.
    pub(super) fn successor(&self, (shard, place): At) -> Option<u64> {
        Some(self.shards.get(shard)?.successor(place)?.hash)
    }

    /// Makes pairs one that are the same: rows that name only the network message id belong to the pair
    /// whose other rows name both, and rows without recipient to the only recipient of their message.
    /// Returns the places of the pairs that were folded into others.
    pub(super) fn join(&mut self) -> HashSet<At, RandomState> {
        let mut joined = self.without_recipient();
        for number in 0..self.shards.len() {
            let pairs = self.same(number).into_iter();
            joined.extend(pairs.map(|(from, to)| ((number, from), (number, to))));
        }
        let mut states = std::mem::take(&mut self.states);
        let before = states.bytes();
        for (from, to) in &joined {
            let Some(slot) = self.shards[from.0].slot(from.1) else { continue };
            let mut shard = std::mem::take(&mut self.shards[to.0]);
            shard.add(to.1, &slot, self, |a, b, turns| states.unite(&self.words, a, b, turns));
            self.shards[to.0] = shard;
        }
        self.room.take(states.bytes() - before);
        self.states = states;
        joined.into_keys().collect()
    }

    /// Gives back the memory of what pairs are found by, if none is to be found any more: that is how
    /// replaced addresses are followed.
    pub(super) fn finish(&mut self) {
        if self.shards.iter().all(Shard::has_no_successor) {
            self.shards.iter_mut().for_each(Shard::finish);
        }
    }

    /// Pairs of one part whose rows name only the network message id, and the pairs that they belong to.
    fn same(&self, number: usize) -> HashMap<u32, u32> {
        let shard = &self.shards[number];
        let mut same: HashMap<u32, u32> = HashMap::new();
        if !shard.network_only {
            return same;
        }
        let alone: HashMap<(u64, u32), u32> = shard
            .iter()
            .filter(|(_, pair)| pair.has(Pair::NETWORK_ONLY))
            .filter(|(_, pair)| !shard.address(pair.recipient).is_empty())
            .map(|(place, pair)| ((pair.network, pair.recipient), place))
            .collect();
        let row = |at: u32| shard.get(at).map(|pair| pair.row).unwrap_or_default();
        for (to, pair) in shard.iter().filter(|(_, pair)| !pair.has(Pair::NETWORK_ONLY)) {
            for network in shard.networks(to) {
                let Some(from) = alone.get(&(network, pair.recipient)) else { continue };
                let known = same.entry(*from).or_insert(to);
                if self.is_before(pair.row, row(*known)) {
                    *known = to;
                }
            }
        }
        same
    }

    /// Pairs without recipient whose message has only one recipient, and that one's pair.
    fn without_recipient(&self) -> HashMap<At, At> {
        let of_nobody: Vec<(At, u64)> = self
            .iter_shard(self.number(self.hasher.hash_one("")))
            .filter(|(at, _)| self.address(*at).is_empty())
            .map(|(at, pair)| (at, pair.message))
            .collect();
        if of_nobody.is_empty() {
            return HashMap::new();
        }
        let wanted: HashSet<u64> = of_nobody.iter().map(|(_, message)| *message).collect();
        let mut only: HashMap<u64, Option<At>> = HashMap::new();
        for (at, pair) in self.iter().filter(|(_, pair)| !pair.has(Pair::NETWORK_ONLY)) {
            let ids = self.shards[at.0].networks(at.1).chain([pair.message]);
            for id in ids.filter(|id| wanted.contains(id)) {
                if !self.address(at).is_empty() {
                    only.entry(id).and_modify(|known| *known = None).or_insert(Some(at));
                }
            }
        }
        let join = |(from, id): (At, u64)| Some((from, only.get(&id).copied()??));
        of_nobody.into_iter().filter_map(join).collect()
    }
}

impl Order for Table {
    fn compare(&self, a: RowAt, b: RowAt) -> Ordering {
        if a.source() == b.source() {
            return a.row().cmp(&b.row());
        }
        self.sources.get(a.source() as usize).cmp(&self.sources.get(b.source() as usize))
    }

    fn sorts_before(&self, a: u32, b: u32) -> bool {
        self.text(a) < self.text(b)
    }
}
