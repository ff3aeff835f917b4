//! What will become of the campaign's mail: per sending IP, MAIL FROM and DKIM domain, which
//! mechanism lets it through, which nearly does, and what is filtered all the same.

use super::Setup;
use super::blocks::blocked_by;
use super::caveats::{caveats, not_exported};
use crate::campaign::Campaign;
use crate::message::values::Direction;
use crate::tenant::address::AddressRange;
use crate::tenant::matching::{self, Condition, Mail, Match, Mechanism, Truth};
use crate::tenant::organization::InboundConnector;
use crate::tenant::precedence::{Effect, Override, Threat, beats_user_block, effect};
use std::net::IpAddr;

/// Most predictions of one audit; more combinations are counted, not made.
pub const MOST: usize = 2000;

/// One combination of the campaign.
#[derive(Debug, Clone)]
pub struct Planned<'a> {
    /// The sending range as the campaign writes it; `None` where it names none.
    pub sending: Option<(&'a str, AddressRange)>,
    /// Envelope sender domain.
    pub mail_from: Option<&'a str>,
    /// DKIM domain.
    pub dkim: Option<&'a str>,
}

/// What will become of one combination.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// Sending IP or range.
    pub sending_ip: Option<String>,
    /// Envelope sender domain.
    pub mail_from_domain: Option<String>,
    /// DKIM domain.
    pub dkim_domain: Option<String>,
    /// The address that Microsoft 365 will see: the gateway's where there is one.
    pub connecting_ip: Option<String>,
    /// Whether the mail comes through a gateway.
    pub through_gateway: bool,
    /// Mechanisms that will match.
    pub mechanisms: Vec<Mechanism>,
    /// Mechanisms that nearly match, or may match, and why they don't.
    pub nearly: Vec<(Mechanism, String)>,
    /// Whether nothing matches for certain, and one of `nearly` may.
    pub doubtful: bool,
    /// What is filtered all the same.
    pub still_filtered: Vec<&'static str>,
    /// Settings that keep the mail from the Inbox whatever allows it, one sentence each: they stop it or
    /// mark it as spam.
    pub blocked_by: Vec<String>,
    /// Lists that would tell more, had they been exported, where nothing matches.
    pub not_exported: Vec<&'static str>,
    /// How far the prediction can be trusted, one sentence each.
    pub caveats: Vec<String>,
}

/// Every combination of the campaign, and how many were left out beyond [`MOST`].
pub fn planned<'a>(campaign: &'a Campaign) -> (Vec<Planned<'a>>, usize) {
    fn or_none<T>(all: Vec<Option<T>>) -> Vec<Option<T>> {
        if all.is_empty() { vec![None] } else { all }
    }
    let sending = or_none(campaign.sending_ranges().map(Some).collect());
    let mail_from = or_none(campaign.mail_from_domains.iter().map(|d| Some(d.as_str())).collect());
    let dkim = or_none(campaign.dkim_domains.iter().map(|d| Some(d.as_str())).collect());
    let total = sending.len().saturating_mul(mail_from.len()).saturating_mul(dkim.len());
    let combinations = sending.iter().flat_map(|sending| {
        let dkim = &dkim;
        mail_from.iter().flat_map(move |mail_from| {
            dkim.iter().map(move |dkim| Planned {
                sending: *sending,
                mail_from: *mail_from,
                dkim: *dkim,
            })
        })
    });
    let all: Vec<Planned<'a>> = combinations.take(MOST).collect();
    let left_out = total - all.len();
    if total == 1 && campaign.sending_ips.is_empty() && mail_from[0].is_none() && dkim[0].is_none()
    {
        return (Vec::new(), 0);
    }
    (all, left_out)
}

/// How the campaign's mail comes to Microsoft 365.
#[derive(Debug, Clone, Copy)]
struct Route<'a> {
    /// The gateway's first address.
    gateway_ip: Option<IpAddr>,
    /// Whether there is a gateway.
    through_gateway: bool,
    /// Whether Enhanced Filtering looks behind it; `None` where that is not known.
    restored: Option<bool>,
    campaign: &'a Campaign,
}

