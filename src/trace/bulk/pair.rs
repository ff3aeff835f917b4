//! What is kept of one (message, recipient), and how the halves of one are put together.

use super::moment::Moment;
use super::states::State;
use crate::trace::assemble::second;
use crate::trace::dates::Timestamp;
use std::cmp::Ordering;

/// What is kept of one (message, recipient).
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// Hash of the Message-ID; of the network message id where [`Pair::NETWORK_ONLY`] is set.
    pub(super) message: u64,
    /// Hash of the network message id, 0 for none.
    pub(super) network: u64,
    /// First row's time, in microseconds; `i64::MAX` for none.
    pub(super) first: i64,
    /// First receipt.
    pub(super) received: After,
    /// First delivery.
    pub(super) delivered: After,
    /// First row: source and number; see [`RowAt`].
    pub(super) row: RowAt,
    /// Row of the last final event.
    pub(super) last_row: RowAt,
    /// Moments behind the first; see [`Pair::moments`].
    pub(super) later: [Behind; 2],
    /// Place of the recipient's address in its part of the table.
    pub(super) recipient: u32,
    /// Its statements.
    pub(super) state: State,
    /// Connecting IP: 0 for none, else its number, or [`Pair::SEVERAL`], and [`Pair::BY_FILTER`].
    pub(super) ip: u32,
    /// Domain of the envelope sender: 0 for none. The two highest bits are flags.
    pub(super) sender: u32,
    /// Second of the last final event.
    pub(super) last_second: u32,
    /// Phase and code of the last final event; 0 for none.
    pub(super) last: u16,
    /// Number of its moments.
    pub(super) moments: u8,
}

impl Pair {
    /// Of `sender`: no row named the Message-ID.
    pub(super) const NETWORK_ONLY: u32 = 1 << 31;
    /// Of `sender`: a row passed the filters that the user asked for.
    pub(super) const WANTED: u32 = 1 << 30;
    /// Both of these.
    const FLAGS: u32 = Self::NETWORK_ONLY | Self::WANTED;
    /// Of `ip`: the filter named it, which counts more than the trace's own column.
    pub(super) const BY_FILTER: u32 = 1 << 31;

    /// Of `ip`: rows name different ones, and which of them is the sender's is not known here.
    const SEVERAL: u32 = Self::BY_FILTER - 1;

    /// A pair of which no row is known.
    pub(super) const EMPTY: Pair = Pair {
        message: 0,
        network: 0,
        first: i64::MAX,
        received: After::NEVER,
        delivered: After::NEVER,
        row: RowAt(0),
        last_row: RowAt(0),
        later: [Behind::NONE; 2],
        recipient: 0,
        state: 0,
        ip: 0,
        sender: 0,
        last_second: 0,
        last: 0,
        moments: 0,
    };

    pub(super) fn has(&self, flag: u32) -> bool {
        self.sender & flag != 0
    }

    /// Number of the envelope sender's domain, 0 for none.
    pub(super) fn sender_number(&self) -> u32 {
        self.sender & !Self::FLAGS
    }

    /// Number of the only connecting IP, 0 for none.
    pub(super) fn ip_number(&self) -> u32 {
        match self.ip & !Self::BY_FILTER {
            Self::SEVERAL => 0,
            number => number,
        }
    }

    /// Whether no row is known of it.
    pub(super) fn is_empty(&self) -> bool {
        self.row == RowAt(0)
    }
}

/// What decides where two rows or texts differ: the same whatever the order of the work.
pub(super) trait Order {
    /// Compares rows by source, then by number.
    fn compare(&self, a: RowAt, b: RowAt) -> Ordering;
    /// Whether a row stands before another.
    fn is_before(&self, a: RowAt, b: RowAt) -> bool {
        // rows come in their order most often, and mostly from one source
        !b.is_same_or_before(a) && self.compare(a, b).is_lt()
    }
    /// Whether one numbered text sorts before another.
    fn sorts_before(&self, a: u32, b: u32) -> bool;
}

