//! Sophos Email, Central (`link-rewriters.md` §5): the target in base64, the domain for the reader.

use super::decode::{base64_text, is_plausible_host, percent_decode, repair_slash};
use super::outer::Outer;
use super::private::Private;
use super::vendor::{CUT_OFF, Exemption, Hosts, Kind, Layer, Vendor};

pub(super) const VENDOR: Vendor = Vendor {
    private: |outer| Private::hiding(outer, &["i", "t", "p"]),
    gateway: &["Sophos"],
    exemption: Some(EXEMPTION),
    ..Vendor::new(
        "Sophos Email",
        Kind::Gateway,
        Hosts::Below(&["protection.sophos.com"], is_host),
        open,
    )
};

const EXEMPTION: Exemption = Exemption {
    paths: &[
        "Sophos Central: Global Settings > Products and Services > Email > URL Allow List: allowed URLs \
         are neither rewritten nor scanned",
    ],
    caveat: "Mail already delivered stays rewritten. Sophos cannot check again a URL that another product \
             rewrote.",
    references: &["https://docs.sophos.com/central/customer/help/en-us/"],
};

/// `<aws-region>.protection.sophos.com`.
fn is_host(host: &str) -> bool {
    let Some(region) = host.strip_suffix(".protection.sophos.com") else { return false };
    let mut parts = region.split('-');
    let place = parts.next().is_some_and(|part| part.len() == 2);
    let number = parts
        .next_back()
        .is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    place && number && parts.all(|part| part.bytes().all(|b| b.is_ascii_lowercase()))
}

fn open(outer: &Outer<'_>) -> Option<Layer> {
    let (whole, domain) = (outer.param("u"), outer.param("d"));
    if whole.is_none() && domain.is_none() {
        return None;
    }
    let url =
        whole.and_then(|value| base64_text(&percent_decode(value))).filter(|url| !url.is_empty());
    if let Some(url) = url {
        return Some(Layer::checked_url(repair_slash(url)));
    }
    let domain = domain.map(percent_decode).filter(|domain| is_plausible_host(domain));
    Some(match domain {
        Some(domain) => Layer::host(
            domain,
            "the parameter with the whole URL is damaged; d= is the registrable domain",
        ),
        None => Layer::opaque(CUT_OFF),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Recovered;
    use super::super::peel::unwrap;

    #[test]
    fn the_domain_is_left_when_the_url_is_damaged() {
        let unwrapped =
            unwrap("https://eu-central-1.protection.sophos.com?d=a.example&u=aHR0c!&i=x");
        assert_eq!(unwrapped.original.as_deref(), Some("a.example"));
        assert_eq!(unwrapped.recovered, Recovered::Domain);
    }

    #[test]
    fn regions_only_are_hosts() {
        assert!(super::is_host("us-gov-west-1.protection.sophos.com"));
        assert!(!super::is_host("www.protection.sophos.com"));
        assert!(!super::is_host("protection.sophos.com"));
    }
}
