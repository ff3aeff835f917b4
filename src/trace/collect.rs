//! Journeys with all their evidence: every row of the pairs that are asked for.
//!
//! Bulk work keeps little of a pair ([`super::bulk`]); whoever wants a pair's own words reads its
//! rows with this.

use super::columns::Field;
use super::dates::Timestamp;
use super::expected::{self, Expected, Own, Seen};
use super::identity;
use super::journey::{Journey, Text};
use super::observe::{self, Scratch, Sink};
use super::report::Refusal;
use super::row::Row;
use super::statement::{Kind, Statement};
use crate::campaign::Campaign;
use crate::fact::{Citation, Evidence, Fact, Place};
use crate::message::{Date, Envelope};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Gathers rows by (message, recipient).
#[derive(Debug, Default)]
pub struct Collector {
    pairs: HashMap<Key, Draft>,
    expected: BTreeMap<String, Expected>,
    scratch: Scratch,
}

/// A recipient in lower case and a message: its Message-ID, else its network message id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    recipient: String,
    message: Box<str>,
    /// No row named the Message-ID.
    by_network_id: bool,
}

/// A pair while its rows come in.
#[derive(Debug, Default)]
struct Draft {
    envelope: Envelope,
    recipient: Option<Text>,
    networks: BTreeSet<identity::Guid>,
    statements: Vec<Statement>,
    /// Place of the first row, which names the envelope.
    first: Option<(Arc<str>, Place)>,
    /// Whether some row is known to be asked for.
    asked: bool,
}

impl Collector {
    /// Takes one row.
    ///
    /// # Errors
    ///
    /// A cell of the row's time that holds no date. A list of people is taken whatever its dates are, but
    /// not without an address where one should be.
    pub fn row(&mut self, row: &Row<'_>) -> Result<(), Refusal> {
        self.row_told(row, true)
    }

    /// As [`Collector::row`]; `asked` tells whether the row is known to be asked for. One that does not have
    /// the columns to tell only adds to a pair that other rows bring.
    ///
    /// # Errors
    ///
    /// As [`Collector::row`].
    pub fn row_told(&mut self, row: &Row<'_>, asked: bool) -> Result<(), Refusal> {
        let at = match row.time(Field::Time) {
            Some(Err(refusal)) if !row.format.is_expectation() => return Err(refusal),
            time => time.and_then(Result::ok),
        };
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut hearing = Hearing { row, at, common: Vec::new(), recipients: Vec::new() };
        observe::observe(row, &mut scratch, &mut hearing);
        self.scratch = scratch;
        let (common, recipients) = (hearing.common, hearing.recipients);
        if row.format.is_expectation() {
            return self.expect(row, recipients);
        }
        let (message, by_network_id) = message_of(row);
        for (address, own) in recipients {
            let mut recipient = String::new();
            let address = identity::address(&address).into_owned();
            identity::address_key(&address, &mut recipient);
            let key = Key { recipient, message: message.clone(), by_network_id };
            let draft = self.pairs.entry(key).or_default();
            draft.identify(row, &address);
            draft.asked |= asked;
            draft.statements.extend(common.iter().cloned().chain(own));
        }
        Ok(())
    }

    fn expect(
        &mut self,
        row: &Row<'_>,
        recipients: Vec<(String, Vec<Statement>)>,
    ) -> Result<(), Refusal> {
        // what tells of nobody, such as the beginning of a campaign, has no address
        let Some(field) = observe::expected_field(row) else { return Ok(()) };
        if recipients.is_empty() {
            return Err(row.refuse(field, "an address"));
        }
        for (address, own) in recipients {
            let mut key = String::new();
            identity::address_key(address.trim(), &mut key);
            let expected = self.expected.entry(key).or_insert_with(|| {
                Expected::new(Fact::new(address.trim().into(), &evidence(row, field, &address)))
            });
            expected.date(row);
            expected.statements.extend(own);
        }
        Ok(())
    }

