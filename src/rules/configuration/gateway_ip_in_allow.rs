//! The gateway that brought this message stands on an allow list.

use crate::case::Case;
use crate::fact::Citation;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::source::{Path, gateway_in_front, is_gateway_by_helo_alone, source};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::Tenant;
use std::net::IpAddr;

pub(super) const RULE: Rule = Rule {
    id: "gateway-ip-in-allow",
    stage: Stage::Configuration,
    role: Role::Configuration,
    entry: Entry {
        meaning: "The address of the gateway that brought this message is on an allow list: every mail of the internet that comes through it skips the filter.",
        evidence: &[
            "Proven: the connecting IP is the gateway's, and the IP Allow List, Advanced Delivery or a bypass rule in force names it",
        ],
        against: &["The connecting IP is the sender's own"],
        fix: &[
            "Remove the entry; Enhanced Filtering for the connector; then allow the platform's own IP",
        ],
        caveat: "With the entry gone, simulations that it let through will be filtered until Advanced Delivery matches.",
        references: &[references::ENHANCED_FILTERING, references::ADVANCED_DELIVERY],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let source = source(case);
    let gateway = gateway_in_front(case)?;
    let ip = source.connecting_ip?;
    if !matches!(source.path, Path::BehindGateway | Path::SkipListed) {
        return None;
    }
    let (place, setting) = entry(case.tenant?, ip)?;
    let mut evidence = vec![setting];
    reading::add(&mut evidence, reading::stamps(case, &["CIP"]));
    reading::add(&mut evidence, gateway.evidence.iter().take(2).cloned());
    let by_helo_alone = is_gateway_by_helo_alone(case);
    let mut finding = RULE.finding(
        if by_helo_alone { Certainty::Likely } else { Certainty::Proven },
        format!(
            "{place} names {ip}, the address of {}: all mail through the gateway skips the filter.",
            gateway.vendor
        ),
        evidence,
    );
    finding.excluded.push(if by_helo_alone {
        "not excluded: the connecting IP is the sender's own; only its HELO names the product"
            .to_owned()
    } else {
        "the connecting IP is not the sender's own".to_owned()
    });
    finding.fix = fixes::enhanced_filtering(case);
    finding.fix.extend(fixes::advanced_delivery(case));
    Some(finding)
}

/// The first allow list that names the address.
fn entry(tenant: &Tenant, ip: IpAddr) -> Option<(String, Citation)> {
    if let Some(filter) = tenant.connection_filter()
        && let Some(entry) = filter.ip_allow_list.as_ref().and_then(|list| list.covering(ip))
    {
        let evidence = filter.origin.evidence("IPAllowList", &entry.raw);
        return Some(("The IP Allow List".to_owned(), evidence));
    }
    for rule in tenant.phish_sim_rules.iter().flatten().filter(|rule| rule.is_enforced()) {
        if let Some(entry) = rule.sender_ip_ranges.as_ref().and_then(|list| list.covering(ip)) {
            let evidence = rule.origin.evidence("SenderIpRanges", &entry.raw);
            return Some(("Advanced Delivery".to_owned(), evidence));
        }
    }
    let acts = |rule: &&crate::tenant::transport_rule::TransportRule| {
        rule.requests_bypass() && rule.is_enabled() && rule.is_enforced()
    };
    tenant.rules().iter().filter(acts).find_map(|rule| {
        let entry = rule.condition("SenderIpRanges")?.addresses.covering(ip)?;
        let evidence = rule.origin.evidence("SenderIpRanges", &entry.raw);
        Some((format!("Bypass rule `{}`", rule.name()), evidence))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn behind() -> Mail {
        Mail::inbound().behind_mimecast().in_inbox().report("CIP:198.51.100.20;CTRY:US;SCL:-1;SRV:;IPV:CAL;SFV:SKN;H:us-smtp-delivery-1.mimecast.com;PTR:;CAT:NONE;SFS:(1);DIR:INB;")
    }

    #[test]
    fn the_gateways_address_on_any_allow_list_is_proven() {
        for tenant in [
            r#"{"HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": ["198.51.100.0/24"]}}"#,
            r#"{"ExoPhishSimOverrideRule": {"Name": "r", "Domains": [], "SenderIpRanges": ["198.51.100.20"]}}"#,
            r#"{"TransportRule": {"Name": "b", "SetSCL": -1, "SenderIpRanges": ["198.51.100.20"]}}"#,
        ] {
            assert_eq!(behind().tenant(tenant).certainty(&RULE), Some(Certainty::Proven));
        }
    }

    #[test]
    fn a_product_that_helo_alone_names_is_likely_at_most() {
        let tenant = r#"{"HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": ["198.51.100.20"]}}"#;
        let mail = behind().report("CIP:198.51.100.20;CTRY:US;SCL:-1;SRV:;IPV:CAL;SFV:SKN;H:us-smtp-delivery-1.mimecast.com;PTR:host-20.isp.example;CAT:NONE;SFS:(1);DIR:INB;");
        assert_eq!(mail.tenant(tenant).certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn the_platforms_address_a_rule_switched_off_and_direct_mail_are_fine() {
        let platform = r#"{"HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": ["203.0.113.10"]}}"#;
        assert_eq!(behind().tenant(platform).certainty(&RULE), None);
        let off = r#"{"TransportRule": {"Name": "b", "State": "Disabled", "SetSCL": -1, "SenderIpRanges": ["198.51.100.20"]}}"#;
        assert_eq!(behind().tenant(off).certainty(&RULE), None);
        let direct = Mail::inbound().verdict("IPV:CAL;SFV:SKN;CAT:NONE").in_inbox();
        assert_eq!(direct.tenant(platform).certainty(&RULE), None);
    }
}
