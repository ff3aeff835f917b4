//! The table when all rows are in it: nothing changes any more, so nothing is locked.

use super::pair::{Order, Pair, RowAt};
use super::shard::Shard;
use super::states::States;
use super::words::Words;
use crate::trace::columns::Field;
use foldhash::fast::RandomState;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
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

    /// Rows that name only the network message id belong to the pair whose other rows name both.
    /// Returns the places of the pairs that were folded into others.
    pub(super) fn join_by_network_id(&mut self) -> HashSet<At, RandomState> {
        let mut gone = HashSet::default();
        for number in 0..self.shards.len() {
            for (to, from) in joinable(&self.shards[number]) {
                self.fold(number, to, from);
                gone.insert((number, from));
            }
        }
        gone
    }

    /// Makes two pairs of one part one: `from`'s facts go to `to`.
    fn fold(&mut self, number: usize, to: u32, from: u32) {
        let mut shard = std::mem::take(&mut self.shards[number]);
        let mut states = std::mem::take(&mut self.states);
        shard.fold(to, from, self, |a, b, turns| states.unite(&self.words, a, b, turns));
        (self.shards[number], self.states) = (shard, states);
    }
}

/// Pairs of one shard that are the same, as (kept, folded).
fn joinable(shard: &Shard) -> Vec<(u32, u32)> {
    if !shard.network_only {
        return Vec::new();
    }
    let alone: HashMap<(u64, u32), u32> = shard
        .iter()
        .filter(|(_, pair)| pair.has(Pair::NETWORK_ONLY))
        .map(|(place, pair)| ((pair.network, pair.recipient), place))
        .collect();
    shard
        .iter()
        .filter(|(_, pair)| !pair.has(Pair::NETWORK_ONLY) && pair.network != 0)
        .filter_map(|(place, pair)| Some((place, *alone.get(&(pair.network, pair.recipient))?)))
        .collect()
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
