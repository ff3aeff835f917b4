//! Lints of Advanced Delivery: the near-misses of `causes.md` (c), before any mail is sent.

use super::predictions::{mails, planned};
use super::{Lint, Setup, Severity, Violation};
use crate::rules::fixes;
use crate::rules::references;
use crate::tenant::domain;
use crate::tenant::lists::PhishSimRule;
use crate::tenant::matching::{
    AdvancedDelivery, DomainMiss, PolicyState, Truth, advanced_delivery,
};
use crate::tenant::settings::entries;
use std::collections::BTreeSet;

const PORTAL: &str = "Defender portal > Email & collaboration > Policies & rules > Threat policies > Rules > Advanced delivery > Phishing simulation > Edit";
/// Sending IPs that Advanced Delivery takes.
const IP_LIMIT: usize = 10;
/// Domains by the cmdlet's reference; the portal's page says 50.
const DOMAIN_LIMIT_CMDLET: usize = 20;
/// Domains by the portal's page.
const DOMAIN_LIMIT_PORTAL: usize = 50;

const DOCUMENTS: &[&str] = &[references::ADVANCED_DELIVERY];

pub(super) static LINTS: &[Lint] = &[
    Lint {
        id: "advanced-delivery-not-configured",
        severity: Severity::Error,
        meaning: "Advanced Delivery, which Microsoft offers for simulations, is not set up. It lets mail past high confidence phishing too; its pages disagree on malware, and do not say whether it beats a rule that rejects, DMARC's reject or a Tenant Block entry.",
        references: DOCUMENTS,
        check: not_configured,
    },
    Lint {
        id: "advanced-delivery-policy-disabled",
        severity: Severity::Error,
        meaning: "The phishing simulation policy is switched off, so that its rule does nothing.",
        references: DOCUMENTS,
        check: policy_disabled,
    },
    Lint {
        id: "advanced-delivery-rule-pending-deletion",
        severity: Severity::Error,
        meaning: "A phishing simulation rule is not in Enforce mode: it is being deleted and does nothing.",
        references: DOCUMENTS,
        check: pending_deletion,
    },
    Lint {
        id: "advanced-delivery-ip-only",
        severity: Severity::Error,
        meaning: "A sending IP is listed, but none of the campaign's MAIL FROM or DKIM domains: a match needs one of each.",
        references: DOCUMENTS,
        check: ip_only,
    },
    Lint {
        id: "advanced-delivery-domain-only",
        severity: Severity::Error,
        meaning: "A domain of the campaign is listed, but not its sending IP: a match needs one of each.",
        references: DOCUMENTS,
        check: domain_only,
    },
    Lint {
        id: "advanced-delivery-from-header-domain",
        severity: Severity::Error,
        meaning: "The listed domain is the visible From's. Advanced Delivery compares MAIL FROM and DKIM, never From.",
        references: DOCUMENTS,
        check: from_header_domain,
    },
    Lint {
        id: "advanced-delivery-subdomain",
        severity: Severity::Warning,
        meaning: "A listed domain is above or below the campaign's. Whether that matches is not documented: list the exact name.",
        references: DOCUMENTS,
        check: subdomain,
    },
    Lint {
        id: "advanced-delivery-unicode-domain",
        severity: Severity::Error,
        meaning: "A domain is listed with letters that are not ASCII. Internationalised domains must be entered as Punycode.",
        references: DOCUMENTS,
        check: unicode_domain,
    },
    Lint {
        id: "advanced-delivery-limit",
        severity: Severity::Warning,
        meaning: "Advanced Delivery is full: it takes 10 sending IPs; domains 20 by the cmdlet's reference, 50 by the portal's page.",
        references: DOCUMENTS,
        check: limit,
    },
];

fn rules<'a>(setup: &Setup<'a>) -> &'a [PhishSimRule] {
    setup.tenant.phish_sim_rules.as_deref().unwrap_or_default()
}

fn not_configured(setup: &Setup<'_>) -> Vec<Violation> {
    let none = setup.tenant.phish_sim_rules.as_ref().is_some_and(Vec::is_empty);
    if !none {
        return Vec::new();
    }
    vec![
        Violation::new("Advanced Delivery has no phishing simulation rule.", Vec::new()).portal(
            format!("{PORTAL}: at least one domain (MAIL FROM or DKIM) and one sending IP"),
        ),
    ]
}

