//! Pairs with the same story, put together: what is judged once counts for all of them.

use super::chunks::Chunks;
use super::filter::Filter;
use super::pair::{Order, Pair, RowAt};
use super::shard::PAIRS;
use super::states::State;
use super::table::{At, Table};
use super::tally::Tally;
use crate::fact::{Evidence, Place};
use crate::summary::Quantiles;
use crate::trace::dates::Timestamp;
use crate::trace::identity;
use crate::trace::journey::Journey;
use foldhash::fast::RandomState;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Longest chain of replaced addresses that is followed.
const LONGEST_CHAIN: usize = 16;

/// Most parts of the table that are grouped together: few enough to keep all cores busy to the end.
const TOGETHER: usize = 8;

/// Bytes of an entry of a count, roughly: key, number, and what lists keep free.
const ENTRY: usize = 100;
/// Bytes of what a draft is found by, roughly, and of the number of a pair that is found apart.
const PLACE: usize = 160;
/// Bytes of what stands behind a group, roughly: its counts, and evidence of its own.
const BEHIND: usize = 1_500;
/// Bytes of a statement that a group tells again, roughly.
const TOLD: usize = 150;

/// What decides how a pair is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    state: State,
    /// Code of the last final event.
    last: u8,
    delay: u8,
    /// Draft of the recipient that replaced this one, plus one.
    followed: u32,
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

/// Pairs with the same story.
#[derive(Debug)]
pub struct Group {
    /// Number of pairs.
    pub pairs: u64,
    /// The group's first pair in source and row order, with everything the rules ask for.
    pub journey: Journey,
    /// Rows that are known to be that pair's own. Evidence of the journey may be of others that say the
    /// same.
    rows: Vec<(Arc<str>, Place)>,
    /// Index of the group that the address which replaced this one belongs to.
    pub followed: Option<usize>,
    /// Pairs by first hour (hours since 1970 UTC); pairs without time are in none.
    pub hours: BTreeMap<i64, u64>,
    /// Pairs by connecting IP.
    pub ips: BTreeMap<Box<str>, u64>,
    /// Pairs by domain of the recipient.
    pub domains: BTreeMap<Box<str>, u64>,
    /// Seconds from receipt to delivery, of the pairs that show both.
    pub delivery: Quantiles,
}

impl Group {
    /// Whether `evidence` is known to be a row of the group's first pair.
    pub fn owns(&self, evidence: &Evidence) -> bool {
        let place = |row: &(Arc<str>, Place)| (&row.0, row.1) == (&evidence.source, evidence.place);
        self.rows.iter().any(place)
    }
}

/// One pair, named.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'g> {
    /// Index of its group.
    pub group: usize,
    at: At,
    pair: &'g Pair,
    table: &'g Table,
}

impl<'g> Ending<'g> {
    /// What stands for the recipient's address among the pairs of its part.
    pub fn number(&self) -> u32 {
        self.pair.recipient
    }

    /// Address of the recipient, in lower case; empty where the export leaves it out.
    pub fn recipient(&self) -> &'g str {
        self.table.address(self.at)
    }

    /// Source of its first row.
    pub fn source(&self) -> &'g str {
        self.table.source_name(self.pair.row)
    }

    /// Number of its first row.
    pub fn row(&self) -> u64 {
        self.pair.row.row()
    }

    /// Whether its first row stands before that of another.
    pub fn is_before(&self, other: &Ending<'_>) -> bool {
        self.table.is_before(self.pair.row, other.pair.row)
    }

    /// Time of its first row.
    pub fn first(&self) -> Option<Timestamp> {
        self.pair.first()
    }

    /// Domain of the envelope sender.
    pub fn sender(&self) -> Option<&'g str> {
        self.table.text(self.pair.sender_number())
    }

    /// Connecting IP.
    pub fn ip(&self) -> Option<&'g str> {
        self.table.text(self.pair.ip_number())
    }
}

