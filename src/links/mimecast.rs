//! Mimecast URL Protect (`link-rewriters.md` §2): an opaque token and, where the administrator turned
//! it on, the host.

use super::decode::{is_plausible_host, percent_decode, target};
use super::outer::Outer;
use super::vendor::{Exemption, Hosts, Kind, Layer, Vendor};

pub(super) const VENDOR: Vendor = Vendor {
    gateway: &["Mimecast"],
    outgoing_headers: &["x-mimecast-originator", "x-mimecast-spam-score"],
    exemption: Some(EXEMPTION),
    ..Vendor::new(
        "Mimecast",
        Kind::Gateway,
        Hosts::Below(&["mimecast.com", "mimecastprotect.com"], is_host),
        open,
    )
};

const EXEMPTION: Exemption = Exemption {
    paths: &[
        "Mimecast Administration Console > Gateway > Policies > URL Protection Bypass > New Policy: \
         the platform's addresses in Source IP Ranges, Policy Override ticked",
        "or per URL: Services > URL Protection > URL Tools > Managed URLs > Add Managed URLs: Override \
         Type Permitted, with Disable Rewriting For This Entry and Disable User Awareness",
        "companions, each as a policy of its own for the same Source IP Ranges: Permitted Senders \
         (Permit Sender), Greylisting, Anti-Spoofing (Take no action) or Anti-Spoofing SPF Based \
         Bypass, Impersonation Protection Bypass, Attachment Protection Bypass, Attachment Management \
         Bypass",
    ],
    caveat: "A change takes up to five minutes to reach the mail flow. Never edit a default policy; \
             add one. Do not open a Mimecast link to test it: that is a click in the customer's log.",
    references: &[
        "https://mimecastsupport.zendesk.com/hc/en-us/articles/34000589915155",
        "https://mimecastsupport.zendesk.com/hc/en-us/articles/34000414469267",
        "https://mimecastsupport.zendesk.com/hc/en-us/articles/34000376923795",
    ],
};

const DOMAIN_ONLY: &str = "Mimecast shows the host only (Display URL Destination Domain); the whole URL: \
    Check & Decode URLs in the console";
const OPAQUE: &str = "Mimecast keeps the URL on its own side; the whole URL: Check & Decode URLs in the \
    console";

/// `protect-XX.mimecast.com` and `url.XX.Y.mimecastprotect.com`.
fn is_host(host: &str) -> bool {
    let is_grid =
        |grid: &str| (2..=4).contains(&grid.len()) && grid.bytes().all(|b| b.is_ascii_lowercase());
    if let Some(front) = host.strip_suffix(".mimecast.com") {
        return front == "protect" || front.strip_prefix("protect-").is_some_and(is_grid);
    }
    let Some(front) = host.strip_suffix(".mimecastprotect.com") else { return false };
    let service = |(grid, service): (&str, &str)| {
        is_grid(grid) && service.len() == 1 && service.bytes().all(|b| b.is_ascii_lowercase())
    };
    front.strip_prefix("url.").and_then(|rest| rest.split_once('.')).is_some_and(service)
}

fn open(outer: &Outer<'_>) -> Option<Layer> {
    outer.path.strip_prefix("/s/").filter(|token| !token.is_empty())?;
    if let Some(url) = outer.param("url").filter(|url| !url.is_empty()) {
        return Some(Layer::checked_url(target(url)));
    }
    let domain = outer.param("domain").map(percent_decode).unwrap_or_default();
    // `+` asks for the preview page; some hosts come with a slash.
    let domain = domain.split(['#', '+']).next().unwrap_or_default().trim().trim_end_matches('/');
    Some(if domain.is_empty() {
        Layer::opaque(OPAQUE)
    } else if is_plausible_host(domain) {
        Layer::host(domain.to_owned(), DOMAIN_ONLY)
    } else {
        Layer::opaque(
            "what Mimecast names as the domain is not a host: the text it rewrote was no link",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::Recovered;
    use super::super::peel::unwrap;

    #[test]
    fn every_grid_and_service_is_recognised_and_nothing_else() {
        for host in ["protect-us", "protect-usb", "protect", "protect-jer"] {
            assert!(super::is_host(&format!("{host}.mimecast.com")), "{host}");
        }
        for host in ["url.uk.m", "url.usb.a", "url.jer.m"] {
            assert!(super::is_host(&format!("{host}.mimecastprotect.com")), "{host}");
        }
        for host in [
            "login-us.mimecast.com",
            "notprotect-us.mimecast.com",
            "protect-us.mimecast.com.example.net",
            "community.mimecast.com",
            "url.uk.mimecastprotect.com",
            "x.url.uk.m.mimecastprotect.com",
        ] {
            assert!(!super::is_host(host), "{host}");
        }
    }

    #[test]
    fn the_host_comes_without_slash_and_preview_sign() {
        for suffix in [
            "?domain=dev.example",
            "?domain=dev.example/",
            "/?domain=dev.example+",
            "?domain=dev.example#x",
        ] {
            let link = format!(
                "https://url.de.m.mimecastprotect.com/s/Ah1HC79EKVt1r3N0yH8f9Fo6Zu7{suffix}"
            );
            let unwrapped = unwrap(&link);
            assert_eq!(unwrapped.original.as_deref(), Some("dev.example"), "{link}");
            assert_eq!(unwrapped.recovered, Recovered::Domain);
        }
    }

    #[test]
    fn junk_in_the_domain_is_not_passed_off_as_a_host() {
        let unwrapped =
            unwrap("https://protect-za.mimecast.com/s/abcdC123?domain=%5C%5Cserver%5Cshare");
        assert_eq!((unwrapped.original, unwrapped.recovered), (None, Recovered::None));
    }

    #[test]
    fn another_rewriters_host_is_not_called_the_target() {
        let unwrapped =
            unwrap("https://protect-us.mimecast.com/s/abcdC123?domain=url.avanan.click");
        assert!(unwrapped.notes.iter().any(|note| note.contains("inside it Check Point")));
    }
}
