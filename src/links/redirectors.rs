//! Redirectors that are no gateways (`link-rewriters.md` §6): in a simulation usually part of the lure.

use super::decode::{base64_text, percent_decode, repair_slash, target};
use super::outer::{Outer, is_within};
use super::vendor::{CUT_OFF, Hosts, Kind, Layer, Vendor, target_param};

const fn redirector(
    name: &'static str,
    hosts: Hosts,
    open: fn(&Outer<'_>) -> Option<Layer>,
) -> Vendor {
    Vendor::new(name, Kind::Redirector, hosts, open)
}

pub(super) const GOOGLE: Vendor =
    redirector("Google redirect", Hosts::Label("google", is_google), |outer| {
        if outer.path != "/url" {
            return None;
        }
        let params = [
            "q", "url", "sa", "source", "ust", "usg", "sntz", "ved", "cd", "esrc", "rct", "opi",
            "cad", "uact", "psig", "hl",
        ];
        let given = |name: &&str| outer.param(name).is_some_and(|value| !value.is_empty());
        let name = ["url", "q"].into_iter().find(given)?;
        // A relative target leads back to Google.
        target_param(outer, name, &params)
            .filter(|_| !outer.param(name).unwrap_or_default().starts_with('/'))
    });

pub(super) const GOOGLE_AMP: Vendor =
    redirector("Google AMP viewer", Hosts::Label("google", is_google), |outer| {
        let rest = outer.rest.strip_prefix("/amp/")?;
        let (scheme, inner) = match rest.strip_prefix("s/") {
            Some(inner) => ("https", inner),
            None => ("http", rest),
        };
        (!inner.is_empty()).then(|| Layer::checked_url(format!("{scheme}://{inner}")))
    });

pub(super) const GOOGLE_TRANSLATE: Vendor =
    redirector("Google Translate", Hosts::Label("google", is_google), |outer| {
        let is_page = outer.host.starts_with("translate.") && outer.path.starts_with("/translate");
        is_page
            .then(|| {
                target_param(outer, "u", &["sl", "tl", "hl", "client", "ie", "prev", "langpair"])
            })
            .flatten()
    });

const ADS: &str = "Google Ads";

pub(super) const GOOGLE_ADS: Vendor = redirector(ADS, Hosts::Label("google", is_google), open_ads);

pub(super) const GOOGLE_ADS_SERVICES: Vendor = redirector(
    ADS,
    Hosts::Within(&["googleadservices.com", "doubleclick.net", "googlesyndication.com"]),
    open_ads,
);

fn open_ads(outer: &Outer<'_>) -> Option<Layer> {
    outer.param("adurl").filter(|url| !url.is_empty())?;
    target_param(outer, "adurl", &[])
}

/// `google.<tld>` and everything below it, with a country's or a generic top-level domain.
fn is_google(host: &str) -> bool {
    let after =
        host.strip_prefix("google.").or_else(|| host.split_once(".google.").map(|(_, tld)| tld));
    let is_country = |tld: &str| tld.len() == 2 && tld.bytes().all(|b| b.is_ascii_lowercase());
    match after.map(|tld| tld.split_once('.').unwrap_or((tld, ""))) {
        Some((tld, "")) => matches!(tld, "com" | "cat") || is_country(tld),
        Some(("com" | "co", country)) => is_country(country),
        _ => false,
    }
}

pub(super) const BING: Vendor = redirector("Bing", Hosts::Within(&["bing.com"]), |outer| {
    if !outer.path.starts_with("/ck/a") {
        return None;
    }
    let value = percent_decode(outer.param("u")?);
    let url = value.strip_prefix("a1").and_then(base64_text);
    Some(url.map_or(Layer::opaque(CUT_OFF), |url| Layer::checked_url(repair_slash(url))))
});

pub(super) const FACEBOOK: Vendor = redirector(
    "Facebook",
    Hosts::Within(&["l.facebook.com", "lm.facebook.com", "l.messenger.com"]),
    |outer| {
        let is_page = outer.path.starts_with("/l.php");
        is_page.then(|| target_param(outer, "u", &["h", "s", "e", "enc", "fbclid"])).flatten()
    },
);

pub(super) const INSTAGRAM: Vendor =
    redirector("Instagram", Hosts::Within(&["l.instagram.com"]), |outer| {
        target_param(outer, "u", &["e", "s"])
    });

pub(super) const LINKEDIN: Vendor =
    redirector("LinkedIn", Hosts::Within(&["linkedin.com", "lnkd.in"]), |outer| {
        let path = outer.path.trim_end_matches('/');
        let keeps_target = path.len() > 1 && is_within(&outer.host, "lnkd.in") || path == "/slink";
        if keeps_target {
            return Some(Layer::opaque("LinkedIn keeps the target on its own side"));
        }
        let is_redirect = matches!(
            path,
            "/safety/go"
                | "/redir/redirect"
                | "/redirect"
                | "/e/v2"
                | "/nhome/nus-redirect"
                | "/nus-trk"
        ) || (path.starts_with("/company/") && path.ends_with("/redirect"));
        let value = outer.param("url").filter(|url| is_redirect && !url.is_empty())?;
        Some(Layer::url(target(value)))
    });

pub(super) const SLACK: Vendor =
    redirector("Slack", Hosts::Within(&["slack-redir.net"]), |outer| {
        let is_link = outer.path.trim_end_matches('/') == "/link";
        is_link.then(|| target_param(outer, "url", &["v"])).flatten()
    });

const KEPT: &str =
    "a click tracker of the sender's mailing service: it keeps the target on its own side";

pub(super) const SENDGRID: Vendor =
    redirector("SendGrid click tracker", Hosts::Within(&["ct.sendgrid.net"]), |outer| {
        outer.path.starts_with("/ls/click").then(|| Layer::opaque(KEPT))
    });

pub(super) const MAILCHIMP: Vendor =
    redirector("Mailchimp click tracker", Hosts::Within(&["list-manage.com"]), |outer| {
        outer.path.starts_with("/track/click").then(|| Layer::opaque(KEPT))
    });

pub(super) const HUBSPOT: Vendor = redirector(
    "HubSpot click tracker",
    Hosts::Within(&["hubspotlinks.com", "hubspotemail.net", "hubspotstarter.net"]),
    |outer| (outer.path.len() > 1).then(|| Layer::opaque(KEPT)),
);

#[cfg(test)]
mod tests {
    use super::super::Recovered;
    use super::super::peel::unwrap;

    fn original(link: &str) -> Option<String> {
        let unwrapped = unwrap(link);
        (!unwrapped.chain.is_empty()).then_some(unwrapped.original).flatten()
    }

    #[test]
    fn google_is_known_under_every_national_domain_and_no_other() {
        for host in
            ["google.com", "www.google.co.uk", "maps.google.de", "google.com.au", "cse.google.fr"]
        {
            assert!(super::is_google(host), "{host}");
        }
        for host in [
            "notgoogle.com",
            "google.evil.example",
            "google.com.evil.example",
            "google.xyzzy",
            "www.google",
        ] {
            assert!(!super::is_google(host), "{host}");
        }
    }

    #[test]
    fn google_prefers_url_over_q() {
        let link = "https://www.google.com/url?q=x&url=https%3A%2F%2Fa.example%2F&sa=D";
        assert_eq!(original(link).as_deref(), Some("https://a.example/"));
        assert_eq!(original("https://www.google.com/url?q=/search?q=x"), None);
        assert_eq!(original("https://www.google.com/search?q=https%3A%2F%2Fa.example"), None);
    }

    #[test]
    fn the_viewer_the_translator_and_the_ads_are_opened() {
        assert_eq!(
            original("https://www.google.com/amp/a.example/x?y=1#z").as_deref(),
            Some("http://a.example/x?y=1#z")
        );
        assert_eq!(
            original("https://google.de/amp/s/a.example").as_deref(),
            Some("https://a.example")
        );
        assert_eq!(
            original("https://translate.google.com/translate?sl=auto&tl=en&u=https://a.example/x")
                .as_deref(),
            Some("https://a.example/x")
        );
        assert_eq!(
            original(
                "https://www.googleadservices.com/pagead/aclk?sa=L&adurl=https%3A%2F%2Fa.example"
            )
            .as_deref(),
            Some("https://a.example")
        );
    }

    #[test]
    fn opaque_redirectors_are_named_but_not_opened() {
        for (link, name) in [
            ("https://lnkd.in/abc", "LinkedIn"),
            ("https://www.linkedin.com/slink?code=abc", "LinkedIn"),
            ("https://u1.ct.sendgrid.net/ls/click?upn=abc", "SendGrid click tracker"),
            ("https://x.us1.list-manage.com/track/click?u=a&id=b", "Mailchimp click tracker"),
        ] {
            let unwrapped = unwrap(link);
            assert_eq!(
                (unwrapped.chain.as_slice(), unwrapped.recovered),
                ([name].as_slice(), Recovered::None)
            );
        }
        assert!(unwrap("https://www.linkedin.com/in/someone").chain.is_empty());
    }
}
