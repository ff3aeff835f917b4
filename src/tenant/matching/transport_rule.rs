//! Mail flow rules: switched on, every condition met, no exception met (`causes.md`,
//! `scl-rule-missed`).

use super::{Condition, Mail, Match, Mechanism, Truth};
use crate::message::values::Direction;
use crate::tenant::json::iso;
use crate::tenant::settings::says;
use crate::tenant::transport_rule::{Predicate, TransportRule};
use crate::tenant::{Tenant, domain};

/// Compares one rule with a message.
pub fn transport_rule(rule: &TransportRule, mail: &Mail<'_>) -> Match {
    let mut conditions = Vec::new();
    switched_on(rule, mail, &mut conditions);
    if rule.conditions.is_empty() {
        let text = "the rule has no condition: it is for all mail";
        conditions.push(Condition::new(Truth::Yes, text, Some(rule.origin.named())));
    }
    for predicate in &rule.conditions {
        let (truth, text) = judge(rule, predicate, mail);
        let evidence = Some(rule.origin.list(predicate.name, shown(predicate)));
        conditions.push(Condition::new(truth, text, evidence));
    }
    for predicate in &rule.exceptions {
        let (truth, text) = judge(rule, predicate, mail);
        let property = format!("ExceptIf{}", predicate.name);
        let evidence = Some(rule.origin.list(&property, shown(predicate)));
        let text = match truth {
            Truth::Yes => format!("an exception is met: {text}"),
            Truth::No => format!("its exception is not met ({text})"),
            Truth::Unknown => format!("an exception may be met: {text}"),
        };
        conditions.push(Condition::new(truth.negate(), text, evidence));
    }
    Match { mechanism: Mechanism::MailFlowRule, name: rule.name().to_owned(), conditions }
}

/// Every rule that asks for a bypass, compared with a message. Of the rules that set an SCL the last
/// one wins: where that one asks for no bypass, the bypasses before it fail.
pub fn bypass_rules<'t>(tenant: &'t Tenant, mail: &Mail<'_>) -> Vec<(&'t TransportRule, Match)> {
    let mut rules = rules_that(tenant, mail, |rule| rule.set_scl.is_some());
    let last = rules.iter().rposition(|(_, found)| found.truth() == Truth::Yes);
    if let Some(last) = last
        && let Some(overridden) = overridden_by(rules[last].0)
    {
        for (_, found) in rules[..last].iter_mut().filter(|(_, found)| found.truth() != Truth::No) {
            found.conditions.push(overridden.clone());
        }
    }
    rules.retain(|(rule, _)| rule.requests_bypass());
    rules
}

/// What a rule does to the bypasses before it; `None` where it asks for one itself.
fn overridden_by(rule: &TransportRule) -> Option<Condition> {
    let scl = rule.set_scl.filter(|scl| *scl >= 0)?;
    let text = format!("rule `{}` runs later and sets SCL {scl}", rule.name());
    let evidence = Some(rule.origin.evidence("SetSCL", &scl.to_string()));
    Some(if rule.marks_spam() {
        Condition::new(Truth::No, text, evidence)
    } else {
        // `causes.md`, `selective-domain-scl0-rule`: said not to be reliable since 2026.
        let text = format!("{text}: that asks for filtering again, not reliably since 2026");
        Condition::new(Truth::Unknown, text, evidence)
    })
}

/// The rule that marks a message as spam: the last that sets an SCL and matches. None where a later
/// one may lift the mark.
pub fn spam_rule<'t>(tenant: &'t Tenant, mail: &Mail<'_>) -> Option<&'t TransportRule> {
    let rules = rules_that(tenant, mail, |rule| rule.set_scl.is_some());
    let (rule, found) = rules.iter().rfind(|(rule, found)| match found.truth() {
        Truth::Yes => true,
        Truth::Unknown => !rule.marks_spam(),
        Truth::No => false,
    })?;
    (found.truth() == Truth::Yes && rule.marks_spam()).then_some(*rule)
}

/// Every rule that `is_meant`, compared with a message. An earlier rule that stops processing is one
/// more condition: it fails where that rule matches, and is unknown where it may.
pub fn rules_that<'t>(
    tenant: &'t Tenant,
    mail: &Mail<'_>,
    is_meant: impl Fn(&TransportRule) -> bool,
) -> Vec<(&'t TransportRule, Match)> {
    let mut stop: Option<Condition> = None;
    let mut found = Vec::new();
    for rule in tenant.rules() {
        if is_meant(rule) {
            let mut compared = transport_rule(rule, mail);
            compared.conditions.extend(stop.clone());
            found.push((rule, compared));
        }
        let settled = stop.as_ref().is_some_and(|stop| stop.truth == Truth::No);
        if rule.stop_rule_processing == Some(true) && !settled {
            let told = match transport_rule(rule, mail).truth() {
                Truth::Yes => Some((Truth::No, "stops")),
                Truth::Unknown if stop.is_none() => Some((Truth::Unknown, "may stop")),
                _ => None,
            };
            if let Some((truth, verb)) = told {
                let text = format!("rule `{}` runs earlier and {verb} further rules", rule.name());
                let evidence = rule.origin.evidence("StopRuleProcessing", "true");
                stop = Some(Condition::new(truth, text, Some(evidence)));
            }
        }
    }
    found
}

