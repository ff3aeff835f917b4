//! Lints of bypass rules by whom they let through: strangers, or too many addresses.

use super::{Lint, Setup, Severity, Violation, concerns, identity, quoted};
use crate::rules::references;
use crate::tenant::address::AddressRange;
use crate::tenant::transport_rule::TransportRule;

const PORTAL: &str = "Exchange admin center > Mail flow > Rules";
const BY_IP: &str =
    "add the condition: The sender > IP address is in any of these ranges, with the platform's";

/// What anyone can write into a message.
const SENDER: &[&str] =
    &["SenderDomainIs", "From", "FromAddressContainsWords", "FromAddressMatchesPatterns"];
/// Narrow who receives or where the sender is, not who may send.
const NO_PROOF: &[&str] =
    &["FromScope", "SentToScope", "RecipientDomainIs", "SentTo", "SentToMemberOf"];
/// A range of more addresses than a /16 is wider than any simulation platform's.
const WIDE: u128 = 1 << 16;
/// All of IPv4.
const EVERYONE: u128 = 1 << 32;

pub(super) static LINTS: &[Lint] = &[
    Lint {
        id: "rule-domain-only-bypass",
        severity: Severity::Error,
        meaning: "A rule skips spam filtering for a sender domain or address alone. Anyone can write that domain into the From header.",
        references: &[references::SAFE_SENDER_LISTS],
        check: rule_domain_only_bypass,
    },
    Lint {
        id: "rule-any-sender-bypass",
        severity: Severity::Error,
        meaning: "A rule skips spam filtering without asking who sends: it does so for attackers too.",
        references: &[references::SAFE_SENDER_LISTS, references::TRANSPORT_RULE_CMDLET],
        check: rule_any_sender_bypass,
    },
    Lint {
        id: "rule-wide-ip-bypass",
        severity: Severity::Warning,
        meaning: "A rule skips spam filtering for a very wide range of addresses: most of them belong to strangers.",
        references: &[references::SAFE_SENDER_LISTS],
        check: rule_wide_ip_bypass,
    },
];

/// Rules that act, or will, and ask for a bypass.
fn bypasses<'a>(setup: &Setup<'a>) -> impl Iterator<Item = &'a TransportRule> {
    let now = setup.now;
    setup.tenant.rules().iter().filter(move |rule| {
        let acts = rule.is_enabled() && rule.is_enforced();
        rule.requests_bypass() && acts && rule.expiry.is_none_or(|end| end > now)
    })
}

/// Whether it is for authenticated senders of the organisation only.
fn is_inside_only(rule: &TransportRule) -> bool {
    rule.condition("FromScope").is_some_and(|scope| {
        scope.values.iter().any(|value| value.eq_ignore_ascii_case("InOrganization"))
    })
}

/// With the command that binds a rule to the platform's addresses, where it is the campaign's.
fn bound(found: Violation, rule: &TransportRule, setup: &Setup<'_>) -> Violation {
    let ips: Vec<String> = setup
        .campaign
        .map(|c| c.sending_ranges().map(|(_, r)| format!("'{r}'")).collect())
        .unwrap_or_default();
    if ips.is_empty() || !concerns(rule, setup) {
        return found;
    }
    let identity = identity(rule);
    found.repair(
        format!("Bind rule {} to the platform's addresses", quoted(rule)),
        format!("Set-TransportRule -Identity {identity} -SenderIpRanges {}", ips.join(",")),
        format!("Set-TransportRule -Identity {identity} -SenderIpRanges $null"),
    )
}

fn rule_domain_only_bypass(setup: &Setup<'_>) -> Vec<Violation> {
    let only = |name| SENDER.contains(&name) || NO_PROOF.contains(&name);
    bypasses(setup)
        .filter(|rule| rule.conditions.iter().all(|p| only(p.name)))
        .filter_map(|rule| {
            let sender = rule.conditions.iter().find(|p| SENDER.contains(&p.name))?;
            let (name, condition) = (rule.name(), sender.name);
            let found = Violation::new(
                format!("Rule `{name}` skips spam filtering for {condition} alone: anyone can forge that."),
                vec![rule.origin.named(), rule.origin.list(condition, &sender.values)],
            )
            .portal(format!("{PORTAL} > {name} > {BY_IP}"));
            Some(bound(found, rule, setup))
        })
        .collect()
}

fn rule_any_sender_bypass(setup: &Setup<'_>) -> Vec<Violation> {
    bypasses(setup)
        .filter(|rule| rule.conditions.iter().all(|p| NO_PROOF.contains(&p.name)))
        .filter(|rule| !is_inside_only(rule))
        .map(|rule| {
            let name = rule.name();
            let asked: Vec<&str> = rule.conditions.iter().map(|p| p.name).collect();
            let summary = if asked.is_empty() {
                let but = if rule.exceptions.is_empty() { "" } else { " but its exceptions" };
                format!(
                    "Rule `{name}` skips spam filtering for all mail{but}: it has no condition."
                )
            } else {
                let asked = asked.join(" and ");
                format!(
                    "Rule `{name}` skips spam filtering whoever sends: it asks for {asked} only."
                )
            };
            let conditions = rule.conditions.iter().map(|p| rule.origin.list(p.name, &p.values));
            let mut evidence = vec![rule.origin.named(), rule.origin.evidence("SetSCL", "-1")];
            evidence.extend(conditions);
            Violation::new(summary, evidence).portal(format!("{PORTAL} > {name} > {BY_IP}"))
        })
        .collect()
}

