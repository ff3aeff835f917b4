//! The allow-listing steps that vendors' guides ask for, and whether each is done.

use super::predictions::{mails, planned};
use super::{Setup, may_concern};
use crate::tenant::bypass_header::meant;
use crate::tenant::matching::{self, Mail, Match, Truth};
use crate::tenant::settings::entries;
use crate::tenant::transport_rule::{
    BYPASS_CLUTTER, BYPASS_FOCUSED, SKIP_SAFE_ATTACHMENTS, SKIP_SAFE_LINKS, TransportRule,
};

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is there, and fits the campaign as far as one is described.
    Done,
    /// It is not there.
    Missing,
    /// It is there, and does not do what it is for.
    Wrong,
    /// It was not exported.
    Unknown,
}

impl State {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            State::Done => "done",
            State::Missing => "missing",
            State::Wrong => "wrong",
            State::Unknown => "unknown",
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name: `advanced-delivery`, `connection-filter`, …
    pub step: &'static str,
    /// How far it is.
    pub state: State,
    /// Whether it was compared with the campaign's mail, not only looked for.
    pub compared: bool,
    /// Whether it is worth doing: guides ask for steps that Advanced Delivery makes needless.
    pub needed: bool,
    /// Why, in one or two sentences.
    pub detail: String,
}

/// The steps that guides ask for and that nobody needs once Advanced Delivery matches.
const NEEDLESS: [&str; 2] = ["connection-filter", "safe-links-policy"];

impl Step {
    /// The state as people read it: what was not compared is no more than there, and what is not needed
    /// is not missing.
    pub const fn label(&self) -> &'static str {
        match self.state {
            State::Done if !self.compared => "present",
            State::Missing if !self.needed => "not set",
            state => state.name(),
        }
    }
}

/// Every step, in the order of the guides.
pub fn steps(setup: &Setup<'_>) -> Vec<Step> {
    let mails = campaign_mails(setup);
    let judged = [
        ("advanced-delivery", advanced_delivery(setup, &mails)),
        ("connection-filter", connection_filter(setup, &mails)),
        ("spam-bypass-rule", rule_step(setup, &mails, "sets SCL -1", |r| r.requests_bypass(), &[])),
        (
            "bypass-clutter",
            rule_step(
                setup,
                &mails,
                "sets BypassClutter or BypassFocusedInbox to true",
                |rule| {
                    let name = rule.set_header_name.as_deref();
                    let header = name == Some(BYPASS_CLUTTER) || name == Some(BYPASS_FOCUSED);
                    header && rule.set_header_value.as_deref() == Some("true")
                },
                &[BYPASS_CLUTTER, BYPASS_FOCUSED],
            ),
        ),
        (
            "skip-safe-links-rule",
            rule_step(
                setup,
                &mails,
                "sets SkipSafeLinksProcessing to 1",
                |rule| {
                    rule.sets_header(SKIP_SAFE_LINKS)
                        && rule.set_header_value.as_deref() == Some("1")
                },
                &[SKIP_SAFE_LINKS],
            ),
        ),
        (
            "skip-safe-attachments-rule",
            rule_step(
                setup,
                &mails,
                "sets SkipSafeAttachmentProcessing",
                // Microsoft's training text says that the value is not used.
                |rule| rule.sets_header(SKIP_SAFE_ATTACHMENTS),
                &[SKIP_SAFE_ATTACHMENTS],
            ),
        ),
        ("safe-links-policy", safe_links_policy(setup)),
    ];
    judged
        .into_iter()
        .map(|(step, (state, detail))| {
            let compared = match step {
                "connection-filter" => mails.iter().any(|mail| mail.connecting_ip.is_some()),
                _ => !mails.is_empty(),
            };
            let needed = !NEEDLESS.contains(&step);
            Step { step, state, compared, needed, detail }
        })
        .collect()
}

/// The campaign's messages as Microsoft 365 will see them; none without a campaign.
fn campaign_mails<'a>(setup: &Setup<'a>) -> Vec<Mail<'a>> {
    let Some(campaign) = setup.campaign else { return Vec::new() };
    let (all, _) = planned(campaign);
    all.iter().flat_map(|planned| mails(setup, campaign, planned)).collect()
}

const NOT_EXPORTED: &str = "not exported";

