//! Rows to statements: what each export says, in one vocabulary.
//!
//! A row is read once and says its statements into a [`Sink`]; nothing is allocated here, because
//! this runs for every row of exports that have millions.

mod agents;
mod answer;
mod defender;
mod platform;
mod traces;
mod tracking;

pub use platform::address_field as expected_field;

use super::columns::Field;
use super::event::Event;
use super::format::Format;
use super::identity::Guid;
use super::row::{Row, trim};
use super::statement::Kind;

/// The network message id of a row, whatever its column is called.
pub fn network_id(row: &Row<'_>) -> Option<Guid> {
    // the one that counts most first
    let cells = [Field::NetworkMessageId, Field::QuarantineIdentity];
    let mut ids = cells.into_iter().filter_map(|field| Guid::parse(row.get(field)?));
    ids.find(|id| !id.is_nil())
}

/// The column of the envelope sender (MAIL FROM): traces show no other, logs have both.
pub fn mail_from_field(row: &Row<'_>) -> Field {
    match row.format {
        Format::Extended | Format::TrackingLog | Format::TrackingLogCmdlet => Field::ReturnPath,
        _ => Field::Sender,
    }
}

/// The envelope sender.
pub fn mail_from<'r>(row: &'r Row<'_>) -> Option<&'r str> {
    cell(row, mail_from_field(row))
}

/// The column of the header From, where the export has one.
pub fn from_field(row: &Row<'_>) -> Field {
    match row.format {
        Format::Extended | Format::TrackingLog | Format::TrackingLogCmdlet => Field::Sender,
        _ => Field::SenderFromAddress,
    }
}

/// Takes the statements of one row.
///
/// What is said before the first recipient holds for every recipient that follows; what is said after
/// a recipient is about that one only.
pub trait Sink {
    /// What follows is about the recipient with this address, as it stands in the cell.
    fn recipient(&mut self, address: &str);
    /// A statement: `value` in the form that [`Kind`] documents, and the raw text of `field` behind it.
    fn say(&mut self, kind: Kind, value: &str, field: Field, raw: &str);
    /// The statement that `event` happened.
    fn event(&mut self, event: Event, field: Field, raw: &str) {
        self.say(Kind::Event, event.name(), field, raw);
    }
}

/// Room that is reused from row to row.
#[derive(Debug, Default)]
pub struct Scratch {
    text: String,
    rules: agents::Rules,
}

/// Says what `row` states.
pub fn observe(row: &Row<'_>, scratch: &mut Scratch, sink: &mut impl Sink) {
    match row.format {
        Format::Extended | Format::TrackingLog | Format::TrackingLogCmdlet => {
            tracking::observe(row, scratch, sink);
        }
        Format::EnhancedSummary => traces::summary(row, sink),
        Format::MessageTrace => traces::status(row, sink),
        Format::MessageTraceDetail => traces::detail(row, scratch, sink),
        Format::EmailEvents | Format::Explorer => defender::hunting(row, &mut scratch.text, sink),
        Format::EmailPostDeliveryEvents => defender::post_delivery(row, &mut scratch.text, sink),
        Format::UrlClickEvents => defender::click(row, sink),
        Format::Quarantine => defender::quarantine(row, sink),
        Format::GophishResults | Format::GophishEvents | Format::KnowBe4 | Format::Recipients => {
            platform::observe(row, &mut scratch.text, sink)
        }
        // links of a message, which say nothing of its delivery
        Format::EmailUrlInfo => {}
    }
}

/// The cell of `field` without blanks around it; `None` where it is empty.
fn cell<'r>(row: &'r Row<'_>, field: Field) -> Option<&'r str> {
    row.get(field).map(trim).filter(|text| !text.is_empty())
}

/// Says the cell of `field` as it stands, if there is one.
fn pass(row: &Row<'_>, sink: &mut impl Sink, field: Field, kind: Kind) {
    if let Some(text) = cell(row, field) {
        sink.say(kind, text, field, text);
    }
}