impl Pair {
    /// Takes what other rows say; any order of rows gives the same pair. The states are left to the
    /// caller.
    pub(super) fn merge(&mut self, more: &Pair, order: &impl Order) {
        if self.is_empty() {
            let Pair { recipient, state, later, moments, .. } = *self;
            *self = Pair { recipient, state, later, moments, ..*more };
            return;
        }
        if self.has_all_of(more) {
            return;
        }
        if order.is_before(more.row, self.row) {
            self.row = more.row;
        }
        let first = self.first.min(more.first);
        let earlier = |own: After, others: After| {
            own.moved(self.first, first).min(others.moved(more.first, first))
        };
        (self.received, self.delivered) =
            (earlier(self.received, more.received), earlier(self.delivered, more.delivered));
        self.first = first;
        // of several; the part of the table knows the others
        if more.network != 0 && (self.network == 0 || more.network < self.network) {
            self.network = more.network;
        }
        self.end(more.last_second, more.last, more.last_row, order);
        self.connect(more.ip);
        let flags = (self.sender | more.sender) & Pair::FLAGS;
        let mut sender = self.sender_number();
        better(&mut sender, more.sender_number(), order);
        self.sender = sender | flags;
    }
}

impl Pair {
    /// Whether a later row says nothing new, as most rows about a message that others told of.
    fn has_all_of(&self, more: &Pair) -> bool {
        self.row.is_same_or_before(more.row)
            && self.first <= more.first
            && (self.network, self.sender) == (more.network, more.sender)
            && (more.ip == 0 || more.ip == self.ip)
            && (more.received, more.delivered) == (After::NEVER, After::NEVER)
            && more.last == 0
    }

    /// Tells of a connecting IP: the filter's counts, and of those that count as much the only one.
    fn connect(&mut self, ip: u32) {
        let rank = |ip: u32| ip & Self::BY_FILTER;
        if ip == 0 || ip == self.ip || self.ip != 0 && rank(ip) < rank(self.ip) {
            return;
        }
        let is_first = self.ip == 0 || rank(ip) > rank(self.ip);
        self.ip = if is_first { ip } else { rank(ip) | Self::SEVERAL };
    }

    /// Tells of a final event: the last one by second, phase and row is kept, of one row's the last said.
    pub(super) fn end(&mut self, second: u32, event: u16, row: RowAt, order: &impl Order) {
        let phase = |event: u16| event >> 8;
        let known = (self.last_second, phase(self.last));
        let is_later = match (second, phase(event)).cmp(&known) {
            Ordering::Equal => order.compare(row, self.last_row).is_ge(),
            order => order.is_gt(),
        };
        if event != 0 && (self.last == 0 || is_later) {
            (self.last_second, self.last, self.last_row) = (second, event, row);
        }
    }

    /// Seconds from the first receipt to the first delivery, if both are known in this order.
    pub(super) fn seconds(&self) -> Option<f64> {
        let ticks = self.delivered.ticks()?.checked_sub(self.received.ticks()?)?;
        Some(f64::from(ticks) / 100.0)
    }

    pub(super) fn is_crowded(&self) -> bool {
        self.later[0] == Behind::ELSEWHERE
    }

    /// Code of the last final event, 0 for none.
    pub(super) fn last_code(&self) -> u8 {
        (self.last & 0xff) as u8
    }

    /// Its moments, in order; `many` are those behind the first that have no room here. The first one
    /// is most often that of the pair's first row, and then not kept a second time.
    pub(super) fn moments(&self, many: &[Moment]) -> Vec<Moment> {
        let few = self.later.iter().filter(|later| **later != Behind::NONE);
        let mut moments: Vec<Moment> = match self.is_crowded() {
            true => many.to_vec(),
            false => few.map(|later| later.moment(self.beginning())).collect(),
        };
        if moments.len() < usize::from(self.moments) {
            moments.insert(0, self.beginning());
        }
        moments
    }

