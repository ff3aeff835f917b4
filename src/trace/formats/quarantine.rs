//! Quarantine lists: the portal's captions and `Get-QuarantineMessage`
//! (`trace-formats.md §12`: addresses are documented as filled only with `-Identity`).

use crate::trace::columns::Field;
use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::Quarantine,
    name: "Quarantine list",
    marks: &[
        &["releasestatus", "subject"],
        &["releasestatus", "messageid"],
        &["releasestatus", "recipientaddress"],
        &["receivedtime", "type", "recipientaddress"],
        &["quarantinereason"],
        &["quarantinetypes"],
        &["quarantineuser"],
    ],
    columns: &[
        ("receivedtime", Field::Time),
        ("timereceived", Field::Time),
        ("subject", Field::Subject),
        ("senderaddress", Field::Sender),
        ("sender", Field::Sender),
        ("type", Field::QuarantineReason),
        ("quarantinetypes", Field::QuarantineReason),
        ("quarantinereason", Field::QuarantineReason),
        ("direction", Field::EmailDirection),
        ("maildirection", Field::EmailDirection),
        ("recipientaddress", Field::Recipient),
        ("recipient", Field::Recipient),
        ("quarantineuser", Field::Recipient),
        ("recipienttag", Field::RecipientTag),
        ("messageid", Field::MessageId),
        ("size", Field::Size),
        ("messagesize", Field::Size),
        ("releasestatus", Field::ReleaseStatus),
        ("policytype", Field::PolicyType),
        ("policyname", Field::PolicyName),
        ("expires", Field::Expires),
        ("releasedby", Field::ReleasedBy),
        ("releaseduser", Field::ReleasedTo),
        ("systemreleased", Field::SystemReleased),
        ("identity", Field::QuarantineIdentity),
        ("entitytype", Field::EntityType),
        ("customdata", Field::CustomData),
        ("senderaddressoverridereason", Field::SenderOverride),
        ("organization", Field::Organization),
    ],
    cut_at: &[100, 1_000],
    iso_dates: false,
    caveat: None,
};
