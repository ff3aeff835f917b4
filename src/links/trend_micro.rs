//! Trend Micro Time-of-Click Protection: Email Security, Cloud App Security, IMSVA, ScanMail, DDEI, HES
//! (`link-rewriters.md` §5).

use super::outer::{Outer, is_within};
use super::private::Private;
use super::vendor::{CUT_OFF, Exemption, Hosts, Kind, Layer, Vendor, target_param};

pub(super) const VENDOR: Vendor = Vendor {
    private: |outer| Private {
        rewritten_at: outer.param("rct").and_then(|seconds| seconds.parse().ok()),
        ..Private::default()
    },
    gateway: &["Trend Micro"],
    exemption: Some(EXEMPTION),
    ..Vendor::new(
        "Trend Micro Time-of-Click",
        Kind::Gateway,
        Hosts::Within(&["trendmicro.com"]),
        open,
    )
};

const EXEMPTION: Exemption = Exemption {
    paths: &[
        "Trend Micro Email Security: Inbound Protection > Spam Filtering > Time-of-Click Protection: \
         actions per risk level and approved lists",
    ],
    caveat: "",
    references: &["https://docs.trendmicro.com/"],
};

fn open(outer: &Outer<'_>) -> Option<Layer> {
    let click_time = outer.path.starts_with("/wis/clicktime/");
    if !click_time && !is_within(&outer.host, "check.trendmicro.com") {
        return None;
    }
    target_param(outer, "url", &["umid", "rct", "auth", "uuid"])
        .or_else(|| click_time.then(|| Layer::opaque(CUT_OFF)))
}