    /// Keeps its moments; gives those that have no room here.
    pub(super) fn keep_moments<'m>(&mut self, moments: &'m [Moment]) -> &'m [Moment] {
        // at most one for each kind of statement
        self.moments = moments.len() as u8;
        let later = match moments.split_first() {
            Some((first, later)) if *first == self.beginning() => later,
            _ => moments,
        };
        let behind = |moment: &Moment| Behind::of(*moment, self.beginning());
        let few = match later {
            [] => Some([Behind::NONE; 2]),
            [one] => behind(one).map(|one| [one, Behind::NONE]),
            [one, two] => behind(one).zip(behind(two)).map(|(one, two)| [one, two]),
            _ => None,
        };
        self.later = few.unwrap_or([Behind::ELSEWHERE; 2]);
        if few.is_none() { later } else { &[] }
    }

    /// When the first row was, as far as pairs have one that is first in time and place.
    fn beginning(&self) -> Moment {
        Moment { second: second(self.first()), row: self.row }
    }

    /// Time of its first row.
    pub(super) fn first(&self) -> Option<Timestamp> {
        (self.first != i64::MAX).then_some(Timestamp(self.first))
    }
}

/// How long after a pair's first row something was, in hundredths of a second of the clock: as exact as
/// it is shown, in half the room of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct After(u32);

impl After {
    /// It was not, or more than a year later.
    pub(super) const NEVER: After = After(u32::MAX);
    /// At the first row itself.
    pub(super) const AT_ONCE: After = After(0);

    fn ticks(self) -> Option<u32> {
        (self != Self::NEVER).then_some(self.0)
    }

    /// The same moment, told from another first row, which is no later; both in microseconds.
    fn moved(self, from: i64, to: i64) -> After {
        if from == to {
            return self;
        }
        let tick = |moment: i64| moment.div_euclid(10_000);
        let moved = || {
            let ticks = i64::from(self.ticks()?).checked_add(tick(from) - tick(to))?;
            u32::try_from(ticks).ok()
        };
        moved().map_or(Self::NEVER, After)
    }
}

/// Keeps the text that sorts first.
fn better(kept: &mut u32, new: u32, order: &impl Order) {
    if new != 0 && *kept != new && (*kept == 0 || order.sorts_before(new, *kept)) {
        *kept = new;
    }
}

/// A source and a row number in one word: 24 bits and 40 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RowAt(u64);

impl RowAt {
    /// Before any row of the first source.
    pub(super) const FIRST: RowAt = RowAt(0);

    pub(super) fn new(source: u32, row: u64) -> Self {
        RowAt(u64::from(source) << 40 | row & ((1 << 40) - 1))
    }

    pub(super) fn source(self) -> u32 {
        // 24 bits
        (self.0 >> 40) as u32
    }

    pub(super) fn row(self) -> u64 {
        self.0 & ((1 << 40) - 1)
    }

    /// Whether it is the row at `other`, or one before it of the same source.
    pub(super) fn is_same_or_before(self, other: RowAt) -> bool {
        // no further away than the source's beginning
        other.0.wrapping_sub(self.0) <= other.row()
    }
}

/// How long after a pair's beginning a moment was, and how many rows behind it, in a third of the room of a
/// moment: a message's rows stand near each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Behind {
    seconds: u16,
    rows: u16,
}

impl Behind {
    /// There is no such moment: it would be the beginning itself.
    const NONE: Behind = Behind { seconds: 0, rows: 0 };
    /// The moments are kept elsewhere, because they are too many or too far from the beginning.
    const ELSEWHERE: Behind = Behind { seconds: u16::MAX, rows: u16::MAX };

    /// `None` where it is too far from the beginning, or before it.
    fn of(moment: Moment, beginning: Moment) -> Option<Behind> {
        let seconds = moment.second.checked_sub(beginning.second)?;
        let rows = moment.row.0.checked_sub(beginning.row.0)?;
        let behind = Behind { seconds: seconds.try_into().ok()?, rows: rows.try_into().ok()? };
        (behind != Self::NONE && behind != Self::ELSEWHERE).then_some(behind)
    }

