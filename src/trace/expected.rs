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
use super::journey::{Journey, Text};
use super::platform::is_after_delivery;
use super::row::Row;
use super::statement::{Kind, Statement};
use super::status_code::{self, Enhanced};
use crate::campaign::Campaign;
use crate::message::Envelope;
use std::net::IpAddr;

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
#[derive(Debug, Clone, Copy)]
pub struct Seen<'d> {
    envelope: &'d Envelope,
    statements: &'d [Statement],
    began: Option<Timestamp>,
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
        let began = statements.iter().filter_map(|statement| statement.at).min();
        Seen { envelope, statements, began }
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
        let from = self.envelope.from.as_ref().map(|from| &*from.value);
        let mail_from = self.envelope.mail_from.as_ref().map(|from| &*from.value);
        // behind a gateway its address stands in place of the platform's
        let ip = self.connecting_ip().filter(|ip| !campaign.is_gateway(*ip));
        let comparable = from.is_some() && !campaign.from_addresses.is_empty()
            || mail_from.is_some() && !campaign.mail_from_domains.is_empty()
            || ip.is_some() && !campaign.sending_ips.is_empty();
        comparable.then(|| campaign.fits(from, mail_from, &[], ip))
    }

    fn connecting_ip(&self) -> Option<IpAddr> {
        let mut ips = self.statements.iter().filter_map(|statement| match statement.kind {
            Kind::Cip | Kind::ClientIp => statement.value.parse().ok(),
            _ => None,
        });
        ips.next()
    }

    /// Whether it failed too, with an answer that the platform was given, or came back, as it says.
    fn failed_like(&self, record: &Journey) -> bool {
        let says = |kind: Kind, word: &str| {
            let mut own = self.statements.iter().filter(|statement| statement.kind == kind);
            own.any(|statement| statement.value.eq_ignore_ascii_case(word))
        };
        let failed = says(Kind::Event, "fail") || says(Kind::Status, "Failed");
        let came_back =
            record.platform.last().is_some_and(|step| step.word.eq_ignore_ascii_case("Bounced"));
        let code = |text: &str| -> Option<Enhanced> { status_code::find(text)?.enhanced };
        let told = record.answers.iter().filter_map(|answer| code(&answer.value.text));
        let told: Vec<Enhanced> = told.collect();
        let mut answers = self.statements.iter().filter(|statement| statement.kind == Kind::Answer);
        failed
            && !says(Kind::Event, "deliver")
            && (came_back
                || answers.any(|answer| code(&answer.value).is_some_and(|one| told.contains(&one))))
    }
}