fn policy_disabled(setup: &Setup<'_>) -> Vec<Violation> {
    let policies = setup.tenant.phish_sim_policies.iter().flatten();
    policies
        .filter(|policy| policy.enabled == Some(false))
        .map(|policy| {
            Violation::new(
                "The Advanced Delivery policy is switched off.",
                vec![policy.origin.evidence("Enabled", "false")],
            )
            .portal(format!("{PORTAL} > Save"))
            .repair(
                "Switch the Advanced Delivery policy on",
                "Set-PhishSimOverridePolicy -Identity PhishSimOverridePolicy -Enabled $true",
                "Set-PhishSimOverridePolicy -Identity PhishSimOverridePolicy -Enabled $false",
            )
        })
        .collect()
}

fn pending_deletion(setup: &Setup<'_>) -> Vec<Violation> {
    rules(setup)
        .iter()
        .filter(|rule| !rule.is_enforced())
        .map(|rule| {
            let mode = rule.mode.as_deref().unwrap_or_default();
            let name =
                fixes::powershell_identity("ExoPhishSimOverrideRule", &rule.origin.name, "<rule>");
            Violation::new(
                format!(
                    "Advanced Delivery rule `{}` is in mode {mode}, not Enforce.",
                    rule.origin.name
                ),
                vec![rule.origin.evidence("Mode", mode)],
            )
            .portal(format!("{PORTAL}: check that the list is complete"))
            .repair(
                "Remove the Advanced Delivery rule that is not in force",
                format!("Remove-ExoPhishSimOverrideRule -Identity {name} -Confirm:$false"),
                "# Nothing to put back: the rule was not in force.",
            )
        })
        .collect()
}

