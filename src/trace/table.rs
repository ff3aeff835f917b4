//! The columns of one table: which cell of a row holds which canonical column.

use super::columns::Field;
use super::dates::DateOrder;
use super::format::{Definition, Format};

/// No cell holds this column.
const ABSENT: u16 = u16::MAX;

/// Where the Message-ID and the network message id stand, if that is close together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IdCells {
    message: u16,
    network: u16,
}

impl IdCells {
    fn of(message: u16, network: u16) -> Option<Self> {
        /// Cells from one to the other.
        const CLOSE: u16 = 3;
        let there = message != ABSENT && network != ABSENT;
        (there && message.abs_diff(network) <= CLOSE).then_some(IdCells { message, network })
    }

    /// The first of the cells.
    pub(super) fn first(self) -> usize {
        self.message.min(self.network).into()
    }

    /// The last of the cells.
    pub(super) fn last(self) -> usize {
        self.message.max(self.network).into()
    }
}

/// The columns of a table, as its header names them.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) definition: &'static Definition,
    /// Header cells, trimmed, spelled as in the file.
    pub(super) names: Vec<Box<str>>,
    slots: [u16; Field::COUNT],
    /// The cells of the message's ids, where they stand together.
    ids: Option<IdCells>,
    /// How dates with the year last are read.
    pub(super) order: DateOrder,
}

impl Table {
    /// Most columns of a table; a header with more is none.
    pub(super) const MAX_COLUMNS: usize = 4096;

    /// A table of `definition` with these header cells. Where two cells mean the same column the
    /// first one counts.
    pub(super) fn new(
        definition: &'static Definition,
        names: Vec<Box<str>>,
        order: DateOrder,
    ) -> Self {
        let mut slots = [ABSENT; Field::COUNT];
        for (slot, name) in (0..ABSENT).zip(&names) {
            if let Some(field) = definition.field(name) {
                let known = &mut slots[field as usize];
                if *known == ABSENT {
                    *known = slot;
                }
            }
        }
        let ids =
            IdCells::of(slots[Field::MessageId as usize], slots[Field::NetworkMessageId as usize]);
        Table { definition, names, slots, ids, order }
    }

    pub(super) fn format(&self) -> Format {
        self.definition.format
    }

    /// Index of the cell that holds `field`.
    pub(super) fn slot(&self, field: Field) -> Option<usize> {
        let slot = self.slots[field as usize];
        (slot != ABSENT).then_some(usize::from(slot))
    }

    /// The cells of the message's ids, where they stand together.
    pub(super) fn ids(&self) -> Option<IdCells> {
        self.ids
    }

    /// The header cell of `field`, spelled as in the file.
    pub(super) fn name(&self, field: Field) -> Option<&str> {
        self.slot(field).and_then(|slot| self.names.get(slot)).map(|name| &**name)
    }
}