/// Why nothing was compared.
fn not_compared(setup: &Setup<'_>) -> &'static str {
    match setup.campaign {
        None => "not compared: give the campaign with --campaign",
        Some(_) => "not compared: the campaign does not name what it sends from",
    }
}

/// `1 domain`, `2 domains`.
fn counted(number: usize, noun: &str, nouns: &str) -> String {
    format!("{number} {}", if number == 1 { noun } else { nouns })
}

fn advanced_delivery(setup: &Setup<'_>, mails: &[Mail<'_>]) -> (State, String) {
    let tenant = setup.tenant;
    let Some(rules) = &tenant.phish_sim_rules else {
        return (State::Unknown, NOT_EXPORTED.to_owned());
    };
    if rules.is_empty() {
        return (State::Missing, "no phishing simulation rule".to_owned());
    }
    let compared: Vec<Match> = mails
        .iter()
        .filter_map(|mail| matching::advanced_delivery(tenant, mail).map(|found| found.as_match()))
        .collect();
    if !compared.is_empty() {
        return all_of(&compared, "matches all the campaign's mail");
    }
    let off =
        tenant.phish_sim_policies.iter().flatten().any(|policy| policy.enabled == Some(false));
    let Some(rule) = rules.iter().find(|rule| rule.is_enforced()) else {
        return (State::Wrong, "no rule is in Enforce mode".to_owned());
    };
    let domains = entries(&rule.domains).len();
    let ips = rule.sender_ip_ranges.as_ref().map_or(0, |list| list.len());
    let listed = format!(
        "{} and {}",
        counted(domains, "domain", "domains"),
        counted(ips, "sending IP", "sending IPs")
    );
    if off {
        (State::Wrong, "the policy is switched off".to_owned())
    } else if domains == 0 || ips == 0 {
        (State::Wrong, format!("{listed}: a match needs one of each"))
    } else {
        (State::Done, format!("{listed} ({})", not_compared(setup)))
    }
}

/// Done when every message matches, else the first reason.
fn all_of(compared: &[Match], done: &str) -> (State, String) {
    for wanted in [Truth::No, Truth::Unknown] {
        if let Some(found) = compared.iter().find(|found| found.truth() == wanted) {
            let state = if wanted == Truth::No { State::Wrong } else { State::Unknown };
            return (state, found.why());
        }
    }
    (State::Done, done.to_owned())
}

fn connection_filter(setup: &Setup<'_>, mails: &[Mail<'_>]) -> (State, String) {
    const NEEDLESS: &str =
        "Advanced Delivery does without it, and SCuBA 8.1 says that entries SHOULD NOT be created";
    let Some(list) = setup.tenant.connection_filter().and_then(|f| f.ip_allow_list.as_ref()) else {
        return (State::Unknown, NOT_EXPORTED.to_owned());
    };
    let gateway = setup.campaign.and_then(|campaign| campaign.gateway.as_ref());
    let through = gateway.and_then(|gateway| {
        gateway.addresses.entries().iter().find_map(|entry| list.overlapping(&entry.range))
    });
    if let Some(entry) = through {
        let text =
            format!("`{}` is the gateway's: all mail through it skips the filter", entry.raw);
        return (State::Wrong, text);
    }
    let ips: Vec<_> = mails.iter().filter_map(|mail| mail.connecting_ip).collect();
    let covered = ips.iter().filter(|ip| list.covering(**ip).is_some()).count();
    if list.is_empty() {
        (State::Missing, format!("the IP Allow List is empty; {NEEDLESS}"))
    } else if ips.is_empty() {
        let entries = counted(list.len(), "entry", "entries");
        (State::Done, format!("{entries} ({}); {NEEDLESS}", not_compared(setup)))
    } else if covered == 0 {
        (State::Missing, format!("the IP Allow List does not name the platform; {NEEDLESS}"))
    } else if covered < ips.len() {
        (State::Wrong, format!("only some of the platform's addresses are listed; {NEEDLESS}"))
    } else {
        (State::Done, format!("lists the platform; {NEEDLESS}"))
    }
}