fn route<'a>(setup: &Setup<'_>, campaign: &'a Campaign) -> Route<'a> {
    let Some(gateway) = &campaign.gateway else {
        return Route { gateway_ip: None, through_gateway: false, restored: None, campaign };
    };
    let gateway_ip = gateway.addresses.entries().first().map(|entry| entry.range.first());
    let connector = |c: &&InboundConnector| gateway_ip.is_some_and(|ip| c.names(ip));
    let restored =
        setup.tenant.inbound_connectors.as_ref().and_then(|connectors| {
            match connectors.iter().filter(|c| c.is_enabled()).find(connector) {
                Some(connector) => connector.has_enhanced_filtering(),
                None => gateway_ip.map(|_| false),
            }
        });
    Route { gateway_ip, through_gateway: true, restored, campaign }
}

impl<'a> Route<'a> {
    /// A message of the combination, from that address, as Microsoft 365 will see it.
    fn mail(&self, planned: &Planned<'a>, from_ip: Option<IpAddr>, now: i64) -> Mail<'a> {
        let campaign = self.campaign;
        let authenticated_ip = match (self.through_gateway, self.restored) {
            (false, _) | (true, Some(true)) => from_ip,
            (true, Some(false)) => self.gateway_ip,
            (true, None) => None,
        };
        let headers = (!campaign.marker_headers.is_empty()).then(|| {
            let split = |h: &'a String| h.split_once(':').unwrap_or((h.as_str(), ""));
            campaign.marker_headers.iter().map(split).map(|(n, v)| (n.trim(), v.trim())).collect()
        });
        Mail {
            connecting_ip: if self.through_gateway { self.gateway_ip } else { from_ip },
            authenticated_ip,
            mail_from: planned.mail_from,
            // A gateway may break the signature: then it is not known whether it will verify.
            dkim: planned
                .dkim
                .iter()
                .map(|d| (*d, (!self.through_gateway).then_some(true)))
                .collect(),
            dkim_complete: planned.dkim.is_some(),
            from: campaign.from_addresses.first().map(String::as_str),
            recipient: None,
            subject: None,
            headers,
            direction: Some(Direction::Inbound),
            ptr: None,
            when: Some(campaign.sent_after.unwrap_or(now)),
        }
    }
}

/// Messages of one combination: from the first and the last address of its range.
pub(super) fn mails<'a>(
    setup: &Setup<'_>,
    campaign: &'a Campaign,
    planned: &Planned<'a>,
) -> Vec<Mail<'a>> {
    let route = route(setup, campaign);
    let Some((_, range)) = planned.sending else {
        return vec![route.mail(planned, None, setup.now)];
    };
    let mut ends = vec![range.first()];
    if range.last() != range.first() {
        ends.push(range.last());
    }
    ends.into_iter().map(|ip| route.mail(planned, Some(ip), setup.now)).collect()
}

/// Predicts every combination; the second value counts those left out.
pub fn predict(setup: &Setup<'_>) -> (Vec<Prediction>, usize) {
    let Some(campaign) = setup.campaign else { return (Vec::new(), 0) };
    let (all, left_out) = planned(campaign);
    (all.iter().map(|planned| predict_one(setup, campaign, planned)).collect(), left_out)
}