    fn moment(self, beginning: Moment) -> Moment {
        let row = RowAt(beginning.row.0 + u64::from(self.rows));
        Moment { second: beginning.second + u32::from(self.seconds), row }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_small() {
        assert_eq!(size_of::<Pair>(), 80);
    }

    #[test]
    fn receipt_and_delivery_are_told_from_the_first_row_in_any_order() {
        let row = |first: i64, received: After, delivered: After| Pair {
            first,
            received,
            delivered,
            row: RowAt::new(0, 1),
            ..Pair::EMPTY
        };
        let rows = [
            row(1_000_000, After::NEVER, After::NEVER),
            row(1_509_999, After::AT_ONCE, After::NEVER),
            row(4_000_001, After::NEVER, After::AT_ONCE),
            row(9_000_000, After::AT_ONCE, After::AT_ONCE),
        ];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
            let mut pair = Pair::EMPTY;
            let store = super::super::store::Store::new(usize::MAX);
            order.iter().for_each(|at| pair.merge(&rows[*at], &store));
            assert_eq!(pair.seconds(), Some(2.5), "{order:?}");
        }
        for (received, delivered) in [(After::NEVER, After(1)), (After(2), After(1))] {
            assert_eq!(row(0, received, delivered).seconds(), None);
        }
        assert_eq!(After(1).moved(i64::MAX, 0), After::NEVER);
    }

    #[test]
    fn the_connecting_ip_is_the_only_one_of_those_that_count_most_in_any_order() {
        const FILTERS: u32 = Pair::BY_FILTER;
        let several = Pair::SEVERAL;
        for (ips, expected) in [
            (vec![0, 3, 0], 3),
            (vec![3, 3], 3),
            (vec![3, 4], several),
            (vec![3, 4, 3], several),
            (vec![3, FILTERS | 4, 5], FILTERS | 4),
            (vec![3, FILTERS | 4, FILTERS | 5, 0], FILTERS | several),
            (vec![3, 4, FILTERS | 5], FILTERS | 5),
        ] {
            for turn in 0..ips.len() {
                let mut pair = Pair::EMPTY;
                let turned = ips.iter().cycle().skip(turn).take(ips.len());
                turned.for_each(|ip| pair.connect(*ip));
                assert_eq!(pair.ip, expected, "{ips:?}");
            }
        }
    }

    #[test]
    fn a_pair_keeps_its_moments_with_or_without_its_first_row() {
        let moments: Vec<Moment> =
            (1..6).map(|at| Moment { second: at, row: RowAt::new(1, at.into()) }).collect();
        for first in [1, 2] {
            let mut pair = Pair { first: 1_000_000, row: RowAt::new(1, first), ..Pair::EMPTY };
            for count in 0..6 {
                let many = pair.keep_moments(&moments[..count]);
                // what stands before the first row has no room in the pair
                assert_eq!(
                    many.is_empty(),
                    count == 0 || count <= 3 && first == 1,
                    "{first} {count}"
                );
                assert_eq!(pair.moments(many), moments[..count], "{first} {count}");
            }
        }
    }

    #[test]
    fn a_moment_that_is_far_from_the_first_row_is_kept_elsewhere() {
        let mut pair = Pair { first: 1_000_000, row: RowAt::new(1, 9), ..Pair::EMPTY };
        let beginning = pair.beginning();
        let far = u64::from(u16::MAX);
        for (second, row, is_near) in [
            (0, RowAt::new(1, 10), true),
            (far, RowAt::new(1, 9), true),
            (far, RowAt::new(1, 8 + far), true),
            (far, RowAt::new(1, 9 + far), false),
            (far + 1, RowAt::new(1, 10), false),
            (0, RowAt::new(1, 10 + far), false),
            (1, RowAt::new(1, 8), false),
            (1, RowAt::new(2, 9), false),
        ] {
            let moment = Moment { second: beginning.second + second as u32, row };
            for moments in [vec![moment], vec![beginning, moment]] {
                let many = pair.keep_moments(&moments);
                assert_eq!(many.is_empty(), is_near, "{moment:?}");
                assert_eq!(pair.moments(many), moments);
            }
        }
    }
}
