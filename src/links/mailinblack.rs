//! Mailinblack (`link-rewriters.md` §5): JSON in base64 holds the URL, `url=` its origin only.

use super::decode::{base64_text, percent_decode, repair_slash, target};
use super::outer::Outer;
use super::private::Private;
use super::vendor::{CUT_OFF, Hosts, Kind, Layer, Vendor};
use serde_json::Value;

pub(super) const VENDOR: Vendor = Vendor {
    private: |outer| Private::hiding(outer, &["key"]),
    ..Vendor::new("Mailinblack", Kind::Gateway, Hosts::Within(&["mailinblack.com"]), open)
};

fn open(outer: &Outer<'_>) -> Option<Layer> {
    if outer.path.trim_end_matches('/') != "/securelink" {
        return None;
    }
    let json = outer.param("key").and_then(|key| base64_text(&percent_decode(key)));
    let json: Option<Value> = json.and_then(|json| serde_json::from_str(&json).ok());
    if let Some(url) = json.as_ref().and_then(|json| json.get("url")?.as_str()) {
        return Some(Layer::checked_url(repair_slash(url.to_owned())));
    }
    let origin = outer.param("url").map(target).unwrap_or_default();
    Some(match Outer::parse(&origin) {
        Some(origin) => {
            Layer::host(origin.host.into_owned(), "the key is missing or damaged: the host only")
        }
        None => Layer::opaque(CUT_OFF),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Recovered;
    use super::super::peel::unwrap;

    #[test]
    fn without_its_key_the_origin_is_left() {
        let unwrapped =
            unwrap("https://mibc-fr-05.mailinblack.com/securelink/?url=https%3A%2F%2Fa.example");
        assert_eq!(unwrapped.original.as_deref(), Some("a.example"));
        assert_eq!(unwrapped.recovered, Recovered::Domain);
    }
}