fn predict_one(setup: &Setup<'_>, campaign: &Campaign, planned: &Planned<'_>) -> Prediction {
    let route = route(setup, campaign);
    let mails = mails(setup, campaign, planned);
    let mut matches = matches(setup, &mails[0]);
    if let Some(last) = mails.get(1) {
        narrow(&mut matches, &self::matches(setup, last), planned);
    }
    let mut mechanisms = Vec::new();
    let mut nearly = Vec::new();
    for found in &matches {
        match found.truth() {
            Truth::Yes if !mechanisms.contains(&found.mechanism) => {
                mechanisms.push(found.mechanism)
            }
            Truth::Yes => {}
            Truth::Unknown => nearly.push((found.mechanism, named(found))),
            Truth::No if found.is_near_miss() => nearly.push((found.mechanism, named(found))),
            Truth::No => {}
        }
    }
    let doubtful =
        mechanisms.is_empty() && matches.iter().any(|found| found.truth() == Truth::Unknown);
    // A rule that nearly matches is no news where another one does.
    nearly.retain(|(mechanism, _)| !mechanisms.contains(mechanism));
    let simulation = mechanisms.contains(&Mechanism::AdvancedDelivery);
    let not_exported = if mechanisms.is_empty() { not_exported(setup) } else { Vec::new() };
    Prediction {
        sending_ip: planned.sending.map(|(raw, _)| raw.to_owned()),
        mail_from_domain: planned.mail_from.map(str::to_owned),
        dkim_domain: planned.dkim.map(str::to_owned),
        connecting_ip: mails[0].connecting_ip.map(|ip| ip.to_string()),
        through_gateway: route.through_gateway,
        still_filtered: still_filtered(setup, &mechanisms),
        caveats: caveats(&mechanisms, &not_exported),
        mechanisms,
        nearly,
        doubtful,
        blocked_by: blocked_by(setup, campaign, &mails, simulation),
        not_exported,
    }
}

fn named(found: &Match) -> String {
    if found.name.is_empty() {
        found.why()
    } else if found.mechanism == Mechanism::MailFlowRule {
        format!("rule `{}`: {}", found.name, found.why())
    } else {
        format!("`{}`: {}", found.name, found.why())
    }
}

/// Every mechanism of the tenant compared with one message.
fn matches(setup: &Setup<'_>, mail: &Mail<'_>) -> Vec<Match> {
    let tenant = setup.tenant;
    let mut all = Vec::new();
    all.extend(matching::advanced_delivery(tenant, mail).map(|found| found.as_match()));
    all.extend(matching::bypass_rules(tenant, mail).into_iter().map(|(_, found)| found));
    all.extend(matching::ip_allow_list(tenant, mail).map(|mut found| {
        found.conditions.extend(on_premises(setup, mail));
        found
    }));
    if let Some(filter) = tenant.connection_filter().filter(|f| f.enable_safe_list == Some(true)) {
        let text = "the safe list is on; which servers are on it cannot be seen";
        let evidence = Some(filter.origin.evidence("EnableSafeList", "true"));
        let conditions = vec![Condition::new(Truth::Unknown, text, evidence)];
        all.push(Match { mechanism: Mechanism::SafeList, name: String::new(), conditions });
    }
    let policies = tenant.content_filter_policies.iter().flatten();
    let only = policies.clone().count() == 1;
    for mut found in policies.filter_map(|policy| matching::policy_sender_list(policy, mail)) {
        if found.truth() == Truth::Yes && !only {
            let text = format!("policy `{}` is not for every recipient", found.name);
            found.conditions.push(Condition::new(Truth::Unknown, text, None));
        }
        all.push(found);
    }
    if let Some(item) = matching::tenant_allow(tenant, mail) {
        let value = item.value.as_deref().unwrap_or_default();
        let text = format!("sender entry `{value}` is allowed {}", item.lifetime());
        let evidence = Some(item.origin.evidence("Value", value));
        let conditions = vec![Condition::new(Truth::Yes, text, evidence)];
        all.push(Match { mechanism: Mechanism::TenantAllow, name: String::new(), conditions });
    }
    if let Some(pair) = matching::spoof_pair(tenant, mail, "Allow") {
        let value = pair.spoofed_user.as_deref().unwrap_or_default();
        let text = format!("spoof pair for `{value}` is allowed");
        let evidence = Some(pair.origin.evidence("SpoofedUser", value));
        let conditions = vec![Condition::new(Truth::Yes, text, evidence)];
        all.push(Match { mechanism: Mechanism::SpoofPair, name: String::new(), conditions });
    }
    all
}

