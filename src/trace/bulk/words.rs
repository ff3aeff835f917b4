//! Statements of all rows, each distinct one kept once, and the sets of them that pairs have.
//!
//! Millions of pairs tell the same few stories. A pair therefore holds one number: its *state*, the
//! set of its distinct statements. Sets are kept once, and a step from one set to a larger one is a
//! look-up.

use crate::fact::Evidence;
use crate::trace::statement::Kind;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

/// Number of a distinct statement.
pub(super) type Word = u32;
/// Number of a distinct set of statements; 0 is the empty one.
pub(super) type State = u32;

/// Most statements of one set: a pair has some dozens, more come from noise.
const CROWDED: usize = 128;

/// A distinct statement and the first row that makes it.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) kind: Kind,
    pub(super) value: Box<str>,
    pub(super) evidence: Arc<Evidence>,
}

impl Said {
    /// Whether `evidence` stands before this statement's own.
    fn is_after(&self, evidence: &Evidence) -> bool {
        (&evidence.source, evidence.place) < (&self.evidence.source, self.evidence.place)
    }
}

/// All distinct statements.
#[derive(Debug, Default)]
pub(super) struct Words {
    known: HashMap<(Kind, Box<str>), Word, RandomState>,
    said: Vec<Said>,
}

impl Words {
    /// The number of a statement; `evidence` is kept if it is the first.
    pub(super) fn add(&mut self, kind: Kind, value: &str, evidence: &Arc<Evidence>) -> Word {
        let next = Word::try_from(self.said.len()).unwrap_or(Word::MAX);
        let word = *self.known.entry((kind, value.into())).or_insert(next);
        if word == next {
            let evidence = Arc::clone(evidence);
            self.said.push(Said { kind, value: value.into(), evidence });
        } else {
            self.earlier(word, evidence);
        }
        word
    }

    /// Tells of another row that makes the statement; the first in source and row order is kept.
    pub(super) fn earlier(&mut self, word: Word, evidence: &Arc<Evidence>) {
        if let Some(said) = self.said.get_mut(word as usize)
            && said.is_after(evidence)
        {
            said.evidence = Arc::clone(evidence);
        }
    }

    pub(super) fn get(&self, word: Word) -> Option<&Said> {
        self.said.get(word as usize)
    }

    /// Bytes held, roughly.
    pub(super) fn bytes(&self) -> usize {
        // key, entry, evidence and its texts
        self.said.len() * 400
    }
}

/// All distinct sets.
#[derive(Debug)]
pub(super) struct States {
    known: HashMap<Arc<[Word]>, State, RandomState>,
    sets: Vec<Arc<[Word]>>,
    words: usize,
}

impl Default for States {
    fn default() -> Self {
        let empty: Arc<[Word]> = Arc::from([]);
        let known = HashMap::from_iter([(Arc::clone(&empty), 0)]);
        States { known, sets: vec![empty], words: 0 }
    }
}

impl States {
    /// The words of a state, sorted by number.
    pub(super) fn get(&self, state: State) -> &[Word] {
        self.sets.get(state as usize).map_or(&[], |set| set)
    }

    /// The union of two states.
    pub(super) fn unite(&mut self, a: State, b: State) -> State {
        let more = self.sets.get(b as usize).map(Arc::clone);
        self.step(a, more.as_deref().unwrap_or_default())
    }

    /// The union of `state` and `more`.
    pub(super) fn step(&mut self, state: State, more: &[Word]) -> State {
        let mut set = self.get(state).to_vec();
        if set.len() < CROWDED {
            set.extend_from_slice(more);
            set.sort_unstable();
            set.dedup();
        }
        if let Some(known) = self.known.get(&*set) {
            return *known;
        }
        let next = State::try_from(self.sets.len()).unwrap_or(State::MAX);
        let set: Arc<[Word]> = Arc::from(set);
        self.words += set.len();
        self.known.insert(Arc::clone(&set), next);
        self.sets.push(set);
        next
    }

    /// Bytes held, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.sets.len() * 96 + self.words * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Place;
    use proptest::prelude::*;

    fn evidence(row: u64) -> Arc<Evidence> {
        Arc::new(Evidence::new(&Arc::from("t.csv"), Place::Row(row), "f", "v"))
    }

    #[test]
    fn a_statement_keeps_its_first_row_whatever_the_order() {
        let mut words = Words::default();
        let word = words.add(Kind::Sfv, "SPM", &evidence(9));
        assert_eq!(words.add(Kind::Sfv, "SPM", &evidence(3)), word);
        assert_ne!(words.add(Kind::Cat, "SPM", &evidence(1)), word);
        words.earlier(word, &evidence(5));
        assert_eq!(words.get(word).map(|said| said.evidence.place), Some(Place::Row(3)));
    }

    proptest! {
        #[test]
        fn a_set_is_the_same_whatever_the_order_of_its_steps(steps in prop::collection::vec(prop::collection::vec(0u32..20, 0..4), 0..8)) {
            let mut states = States::default();
            let forward = steps.iter().fold(0, |state, step| states.step(state, step));
            let backward = steps.iter().rev().fold(0, |state, step| states.step(state, step));
            prop_assert_eq!(forward, backward);
        }
    }
}
