//! Settings that keep a campaign's mail from the Inbox, whatever allows it.

use super::Setup;
use crate::campaign::Campaign;
use crate::tenant::address::{ListVerdict, judge};
use crate::tenant::domain;
use crate::tenant::lists::ListType;
use crate::tenant::matching::{self, Mail, Truth};
use crate::tenant::organization::InboundConnector;
use crate::tenant::transport_rule::TransportRule;

/// One sentence for each, of a combination's first message and, where its addresses are a range, its
/// last; `simulation` where Advanced Delivery matches the mail.
pub(super) fn blocked_by(
    setup: &Setup<'_>,
    campaign: &Campaign,
    mails: &[Mail<'_>],
    simulation: bool,
) -> Vec<String> {
    let (tenant, mail) = (setup.tenant, &mails[0]);
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
    let by_rules: Vec<Vec<String>> =
        mails.iter().map(|mail| stopped_by_rules(setup, mail)).collect();
    for told in by_rules.iter().flatten() {
        let whole = by_rules.iter().all(|all| all.contains(told));
        let part = if whole { "" } else { " from a part of these addresses" };
        let told = format!("{told}{part}{unless}");
        if !blocked.contains(&told) {
            blocked.push(told);
        }
    }
    blocked
}

/// Mail flow rules that certainly match and keep the mail from the inbox.
fn stopped_by_rules(setup: &Setup<'_>, mail: &Mail<'_>) -> Vec<String> {
    let tenant = setup.tenant;
    let stopping = matching::rules_that(tenant, mail, |rule| rule.stops().is_some());
    let mut told: Vec<String> = stopping
        .into_iter()
        .filter(|(_, found)| found.truth() == Truth::Yes)
        .filter_map(|(rule, _)| Some(format!("mail flow rule `{}` {}", rule.name(), stops(rule)?)))
        .collect();
    if let Some(rule) = matching::spam_rule(tenant, mail) {
        let scl = rule.set_scl.unwrap_or_default();
        told.push(format!("mail flow rule `{}` marks the mail as spam (SCL {scl})", rule.name()));
    }
    told
}

/// What a rule does to the mail: `quarantines the mail`.
fn stops(rule: &TransportRule) -> Option<String> {
    Some(match rule.stops()? {
        "holds for approval" => "holds the mail for approval".to_owned(),
        verb => format!("{verb} the mail"),
    })
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

#[cfg(test)]
mod tests {
    use crate::campaign::reader::parse;
    use crate::rules::configuration::Setup;
    use crate::rules::configuration::predictions::{Prediction, predict};
    use crate::rules::configuration::testing::NOW;
    use crate::tenant::matching::Mechanism;
    use crate::tenant::reader::read_bytes;

    const DIRECT: &str =
        "sending_ips = [\"203.0.113.10\"]\nmail_from_domains = [\"sim.example\"]\n";
    const ADVANCED: &str = r#""ExoPhishSimOverrideRule": {"Name": "r", "Domains": ["sim.example"], "SenderIpRanges": ["203.0.113.10"]}"#;

    fn prediction(tenant: &str, campaign: &str) -> Prediction {
        let tenant = read_bytes("tenant.json", tenant.as_bytes()).unwrap();
        let campaign = parse(&"campaign.toml".into(), campaign).unwrap();
        predict(&Setup { tenant: &tenant, campaign: Some(&campaign), now: NOW }).0.remove(0)
    }

    /// The prediction of a tenant with these rules, in the order of their priorities.
    fn ruled(rules: &[&str], more: &str) -> Prediction {
        let rules: Vec<String> = rules
            .iter()
            .enumerate()
            .map(|(i, rule)| format!("{{\"Name\": \"r{i}\", \"Priority\": {i}, {rule}}}"))
            .collect();
        let tenant = format!("{{\"TransportRule\": [{}]{more}}}", rules.join(","));
        prediction(&tenant, DIRECT)
    }

    const LETS: &str = r#""SetSCL": "-1", "SenderIpRanges": ["203.0.113.10"]"#;

    #[test]
    fn a_rule_that_certainly_matches_and_stops_the_mail_is_told() {
        let outside = r#""FromScope": "NotInOrganization""#;
        for (action, told) in [
            (r#""Quarantine": true"#, "mail flow rule `r1` quarantines the mail"),
            (r#""RejectMessageReasonText": "no""#, "mail flow rule `r1` rejects the mail"),
            (r#""DeleteMessage": true"#, "mail flow rule `r1` deletes the mail"),
            (
                r#""ModerateMessageByUser": ["a@b.example"]"#,
                "mail flow rule `r1` holds the mail for approval",
            ),
            (r#""SetSCL": "9""#, "mail flow rule `r1` marks the mail as spam (SCL 9)"),
        ] {
            let stop = format!("{action}, {outside}");
            assert_eq!(ruled(&[LETS, &stop], "").blocked_by, [told]);
            let simulation = ruled(&[LETS, &stop], &format!(", {ADVANCED}"));
            assert!(simulation.blocked_by[0].ends_with("is not documented"), "{simulation:?}");
            for harmless in [
                r#""State": "Disabled""#,
                r#""Mode": "Audit""#,
                r#""ExpiryDate": "2026-01-01T00:00:00Z""#,
                r#""SubjectContainsWords": ["invoice"]"#,
                r#""ExceptIfSenderIpRanges": ["203.0.113.10"]"#,
            ] {
                let rule = format!("{stop}, {harmless}");
                let spared = ruled(&[LETS, &rule], "");
                assert!(spared.blocked_by.is_empty(), "{rule}");
                assert_eq!(spared.mechanisms, [Mechanism::MailFlowRule], "{rule}");
            }
            let ends = format!("{LETS}, \"StopRuleProcessing\": true");
            assert!(ruled(&[&ends, &stop], "").blocked_by.is_empty(), "{stop}");
        }
    }

    #[test]
    fn a_later_scl_takes_a_bypass_back_and_an_earlier_one_does_not() {
        let spam = r#""SetSCL": "6", "SenderIpRanges": ["203.0.113.10"]"#;
        let lost = ruled(&[LETS, spam], "");
        assert!(lost.mechanisms.is_empty() && !lost.doubtful);
        assert!(lost.nearly[0].1.contains("rule `r1` runs later and sets SCL 6"), "{lost:?}");
        for kept in [[spam, LETS].as_slice(), [LETS, spam, LETS].as_slice()] {
            let kept = ruled(kept, "");
            assert_eq!(kept.mechanisms, [Mechanism::MailFlowRule]);
            assert!(kept.blocked_by.is_empty(), "{kept:?}");
        }
        let zero = ruled(&[LETS, &spam.replace('6', "0")], "");
        assert!(zero.mechanisms.is_empty() && zero.doubtful && zero.blocked_by.is_empty());
    }

    #[test]
    fn a_rule_that_stops_a_part_of_a_range_says_so() {
        let range = DIRECT.replace("203.0.113.10", "203.0.113.8/30");
        let tenant = r#"{"TransportRule": {"Name": "q", "Quarantine": true, "SenderIpRanges": ["203.0.113.11"]}}"#;
        let told = &prediction(tenant, &range).blocked_by;
        assert_eq!(
            *told,
            ["mail flow rule `q` quarantines the mail from a part of these addresses"]
        );
    }
}