/// All groups, in the order of their first rows.
#[derive(Debug)]
pub struct Groups {
    /// The groups.
    pub groups: Vec<Group>,
    /// Pairs in all groups.
    pub pairs: u64,
    /// Pairs whose address was replaced by another that has a pair of its own.
    pub replaced: u64,
    table: Table,
    filter: Filter,
    /// For each state the one that stands for all that tell the same.
    alike: Vec<State>,
    gone: HashSet<At, RandomState>,
    /// For each pair the draft that it was added to, by part of the table and place: [`NONE`],
    /// [`APART`], or its number among those of the parts that were grouped together.
    drafted: Vec<Chunks<u16, PAIRS>>,
    /// How many parts were grouped together.
    together: usize,
    /// Groups of the drafts of parts that were grouped together.
    places: Vec<Vec<usize>>,
    /// Groups of the pairs whose drafts are not told by a number.
    apart: HashMap<At, usize, RandomState>,
}

/// Stands in place of a draft: the pair is in none.
const NONE: u16 = u16::MAX;
/// Stands in place of a draft: the pair was replaced, or the draft has no number below [`NUMBERED`].
const APART: u16 = u16::MAX - 1;
/// Drafts that have a number of two bytes; fewer in tests, whose tables are small.
const NUMBERED: u16 = if cfg!(test) { 2 } else { APART };

/// What is summed up before the groups are put in order.
struct Draft {
    key: Key,
    pairs: u64,
    /// Its first pair, and that one's first row.
    first: At,
    row: RowAt,
    hours: Tally<i64>,
    ips: Tally<u32>,
    domains: Tally<Box<str>>,
    delivery: Quantiles,
}

/// Drafts of some parts of the table.
#[derive(Default)]
struct Drafts {
    places: HashMap<Key, usize, RandomState>,
    drafts: Vec<Draft>,
    pairs: u64,
    /// Pairs that were replaced: they wait until all others have their groups.
    replaced: Vec<At>,
    /// The draft of each pair, by part of the table; see [`Groups::drafted`].
    drafted: Vec<Chunks<u16, PAIRS>>,
    /// The drafts of pairs whose number is too high for that.
    apart: Vec<(At, usize)>,
}

impl Groups {
    /// Groups the pairs of `table` that `filter` asks for; `None` where they take more room than there is.
    pub fn of(mut table: Table, filter: Filter) -> Option<Self> {
        let gone = table.join();
        table.finish();
        let mut this = Groups {
            groups: Vec::new(),
            pairs: 0,
            replaced: 0,
            alike: table.states.alike(),
            table,
            filter,
            gone,
            drafted: Vec::new(),
            together: 1,
            places: Vec::new(),
            apart: HashMap::default(),
        };
        let shards: Vec<usize> = (0..this.table.shards.len()).collect();
        this.together = TOGETHER.min(shards.len().div_ceil(rayon::current_num_threads())).max(1);
        let parts: Vec<Drafts> =
            shards.par_chunks(this.together).map(|shards| this.drafts(shards)).collect();
        let mut drafts = Drafts::default();
        for mut part in parts {
            this.drafted.append(&mut part.drafted);
            let apart = std::mem::take(&mut part.apart);
            let places = drafts.merge(part, &this.table);
            this.apart.extend(apart.into_iter().map(|(at, draft)| (at, places[draft])));
            this.places.push(places);
        }
        this.pairs = drafts.pairs;
        for at in std::mem::take(&mut drafts.replaced) {
            if this.table.room.is_full() {
                break;
            }
            this.follow(&mut drafts, at);
        }
        // pairs are left out then
        if this.table.room.is_full() {
            return None;
        }
        this.order(drafts)?;
        Some(this)
    }

    /// Whether there is room for `bytes` more.
    pub fn have_room_for(&self, bytes: usize) -> bool {
        self.table.room.take(bytes)
    }

