//! Extended report of Exchange Online: one row per transport event, the tracking log's columns
//! with `_` for `-` (`trace-formats.md §2`).

use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::Extended,
    name: "Extended report",
    marks: &[&["datetimeutc", "eventid"]],
    columns: super::tracking_log::COLUMNS,
    cut_at: &[100_000],
    iso_dates: true,
    caveat: None,
};
