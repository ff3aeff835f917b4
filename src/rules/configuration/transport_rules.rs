//! Lints of mail flow rules that do not run.

use super::{Lint, Setup, Severity, Violation, concerns, identity, is_allow_rule, quoted};
use crate::rules::references;
use crate::tenant::address::AddressList;
use crate::tenant::domain;
use crate::tenant::json::iso;
use crate::tenant::transport_rule::TransportRule;

const PORTAL: &str = "Exchange admin center > Mail flow > Rules";

pub(super) static LINTS: &[Lint] = &[
    Lint {
        id: "rule-disabled",
        severity: Severity::Error,
        meaning: "A rule that is meant to let simulations through is switched off: it does nothing.",
        references: &[references::TRANSPORT_RULE_CMDLET],
        check: rule_disabled,
    },
    Lint {
        id: "rule-audit-mode",
        severity: Severity::Error,
        meaning: "A rule in audit mode logs that it would act, and does not act.",
        references: &[references::TRANSPORT_RULE_CMDLET],
        check: rule_audit_mode,
    },
    Lint {
        id: "rule-expired",
        severity: Severity::Error,
        meaning: "A rule acts only between its activation and its expiry date.",
        references: &[references::TRANSPORT_RULE_CMDLET],
        check: rule_expired,
    },
    Lint {
        id: "rule-stop-processing-above",
        severity: Severity::Warning,
        meaning: "A rule with a higher priority stops further rules for mail that this rule is meant for.",
        references: &[references::TRANSPORT_RULE_CMDLET],
        check: rule_stop_processing_above,
    },
];

/// Rules that are there for the campaign, or for simulations at all.
fn allow_rules<'a>(setup: &Setup<'a>) -> impl Iterator<Item = &'a TransportRule> {
    let setup = *setup;
    setup.tenant.rules().iter().filter(move |rule| is_allow_rule(rule) && concerns(rule, &setup))
}

fn rule_disabled(setup: &Setup<'_>) -> Vec<Violation> {
    allow_rules(setup)
        .filter(|rule| !rule.is_enabled())
        .map(|rule| {
            let state = rule.state.as_deref().unwrap_or_default();
            Violation::new(
                format!("Rule `{}` is disabled.", rule.name()),
                vec![rule.origin.named(), rule.origin.evidence("State", state)],
            )
            .portal(format!("{PORTAL} > {} > Enable", rule.name()))
            .repair(
                format!("Switch rule {} on", quoted(rule)),
                format!("Enable-TransportRule -Identity {} -Confirm:$false", identity(rule)),
                format!("Disable-TransportRule -Identity {} -Confirm:$false", identity(rule)),
            )
        })
        .collect()
}

fn rule_audit_mode(setup: &Setup<'_>) -> Vec<Violation> {
    allow_rules(setup)
        .filter(|rule| !rule.is_enforced())
        .map(|rule| {
            let mode = rule.mode.as_deref().unwrap_or_default();
            let back = if mode.eq_ignore_ascii_case("AuditAndNotify") {
                "AuditAndNotify"
            } else {
                "Audit"
            };
            Violation::new(
                format!("Rule `{}` only logs: its mode is {mode}.", rule.name()),
                vec![rule.origin.named(), rule.origin.evidence("Mode", mode)],
            )
            .portal(format!("{PORTAL} > {} > Settings > Rule mode > Enforce", rule.name()))
            .repair(
                format!("Let rule {} act", quoted(rule)),
                format!("Set-TransportRule -Identity {} -Mode Enforce", identity(rule)),
                format!("Set-TransportRule -Identity {} -Mode {back}", identity(rule)),
            )
        })
        .collect()
}

fn rule_expired(setup: &Setup<'_>) -> Vec<Violation> {
    let send = setup.campaign.and_then(|campaign| campaign.sent_after).unwrap_or(setup.now);
    let last = setup.campaign.and_then(|campaign| campaign.sent_before).unwrap_or(send);
    allow_rules(setup)
        .filter_map(|rule| {
            let (what, property, date, parameter) = match (rule.expiry, rule.activation) {
                (Some(end), _) if end <= last => ("stops acting", "ExpiryDate", end, "ExpiryDate"),
                (_, Some(start)) if start > send => {
                    ("begins to act only", "ActivationDate", start, "ActivationDate")
                }
                _ => return None,
            };
            Some(
                Violation::new(
                    format!("Rule `{}` {what} at {}.", rule.name(), iso(date)),
                    vec![rule.origin.named(), rule.origin.evidence(property, &iso(date))],
                )
                .portal(format!("{PORTAL} > {} > Settings > dates", rule.name()))
                .repair(
                    format!("Take the date off rule {}", quoted(rule)),
                    format!("Set-TransportRule -Identity {} -{parameter} $null", identity(rule)),
                    format!(
                        "Set-TransportRule -Identity {} -{parameter} '{}'",
                        identity(rule),
                        iso(date)
                    ),
                ),
            )
        })
        .collect()
}

