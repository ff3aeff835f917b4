//! What the tests of lints share.

use super::{Setup, lints};
use crate::campaign::reader::parse;
use crate::tenant::reader::read_bytes;

/// 2026-11-21T18:00:00Z.
pub(super) const NOW: i64 = 1_795_284_000;

/// The ids of the lints that fire on a tenant (JSON) and a campaign (TOML; empty for none), each
/// with its severity and summary.
pub(super) fn fired(tenant: &str, campaign: &str) -> Vec<(&'static str, &'static str, String)> {
    let tenant = read_bytes("tenant.json", tenant.as_bytes()).unwrap();
    let campaign =
        (!campaign.is_empty()).then(|| parse(&"campaign.toml".into(), campaign).unwrap());
    let setup = Setup { tenant: &tenant, campaign: campaign.as_ref(), now: NOW };
    let mut all = Vec::new();
    for lint in lints() {
        for found in (lint.check)(&setup) {
            let severity = found.severity.unwrap_or(lint.severity);
            all.push((lint.id, severity.name(), found.summary));
        }
    }
    all
}

/// The severity with which one lint fires, if it does.
pub(super) fn severity(id: &str, tenant: &str, campaign: &str) -> Option<&'static str> {
    fired(tenant, campaign).into_iter().find(|found| found.0 == id).map(|found| found.1)
}

/// Asserts that a lint fires on the first tenant with that severity and not on the second.
pub(super) fn assert_lint(id: &str, level: &str, campaign: &str, bad: &str, good: &str) {
    assert_eq!(severity(id, bad, campaign), Some(level), "{id} must fire on {bad}");
    assert_eq!(severity(id, good, campaign), None, "{id} must not fire on {good}");
    assert_eq!(
        severity(id, "{\"ArcConfig\": []}", campaign),
        None,
        "{id}: not exported is unknown"
    );
}

/// A campaign from 203.0.113.10 in seven days.
pub(super) const CAMPAIGN: &str = "sending_ips = [\"203.0.113.10\"]\nmail_from_domains = [\"mail.sim.example\"]\ndkim_domains = [\"sim.example\"]\nfrom_addresses = [\"it@brand.example\"]\nlink_domains = [\"login.sim.example\"]\nsent_after = 2026-11-28\n[gateway]\nvendor = \"Mimecast\"\naddresses = [\"198.51.100.0/24\"]\n";
