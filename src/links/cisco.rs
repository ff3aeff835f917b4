//! Cisco Secure Email, Outbreak Filters (`link-rewriters.md` §5): the target is the path after the token.

use super::decode::target;
use super::outer::Outer;
use super::vendor::{CUT_OFF, Exemption, Hosts, Kind, Layer, Vendor};

pub(super) const VENDOR: Vendor = Vendor {
    gateway: &["Cisco"],
    exemption: Some(EXEMPTION),
    ..Vendor::new(
        "Cisco Secure Email",
        Kind::Gateway,
        Hosts::Within(&["secure-web.cisco.com"]),
        open,
    )
};

const EXEMPTION: Exemption = Exemption {
    paths: &[
        "Cisco Secure Email: Incoming Mail Policies > Outbreak Filters > Message Modification > URL \
         Rewriting: put the platform's addresses, hosts or domains into Bypass Domain Scanning",
    ],
    caveat: "",
    references: &["https://docs.ces.cisco.com/"],
};

/// `/<token>/<encoded target>`; the token begins with `1`.
fn open(outer: &Outer<'_>) -> Option<Layer> {
    let path = outer.rest.strip_prefix('/')?;
    let Some((token, encoded)) = path.split_once('/') else {
        return path.starts_with('1').then(|| Layer::opaque(CUT_OFF));
    };
    if token.is_empty() {
        return None;
    }
    let damaged = encoded.contains('/') && !encoded.contains("://");
    let note = damaged
        .then_some("unsure: a slash stands unescaped in the wrapper, so it was changed on the way");
    Some(Layer::url(target(encoded)).noted(note))
}

#[cfg(test)]
mod tests {
    use super::super::Recovered;
    use super::super::peel::unwrap;

    #[test]
    fn the_target_is_all_after_the_token() {
        let unwrapped =
            unwrap("http://secure-web.cisco.com/1abc_-/https%3A%2F%2Fa.example%2F%3Fq%3D1%23x");
        assert_eq!(unwrapped.original.as_deref(), Some("https://a.example/?q=1#x"));
        let twice = unwrap("https://secure-web.cisco.com/1abc/https%253A%252F%252Fa.example%252Fx");
        assert_eq!(twice.original.as_deref(), Some("https://a.example/x"));
    }

    #[test]
    fn a_token_alone_gives_nothing() {
        for link in ["https://secure-web.cisco.com/1abc", "https://secure-web.cisco.com/1abc/"] {
            let unwrapped = unwrap(link);
            assert_eq!((unwrapped.original, unwrapped.recovered), (None, Recovered::None));
            assert_eq!(unwrapped.chain, ["Cisco Secure Email"]);
        }
    }
}
