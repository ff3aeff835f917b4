//! Advanced hunting `EmailPostDeliveryEvents`: ZAP, remediation, release
//! (`trace-formats.md §10`).

use crate::trace::columns::Field;
use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::EmailPostDeliveryEvents,
    name: "EmailPostDeliveryEvents",
    marks: &[
        &["actiontype", "actiontrigger"],
        &["actiontype", "actionresult"],
        &["actiontype", "recipientemailaddress"],
    ],
    columns: &[
        ("timestamp", Field::Time),
        ("networkmessageid", Field::NetworkMessageId),
        ("internetmessageid", Field::MessageId),
        ("action", Field::Action),
        ("actiontype", Field::ActionType),
        ("actiontrigger", Field::ActionTrigger),
        ("actionresult", Field::ActionResult),
        ("recipientemailaddress", Field::Recipient),
        ("deliverylocation", Field::DeliveryLocation),
        ("threattypes", Field::ThreatTypes),
        ("detectionmethods", Field::DetectionMethods),
        ("reportid", Field::ReportId),
        ("senderfromaddress", Field::SenderFromAddress),
        ("emaildirection", Field::EmailDirection),
        ("sourcelocation", Field::SourceLocation),
        ("timegenerated", Field::Time),
        ("tenantid", Field::TenantId),
    ],
    cut_at: &[],
    iso_dates: true,
    caveat: None,
};
