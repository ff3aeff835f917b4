//! The one table of rewriting products. To add one: its file, its `mod` line, its line here.

use super::outer::Outer;
use super::vendor::{Hosts, Layer, Vendor};
use super::{
    barracuda, check_point, cisco, edgepilot, egress, fortinet, inky, libraesva, mailinblack,
    mimecast, opaque, proofpoint, redirectors, safe_links, sophos, symantec, titanhq, topsec,
    trellix, trend_micro, trustwave, vade,
};
use foldhash::fast::FixedState;
use std::collections::HashMap;
use std::sync::LazyLock;

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
    redirectors::GOOGLE_ADS_SERVICES,
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

/// The table by host: which products to ask about a link.
struct Index {
    domains: HashMap<&'static str, Vec<&'static Vendor>, FixedState>,
    labels: Vec<(&'static str, &'static Vendor)>,
    customers: Vec<&'static Vendor>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index =
        Index { domains: HashMap::default(), labels: Vec::new(), customers: Vec::new() };
    for vendor in ALL {
        match &vendor.hosts {
            Hosts::Within(domains) | Hosts::Below(domains, _) => {
                for domain in *domains {
                    index.domains.entry(domain).or_default().push(vendor);
                }
            }
            Hosts::Label(label, _) => index.labels.push((label, vendor)),
            Hosts::Customer => index.customers.push(vendor),
        }
    }
    index
});

/// Products that may have links on `host`, those on hosts of their own only.
fn on_host(host: &str) -> impl Iterator<Item = &'static Vendor> + '_ {
    let index = &*INDEX;
    let labels = memchr::memchr_iter(b'.', host.as_bytes()).map(|dot| dot + 1);
    let suffixes = std::iter::once(0).chain(labels).map(move |start| &host[start..]);
    suffixes
        .flat_map(move |suffix| {
            let begins = move |label: &str| {
                suffix.strip_prefix(label).is_some_and(|rest| rest.starts_with('.'))
            };
            let labelled = index.labels.iter().filter(move |(label, _)| begins(label));
            let listed = index.domains.get(suffix).into_iter().flatten().copied();
            listed.chain(labelled.map(|(_, vendor)| *vendor))
        })
        .filter(move |vendor| vendor.hosts.matches(host))
}

/// Opens the outermost layer of a link, if a known product put it there.
pub fn open(outer: &Outer<'_>) -> Option<(&'static Vendor, Layer)> {
    let customers = INDEX.customers.iter().copied();
    on_host(&outer.host).chain(customers).find_map(|vendor| Some((vendor, (vendor.open)(outer)?)))
}

/// The product whose links live on `host`, whatever their path.
pub fn of_host(host: &str) -> Option<&'static Vendor> {
    on_host(&host.to_ascii_lowercase()).next()
}

/// The product of that name, as chains spell it.
pub fn by_name(name: &str) -> Option<&'static Vendor> {
    ALL.iter().find(|vendor| vendor.name == name)
}
