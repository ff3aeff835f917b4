//! Pairs with the same story, put together: what is judged once counts for all of them.

use super::draft::{Draft, Drafted, ENTRY};
use super::filter::Filter;
use super::members::Members;
use super::pair::{Order, Pair};
use super::retell;
use super::table::{At, Table};
use crate::fact::{Evidence, Place};
use crate::summary::Quantiles;
use crate::trace::dates::Timestamp;
use crate::trace::journey::Journey;
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Bytes of what stands behind a group, roughly: its counts, and evidence of its own.
const BEHIND: usize = 1_500;
/// Bytes of a statement that a group tells again, roughly.
const TOLD: usize = 150;

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
    /// Seconds from receipt to delivery, of the pairs that show both.
    pub delivery: Quantiles,
}

impl Group {
    /// A group of its draft; `followed` is the one that the address which replaced its own belongs to.
    fn of(draft: Draft, table: &Table, followed: Option<usize>) -> Group {
        Group {
            pairs: draft.pairs,
            journey: retell::journey(table, draft.first, draft.key.state, draft.key.last),
            rows: table.rows(draft.first),
            followed,
            hours: draft.hours.into_iter().collect(),
            delivery: draft.delivery,
        }
    }

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
    gone: HashSet<At, RandomState>,
    members: Members,
}

impl Groups {
    /// Groups the pairs of `table` that `filter` asks for; `None` where they take more room than there is.
    pub fn of(mut table: Table, filter: &Filter) -> Option<Self> {
        let gone = table.join();
        table.finish();
        let Drafted { drafts, mut members, pairs, replaced } = Drafted::of(&table, filter, &gone)?;
        let groups = in_order(drafts, &mut members, &table)?;
        Some(Groups { groups, pairs, replaced, table, gone, members })
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
        let table = &self.table;
        for (at, pair) in table.iter_shard(part) {
            if let Some(group) = self.members.group(at).filter(|group| choose(*group)) {
                f(Ending { group, at, pair, table });
            }
        }
    }
}

/// Puts the groups in the order of their first rows, which no number of threads changes; `None` where
/// there is no room.
fn in_order(drafts: Vec<Draft>, members: &mut Members, table: &Table) -> Option<Vec<Group>> {
    let held: usize = drafts.iter().map(Draft::bytes).sum();
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&drafts[*a], &drafts[*b]);
        let place =
            |draft: &Draft| (table.source(draft.row), draft.row.row(), table.address(draft.first));
        let told = |draft: &Draft| retell::words(table, draft.key.state);
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
    members.put_in_order(&new_place);
    let mut drafts: Vec<Option<Draft>> = drafts.into_iter().map(Some).collect();
    let mut groups = Vec::new();
    for old in order {
        let Some(draft) = drafts[old].take() else { continue };
        let followed = (draft.key.followed as usize).checked_sub(1).map(|at| new_place[at]);
        let told = table.states.get(draft.key.state).len() * TOLD;
        if !table.room.take(size_of::<Group>() + BEHIND + told + draft.hours.len() * ENTRY) {
            return None;
        }
        groups.push(Group::of(draft, table, followed));
    }
    table.room.give(held);
    Some(groups)
}