/// The doubt that an on-premises connector for the same address casts on the IP Allow List.
fn on_premises(setup: &Setup<'_>, mail: &Mail<'_>) -> Option<Condition> {
    let ip = mail.connecting_ip?;
    let mut connectors = setup.tenant.connectors();
    let connector = connectors.find(|one| one.is_on_premises() && one.names(ip))?;
    let entry = connector.sender_ip_addresses.as_ref()?.covering(ip)?;
    let text = format!(
        "OnPremises connector `{}` names {ip} too (`{}`), so that the list may be stamped without effect",
        connector.origin.name, entry.raw
    );
    let evidence = connector.origin.evidence("SenderIPAddresses", &entry.raw);
    Some(Condition::new(Truth::Unknown, text, Some(evidence)))
}

/// Where the two ends of a range fare differently, the mechanism holds for a part of it only.
fn narrow(matches: &mut [Match], last: &[Match], planned: &Planned<'_>) {
    let raw = planned.sending.map_or("", |(raw, _)| raw);
    for (first, last) in matches.iter_mut().zip(last) {
        if first.truth() != last.truth() {
            first.conditions.retain(|condition| condition.truth == Truth::Yes);
            let text = format!("only a part of `{raw}` is covered");
            first.conditions.push(Condition::new(Truth::Unknown, text, None));
        }
    }
}

fn overrides(mechanism: Mechanism) -> Option<Override> {
    Some(match mechanism {
        Mechanism::AdvancedDelivery => Override::AdvancedDelivery,
        Mechanism::MailFlowRule => Override::BypassRule,
        Mechanism::IpAllowList => Override::IpAllowList,
        Mechanism::PolicySenderList => Override::PolicySenderList,
        Mechanism::TenantAllow => Override::TenantAllow,
        // Nobody can say whether the safe list applies; a spoof pair lifts the spoof verdict only.
        Mechanism::SafeList | Mechanism::SpoofPair => return None,
    })
}

