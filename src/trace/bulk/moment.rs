//! When a pair was told what counts of several statements: the second, then the row.
//!
//! Of most kinds the last statement counts, and rows come in any order. A pair therefore keeps the
//! moments of the statements that stand; its state tells which of them each statement has.

use super::pair::{Order, RowAt};
use std::cmp::Ordering;

/// Second and row of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Moment {
    /// As [`crate::trace::assemble::second`] gives it.
    pub(super) second: u32,
    pub(super) row: RowAt,
}

impl Moment {
    pub(super) fn cmp(self, other: Moment, order: &impl Order) -> Ordering {
        self.second.cmp(&other.second).then_with(|| order.compare(self.row, other.row))
    }

    /// Where it stands in a list that is in order, and whether it is there already.
    pub(super) fn place(self, list: &[Moment], order: &impl Order) -> (usize, bool) {
        // rows come in their order most often
        for (at, known) in list.iter().enumerate().rev() {
            match known.cmp(self, order) {
                Ordering::Less => return (at + 1, false),
                Ordering::Equal => return (at, true),
                Ordering::Greater => {}
            }
        }
        (0, false)
    }
}

/// Where the next moment of two merged lists comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    First,
    Second,
    Both,
}

/// How two lists of moments make one: two bits a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Turns {
    bits: u128,
    length: u32,
}

impl Turns {
    fn push(&mut self, turn: Turn) {
        self.bits |= (turn as u128) << (2 * self.length);
        self.length += 1;
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Turn> {
        (0..self.length).map(move |at| match self.bits >> (2 * at) & 3 {
            0 => Turn::First,
            1 => Turn::Second,
            _ => Turn::Both,
        })
    }

    /// A list of `count` moments, and at `place` one more, which may be `known` there.
    pub(super) fn with_one(count: usize, place: usize, known: bool) -> Turns {
        let mut turns = Turns::default();
        (0..place).for_each(|_| turns.push(Turn::First));
        turns.push(if known { Turn::Both } else { Turn::Second });
        (place + usize::from(known)..count).for_each(|_| turns.push(Turn::First));
        turns
    }

    /// Two lists that are in order.
    pub(super) fn of(first: &[Moment], second: &[Moment], order: &impl Order) -> Turns {
        let (mut a, mut b) = (first.iter().peekable(), second.iter().peekable());
        let mut turns = Turns::default();
        loop {
            let turn = match (a.peek(), b.peek()) {
                (None, None) => return turns,
                (Some(_), None) => Turn::First,
                (None, Some(_)) => Turn::Second,
                (Some(one), Some(other)) => match one.cmp(**other, order) {
                    Ordering::Less => Turn::First,
                    Ordering::Greater => Turn::Second,
                    Ordering::Equal => Turn::Both,
                },
            };
            a.next_if(|_| turn != Turn::Second);
            b.next_if(|_| turn != Turn::First);
            turns.push(turn);
        }
    }

    /// The one list: those of its moments that `kept` has a bit for.
    pub(super) fn merge(self, first: &[Moment], second: &[Moment], kept: u64) -> Vec<Moment> {
        let (mut a, mut b) = (first.iter(), second.iter());
        let all = self.iter().map(|turn| match turn {
            Turn::First => a.next(),
            Turn::Second => b.next(),
            Turn::Both => a.next().and(b.next()),
        });
        let kept = all.enumerate().filter(|(at, _)| kept >> at & 1 == 1);
        kept.filter_map(|(_, moment)| moment.copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::Store;
    use super::*;
    use proptest::prelude::*;

    fn list(seconds: &std::collections::BTreeSet<u32>) -> Vec<Moment> {
        let moment = |second: &u32| Moment { second: *second, row: RowAt::new(0, 1) };
        seconds.iter().map(moment).collect()
    }

    proptest! {
        #[test]
        fn two_lists_make_one_in_order(a in prop::collection::btree_set(0u32..40, 0..32), b in prop::collection::btree_set(0u32..40, 0..32)) {
            let store = Store::new(usize::MAX);
            let turns = Turns::of(&list(&a), &list(&b), &store);
            let union = a.union(&b).copied().collect();
            prop_assert_eq!(turns.merge(&list(&a), &list(&b), u64::MAX), list(&union));
            for one in &b {
                let moment = Moment { second: *one, row: RowAt::new(0, 1) };
                let (place, known) = moment.place(&list(&a), &store);
                prop_assert_eq!(Turns::with_one(a.len(), place, known), Turns::of(&list(&a), &[moment], &store));
            }
        }
    }
}
