//! TitanHQ (SpamTitan) Link Lock (`link-rewriters.md` §5).

use super::private::Private;
use super::vendor::{Hosts, Kind, Vendor, target_param};

pub(super) const VENDOR: Vendor = Vendor {
    private: |outer| Private::hiding(outer, &["data"]),
    ..Vendor::new(
        "TitanHQ Link Lock",
        Kind::Gateway,
        Hosts::Within(&["linklock.titanhq.com"]),
        |outer| {
            let is_link = outer.path.trim_end_matches('/') == "/analyse";
            is_link.then(|| target_param(outer, "url", &["data"])).flatten()
        },
    )
};
