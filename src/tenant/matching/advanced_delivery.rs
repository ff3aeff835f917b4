//! Advanced Delivery: one listed domain and one listed IP, in any pairing (`headers.md` §4.3).

use super::{Condition, Mail, Match, Mechanism, Truth};
use crate::fact::{Citation, Evidence};
use crate::tenant::lists::PhishSimRule;
use crate::tenant::settings::{entries, says};
use crate::tenant::{Tenant, domain};

/// Advanced Delivery compared with a message.
#[derive(Debug, Clone)]
pub struct AdvancedDelivery<'t> {
    /// The policy.
    pub policy: PolicyState,
    /// The rule in force that comes nearest to a match; `None` where there is none.
    pub rule: Option<&'t PhishSimRule>,
    /// Rules that are not in force (`Mode` other than Enforce).
    pub inactive: Vec<&'t PhishSimRule>,
    /// Whether the policy is there and on.
    pub switched_on: Condition,
    /// Whether the sending IP is listed.
    pub ip: Condition,
    /// Whether a domain is listed.
    pub domain: Condition,
    /// Why no domain matched.
    pub miss: Option<DomainMiss>,
}

/// The phishing simulation policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyState {
    /// There, and switched on (or not said otherwise).
    On,
    /// There, and switched off.
    Off,
    /// Not there: neither policy nor rule.
    Missing,
    /// Not exported.
    Unknown,
}

/// Why no listed domain matched, when something about it is close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainMiss {
    /// The listed domain is the visible From's.
    FromHeader(String),
    /// The listed domain signed, and the signature did not verify.
    DkimBroken(String),
    /// The listed domain is written in letters that need Punycode.
    Unicode(String),
    /// A listed domain is above or below the message's.
    Subdomain {
        /// As listed.
        listed: String,
        /// The message's own.
        own: String,
    },
    /// Nothing close.
    Unlisted,
}

impl AdvancedDelivery<'_> {
    /// As a match of conditions.
    pub fn as_match(&self) -> Match {
        let mut conditions = vec![self.ip.clone(), self.domain.clone()];
        // That it is on is worth a word only where it is not.
        if self.switched_on.truth != Truth::Yes {
            conditions.insert(0, self.switched_on.clone());
        }
        Match { mechanism: Mechanism::AdvancedDelivery, name: String::new(), conditions }
    }

    /// Whether it matches.
    pub fn truth(&self) -> Truth {
        self.as_match().truth()
    }
}

/// Compares the tenant's Advanced Delivery with a message; `None` where the rules are not exported.
pub fn advanced_delivery<'t>(tenant: &'t Tenant, mail: &Mail<'_>) -> Option<AdvancedDelivery<'t>> {
    let rules = tenant.phish_sim_rules.as_ref()?;
    let (enforced, inactive): (Vec<_>, Vec<_>) = rules.iter().partition(|rule| rule.is_enforced());
    let (policy, switched_on) = policy(tenant, !rules.is_empty(), !enforced.is_empty());
    let mut best: Option<AdvancedDelivery<'t>> = None;
    for rule in enforced {
        let (domain, miss) = domain_condition(rule, mail);
        let candidate = AdvancedDelivery {
            policy,
            rule: Some(rule),
            inactive: inactive.clone(),
            switched_on: switched_on.clone(),
            ip: ip_condition(rule, mail),
            domain,
            miss,
        };
        if best.as_ref().is_none_or(|best| nearness(&candidate) > nearness(best)) {
            best = Some(candidate);
        }
    }
    Some(best.unwrap_or_else(|| AdvancedDelivery {
        policy,
        rule: None,
        inactive,
        switched_on,
        ip: Condition::new(Truth::No, "no sending IP is listed", None),
        domain: Condition::new(Truth::No, "no domain is listed", None),
        miss: Some(DomainMiss::Unlisted),
    }))
}

fn nearness(candidate: &AdvancedDelivery<'_>) -> u8 {
    let points = |condition: &Condition| match condition.truth {
        Truth::Yes => 2,
        Truth::Unknown => 1,
        Truth::No => 0,
    };
    points(&candidate.ip) + points(&candidate.domain)
}

fn policy(tenant: &Tenant, has_rules: bool, has_enforced: bool) -> (PolicyState, Condition) {
    let off = tenant
        .phish_sim_policies
        .iter()
        .flatten()
        .find(|policy| policy.enabled == Some(false) || says(&policy.mode, "PendingDeletion"));
    if let Some(policy) = off {
        let evidence = if policy.enabled == Some(false) {
            policy.origin.evidence("Enabled", "false")
        } else {
            policy.origin.evidence("Mode", policy.mode.as_deref().unwrap_or_default())
        };
        let text = "the Advanced Delivery policy is switched off";
        return (PolicyState::Off, Condition::new(Truth::No, text, Some(evidence)));
    }
    match (has_rules, has_enforced) {
        (false, _) => (
            PolicyState::Missing,
            Condition::new(
                Truth::No,
                "Advanced Delivery has no phishing simulation rule",
                missing_evidence(tenant),
            ),
        ),
        (true, false) => (
            PolicyState::On,
            Condition::new(Truth::No, "no Advanced Delivery rule is in Enforce mode", None),
        ),
        (true, true) => (
            if tenant.phish_sim_policies.is_some() {
                PolicyState::On
            } else {
                PolicyState::Unknown
            },
            Condition::new(Truth::Yes, "Advanced Delivery is switched on", None),
        ),
    }
}

