//! Egress Defend, now KnowBe4 Defend (`link-rewriters.md` §5): the whole URL as base64 of a zlib stream.

use super::decode::{base64_zlib, is_plausible_host, percent_decode, repair_slash};
use super::outer::Outer;
use super::private::Private;
use super::vendor::{Hosts, Kind, Layer, Vendor};

pub(super) const VENDOR: Vendor = Vendor {
    private,
    ..Vendor::new(
        "Egress / KnowBe4 Defend",
        Kind::Gateway,
        Hosts::Within(&["defend.egress.com"]),
        open,
    )
};

fn open(outer: &Outer<'_>) -> Option<Layer> {
    let (whole, host) = (outer.param("Base64Url"), outer.param("@OriginalLink"));
    if whole.is_none() && host.is_none() {
        let is_link = outer.param("Data").is_some() || outer.param("crId").is_some();
        return is_link.then(|| Layer::opaque("this form of the wrapper does not show its target"));
    }
    if let Some(url) = whole.and_then(|value| base64_zlib(&percent_decode(value))) {
        return Some(Layer::checked_url(repair_slash(url)));
    }
    let host = host.map(percent_decode).filter(|host| is_plausible_host(host));
    Some(match host {
        Some(host) => Layer::host(host, "the wrapper shows the host only"),
        None => Layer::opaque("the parameter with the whole URL is missing or damaged"),
    })
}

/// `Domain` is the customer's, not the target's.
fn private(outer: &Outer<'_>) -> Private {
    let customer = outer.param("Domain").map(percent_decode).filter(|domain| !domain.is_empty());
    Private {
        customer: customer.map(Into::into),
        ..Private::hiding(outer, &["Domain", "crId", "Data"])
    }
}

#[cfg(test)]
mod tests {
    use super::super::Recovered;
    use super::super::peel::unwrap;

    #[test]
    fn a_damaged_stream_leaves_the_host() {
        let unwrapped = unwrap(
            "https://links.us1.defend.egress.com/Warning?crId=0&Domain=contoso.example&Base64Url=eNrLKCk&%40OriginalLink=linkprotect.cudasvc.com",
        );
        assert_eq!(unwrapped.original.as_deref(), Some("linkprotect.cudasvc.com"));
        assert_eq!(unwrapped.recovered, Recovered::Domain);
        assert!(unwrapped.notes.iter().any(|note| note.contains("inside it Barracuda")));
        assert_eq!(unwrapped.private[0].customer.as_deref(), Some("contoso.example"));
    }
}
