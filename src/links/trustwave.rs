//! Trustwave MailMarshal, Blended Threat module (`link-rewriters.md` §5).

use super::vendor::{Hosts, Kind, Vendor, target_param};

pub(super) const VENDOR: Vendor = Vendor::new(
    "Trustwave MailMarshal",
    Kind::Gateway,
    Hosts::Within(&["scanmail.trustwave.com"]),
    |outer| target_param(outer, "u", &["c", "d", "s"]),
);
