//! The summary, the status rows and the detail rows of message trace (`trace-formats.md` §1, §3, §4).

use super::super::columns::Field;
use super::super::detail::{Detail, RuleText};
use super::super::detail_data;
use super::super::event::Event;
use super::super::recipient_status;
use super::super::row::Row;
use super::super::statement::Kind;
use super::{Scratch, Sink, agents, answer, cell, pass};
use std::fmt::Write;

/// Enhanced summary: one row per message, all recipients in one cell.
pub(super) fn summary(row: &Row<'_>, sink: &mut impl Sink) {
    pass(row, sink, Field::OriginalClientIp, Kind::ClientIp);
    pass(row, sink, Field::Directionality, Kind::Direction);
    pass(row, sink, Field::ConnectorId, Kind::Connector);
    let Some(cell) = cell(row, Field::RecipientStatus) else { return };
    for entry in recipient_status::entries(cell) {
        sink.recipient(entry.address);
        for event in entry.events().filter_map(Event::parse) {
            sink.event(event, Field::RecipientStatus, entry.words);
        }
    }
}

/// Get-MessageTrace and V2: one row per (message, recipient) with its status.
pub(super) fn status(row: &Row<'_>, sink: &mut impl Sink) {
    pass(row, sink, Field::FromIp, Kind::ClientIp);
    let Some(recipient) = cell(row, Field::Recipient) else { return };
    sink.recipient(recipient);
    let ends = cell(row, Field::Status).is_some_and(is_end);
    pass(row, sink, Field::Status, if ends { Kind::Status } else { Kind::OpenStatus });
}

/// Whether a status tells an end.
fn is_end(status: &str) -> bool {
    const ENDS: [&str; 10] = [
        "Delivered",
        "Failed",
        "Quarantined",
        "FilteredAsSpam",
        "Expanded",
        "Recalled",
        "Deliver",
        "Fail",
        "Expand",
        "Send",
    ];
    ENDS.iter().any(|end| status.eq_ignore_ascii_case(end))
}

/// Get-MessageTraceDetail: one row per event of one recipient's delivery.
pub(super) fn detail(row: &Row<'_>, scratch: &mut Scratch, sink: &mut impl Sink) {
    let event = cell(row, Field::Event).and_then(Event::parse);
    sink.recipient(cell(row, Field::Recipient).unwrap_or_default());
    if let (Some(event), Some(raw)) = (event, cell(row, Field::Event))
        && event.tells_state()
    {
        sink.event(event, Field::Event, raw);
    }
    let action = cell(row, Field::Action);
    if event == Some(Event::Spam)
        && let Some(action) = action.filter(|action| action.eq_ignore_ascii_case("Quarantine"))
    {
        sink.say(Kind::Di, "SQ", Field::Action, action);
    }
    let detail = cell(row, Field::Detail);
    if event == Some(Event::Malware) {
        let text = &mut scratch.text;
        text.clear();
        text.push_str(action.unwrap_or_default());
        text.push('|');
        sink.say(Kind::Malware, text, Field::Detail, detail.unwrap_or_default());
    }
    if let Some(detail) = detail {
        detail_text(detail, action, event, &mut scratch.text, sink);
    }
    if let Some(data) = cell(row, Field::Data) {
        detail_entries(data, event, scratch, sink);
    }
}

fn detail_text(
    raw: &str,
    action: Option<&str>,
    event: Option<Event>,
    text: &mut String,
    sink: &mut impl Sink,
) {
    match Detail::parse(raw) {
        Detail::Folder(folder) => sink.say(Kind::Folder, folder, Field::Detail, raw),
        Detail::Reason(reason) => {
            answer::reason_of(text, sink, reason, Field::Detail, raw);
        }
        Detail::TransportRule(rule) => {
            rule_value(text, &rule, "", action);
            sink.say(Kind::TransportRule, text, Field::Detail, raw);
        }
        Detail::DlpRule(rule) => {
            rule_value(text, &rule, rule.policy, action);
            sink.say(Kind::Dlp, text, Field::Detail, raw);
        }
        Detail::Scl(level) => {
            text.clear();
            // writing to a String cannot fail
            let _ = write!(text, "{level}");
            sink.say(Kind::Scl, text, Field::Detail, raw);
        }
        Detail::Other(other) if matches!(event, Some(Event::Fail | Event::Defer | Event::Drop)) => {
            answer::say(text, sink, other, Field::Detail, raw);
        }
        Detail::Other(_) => {}
    }
}

/// `guid|name|third|action`, with the separator kept out of names.
fn rule_value(text: &mut String, rule: &RuleText<'_>, third: &str, action: Option<&str>) {
    text.clear();
    if let Some(id) = rule.id.filter(|id| !id.is_nil()) {
        let _ = write!(text, "{id}");
    }
    text.push('|');
    text.extend(rule.name.chars().filter(|c| *c != '|'));
    text.push('|');
    text.extend(third.chars().filter(|c| *c != '|'));
    text.push('|');
    text.push_str(action.unwrap_or_default());
}

fn detail_entries(data: &str, event: Option<Event>, scratch: &mut Scratch, sink: &mut impl Sink) {
    for entry in detail_data::entries(data) {
        let value = entry.value.trim();
        if value.is_empty() {
            continue;
        }
        let kind = match &*entry.name {
            "SFV" => Kind::Sfv,
            "SCL" => Kind::Scl,
            "DI" => Kind::Di,
            "CIP" => Kind::Cip,
            "H" => Kind::Helo,
            "Language" => Kind::Language,
            "ClientIP" if event == Some(Event::Receive) => Kind::ClientIp,
            "ConnectorId" if event == Some(Event::Receive) => Kind::Connector,
            "SourceContext"
                if matches!(
                    event,
                    Some(Event::Fail | Event::Defer | Event::Drop | Event::Spam)
                ) =>
            {
                Kind::Agent
            }
            "RelatedRecipient" if matches!(event, Some(Event::Resolve | Event::Redirect)) => {
                Kind::Successor
            }
            "RecipientStatus" => {
                if let Some(folder) = recipient_status::folder(value) {
                    sink.say(Kind::Folder, folder, Field::Data, value);
                }
                continue;
            }
            "CustomData" => {
                agents::observe(value, scratch, Field::Data, sink);
                continue;
            }
            _ => continue,
        };
        sink.say(kind, value, Field::Data, value);
    }
}
