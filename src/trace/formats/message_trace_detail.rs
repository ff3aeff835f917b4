//! `Get-MessageTraceDetail`, `…V2` and their Graph twin: one row per event, with XML in `Data`
//! (`trace-formats.md §4`).

use crate::trace::columns::Field;
use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::MessageTraceDetail,
    name: "Message trace detail",
    marks: &[
        &["date", "event", "detail"],
        &["date", "event", "data"],
        &["datetime", "event", "description"],
    ],
    columns: &[
        ("date", Field::Time),
        ("datetime", Field::Time),
        ("messageid", Field::MessageId),
        ("messagetraceid", Field::NetworkMessageId),
        ("event", Field::Event),
        ("action", Field::Action),
        ("detail", Field::Detail),
        ("description", Field::Detail),
        ("data", Field::Data),
        ("senderaddress", Field::Sender),
        ("recipientaddress", Field::Recipient),
        ("subject", Field::Subject),
        ("organization", Field::Organization),
        ("startdate", Field::StartDate),
        ("enddate", Field::EndDate),
        ("index", Field::Index),
    ],
    cut_at: &[],
    iso_dates: false,
    caveat: None,
};
