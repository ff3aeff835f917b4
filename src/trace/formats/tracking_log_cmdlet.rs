//! `Get-MessageTrackingLog`: the tracking log's columns under other names
//! (`trace-formats.md §6`).

use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::TrackingLogCmdlet,
    name: "Get-MessageTrackingLog",
    marks: &[&["timestamp", "eventid", "source"], &["timestamp", "eventid", "messageid"]],
    columns: super::tracking_log::COLUMNS,
    cut_at: &[1_000],
    iso_dates: false,
    caveat: Some("times are local to the session that exported them; they are read as UTC"),
};
