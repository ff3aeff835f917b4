//! How far a prediction can be trusted.

use super::Setup;
use crate::tenant::matching::Mechanism;

/// Lists that could let the mail through and were not exported.
pub(super) fn not_exported(setup: &Setup<'_>) -> Vec<&'static str> {
    let tenant = setup.tenant;
    [
        ("Advanced Delivery", tenant.phish_sim_rules.is_none()),
        ("the IP Allow List", tenant.connection_filter().is_none_or(|f| f.ip_allow_list.is_none())),
        ("mail flow rules", tenant.transport_rules.is_none()),
    ]
    .into_iter()
    .filter_map(|(name, missing)| missing.then_some(name))
    .collect()
}

/// What nobody can promise about these mechanisms (`causes.md` §3.2 and §9).
pub(super) fn caveats(mechanisms: &[Mechanism], not_exported: &[&str]) -> Vec<String> {
    let mut told = Vec::new();
    let simulation = mechanisms.contains(&Mechanism::AdvancedDelivery);
    let requests: Vec<&str> = [Mechanism::MailFlowRule, Mechanism::IpAllowList]
        .into_iter()
        .filter(|request| mechanisms.contains(request))
        .map(Mechanism::name)
        .collect();
    if !requests.is_empty() && !simulation {
        let verb = if requests.len() == 1 { "is a request that" } else { "are requests that" };
        told.push(format!(
            "{} {verb} Microsoft 365 may decline (since 2026): then the filter judges the mail as usual",
            requests.join(" and ")
        ));
    }
    if simulation {
        told.push("whether Advanced Delivery beats a rule that rejects, DMARC's reject or a Tenant Block entry is not documented".to_owned());
    }
    if !not_exported.is_empty() {
        told.push(format!("not exported, so unknown: {}", not_exported.join(", ")));
    }
    told
}
