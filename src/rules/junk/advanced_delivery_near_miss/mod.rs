//! Advanced Delivery was meant to let the message through, and does not match it: the near-misses of
//! `causes.md` (c), which share one comparison.

use crate::case::Case;
use crate::fact::Citation;
use crate::finding::{Certainty, Finding, Fix, Outcome, Role};
use crate::message::{Origin, Position};
use crate::rules::mail::{is_simulation, mail, stood_then};
use crate::rules::source::{Path, is_gateway_by_helo_alone, source};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::domain;
use crate::tenant::matching::{
    AdvancedDelivery, DomainMiss, Mail, PolicyState, Truth, advanced_delivery,
};
use crate::tenant::settings::entries;

const DOCUMENTS: &[&str] = &[references::ADVANCED_DELIVERY];
const NOT_SEEN: &str = "Defender shows the override Phishing simulation: then it did match";

/// Declares the rules of the table: constant, id, meaning, what shows it, what to do.
macro_rules! near_misses {
    ($($name:ident $id:literal: $meaning:literal, $shown:literal, $fix:literal;)+) => {
        $(pub(super) const $name: Rule = Rule {
            id: $id,
            stage: Stage::Junk,
            role: Role::Contributing,
            entry: Entry {
                meaning: $meaning,
                evidence: &[$shown],
                against: &[NOT_SEEN, "The configuration was changed after the message"],
                fix: &[$fix],
                caveat: "That this configuration cannot match this message is what is compared; that the verdict came of it is likely, not proven.",
                references: DOCUMENTS,
            },
            check: |case| check(case, &$name),
        };)+
    };
}

near_misses! {
    RULE_NOT_MATCHED "allow-not-matched":
        "Advanced Delivery is set up, but neither the sending IP nor a domain of this message is listed.",
        "Neither the IP of Authentication-Results nor MAIL FROM nor a passing DKIM domain is listed",
        "List the MAIL FROM domain and the sending IP in Advanced Delivery";
    RULE_NOT_CONFIGURED "advanced-delivery-not-configured":
        "Advanced Delivery has no phishing simulation rule: nothing tells the filter that this is a simulation.",
        "The export has neither a rule nor an enabled policy",
        "Set up Advanced Delivery";
    RULE_POLICY_DISABLED "advanced-delivery-policy-disabled":
        "The phishing simulation policy of Advanced Delivery is switched off.",
        "PhishSimOverridePolicy has Enabled false",
        "Set-PhishSimOverridePolicy -Identity PhishSimOverridePolicy -Enabled $true";
    RULE_PENDING "advanced-delivery-rule-pending-deletion":
        "The phishing simulation rule is not in Enforce mode: it waits for deletion and does nothing.",
        "ExoPhishSimOverrideRule has a Mode other than Enforce",
        "Remove that rule, then set up Advanced Delivery anew";
    RULE_IP_ONLY "advanced-delivery-ip-only":
        "The sending IP is listed in Advanced Delivery, but no domain of the message is.",
        "The IP is listed; neither smtp.mailfrom nor a passing header.d is in Domains",
        "Add the MAIL FROM domain";
    RULE_DOMAIN_ONLY "advanced-delivery-domain-only":
        "A domain of the message is listed in Advanced Delivery, but its sending IP is not.",
        "A domain is listed; the IP of Authentication-Results is not in SenderIpRanges",
        "Add the sending IP";
    RULE_FROM_HEADER "advanced-delivery-from-header-domain":
        "Advanced Delivery lists the domain of the visible From, which it does not compare.",
        "The listed domain equals the header From's domain, but not MAIL FROM's or DKIM's",
        "Add the MAIL FROM domain";
    RULE_DKIM_BROKEN "advanced-delivery-dkim-broken":
        "The listed domain is the DKIM domain, and the signature did not verify, as when a gateway changes the body.",
        "The listed domain equals header.d, with dkim=fail or none",
        "List the MAIL FROM domain";
    RULE_MX_ELSEWHERE "advanced-delivery-mx-elsewhere":
        "Advanced Delivery compared the gateway's IP, because Enhanced Filtering is not in effect.",
        "The IP of Authentication-Results is the gateway's",
        "Enhanced Filtering for the gateway's connector";
    RULE_IN_AND_OUT "advanced-delivery-in-and-out":
        "The message came to Microsoft 365, went out to a gateway and came back: Advanced Delivery does not support that route.",
        "Two inbound passes with a gateway between them",
        "Keep the platform's mail out of the loop: an exception in the mail flow rule that sends it to the gateway";
    RULE_INTRA_ORG "advanced-delivery-intra-org":
        "The message counts as internal, and Advanced Delivery does not serve internal mail.",
        "DIR:INT",
        "Deliver from the internet (see intra-org-filtered)";
    RULE_INJECTED "advanced-delivery-direct-injection":
        "The platform put the message into the mailbox by API: Advanced Delivery does not apply, and is not needed.",
        "No Microsoft edge hop and no anti-spam report",
        "Nothing to do for delivery";
    RULE_LIMIT "advanced-delivery-limit":
        "The message's IP or domain is not listed, and Advanced Delivery is full.",
        "10 sending IPs, or 20 (cmdlet's reference) to 50 (portal's page) domains are listed",
        "Merge IPs into a CIDR range, remove old vendors";
    RULE_UNICODE "advanced-delivery-unicode-domain":
        "The domain is listed with letters that are not ASCII; it must be entered as Punycode.",
        "A listed domain holds other than ASCII letters and equals the message's domain",
        "Enter the domain as Punycode";
    RULE_SUBDOMAIN "advanced-delivery-subdomain":
        "A domain above or below the message's is listed. Whether that matches is not documented.",
        "MAIL FROM is a subdomain of a listed domain, or the other way round",
        "List the exact name";
}

