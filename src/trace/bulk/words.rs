//! Statements of all rows, each distinct one kept once.

use crate::fact::Evidence;
use crate::trace::assemble::may_stand;
use crate::trace::statement::Kind;
use crate::trace::status_code;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

/// Number of a distinct statement. Its highest bits are the slot that it competes for.
pub(super) type Word = u32;

/// Bits of a word behind its slot.
const NUMBER: u32 = 26;
const NUMBERS: u32 = (1 << NUMBER) - 1;

/// What the statement competes for with others of its kind, of which the last one counts; 0 for a
/// statement that stands beside all others.
pub(super) fn slot(word: Word) -> u32 {
    word >> NUMBER
}

/// Whether other statements of its kind are kept beside the last one.
pub(super) fn is_latest_of_many(word: Word) -> bool {
    slot(word) == slot_of(Kind::PostDelivery)
}

fn slot_of(kind: Kind) -> u32 {
    kind as u32 + 1
}

/// A distinct statement and the first row that makes it.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) kind: Kind,
    pub(super) value: Box<str>,
    pub(super) evidence: Arc<Evidence>,
    /// Of an answer: what it means.
    pub(super) sense: Option<Sense>,
}

/// What of an answer decides where a message ended, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sense {
    class: Option<u8>,
    cause: Option<&'static str>,
    expanded: bool,
}

impl Sense {
    fn of(kind: Kind, value: &str) -> Option<Sense> {
        if kind != Kind::Answer {
            return None;
        }
        let code = status_code::find(value);
        Some(Sense {
            class: code.and_then(|code| code.class()),
            cause: code.and_then(|code| status_code::meaning(&code)?.cause),
            expanded: code.is_some_and(|code| code.says("resolver.grp.expanded")),
        })
    }
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
    /// Bytes of the texts.
    texts: usize,
}

impl Words {
    /// The number of a statement; `evidence` is kept if it is the first.
    pub(super) fn add(&mut self, kind: Kind, value: &str, evidence: &Arc<Evidence>) -> Word {
        let slot = if may_stand(kind, value) { slot_of(kind) } else { 0 };
        let number = Word::try_from(self.said.len()).unwrap_or(NUMBERS).min(NUMBERS);
        let next = slot << NUMBER | number;
        let word = *self.known.entry((kind, value.into())).or_insert(next);
        if word == next {
            self.texts += 2 * value.len() + evidence.field.len() + evidence.value.len();
            let (evidence, sense) = (Arc::clone(evidence), Sense::of(kind, value));
            self.said.push(Said { kind, value: value.into(), evidence, sense });
        } else {
            self.earlier(word, evidence);
        }
        word
    }

    /// Tells of another row that makes the statement; the first in source and row order is kept.
    pub(super) fn earlier(&mut self, word: Word, evidence: &Arc<Evidence>) {
        if let Some(said) = self.said.get_mut((word & NUMBERS) as usize)
            && said.is_after(evidence)
        {
            self.texts += evidence.value.len().saturating_sub(said.evidence.value.len());
            said.evidence = Arc::clone(evidence);
        }
    }

    pub(super) fn get(&self, word: Word) -> Option<&Said> {
        self.said.get((word & NUMBERS) as usize)
    }

    /// Bytes held, roughly.
    pub(super) fn bytes(&self) -> usize {
        // key, entry and evidence, and what lists keep free
        self.said.len() * 400 + self.texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Place;

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
}