    /// Adds what another collector gathered from later rows.
    pub fn merge(&mut self, later: Collector) {
        for (key, draft) in later.pairs {
            match self.pairs.get_mut(&key) {
                Some(known) => known.merge(draft),
                None => drop(self.pairs.insert(key, draft)),
            }
        }
        for (key, expected) in later.expected {
            match self.expected.get_mut(&key) {
                Some(known) => known.merge(expected),
                None => drop(self.expected.insert(key, expected)),
            }
        }
    }

    /// The journeys, in the order of their first rows, and one for every expected recipient that no
    /// row is about.
    pub fn finish(self) -> Vec<Journey> {
        self.finish_with(&|_| None)
    }

    /// As [`Collector::finish`]; `campaign` gives the campaign that the people of a source were expected
    /// for, which tells its messages from others.
    pub fn finish_with<'c>(self, campaign: &dyn Fn(&str) -> Option<&'c Campaign>) -> Vec<Journey> {
        let mut drafts = join(self.pairs);
        let mut missing = Vec::new();
        for (key, expected) in self.expected {
            let campaign = campaign(&expected.address.evidence.source);
            let own = drafts.iter().enumerate().filter(|(_, (pair, _))| pair.recipient == key);
            let own =
                own.map(|(at, (_, draft))| (at, Seen::of(&draft.envelope, &draft.statements)));
            match expected.own(own.collect(), campaign) {
                Own::One(at) => drafts[at].1.statements.extend(expected.statements),
                own => missing.extend(expected.missing(own)),
            }
        }
        drafts.sort_by(|(a, a_draft), (b, b_draft)| (&a_draft.first, a).cmp(&(&b_draft.first, b)));
        let mut journeys: Vec<Journey> =
            drafts.into_iter().map(|(_, draft)| draft.finish()).collect();
        let without_trace = journeys.is_empty();
        journeys.extend(missing.into_iter().map(|expected| expected.not_traced(without_trace)));
        journeys
    }

    /// The expected people, by the keys of their addresses.
    pub fn into_people(self) -> BTreeMap<String, Expected> {
        self.expected
    }
}

/// Joins pairs known by the network message id only to those whose rows name both, and rows without
/// recipient to the only recipient of their message.
fn join(mut pairs: HashMap<Key, Draft>) -> Vec<(Key, Draft)> {
    let mut by_network: HashMap<(String, identity::Guid), Key> = HashMap::new();
    let mut by_message: HashMap<Box<str>, Vec<Key>> = HashMap::new();
    let mut keys: Vec<Key> = pairs.keys().cloned().collect();
    keys.sort_by(|a, b| (&pairs[a].first, a).cmp(&(&pairs[b].first, b)));
    for key in keys.iter().filter(|key| !key.by_network_id) {
        for network in &pairs[key].networks {
            by_network.entry((key.recipient.clone(), *network)).or_insert_with(|| key.clone());
            if !key.recipient.is_empty() {
                by_message.entry(network.to_string().into()).or_default().push(key.clone());
            }
        }
        if !key.recipient.is_empty() {
            by_message.entry(key.message.clone()).or_default().push(key.clone());
        }
    }
    for key in keys {
        let target = if key.recipient.is_empty() {
            match by_message.get(&key.message).map(Vec::as_slice) {
                Some([only]) => Some(only.clone()),
                _ => None,
            }
        } else if key.by_network_id {
            let network = pairs.get(&key).and_then(|draft| draft.networks.first().copied());
            network.and_then(|id| by_network.get(&(key.recipient.clone(), id)).cloned())
        } else {
            None
        };
        if let Some(target) = target.filter(|target| *target != key)
            && let Some(draft) = pairs.remove(&key)
        {
            match pairs.get_mut(&target) {
                Some(known) => known.merge(draft),
                None => drop(pairs.insert(key, draft)),
            }
        }
    }
    pairs.into_iter().collect()
}

/// The message's id and whether it is the network message id.
fn message_of(row: &Row<'_>) -> (Box<str>, bool) {
    let id = row.get(Field::MessageId).map(identity::message_id).filter(|id| !id.is_empty());
    match (id, observe::network_id(row)) {
        (Some(id), _) => (id.into(), false),
        (None, Some(network)) => (network.to_string().into(), true),
        // a table without either id: the row itself is the message
        (None, None) => (format!("{}:{}", row.source, row.number).into(), false),
    }
}