/// Why Advanced Delivery does not match.
struct Miss {
    id: &'static str,
    summary: String,
    evidence: Vec<Citation>,
    fix: Vec<Fix>,
    certainty: Certainty,
}

fn check(case: &Case<'_>, rule: &Rule) -> Option<Finding> {
    let tenant = case.tenant?;
    if !failed(case) || overridden(case) {
        return None;
    }
    let mail = mail(case);
    let delivery = advanced_delivery(tenant, &mail)?;
    let miss = misses(case, &mail, &delivery).into_iter().find(|miss| miss.id == rule.id)?;
    let mut finding = rule.finding(miss.certainty, miss.summary, miss.evidence);
    finding.fix = miss.fix;
    finding.excluded = excluded(case, &mail, &delivery);
    Some(finding)
}

/// Whether there is anything to explain: it did not reach the Inbox, or nothing tells where it is
/// and the verdict is against it.
fn failed(case: &Case<'_>) -> bool {
    match case.landing.outcome {
        Outcome::Unknown | Outcome::Delivered => reading::cat(case)
            .is_some_and(|cat| reading::within_allow(cat) || reading::beyond_every_allow(cat)),
        outcome => outcome.is_failure(),
    }
}

/// Whether Defender says that it did match.
fn overridden(case: &Case<'_>) -> bool {
    let policy = case.journey.and_then(|journey| journey.hunting.org_policy.as_ref());
    policy.is_some_and(|policy| policy.value.to_ascii_lowercase().contains("phishing simulation"))
}

fn excluded(case: &Case<'_>, mail: &Mail<'_>, delivery: &AdvancedDelivery<'_>) -> Vec<String> {
    let known = case.journey.is_some_and(|journey| journey.hunting.org_policy.is_some());
    let changed = delivery.rule.and_then(|rule| rule.when_changed);
    vec![
        if known {
            "Defender shows no Phishing simulation override".to_owned()
        } else {
            "not checked: the override that Explorer or EmailEvents shows".to_owned()
        },
        match stood_then(changed, mail) {
            Some(true) => "the rule was last changed before the message".to_owned(),
            Some(false) => "not excluded: the rule was changed after the message".to_owned(),
            None => "not checked: whether the rule was changed after the message".to_owned(),
        },
    ]
}