fn rule_wide_ip_bypass(setup: &Setup<'_>) -> Vec<Violation> {
    let no_proof =
        |name| name == "SenderIpRanges" || SENDER.contains(&name) || NO_PROOF.contains(&name);
    bypasses(setup)
        .filter(|rule| rule.conditions.iter().all(|p| no_proof(p.name)) && !is_inside_only(rule))
        .filter_map(|rule| {
            let ranges = rule.condition("SenderIpRanges")?.addresses.entries();
            let wide = ranges.iter().filter(|entry| is_wide(&entry.range));
            let widest = wide.max_by_key(|entry| entry.range.count())?;
            let (name, raw) = (rule.name(), &widest.raw);
            let whole = widest.range.count() >= EVERYONE && widest.range.first().is_ipv4();
            let whom = if whole {
                "every IPv4 address there is".to_owned()
            } else {
                format!("{} addresses", grouped(widest.range.count()))
            };
            let mut found = Violation::new(
                format!("Rule `{name}` skips spam filtering for `{raw}`: {whom}."),
                vec![rule.origin.named(), rule.origin.evidence("SenderIpRanges", raw)],
            )
            .portal(format!("{PORTAL} > {name} > narrow the ranges to the platform's addresses"));
            found.severity = whole.then_some(Severity::Error);
            Some(found)
        })
        .collect()
}

/// Whether it holds more than an IPv4 /16, or than an IPv6 /32, which is what one provider gets.
fn is_wide(range: &AddressRange) -> bool {
    let most = if range.first().is_ipv4() { WIDE } else { 1 << 96 };
    range.count() > most
}

/// `16,777,216`.
fn grouped(count: u128) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::rules::configuration::testing::{assert_lint, fired, severity};

    fn bypass(properties: &str) -> String {
        format!(r#"{{"TransportRule": {{"Name": "r", "SetSCL": "-1"{properties}}}}}"#)
    }

    const PLATFORM: &str = r#", "SenderIpRanges": ["203.0.113.10"]"#;

    #[test]
    fn a_bypass_for_a_domain_alone_is_an_error() {
        let domain = |more: &str| bypass(&format!(r#", "SenderDomainIs": ["sim.example"]{more}"#));
        let id = "rule-domain-only-bypass";
        assert_lint(id, "error", "", &domain(""), &domain(PLATFORM));
        let header =
            domain(r#", "HeaderContainsMessageHeader": "X-A", "HeaderContainsWords": ["s"]"#);
        assert_eq!(severity(id, &header, ""), None);
        let scope = domain(r#", "FromScope": "NotInOrganization""#);
        assert_eq!(severity(id, &scope, ""), Some("error"));
    }

    #[test]
    fn a_bypass_that_does_not_ask_who_sends_is_an_error() {
        let id = "rule-any-sender-bypass";
        for conditions in [
            "",
            r#", "FromScope": "NotInOrganization""#,
            r#", "RecipientDomainIs": ["contoso.example"]"#,
        ] {
            let good = bypass(&format!("{conditions}{PLATFORM}"));
            assert_lint(id, "error", "", &bypass(conditions), &good);
        }
        for good in [
            r#", "FromScope": "InOrganization""#,
            r#", "State": "Disabled""#,
            r#", "Mode": "Audit""#,
            r#", "ExpiryDate": "2026-01-01T00:00:00Z""#,
            r#", "SenderDomainIs": ["sim.example"]"#,
        ] {
            assert_eq!(severity(id, &bypass(good), ""), None, "{good}");
        }
    }

    #[test]
    fn a_bypass_for_a_very_wide_range_is_a_warning_and_for_every_address_an_error() {
        let ranges = |range: &str| bypass(&format!(r#", "SenderIpRanges": ["{range}"]"#));
        let id = "rule-wide-ip-bypass";
        assert_lint(id, "warning", "", &ranges("203.0.0.0/8"), &ranges("203.0.0.0/16"));
        assert_eq!(severity(id, &ranges("0.0.0.0/0"), ""), Some("error"));
        assert_eq!(severity(id, &ranges("2001:db8::/32"), ""), None);
        let found = fired(&ranges("203.0.0.0/8"), "");
        let told = found.iter().find(|one| one.0 == id).unwrap();
        assert_eq!(
            told.2,
            "Rule `r` skips spam filtering for `203.0.0.0/8`: 16,777,216 addresses."
        );
        let header = r#", "SenderIpRanges": ["203.0.0.0/8"], "HeaderContainsMessageHeader": "X-A""#;
        assert_eq!(severity(id, &bypass(header), ""), None);
    }
}
