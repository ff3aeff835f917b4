//! A journey told again from the little that the table keeps.
//!
//! Which statement of a kind counts is the pair's own: its state knows. The evidence is the first row
//! of all that said so, which may be another pair's: a summary shows one example for all pairs of a
//! cause. One pair's own rows are read by [`crate::trace::collect`].

use super::pair::Pair;
use super::states::State;
use super::table::{At, Column, Table};
use super::words::Said;
use crate::fact::{Citation, Evidence, Fact, Place};
use crate::trace::dates::Timestamp;
use crate::trace::event::Event;
use crate::trace::journey::Journey;
use crate::trace::statement::{Kind, Statement};
use std::sync::Arc;

/// The statements of a state, and whether each is the last of its kind that counts, in an order that
/// does not hang on their numbers.
pub(super) fn words(table: &Table, state: State) -> Vec<(Kind, &str, bool)> {
    let said = said(table, state);
    let mut words: Vec<_> = said.map(|(said, last)| (said.kind, &*said.value, last)).collect();
    words.sort_unstable();
    words
}

fn said(table: &Table, state: State) -> impl Iterator<Item = (&Said, bool)> {
    let entries = table.states.get(state).iter();
    entries.filter_map(|entry| Some((table.words.get(entry.word)?, entry.moment.is_some())))
}

/// The journey of the pair at `at`, whose story is `state` and `last`.
pub(super) fn journey(table: &Table, at: At, state: State, last: u8) -> Journey {
    let mut statements: Vec<Statement> = said(table, state)
        .map(|(said, stands)| Statement {
            kind: said.kind,
            value: said.value.clone(),
            at: match said.kind {
                Kind::Event => Some(order(&said.value, last)),
                // behind those that have no time
                _ => stands.then_some(Timestamp(0)),
            },
            evidence: Arc::clone(&said.evidence).into(),
        })
        .collect();
    statements.sort_by(|a, b| (a.kind, &a.value).cmp(&(b.kind, &b.value)));
    let Some(pair) = table.pair(at) else { return Journey::assemble(statements) };
    statements.extend(connecting_ip(table, pair));
    let mut journey = Journey::assemble(statements);
    journey.traced = true;
    journey.first = pair.first();
    journey.delivery_seconds = pair.seconds();
    let address = table.address(at);
    journey.recipient =
        (!address.is_empty()).then(|| text(table, pair, Column::Recipient, address));
    let sender = table.text(pair.sender_number());
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
    let value = table.text(pair.ip_number())?;
    let (kind, column) =
        if by_filter { (Kind::Cip, Column::FilterIp) } else { (Kind::ClientIp, Column::ClientIp) };
    let evidence = evidence(table, pair, column, value);
    Some(Statement { kind, value: value.into(), at: None, evidence })
}

fn text(table: &Table, pair: &Pair, column: Column, value: &str) -> Fact<Box<str>> {
    Fact::new(value.into(), &evidence(table, pair, column, value))
}

fn evidence(table: &Table, pair: &Pair, column: Column, value: &str) -> Citation {
    let source = table.source(pair.row);
    let place = Place::Row(pair.row.row());
    Evidence::new(&source, place, table.column(pair.row, column), value).into()
}