fn shown(predicate: &Predicate) -> &[Box<str>] {
    if predicate.words.is_empty() { &predicate.values } else { &predicate.words }
}

fn switched_on(rule: &TransportRule, mail: &Mail<'_>, conditions: &mut Vec<Condition>) {
    let mut add = |truth, text: String, property: &str, value: &str| {
        conditions.push(Condition::new(truth, text, Some(rule.origin.evidence(property, value))));
    };
    let state = rule.state.as_deref().unwrap_or_default();
    if !rule.is_enabled() {
        add(Truth::No, "the rule is disabled".to_owned(), "State", state);
    }
    let mode = rule.mode.as_deref().unwrap_or_default();
    if !rule.is_enforced() {
        add(Truth::No, format!("the rule only logs (mode {mode})"), "Mode", mode);
    }
    if let Some(start) = rule.activation {
        let truth = Truth::known(mail.when.map(|when| start <= when));
        if truth != Truth::Yes {
            add(
                truth,
                format!("the rule begins to act at {}", iso(start)),
                "ActivationDate",
                &iso(start),
            );
        }
    }
    if let Some(end) = rule.expiry {
        let truth = Truth::known(mail.when.map(|when| when < end));
        if truth != Truth::Yes {
            add(truth, format!("the rule stops acting at {}", iso(end)), "ExpiryDate", &iso(end));
        }
    }
}

/// Whether one predicate is met, in words that stand for a condition and for an exception alike.
fn judge(rule: &TransportRule, predicate: &Predicate, mail: &Mail<'_>) -> (Truth, String) {
    let values = &predicate.values;
    match predicate.name {
        "SenderIpRanges" => sender_ip(predicate, mail),
        "SenderDomainIs" => sender_domain(rule, values, mail),
        "From" => sender(rule, values, mail),
        "FromAddressContainsWords" => {
            words("sender address", values, sender_address(rule, mail).as_deref())
        }
        "SubjectContainsWords" => words("subject", values, mail.subject),
        "FromScope" => scope(values, mail),
        "SentToScope" => {
            let inside = values.iter().any(|one| one.eq_ignore_ascii_case("InOrganization"));
            (Truth::of(inside), format!("recipients are {}", join(values)))
        }
        "RecipientDomainIs" => one_of("recipient domain", values, mail.recipient, |one, own| {
            domain::of_address(own).is_some_and(|own| domain::is_same_or_subdomain(own, one))
        }),
        "SentTo" => {
            let (truth, text) = one_of("recipient", values, mail.recipient, |one, own| {
                one.eq_ignore_ascii_case(own)
            });
            (only_addresses(truth, values), text)
        }
        "HeaderContainsMessageHeader" | "HeaderMatchesMessageHeader" => header(predicate, mail),
        name => (
            Truth::Unknown,
            format!("whether {name} ({}) is met cannot be told from here", join(values)),
        ),
    }
}

fn join(values: &[Box<str>]) -> String {
    const MOST: usize = 4;
    let mut text: Vec<String> = values.iter().take(MOST).map(|one| format!("`{one}`")).collect();
    if values.len() > MOST {
        text.push(format!("and {} more", values.len() - MOST));
    }
    text.join(", ")
}

/// Rules see the peer that connected. Whether they see an address that Enhanced Filtering restored is
/// not documented.
fn sender_ip(predicate: &Predicate, mail: &Mail<'_>) -> (Truth, String) {
    let (list, values) = (&predicate.addresses, &predicate.values);
    let Some(ip) = mail.connecting_ip else {
        return (Truth::Unknown, "the connecting IP is not known".to_owned());
    };
    if let Some(entry) = list.covering(ip) {
        return (Truth::Yes, format!("connecting IP {ip} is in its ranges (`{}`)", entry.raw));
    }
    if let Some(seen) = mail.authenticated_ip.filter(|seen| *seen != ip)
        && let Some(entry) = list.covering(seen)
    {
        return (
            Truth::Unknown,
            format!(
                "connecting IP {ip} is not in its ranges; the source {seen} is (`{}`), and whether rules see it is not documented",
                entry.raw
            ),
        );
    }
    (Truth::No, format!("connecting IP {ip} is not in its ranges ({})", join(values)))
}

/// The addresses that `SenderAddressLocation` makes a rule test: the From header by default.
fn locations<'a>(rule: &TransportRule, mail: &Mail<'a>) -> Vec<(&'static str, Option<&'a str>)> {
    let (header, envelope) = (("From", mail.from), ("MAIL FROM", mail.mail_from));
    if says(&rule.sender_address_location, "Envelope") {
        vec![envelope]
    } else if says(&rule.sender_address_location, "HeaderOrEnvelope") {
        vec![header, envelope]
    } else {
        vec![header]
    }
}

