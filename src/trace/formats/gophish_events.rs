//! GoPhish events: one row per event of a person (`trace-formats.md §13`).

use crate::trace::columns::Field;
use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::GophishEvents,
    name: "GoPhish events",
    marks: &[&["campaignid", "email", "time", "message"]],
    columns: &[
        ("campaignid", Field::CampaignId),
        ("email", Field::Email),
        ("time", Field::Time),
        ("message", Field::PlatformEvent),
        ("details", Field::PlatformDetails),
    ],
    cut_at: &[],
    iso_dates: true,
    caveat: None,
};
