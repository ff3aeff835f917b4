//! The one table of rewriting products. To add one: its file, its `mod` line, its line here.

use super::outer::Outer;
use super::vendor::{Hosts, Layer, Vendor};
use super::{
    barracuda, check_point, cisco, edgepilot, egress, fortinet, inky, libraesva, mailinblack,
    mimecast, opaque, proofpoint, redirectors, safe_links, sophos, symantec, titanhq, topsec,
    trellix, trend_micro, trustwave, vade,
};

/// Every product that is known, gateways first; those on hosts of the customer's own come last, because
/// only a path tells them.
pub static ALL: &[Vendor] = &[
    mimecast::VENDOR,
    safe_links::VENDOR,
    proofpoint::V1,
    proofpoint::V2,
    proofpoint::V3,
    barracuda::VENDOR,
    cisco::VENDOR,
    trend_micro::VENDOR,
    symantec::VENDOR,
    sophos::VENDOR,
    trellix::VENDOR,
    check_point::VENDOR,
    vade::HORNETSECURITY,
    vade::VENDOR,
    edgepilot::VENDOR,
    egress::VENDOR,
    inky::VENDOR,
    libraesva::VENDOR,
    titanhq::VENDOR,
    trustwave::VENDOR,
    topsec::VENDOR,
    mailinblack::VENDOR,
    opaque::INTERMEDIA,
    opaque::BITDEFENDER,
    opaque::CLOUDFLARE,
    safe_links::IMAGE_PROXY,
    redirectors::GOOGLE,
    redirectors::GOOGLE_AMP,
    redirectors::GOOGLE_TRANSLATE,
    redirectors::GOOGLE_ADS,
    redirectors::BING,
    redirectors::FACEBOOK,
    redirectors::INSTAGRAM,
    redirectors::LINKEDIN,
    redirectors::SLACK,
    redirectors::SENDGRID,
    redirectors::MAILCHIMP,
    redirectors::HUBSPOT,
    fortinet::VENDOR,
    vade::CUSTOMER_HOST,
];

/// Opens the outermost layer of a link, if a known product put it there.
pub fn open(outer: &Outer<'_>) -> Option<(&'static Vendor, Layer)> {
    ALL.iter().find_map(|vendor| vendor.unwrap(outer).map(|layer| (vendor, layer)))
}

/// The product whose links live on `host`, whatever their path.
pub fn of_host(host: &str) -> Option<&'static Vendor> {
    let host = host.to_ascii_lowercase();
    ALL.iter()
        .find(|vendor| !matches!(vendor.hosts, Hosts::Customer) && vendor.hosts.matches(&host))
}

/// The product of that name, as chains spell it.
pub fn by_name(name: &str) -> Option<&'static Vendor> {
    ALL.iter().find(|vendor| vendor.name == name)
}
