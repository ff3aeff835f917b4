//! `Get-MessageTrackingLog`: the tracking log's columns under other names
//! (`trace-formats.md §6`).

use crate::trace::columns::Field;
use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::TrackingLogCmdlet,
    name: "Get-MessageTrackingLog",
    marks: &[&["timestamp", "eventid", "source"], &["timestamp", "eventid", "messageid"]],
    columns: &[
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
        ("networkmessageid", Field::NetworkMessageId),
        ("recipients", Field::Recipient),
        ("recipientstatus", Field::RecipientStatus),
        ("totalbytes", Field::Size),
        ("recipientcount", Field::RecipientCount),
        ("relatedrecipientaddress", Field::RelatedRecipient),
        ("reference", Field::Reference),
        ("messagesubject", Field::Subject),
        ("sender", Field::Sender),
        ("returnpath", Field::ReturnPath),
        ("directionality", Field::Directionality),
        ("tenantid", Field::TenantId),
        ("originalclientip", Field::OriginalClientIp),
        ("originalserverip", Field::OriginalServerIp),
        ("messageinfo", Field::MessageInfo),
        ("messagelatency", Field::MessageLatency),
        ("eventdata", Field::CustomData),
        ("transporttraffictype", Field::TransportTrafficType),
        ("schemaversion", Field::SchemaVersion),
    ],
    cut_at: &[1_000],
    iso_dates: false,
    caveat: Some("times are local to the session that exported them; they are read as UTC"),
};
