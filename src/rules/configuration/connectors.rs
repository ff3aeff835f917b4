//! Lints of connectors and gateways.

use super::{Lint, Setup, Severity, Violation, identity, quoted};
use crate::rules::fixes::{self, ListedEntries};
use crate::rules::references;
use crate::tenant::address::{AddressList, AddressRange};
use crate::tenant::organization::InboundConnector;
use crate::tenant::settings::{Origin, entries};

const SKIP_LISTING: &str = "Defender portal > Email & collaboration > Policies & rules > Threat policies > Rules > Enhanced filtering (https://security.microsoft.com/skiplisting)";
const CONNECTORS: &str = "Exchange admin center > Mail flow > Connectors";

pub(super) static LINTS: &[Lint] = &[
    Lint {
        id: "gateway-ip-in-allow",
        severity: Severity::Error,
        meaning: "A gateway's address is on an allow list: every mail of the internet that comes through the gateway skips the filter.",
        references: &[references::ENHANCED_FILTERING, references::ADVANCED_DELIVERY],
        check: gateway_ip_in_allow,
    },
    Lint {
        id: "rule-scl-with-ef",
        severity: Severity::Warning,
        meaning: "A rule skips spam filtering for a connector that has Enhanced Filtering. Microsoft says to disable such rules: Enhanced Filtering is of no use with them.",
        references: &[references::ENHANCED_FILTERING],
        check: rule_scl_with_ef,
    },
    Lint {
        id: "connector-ef-off-mx-elsewhere",
        severity: Severity::Error,
        meaning: "Mail comes through a gateway, and Enhanced Filtering is off for its connector: nothing that compares the sender's IP can match.",
        references: &[references::ENHANCED_FILTERING],
        check: connector_ef_off_mx_elsewhere,
    },
    Lint {
        id: "connector-ef-users-partial",
        severity: Severity::Warning,
        meaning: "Enhanced Filtering is on for some users only. It works only for messages all of whose recipients (each proxy address) are listed.",
        references: &[references::ENHANCED_FILTERING],
        check: connector_ef_users_partial,
    },
    Lint {
        id: "connector-restrict-star",
        severity: Severity::Info,
        meaning: "A Partner connector for all domains refuses every source that it does not name: a platform that delivers directly must be named.",
        references: &[references::ENHANCED_FILTERING],
        check: connector_restrict_star,
    },
    Lint {
        id: "onprem-connector-has-platform-ip",
        severity: Severity::Error,
        meaning: "An OnPremises connector names the platform's IP. Its mail counts as the organisation's own, and the IP Allow List may be stamped without effect (the cross-forest case of the connection filter's documentation).",
        references: &[references::CONNECTION_FILTER],
        check: onprem_connector_has_platform_ip,
    },
];

/// Addresses that are a gateway's: the campaign's own word, and the sources of connectors that lock
/// the tenant to them or look behind them, without the platform's own.
pub(super) fn gateway_ranges(setup: &Setup<'_>) -> Vec<(String, AddressRange)> {
    let mut ranges: Vec<(String, AddressRange)> = Vec::new();
    let platform = setup.campaign.map(|campaign| &campaign.sending_ips);
    let mut add = |list: &AddressList| {
        for entry in list.entries() {
            let own = platform.is_some_and(|own| own.overlapping(&entry.range).is_some());
            if !own {
                ranges.push((entry.raw.to_string(), entry.range));
            }
        }
    };
    if let Some(gateway) = setup.campaign.and_then(|campaign| campaign.gateway.as_ref()) {
        add(&gateway.addresses);
    }
    for connector in setup.tenant.connectors() {
        let is_gateways = connector.is_lock() || connector.has_enhanced_filtering() == Some(true);
        if is_gateways && connector.is_partner() {
            connector.sender_ip_addresses.iter().for_each(&mut add);
            connector.ef_skip_ips.iter().for_each(&mut add);
        }
    }
    ranges
}