fn evidence(row: &Row<'_>, field: Field, raw: &str) -> Citation {
    let column = row.column(field).unwrap_or_default().to_owned();
    Evidence::new(row.source, Place::Row(row.number), column, raw).into()
}

impl Draft {
    /// Takes identifiers from the row; those of the first row stand.
    fn identify(&mut self, row: &Row<'_>, address: &str) {
        let place = (Arc::clone(row.source), Place::Row(row.number));
        let network = observe::network_id(row);
        self.networks.extend(network);
        let earlier = self.first.as_ref().is_none_or(|first| place < *first);
        let envelope = &mut self.envelope;
        let take = |slot: &mut Option<Text>, field: Field, value: Option<&str>| {
            if let Some(value) = value
                && (earlier || slot.is_none())
            {
                *slot = Some(Fact::new(value.into(), &evidence(row, field, value)));
            }
        };
        let id = row.get(Field::MessageId).map(identity::message_id);
        take(&mut envelope.message_id, Field::MessageId, id);
        let network = network.map(|id| id.to_string());
        take(&mut envelope.network_message_id, Field::NetworkMessageId, network.as_deref());
        take(&mut envelope.subject, Field::Subject, row.get(Field::Subject));
        let from = observe::from_field(row);
        take(&mut envelope.from, from, row.get(from));
        take(&mut envelope.mail_from, observe::mail_from_field(row), observe::mail_from(row));
        take(&mut envelope.tenant_id, Field::TenantId, row.get(Field::TenantId));
        let field =
            if row.has(Field::Recipient) { Field::Recipient } else { Field::RecipientStatus };
        take(&mut self.recipient, field, Some(address).filter(|address| !address.is_empty()));
        if let Some(at) = row.time(Field::Time).and_then(Result::ok)
            && let Ok(at) = jiff::Timestamp::from_microsecond(at.0)
            && (earlier || envelope.date.is_none())
        {
            let evidence = evidence(row, Field::Time, &at.to_string());
            envelope.date = Some(Fact::new(Date::Row(at), &evidence));
        }
        if earlier {
            self.first = Some(place);
        }
    }

    fn merge(&mut self, mut other: Draft) {
        // `None` sorts first, but a draft without rows has nothing to give
        if other.first.is_some() && (self.first.is_none() || other.first < self.first) {
            std::mem::swap(self, &mut other);
        }
        self.envelope.fill(&other.envelope);
        self.recipient = self.recipient.take().or(other.recipient);
        self.networks.append(&mut other.networks);
        self.statements.append(&mut other.statements);
        self.asked |= other.asked;
    }

    fn finish(self) -> Journey {
        let mut journey = Journey::assemble(self.statements);
        journey.traced = true;
        journey.asked = self.asked;
        journey.envelope = self.envelope;
        journey.recipient = self.recipient;
        if let Some((source, _)) = self.first
            && !journey.sources.contains(&source)
        {
            journey.sources.push(source);
        }
        journey
    }
}

/// Keeps the statements of one row.
struct Hearing<'r> {
    row: &'r Row<'r>,
    at: Option<Timestamp>,
    common: Vec<Statement>,
    recipients: Vec<(String, Vec<Statement>)>,
}

impl Sink for Hearing<'_> {
    fn recipient(&mut self, address: &str) {
        self.recipients.push((address.to_owned(), Vec::new()));
    }

    fn say(&mut self, kind: Kind, value: &str, field: Field, raw: &str) {
        let evidence = evidence(self.row, field, raw);
        let at = self.at.or_else(|| self.platform_time(kind));
        let statement = Statement { kind, value: value.into(), at, evidence };
        match self.recipients.last_mut() {
            Some((_, own)) => own.push(statement),
            None => self.common.push(statement),
        }
    }
}

impl Hearing<'_> {
    /// Platforms have a column of their own for each step's time.
    fn platform_time(&self, kind: Kind) -> Option<Timestamp> {
        if !matches!(kind, Kind::Platform | Kind::PlatformError | Kind::PlatformIp) {
            return None;
        }
        expected::sending_time(self.row)
    }
}

#[cfg(test)]
mod tests;
