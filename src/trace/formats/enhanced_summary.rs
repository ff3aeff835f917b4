//! Enhanced summary of Exchange Online: one row per message, all recipients in one cell
//! (`trace-formats.md §1`).

use crate::trace::columns::Field;
use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::EnhancedSummary,
    name: "Enhanced summary",
    marks: &[&["origintimestamputc", "recipientstatus"], &["origintimestamp", "recipientstatus"]],
    columns: &[
        ("origintimestamputc", Field::Time),
        ("origintimestamp", Field::Time),
        ("senderaddress", Field::Sender),
        ("recipientstatus", Field::RecipientStatus),
        ("messagesubject", Field::Subject),
        ("totalbytes", Field::Size),
        ("messageid", Field::MessageId),
        ("networkmessageid", Field::NetworkMessageId),
        ("originalclientip", Field::OriginalClientIp),
        ("directionality", Field::Directionality),
        ("connectorid", Field::ConnectorId),
        ("deliverypriority", Field::DeliveryPriority),
    ],
    cut_at: &[50_000, 100_000],
    iso_dates: true,
    caveat: None,
};
