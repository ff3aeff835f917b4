//! Lints of threat policies, Direct Send and the Tenant Allow/Block List.

use super::{Lint, Setup, Severity, Violation};
use crate::rules::fixes;
use crate::rules::references;
use crate::tenant::domain;
use crate::tenant::json::iso;
use crate::tenant::settings::entries;

pub(super) static LINTS: &[Lint] = &[
    Lint {
        id: "donotrewrite-has-sim-urls",
        severity: Severity::Warning,
        meaning: "The Safe Links policy's \"Do not rewrite\" list holds simulation domains. That can raise alerts of clicks, and the links may still be blocked at click; Advanced Delivery needs no such entry.",
        references: &[references::SAFE_LINKS, references::ADVANCED_DELIVERY],
        check: donotrewrite_has_sim_urls,
    },
    Lint {
        id: "preset-shadows-custom",
        severity: Severity::Warning,
        meaning: "A preset security policy is on for the recipients of a custom policy. Only the preset counts for them; lists and settings of the custom policy do nothing.",
        references: &[references::PRECEDENCE],
        check: preset_shadows_custom,
    },
    Lint {
        id: "direct-send-and-own-mailfrom",
        severity: Severity::Error,
        meaning: "Direct Send is rejected, and the campaign's MAIL FROM is one of the tenant's own domains: its mail is refused with 550 5.7.68 and never shows up in a message trace.",
        references: &[references::DIRECT_SEND],
        check: direct_send_and_own_mailfrom,
    },
    Lint {
        id: "tenant-allow-expiring",
        severity: Severity::Warning,
        meaning: "An allow entry of the Tenant Allow/Block List runs out before the campaign.",
        references: &[references::TENANT_ALLOW_BLOCK],
        check: tenant_allow_expiring,
    },
];

fn donotrewrite_has_sim_urls(setup: &Setup<'_>) -> Vec<Violation> {
    let Some(campaign) = setup.campaign else { return Vec::new() };
    let mut found = Vec::new();
    for policy in setup.tenant.safe_links_policies.iter().flatten() {
        let listed = entries(&policy.do_not_rewrite_urls);
        let hits: Vec<&Box<str>> = listed
            .iter()
            .filter(|entry| {
                let host = host_of(entry);
                campaign.link_domains.iter().any(|own| domain::is_same_or_subdomain(own, host))
            })
            .collect();
        if hits.is_empty() {
            continue;
        }
        let texts: Vec<&str> = hits.iter().map(|hit| &***hit).collect();
        let mut summary = format!(
            "Safe Links policy `{}` does not rewrite {}, which the campaign uses.",
            policy.origin.name,
            texts.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", ")
        );
        let apex_missing = texts
            .iter()
            .filter_map(|text| text.trim().strip_prefix("*."))
            .find(|rest| !listed.iter().any(|one| one.trim().eq_ignore_ascii_case(rest)));
        if let Some(rest) = apex_missing {
            summary.push_str(&format!(" `*.{rest}` does not cover `{rest}` itself."));
        }
        found.push(
            Violation::new(summary, vec![policy.origin.evidence("DoNotRewriteUrls", &texts.join(", "))])
                .portal("Defender portal > Policies & rules > Threat policies > Safe Links > the policy > Do not rewrite the following URLs: remove them; put the campaign into Advanced Delivery"),
        );
    }
    found
}

/// The host of a Safe Links pattern such as `*.x.example/*` or `https://x.example/a`.
fn host_of(pattern: &str) -> &str {
    let bare = pattern.trim();
    let bare = bare.split_once("://").map_or(bare, |(_, rest)| rest);
    let bare = bare.trim_start_matches("*.");
    bare.split(['/', '*', '?']).next().unwrap_or(bare)
}