fn misses(case: &Case<'_>, mail: &Mail<'_>, delivery: &AdvancedDelivery<'_>) -> Vec<Miss> {
    let simulation = is_simulation(case, mail);
    if let Some(miss) = out_of_reach(case, mail, delivery, simulation) {
        return vec![miss];
    }
    if delivery.truth() != Truth::No {
        return Vec::new();
    }
    if let Some(miss) = switched_off(case, delivery, simulation) {
        return vec![miss];
    }
    let Some(rule) = delivery.rule else { return Vec::new() };
    let partly = delivery.ip.truth == Truth::Yes || delivery.domain.truth == Truth::Yes;
    let close = !matches!(delivery.miss, None | Some(DomainMiss::Unlisted));
    if !(partly || close || simulation) {
        return Vec::new();
    }
    let certainty = match stood_then(rule.when_changed, mail) {
        Some(true) => Certainty::Proven,
        Some(false) => Certainty::Possible,
        None => Certainty::Likely,
    };
    let mut found = Vec::new();
    let mut add = |id, certainty| {
        found.push(Miss {
            id,
            summary: format!(
                "Advanced Delivery cannot match this message: {}.",
                delivery.as_match().why()
            ),
            evidence: told(case, delivery),
            fix: fixes::advanced_delivery(case),
            certainty,
        });
    };
    if delivery.domain.truth == Truth::No {
        match &delivery.miss {
            Some(DomainMiss::FromHeader(_)) => {
                add("advanced-delivery-from-header-domain", certainty)
            }
            Some(DomainMiss::DkimBroken(_)) => add("advanced-delivery-dkim-broken", certainty),
            Some(DomainMiss::Unicode(_)) => add("advanced-delivery-unicode-domain", certainty),
            // Whether a subdomain matches is not documented.
            Some(DomainMiss::Subdomain { .. }) => {
                add("advanced-delivery-subdomain", Certainty::Possible)
            }
            _ if delivery.ip.truth == Truth::Yes => add("advanced-delivery-ip-only", certainty),
            _ if delivery.ip.truth == Truth::No => add("allow-not-matched", certainty),
            _ => {}
        }
    } else if delivery.domain.truth == Truth::Yes && delivery.ip.truth == Truth::No {
        add("advanced-delivery-domain-only", certainty);
    }
    let full = rule.sender_ip_ranges.as_ref().is_some_and(|list| list.len() >= 10)
        && delivery.ip.truth == Truth::No
        || entries(&rule.domains).len() >= 20 && delivery.domain.truth == Truth::No;
    if full {
        add("advanced-delivery-limit", Certainty::Likely);
    }
    found
}

/// Routes that Advanced Delivery does not serve, whatever is listed.
fn out_of_reach(
    case: &Case<'_>,
    mail: &Mail<'_>,
    delivery: &AdvancedDelivery<'_>,
    simulation: bool,
) -> Option<Miss> {
    let listed = delivery.domain.truth == Truth::Yes || delivery.ip.truth == Truth::Yes;
    if !(simulation || listed) {
        return None;
    }
    let message = case.message?;
    let miss = |id, summary: String, evidence, fix| {
        Some(Miss { id, summary, evidence, fix, certainty: Certainty::Proven })
    };
    if message.origin.value == Origin::Injected {
        let summary =
            "It was put into the mailbox without transport: Advanced Delivery does not apply.";
        let evidence = vec![message.origin.evidence.clone()];
        let found =
            miss("advanced-delivery-direct-injection", summary.to_owned(), evidence, Vec::new());
        // Headers that were pruned would look the same.
        return found.map(|found| Miss { certainty: Certainty::Likely, ..found });
    }
    if reading::is_internal(case) {
        let summary =
            "It counts as internal mail (DIR:INT), which Advanced Delivery does not serve.";
        let evidence = reading::stamps(case, &["DIR", "CIP"]);
        return miss(
            "advanced-delivery-intra-org",
            summary.to_owned(),
            evidence,
            fixes::intra_org_route(),
        );
    }
    let source = source(case);
    let gateway = crate::rules::source::gateway_in_front(case)?;
    let mut evidence = reading::stamps(case, &["CIP"]);
    reading::add(&mut evidence, gateway.evidence.iter().take(2).cloned());
    if gateway.position == Position::InAndOut {
        let summary = format!(
            "It came to Microsoft 365 twice, through {} in between: Advanced Delivery does not support that route.",
            gateway.vendor
        );
        let fix = fixes::out_of_the_loop(case);
        let found = miss("advanced-delivery-in-and-out", summary, evidence, fix);
        // That both passes were of the same organisation is told by signs only.
        return found.map(|found| Miss { certainty: Certainty::Likely, ..found });
    }
    let seen = mail.authenticated_ip.filter(|_| source.path == Path::BehindGateway)?;
    let summary = format!(
        "Advanced Delivery compared {seen}, the address of {}: the platform's own IP can only match with Enhanced Filtering.",
        gateway.vendor
    );
    let mut fix = fixes::enhanced_filtering(case);
    fix.extend(fixes::advanced_delivery(case));
    let found = miss("advanced-delivery-mx-elsewhere", summary, evidence, fix);
    found.map(|found| match is_gateway_by_helo_alone(case) {
        true => Miss { certainty: Certainty::Likely, ..found },
        false => found,
    })
}