fn sender_domain(rule: &TransportRule, values: &[Box<str>], mail: &Mail<'_>) -> (Truth, String) {
    let mut truth = Truth::No;
    let mut told = Vec::new();
    for (place, address) in locations(rule, mail) {
        let Some(own) = address.and_then(domain::of_address) else {
            truth = Truth::Unknown;
            told.push(format!("{place} is not known"));
            continue;
        };
        if let Some(entry) = values.iter().find(|one| domain::is_same_or_subdomain(own, one)) {
            return (Truth::Yes, format!("{place} domain `{own}` is in its list (`{entry}`)"));
        }
        told.push(format!("{place} domain `{own}` is not in its list ({})", join(values)));
    }
    let envelope = mail.mail_from_domain();
    let only_header =
        locations(rule, mail).len() == 1 && !says(&rule.sender_address_location, "Envelope");
    if truth == Truth::No
        && only_header
        && let Some(own) = envelope
        && values.iter().any(|one| domain::is_same_or_subdomain(own, one))
    {
        told.push(format!("MAIL FROM domain `{own}` is, but the rule tests the From header only"));
    }
    (truth, told.join("; "))
}

fn sender(rule: &TransportRule, values: &[Box<str>], mail: &Mail<'_>) -> (Truth, String) {
    let known: Vec<&str> = locations(rule, mail).into_iter().filter_map(|(_, a)| a).collect();
    if known.is_empty() {
        return (Truth::Unknown, "the sender is not known".to_owned());
    }
    match values.iter().find(|one| known.iter().any(|own| one.trim().eq_ignore_ascii_case(own))) {
        Some(entry) => (Truth::Yes, format!("sender `{entry}` is in its list")),
        None => (
            only_addresses(Truth::No, values),
            format!("sender `{}` is not in its list ({})", known.join("` / `"), join(values)),
        ),
    }
}

/// Display names cannot be compared with addresses: a miss among them is unknown.
fn only_addresses(truth: Truth, values: &[Box<str>]) -> Truth {
    if truth == Truth::No && values.iter().any(|one| !one.contains('@')) {
        Truth::Unknown
    } else {
        truth
    }
}

fn sender_address(rule: &TransportRule, mail: &Mail<'_>) -> Option<String> {
    let known: Vec<&str> = locations(rule, mail).into_iter().filter_map(|(_, a)| a).collect();
    (!known.is_empty()).then(|| known.join(" "))
}

fn words(what: &str, values: &[Box<str>], own: Option<&str>) -> (Truth, String) {
    one_of(what, values, own, |one, own| own.to_lowercase().contains(&one.to_lowercase()))
}

fn one_of(
    what: &str,
    values: &[Box<str>],
    own: Option<&str>,
    fits: fn(&str, &str) -> bool,
) -> (Truth, String) {
    let Some(own) = own else {
        return (Truth::Unknown, format!("the {what} is not known ({} wanted)", join(values)));
    };
    match values.iter().find(|one| fits(one.trim(), own)) {
        Some(entry) => (Truth::Yes, format!("{what} `{own}` fits `{entry}`")),
        None => (Truth::No, format!("{what} `{own}` fits none of {}", join(values))),
    }
}

fn scope(values: &[Box<str>], mail: &Mail<'_>) -> (Truth, String) {
    let outside = values.iter().any(|one| one.eq_ignore_ascii_case("NotInOrganization"));
    let is_outside = match mail.direction {
        Some(Direction::Inbound) => Some(true),
        Some(Direction::Internal) => Some(false),
        _ => None,
    };
    let text = if outside { "the sender is outside" } else { "the sender is inside" };
    (Truth::known(is_outside.map(|is| is == outside)), format!("{text} the organisation"))
}

fn header(predicate: &Predicate, mail: &Mail<'_>) -> (Truth, String) {
    let name = predicate.values.first().map_or("", |name| name.trim());
    let Some(headers) = &mail.headers else {
        return (Truth::Unknown, format!("whether header `{name}` is there is not known"));
    };
    let mut values = headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name)).peekable();
    if values.peek().is_none() {
        return (Truth::No, format!("header `{name}` is not in the message"));
    }
    // The export script hides the words, because they can be the platform's secret.
    if predicate.words.iter().any(|word| &**word == "<hidden>") {
        return (
            Truth::Unknown,
            format!("header `{name}` is there; the words wanted are not exported"),
        );
    }
    let is_pattern = predicate.name == "HeaderMatchesMessageHeader";
    let mut unreadable = false;
    for (_, value) in values {
        for wanted in &predicate.words {
            if is_pattern {
                let pattern = regex::RegexBuilder::new(wanted)
                    .case_insensitive(true)
                    .size_limit(1 << 20)
                    .build();
                match pattern {
                    Ok(pattern) if pattern.is_match(value) => {
                        return (Truth::Yes, format!("header `{name}` matches `{wanted}`"));
                    }
                    Ok(_) => {}
                    Err(_) => unreadable = true,
                }
            } else if value.to_lowercase().contains(&wanted.to_lowercase()) {
                return (Truth::Yes, format!("header `{name}` contains `{wanted}`"));
            }
        }
    }
    let truth = if unreadable { Truth::Unknown } else { Truth::No };
    (truth, format!("header `{name}` has none of {}", join(&predicate.words)))
}
