//! Sets of statements: what pairs were told.
//!
//! Millions of pairs tell the same few stories. A pair therefore holds one number: its *state*, the
//! set of the statements that count. Of most kinds that is the last one; a state tells at which of the
//! pair's moments it was said ([`super::moment`]), because rows come in any order. Sets are kept once,
//! and putting two together is a look-up.

use super::moment::{Turn, Turns};
use super::words::{Word, Words, is_latest_of_many, slot};
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Number of a distinct set of statements; 0 is the empty one.
pub(super) type State = u32;

/// Most answers of one meaning in a set: a pair has a few, more come from noise.
const CROWDED: usize = 32;

/// A statement of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) word: Word,
    /// Which of the pair's moments it was said at, if it stands as the last of its kind.
    pub(super) moment: Option<u8>,
}

/// All distinct sets.
#[derive(Debug)]
pub(super) struct States {
    known: HashMap<Arc<[Entry]>, State, RandomState>,
    sets: Vec<Arc<[Entry]>>,
    entries: usize,
}

impl Default for States {
    fn default() -> Self {
        let empty: Arc<[Entry]> = Arc::from([]);
        let known = HashMap::from_iter([(Arc::clone(&empty), 0)]);
        States { known, sets: vec![empty], entries: 0 }
    }
}

impl States {
    /// The statements of a state, sorted by number.
    pub(super) fn get(&self, state: State) -> &[Entry] {
        self.sets.get(state as usize).map_or(&[], |set| set)
    }

    /// The state of what one row says, in its order; it has one moment at most.
    pub(super) fn row(&mut self, words: &Words, said: &[Word]) -> State {
        let entry = |word: &Word| Entry { word: *word, moment: (slot(*word) != 0).then_some(0) };
        self.number(words, said.iter().map(entry).collect()).0
    }

    /// The union of two states whose moments are merged by `turns`, and a bit for each of these moments
    /// that still has a statement. Of statements at one moment those of `b` count.
    pub(super) fn unite(
        &mut self,
        words: &Words,
        a: State,
        b: State,
        turns: Turns,
    ) -> (State, u64) {
        let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
        for (turn, at) in turns.iter().zip(0u8..) {
            if turn != Turn::Second {
                of_a.push(at);
            }
            if turn != Turn::First {
                of_b.push(at);
            }
        }
        let moved = |entry: &Entry, places: &[u8]| Entry {
            moment: entry.moment.and_then(|at| places.get(usize::from(at)).copied()),
            ..*entry
        };
        let from_a = self.get(a).iter().map(|entry| moved(entry, &of_a));
        let from_b = self.get(b).iter().map(|entry| moved(entry, &of_b));
        let entries = from_a.chain(from_b).collect();
        self.number(words, entries)
    }

    /// The state of the statements of `entries` that count, and the moments that they have.
    fn number(&mut self, words: &Words, entries: Vec<Entry>) -> (State, u64) {
        let mut set = standing(entries);
        thin_out(words, &mut set);
        let kept =
            set.iter().filter_map(|entry| entry.moment).fold(0, |kept, at| kept | 1u64 << at);
        for at in set.iter_mut().filter_map(|entry| entry.moment.as_mut()) {
            // at most 64
            *at = (kept & ((1u64 << *at) - 1)).count_ones() as u8;
        }
        if let Some(known) = self.known.get(&*set) {
            return (*known, kept);
        }
        let next = State::try_from(self.sets.len()).unwrap_or(State::MAX);
        let set: Arc<[Entry]> = Arc::from(set);
        self.entries += set.len();
        self.known.insert(Arc::clone(&set), next);
        self.sets.push(set);
        (next, kept)
    }

    /// For each state the first one that tells the same, whatever it keeps moments of.
    pub(super) fn alike(&self) -> Vec<State> {
        let told = |entry: &Entry| Entry { moment: entry.moment.map(|_| 0), ..*entry };
        let mut first: HashMap<Vec<Entry>, State, RandomState> = HashMap::default();
        let tell = |(set, state): (&Arc<[Entry]>, State)| {
            *first.entry(set.iter().map(told).collect()).or_insert(state)
        };
        self.sets.iter().zip(0..).map(tell).collect()
    }

    /// Bytes held, roughly.
    pub(super) fn bytes(&self) -> usize {
        // with the key, which is there twice while those are put together that tell the same
        self.sets.len() * 180 + self.entries * 2 * size_of::<Entry>()
    }
}

/// The entries that count, each once, sorted by number. Of those at one moment the later ones count.
fn standing(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_key(|entry| slot(entry.word));
    let mut set = Vec::with_capacity(entries.len());
    for run in entries.chunk_by(|a, b| slot(a.word) == slot(b.word)) {
        // the last of equals
        let last = run.iter().max_by_key(|entry| entry.moment).filter(|last| last.moment.is_some());
        match last {
            None => set.extend_from_slice(run),
            Some(last) if is_latest_of_many(last.word) => {
                let others = run.iter().filter(|entry| entry.word != last.word);
                set.extend(others.map(|entry| Entry { moment: None, ..*entry }));
                set.push(*last);
            }
            Some(last) => set.push(*last),
        }
    }
    set.sort_unstable();
    set.dedup();
    set
}

/// Leaves out answers of a meaning that has very many; which ones does not hang on their order.
fn thin_out(words: &Words, set: &mut Vec<Entry>) {
    if set.len() <= CROWDED {
        return;
    }
    let mut by_meaning: BTreeMap<_, Vec<(&str, Word)>> = BTreeMap::new();
    for said in set.iter().filter_map(|entry| Some((words.get(entry.word)?, entry.word))) {
        if let (said, word) = said
            && let Some(sense) = said.sense
        {
            by_meaning.entry(sense).or_default().push((&said.value, word));
        }
    }
    for mut answers in by_meaning.into_values().filter(|answers| answers.len() > CROWDED) {
        answers.sort_unstable();
        let dropped = &answers[CROWDED..];
        set.retain(|entry| dropped.iter().all(|(_, word)| *word != entry.word));
    }
}
