//! A journey told again from the little that the table keeps.
//!
//! Statements show the first row that made them, which may be another pair's: right for a summary,
//! which tells of groups. One pair's own rows are read by [`crate::trace::collect`].

use super::group::seconds;
use super::shard::Pair;
use super::table::{At, Column, Table};
use super::words::State;
use crate::fact::{Evidence, Fact, Place};
use crate::trace::dates::Timestamp;
use crate::trace::event::Event;
use crate::trace::journey::Journey;
use crate::trace::statement::{Kind, Statement};
use std::sync::Arc;

/// The statements of a state, in an order that does not hang on their numbers.
pub(super) fn words(table: &Table, state: State) -> Vec<(Kind, &str)> {
    let said = table.states.get(state).iter().filter_map(|word| table.words.get(*word));
    let mut words: Vec<_> = said.map(|said| (said.kind, &*said.value)).collect();
    words.sort_unstable();
    words
}

/// The journey of the pair at `at`, whose story is `state` and `last`.
pub(super) fn journey(table: &Table, at: At, state: State, last: u8) -> Journey {
    let said = table.states.get(state).iter().filter_map(|word| table.words.get(*word));
    let mut statements: Vec<Statement> = said
        .map(|said| Statement {
            kind: said.kind,
            value: said.value.clone(),
            at: (said.kind == Kind::Event).then(|| order(&said.value, last)),
            evidence: Arc::clone(&said.evidence),
        })
        .collect();
    statements.sort_by(|a, b| (a.kind, &a.value).cmp(&(b.kind, &b.value)));
    let Some(pair) = table.pair(at) else { return Journey::assemble(statements) };
    statements.extend(connecting_ip(table, pair));
    let mut journey = Journey::assemble(statements);
    journey.traced = true;
    journey.first = (pair.first != i64::MAX).then_some(Timestamp(pair.first));
    journey.delivery_seconds = seconds(pair);
    let address = table.address(at);
    journey.recipient =
        (!address.is_empty()).then(|| text(table, pair, Column::Recipient, address));
    let sender = table.text(pair.sender & !(Pair::WANTED | Pair::NETWORK_ONLY));
    journey.envelope.mail_from = sender.map(|sender| text(table, pair, Column::Sender, sender));
    let source = table.source(pair.row);
    if !journey.sources.contains(&source) {
        journey.sources.push(source);
    }
    journey
}

/// A time that puts events in the order of their phases, the last final one at the end.
fn order(event: &str, last: u8) -> Timestamp {
    let event = Event::parse(event);
    let is_last = event.is_some_and(|event| event as u8 + 1 == last);
    let phase = event.map_or(0, Event::phase);
    Timestamp(i64::from(phase) * 1_000_000 + if is_last { 1_000_000_000 } else { 0 })
}

fn connecting_ip(table: &Table, pair: &Pair) -> Option<Statement> {
    let by_filter = pair.ip & Pair::BY_FILTER != 0;
    let value = table.text(pair.ip & !Pair::BY_FILTER)?;
    let (kind, column) =
        if by_filter { (Kind::Cip, Column::FilterIp) } else { (Kind::ClientIp, Column::ClientIp) };
    let evidence = evidence(table, pair, column, value);
    Some(Statement { kind, value: value.into(), at: None, evidence })
}

fn text(table: &Table, pair: &Pair, column: Column, value: &str) -> Fact<Box<str>> {
    Fact::new(value.into(), &evidence(table, pair, column, value))
}

fn evidence(table: &Table, pair: &Pair, column: Column, value: &str) -> Arc<Evidence> {
    let source = table.source(pair.row);
    let place = Place::Row(pair.row.row());
    Arc::new(Evidence::new(&source, place, table.column(pair.row, column), value))
}
