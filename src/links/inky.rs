//! INKY (`link-rewriters.md` §5): a token of zlib-packed JSON with the URL, the recipient and the sender.

use super::decode::{base64_zlib, is_plausible_host, percent_decode, repair_slash};
use super::outer::Outer;
use super::private::{Private, guid};
use super::vendor::{CUT_OFF, Hosts, Kind, Layer, Vendor};
use serde_json::Value;

pub(super) const VENDOR: Vendor =
    Vendor { private, ..Vendor::new("INKY", Kind::Gateway, Hosts::Within(&["inky.com"]), open) };

fn open(outer: &Outer<'_>) -> Option<Layer> {
    let is_link = outer.path.trim_end_matches('/') == "/link";
    let (token, domain) = (outer.param("t"), outer.param("domain"));
    if !is_link || (token.is_none() && domain.is_none()) {
        return None;
    }
    let url = token.and_then(contents).and_then(|json| Some(json.get("url")?.as_str()?.to_owned()));
    if let Some(url) = url.filter(|url| !url.is_empty()) {
        return Some(Layer::checked_url(repair_slash(url)));
    }
    let domain = domain.map(percent_decode).filter(|domain| is_plausible_host(domain));
    Some(match domain {
        Some(domain) => Layer::host(domain, "INKY's token is cut off or damaged: the host only"),
        None => Layer::opaque(CUT_OFF),
    })
}

/// The JSON in `h.<base64url zlib>.<signature>`.
fn contents(token: &str) -> Option<Value> {
    let token = percent_decode(token);
    let packed = token.split('.').find(|part| part.len() > 1)?;
    serde_json::from_str(&base64_zlib(packed)?).ok()
}

/// `k` is `tenant/recipient/hash/time`, `e` the sender.
fn private(outer: &Outer<'_>) -> Private {
    let mut private = Private::hiding(outer, &["t"]);
    let Some(json) = outer.param("t").and_then(contents) else { return private };
    let key: Vec<&str> =
        json.get("k").and_then(Value::as_str).unwrap_or_default().split('/').collect();
    private.tenant_id = key.first().and_then(|tenant| guid(tenant));
    private.customer =
        key.first().filter(|tenant| !tenant.is_empty()).map(|tenant| (*tenant).into());
    private.recipient =
        key.get(1).filter(|address| address.contains('@')).map(|address| (*address).into());
    private.rewritten_at =
        key.get(3).and_then(|time| time.split('.').next()).and_then(|seconds| seconds.parse().ok());
    private
}
