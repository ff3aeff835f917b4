//! What rows say, counted without joining them: memory does not grow with their number.

use crate::trace::columns::Field;
use crate::trace::observe::{self, Scratch, Sink};
use crate::trace::report::Refusal;
use crate::trace::row::Row;
use crate::trace::statement::Kind;
use std::collections::BTreeMap;

/// What is counted, its name in the contract and its title.
pub const COUNTED: [(Kind, &str, &str); 22] = [
    (Kind::Event, "event", "Events"),
    (Kind::Status, "status", "Delivery statuses"),
    (Kind::Folder, "folder", "Folders"),
    (Kind::DeliveryAction, "delivery_action", "Delivery actions"),
    (Kind::DeliveryLocation, "delivery_location", "First locations"),
    (Kind::LatestLocation, "latest_location", "Locations now"),
    (Kind::PostDelivery, "post_delivery", "Actions after delivery"),
    (Kind::ReleaseStatus, "release_status", "Release statuses"),
    (Kind::QuarantineReason, "quarantine_reason", "Reasons for quarantine"),
    (Kind::Answer, "answer", "SMTP answers"),
    (Kind::Agent, "agent", "Agents that decided"),
    (Kind::Sfv, "sfv", "Spam filter verdicts (SFV)"),
    (Kind::Scl, "scl", "Spam confidence levels"),
    (Kind::Cat, "cat", "Threat categories"),
    (Kind::Di, "di", "Dispositions of the spam filter (DI)"),
    (Kind::Malware, "malware", "Malware"),
    (Kind::TransportRule, "transport_rule", "Mail flow rules"),
    (Kind::Dlp, "dlp", "DLP rules"),
    (Kind::Connector, "connector", "Connectors"),
    (Kind::ClientIp, "client_ip", "Connecting IPs"),
    (Kind::Click, "click", "Clicks"),
    (Kind::Platform, "platform", "What the platform tells"),
];

/// Different values counted of each kind: what comes later is counted together.
const VALUES: usize = 10_000;
/// Longest value that is kept, in bytes.
const LONGEST: usize = 200;

/// What some rows say.
#[derive(Debug, Default)]
pub struct Said {
    /// By kind, in the order of [`COUNTED`].
    pub values: [Values; COUNTED.len()],
    /// Time of the first and of the last row, in microseconds.
    pub span: Option<(i64, i64)>,
    scratch: Scratch,
}

/// Values of one kind.
#[derive(Debug, Default)]
pub struct Values {
    /// How often rows say each, for a message or for one of its recipients.
    pub counts: BTreeMap<Box<str>, u64>,
    /// How often they say others, met when there were too many already.
    pub others: u64,
}

impl Values {
    fn add(&mut self, value: &str, count: u64) {
        let value = &value[..value.floor_char_boundary(LONGEST)];
        if let Some(sum) = self.counts.get_mut(value) {
            *sum += count;
        } else if self.counts.len() < VALUES {
            self.counts.insert(value.into(), count);
        } else {
            self.others += count;
        }
    }
}

impl Said {
    /// Counts what a row says.
    ///
    /// # Errors
    ///
    /// A cell of the row's time that holds no date.
    pub fn row(&mut self, row: &Row<'_>) -> Result<(), Refusal> {
        if let Some(at) = row.time(Field::Time).transpose()? {
            self.extend(at.0, at.0);
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        observe::observe(row, &mut scratch, self);
        self.scratch = scratch;
        Ok(())
    }

    /// Adds what later rows say.
    pub fn merge(&mut self, later: Said) {
        if let Some((first, last)) = later.span {
            self.extend(first, last);
        }
        for (values, more) in self.values.iter_mut().zip(later.values) {
            more.counts.iter().for_each(|(value, count)| values.add(value, *count));
            values.others += more.others;
        }
    }

    fn extend(&mut self, first: i64, last: i64) {
        let (begin, end) = self.span.unwrap_or((first, last));
        self.span = Some((begin.min(first), end.max(last)));
    }
}

impl Sink for Said {
    fn recipient(&mut self, _: &str) {}

    fn say(&mut self, kind: Kind, value: &str, _: Field, _: &str) {
        // of one column
        let kind = match kind {
            Kind::OpenStatus => Kind::Status,
            Kind::HeldStatus => Kind::ReleaseStatus,
            kind => kind,
        };
        if let Some(at) = COUNTED.iter().position(|(counted, ..)| *counted == kind) {
            self.values[at].add(value, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(values: impl IntoIterator<Item = String>) -> Said {
        let mut said = Said::default();
        for value in values {
            said.say(Kind::Event, &value, Field::Event, &value);
        }
        said
    }

    #[test]
    fn values_beyond_the_most_are_counted_together_and_none_is_lost() {
        let mut all = said((0..VALUES).map(|number| format!("x{number}")));
        all.merge(said(["x1", "y", "y", "z"].map(str::to_owned)));
        let events = &all.values[0];
        assert_eq!((events.counts.len(), events.counts["x1"], events.others), (VALUES, 2, 3));
    }

    #[test]
    fn long_values_are_cut() {
        let all = said(["é".repeat(1000)]);
        assert!(all.values[0].counts.keys().all(|value| value.len() <= LONGEST));
    }
}
