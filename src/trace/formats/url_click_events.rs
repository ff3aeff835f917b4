//! Advanced hunting `UrlClickEvents`: Safe Links clicks (`trace-formats.md §10`).

use crate::trace::columns::Field;
use crate::trace::format::{Definition, Format};

pub(super) const DEFINITION: Definition = Definition {
    format: Format::UrlClickEvents,
    name: "UrlClickEvents",
    marks: &[&["url", "actiontype"], &["url", "accountupn"], &["actiontype", "isclickedthrough"]],
    columns: &[
        ("timestamp", Field::Time),
        ("url", Field::Url),
        ("actiontype", Field::ActionType),
        ("accountupn", Field::AccountUpn),
        ("workload", Field::Workload),
        ("networkmessageid", Field::NetworkMessageId),
        ("threattypes", Field::ThreatTypes),
        ("detectionmethods", Field::DetectionMethods),
        ("ipaddress", Field::ClickIp),
        ("isclickedthrough", Field::IsClickedThrough),
        ("urlchain", Field::UrlChain),
        ("reportid", Field::ReportId),
        ("appname", Field::AppName),
        ("appversion", Field::AppVersion),
        ("timegenerated", Field::Time),
        ("tenantid", Field::TenantId),
    ],
    cut_at: &[],
    iso_dates: true,
    caveat: None,
};