    /// How many messages have their first row in `source`; counted no further than `most`.
    pub fn messages_of(&self, source: &str, most: usize) -> usize {
        let Some(number) = self.table.number_of(source) else { return 0 };
        let mut messages = HashSet::new();
        for (at, pair) in self.table.iter() {
            if pair.row.source() == number && !self.gone.contains(&at) {
                messages.insert(pair.message);
                if messages.len() >= most {
                    break;
                }
            }
        }
        messages.len()
    }

    /// Groups the pairs of some shards.
    fn drafts(&self, shards: &[usize]) -> Drafts {
        let mut drafts = Drafts::default();
        for shard in shards {
            let mut drafted = Chunks::default();
            for (at, pair) in self.table.iter_shard(*shard) {
                if self.table.room.is_full() {
                    break;
                }
                drafted.push(self.draft(&mut drafts, at, pair));
            }
            self.table.room.take(drafted.bytes());
            drafts.drafted.push(drafted);
        }
        drafts
    }

    /// Adds a pair to the draft that it belongs to: number of the draft, [`APART`] or [`NONE`].
    fn draft(&self, drafts: &mut Drafts, at: At, pair: &Pair) -> u16 {
        if self.gone.contains(&at) || !self.is_wanted(at, pair) {
            return NONE;
        }
        drafts.pairs += 1;
        if self.table.successor(at).is_some() {
            drafts.replaced.push(at);
            return APART;
        }
        let draft = drafts.draft(self.key(pair, 0), at, pair.row);
        drafts.drafts[draft].add(&self.table, at, pair);
        match u16::try_from(draft) {
            Ok(draft) if draft < NUMBERED => draft,
            _ => {
                drafts.apart.push((at, draft));
                APART
            }
        }
    }

    /// Groups a pair whose address was replaced: its end is that of the final recipient.
    fn follow(&mut self, drafts: &mut Drafts, at: At) {
        let Some(pair) = self.table.pair(at).copied() else { return };
        let last = last_of_chain(&self.table, pair.message, at);
        let mut followed = 0;
        if let Some(last) = last
            && let Some(end) = self.table.pair(last)
        {
            // an end that is not asked for is looked at, not counted
            self.replaced += u64::from(self.is_wanted(last, end));
            let group = drafts.draft(self.key(end, 0), last, end.row);
            followed = u32::try_from(group + 1).unwrap_or(0);
        }
        let draft = drafts.draft(self.key(&pair, followed), at, pair.row);
        self.apart.insert(at, draft);
        drafts.drafts[draft].add(&self.table, at, &pair);
    }

