//! The people that a simulation was meant for, and which traced message is theirs (`trace-formats.md`
//! §8, §13).
//!
//! A platform's record names neither message nor sender, and people get other mail too: a recipient in
//! common says little. A traced message may be the one that the record is about where
//!
//! - it began within a day of the sending, if both are dated: queues, gateways and lists in local time
//!   take hours;
//! - it is the campaign's by sender, address and sending window, if a campaign describes them;
//! - and, of a record that ends in a refusal, something shows the same: mail refused at the edge leaves
//!   no row at all, so that a row of that day is more likely another message. Either it is the
//!   campaign's, or it failed too and was given the same answer, or came back as the platform says.

use super::columns::Field;
use super::dates::Timestamp;
use super::event::Event;
use super::journey::{Journey, Text};
use super::platform::is_after_delivery;
use super::row::Row;
use super::statement::{Kind, Statement};
use super::status_code::{self, Enhanced};
use crate::campaign::Campaign;
use crate::message::Envelope;
use std::net::IpAddr;
use std::sync::Arc;

const HOUR: i64 = 3_600 * 1_000_000;
/// Longest time between the sending and the first row about it, in microseconds.
pub const DAY: i64 = 24 * HOUR;

/// A person that a message was meant for.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The address, as the list has it.
    pub address: Text,
    /// The platform's own record.
    pub statements: Vec<Statement>,
    /// When it was sent, or refused.
    pub sent: Option<Timestamp>,
    /// When the person did something with it first.
    pub acted: Option<Timestamp>,
}

/// What rows tell of a message to the person.
#[derive(Debug, Clone)]
pub struct Seen<'d> {
    /// Header From.
    pub from: Option<&'d str>,
    /// Envelope sender, or its domain.
    pub mail_from: Option<&'d str>,
    /// Connecting IP.
    pub ip: Option<IpAddr>,
    /// Time of the first row.
    pub began: Option<Timestamp>,
    /// Whether it failed, and no row shows a delivery.
    pub failed: bool,
    /// Enhanced codes of the answers to it.
    pub codes: Vec<Enhanced>,
}

/// Which of a person's messages the record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// None of them.
    None,
    /// This one.
    One(usize),
    /// Nothing tells which.
    Several,
}

/// When a row of a record says that it was sent. GoPhish writes the year 1 for what never was.
pub(super) fn sending_time(row: &Row<'_>) -> Option<Timestamp> {
    let fields = [Field::SendTime, Field::DeliveredTime, Field::ModifiedTime];
    fields.into_iter().find_map(|field| row.time(field)?.ok().filter(|at| at.0 > 0))
}

impl Expected {
    /// A person of whom no row tells anything yet.
    pub fn new(address: Text) -> Self {
        Expected { address, statements: Vec::new(), sent: None, acted: None }
    }

    /// Takes the times of a row: of single events, or of the sending.
    pub fn date(&mut self, row: &Row<'_>) {
        let event = row.time(Field::Time).and_then(Result::ok);
        let act = event.is_some() && row.get(Field::PlatformEvent).is_some_and(is_after_delivery);
        let slot = if act { &mut self.acted } else { &mut self.sent };
        *slot = earlier(*slot, event.or_else(|| sending_time(row)));
    }

    /// Adds what later rows tell.
    pub fn merge(&mut self, later: Expected) {
        self.statements.extend(later.statements);
        self.sent = earlier(self.sent, later.sent);
        self.acted = earlier(self.acted, later.acted);
    }

    /// The person, if no message is theirs.
    pub fn missing(self, own: Own) -> Option<Self> {
        match own {
            Own::One(_) => None,
            // a bare list says nothing that could be put to the wrong one
            Own::Several if self.statements.is_empty() => None,
            Own::None | Own::Several => Some(self),
        }
    }

    /// The journey of the person, of whom no row tells; `without_trace` where no trace was given.
    pub fn not_traced(self, without_trace: bool) -> Journey {
        let mut journey = Journey::assemble(self.statements);
        journey.without_trace = without_trace;
        journey.sent = self.sent;
        let source = &self.address.evidence.source;
        if !journey.sources.contains(source) {
            journey.sources.push(Arc::clone(source));
        }
        journey.recipient = Some(self.address);
        journey
    }