/// Advanced Delivery that is not there or not on.
fn switched_off(
    case: &Case<'_>,
    delivery: &AdvancedDelivery<'_>,
    simulation: bool,
) -> Option<Miss> {
    let tenant = case.tenant?;
    let evidence = || {
        let own = delivery.switched_on.evidence.iter().cloned();
        own.chain(reading::stamps(case, &["SFV", "CAT"])).collect::<Vec<_>>()
    };
    let fix = fixes::advanced_delivery(case);
    if delivery.policy == PolicyState::Off {
        let mut all = vec![fixes::powershell(
            "Set-PhishSimOverridePolicy -Identity PhishSimOverridePolicy -Enabled $true",
        )];
        all.extend(fix);
        let listed = delivery.ip.truth == Truth::Yes || delivery.domain.truth == Truth::Yes;
        return (simulation || listed).then(|| Miss {
            id: "advanced-delivery-policy-disabled",
            summary: "Advanced Delivery's policy is switched off, so its rule does nothing."
                .to_owned(),
            evidence: evidence(),
            fix: all,
            certainty: Certainty::Likely,
        });
    }
    if let (None, Some(rule)) = (delivery.rule, delivery.inactive.first()) {
        let mode = rule.mode.as_deref().unwrap_or_default();
        let name =
            fixes::powershell_identity("ExoPhishSimOverrideRule", &rule.origin.name, "<rule>");
        let mut all =
            vec![fixes::powershell(format!("Remove-ExoPhishSimOverrideRule -Identity {name}"))];
        all.extend(fix);
        return simulation.then(|| Miss {
            id: "advanced-delivery-rule-pending-deletion",
            summary: format!(
                "The Advanced Delivery rule is in mode {mode}, not Enforce: it does nothing."
            ),
            evidence: vec![rule.origin.evidence("Mode", mode)],
            fix: all,
            certainty: Certainty::Likely,
        });
    }
    let none = tenant.phish_sim_rules.as_ref().is_some_and(Vec::is_empty);
    (none && simulation).then(|| Miss {
        id: "advanced-delivery-not-configured",
        summary:
            "Advanced Delivery is not set up: nothing tells the filter that this is a simulation."
                .to_owned(),
        evidence: evidence(),
        fix,
        certainty: Certainty::Likely,
    })
}

/// The settings compared, then what the message says on the same points.
fn told(case: &Case<'_>, delivery: &AdvancedDelivery<'_>) -> Vec<Citation> {
    let mut evidence = delivery.as_match().evidence();
    reading::add(&mut evidence, reading::results_piece(case, "spf"));
    if matches!(delivery.miss, Some(DomainMiss::DkimBroken(_))) {
        reading::add(&mut evidence, reading::results_piece(case, "dkim"));
    }
    if let (Some(DomainMiss::FromHeader(listed)), Some(from)) =
        (&delivery.miss, &case.envelope.from)
        && domain::of_address(&from.value).is_some_and(|own| domain::is_same(own, listed))
    {
        reading::add(&mut evidence, Some(from.evidence.clone()));
    }
    evidence
}

#[cfg(test)]
mod tests;
