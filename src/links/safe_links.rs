//! Microsoft Safe Links (`link-rewriters.md` §3): the whole target, and who the link was wrapped for.

use super::decode::{base64_text, percent_decode};
use super::outer::Outer;
use super::private::{Private, guid};
use super::vendor::{CUT_OFF, Exemption, Hosts, Kind, Layer, Vendor, target_param};

/// The name of Safe Links in chains.
pub const NAME: &str = "Microsoft Safe Links";

pub(super) const VENDOR: Vendor = Vendor {
    private,
    exemption: Some(EXEMPTION),
    ..Vendor::new(
        NAME,
        Kind::Gateway,
        Hosts::Below(
            &[
                "safelinks.protection.outlook.com",
                "safelinks.protection.office365.us",
                "safelinks.protection.outlook.cn",
                "statics.teams.cdn.office.net",
                "outlook.office.com",
                "outlook.office365.com",
            ],
            is_host,
        ),
        open,
    )
};

/// Outlook on the web shows remote images through a proxy of its own.
pub(super) const IMAGE_PROXY: Vendor = Vendor::new(
    "Outlook image proxy",
    Kind::Redirector,
    Hosts::Within(&["outlook.office.com", "outlook.office365.com"]),
    |outer| {
        let is_proxy = outer.path.starts_with("/actions/ei");
        is_proxy.then(|| target_param(outer, "u", &["d"])).flatten()
    },
);

const EXEMPTION: Exemption = Exemption {
    paths: &[
        "Microsoft Defender portal > Email & collaboration > Policies & rules > Threat policies > \
         Advanced delivery > Phishing simulation: links stay wrapped, but are neither blocked nor \
         detonated",
    ],
    caveat: "Do not put the simulation's URLs into a Safe Links policy's \"Do not rewrite\" list: it can \
             raise alerts, and the links may still be blocked at click.",
    references: &[
        "https://learn.microsoft.com/defender-office-365/safe-links-about",
        "https://learn.microsoft.com/defender-office-365/advanced-delivery-policy-configure",
    ],
};

const DOMAINS: Hosts = Hosts::Within(&[
    "safelinks.protection.outlook.com",
    "safelinks.protection.office365.us",
    "safelinks.protection.outlook.cn",
]);

/// Hosts that serve other things too; the path tells.
const SHARED: [&str; 3] =
    ["statics.teams.cdn.office.net", "outlook.office.com", "outlook.office365.com"];

fn is_host(host: &str) -> bool {
    DOMAINS.matches(host) || SHARED.contains(&host)
}

fn open(outer: &Outer<'_>) -> Option<Layer> {
    let path = outer.path.to_ascii_lowercase();
    let is_page = path.ends_with("/atp-safelinks.html") || path.ends_with("/mail/safelink.html");
    let dedicated = DOMAINS.matches(&outer.host);
    if !dedicated && !is_page {
        return None;
    }
    let target = target_param(
        outer,
        "url",
        &["data", "sdata", "reserved", "xsdata", "ovuser", "clickparams", "locale", "dest", "pc"],
    );
    // The bare host is a page about Safe Links, not a wrapped link.
    target.or_else(|| (dedicated && !outer.query.is_empty()).then(|| Layer::opaque(CUT_OFF)))
}

/// Seconds from 0001-01-01 to 1970-01-01, the distance between .NET ticks and Unix time.
const NET_EPOCH_SECONDS: i64 = 62_135_596_800;

/// `data`, or `xsdata` in base64: fields joined by `|`, of which 2 is the recipient, 3 the network
/// message id, 4 the tenant and 7 the time in .NET ticks.
fn private(outer: &Outer<'_>) -> Private {
    let mut private = Private::default();
    if let Some(data) = outer.param("data") {
        let raw = raw_fields(data);
        for secret in raw.iter().skip(2).take(3) {
            private.hide(outer, Some(secret));
        }
        read_fields(&raw, &mut private);
    } else if let Some(data) = outer.param("xsdata") {
        private.hide(outer, Some(data));
        let text = base64_text(&percent_decode(data)).unwrap_or_default();
        let fields: Vec<&str> = text.split('|').collect();
        read_fields(&fields, &mut private);
    }
    private.hide(outer, outer.param("ovuser"));
    private
}

