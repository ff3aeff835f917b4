//! Barracuda Link Protection, Email Gateway Defense (`link-rewriters.md` §5).

use super::private::Private;
use super::vendor::{Exemption, Hosts, Kind, Vendor, target_param};

pub(super) const VENDOR: Vendor = Vendor {
    private: |outer| Private::hiding(outer, &["c"]),
    gateway: &["Barracuda"],
    exemption: Some(EXEMPTION),
    ..Vendor::new(
        "Barracuda Link Protection",
        Kind::Gateway,
        Hosts::Within(&["cudasvc.com"]),
        |outer| {
            let is_link = outer.path.trim_end_matches('/') == "/url";
            is_link.then(|| target_param(outer, "a", &["c", "typo"])).flatten()
        },
    )
};

const EXEMPTION: Exemption = Exemption {
    paths: &[
        "Barracuda Email Gateway Defense: Intent Domain Policies, policy Ignore for the simulation's \
         domains: neither analysed nor rewritten",
        "for the sender: Inbound Settings > IP Address Policies > Exempt; Impersonation Protection: \
         Settings > Allowed Senders",
    ],
    caveat: "Barracuda's verification follows links. Exempting its addresses on the tracking side no \
             longer works: allow the sender instead.",
    references: &["https://campus.barracuda.com/"],
};
