//! Advanced hunting, Threat Explorer and quarantine lists (`trace-formats.md` §10–§12).

use super::super::columns::Field;
use super::super::journey::{brings_back, lets_out};
use super::super::list;
use super::super::row::{Row, trim};
use super::super::statement::Kind;
use super::{Sink, cell, pass};

/// Columns that are passed on as they stand.
const HUNTING: &[(Field, Kind)] = &[
    (Field::SenderIpv4, Kind::ClientIp),
    (Field::SenderIpv6, Kind::ClientIp),
    (Field::EmailDirection, Kind::Direction),
    (Field::DeliveryAction, Kind::DeliveryAction),
    (Field::DeliveryLocation, Kind::DeliveryLocation),
    (Field::LatestDeliveryLocation, Kind::LatestLocation),
    (Field::LatestDeliveryAction, Kind::LatestAction),
    (Field::ThreatTypes, Kind::ThreatTypes),
    (Field::DetectionMethods, Kind::DetectionMethods),
    (Field::ConfidenceLevel, Kind::Confidence),
    (Field::EmailAction, Kind::EmailAction),
    (Field::EmailActionPolicy, Kind::EmailActionPolicy),
    (Field::OrgLevelAction, Kind::OrgAction),
    (Field::OrgLevelPolicy, Kind::OrgPolicy),
    (Field::UserLevelAction, Kind::UserAction),
    (Field::UserLevelPolicy, Kind::UserPolicy),
    (Field::AuthenticationDetails, Kind::Authentication),
    (Field::BulkComplaintLevel, Kind::Bcl),
    (Field::EmailLanguage, Kind::Language),
    (Field::Connectors, Kind::Connector),
];

/// EmailEvents and Threat Explorer.
pub(super) fn hunting(row: &Row<'_>, text: &mut String, sink: &mut impl Sink) {
    for (field, kind) in HUNTING {
        pass(row, sink, *field, *kind);
    }
    if let Some(rules) = cell(row, Field::ExchangeTransportRule) {
        text.clear();
        text.push('|');
        text.extend(rules.chars().filter(|c| *c != '|'));
        text.push_str("||");
        sink.say(Kind::TransportRule, text, Field::ExchangeTransportRule, rules);
    }
    override_source(row, sink);
    if let Some(actions) = cell(row, Field::AdditionalActions) {
        // the cell tells neither order nor outcome of the actions; what came of them all does
        let place = cell(row, Field::LatestDeliveryLocation).unwrap_or_default();
        for action in actions.split([',', ';']).map(str::trim) {
            if !action.is_empty() && !action.eq_ignore_ascii_case("None") {
                text.clear();
                for part in [action, "|||", place] {
                    text.push_str(part);
                }
                sink.say(Kind::PostDelivery, text, Field::AdditionalActions, actions);
            }
        }
    }
    for member in list::members(cell(row, Field::Recipient).unwrap_or_default()) {
        // the portal's lists have commas; one in a quoted local part separates nothing
        let several = member.contains(',') && member.matches('@').count() > 1;
        for address in member.split(|c| several && c == ',').map(trim) {
            sink.recipient(address);
        }
    }
}

/// Threat Explorer shows one override and its source in place of the four columns of hunting.
fn override_source(row: &Row<'_>, sink: &mut impl Sink) {
    let action = cell(row, Field::Overrides);
    let by_user = action.is_some_and(|action| action.to_ascii_lowercase().contains("user"));
    let (action_kind, policy_kind) = if by_user {
        (Kind::UserAction, Kind::UserPolicy)
    } else {
        (Kind::OrgAction, Kind::OrgPolicy)
    };
    if let Some(action) = action.filter(|action| !action.eq_ignore_ascii_case("None")) {
        sink.say(action_kind, action, Field::Overrides, action);
    }
    if let Some(source) = cell(row, Field::OverrideSource)
        && !source.eq_ignore_ascii_case("None")
    {
        sink.say(policy_kind, source, Field::OverrideSource, source);
    }
}

/// EmailPostDeliveryEvents.
pub(super) fn post_delivery(row: &Row<'_>, text: &mut String, sink: &mut impl Sink) {
    let action = cell(row, Field::Action);
    // the type tells what a release belonged to, the action that it was one
    let kind = cell(row, Field::ActionType).filter(|_| !action.is_some_and(brings_back));
    text.clear();
    text.push_str(kind.or(action).unwrap_or_default());
    for field in [Field::ActionTrigger, Field::ActionResult, Field::DeliveryLocation] {
        text.push('|');
        text.push_str(cell(row, field).unwrap_or_default());
    }
    let field = if kind.is_some() { Field::ActionType } else { Field::Action };
    sink.say(Kind::PostDelivery, text, field, kind.or(action).unwrap_or_default());
    pass(row, sink, Field::ThreatTypes, Kind::ThreatTypes);
    sink.recipient(cell(row, Field::Recipient).unwrap_or_default());
}

/// UrlClickEvents. Clicks outside mail say nothing of a message.
pub(super) fn click(row: &Row<'_>, sink: &mut impl Sink) {
    if cell(row, Field::NetworkMessageId).is_none() {
        return;
    }
    let Some(account) = cell(row, Field::AccountUpn).or_else(|| cell(row, Field::Recipient)) else {
        return;
    };
    sink.recipient(account);
    pass(row, sink, Field::ActionType, Kind::Click);
    pass(row, sink, Field::ClickIp, Kind::ClickIp);
}

/// Quarantine list. The recipient is often not filled in.
pub(super) fn quarantine(row: &Row<'_>, sink: &mut impl Sink) {
    pass(row, sink, Field::QuarantineReason, Kind::QuarantineReason);
    pass(row, sink, Field::PolicyType, Kind::QuarantinePolicyType);
    pass(row, sink, Field::PolicyName, Kind::QuarantinePolicy);
    let out = cell(row, Field::ReleaseStatus).is_some_and(lets_out);
    pass(row, sink, Field::ReleaseStatus, if out { Kind::ReleaseStatus } else { Kind::HeldStatus });
    let recipients = cell(row, Field::Recipient)
        .filter(|recipients| !recipients.starts_with("System."))
        .unwrap_or_default();
    if recipients.is_empty() {
        sink.recipient("");
    }
    for address in recipients.split([';', ',']).map(str::trim).filter(|address| !address.is_empty())
    {
        sink.recipient(address);
    }
}
