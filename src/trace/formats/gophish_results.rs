//! GoPhish results: one row per person (`trace-formats.md §13`).

use crate::trace::columns::Field;
use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::GophishResults,
    name: "GoPhish results",
    marks: &[&["senddate", "email", "status"]],
    columns: &[
        ("id", Field::PlatformId),
        ("status", Field::SendStatus),
        ("ip", Field::PlatformIp),
        ("senddate", Field::SendTime),
        ("reported", Field::Reported),
        ("modifieddate", Field::ModifiedTime),
        ("email", Field::Email),
        ("firstname", Field::FirstName),
        ("lastname", Field::LastName),
        ("position", Field::Position),
    ],
    cut_at: &[],
    iso_dates: true,
    caveat: None,
};
