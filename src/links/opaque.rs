//! Gateways whose links hold a key into the vendor's own store, nothing more (`link-rewriters.md` §5).

use super::decode::{base64_text, is_plausible_url, percent_decode};
use super::outer::Outer;
use super::vendor::{Exemption, Hosts, Kind, Layer, Vendor};

/// Intermedia LinkSafe. Public lists wrongly give its host to Sophos or Mimecast.
pub(super) const INTERMEDIA: Vendor = Vendor {
    exemption: Some(Exemption {
        paths: &[
            "Intermedia HostPilot: Services > Email Protection > Inbound Policy > Default Policy > \
             LinkSafe: Safe URL or Safe Sender lists",
        ],
        caveat: "",
        references: &["https://kb.intermedia.net/article/23554"],
    }),
    ..Vendor::new(
        "Intermedia LinkSafe",
        Kind::Gateway,
        Hosts::Within(&["url.emailprotection.link"]),
        |outer| {
            let has_key = !outer.query.is_empty() || outer.path.len() > 1;
            has_key.then(|| {
                Layer::opaque("Intermedia keeps the URL on its own side; its support can decode it")
            })
        },
    )
};

/// Bitdefender GravityZone Security for Email.
pub(super) const BITDEFENDER: Vendor = Vendor {
    exemption: Some(Exemption {
        paths: &[
            "Bitdefender: Products > GravityZone Security for Email > Message Rules: the LinkScan rule, \
             Sender In List > Safe Lists",
        ],
        caveat: "",
        references: &["https://www.bitdefender.com/support/"],
    }),
    ..Vendor::new(
        "Bitdefender LinkScan",
        Kind::Gateway,
        Hosts::Within(&["lsems.gravityzone.bitdefender.com", "linkscan.io"]),
        open_bitdefender,
    )
};

/// Whether the string behind `/scan/` holds the URL is not documented: believed only where it reads as
/// one.
fn open_bitdefender(outer: &Outer<'_>) -> Option<Layer> {
    let key = outer.path.strip_prefix("/scan/").filter(|key| !key.is_empty())?;
    let first = key.split('/').next().unwrap_or(key);
    let url = base64_text(&percent_decode(first)).filter(|url| is_plausible_url(url));
    Some(match url {
        Some(url) => {
            Layer::url(url).noted(Some("unsure: the form of this wrapper is not documented"))
        }
        None => Layer::opaque("Bitdefender's wrapper does not show its target"),
    })
}

/// Cloudflare Email security (Area 1), Email Link Isolation.
pub(super) const CLOUDFLARE: Vendor = Vendor {
    exemption: Some(Exemption {
        paths: &[
            "Cloudflare: Settings > Email Configuration > Email Policies > Link Actions > URL Rewrite \
             Ignore Patterns",
        ],
        caveat: "Cloudflare does not support links that another product has rewritten too.",
        references: &["https://developers.cloudflare.com/cloudflare-one/email-security/"],
    }),
    ..Vendor::new(
        "Cloudflare Email Link Isolation",
        Kind::Gateway,
        Hosts::Within(&["linkdefender.cloudflare.com"]),
        |outer| {
            let has_key = outer.path.len() > 1 || !outer.query.is_empty();
            has_key.then(|| Layer::opaque("the form of Cloudflare's wrapper is not documented"))
        },
    )
};
