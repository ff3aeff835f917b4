//! Advanced hunting `EmailUrlInfo`: the links of a message (`trace-formats.md §10`).

use crate::trace::columns::Field;
use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::EmailUrlInfo,
    name: "EmailUrlInfo",
    marks: &[
        &["networkmessageid", "url", "urldomain"],
        &["networkmessageid", "url", "urllocation"],
    ],
    columns: &[
        ("timestamp", Field::Time),
        ("networkmessageid", Field::NetworkMessageId),
        ("url", Field::Url),
        ("urldomain", Field::UrlDomain),
        ("urllocation", Field::UrlLocation),
        ("reportid", Field::ReportId),
        ("timegenerated", Field::Time),
        ("tenantid", Field::TenantId),
    ],
    cut_at: &[],
    iso_dates: true,
    caveat: None,
};
