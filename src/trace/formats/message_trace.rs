//! `Get-MessageTrace`, `Get-MessageTraceV2`, the portal's list and their Graph twin: one row per
//! (message, recipient), any subset of columns (`trace-formats.md §3`).

use crate::trace::columns::Field;
use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::MessageTrace,
    name: "Message trace",
    marks: &[
        &["received", "recipientaddress"],
        &["receiveddatetime", "recipientaddress"],
        &["messagetraceid", "recipientaddress", "status"],
        // people leave out the time, and the portal names its column as it likes; a list of people has
        // neither sender nor Message-ID
        &["senderaddress", "recipientaddress", "status"],
        &["sender", "recipient", "status"],
        &["messageid", "recipientaddress", "status"],
    ],
    columns: &[
        ("received", Field::Time),
        ("receiveddatetime", Field::Time),
        ("receivedutc", Field::Time),
        ("timereceived", Field::Time),
        ("date", Field::Time),
        ("dateutc", Field::Time),
        ("datetime", Field::Time),
        ("messageid", Field::MessageId),
        ("messagetraceid", Field::NetworkMessageId),
        ("networkmessageid", Field::NetworkMessageId),
        ("id", Field::NetworkMessageId),
        ("senderaddress", Field::Sender),
        ("sender", Field::Sender),
        ("recipientaddress", Field::Recipient),
        ("recipient", Field::Recipient),
        ("subject", Field::Subject),
        ("status", Field::Status),
        ("toip", Field::ToIp),
        ("fromip", Field::FromIp),
        ("size", Field::Size),
        ("organization", Field::Organization),
        ("startdate", Field::StartDate),
        ("enddate", Field::EndDate),
        ("index", Field::Index),
    ],
    cut_at: &[1_000, 5_000],
    iso_dates: false,
    caveat: None,
};