fn rule_step(
    setup: &Setup<'_>,
    mails: &[Mail<'_>],
    what: &str,
    does: fn(&TransportRule) -> bool,
    headers: &[&str],
) -> (State, String) {
    let Some(rules) = &setup.tenant.transport_rules else {
        return (State::Unknown, NOT_EXPORTED.to_owned());
    };
    let candidates: Vec<&TransportRule> =
        rules.iter().filter(|rule| does(rule) && may_concern(rule, setup)).collect();
    if candidates.is_empty() {
        let misspelled = rules.iter().find(|rule| {
            let name = rule.set_header_name.as_deref();
            name.and_then(meant).is_some_and(|known| headers.contains(&known.name))
        });
        return match misspelled {
            Some(rule) => (
                State::Wrong,
                format!(
                    "rule `{}` sets `{}` to `{}`",
                    rule.name(),
                    rule.set_header_name.as_deref().unwrap_or_default(),
                    rule.set_header_value.as_deref().unwrap_or_default()
                ),
            ),
            None if setup.campaign.is_none() => (State::Missing, format!("no rule {what}")),
            None => (State::Missing, format!("no rule {what} for the campaign's mail")),
        };
    }
    if mails.is_empty() {
        let working = candidates.iter().find(|rule| rule.is_enabled() && rule.is_enforced());
        return match working {
            Some(rule) => {
                (State::Done, format!("rule `{}` ({})", rule.name(), not_compared(setup)))
            }
            None => {
                (State::Wrong, format!("rule `{}` is disabled or only logs", candidates[0].name()))
            }
        };
    }
    let best: Vec<Match> =
        mails.iter().filter_map(|mail| best_match(setup, does, headers, mail)).collect();
    let (state, detail) = all_of(&best, "");
    let name = best.iter().find(|found| state == State::Done || found.why() == detail);
    let name = name.map_or_else(String::new, |found| format!("rule `{}`", found.name));
    if state == State::Done { (state, name) } else { (state, format!("{name}: {detail}")) }
}

/// The candidate that comes nearest to matching a message.
fn best_match(
    setup: &Setup<'_>,
    does: fn(&TransportRule) -> bool,
    headers: &[&str],
    mail: &Mail<'_>,
) -> Option<Match> {
    let is_candidate = |rule: &TransportRule| does(rule) && may_concern(rule, setup);
    // A later rule takes back an SCL, and no header.
    let compared = if headers.is_empty() {
        let mut rules = matching::bypass_rules(setup.tenant, mail);
        rules.retain(|(rule, _)| is_candidate(rule));
        rules
    } else {
        matching::rules_that(setup.tenant, mail, is_candidate)
    };
    compared.into_iter().map(|(_, found)| found).max_by_key(|found| match found.truth() {
        Truth::Yes => 2,
        Truth::Unknown => 1,
        Truth::No => 0,
    })
}

fn safe_links_policy(setup: &Setup<'_>) -> (State, String) {
    const NEEDLESS: &str = "guides ask for a policy with Track user clicks off: that stops logging, not scanning, and Advanced Delivery makes it needless";
    let Some(policies) = &setup.tenant.safe_links_policies else {
        return (State::Unknown, NOT_EXPORTED.to_owned());
    };
    let untracked = policies.iter().find(|policy| {
        policy.track_clicks == Some(false) && policy.enable_for_email != Some(false)
    });
    match untracked {
        Some(policy) => (State::Done, format!("policy `{}`; {NEEDLESS}", policy.origin.name)),
        None => (State::Missing, NEEDLESS.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::reader::parse;
    use crate::rules::configuration::testing::NOW;
    use crate::tenant::reader::read_bytes;

    const CAMPAIGN: &str =
        "sending_ips = [\"203.0.113.10\"]\nmail_from_domains = [\"mail.sim.example\"]\n";

    fn state(step: &str, tenant: &str, campaign: &str) -> (State, String) {
        let found = judged(step, tenant, campaign);
        (found.state, found.detail)
    }

    fn judged(step: &str, tenant: &str, campaign: &str) -> Step {
        let tenant = read_bytes("tenant.json", tenant.as_bytes()).unwrap();
        let campaign =
            (!campaign.is_empty()).then(|| parse(&"campaign.toml".into(), campaign).unwrap());
        let setup = Setup { tenant: &tenant, campaign: campaign.as_ref(), now: NOW };
        steps(&setup).into_iter().find(|found| found.step == step).unwrap()
    }

    #[test]
    fn what_was_not_compared_is_only_present_and_what_is_not_needed_is_not_missing() {
        let ad = r#"{"ExoPhishSimOverrideRule": {"Name": "r", "Domains": ["mail.sim.example"], "SenderIpRanges": ["203.0.113.10"]}}"#;
        let alone = judged("advanced-delivery", ad, "");
        assert_eq!(alone.label(), "present");
        assert_eq!(
            alone.detail,
            "1 domain and 1 sending IP (not compared: give the campaign with --campaign)"
        );
        assert_eq!(judged("advanced-delivery", ad, CAMPAIGN).label(), "done");
        let vague = judged("advanced-delivery", ad, "name = \"spring\"");
        assert_eq!(vague.label(), "present");
        assert!(vague.detail.contains("does not name what it sends from"), "{}", vague.detail);
        let empty = r#"{"HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": []}, "TransportRule": []}"#;
        let list = judged("connection-filter", empty, CAMPAIGN);
        assert_eq!((list.state, list.label()), (State::Missing, "not set"));
        let rule = judged("spam-bypass-rule", empty, "");
        assert_eq!((rule.label(), &*rule.detail), ("missing", "no rule sets SCL -1"));
    }

    #[test]
    fn what_is_not_exported_is_unknown() {
        for step in [
            "advanced-delivery",
            "connection-filter",
            "spam-bypass-rule",
            "bypass-clutter",
            "skip-safe-links-rule",
            "skip-safe-attachments-rule",
            "safe-links-policy",
        ] {
            assert_eq!(state(step, "{\"ArcConfig\": []}", CAMPAIGN).0, State::Unknown, "{step}");
        }
    }

    #[test]
    fn advanced_delivery_is_done_when_it_matches_the_campaign() {
        let rule = |domains: &str| {
            format!(
                r#"{{"ExoPhishSimOverrideRule": {{"Name": "r", "Domains": [{domains}], "SenderIpRanges": ["203.0.113.0/28"]}}}}"#
            )
        };
        let step = "advanced-delivery";
        assert_eq!(state(step, &rule("\"mail.sim.example\""), CAMPAIGN).0, State::Done);
        let (wrong, why) = state(
            step,
            &rule("\"x.example\""),
            "sending_ips = [\"203.0.113.10\"]\nmail_from_domains = [\"mail.sim.example\"]\ndkim_domains = [\"sim.example\"]",
        );
        assert_eq!(wrong, State::Wrong);
        assert!(why.contains("MAIL FROM domain `mail.sim.example` is not listed"), "{why}");
        assert_eq!(state(step, r#"{"ExoPhishSimOverrideRule": []}"#, "").0, State::Missing);
        assert_eq!(state(step, &rule("\"a.example\""), "").0, State::Done);
        assert_eq!(state(step, &rule(""), "").0, State::Wrong);
    }

    #[test]
    fn the_connection_filter_is_wrong_with_the_gateways_address() {
        let filter = |ips: &str| {
            format!(
                r#"{{"HostedConnectionFilterPolicy": {{"Name": "Default", "IPAllowList": [{ips}]}}}}"#
            )
        };
        let step = "connection-filter";
        assert_eq!(state(step, &filter("\"203.0.113.10\""), CAMPAIGN).0, State::Done);
        assert_eq!(state(step, &filter(""), CAMPAIGN).0, State::Missing);
        assert_eq!(state(step, &filter("\"192.0.2.1\""), CAMPAIGN).0, State::Missing);
        let gateway = format!("{CAMPAIGN}[gateway]\naddresses = [\"198.51.100.20\"]\n");
        assert_eq!(state(step, &filter("\"198.51.100.0/24\""), &gateway).0, State::Wrong);
    }

    #[test]
    fn rules_are_done_wrong_or_missing() {
        let rule = |properties: &str| {
            format!(
                r#"{{"TransportRule": {{"Name": "r", "SenderIpRanges": ["203.0.113.10"], {properties}}}}}"#
            )
        };
        let all =
            |properties: &str| format!(r#"{{"TransportRule": {{"Name": "all", {properties}}}}}"#);
        let header = |name: &str, value: &str| {
            rule(&format!("\"SetHeaderName\": \"{name}\", \"SetHeaderValue\": \"{value}\""))
        };
        for (step, tenant, expected) in [
            ("spam-bypass-rule", rule("\"SetSCL\": -1"), State::Done),
            ("spam-bypass-rule", rule("\"SetSCL\": -1, \"State\": \"Disabled\""), State::Wrong),
            ("spam-bypass-rule", rule("\"SetSCL\": 5"), State::Missing),
            ("spam-bypass-rule", all("\"SetSCL\": -1"), State::Done),
            (
                "spam-bypass-rule",
                all("\"SetSCL\": -1, \"FromScope\": \"NotInOrganization\""),
                State::Done,
            ),
            (
                "spam-bypass-rule",
                r#"{"TransportRule": [{"Name": "a", "SetSCL": -1, "Priority": 0}, {"Name": "b", "SetSCL": 9, "Priority": 1}]}"#.to_owned(),
                State::Wrong,
            ),
            ("bypass-clutter", header(BYPASS_CLUTTER, "true"), State::Done),
            ("bypass-clutter", header(BYPASS_CLUTTER, "True"), State::Wrong),
            (
                "bypass-clutter",
                header("X-MS-Exchange-Organization-Bypass Clutter", "true"),
                State::Wrong,
            ),
            ("bypass-clutter", rule("\"SetSCL\": -1"), State::Missing),
            ("skip-safe-links-rule", header(SKIP_SAFE_LINKS, "1"), State::Done),
            ("skip-safe-links-rule", header(SKIP_SAFE_LINKS, "1;"), State::Wrong),
            ("skip-safe-attachments-rule", header(SKIP_SAFE_ATTACHMENTS, "yes"), State::Done),
        ] {
            assert_eq!(state(step, &tenant, CAMPAIGN).0, expected, "{step}: {tenant}");
        }
    }

    #[test]
    fn the_safe_links_step_wants_click_tracking_off() {
        let policy = |track: bool| {
            format!(r#"{{"SafeLinksPolicy": {{"Name": "All", "TrackClicks": {track}}}}}"#)
        };
        assert_eq!(state("safe-links-policy", &policy(false), "").0, State::Done);
        assert_eq!(state("safe-links-policy", &policy(true), "").0, State::Missing);
    }
}
