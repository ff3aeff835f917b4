//! What a worker has at hand from row to row: the texts it has met, and the pairs of its last rows.

use super::pairs::Pairs;
use super::shard::RowAt;
use super::store::Store;
use super::table::Column;
use super::words::Word;
use crate::fact::Evidence;
use crate::trace::identity;
use crate::trace::observe::Scratch;
use crate::trace::row::Row;
use crate::trace::statement::Kind;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

/// Texts at hand, of each kind: those that are new every time must not fill memory.
pub(super) const TEXTS: usize = 1 << 14;

/// Caches of one worker. They are handed on from block to block.
#[derive(Debug, Default)]
pub(super) struct Desk {
    words: Vec<HashMap<Box<str>, Known, RandomState>>,
    names: HashMap<Box<str>, u32, RandomState>,
    source: Option<(Arc<str>, u32)>,
    /// Last envelope sender, and the number of its domain.
    sender: (String, u32),
    pub(super) pairs: Pairs,
    /// Room for what is taken from a row.
    pub(super) room: Room,
}

/// Room that is used again for every row.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) scratch: Scratch,
    /// What holds for every recipient of the row.
    pub(super) common: Vec<Word>,
    /// What holds for the recipient at hand.
    pub(super) own: Vec<Word>,
    pub(super) address: String,
    pub(super) successor: String,
}

/// A statement that this worker has met, and the first row of those it read.
#[derive(Debug, Clone, Copy)]
struct Known {
    word: Word,
    row: RowAt,
    /// Source of a row that was found to stand behind `row`, as all rows of that source do.
    behind: u32,
}

impl Desk {
    /// Number of the row's source.
    pub(super) fn source(&mut self, store: &Store, row: &Row<'_>) -> u32 {
        let source = row.source;
        if let Some((known, number)) = &self.source
            && Arc::ptr_eq(known, source)
        {
            return *number;
        }
        let number = store.source(source);
        for (column, fields) in Column::ALL {
            if let Some(name) = fields.iter().find_map(|field| row.column(*field)) {
                store.column(number, *column, name);
            }
        }
        self.source = Some((Arc::clone(source), number));
        number
    }

    /// Number of an envelope sender's domain: of the same sender as before, most often.
    pub(super) fn sender(&mut self, store: &Store, sender: &str) -> u32 {
        if self.sender.0 != sender {
            let domain = identity::domain(sender);
            let number = self.name(store, if domain.is_empty() { sender } else { domain });
            sender.clone_into(&mut self.sender.0);
            self.sender.1 = number;
        }
        self.sender.1
    }

    /// Number of a text, without regard to case.
    pub(super) fn name(&mut self, store: &Store, text: &str) -> u32 {
        if let Some(known) = self.names.get(text) {
            return *known;
        }
        let number = store.name(&text.to_ascii_lowercase());
        if self.names.len() < TEXTS {
            self.names.insert(text.into(), number);
        }
        number
    }

    /// Number of a statement that the row at `at` makes, with `evidence` for it.
    pub(super) fn word(
        &mut self,
        store: &Store,
        kind: Kind,
        value: &str,
        at: RowAt,
        evidence: impl Fn() -> Arc<Evidence>,
    ) -> Word {
        let slot = kind as usize;
        if self.words.len() <= slot {
            self.words.resize_with(slot + 1, HashMap::default);
        }
        if let Some(known) = self.words[slot].get_mut(value) {
            let same = known.row.source() == at.source();
            let before = match same {
                true => at.row() < known.row.row(),
                false => known.behind != at.source() && store.is_before(at, known.row),
            };
            if before {
                known.row = at;
                known.behind = at.source();
                store.earlier(known.word, &evidence());
            } else if !same {
                known.behind = at.source();
            }
            return known.word;
        }
        let word = store.word(kind, value, &evidence());
        if self.words[slot].len() < TEXTS {
            self.words[slot].insert(value.into(), Known { word, row: at, behind: at.source() });
        }
        word
    }
}