fn preset_shadows_custom(setup: &Setup<'_>) -> Vec<Violation> {
    let tenant = setup.tenant;
    let presets = tenant.preset_rules.iter().chain(&tenant.defender_preset_rules).flatten();
    let presets: Vec<_> = presets.filter(|rule| rule.is_enabled()).collect();
    let mut found = Vec::new();
    let kinds = [
        ("anti-spam", &tenant.content_filter_rules),
        ("anti-phishing", &tenant.anti_phish_rules),
        ("anti-malware", &tenant.malware_filter_rules),
        ("Safe Links", &tenant.safe_links_rules),
        ("Safe Attachments", &tenant.safe_attachment_rules),
    ];
    for (kind, rules) in kinds {
        for rule in rules.iter().flatten().filter(|rule| rule.is_enabled()) {
            let shadow = presets.iter().find(|preset| {
                let same_kind = match kind {
                    "Safe Links" => preset.safe_links_policy.is_some(),
                    "Safe Attachments" => preset.safe_attachment_policy.is_some(),
                    "anti-spam" => preset.content_filter_policy.is_some(),
                    "anti-malware" => preset.malware_filter_policy.is_some(),
                    _ => preset.anti_phish_policy.is_some(),
                };
                same_kind && shares_recipients(preset, rule)
            });
            if let Some(preset) = shadow {
                found.push(
                    Violation::new(
                        format!("`{}` comes before the custom {kind} rule `{}` for recipients they share.", preset.origin.name, rule.origin.name),
                        vec![preset.origin.evidence("State", preset.state.as_deref().unwrap_or("Enabled")), rule.origin.named()],
                    )
                    .portal("Defender portal > Preset security policies > Manage protection settings > exclude the recipients of the custom policy"),
                );
            }
        }
    }
    found
}

/// Whether a recipient can be covered by both: a preset without conditions is for everyone.
fn shares_recipients(
    a: &crate::tenant::policies::PolicyRule,
    b: &crate::tenant::policies::PolicyRule,
) -> bool {
    let any = |rule: &crate::tenant::policies::PolicyRule| {
        entries(&rule.sent_to).is_empty()
            && entries(&rule.sent_to_member_of).is_empty()
            && entries(&rule.recipient_domain_is).is_empty()
    };
    let common = |x: &[Box<str>], y: &[Box<str>]| {
        x.iter().any(|x| y.iter().any(|y| x.eq_ignore_ascii_case(y)))
    };
    let inside = |people: &[Box<str>], domains: &[Box<str>]| {
        people.iter().any(|one| {
            let own = domain::of_address(one).unwrap_or_default();
            domains.iter().any(|d| domain::is_same(own, d))
        })
    };
    any(a)
        || any(b)
        || common(entries(&a.recipient_domain_is), entries(&b.recipient_domain_is))
        || common(entries(&a.sent_to), entries(&b.sent_to))
        || common(entries(&a.sent_to_member_of), entries(&b.sent_to_member_of))
        || inside(entries(&a.sent_to), entries(&b.recipient_domain_is))
        || inside(entries(&b.sent_to), entries(&a.recipient_domain_is))
}

fn direct_send_and_own_mailfrom(setup: &Setup<'_>) -> Vec<Violation> {
    let tenant = setup.tenant;
    let (Some(campaign), Some(organization)) = (setup.campaign, tenant.organization()) else {
        return Vec::new();
    };
    if organization.reject_direct_send != Some(true) {
        return Vec::new();
    }
    campaign
        .mail_from_domains
        .iter()
        .filter_map(|own| {
            let accepted = tenant.accepts(own)?;
            let named = campaign
                .sending_ranges()
                .all(|(_, range)| tenant.connectors().any(|c| c.names(range.first())));
            (!named || campaign.sending_ips.is_empty()).then(|| {
                Violation::new(
                    format!("The campaign's MAIL FROM domain `{own}` is the tenant's own, and Direct Send is rejected: 550 5.7.68."),
                    vec![
                        organization.origin.evidence("RejectDirectSend", "true"),
                        accepted.origin.evidence("DomainName", accepted.domain_name.as_deref().unwrap_or_default()),
                        campaign.evidence("mail_from_domains", own),
                    ],
                )
                .portal("Let the platform use a MAIL FROM domain of its own (the visible From may stay yours), or make a Partner connector that names its IPs (Exchange admin center > Mail flow > Connectors)")
            })
        })
        .collect()
}