fn gateway_ip_in_allow(setup: &Setup<'_>) -> Vec<Violation> {
    let gateways = gateway_ranges(setup);
    let tenant = setup.tenant;
    let mut lists: Vec<(String, &Origin, &str, &AddressList)> = Vec::new();
    for filter in tenant.connection_filters.iter().flatten() {
        if let Some(list) = &filter.ip_allow_list {
            lists.push(("the IP Allow List".into(), &filter.origin, "IPAllowList", list));
        }
    }
    for rule in tenant.phish_sim_rules.iter().flatten() {
        if let Some(list) = &rule.sender_ip_ranges {
            lists.push(("Advanced Delivery".into(), &rule.origin, "SenderIpRanges", list));
        }
    }
    for rule in tenant.rules().iter().filter(|rule| rule.requests_bypass() && rule.is_enabled()) {
        if let Some(predicate) = rule.condition("SenderIpRanges") {
            let name = format!("bypass rule `{}`", rule.name());
            lists.push((name, &rule.origin, "SenderIpRanges", &predicate.addresses));
        }
    }
    let mut found = Vec::new();
    for (what, origin, property, list) in lists {
        for (gateway, range) in &gateways {
            if let Some(entry) = list.overlapping(range) {
                found.push(
                    Violation::new(
                        format!("`{}` in {what} is the gateway's (`{gateway}`): all mail through the gateway skips the filter.", entry.raw),
                        vec![origin.evidence(property, &entry.raw)],
                    )
                    .portal(format!("Remove the gateway's address; {SKIP_LISTING} for its connector; then allow the platform's own IP")),
                );
                break;
            }
        }
    }
    found
}

fn rule_scl_with_ef(setup: &Setup<'_>) -> Vec<Violation> {
    let with_ef: Vec<&InboundConnector> = setup
        .tenant
        .connectors()
        .filter(|connector| connector.has_enhanced_filtering() == Some(true))
        .collect();
    let mut found = Vec::new();
    for rule in setup.tenant.rules() {
        if !(rule.requests_bypass() && rule.is_enabled()) {
            continue;
        }
        let Some(predicate) = rule.condition("SenderIpRanges") else { continue };
        let connector = with_ef.iter().find(|connector| {
            let own = connector.sender_ip_addresses.iter().flat_map(|list| list.entries());
            own.into_iter().any(|entry| predicate.addresses.overlapping(&entry.range).is_some())
        });
        if let Some(connector) = connector {
            found.push(
                Violation::new(
                    format!("Rule `{}` skips filtering for connector `{}`, which has Enhanced Filtering.", rule.name(), connector.origin.name),
                    vec![rule.origin.list("SenderIpRanges", &predicate.values), connector.origin.named()],
                )
                .portal(format!("Exchange admin center > Mail flow > Rules > {} > Disable", rule.name()))
                .repair(
                    format!("Switch rule {} off", quoted(rule)),
                    format!("Disable-TransportRule -Identity {} -Confirm:$false", identity(rule)),
                    format!("Enable-TransportRule -Identity {} -Confirm:$false", identity(rule)),
                ),
            );
        }
    }
    found
}

