//! Drafts of groups: what is summed up of pairs with the same story, before the groups are in order.

use super::filter::Filter;
use super::members::{Members, Numbers};
use super::pair::{Order, Pair, RowAt};
use super::states::State;
use super::table::{At, Table};
use super::tally::Tally;
use crate::summary::Quantiles;
use foldhash::fast::RandomState;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

/// Longest chain of replaced addresses that is followed.
const LONGEST_CHAIN: usize = 16;

/// Most parts of the table that are grouped together: few enough to keep all cores busy to the end.
const TOGETHER: usize = 8;

/// Bytes of an entry of a count, roughly: key, number, and what lists keep free.
pub(crate) const ENTRY: usize = 100;
/// Bytes of what a draft is found by, roughly.
const PLACE: usize = 100;

/// What decides how a pair is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) state: State,
    /// Code of the last final event.
    pub(super) last: u8,
    pub(super) delay: u8,
    /// Draft of the recipient that replaced this one, plus one.
    pub(super) followed: u32,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        // all at once: it is done for every pair
        let ending = u128::from(self.last) << 8 | u128::from(self.delay);
        hasher.write_u128(ending << 64 | u128::from(self.followed) << 32 | u128::from(self.state));
    }
}

/// How long the way from receipt to delivery was, as far as rules ask.
fn delay(seconds: Option<f64>) -> u8 {
    match seconds {
        Some(seconds) if seconds >= 1800.0 => 2,
        Some(seconds) if seconds >= 300.0 => 1,
        _ => 0,
    }
}

/// What is summed up before the groups are put in order.
pub(super) struct Draft {
    pub(super) key: Key,
    pub(super) pairs: u64,
    /// Its first pair, and that one's first row.
    pub(super) first: At,
    pub(super) row: RowAt,
    pub(super) hours: Tally<i64>,
    pub(super) delivery: Quantiles,
}

/// Drafts of some parts of the table.
#[derive(Default)]
struct Drafts {
    places: HashMap<Key, usize, RandomState>,
    drafts: Vec<Draft>,
    pairs: u64,
    /// Pairs that were replaced: they wait until all others have their groups.
    replaced: Vec<At>,
}

/// All pairs of a table that are asked for, in drafts.
pub(super) struct Drafted {
    pub(super) drafts: Vec<Draft>,
    pub(super) members: Members,
    /// Number of pairs.
    pub(super) pairs: u64,
    /// Pairs whose address was replaced by another that has a pair of its own.
    pub(super) replaced: u64,
}

/// Puts pairs into drafts.
struct Grouping<'t> {
    table: &'t Table,
    /// `None` where every pair is asked for.
    filter: Option<&'t Filter>,
    /// For each state the one that stands for all that tell the same.
    alike: Vec<State>,
    gone: &'t HashSet<At, RandomState>,
}

impl Drafted {
    /// Drafts of the pairs of `table` that `filter` asks for and that are not `gone`; `None` where they
    /// take more room than there is.
    pub(super) fn of(
        table: &Table,
        filter: &Filter,
        gone: &HashSet<At, RandomState>,
    ) -> Option<Self> {
        let filter = filter.asks_anything().then_some(filter);
        let grouping = Grouping { table, filter, alike: table.states.alike(), gone };
        let shards: Vec<usize> = (0..table.shards.len()).collect();
        let together = TOGETHER.min(shards.len().div_ceil(rayon::current_num_threads())).max(1);
        let parts: Vec<(Drafts, Numbers)> =
            shards.par_chunks(together).map(|shards| grouping.parts(shards)).collect();
        let mut drafts = Drafts::default();
        let mut members = Members::new(together);
        for (part, numbers) in parts {
            members.add(numbers, drafts.merge(part, table));
        }
        let mut replaced = 0;
        for at in std::mem::take(&mut drafts.replaced) {
            if table.room.is_full() {
                break;
            }
            replaced += u64::from(grouping.follow(&mut drafts, &mut members, at));
        }
        // pairs are left out then
        let Drafts { drafts, pairs, .. } = drafts;
        (!table.room.is_full()).then_some(Drafted { drafts, members, pairs, replaced })
    }
}

