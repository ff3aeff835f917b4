//! Vade (Vade Cloud, for Microsoft 365, for Google Workspace) and Hornetsecurity ATP, whose links have
//! the same look (`link-rewriters.md` §5).

use super::outer::Outer;
use super::vendor::{Exemption, Hosts, Kind, Layer, Vendor, target_param};

const PARAMS: [&str; 8] = ["d", "f", "i", "k", "m", "n", "r", "s"];

pub(super) const HORNETSECURITY: Vendor = Vendor {
    gateway: &["Hornetsecurity"],
    ..Vendor::new(
        "Hornetsecurity ATP",
        Kind::Gateway,
        Hosts::Within(&["atpscan.global.hornetsecurity.com"]),
        |outer| target_param(outer, "u", &PARAMS),
    )
};

pub(super) const VENDOR: Vendor = Vendor {
    gateway: &["Vade"],
    exemption: Some(EXEMPTION),
    ..Vendor::new("Vade", Kind::Gateway, Hosts::Within(&["vadesecure.com"]), |outer| {
        is_proxy_path(outer.path).then(|| target_param(outer, "u", &PARAMS)).flatten()
    })
};

/// Vade's links on a host of the customer's own: the parameters are the only sign.
pub(super) const CUSTOMER_HOST: Vendor = Vendor {
    gateway: &["Vade"],
    exemption: Some(EXEMPTION),
    ..Vendor::new("Vade", Kind::Gateway, Hosts::Customer, open_customer)
};

const EXEMPTION: Exemption = Exemption {
    paths: &[
        "Vade Cloud: Clients > Details > Administration > Inbound > Time-of-Click: DKIM-signed mail and \
         allow-listed senders stay unchanged unless Rewrite URLs on DKIM signed emails is on",
    ],
    caveat: "",
    references: &["https://cloud.vadesecure.com/"],
};

/// `/v3`, `/v4`, also below `/safeproxy`.
fn is_proxy_path(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    matches!(path.strip_prefix("/safeproxy").unwrap_or(path), "/v3" | "/v4")
}

fn open_customer(outer: &Outer<'_>) -> Option<Layer> {
    if !is_proxy_path(outer.path) {
        return None;
    }
    let key = outer.param("k")?;
    outer.param("f")?;
    let signature = outer.param("s");
    let signed =
        signature.is_some_and(|s| s.len() == 64 && s.bytes().all(|b| b.is_ascii_hexdigit()));
    let named = outer.param("i").is_some() || outer.param("r").is_some();
    let is_vade = key.len() == 4 && (signed || (signature.is_none() && named));
    is_vade.then(|| target_param(outer, "u", &PARAMS)).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::peel::unwrap;

    #[test]
    fn a_customers_own_host_is_recognised_by_its_parameters() {
        let signature = "0123456789abcdef".repeat(4);
        let link = format!(
            "https://click.contoso.example/v4?f=abc&i=def&k=Eb5a&r=ghi&s={signature}&u=https%3A%2F%2Fa.example%2F"
        );
        let unwrapped = unwrap(&link);
        assert_eq!(unwrapped.chain, ["Vade"]);
        assert_eq!(unwrapped.original.as_deref(), Some("https://a.example/"));
        for other in [
            "https://click.contoso.example/v4?k=Eb5a&u=https%3A%2F%2Fa.example%2F",
            "https://click.contoso.example/x?f=abc&i=def&k=Eb5a&u=https%3A%2F%2Fa.example%2F",
            "https://click.contoso.example/v4?f=abc&i=def&k=Eb5ab&u=https%3A%2F%2Fa.example%2F",
        ] {
            assert!(unwrap(other).chain.is_empty(), "{other}");
        }
    }
}
