//! Lists: the IP Allow List, an anti-spam policy's senders, the Tenant Allow/Block List.

use super::{Condition, Mail, Match, Mechanism, Truth};
use crate::tenant::lists::{AllowBlockItem, ListType, SpoofItem};
use crate::tenant::policies::ContentFilterPolicy;
use crate::tenant::settings::entries;
use crate::tenant::{Tenant, domain};

/// The IP Allow List compared with the connecting IP; `None` where it is not exported.
pub fn ip_allow_list(tenant: &Tenant, mail: &Mail<'_>) -> Option<Match> {
    let filter = tenant.connection_filter()?;
    let list = filter.ip_allow_list.as_ref()?;
    let raw: Vec<&str> = list.entries().iter().map(|entry| &*entry.raw).collect();
    let evidence = |value: &str| Some(filter.origin.evidence("IPAllowList", value));
    let condition = match mail.connecting_ip {
        None => Condition::new(Truth::Unknown, "the connecting IP is not known", evidence("")),
        Some(ip) => match list.covering(ip) {
            // Under skip listing the filter judges the restored address: which one this list
            // compares is not documented.
            Some(entry) if mail.authenticated_ip.is_some_and(|seen| seen != ip) => Condition::new(
                Truth::Unknown,
                format!(
                    "connecting IP {ip} is listed (`{}`), but Enhanced Filtering restored another source",
                    entry.raw
                ),
                evidence(&entry.raw),
            ),
            Some(entry) => Condition::new(
                Truth::Yes,
                format!("connecting IP {ip} is listed (`{}`)", entry.raw),
                evidence(&entry.raw),
            ),
            None => Condition::new(
                Truth::No,
                format!("connecting IP {ip} is not on the IP Allow List"),
                evidence(&raw.join(", ")),
            ),
        },
    };
    let conditions = vec![condition];
    Some(Match { mechanism: Mechanism::IpAllowList, name: String::new(), conditions })
}

/// Allowed senders and domains of the policy that applies; `None` where it is not known.
pub fn policy_sender_list(policy: &ContentFilterPolicy, mail: &Mail<'_>) -> Option<Match> {
    let senders = policy.allowed_senders.as_ref()?;
    let domains = policy.allowed_sender_domains.as_ref()?;
    let from = mail.from?;
    let sender = senders.iter().find(|one| one.trim().eq_ignore_ascii_case(from));
    let own = mail.from_domain().unwrap_or_default();
    let domain = domains.iter().find(|one| domain::is_same_or_subdomain(own, one));
    let condition = match (sender, domain) {
        (Some(entry), _) => Condition::new(
            Truth::Yes,
            format!("sender `{entry}` is allowed by policy `{}`", policy.origin.name),
            Some(policy.origin.evidence("AllowedSenders", entry)),
        ),
        (None, Some(entry)) => Condition::new(
            Truth::Yes,
            format!("sender domain `{entry}` is allowed by policy `{}`", policy.origin.name),
            Some(policy.origin.evidence("AllowedSenderDomains", entry)),
        ),
        (None, None) => Condition::new(
            Truth::No,
            format!(
                "sender `{from}` is not on the allowed lists of policy `{}`",
                policy.origin.name
            ),
            Some(
                policy.origin.list("AllowedSenderDomains", entries(&policy.allowed_sender_domains)),
            ),
        ),
    };
    Some(Match {
        mechanism: Mechanism::PolicySenderList,
        name: policy.origin.name.to_string(),
        conditions: vec![condition],
    })
}

/// The Tenant Allow entry for the sender that is in force; `None` where there is none.
pub fn tenant_allow<'t>(tenant: &'t Tenant, mail: &Mail<'_>) -> Option<&'t AllowBlockItem> {
    sender_item(tenant, mail, AllowBlockItem::allows)
}

/// The Tenant Block entry for the sender that is in force; `None` where there is none.
pub fn tenant_block<'t>(tenant: &'t Tenant, mail: &Mail<'_>) -> Option<&'t AllowBlockItem> {
    sender_item(tenant, mail, AllowBlockItem::blocks)
}

fn sender_item<'t>(
    tenant: &'t Tenant,
    mail: &Mail<'_>,
    acts: fn(&AllowBlockItem) -> bool,
) -> Option<&'t AllowBlockItem> {
    let from = mail.from?;
    tenant.allow_block_items.iter().flatten().find(|item| {
        acts(item)
            && item.list() == Some(ListType::Sender)
            && item.matches_sender(from)
            && !mail.when.is_some_and(|when| item.expired_at(when))
    })
}

/// The spoof pair, allowing or blocking, that fits the message; `None` where there is none.
pub fn spoof_pair<'t>(tenant: &'t Tenant, mail: &Mail<'_>, action: &str) -> Option<&'t SpoofItem> {
    let from = mail.from?;
    let signed = mail.dkim.iter().filter(|(_, ok)| *ok == Some(true)).map(|(name, _)| *name);
    let signed: Vec<&str> = signed.collect();
    let ip = mail.authenticated_ip.or(mail.connecting_ip);
    tenant.spoof_items.iter().flatten().find(|item| {
        crate::tenant::settings::says(&item.action, action)
            && item.matches_from(from)
            && item.matches_source(ip, mail.ptr, &signed)
    })
}