    /// Puts the groups in the order of their first rows, which no number of threads changes; `None` where
    /// there is no room.
    fn order(&mut self, drafts: Drafts) -> Option<()> {
        let table = &self.table;
        let drafts = drafts.drafts;
        let held: usize = drafts.iter().map(Draft::bytes).sum();
        let mut order: Vec<usize> = (0..drafts.len()).collect();
        order.sort_by(|a, b| {
            let (a, b) = (&drafts[*a], &drafts[*b]);
            let place = |draft: &Draft| {
                (table.source(draft.row), draft.row.row(), table.address(draft.first))
            };
            let told = |draft: &Draft| crate::trace::bulk::retell::words(table, draft.key.state);
            let rest = |draft: &Draft| (draft.key.last, draft.key.delay);
            place(a)
                .cmp(&place(b))
                .then_with(|| rest(a).cmp(&rest(b)))
                .then_with(|| told(a).cmp(&told(b)))
        });
        let mut new_place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            new_place[*old] = new;
        }
        let numbers = self.places.iter_mut().flatten().chain(self.apart.values_mut());
        numbers.for_each(|number| *number = new_place[*number]);
        let mut drafts: Vec<Option<Draft>> = drafts.into_iter().map(Some).collect();
        for old in order {
            let Some(draft) = drafts[old].take() else { continue };
            let followed = (draft.key.followed as usize).checked_sub(1).map(|at| new_place[at]);
            let told = table.states.get(draft.key.state).len() * TOLD;
            if !table.room.take(size_of::<Group>() + BEHIND + told + draft.counted() * ENTRY) {
                return None;
            }
            self.groups.push(draft.finish(table, followed));
        }
        table.room.give(held);
        Some(())
    }

    /// The state that stands for all that tell the same as that of `pair`.
    fn alike(&self, pair: &Pair) -> State {
        self.alike.get(pair.state as usize).copied().unwrap_or(pair.state)
    }

    fn key(&self, pair: &Pair, followed: u32) -> Key {
        Key {
            state: self.alike(pair),
            last: pair.last_code(),
            delay: delay(pair.seconds()),
            followed,
        }
    }

    /// Whether a pair is asked for.
    fn is_wanted(&self, at: At, pair: &Pair) -> bool {
        let Groups { table, filter, .. } = self;
        (!filter.asks_rows() || pair.has(Pair::WANTED))
            && filter.time(pair.first().map(|first| first.0))
            && filter.address(table.text(pair.ip_number()))
            && (filter.recipient.is_none() || filter.recipient(table.address(at)))
    }

    /// Parts of the table; all pairs of one recipient are in the same.
    pub fn parts(&self) -> usize {
        self.table.shards.len()
    }

    /// Calls `f` with every pair of one part that is in a group that `choose` names, in no certain
    /// order.
    pub fn endings<'g>(
        &'g self,
        part: usize,
        choose: impl Fn(usize) -> bool,
        mut f: impl FnMut(Ending<'g>),
    ) {
        let (table, drafted) = (&self.table, &self.drafted[part]);
        let places = &self.places[part / self.together];
        for (at, pair) in table.iter_shard(part) {
            let group = match drafted.get(at.1) {
                None | Some(&NONE) => None,
                Some(&APART) => self.apart.get(&at),
                Some(draft) => places.get(usize::from(*draft)),
            };
            if let Some(group) = group.copied().filter(|group| choose(*group)) {
                f(Ending { group, at, pair, table });
            }
        }
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
                ips: Tally::default(),
                domains: Tally::default(),
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
        let (is_new, counted) = (self.pairs == 0, self.counted());
        self.pairs += 1;
        self.begin(table, at, pair.row);
        if pair.first != i64::MAX {
            self.hours.count(&pair.first.div_euclid(3_600_000_000));
        }
        if pair.ip_number() != 0 {
            self.ips.count(&pair.ip_number());
        }
        let domain = identity::domain(table.address(at));
        if !domain.is_empty() {
            self.domains.count(domain);
        }
        // a delivery's seconds are shown to a tenth
        if let Some(seconds) = pair.seconds() {
            self.delivery.add(seconds as f32);
        }
        let more = if is_new { self.bytes() } else { (self.counted() - counted) * ENTRY };
        // all threads count in one place, which is asked for only where there is something to count
        if more > 0 {
            table.room.take(more);
        }
    }

    /// Entries of all counts.
    fn counted(&self) -> usize {
        self.hours.len() + self.ips.len() + self.domains.len()
    }

    /// Bytes held, roughly.
    fn bytes(&self) -> usize {
        size_of::<Draft>() + PLACE + self.counted() * ENTRY
    }

    /// Adds the pairs of another part of the table.
    fn merge(&mut self, more: Draft, table: &Table) {
        self.pairs += more.pairs;
        self.begin(table, more.first, more.row);
        self.hours.merge(more.hours);
        self.ips.merge(more.ips);
        self.domains.merge(more.domains);
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

    fn finish(self, table: &Table, followed: Option<usize>) -> Group {
        let ips = self.ips.into_iter();
        Group {
            pairs: self.pairs,
            journey: super::retell::journey(table, self.first, self.key.state, self.key.last),
            rows: table.rows(self.first),
            followed,
            hours: self.hours.into_iter().collect(),
            ips: ips.filter_map(|(ip, count)| Some((table.text(ip)?.into(), count))).collect(),
            domains: self.domains.into_iter().collect(),
            delivery: self.delivery,
        }
    }
}
