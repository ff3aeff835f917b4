//! Events of the extended report and of on-premises tracking logs (`trace-formats.md` §2, §5–§7).

use super::super::columns::Field;
use super::super::event::Event;
use super::super::list;
use super::super::recipient_status::{self, Status};
use super::super::row::Row;
use super::super::statement::Kind;
use super::super::status_code;
use super::{Scratch, Sink, agents, answer, cell, pass};
use memchr::memchr;

pub(super) fn observe(row: &Row<'_>, scratch: &mut Scratch, sink: &mut impl Sink) {
    let Some(event) = cell(row, Field::Event).and_then(Event::parse) else { return };
    match event {
        Event::Redundancy | Event::Process | Event::Report | Event::Submit => {}
        Event::AgentInfo => {
            pass_custom_data(row, scratch, sink);
            members(row, |address, _| sink.recipient(address));
        }
        Event::Expand | Event::Resolve | Event::Redirect => replaced(row, event, sink),
        Event::Receive => {
            pass(row, sink, Field::OriginalClientIp, Kind::ClientIp);
            pass(row, sink, Field::Directionality, Kind::Direction);
            pass(row, sink, Field::ConnectorId, Kind::Connector);
            pass_custom_data(row, scratch, sink);
            each(row, event, sink, |_, _| {});
        }
        Event::Fail | Event::Defer | Event::Drop => {
            pass_custom_data(row, scratch, sink);
            let context = cell(row, Field::SourceContext);
            if let Some(agent) = context.filter(|context| is_agent(context)) {
                sink.say(Kind::Agent, agent, Field::SourceContext, agent);
            }
            let text = &mut scratch.text;
            each(row, event, sink, |sink, status| {
                if !answer::status(text, sink, status, Field::RecipientStatus)
                    && let Some(context) = context.filter(|context| says_answer(context))
                {
                    answer::say(text, sink, context, Field::SourceContext, context);
                }
            });
        }
        Event::Deliver => each(row, event, sink, |sink, status| {
            if let Some(folder) = recipient_status::folder(status) {
                sink.say(Kind::Folder, folder, Field::RecipientStatus, status);
            }
        }),
        _ => each(row, event, sink, |_, _| {}),
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
    let told = row.get(Field::RecipientStatus).unwrap_or_default();
    let count = |cell| list::members(cell).count();
    let is_one = || memchr(b';', recipients.as_bytes()).is_none() || count(recipients) == 1;
    let (only, told) = match told {
        "" => ("", ""),
        told if is_one() => (told.trim_end_matches(';'), ""),
        told => ("", if count(told) == count(recipients) { told } else { "" }),
    };
    let mut statuses = list::members(told);
    for address in list::members(recipients) {
        let status = statuses.next().unwrap_or(only);
        // what Export-Csv makes of a collection: the members are lost
        if !address.is_empty() && !address.starts_with("System.") {
            f(address, status);
        }
    }
}

/// Says `event` of every recipient, and what `more` makes of its status.
fn each<S: Sink>(row: &Row<'_>, event: Event, sink: &mut S, mut more: impl FnMut(&mut S, &str)) {
    let raw = row.get(Field::Event).unwrap_or_default();
    members(row, |address, status| {
        sink.recipient(address);
        if event.tells_state() {
            sink.event(event, Field::Event, raw);
        }
        more(sink, status);
    });
}

/// EXPAND, RESOLVE and REDIRECT rows name the new recipients, and the old address as related.
fn replaced(row: &Row<'_>, event: Event, sink: &mut impl Sink) {
    let raw = row.get(Field::Event).unwrap_or_default();
    let Some(old) = cell(row, Field::RelatedRecipient) else {
        // some exports leave the old address out; it is not the new ones that were replaced
        return members(row, |address, _| sink.recipient(address));
    };
    sink.recipient(old);
    sink.event(event, Field::Event, raw);
    if event != Event::Expand {
        members(row, |new, _| sink.say(Kind::Successor, new, Field::Recipient, new));
    }
    members(row, |new, _| {
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