fn missing_evidence(tenant: &Tenant) -> Option<Citation> {
    let source = tenant.sources.first()?;
    Some(Evidence::new(source, crate::fact::Place::Whole, "ExoPhishSimOverrideRule", "").into())
}

fn ip_condition(rule: &PhishSimRule, mail: &Mail<'_>) -> Condition {
    let Some(list) = &rule.sender_ip_ranges else {
        return Condition::new(Truth::Unknown, "its sending IPs are not exported", None);
    };
    let raw: Vec<&str> = list.entries().iter().map(|entry| &*entry.raw).collect();
    let evidence = Some(rule.origin.evidence("SenderIpRanges", &raw.join(", ")));
    let Some(ip) = mail.authenticated_ip else {
        return Condition::new(Truth::Unknown, "the sending IP is not known", evidence);
    };
    match list.covering(ip) {
        Some(entry) => Condition::new(
            Truth::Yes,
            format!("sending IP {ip} is listed (`{}`)", entry.raw),
            Some(rule.origin.evidence("SenderIpRanges", &entry.raw)),
        ),
        None => Condition::new(Truth::No, format!("sending IP {ip} is not listed"), evidence),
    }
}

fn domain_condition(rule: &PhishSimRule, mail: &Mail<'_>) -> (Condition, Option<DomainMiss>) {
    let Some(listed) = &rule.domains else {
        return (Condition::new(Truth::Unknown, "its domains are not exported", None), None);
    };
    let evidence = Some(rule.origin.list("Domains", entries(&rule.domains)));
    // A domain listed in other than ASCII letters does not match: it must be entered as Punycode.
    let find = |own: &str| {
        listed.iter().find(|one| !domain::needs_punycode(one) && domain::is_same(one, own))
    };
    let mail_from = mail.mail_from_domain();
    if let Some(entry) = mail_from.and_then(find) {
        let text = format!("MAIL FROM domain `{entry}` is listed");
        return (Condition::new(Truth::Yes, text, evidence), None);
    }
    for (own, verified) in &mail.dkim {
        match (find(own), verified) {
            (Some(entry), Some(true)) => {
                let text = format!("DKIM domain `{entry}` is listed and its signature verified");
                return (Condition::new(Truth::Yes, text, evidence), None);
            }
            (Some(entry), None) => {
                let text = format!(
                    "DKIM domain `{entry}` is listed; whether its signature verified is not known"
                );
                return (Condition::new(Truth::Unknown, text, evidence), None);
            }
            _ => {}
        }
    }
    if mail_from.is_none() && !mail.dkim_complete {
        let text = "neither MAIL FROM nor DKIM domain is known";
        return (Condition::new(Truth::Unknown, text, evidence), None);
    }
    let miss = miss(listed, mail);
    let mut text = describe(&miss, mail);
    if !mail.dkim_complete && mail.dkim.is_empty() {
        text.push_str("; DKIM domains are not known");
        return (Condition::new(Truth::Unknown, text, evidence), Some(miss));
    }
    (Condition::new(Truth::No, text, evidence), Some(miss))
}

fn miss(listed: &[Box<str>], mail: &Mail<'_>) -> DomainMiss {
    let same = |own: &str| listed.iter().find(|one| domain::is_same(one, own));
    let own = mail.mail_from_domain().into_iter().chain(mail.dkim.iter().map(|(d, _)| *d));
    let own: Vec<&str> = own.collect();
    let listed_own = own.iter().filter_map(|own| same(own));
    if let Some(entry) = listed_own.clone().find(|entry| domain::needs_punycode(entry)) {
        return DomainMiss::Unicode(entry.to_string());
    }
    let broken = mail.dkim.iter().filter(|(_, verified)| *verified == Some(false));
    if let Some(entry) = broken.filter_map(|(own, _)| same(own)).next() {
        return DomainMiss::DkimBroken(entry.to_string());
    }
    if let Some(entry) = mail.from_domain().and_then(same) {
        return DomainMiss::FromHeader(entry.to_string());
    }
    for own in own {
        let related = |one: &str| domain::is_subdomain(own, one) || domain::is_subdomain(one, own);
        if let Some(entry) = listed.iter().find(|one| related(one)) {
            return DomainMiss::Subdomain { listed: entry.to_string(), own: own.to_owned() };
        }
    }
    DomainMiss::Unlisted
}

fn describe(miss: &DomainMiss, mail: &Mail<'_>) -> String {
    let mut text = match mail.mail_from_domain() {
        Some(own) => format!("MAIL FROM domain `{own}` is not listed"),
        None => "there is no MAIL FROM domain".to_owned(),
    };
    for (own, _) in mail.dkim.iter().take(4) {
        if !matches!(miss, DomainMiss::DkimBroken(listed) if domain::is_same(listed, own)) {
            text.push_str(&format!("; DKIM domain `{own}` is not listed either"));
        }
    }
    match miss {
        DomainMiss::FromHeader(listed) => {
            text.push_str(&format!(
                "; listed `{listed}` is the visible From's domain, which is not compared"
            ));
        }
        DomainMiss::DkimBroken(listed) => {
            text.push_str(&format!(
                "; DKIM domain `{listed}` is listed, but its signature did not verify"
            ));
        }
        DomainMiss::Unicode(listed) => {
            text.push_str(&format!("; `{listed}` is listed, but not as Punycode"));
        }
        DomainMiss::Subdomain { listed, .. } => {
            text.push_str(&format!(
                "; `{listed}` is listed, and whether that covers it is not documented"
            ));
        }
        DomainMiss::Unlisted => {}
    }
    text
}
