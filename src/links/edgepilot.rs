//! Zix, AppRiver, OpenText: Edgepilot (`link-rewriters.md` §5).

use super::vendor::{Hosts, Kind, Vendor, target_param};

pub(super) const VENDOR: Vendor = Vendor::new(
    "Zix / AppRiver (edgepilot)",
    Kind::Gateway,
    Hosts::Within(&["link.edgepilot.com"]),
    |outer| {
        let is_link = outer.path.starts_with("/s/") || outer.path.starts_with("/x/");
        is_link.then(|| target_param(outer, "u", &[])).flatten()
    },
);