fn tenant_allow_expiring(setup: &Setup<'_>) -> Vec<Violation> {
    let sent = setup.campaign.and_then(|c| c.sent_before.or(c.sent_after));
    let Some(sent) = sent else { return Vec::new() };
    let ours = |value: &str| {
        let Some(campaign) = setup.campaign else { return false };
        let domains = campaign.mail_from_domains.iter().chain(&campaign.dkim_domains);
        let all = domains.chain(&campaign.from_addresses).chain(&campaign.link_domains);
        let value = host_of(domain::of_address(value).unwrap_or(value));
        all.filter_map(|own| domain::of_address(own))
            .any(|own| domain::is_same_or_subdomain(own, value))
    };
    setup
        .tenant
        .allow_block_items
        .iter()
        .flatten()
        .filter(|item| item.allows())
        .filter_map(|item| {
            let end = item.expiration.filter(|end| *end < sent)?;
            let value = item.value.as_deref().filter(|value| ours(value))?;
            let mut found = Violation::new(
                format!("The allow entry `{value}` runs out at {}, before the campaign is over.", iso(end)),
                vec![
                    item.origin.evidence("ExpirationDate", &iso(end)),
                    item.origin.evidence("Value", value),
                ],
            )
            .portal("Defender portal > Tenant Allow/Block Lists > the entry > Edit; better, put the campaign into Advanced Delivery");
            if let Some(host) = fixes::domain(value) {
                let list = item.list().map_or("<list>", |list| list.name());
                found.fix.push(fixes::powershell(format!(
                    "Set-TenantAllowBlockListItems -ListType {list} -Entries '{host}' -ExpirationDate <date within 30 days>"
                )));
            }
            Some(found)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::rules::configuration::testing::{CAMPAIGN, assert_lint, fired, severity};

    #[test]
    fn simulation_links_on_the_do_not_rewrite_list_are_a_warning() {
        let policy = |url: &str| {
            format!(r#"{{"SafeLinksPolicy": {{"Name": "All", "DoNotRewriteUrls": ["{url}"]}}}}"#)
        };
        let id = "donotrewrite-has-sim-urls";
        let good = policy("*.intranet.example/*");
        assert_lint(id, "warning", CAMPAIGN, &policy("*.sim.example/*"), &good);
        let told = fired(&policy("*.sim.example/*"), CAMPAIGN);
        assert!(told[0].2.contains("does not cover `sim.example/*`"), "{told:?}");
    }

    #[test]
    fn a_preset_in_front_of_a_custom_policy_is_a_warning() {
        let tenant = |domain: &str, state: &str| {
            format!(
                r#"{{"EOPProtectionPolicyRule": {{"Name": "Standard Preset Security Policy", "State": "{state}",
                      "HostedContentFilterPolicy": "S1", "RecipientDomainIs": ["contoso.example"]}},
                    "HostedContentFilterRule": {{"Name": "Custom", "State": "Enabled", "HostedContentFilterPolicy": "C",
                      "RecipientDomainIs": ["{domain}"]}}}}"#
            )
        };
        let id = "preset-shadows-custom";
        let bad = tenant("contoso.example", "Enabled");
        assert_lint(id, "warning", "", &bad, &tenant("fabrikam.example", "Enabled"));
        assert_eq!(severity(id, &tenant("contoso.example", "Disabled"), ""), None);
    }

    #[test]
    fn an_own_mail_from_domain_with_direct_send_rejected_is_an_error() {
        let tenant = |own: &str, reject: bool| {
            format!(
                r#"{{"OrganizationConfig": {{"RejectDirectSend": {reject}}}, "AcceptedDomain": [{{"DomainName": "{own}"}}]}}"#
            )
        };
        let id = "direct-send-and-own-mailfrom";
        let bad = tenant("mail.sim.example", true);
        assert_lint(id, "error", CAMPAIGN, &bad, &tenant("mail.sim.example", false));
        assert_eq!(severity(id, &tenant("contoso.example", true), CAMPAIGN), None);
        let named = bad.replace(
            "{\"Org",
            "{\"InboundConnector\": {\"Name\": \"p\", \"ConnectorType\": \"Partner\", \"SenderIPAddresses\": [\"203.0.113.10\"]}, \"Org",
        );
        assert_eq!(severity(id, &named, CAMPAIGN), None);
    }

    #[test]
    fn an_allow_that_runs_out_before_the_campaign_is_a_warning() {
        let item = |value: &str, end: &str| {
            format!(
                r#"{{"TenantAllowBlockListItems": {{"Sender": {{"Value": "{value}", "Action": "Allow", "ExpirationDate": {end}}}}}}}"#
            )
        };
        let id = "tenant-allow-expiring";
        let bad = item("mail.sim.example", "\"2026-11-25T00:00:00Z\"");
        assert_lint(id, "warning", CAMPAIGN, &bad, &item("mail.sim.example", "null"));
        let other = item("partner.example", "\"2026-11-25T00:00:00Z\"");
        assert_eq!(severity(id, &other, CAMPAIGN), None);
    }
}
