//! Topsec (`link-rewriters.md` §5).

use super::vendor::{Hosts, Kind, Vendor, target_param};

pub(super) const VENDOR: Vendor =
    Vendor::new("Topsec", Kind::Gateway, Hosts::Within(&["scanner.topsec.com"]), |outer| {
        target_param(outer, "u", &["d", "r", "t"])
    });