fn connector_ef_off_mx_elsewhere(setup: &Setup<'_>) -> Vec<Violation> {
    let tenant = setup.tenant;
    let Some(connectors) = &tenant.inbound_connectors else { return Vec::new() };
    let elsewhere = tenant.mx_is_microsoft(None) == Some(false)
        || setup.campaign.is_some_and(|campaign| campaign.gateway.is_some());
    let enabled: Vec<_> = connectors.iter().filter(|connector| connector.is_enabled()).collect();
    if !elsewhere || enabled.iter().any(|c| c.has_enhanced_filtering() != Some(false)) {
        return Vec::new();
    }
    let gateways = gateway_ranges(setup);
    let is_gateways = |connector: &&&InboundConnector| {
        let own = connector.sender_ip_addresses.iter().flat_map(|list| list.entries());
        own.into_iter().any(|entry| gateways.iter().any(|(_, range)| range.overlaps(&entry.range)))
    };
    let partner = enabled.iter().filter(|connector| connector.is_partner());
    let connector = enabled.iter().find(is_gateways).or(partner.clone().next());
    let Some(connector) = connector else {
        return vec![
            Violation::new(
                "Mail comes through a gateway, and there is no inbound connector for it: Enhanced Filtering cannot be turned on.",
                Vec::new(),
            )
            .portal(format!("{CONNECTORS} > Add a connector > Partner organization, by the gateway's IPs; then {SKIP_LISTING}")),
        ];
    };
    let name = &connector.origin.name;
    let identity = fixes::powershell_identity("InboundConnector", name, "<connector>");
    vec![
        Violation::new(
            format!("Mail comes through a gateway, and Enhanced Filtering is off for connector `{}`.", connector.origin.name),
            vec![connector.origin.evidence("EFSkipLastIP", "false"), connector.origin.named()],
        )
        .portal(format!("{SKIP_LISTING} > {} > Automatically detect and skip the last IP address (one hop), or list every public hop of the gateway", connector.origin.name))
        .repair(
            format!("Turn Enhanced Filtering on for `{name}` (one hop)"),
            format!("Set-InboundConnector -Identity {identity} -EFSkipLastIP $true"),
            format!("Set-InboundConnector -Identity {identity} -EFSkipLastIP $false"),
        ),
    ]
}

fn connector_ef_users_partial(setup: &Setup<'_>) -> Vec<Violation> {
    setup
        .tenant
        .connectors()
        .filter(|connector| !entries(&connector.ef_users).is_empty())
        .map(|connector| {
            Violation::new(
                format!(
                    "Enhanced Filtering of connector `{}` is for {} users only.",
                    connector.origin.name,
                    entries(&connector.ef_users).len()
                ),
                vec![connector.origin.list("EFUsers", entries(&connector.ef_users))],
            )
            .portal(format!(
                "{SKIP_LISTING} > {} > Apply to entire organization",
                connector.origin.name
            ))
        })
        .collect()
}

fn connector_restrict_star(setup: &Setup<'_>) -> Vec<Violation> {
    setup
        .tenant
        .connectors()
        .filter(|connector| connector.is_lock())
        .map(|connector| {
            let by_ip = connector.restrict_to_ip_addresses == Some(true);
            let property =
                if by_ip { "RestrictDomainsToIPAddresses" } else { "RestrictDomainsToCertificate" };
            let mut found = Violation::new(
                format!("Connector `{}` refuses every source that it does not name: direct delivery needs the platform's IP on a Partner connector.", connector.origin.name),
                vec![connector.origin.evidence(property, "true"), connector.origin.named()],
            )
            .portal(format!("{CONNECTORS} > {} > Edit sent email identity, or a second Partner connector for the platform", connector.origin.name));
            let missing: Vec<String> = setup
                .campaign
                .filter(|campaign| campaign.gateway.is_none())
                .map(|campaign| campaign.sending_ranges())
                .into_iter()
                .flatten()
                .filter(|(_, range)| {
                    range.first().is_ipv4()
                        && !connector.sender_ip_addresses.as_ref().is_some_and(|l| l.covers(range))
                })
                .map(|(_, range)| format!("'{range}'"))
                .collect();
            if by_ip && !missing.is_empty() {
                let name = &connector.origin.name;
    let identity = fixes::powershell_identity("InboundConnector", name, "<connector>");
                let list = missing.join(",");
                found = found.repair(
                    format!("Name the platform's IPs on connector `{name}`"),
                    format!("$c = Get-InboundConnector -Identity {identity}; Set-InboundConnector -Identity $c.Identity -SenderIPAddresses (@($c.SenderIPAddresses) + @({list}) | Where-Object {{ $_ }} | Select-Object -Unique)"),
                    format!("$c = Get-InboundConnector -Identity {identity}; Set-InboundConnector -Identity $c.Identity -SenderIPAddresses (@($c.SenderIPAddresses) | Where-Object {{ $_ -notin @({list}) }})"),
                );
            }
            found
        })
        .collect()
}

