//! Settings that stop a campaign's mail, whatever allows it.

use super::Setup;
use crate::campaign::Campaign;
use crate::tenant::address::{ListVerdict, judge};
use crate::tenant::domain;
use crate::tenant::lists::ListType;
use crate::tenant::matching::{self, Mail};
use crate::tenant::organization::InboundConnector;

/// One sentence for each; `simulation` where Advanced Delivery matches the mail.
pub(super) fn blocked_by(
    setup: &Setup<'_>,
    campaign: &Campaign,
    mail: &Mail<'_>,
    simulation: bool,
) -> Vec<String> {
    let tenant = setup.tenant;
    // Not documented, so neither said nor denied (`causes.md` §9).
    let unless =
        if simulation { "; whether Advanced Delivery beats that is not documented" } else { "" };
    let mut blocked = Vec::new();
    if let (Some(ip), Some(filter)) = (mail.connecting_ip, tenant.connection_filter())
        && let (Some(allow), Some(block)) = (&filter.ip_allow_list, &filter.ip_block_list)
        && let ListVerdict::Blocked(entry) = judge(allow, block, ip)
    {
        blocked.push(format!("the IP Block List refuses {ip} (`{}`)", entry.raw));
    }
    if let Some(item) = matching::tenant_block(tenant, mail) {
        let value = item.value.as_deref().unwrap_or_default();
        let lifetime = item.lifetime();
        blocked.push(format!("the Tenant Block List blocks sender `{value}` {lifetime}{unless}"));
    }
    let links = campaign.link_domains.iter();
    for link in links {
        let hit = tenant.allow_block_items.iter().flatten().find(|item| {
            item.blocks()
                && item.list() == Some(ListType::Url)
                && item.matches_host(link)
                && !mail.when.is_some_and(|when| item.expired_at(when))
        });
        if let Some(item) = hit {
            let value = item.value.as_deref().unwrap_or_default();
            let lifetime = item.lifetime();
            blocked.push(format!("the Tenant Block List blocks link `{value}` {lifetime}{unless}"));
        }
    }
    if matching::spoof_pair(tenant, mail, "Block").is_some() {
        blocked.push("a spoofed sender pair blocks this sender".to_owned());
    }
    blocked.extend(refused_at_connection(setup, mail));
    blocked
}

/// Connectors and Direct Send: refusals before any filter looks.
fn refused_at_connection(setup: &Setup<'_>, mail: &Mail<'_>) -> Vec<String> {
    let tenant = setup.tenant;
    let mut refused = Vec::new();
    let Some(ip) = mail.connecting_ip else { return refused };
    let locks: Vec<&InboundConnector> = tenant.connectors().filter(|c| c.is_lock()).collect();
    let admitted = tenant.connectors().any(|c| c.is_partner() && c.names(ip));
    if let (Some(lock), false) = (locks.first(), admitted) {
        refused.push(format!(
            "connector `{}` refuses every source that it does not name, and {ip} is not named",
            lock.origin.name
        ));
    }
    let rejects = tenant.organization().and_then(|o| o.reject_direct_send) == Some(true);
    if let Some(own) = mail.mail_from_domain()
        && rejects
        && tenant.accepts(own).is_some()
        && !tenant.connectors().any(|c| c.names(ip))
    {
        refused.push(format!(
            "Direct Send is rejected: MAIL FROM domain `{}` is one of the tenant's own, and no connector names {ip}",
            domain::normal(own)
        ));
    }
    refused
}
