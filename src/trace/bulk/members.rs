//! Which group each pair is in: two bytes a pair, because exports have millions.

use super::chunks::Chunks;
use super::shard::PAIRS;
use super::table::At;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// Stands in place of a number: the group of the pair is told apart, if it is in one.
const APART: u16 = u16::MAX;
/// Drafts that have a number of two bytes; fewer in tests, whose tables are small.
const NUMBERED: u16 = if cfg!(test) { 2 } else { APART };

/// The group of each pair; of its draft before those are in order.
#[derive(Debug)]
pub(super) struct Members {
    /// By part of the table and place: [`APART`], or the number of the pair's draft among those of the
    /// parts that were grouped together.
    numbers: Vec<Chunks<u16, PAIRS>>,
    /// How many parts were grouped together.
    together: usize,
    /// What these numbers stand for, of each run of parts that were grouped together.
    groups: Vec<Vec<usize>>,
    /// Of pairs that have no number.
    apart: HashMap<At, usize, RandomState>,
}

/// The drafts of the pairs of parts that are grouped together, by their numbers there.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    parts: Vec<Chunks<u16, PAIRS>>,
    /// Pairs of drafts whose number is too high for two bytes.
    apart: Vec<(At, usize)>,
}

impl Numbers {
    /// Begins the next part.
    pub(super) fn begin_part(&mut self) {
        self.parts.push(Chunks::default());
    }

    /// Tells of the next pair of the part, which stands at `at`, and of its draft, if it is in one.
    pub(super) fn push(&mut self, at: At, draft: Option<usize>) {
        let number = draft.and_then(|draft| u16::try_from(draft).ok());
        let number = number.filter(|number| *number < NUMBERED);
        if number.is_none() {
            self.apart.extend(draft.map(|draft| (at, draft)));
        }
        if let Some(part) = self.parts.last_mut() {
            part.push(number.unwrap_or(APART));
        }
    }

    /// Bytes held, roughly, with what becomes of them in [`Members`].
    pub(super) fn bytes(&self) -> usize {
        let parts = self.parts.iter().map(Chunks::bytes).sum::<usize>();
        parts + self.apart.len() * 4 * size_of::<(At, usize)>()
    }
}

impl Members {
    /// Of no pair yet; that many parts are grouped together.
    pub(super) fn new(together: usize) -> Self {
        Members { numbers: Vec::new(), together, groups: Vec::new(), apart: HashMap::default() }
    }

    /// Adds the pairs of the next parts; `drafts` is what their numbers stand for.
    pub(super) fn add(&mut self, numbers: Numbers, drafts: Vec<usize>) {
        self.numbers.extend(numbers.parts);
        self.apart.extend(numbers.apart.into_iter().map(|(at, draft)| (at, drafts[draft])));
        self.groups.push(drafts);
    }

    /// Adds one pair that was in none.
    pub(super) fn insert(&mut self, at: At, draft: usize) {
        self.apart.insert(at, draft);
    }

    /// Gives each draft its group.
    pub(super) fn put_in_order(&mut self, groups: &[usize]) {
        let drafts = self.groups.iter_mut().flatten().chain(self.apart.values_mut());
        drafts.for_each(|draft| *draft = groups[*draft]);
    }

    /// The group of a pair, if it is in one.
    pub(super) fn group(&self, at: At) -> Option<usize> {
        match *self.numbers.get(at.0)?.get(at.1)? {
            APART => self.apart.get(&at).copied(),
            number => self.groups[at.0 / self.together].get(usize::from(number)).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_has_the_group_of_its_draft_with_and_without_a_number() {
        let mut members = Members::new(2);
        let drafts = [Some(0), None, Some(3), Some(1)];
        for run in 0..2 {
            let mut numbers = Numbers::default();
            for part in [2 * run, 2 * run + 1] {
                numbers.begin_part();
                for (place, draft) in (0..).zip(drafts) {
                    numbers.push((part, place), draft);
                }
            }
            members.add(numbers, (0..4).map(|draft| draft + 4 * run).collect());
        }
        members.insert((3, 1), 2);
        members.put_in_order(&[70, 60, 50, 40, 30, 20, 10, 0]);
        let groups = |part: usize| [0, 1, 2, 3].map(|place| members.group((part, place)));
        assert_eq!(groups(0), [Some(70), None, Some(40), Some(60)]);
        assert_eq!(groups(1), groups(0));
        assert_eq!(groups(2), [Some(30), None, Some(0), Some(20)]);
        assert_eq!(groups(3), [Some(30), Some(50), Some(0), Some(20)]);
        assert_eq!(members.group((4, 0)), None);
    }
}