fn still_filtered(setup: &Setup<'_>, mechanisms: &[Mechanism]) -> Vec<&'static str> {
    const THREATS: [(Threat, &str); 6] = [
        (Threat::Malware, "malware"),
        (Threat::HighConfidencePhish, "high-confidence-phish"),
        (Threat::Phish, "phish"),
        (Threat::HighConfidenceSpam, "high-confidence-spam"),
        (Threat::Spam, "spam"),
        (Threat::Bulk, "bulk"),
    ];
    let mx = setup.tenant.mx_is_microsoft(None);
    let overriding: Vec<Override> = mechanisms.iter().filter_map(|m| overrides(*m)).collect();
    let mut filtered: Vec<&'static str> = THREATS
        .iter()
        .filter(|(threat, _)| {
            !overriding.iter().any(|o| effect(*o, *threat, mx) == Effect::Delivered)
        })
        .map(|(_, name)| *name)
        .collect();
    if !overriding.iter().any(|o| beats_user_block(*o)) {
        filtered.push("user-block");
    }
    filtered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::reader::parse;
    use crate::rules::configuration::testing::{CAMPAIGN, NOW};
    use crate::tenant::reader::read_bytes;

    const DIRECT: &str = "sending_ips = [\"203.0.113.10\"]\nmail_from_domains = [\"mail.sim.example\"]\ndkim_domains = [\"sim.example\"]\nfrom_addresses = [\"it@brand.example\"]\nlink_domains = [\"login.sim.example\"]\n";

    fn predictions(tenant: &str, campaign: &str) -> Vec<Prediction> {
        let tenant = read_bytes("tenant.json", tenant.as_bytes()).unwrap();
        let campaign = parse(&"campaign.toml".into(), campaign).unwrap();
        predict(&Setup { tenant: &tenant, campaign: Some(&campaign), now: NOW }).0
    }

    const ADVANCED: &str = r#""ExoPhishSimOverrideRule": {"Name": "r", "Mode": "Enforce", "Domains": ["sim.example"], "SenderIpRanges": ["203.0.113.10"]}"#;
    const BYPASS: &str =
        r#""TransportRule": {"Name": "b", "SetSCL": -1, "SenderIpRanges": ["203.0.113.0/28"]}"#;

    #[test]
    fn advanced_delivery_leaves_only_malware() {
        let all = predictions(&format!("{{{ADVANCED}}}"), DIRECT);
        assert_eq!(all[0].mechanisms, [Mechanism::AdvancedDelivery]);
        assert_eq!(all[0].still_filtered, ["malware"]);
        assert_eq!(all[0].connecting_ip.as_deref(), Some("203.0.113.10"));
    }

    #[test]
    fn a_bypass_rule_leaves_malware_high_confidence_phish_and_the_users_block() {
        let all = predictions(&format!("{{{BYPASS}}}"), DIRECT);
        assert_eq!(all[0].mechanisms, [Mechanism::MailFlowRule]);
        assert_eq!(all[0].still_filtered, ["malware", "high-confidence-phish", "user-block"]);
    }

    #[test]
    fn nothing_that_matches_leaves_everything_and_says_what_nearly_did() {
        let tenant = r#"{"TransportRule": {"Name": "b", "State": "Disabled", "SetSCL": -1, "SenderIpRanges": ["203.0.113.10"]},
            "ExoPhishSimOverrideRule": {"Name": "r", "Domains": ["brand.example"], "SenderIpRanges": ["203.0.113.10"]}}"#;
        let all = predictions(tenant, DIRECT);
        assert!(all[0].mechanisms.is_empty() && !all[0].doubtful);
        assert_eq!(all[0].still_filtered.len(), 7);
        let why: Vec<&str> = all[0].nearly.iter().map(|(_, why)| why.as_str()).collect();
        assert!(
            why[0].contains("visible From") && why[0].contains("sending IP 203.0.113.10 is listed"),
            "{why:?}"
        );
        assert!(why[1].starts_with("rule `b`: the rule is disabled"), "{why:?}");
    }

    #[test]
    fn behind_a_gateway_nothing_by_ip_matches_until_enhanced_filtering_is_on() {
        let connector = |ef: bool| {
            format!(
                r#""InboundConnector": {{"Name": "From Mimecast", "Enabled": true, "ConnectorType": "Partner", "SenderIPAddresses": ["198.51.100.0/24"], "EFSkipLastIP": {ef}, "EFSkipIPs": []}}"#
            )
        };
        let off = predictions(&format!("{{{ADVANCED}, {BYPASS}, {}}}", connector(false)), CAMPAIGN);
        assert!(off[0].mechanisms.is_empty(), "{:?}", off[0].mechanisms);
        assert_eq!(off[0].connecting_ip.as_deref(), Some("198.51.100.0"));
        let by_mail_from = ADVANCED.replace("\"sim.example\"", "\"mail.sim.example\"");
        let on =
            predictions(&format!("{{{by_mail_from}, {BYPASS}, {}}}", connector(true)), CAMPAIGN);
        assert_eq!(on[0].mechanisms, [Mechanism::AdvancedDelivery]);
        // A signature may break at the gateway: a DKIM domain alone is not certain.
        let dkim = predictions(&format!("{{{ADVANCED}, {}}}", connector(true)), CAMPAIGN);
        assert!(dkim[0].mechanisms.is_empty());
        assert!(dkim[0].nearly[0].1.contains("not known"), "{:?}", dkim[0].nearly);
    }

    #[test]
    fn a_range_that_is_covered_in_part_is_no_match() {
        let ranges = DIRECT.replace("203.0.113.10", "203.0.113.0/27");
        let all = predictions(&format!("{{{BYPASS}}}"), &ranges);
        assert!(all[0].mechanisms.is_empty());
        assert!(all[0].nearly[0].1.contains("only a part"), "{:?}", all[0].nearly);
    }

    #[test]
    fn what_blocks_is_told_beside_what_allows() {
        let tenant = format!(
            r#"{{{ADVANCED}, "TenantAllowBlockListItems": {{"Url": {{"Value": "login.sim.example", "Action": "Block"}}}},
               "HostedConnectionFilterPolicy": {{"Name": "Default", "IPAllowList": [], "IPBlockList": ["203.0.113.0/24"]}},
               "OrganizationConfig": {{"RejectDirectSend": true}}, "AcceptedDomain": [{{"DomainName": "mail.sim.example"}}],
               "InboundConnector": {{"Name": "lock", "ConnectorType": "Partner", "SenderDomains": ["smtp:*;1"], "RestrictDomainsToIPAddresses": true, "SenderIPAddresses": ["198.51.100.0/24"]}}}}"#
        );
        let all = predictions(&tenant, DIRECT);
        let told = all[0].blocked_by.join("\n");
        for part in ["IP Block List", "blocks link", "connector `lock`", "Direct Send"] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn an_ip_on_both_lists_is_not_blocked() {
        let tenant = r#"{"HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": ["203.0.113.10"], "IPBlockList": ["203.0.113.10"]}}"#;
        let all = predictions(tenant, DIRECT);
        assert_eq!(all[0].mechanisms, [Mechanism::IpAllowList]);
        assert!(all[0].blocked_by.is_empty());
    }

    const LISTED: &str =
        r#""HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": ["203.0.113.10"]}"#;

    #[test]
    fn an_on_premises_connector_casts_doubt_on_the_ip_allow_list() {
        let tenant = |kind: &str| {
            format!(
                r#"{{{LISTED}, "InboundConnector": {{"Name": "hq", "ConnectorType": "{kind}", "SenderIPAddresses": ["203.0.113.0/24"]}}}}"#
            )
        };
        let doubted = predictions(&tenant("OnPremises"), DIRECT);
        assert!(doubted[0].mechanisms.is_empty() && doubted[0].doubtful);
        assert!(doubted[0].nearly[0].1.contains("connector `hq`"), "{:?}", doubted[0].nearly);
        assert_eq!(doubted[0].still_filtered.len(), 7);
        let sure = predictions(&tenant("Partner"), DIRECT);
        assert_eq!(sure[0].mechanisms, [Mechanism::IpAllowList]);
    }

    #[test]
    fn what_nobody_can_promise_is_said() {
        let told = |tenant: &str| predictions(tenant, DIRECT)[0].caveats.join("\n");
        let request = told(&format!("{{{LISTED}}}"));
        assert!(request.contains("ip-allow-list is a request"), "{request}");
        let both = told(&format!("{{{LISTED}, {BYPASS}}}"));
        assert!(both.contains("mail-flow-rule and ip-allow-list are requests"), "{both}");
        let simulation = told(&format!("{{{ADVANCED}, {BYPASS}}}"));
        assert!(simulation.contains("is not documented"), "{simulation}");
        assert!(!simulation.contains("request"), "{simulation}");
        let blocked = format!(
            r#"{{{ADVANCED}, "TenantAllowBlockListItems": {{"Url": {{"Value": "login.sim.example", "Action": "Block"}}}}}}"#
        );
        let blocked = predictions(&blocked, DIRECT);
        assert!(blocked[0].blocked_by[0].contains("is not documented"));
    }

    #[test]
    fn lists_that_were_not_exported_are_named_where_nothing_matches() {
        let all = predictions("{\"TransportRule\": []}", DIRECT);
        assert_eq!(all[0].not_exported, ["Advanced Delivery", "the IP Allow List"]);
        assert!(predictions(&format!("{{{BYPASS}}}"), DIRECT)[0].not_exported.is_empty());
    }

    #[test]
    fn a_campaign_that_names_nothing_predicts_nothing() {
        assert!(predictions("{\"TransportRule\": []}", "name = \"a\"").is_empty());
    }

    #[test]
    fn too_many_combinations_are_counted_not_made() {
        let names: Vec<String> = (0..100).map(|i| format!("\"d{i}.example\"")).collect();
        let list = names.join(",");
        let campaign =
            parse(&"c".into(), &format!("mail_from_domains = [{list}]\ndkim_domains = [{list}]"))
                .unwrap();
        let (all, left_out) = planned(&campaign);
        assert_eq!((all.len(), left_out), (MOST, 8000));
    }
}
