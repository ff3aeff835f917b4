//! KnowBe4 recipients, as its API gives them: nested names stand joined (`user.email`)
//! (`trace-formats.md §13`).

use crate::trace::columns::Field;
use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::KnowBe4,
    name: "KnowBe4 recipients",
    marks: &[&["pstid", "useremail"], &["recipientid", "useremail"]],
    columns: &[
        ("recipientid", Field::PlatformId),
        ("pstid", Field::CampaignId),
        ("useremail", Field::Email),
        ("userfirstname", Field::FirstName),
        ("userlastname", Field::LastName),
        ("scheduledat", Field::ScheduledTime),
        ("deliveredat", Field::DeliveredTime),
        ("openedat", Field::OpenedTime),
        ("clickedat", Field::ClickedTime),
        ("dataenteredat", Field::SubmittedTime),
        ("reportedat", Field::ReportedTime),
        ("bouncedat", Field::BouncedTime),
        ("ip", Field::PlatformIp),
        ("browser", Field::UserAgent),
    ],
    cut_at: &[],
    iso_dates: true,
    caveat: None,
};