fn onprem_connector_has_platform_ip(setup: &Setup<'_>) -> Vec<Violation> {
    let Some(campaign) = setup.campaign else { return Vec::new() };
    let mut found = Vec::new();
    for connector in setup.tenant.connectors().filter(|connector| connector.is_on_premises()) {
        let Some(list) = &connector.sender_ip_addresses else { continue };
        for (raw, range) in campaign.sending_ranges() {
            let listed = ListedEntries::of(list, &range);
            if listed.is_empty() {
                continue;
            }
            let name = &connector.origin.name;
            let entries: Vec<&str> =
                listed.own.iter().chain(&listed.wider).map(|entry| &*entry.raw).collect();
            let entries = entries.join(", ");
            let told = match listed.advice(&range) {
                Some(advice) => advice,
                None => "take the address away".to_owned(),
            };
            let mut violation = Violation::new(
                format!(
                    "OnPremises connector `{name}` names the platform's `{raw}` (`{entries}`)."
                ),
                vec![
                    connector.origin.evidence("SenderIPAddresses", &entries),
                    connector.origin.named(),
                ],
            )
            .portal(format!("{CONNECTORS} > {name} > {told}"));
            // An entry that holds other addresses too is the organisation's own servers'.
            if !listed.own.is_empty() {
                let identity = fixes::powershell_identity("InboundConnector", name, "<connector>");
                let own = listed.own_members();
                violation = violation.repair(
                    format!("Take {raw} off connector `{name}`"),
                    format!("$c = Get-InboundConnector -Identity {identity}; Set-InboundConnector -Identity $c.Identity -SenderIPAddresses (@($c.SenderIPAddresses) | Where-Object {{ $_ -notin @({own}) }})"),
                    format!("$c = Get-InboundConnector -Identity {identity}; Set-InboundConnector -Identity $c.Identity -SenderIPAddresses (@($c.SenderIPAddresses) + @({own}) | Where-Object {{ $_ }} | Select-Object -Unique)"),
                );
            }
            found.push(violation);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::reader::parse;
    use crate::rules::configuration::testing::{CAMPAIGN, NOW, assert_lint, severity};
    use crate::tenant::reader::read_bytes;

    fn connector(properties: &str) -> String {
        format!(
            r#""InboundConnector": {{"Name": "From Mimecast", "Enabled": true, "ConnectorType": "Partner",
                "SenderIPAddresses": ["198.51.100.0/24"], "EFSkipIPs": [], {properties}}}"#
        )
    }

    #[test]
    fn a_gateways_address_on_any_allow_list_is_an_error() {
        let good = r#"{"HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": ["203.0.113.10"]}}"#;
        for bad in [
            r#"{"HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": ["198.51.100.20"]}}"#,
            r#"{"ExoPhishSimOverrideRule": {"Name": "r", "Domains": [], "SenderIpRanges": ["198.51.100.0/25"]}}"#,
            r#"{"TransportRule": {"Name": "b", "SetSCL": -1, "SenderIpRanges": ["198.51.100.20"]}}"#,
        ] {
            assert_lint("gateway-ip-in-allow", "error", CAMPAIGN, bad, good);
        }
    }

    #[test]
    fn a_locking_connector_shows_the_gateways_addresses_without_a_campaign() {
        let lock =
            connector(r#""SenderDomains": ["smtp:*;1"], "RestrictDomainsToIPAddresses": true"#);
        let tenant = format!(
            r#"{{{lock}, "HostedConnectionFilterPolicy": {{"Name": "Default", "IPAllowList": ["198.51.100.7"]}}}}"#
        );
        assert_eq!(severity("gateway-ip-in-allow", &tenant, ""), Some("error"));
    }

    #[test]
    fn a_bypass_for_a_connector_with_enhanced_filtering_is_a_warning() {
        let rule =
            r#""TransportRule": {"Name": "b", "SetSCL": -1, "SenderIpRanges": ["198.51.100.20"]}"#;
        let bad = format!("{{{}, {rule}}}", connector(r#""EFSkipLastIP": true"#));
        let good = format!("{{{}, {rule}}}", connector(r#""EFSkipLastIP": false"#));
        assert_lint("rule-scl-with-ef", "warning", "", &bad, &good);
    }

    #[test]
    fn a_gateway_without_enhanced_filtering_is_an_error() {
        let id = "connector-ef-off-mx-elsewhere";
        let bad = format!("{{{}}}", connector(r#""EFSkipLastIP": false"#));
        let good = format!("{{{}}}", connector(r#""EFSkipLastIP": true"#));
        assert_lint(id, "error", CAMPAIGN, &bad, &good);
        assert_eq!(severity(id, &bad, ""), None, "nothing says that there is a gateway");
        let mx = format!(
            r#"{{{}, "MxRecord": {{"Domain": "contoso.example", "Exchange": "mx.gateway.example"}}}}"#,
            connector(r#""EFSkipLastIP": false"#)
        );
        assert_eq!(severity(id, &mx, ""), Some("error"));
        assert_eq!(severity(id, r#"{"InboundConnector": []}"#, CAMPAIGN), Some("error"));
    }

    #[test]
    fn enhanced_filtering_for_some_users_is_a_warning() {
        let bad = format!("{{{}}}", connector(r#""EFUsers": ["ann@contoso.example"]"#));
        let good = format!("{{{}}}", connector(r#""EFUsers": []"#));
        assert_lint("connector-ef-users-partial", "warning", "", &bad, &good);
    }

    #[test]
    fn a_locking_connector_is_worth_knowing() {
        let with = |flag: bool, domains: &str| {
            format!(
                "{{{}}}",
                connector(&format!(
                    r#""SenderDomains": ["{domains}"], "RestrictDomainsToIPAddresses": {flag}"#
                ))
            )
        };
        let id = "connector-restrict-star";
        assert_lint(id, "info", "", &with(true, "smtp:*;1"), &with(false, "smtp:*;1"));
        assert_eq!(severity(id, &with(true, "smtp:partner.example;1"), ""), None);
    }

    #[test]
    fn an_on_premises_connector_for_the_platform_is_an_error() {
        let named = |kind: &str| {
            format!(
                r#"{{"InboundConnector": {{"Name": "hybrid", "ConnectorType": "{kind}", "SenderIPAddresses": ["203.0.113.10"]}}}}"#
            )
        };
        let id = "onprem-connector-has-platform-ip";
        assert_lint(id, "error", CAMPAIGN, &named("OnPremises"), &named("Partner"));
    }

    #[test]
    fn only_the_platforms_own_entry_is_taken_off_a_connector() {
        let fixes = |entry: &str| {
            let tenant = format!(
                r#"{{"InboundConnector": {{"Name": "hybrid", "ConnectorType": "OnPremises", "SenderIPAddresses": ["{entry}"]}}}}"#
            );
            let tenant = read_bytes("tenant.json", tenant.as_bytes()).unwrap();
            let campaign = parse(&"campaign.toml".into(), CAMPAIGN).unwrap();
            let setup = Setup { tenant: &tenant, campaign: Some(&campaign), now: NOW };
            let found = onprem_connector_has_platform_ip(&setup).remove(0);
            (found.fix[0].text.clone(), found.repair.map(|repair| repair.run))
        };
        let (_, run) = fixes("203.0.113.10");
        assert!(run.unwrap().contains("-notin @('203.0.113.10')"));
        let (portal, run) = fixes("203.0.113.0/24");
        assert!(
            portal.contains("entry `203.0.113.0/24` covers 203.0.113.10: replace it"),
            "{portal}"
        );
        assert!(run.is_none(), "{run:?}");
    }
}
