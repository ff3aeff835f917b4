//! A stream on all cores: one thread at a time reads a block and finds its records, then works on
//! their rows while the next thread reads on.

use super::block::Block;
use super::rows::{Shared, table_behind};
use super::source::read_stream;
use super::table::Table;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// Something that can only be read from its beginning.
pub(super) struct Stream<'i> {
    pub(super) shared: Shared,
    length: u64,
    state: Mutex<State<'i>>,
}

struct State<'i> {
    reader: Box<dyn Read + Send + 'i>,
    /// Bytes read and not yet used, and where in the stream they are.
    carry: Vec<u8>,
    offset: u64,
    taken: u64,
    number: u64,
    table: Arc<Table>,
    ended: bool,
}

/// A block whose records are known.
pub(super) struct Taken {
    pub(super) at: u64,
    pub(super) last: bool,
    pub(super) bytes: u64,
    /// Number of its first row.
    pub(super) number: u64,
    pub(super) table: Arc<Table>,
    pub(super) outcome: io::Result<()>,
}

impl<'i> Stream<'i> {
    /// A stream of which `head` has been read; its first record is at `data_start` or later.
    pub(super) fn new(
        shared: Shared,
        table: Arc<Table>,
        reader: Box<dyn Read + Send + 'i>,
        head: &[u8],
        data_start: u64,
        block: usize,
    ) -> Self {
        let unit = shared.charset.unit() as u64;
        let length = (block as u64).clamp(unit, 1 << 30).next_multiple_of(unit);
        let carry = head.get(data_start as usize..).unwrap_or_default().to_vec();
        let state =
            State { reader, carry, offset: data_start, taken: 0, number: 1, table, ended: false };
        Stream { shared, length, state: Mutex::new(state) }
    }

    /// The next block with its records; `None` when all are taken.
    pub(super) fn take(&self, block: &mut Block) -> Option<Taken> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        if state.ended {
            return None;
        }
        let begin = state.offset;
        let mut failed = Ok(());
        block.restart(self.shared.charset, begin, &state.carry);
        // Where a stream fails (a cut archive), what came before is still good.
        let fill = &mut |_, out: &mut [u8]| {
            let (count, outcome) = read_stream(&mut *state.reader, out);
            failed = std::mem::replace(&mut failed, Ok(())).and(outcome);
            Ok(count)
        };
        let split = block.split(begin, begin + self.length, &self.shared.dialect, fill);
        let outcome = split.map(|next| {
            state.carry = next.beyond.unwrap_or_else(|| block.filled_from(next.start).to_vec());
            state.offset = next.start;
        });
        let outcome = outcome.and(failed);
        state.ended = outcome.is_err() || (block.ended() && state.carry.is_empty());
        let taken = Taken {
            at: state.taken,
            last: state.ended,
            // The first block has the lines above the records with it.
            bytes: state.offset - if state.taken == 0 { 0 } else { begin },
            number: state.number,
            table: Arc::clone(&state.table),
            outcome,
        };
        state.taken += 1;
        state.number += block.index.rows();
        state.table = table_behind(block, &self.shared, &state.table);
        Some(taken)
    }
}
