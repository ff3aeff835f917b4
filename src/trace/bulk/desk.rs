//! What a worker has at hand from row to row: the texts it has met, and the pairs of its last rows.

use super::pairs::Pairs;
use super::shard::RowAt;
use super::store::Store;
use super::table::Column;
use super::words::Word;
use crate::fact::Evidence;
use crate::trace::dates::Minute;
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
    /// The minute of the rows at hand.
    pub(super) minute: Minute,
    /// Domain of the envelope sender.
    sender: Last,
    /// Hash of the Message-ID, 0 for none.
    pub(super) message: Last,
    /// Hash of the network message id, 0 for none.
    pub(super) network: Last,
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
    /// The recipient's cell, and the hash of its address.
    pub(super) recipient: (String, u64),
    pub(super) address: String,
    pub(super) successor: String,
}

/// The last cell of a column and the number that stands for it: neighbouring rows are often of one
/// message.
#[derive(Debug, Default)]
pub(super) struct Last {
    cell: String,
    number: u64,
}

impl Last {
    /// The number of a cell that is not empty; `find` gives that of a new one.
    pub(super) fn number(&mut self, cell: &str, find: impl FnOnce(&str) -> u64) -> u64 {
        if self.cell != cell {
            self.number = find(cell);
            cell.clone_into(&mut self.cell);
        }
        self.number
    }
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
        let mut last = std::mem::take(&mut self.sender);
        let number = last.number(sender, |sender| {
            let domain = identity::domain(sender);
            self.name(store, if domain.is_empty() { sender } else { domain }).into()
        });
        self.sender = last;
        // what `name` gave
        number as u32
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