fn rule_stop_processing_above(setup: &Setup<'_>) -> Vec<Violation> {
    let mut above: Vec<(&TransportRule, Reach<'_>)> = Vec::new();
    let mut found = Vec::new();
    for rule in setup.tenant.rules() {
        let acts = rule.is_enabled() && rule.is_enforced();
        if is_allow_rule(rule) && acts && concerns(rule, setup) {
            let reach = Reach::of(rule);
            if let Some((stop, _)) = above.iter().find(|(_, stop)| stop.meets(&reach)) {
                found.push(stopped(rule, stop));
            }
        }
        if rule.stop_rule_processing == Some(true) && acts {
            let reach = Reach::of(rule);
            if !reach.inside_only {
                above.push((rule, reach));
            }
        }
    }
    found
}

fn stopped(rule: &TransportRule, stop: &TransportRule) -> Violation {
    let back = rule.priority.unwrap_or(0);
    Violation::new(
        format!("Rule `{}` runs before `{}` and may stop it.", stop.name(), rule.name()),
        vec![
            stop.origin.evidence("StopRuleProcessing", "true"),
            stop.origin.named(),
            rule.origin.named(),
        ],
    )
    .portal(format!("{PORTAL} > move `{}` above `{}`", rule.name(), stop.name()))
    .repair(
        format!("Run rule {} first", quoted(rule)),
        format!("Set-TransportRule -Identity {} -Priority 0", identity(rule)),
        format!("Set-TransportRule -Identity {} -Priority {back}", identity(rule)),
    )
}

/// Which senders a rule can be true of, as far as its addresses and domains tell.
struct Reach<'a> {
    addresses: Option<&'a AddressList>,
    domains: Option<&'a [Box<str>]>,
    /// For mail from inside, which no simulation is.
    inside_only: bool,
}

impl<'a> Reach<'a> {
    fn of(rule: &'a TransportRule) -> Self {
        Reach {
            addresses: rule.condition("SenderIpRanges").map(|predicate| &predicate.addresses),
            domains: rule.condition("SenderDomainIs").map(|predicate| &*predicate.values),
            inside_only: rule.condition("FromScope").is_some_and(|scope| {
                scope.values.iter().any(|value| value.eq_ignore_ascii_case("InOrganization"))
            }),
        }
    }

    /// Whether one message can meet both.
    fn meets(&self, other: &Reach<'_>) -> bool {
        if let (Some(a), Some(b)) = (self.addresses, other.addresses)
            && !a.entries().iter().any(|entry| b.overlapping(&entry.range).is_some())
        {
            return false;
        }
        let (Some(a), Some(b)) = (self.domains, other.domains) else { return true };
        let shared = |x: &str, y: &str| {
            domain::is_same_or_subdomain(x, y) || domain::is_same_or_subdomain(y, x)
        };
        a.iter().any(|x| b.iter().any(|y| shared(x, y)))
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::configuration::testing::{CAMPAIGN, assert_lint, severity};

    fn rule(properties: &str) -> String {
        format!(
            r#"{{"TransportRule": {{"Name": "bypass", "SetSCL": -1, "SenderIpRanges": ["203.0.113.10"], {properties}}}}}"#
        )
    }

    #[test]
    fn a_disabled_bypass_rule_is_an_error() {
        let (bad, good) = (rule(r#""State": "Disabled""#), rule(r#""State": "Enabled""#));
        assert_lint("rule-disabled", "error", CAMPAIGN, &bad, &good);
    }

    #[test]
    fn a_disabled_rule_of_another_vendor_is_none_of_this_campaigns() {
        let other = r#"{"TransportRule": {"Name": "old", "State": "Disabled", "SetSCL": -1, "SenderIpRanges": ["192.0.2.9"]}}"#;
        assert_eq!(severity("rule-disabled", other, CAMPAIGN), None);
        assert_eq!(severity("rule-disabled", other, ""), Some("error"));
        let unrelated = r#"{"TransportRule": {"Name": "dlp", "State": "Disabled"}}"#;
        assert_eq!(severity("rule-disabled", unrelated, ""), None);
    }

    #[test]
    fn a_rule_that_only_logs_is_an_error() {
        let (bad, good) = (rule(r#""Mode": "Audit""#), rule(r#""Mode": "Enforce""#));
        assert_lint("rule-audit-mode", "error", CAMPAIGN, &bad, &good);
    }

    #[test]
    fn a_rule_outside_its_dates_when_the_campaign_is_sent_is_an_error() {
        let good = rule(r#""ExpiryDate": "2027-01-01T00:00:00Z""#);
        for bad in [
            rule(r#""ExpiryDate": "2026-11-25T00:00:00Z""#),
            rule(r#""ActivationDate": "2026-12-01T00:00:00Z""#),
        ] {
            assert_lint("rule-expired", "error", CAMPAIGN, &bad, &good);
        }
    }

    #[test]
    fn an_earlier_stop_that_can_meet_the_same_mail_is_a_warning() {
        let rules = |stop: &str| {
            format!(
                r#"{{"TransportRule": [
                    {{"Name": "stop", "Priority": 0, "StopRuleProcessing": true, {stop}}},
                    {{"Name": "bypass", "Priority": 1, "SetSCL": -1, "SenderIpRanges": ["203.0.113.10"]}}]}}"#
            )
        };
        let id = "rule-stop-processing-above";
        let good = rules(r#""SenderIpRanges": ["192.0.2.0/24"]"#);
        assert_lint(id, "warning", CAMPAIGN, &rules(r#""SubjectContainsWords": ["a"]"#), &good);
        assert_eq!(severity(id, &rules(r#""FromScope": "InOrganization""#), CAMPAIGN), None);
        assert_eq!(severity(id, &rules(r#""State": "Disabled""#), CAMPAIGN), None);
    }
}
