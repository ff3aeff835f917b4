//! The order of day and month in a file: settled by the first date that leaves no choice
//! (`trace-formats.md §0`).

use super::block::Block;
use super::cell::{Cells, Scratch};
use super::columns::Field;
use super::dates::{DateOrder, Shape, shape};
use super::opening::Opening;
use super::rows::Shared;
use super::source::Positional;
use std::io;

/// How the dates of a file are read, and what a user must know of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) order: DateOrder,
    /// Whether no date told day from month.
    pub(super) ambiguous: bool,
    /// Whether the dates have the shape of some culture, not of a service.
    pub(super) local: bool,
}

impl Settled {
    /// Dates with the year first: nothing hangs on the order.
    const NOTHING_TO_SETTLE: Settled =
        Settled { order: DateOrder::DayFirst, ambiguous: false, local: false };
}

/// Columns of which one tells for all.
const TOLD_BY: [Field; 5] =
    [Field::Time, Field::SendTime, Field::DeliveredTime, Field::ScheduledTime, Field::ModifiedTime];

/// Rows without any date after which none is expected.
const PATIENCE: u32 = 1000;

/// Reads dates until one settles their order.
pub(super) fn settle(
    bytes: &Positional<'_>,
    opening: &Opening,
    shared: &Shared,
) -> io::Result<Settled> {
    let Some(slot) = TOLD_BY.iter().find_map(|field| opening.table.slot(*field)) else {
        return Ok(Settled::NOTHING_TO_SETTLE);
    };
    let mut found = None;
    let mut without = 0;
    let mut block = Block::new(shared.charset);
    let fill = &mut |offset, out: &mut [u8]| bytes.read_at(offset, out);
    // Short at first: most files are settled by their first row.
    let (mut begin, mut length) = (opening.data_start, 16 << 10);
    loop {
        block.restart(shared.charset, begin, &[]);
        let next = block.split(begin, begin + length, &shared.dialect, fill)?;
        for at in 0..block.index.records.len() {
            match cell_shape(&block, shared, at, slot) {
                Shape::YearFirst => return Ok(Settled::NOTHING_TO_SETTLE),
                Shape::Settled(order) => {
                    return Ok(Settled { order, ambiguous: false, local: true });
                }
                Shape::Ambiguous(order) => {
                    found.get_or_insert(order);
                }
                Shape::Unknown => without += 1,
            }
        }
        let ended =
            next.start <= begin || (block.ended() && block.filled_from(next.start).is_empty());
        if ended || (found.is_none() && without >= PATIENCE) {
            break;
        }
        (begin, length) = (next.start, 4 << 20);
    }
    Ok(match found {
        Some(order) => Settled { order, ambiguous: true, local: true },
        None => Settled::NOTHING_TO_SETTLE,
    })
}

fn cell_shape(block: &Block, shared: &Shared, at: usize, slot: usize) -> Shape {
    let ends = block.index.cells(at);
    let cells = Cells {
        bytes: block.data(),
        text: None,
        start: block.index.records[at].start,
        ends,
        charset: shared.charset,
        quoted: true,
    };
    let mut scratch = Scratch::default();
    scratch.reset(ends.len());
    cells.get(slot, &scratch).map_or(Shape::Unknown, shape)
}