/// The campaign's combinations that Advanced Delivery does not match although it is switched on, each
/// kind of miss once per value that `key` gives.
fn misses(
    setup: &Setup<'_>,
    key: impl Fn(&AdvancedDelivery<'_>) -> Option<(String, Violation)>,
) -> Vec<Violation> {
    let Some(campaign) = setup.campaign else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for combination in planned(campaign).0 {
        for mail in mails(setup, campaign, &combination) {
            let Some(delivery) = advanced_delivery(setup.tenant, &mail) else { continue };
            let is_on = delivery.policy != PolicyState::Off && delivery.rule.is_some();
            if is_on
                && delivery.truth() != Truth::Yes
                && let Some((id, violation)) = key(&delivery)
                && seen.insert(id)
            {
                found.push(violation);
            }
        }
    }
    found
}

fn ip_only(setup: &Setup<'_>) -> Vec<Violation> {
    misses(setup, |delivery| {
        let unlisted = delivery.miss == Some(DomainMiss::Unlisted);
        let fits = delivery.ip.truth == Truth::Yes && delivery.domain.truth == Truth::No;
        (fits && unlisted).then(|| {
            let text =
                format!("Advanced Delivery: {}; {}.", delivery.ip.text, delivery.domain.text);
            let evidence = delivery.as_match().evidence();
            let violation = Violation::new(text.clone(), evidence)
                .portal(format!("{PORTAL} > Domain: the MAIL FROM domain of the campaign"));
            (text, add_domains(setup, violation))
        })
    })
}

fn add_domains(setup: &Setup<'_>, violation: Violation) -> Violation {
    let own = setup.campaign.map(|c| c.mail_from_domains.as_slice()).unwrap_or_default();
    let names: Vec<String> =
        own.iter().filter_map(|name| fixes::domain(&domain::normal(name))).collect();
    if names.is_empty() {
        return violation;
    }
    let list = names.join(",");
    violation.repair(
        "List the campaign's MAIL FROM domains in Advanced Delivery",
        format!("Get-ExoPhishSimOverrideRule | Set-ExoPhishSimOverrideRule -AddDomains {list}"),
        format!("Get-ExoPhishSimOverrideRule | Set-ExoPhishSimOverrideRule -RemoveDomains {list}"),
    )
}

fn domain_only(setup: &Setup<'_>) -> Vec<Violation> {
    misses(setup, |delivery| {
        let fits = delivery.domain.truth == Truth::Yes && delivery.ip.truth == Truth::No;
        fits.then(|| {
            let text = format!("Advanced Delivery: {}; {}.", delivery.domain.text, delivery.ip.text);
            let evidence = delivery.as_match().evidence();
            let mut violation = Violation::new(text.clone(), evidence);
            if setup.campaign.is_some_and(|campaign| campaign.gateway.is_some()) {
                // The address that is compared is the gateway's: it must never be listed.
                violation = violation.portal("Behind a gateway: turn Enhanced Filtering on for its connector (https://security.microsoft.com/skiplisting), and list the platform's IP, never the gateway's");
            } else {
                violation = violation.portal(format!("{PORTAL} > Sending IP"));
                let own: Vec<String> = setup
                    .campaign
                    .map(|c| c.sending_ranges().map(|(_, range)| format!("'{range}'")).collect())
                    .unwrap_or_default();
                let list = own.join(",");
                violation = violation.repair(
                    "List the campaign's sending IPs in Advanced Delivery",
                    format!("Get-ExoPhishSimOverrideRule | Set-ExoPhishSimOverrideRule -AddSenderIpRanges {list}"),
                    format!("Get-ExoPhishSimOverrideRule | Set-ExoPhishSimOverrideRule -RemoveSenderIpRanges {list}"),
                );
            }
            (text, violation)
        })
    })
}

fn from_header_domain(setup: &Setup<'_>) -> Vec<Violation> {
    misses(setup, |delivery| match &delivery.miss {
        Some(DomainMiss::FromHeader(listed)) => {
            let violation = Violation::new(
                format!("Advanced Delivery lists `{listed}`, the domain of the visible From, which is not compared."),
                delivery.domain.evidence.iter().cloned().collect(),
            )
            .portal(format!("{PORTAL} > Domain: the MAIL FROM domain"));
            Some((listed.clone(), add_domains(setup, violation)))
        }
        _ => None,
    })
}

fn subdomain(setup: &Setup<'_>) -> Vec<Violation> {
    misses(setup, |delivery| match &delivery.miss {
        Some(DomainMiss::Subdomain { listed, own }) => {
            let violation = Violation::new(
                format!("Advanced Delivery lists `{listed}`, the campaign uses `{own}`: whether one covers the other is not documented."),
                delivery.domain.evidence.iter().cloned().collect(),
            )
            .portal(format!("{PORTAL} > Domain: add `{own}`"));
            Some((format!("{listed} {own}"), add_domains(setup, violation)))
        }
        _ => None,
    })
}

fn unicode_domain(setup: &Setup<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for rule in rules(setup) {
        for listed in entries(&rule.domains).iter().filter(|name| domain::needs_punycode(name)) {
            let ascii = domain::normal(listed);
            let mut violation = Violation::new(
                format!("Advanced Delivery lists `{listed}`; it must be entered as `{ascii}`."),
                vec![rule.origin.evidence("Domains", listed)],
            )
            .portal(format!("{PORTAL} > Domain: `{ascii}`"));
            if let Some(ascii) = fixes::domain(&ascii) {
                violation = violation.repair(
                    format!("Enter {ascii} as Punycode"),
                    format!("Get-ExoPhishSimOverrideRule | Set-ExoPhishSimOverrideRule -AddDomains {ascii}"),
                    format!("Get-ExoPhishSimOverrideRule | Set-ExoPhishSimOverrideRule -RemoveDomains {ascii}"),
                );
            }
            found.push(violation);
        }
    }
    found
}

fn limit(setup: &Setup<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for rule in rules(setup).iter().filter(|rule| rule.is_enforced()) {
        let ips = rule.sender_ip_ranges.as_ref().map_or(0, |list| list.len());
        if ips >= IP_LIMIT {
            found.push(
                Violation::new(
                    format!("Advanced Delivery has {ips} of {IP_LIMIT} sending IPs."),
                    vec![rule.origin.evidence("SenderIpRanges", &format!("{ips} entries"))],
                )
                .portal(format!("{PORTAL}: merge addresses into a CIDR range, remove old vendors")),
            );
        }
        let domains = entries(&rule.domains).len();
        if domains >= DOMAIN_LIMIT_CMDLET {
            found.push(
                Violation::new(
                    format!("Advanced Delivery has {domains} domains; the limit is {DOMAIN_LIMIT_CMDLET} by the cmdlet's reference and {DOMAIN_LIMIT_PORTAL} by the portal's page."),
                    vec![rule.origin.evidence("Domains", &format!("{domains} entries"))],
                )
                .portal(format!("{PORTAL}: remove old vendors' domains")),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::rules::configuration::testing::{CAMPAIGN, assert_lint, severity};

    /// The shared campaign without its gateway.
    fn direct() -> String {
        CAMPAIGN.split("[gateway]").next().unwrap_or_default().to_owned()
    }

    fn listed(domains: &str, ips: &str) -> String {
        format!(
            r#"{{"ExoPhishSimOverrideRule": {{"Name": "r", "Mode": "Enforce", "Domains": [{domains}], "SenderIpRanges": [{ips}]}}}}"#
        )
    }

    const GOOD_DOMAIN: &str = r#""mail.sim.example""#;
    const GOOD_IP: &str = r#""203.0.113.10""#;

    #[test]
    fn no_rule_at_all_is_an_error() {
        let good = listed(GOOD_DOMAIN, GOOD_IP);
        let bad = r#"{"ExoPhishSimOverrideRule": []}"#;
        assert_lint("advanced-delivery-not-configured", "error", &direct(), bad, &good);
    }

    #[test]
    fn a_policy_switched_off_is_an_error() {
        assert_lint(
            "advanced-delivery-policy-disabled",
            "error",
            "",
            r#"{"PhishSimOverridePolicy": {"Name": "PhishSimOverridePolicy", "Enabled": false}}"#,
            r#"{"PhishSimOverridePolicy": {"Name": "PhishSimOverridePolicy", "Enabled": true}}"#,
        );
    }

    #[test]
    fn a_rule_that_waits_for_deletion_is_an_error() {
        let good = listed(GOOD_DOMAIN, GOOD_IP);
        let bad = good.replace("Enforce", "PendingDeletion");
        assert_lint("advanced-delivery-rule-pending-deletion", "error", "", &bad, &good);
    }

    #[test]
    fn a_miss_on_one_side_is_an_error_of_that_side() {
        let good = listed(GOOD_DOMAIN, GOOD_IP);
        for (id, bad) in [
            ("advanced-delivery-ip-only", listed(r#""other.example""#, GOOD_IP)),
            ("advanced-delivery-domain-only", listed(GOOD_DOMAIN, r#""192.0.2.1""#)),
            ("advanced-delivery-from-header-domain", listed(r#""brand.example""#, GOOD_IP)),
        ] {
            assert_lint(id, "error", &direct(), &bad, &good);
        }
    }

    #[test]
    fn a_domain_above_the_campaigns_is_a_warning() {
        let campaign =
            direct().replace("dkim_domains = [\"sim.example\"]", "dkim_domains = [\"x.example\"]");
        let bad = listed(r#""sim.example""#, GOOD_IP);
        let good = listed(GOOD_DOMAIN, GOOD_IP);
        assert_lint("advanced-delivery-subdomain", "warning", &campaign, &bad, &good);
    }

    #[test]
    fn a_unicode_domain_is_an_error() {
        let good = listed(r#""xn--bcher-kva.example""#, GOOD_IP);
        let bad = listed(r#""bücher.example""#, GOOD_IP);
        assert_lint("advanced-delivery-unicode-domain", "error", "", &bad, &good);
    }

    #[test]
    fn a_full_list_is_a_warning() {
        let many = |count: usize, what: fn(usize) -> String| {
            (0..count).map(what).collect::<Vec<_>>().join(",")
        };
        let ips = |count| listed(GOOD_DOMAIN, &many(count, |i| format!("\"203.0.113.{i}\"")));
        assert_lint("advanced-delivery-limit", "warning", "", &ips(10), &ips(9));
        let domains = |count| listed(&many(count, |i| format!("\"d{i}.example\"")), GOOD_IP);
        assert_eq!(severity("advanced-delivery-limit", &domains(20), ""), Some("warning"));
        assert_eq!(severity("advanced-delivery-limit", &domains(19), ""), None);
    }
}