    /// Which of the messages of `seen` the record is about.
    pub fn own(&self, mut seen: Vec<(usize, Seen<'_>)>, campaign: Option<&Campaign>) -> Own {
        let of_campaign = |seen: &Seen<'_>| campaign.and_then(|campaign| seen.is_of(campaign));
        seen.retain(|(_, seen)| of_campaign(seen) != Some(false));
        if seen.iter().any(|(_, seen)| of_campaign(seen) == Some(true)) {
            seen.retain(|(_, seen)| of_campaign(seen) == Some(true));
        }
        seen.retain(|(_, seen)| self.apart(seen).is_none_or(|apart| apart <= DAY));
        let record = Journey::assemble(self.statements.clone());
        if record.was_refused() {
            seen.retain(|(_, seen)| {
                let shown = of_campaign(seen) == Some(true) || seen.failed_like(&record);
                shown && self.apart(seen).is_some()
            });
        }
        match seen.as_slice() {
            [] => Own::None,
            [(only, _)] => Own::One(*only),
            several => {
                let dated = several.iter().filter_map(|(at, seen)| Some((self.apart(seen)?, *at)));
                dated.min().map_or(Own::Several, |(_, nearest)| Own::One(nearest))
            }
        }
    }

    /// Microseconds between the sending and the message's first row; `None` where no time tells. An act
    /// of the person only tells that the message did not come later.
    fn apart(&self, seen: &Seen<'_>) -> Option<i64> {
        let began = seen.began?.0;
        match (self.sent, self.acted) {
            (Some(sent), _) => Some(began.abs_diff(sent.0).try_into().unwrap_or(i64::MAX)),
            (None, Some(acted)) => {
                let apart = began.saturating_sub(acted.0);
                (apart >= -DAY).then_some(apart.abs())
            }
            (None, None) => None,
        }
    }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.into_iter().chain(b).min()
}

impl<'d> Seen<'d> {
    /// What the statements of one pair tell.
    pub fn of(envelope: &'d Envelope, statements: &'d [Statement]) -> Self {
        let all = |kind: Kind| statements.iter().filter(move |statement| statement.kind == kind);
        let says = |kind, word: &str| all(kind).any(|one| one.value.eq_ignore_ascii_case(word));
        let failed = says(Kind::Event, "fail") || says(Kind::Status, "Failed");
        let mut ips = statements.iter().filter_map(|statement| match statement.kind {
            Kind::Cip | Kind::ClientIp => statement.value.parse().ok(),
            _ => None,
        });
        Seen {
            from: envelope.from.as_ref().map(|from| &*from.value),
            mail_from: envelope.mail_from.as_ref().map(|from| &*from.value),
            ip: ips.next(),
            began: statements.iter().filter_map(|statement| statement.at).min(),
            failed: failed && !says(Kind::Event, "deliver"),
            codes: all(Kind::Answer).filter_map(|answer| code(&answer.value)).collect(),
        }
    }

    /// What a journey tells.
    pub fn of_journey(journey: &'d Journey) -> Self {
        let happened = |event| journey.events.iter().any(|step| step.event == event);
        let status = journey.status.as_ref().map_or("", |status| &*status.value);
        let failed = happened(Event::Fail) || status.eq_ignore_ascii_case("Failed");
        let own = journey.answers.iter().filter(|answer| !answer.value.by_platform);
        Seen {
            from: journey.envelope.from.as_ref().map(|from| &*from.value),
            mail_from: journey.envelope.mail_from.as_ref().map(|from| &*from.value),
            ip: journey.verdict.connecting_ip.as_ref().map(|ip| ip.value),
            began: journey.first,
            failed: failed && !happened(Event::Deliver),
            codes: own.filter_map(|answer| code(&answer.value.text)).collect(),
        }
    }

    /// Whether it is of the campaign, by what both tell; `None` where they tell nothing of the same.
    fn is_of(&self, campaign: &Campaign) -> Option<bool> {
        let began = self.began.map(|began| began.0);
        // a clock may be wrong, and a queue takes its time
        let micros = |seconds: i64| seconds.saturating_mul(1_000_000);
        let early = campaign.sent_after.map(|after| micros(after).saturating_sub(HOUR));
        let late = campaign.sent_before.map(|before| micros(before).saturating_add(DAY));
        if early.is_some_and(|early| began.is_some_and(|began| began < early))
            || late.is_some_and(|late| began.is_some_and(|began| began > late))
        {
            return Some(false);
        }
        let Seen { from, mail_from, .. } = *self;
        // behind a gateway its address stands in place of the platform's
        let ip = self.ip.filter(|ip| !campaign.is_gateway(*ip));
        let comparable = from.is_some() && !campaign.from_addresses.is_empty()
            || mail_from.is_some() && !campaign.mail_from_domains.is_empty()
            || ip.is_some() && !campaign.sending_ips.is_empty();
        comparable.then(|| campaign.fits(from, mail_from, &[], ip))
    }

    /// Whether it failed too, with an answer that the platform was given, or came back, as it says.
    fn failed_like(&self, record: &Journey) -> bool {
        let came_back =
            record.platform.last().is_some_and(|step| step.word.eq_ignore_ascii_case("Bounced"));
        let mut told = record.answers.iter().filter_map(|answer| code(&answer.value.text));
        self.failed && (came_back || told.any(|code| self.codes.contains(&code)))
    }
}

fn code(text: &str) -> Option<Enhanced> {
    status_code::find(text)?.enhanced
}