impl Grouping<'_> {
    /// Groups the pairs of some parts of the table.
    fn parts(&self, shards: &[usize]) -> (Drafts, Numbers) {
        let (mut drafts, mut numbers) = (Drafts::default(), Numbers::default());
        let room = &self.table.room;
        for shard in shards {
            numbers.begin_part();
            for (at, pair) in self.table.iter_shard(*shard) {
                if room.is_full() {
                    break;
                }
                numbers.push(at, self.draft(&mut drafts, at, pair));
            }
        }
        room.take(numbers.bytes());
        (drafts, numbers)
    }

    /// Adds a pair to the draft that it belongs to, if it is asked for and not to be followed.
    fn draft(&self, drafts: &mut Drafts, at: At, pair: &Pair) -> Option<usize> {
        if self.gone.contains(&at) || !self.is_wanted(at, pair) {
            return None;
        }
        drafts.pairs += 1;
        if self.table.successor(at).is_some() {
            drafts.replaced.push(at);
            return None;
        }
        let draft = drafts.draft(self.key(pair, 0), at, pair.row);
        drafts.drafts[draft].add(self.table, at, pair);
        Some(draft)
    }

    /// Groups a pair whose address was replaced: its end is that of the final recipient. Whether that one
    /// has a pair that counts, too.
    fn follow(&self, drafts: &mut Drafts, members: &mut Members, at: At) -> bool {
        let Some(pair) = self.table.pair(at) else { return false };
        let (mut followed, mut is_counted) = (0, false);
        if let Some(last) = last_of_chain(self.table, pair.message, at)
            && let Some(end) = self.table.pair(last)
        {
            // an end that is not asked for is looked at, not counted
            is_counted = self.is_wanted(last, end);
            let group = drafts.draft(self.key(end, 0), last, end.row);
            followed = u32::try_from(group + 1).unwrap_or(0);
        }
        let draft = drafts.draft(self.key(pair, followed), at, pair.row);
        members.insert(at, draft);
        drafts.drafts[draft].add(self.table, at, pair);
        is_counted
    }

    fn key(&self, pair: &Pair, followed: u32) -> Key {
        Key {
            state: self.alike.get(pair.state as usize).copied().unwrap_or(pair.state),
            last: pair.last_code(),
            delay: delay(pair.seconds()),
            followed,
        }
    }

    /// Whether a pair is asked for.
    fn is_wanted(&self, at: At, pair: &Pair) -> bool {
        let table = self.table;
        self.filter.is_none_or(|filter| {
            (!filter.asks_rows() || pair.has(Pair::WANTED))
                && filter.time(pair.first().map(|first| first.0))
                && filter.address(table.text(pair.ip_number()))
                && (filter.recipient.is_none() || filter.recipient(table.address(at)))
        })
    }
}

impl Drafts {
    /// Index of the draft of `key`; `first` is the pair that it starts with, `row` that one's first row.
    fn draft(&mut self, key: Key, first: At, row: RowAt) -> usize {
        *self.places.entry(key).or_insert_with(|| {
            self.drafts.push(Draft {
                key,
                pairs: 0,
                first,
                row,
                hours: Tally::default(),
                delivery: Quantiles::default(),
            });
            self.drafts.len() - 1
        })
    }

    /// Adds the drafts of other parts of the table: the number that each has here.
    fn merge(&mut self, other: Drafts, table: &Table) -> Vec<usize> {
        self.pairs += other.pairs;
        self.replaced.extend(other.replaced);
        let add = |more: Draft| {
            let draft = self.draft(more.key, more.first, more.row);
            self.drafts[draft].merge(more, table);
            draft
        };
        other.drafts.into_iter().map(add).collect()
    }
}

/// Follows replaced addresses to the last one that has a pair.
fn last_of_chain(table: &Table, message: u64, from: At) -> Option<At> {
    let mut at = from;
    let mut last = None;
    for _ in 0..LONGEST_CHAIN {
        let Some(next) = table.successor(at).and_then(|hash| table.find(message, hash)) else {
            break;
        };
        last = Some(next);
        at = next;
    }
    last.filter(|last| table.successor(*last).is_none())
}

impl Draft {
    fn add(&mut self, table: &Table, at: At, pair: &Pair) {
        let (is_new, counted) = (self.pairs == 0, self.hours.len());
        self.pairs += 1;
        self.begin(table, at, pair.row);
        if pair.first != i64::MAX {
            self.hours.count(pair.first.div_euclid(3_600_000_000));
        }
        // a delivery's seconds are shown to a tenth
        if let Some(seconds) = pair.seconds() {
            self.delivery.add(seconds as f32);
        }
        let more = if is_new { self.bytes() } else { (self.hours.len() - counted) * ENTRY };
        // all threads count in one place, which is asked for only where there is something to count
        if more > 0 {
            table.room.take(more);
        }
    }

    /// Bytes held, roughly.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Draft>() + PLACE + self.hours.len() * ENTRY
    }

    /// Adds the pairs of another part of the table.
    fn merge(&mut self, more: Draft, table: &Table) {
        self.pairs += more.pairs;
        self.begin(table, more.first, more.row);
        self.hours.merge(more.hours);
        self.delivery.merge(&more.delivery);
    }

    /// Makes the pair at `at`, whose first row is `row`, the first one if it stands before that.
    fn begin(&mut self, table: &Table, at: At, row: RowAt) {
        if table.is_before(row, self.row)
            || row == self.row && table.address(at) < table.address(self.first)
        {
            (self.first, self.row) = (at, row);
        }
    }
}
