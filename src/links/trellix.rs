//! Trellix (FireEye) Email Security (`link-rewriters.md` §5).

use super::vendor::{Hosts, Kind, Vendor, target_param};

pub(super) const VENDOR: Vendor = Vendor {
    gateway: &["Trellix", "FireEye"],
    ..Vendor::new(
        "Trellix / FireEye Email Security",
        Kind::Gateway,
        Hosts::Below(&["fireeye.com"], is_host),
        |outer| {
            let is_link = matches!(outer.path.trim_end_matches('/'), "/v1/url" | "/url");
            is_link.then(|| target_param(outer, "u", &["k", "q", "e"])).flatten()
        },
    )
};

/// `protect2.fireeye.com` and its siblings.
fn is_host(host: &str) -> bool {
    host.strip_suffix(".fireeye.com")
        .is_some_and(|front| front.starts_with("protect") && !front.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::super::peel::unwrap;

    #[test]
    fn a_raw_target_keeps_its_fragment() {
        let unwrapped =
            unwrap("https://protect2.fireeye.com/url?k=1-2-3-4-5&u=https://a.example/p?q=1#part");
        assert_eq!(unwrapped.original.as_deref(), Some("https://a.example/p?q=1#part"));
    }
}