fn read_fields(fields: &[&str], private: &mut Private) {
    let field = |index: usize| fields.get(index).map(|field| field.trim());
    let recipient = field(2).map(percent_decode).filter(|address| address.contains('@'));
    private.recipient = recipient.map(Into::into);
    private.network_message_id = field(3).and_then(guid);
    private.tenant_id = field(4).and_then(guid);
    private.rewritten_at = field(7)
        .and_then(|ticks| ticks.parse::<i64>().ok())
        .map(|ticks| ticks / 10_000_000 - NET_EPOCH_SECONDS)
        .filter(|seconds| *seconds > 0);
}

/// The fields of a raw `data` value: separated by `|` as it is or escaped.
fn raw_fields(data: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut start = 0;
    for (at, _) in data.match_indices(['|', '%']) {
        let length = match data.as_bytes()[at] {
            b'|' => 1,
            _ if data.get(at + 1..at + 3).is_some_and(|hex| hex.eq_ignore_ascii_case("7c")) => 3,
            _ => continue,
        };
        fields.push(&data[start..at]);
        start = at + length;
    }
    fields.push(&data[start..]);
    fields
}

#[cfg(test)]
mod tests {
    use super::super::peel::unwrap;

    #[test]
    fn the_data_fields_tell_whom_and_when_it_was_wrapped_for() {
        let unwrapped = unwrap(
            "https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fphish.example%2Fa%3Fb%3D1\
             &amp;data=05%7C01%7CAnn%40contoso.example%7Cc06955af095e40a9f10f08dab277d765\
             %7c4a5378f929f44d3ebe89669d03ada9d8%7C0%7C0%7C638018525024697993%7CUnknown%7Cx%7C3000&amp;sdata=s",
        );
        assert_eq!(unwrapped.original.as_deref(), Some("https://phish.example/a?b=1"));
        let private = &unwrapped.private[0];
        assert_eq!(private.recipient.as_deref(), Some("Ann@contoso.example"));
        assert_eq!(
            private.network_message_id.as_deref(),
            Some("c06955af-095e-40a9-f10f-08dab277d765")
        );
        assert_eq!(private.tenant_id.as_deref(), Some("4a5378f9-29f4-4d3e-be89-669d03ada9d8"));
        // 2022-10-20 08:48:22 UTC
        assert_eq!(private.rewritten_at, Some(1_666_255_702));
    }

    #[test]
    fn the_xsdata_form_tells_the_same() {
        // `05|02|ann@contoso.example|…|…`
        let unwrapped = unwrap(
            "https://nam02.safelinks.protection.outlook.com/ap/t-59584e83/?url=https%3A%2F%2Fa.example\
             &xsdata=MDV8MDJ8YW5uQGNvbnRvc28uZXhhbXBsZXx8fDB8MHx8",
        );
        assert_eq!(unwrapped.private[0].recipient.as_deref(), Some("ann@contoso.example"));
        assert_eq!(unwrapped.private[0].tenant_id, None);
    }

    #[test]
    fn teams_and_outlook_pages_are_recognised_by_path_only() {
        let teams = "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=https%3A%2F%2Fa.example%2F&locale=en";
        assert_eq!(unwrap(teams).original.as_deref(), Some("https://a.example/"));
        assert!(
            unwrap("https://outlook.office.com/mail/inbox?url=https%3A%2F%2Fa.example")
                .chain
                .is_empty()
        );
        assert!(
            unwrap("https://nam02.safelinks.protection.outlook.com.evil.example/?url=x")
                .chain
                .is_empty()
        );
    }
}
