//! Tracking logs of an Exchange server, 26 to 30 columns (`trace-formats.md §5`).

use crate::trace::columns::Field;
use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::TrackingLog,
    name: "Message tracking log",
    marks: &[&["datetime", "eventid", "source"]],
    columns: COLUMNS,
    cut_at: &[],
    iso_dates: true,
    caveat: None,
};

/// Columns of the log of every version since 2007. The extended report has them too, and the cmdlet has
/// them with a few names of its own.
pub(super) const COLUMNS: &[(&str, Field)] = &[
    ("datetime", Field::Time),
    ("datetimeutc", Field::Time),
    ("timestamp", Field::Time),
    ("clientip", Field::ClientIp),
    ("clienthostname", Field::ClientHostname),
    ("serverip", Field::ServerIp),
    ("serverhostname", Field::ServerHostname),
    ("sourcecontext", Field::SourceContext),
    ("connectorid", Field::ConnectorId),
    ("source", Field::Source),
    ("eventid", Field::Event),
    ("internalmessageid", Field::InternalMessageId),
    ("messageid", Field::MessageId),
    ("internetmessageid", Field::MessageId),
    ("networkmessageid", Field::NetworkMessageId),
    ("recipientaddress", Field::Recipient),
    ("recipients", Field::Recipient),
    ("recipientstatus", Field::RecipientStatus),
    ("totalbytes", Field::Size),
    ("recipientcount", Field::RecipientCount),
    ("relatedrecipientaddress", Field::RelatedRecipient),
    ("reference", Field::Reference),
    ("messagesubject", Field::Subject),
    ("senderaddress", Field::Sender),
    ("sender", Field::Sender),
    ("senderfromaddress", Field::SenderFromAddress),
    ("returnpath", Field::ReturnPath),
    ("messageinfo", Field::MessageInfo),
    ("messagelatency", Field::MessageLatency),
    ("directionality", Field::Directionality),
    ("tenantid", Field::TenantId),
    ("originalclientip", Field::OriginalClientIp),
    ("originalserverip", Field::OriginalServerIp),
    ("customdata", Field::CustomData),
    ("eventdata", Field::CustomData),
    ("transporttraffictype", Field::TransportTrafficType),
    ("logid", Field::LogId),
    ("schemaversion", Field::SchemaVersion),
];
