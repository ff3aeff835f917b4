//! Events of the extended report and of on-premises tracking logs (`trace-formats.md` §2, §5–§7).

use super::super::columns::Field;
use super::super::event::Event;
use super::super::list;
use super::super::recipient_status::{self, Status};
use super::super::row::Row;
use super::super::statement::Kind;
use super::super::status_code;
use super::{Scratch, Sink, agents, answer, cell, pass};

pub(super) fn observe(row: &Row<'_>, scratch: &mut Scratch, sink: &mut impl Sink) {
    let Some(raw) = cell(row, Field::Event) else { return };
    let Some(event) = Event::parse(raw) else { return };
    match event {
        Event::Redundancy | Event::Process | Event::Report | Event::Submit => {}
        Event::AgentInfo => {
            pass_custom_data(row, scratch, sink);
            recipients(row, |address| sink.recipient(address));
        }
        Event::Expand | Event::Resolve | Event::Redirect => replaced(row, event, raw, sink),
        Event::Receive => {
            pass(row, sink, Field::OriginalClientIp, Kind::ClientIp);
            pass(row, sink, Field::Directionality, Kind::Direction);
            pass(row, sink, Field::ConnectorId, Kind::Connector);
            pass_custom_data(row, scratch, sink);
            each(row, event, raw, sink);
        }
        Event::Fail | Event::Defer | Event::Drop => {
            pass_custom_data(row, scratch, sink);
            let context = cell(row, Field::SourceContext);
            if let Some(agent) = context.filter(|context| is_agent(context)) {
                sink.say(Kind::Agent, agent, Field::SourceContext, agent);
            }
            let text = &mut scratch.text;
            members(row, |address, status| {
                happened(address, event, raw, sink);
                if !answer::status(text, sink, status, Field::RecipientStatus)
                    && let Some(context) = context.filter(|context| says_answer(context))
                {
                    answer::say(text, sink, context, Field::SourceContext, context);
                }
            });
        }
        Event::Deliver => members(row, |address, status| {
            happened(address, event, raw, sink);
            if let Some(folder) = recipient_status::folder(status) {
                sink.say(Kind::Folder, folder, Field::RecipientStatus, status);
            }
        }),
        _ => each(row, event, raw, sink),
    }
}

fn pass_custom_data(row: &Row<'_>, scratch: &mut Scratch, sink: &mut impl Sink) {
    if let Some(data) = cell(row, Field::CustomData) {
        agents::observe(data, scratch, Field::CustomData, sink);
    }
}

/// Calls `f` with every recipient and its status. An answer may hold a `;` of its own: the only recipient's
/// status is the whole cell, and of several recipients the statuses are told where there are as many.
fn members(row: &Row<'_>, mut f: impl FnMut(&str, &str)) {
    let recipients = row.get(Field::Recipient).unwrap_or_default();
    let recipients = recipients.strip_suffix(';').unwrap_or(recipients);
    let told = row.get(Field::RecipientStatus).unwrap_or_default();
    let count = |cell: &str| list::members(cell).count();
    let (only, told) = match told {
        "" => ("", ""),
        told if count(recipients) <= 1 => (told.trim_end_matches(';'), ""),
        told => {
            // an empty last status is one, if that makes as many
            let lists = [told, told.strip_suffix(';').unwrap_or(told)];
            let as_many = |told: &&str| count(told) == count(recipients);
            ("", lists.into_iter().find(as_many).unwrap_or_default())
        }
    };
    let mut statuses = list::members(told);
    for address in list::members(recipients) {
        let status = statuses.next().unwrap_or(only);
        if is_told(address) {
            f(address, status);
        }
    }
}

/// Calls `f` with every recipient.
fn recipients(row: &Row<'_>, f: impl FnMut(&str)) {
    let cell = row.get(Field::Recipient).unwrap_or_default();
    list::members(cell).filter(|address| is_told(address)).for_each(f);
}

/// Whether there is an address: what Export-Csv makes of a collection tells none of its members.
fn is_told(address: &str) -> bool {
    !address.is_empty() && !address.starts_with("System.")
}

/// Says `event`, which the row calls `raw`, of every recipient.
fn each(row: &Row<'_>, event: Event, raw: &str, sink: &mut impl Sink) {
    recipients(row, |address| happened(address, event, raw, sink));
}

/// Says `event` of a recipient.
fn happened(address: &str, event: Event, raw: &str, sink: &mut impl Sink) {
    sink.recipient(address);
    if event.tells_state() {
        sink.event(event, Field::Event, raw);
    }
}

/// EXPAND, RESOLVE and REDIRECT rows name the new recipients, and the old address as related.
fn replaced(row: &Row<'_>, event: Event, raw: &str, sink: &mut impl Sink) {
    let Some(old) = cell(row, Field::RelatedRecipient) else {
        // some exports leave the old address out; it is not the new ones that were replaced
        return recipients(row, |address| sink.recipient(address));
    };
    sink.recipient(old);
    sink.event(event, Field::Event, raw);
    if event != Event::Expand {
        recipients(row, |new| sink.say(Kind::Successor, new, Field::Recipient, new));
    }
    recipients(row, |new| {
        sink.recipient(new);
        sink.say(Kind::Origin, old, Field::RelatedRecipient, old);
    });
}

/// `Transport Rule Agent`, `CatContentConversion`: a name, no data.
fn is_agent(context: &str) -> bool {
    context.len() < 80
        && context.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && !context.contains([';', '=', ':', ','])
}

fn says_answer(context: &str) -> bool {
    matches!(Status::parse(context), Status::Answer(_) | Status::Reason(_))
        || status_code::find(context).is_some()
}
