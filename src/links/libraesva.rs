//! Libraesva URLSand (`link-rewriters.md` §5).

use super::vendor::{Hosts, Kind, Vendor, target_param};

pub(super) const VENDOR: Vendor =
    Vendor::new("Libraesva URLSand", Kind::Gateway, Hosts::Within(&["esvalabs.com"]), |outer| {
        target_param(outer, "u", &["e", "h", "f", "p", "m"])
    });
