//! What a worker has at hand from row to row: the texts it has met, and the pairs of its last rows.

use super::pair::RowAt;
use super::pairs::Pairs;
use super::said::{Known, Words};
use super::store::Store;
use super::table::Column;
use super::words::Word;
use crate::fact::Evidence;
use crate::trace::dates::Hour;
use crate::trace::format::Format;
use crate::trace::identity;
use crate::trace::observe::{self, Scratch};
use crate::trace::row::{Row, trim};
use crate::trace::statement::Kind;
use crate::trace::table::IdCells;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

/// Texts at hand, of each kind: those that are new every time must not fill memory.
pub(super) const TEXTS: usize = 1 << 14;

/// Caches of one worker. They are handed on from block to block.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) met: Met,
    pub(super) pairs: Pairs,
    /// Room for what is taken from a row.
    pub(super) room: Room,
    pub(super) scratch: Scratch,
}

/// What a worker has met.
#[derive(Debug, Default)]
pub(super) struct Met {
    words: Words,
    names: Names,
    source: Option<(Arc<str>, u32)>,
    /// The hour of the rows at hand.
    pub(super) hour: Hour,
    /// Domain of the envelope sender.
    sender: Last,
    /// Ids of the message that was told of last.
    pub(super) ids: LastIds,
}

/// Numbers of texts.
#[derive(Debug, Default)]
struct Names {
    known: HashMap<Box<str>, u32, RandomState>,
    /// Those that were met last, each at the place that its end gives: most mail comes from a few
    /// addresses.
    near: [Last; NEAR],
}

/// Texts that are looked at before all others.
const NEAR: usize = 32;

impl Names {
    /// Number of a text, without regard to case.
    fn number(&mut self, store: &Store, text: &str) -> u32 {
        let Names { known, near } = self;
        let end = text.bytes().rev().zip([1, 11]);
        let place = end.fold(0, |place, (byte, times)| place + usize::from(byte) * times) % NEAR;
        near[place].number(text, |text| {
            if let Some(known) = known.get(text) {
                return *known;
            }
            let number = store.name(&text.to_ascii_lowercase());
            if known.len() < TEXTS {
                known.insert(text.into(), number);
            }
            number
        })
    }
}

/// What a row's message is known by: hashes, 0 for none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ids {
    /// Of the Message-ID.
    pub(super) message: u64,
    /// Of the network message id.
    pub(super) network: u64,
}

/// The ids of a row's message, and the cells that hold them.
#[derive(Debug, Default)]
pub(super) struct LastIds {
    table: Option<(Format, IdCells)>,
    cells: String,
    ids: Ids,
}

impl LastIds {
    /// The ids, if they stand in the same cells of a table of the same format.
    #[inline]
    pub(super) fn of(&self, format: Format, (at, cells): (IdCells, &str)) -> Option<Ids> {
        (self.cells == cells && self.table == Some((format, at))).then_some(self.ids)
    }

    /// Keeps the ids of a row.
    pub(super) fn keep(&mut self, format: Format, (at, cells): (IdCells, &str), ids: Ids) {
        self.table = Some((format, at));
        cells.clone_into(&mut self.cells);
        self.ids = ids;
    }
}

/// Room that is used again for every row.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// The statements about the recipient at hand; the first of them hold for every recipient of the
    /// row.
    pub(super) words: Vec<Word>,
    /// How many hold for every recipient.
    pub(super) common: usize,
    /// The recipient's cell, and the hash of its address.
    pub(super) recipient: (String, u64),
    pub(super) address: String,
    /// Whether the pair that was told of last has this address.
    pub(super) again: bool,
    pub(super) successor: String,
}

/// The last cell of a column and the number that stands for it: neighbouring rows are often of one
/// message.
#[derive(Debug, Default)]
struct Last {
    cell: String,
    number: u32,
}

impl Last {
    /// The number of a cell that is not empty; `find` gives that of a new one.
    fn number(&mut self, cell: &str, find: impl FnOnce(&str) -> u32) -> u32 {
        if self.cell != cell {
            self.number = find(cell);
            cell.clone_into(&mut self.cell);
        }
        self.number
    }
}

impl Met {
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

    /// Number of the domain of a row's envelope sender, 0 for none: the same as before, most often.
    pub(super) fn sender(&mut self, store: &Store, row: &Row<'_>) -> u32 {
        let Some(cell) = row.get(observe::mail_from_field(row)) else { return 0 };
        let names = &mut self.names;
        self.sender.number(cell, |cell| match trim(cell) {
            "" => 0,
            sender => {
                let domain = identity::domain(sender);
                names.number(store, if domain.is_empty() { sender } else { domain })
            }
        })
    }

    /// Number of a text, without regard to case.
    pub(super) fn name(&mut self, store: &Store, text: &str) -> u32 {
        self.names.number(store, text)
    }

    /// Number of a statement that the row at `at` makes, if it was met lately.
    #[inline]
    pub(super) fn near(&self, kind: Kind, value: &str, at: RowAt) -> Option<Word> {
        self.words.near(kind, value, at)
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
        match self.words.get(kind, value, at) {
            Some(known) => {
                if known.begins_at(store, at) {
                    store.earlier(known.word, &evidence());
                }
                known.word
            }
            None => {
                let word = store.word(kind, value, &evidence());
                self.words.add(kind, value, Known { word, row: at, behind: at.source() });
                word
            }
        }
    }
}
