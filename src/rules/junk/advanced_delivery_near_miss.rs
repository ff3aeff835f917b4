//! Advanced Delivery was meant to let the message through, and does not match it: the near-misses of
//! `causes.md` (c), which share one comparison.

use crate::case::Case;
use crate::fact::Evidence;
use crate::finding::{Certainty, Finding, Fix, Outcome, Role};
use crate::message::{Origin, Position};
use crate::rules::mail::{is_simulation, mail, stood_then};
use crate::rules::source::{Path, source};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::domain;
use crate::tenant::matching::{
    AdvancedDelivery, DomainMiss, Mail, PolicyState, Truth, advanced_delivery,
};
use crate::tenant::settings::entries;
use std::sync::Arc;

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
        "Change the route, or deliver directly without the loop";
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
    evidence: Vec<Arc<Evidence>>,
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
        let evidence = vec![Arc::clone(&message.origin.evidence)];
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
        return miss(
            "advanced-delivery-in-and-out",
            summary,
            evidence,
            fixes::direct_delivery(case),
        );
    }
    let seen = mail.authenticated_ip.filter(|_| source.path == Path::BehindGateway)?;
    let summary = format!(
        "Advanced Delivery compared {seen}, the address of {}: the platform's own IP can only match with Enhanced Filtering.",
        gateway.vendor
    );
    let mut fix = fixes::enhanced_filtering(case);
    fix.extend(fixes::advanced_delivery(case));
    miss("advanced-delivery-mx-elsewhere", summary, evidence, fix)
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
        let name = fixes::powershell_text(&rule.origin.name, "<rule>");
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
fn told(case: &Case<'_>, delivery: &AdvancedDelivery<'_>) -> Vec<Arc<Evidence>> {
    let mut evidence = delivery.as_match().evidence();
    reading::add(&mut evidence, reading::results_piece(case, "spf"));
    if matches!(delivery.miss, Some(DomainMiss::DkimBroken(_))) {
        reading::add(&mut evidence, reading::results_piece(case, "dkim"));
    }
    if let (Some(DomainMiss::FromHeader(listed)), Some(from)) =
        (&delivery.miss, &case.envelope.from)
        && domain::of_address(&from.value).is_some_and(|own| domain::is_same(own, listed))
    {
        reading::add(&mut evidence, Some(Arc::clone(&from.evidence)));
    }
    evidence
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail as Sample;

    /// Every rule of the table, in the catalogue's order.
    const RULES: &[Rule] = &[
        RULE_NOT_MATCHED,
        RULE_NOT_CONFIGURED,
        RULE_POLICY_DISABLED,
        RULE_PENDING,
        RULE_IP_ONLY,
        RULE_DOMAIN_ONLY,
        RULE_FROM_HEADER,
        RULE_DKIM_BROKEN,
        RULE_MX_ELSEWHERE,
        RULE_IN_AND_OUT,
        RULE_INTRA_ORG,
        RULE_INJECTED,
        RULE_LIMIT,
        RULE_UNICODE,
        RULE_SUBDOMAIN,
    ];

    const MARK: &str = "X-PHISHTEST: This is a phishing security test";

    fn tenant(domains: &str, ips: &str) -> String {
        format!(
            r#"{{"ExoPhishSimOverrideRule": {{"Name": "r", "Mode": "Enforce", "Domains": [{domains}], "SenderIpRanges": [{ips}], "WhenChangedUTC": "2025-10-01T00:00:00Z"}}}}"#
        )
    }

    fn junked() -> Sample {
        Sample::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk()
    }

    /// The ids of the table that fire.
    fn fired(mail: &Sample, tenant: &str) -> Vec<(&'static str, Certainty)> {
        let mail = mail.clone().tenant(tenant);
        RULES.iter().filter_map(|rule| Some((rule.id, mail.certainty(rule)?))).collect()
    }

    const IP: &str = "\"203.0.113.10\"";

    #[test]
    fn each_row_of_the_table_fires_alone() {
        let broken = junked().results("spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=bounce.example; dkim=fail (body hash did not verify) header.d=phish.example;dmarc=fail action=none header.from=brand.example;compauth=pass reason=100");
        let brand = junked().results("spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=phish.example; dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=phish.example;compauth=pass reason=100");
        let rows: Vec<(&str, Certainty, Sample, String)> = vec![
            (
                "advanced-delivery-ip-only",
                Certainty::Proven,
                junked(),
                tenant("\"other.example\"", IP),
            ),
            (
                "advanced-delivery-domain-only",
                Certainty::Proven,
                junked(),
                tenant("\"phish.example\"", "\"192.0.2.1\""),
            ),
            (
                "advanced-delivery-dkim-broken",
                Certainty::Proven,
                broken,
                tenant("\"phish.example\"", IP),
            ),
            (
                "advanced-delivery-subdomain",
                Certainty::Possible,
                brand,
                tenant("\"mail.phish.example\"", IP),
            ),
            (
                "advanced-delivery-not-configured",
                Certainty::Likely,
                junked().header(MARK),
                r#"{"ExoPhishSimOverrideRule": []}"#.to_owned(),
            ),
            (
                "advanced-delivery-policy-disabled",
                Certainty::Likely,
                junked(),
                tenant("\"phish.example\"", IP).replacen(
                    '{',
                    r#"{"PhishSimOverridePolicy": {"Name": "p", "Enabled": false}, "#,
                    1,
                ),
            ),
            (
                "advanced-delivery-rule-pending-deletion",
                Certainty::Likely,
                junked().header(MARK),
                tenant("\"phish.example\"", IP).replace("Enforce", "PendingDeletion"),
            ),
            (
                "allow-not-matched",
                Certainty::Proven,
                junked().header(MARK),
                tenant("\"other.example\"", "\"192.0.2.1\""),
            ),
        ];
        for (id, certainty, mail, tenant) in rows {
            assert_eq!(fired(&mail, &tenant), [(id, certainty)], "{tenant}");
        }
    }

    #[test]
    fn a_listed_from_domain_and_a_unicode_domain_are_told_apart_from_a_plain_miss() {
        let from = |mail_from: &str| {
            junked().results(&format!("spf=pass (sender IP is 203.0.113.10) smtp.mailfrom={mail_from}; dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=phish.example;compauth=pass reason=100"))
        };
        let found = fired(&from("bounce.example"), &tenant("\"phish.example\"", IP));
        assert_eq!(found, [("advanced-delivery-from-header-domain", Certainty::Proven)]);
        let found = fired(&from("xn--bcher-kva.example"), &tenant("\"bücher.example\"", IP));
        assert_eq!(found, [("advanced-delivery-unicode-domain", Certainty::Proven)]);
    }

    #[test]
    fn mail_put_into_the_mailbox_by_api_is_out_of_reach() {
        const INJECTED: &str = "Received: from DM4PR19MB1111.namprd19.prod.outlook.com (2603:10b6:8:b9::7)\r\n by CH3PR19MB2222.namprd19.prod.outlook.com with HTTPS; Tue, 14 Oct 2025 09:12:36 +0000\r\nFrom: it@brand.example\r\nTo: ann@contoso.example\r\nX-PHISHTEST: test\r\n\r\n";
        let message = crate::message::Message::parse(&Arc::from("t.eml"), INJECTED.as_bytes());
        let json = tenant("\"other.example\"", IP);
        let exported = crate::tenant::reader::read_bytes("t.json", json.as_bytes()).unwrap();
        let mut case = Case::from_message(&message);
        case.tenant = Some(&exported);
        case.landing.outcome = Outcome::Junk;
        let found = check(&case, &RULE_INJECTED).unwrap();
        assert_eq!(found.certainty, Certainty::Likely, "headers may have been pruned");
        assert!(check(&case, &RULE_IP_ONLY).is_none());
    }

    #[test]
    fn a_loop_through_a_gateway_is_out_of_reach() {
        let mail = Sample::inbound().behind_mimecast().in_junk().report("CIP:198.51.100.20;CTRY:US;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:us-smtp-delivery-1.mimecast.com;PTR:;CAT:SPM;SFS:(1);DIR:INB;").header("X-Forefront-Antispam-Report: CIP:203.0.113.10;CTRY:US;LANG:en;SCL:1;SRV:;IPV:NLI;SFV:NSPM;H:mail.phish.example;PTR:;CAT:NONE;SFS:(13230040);DIR:INB;").received(&[
            "Received: from us-smtp-delivery-1.mimecast.com (198.51.100.20) by\r\n BL02EPF0001A0FB.mail.protection.outlook.com (10.167.242.202) with Microsoft SMTP\r\n Server id 15.20.9160.9 via Frontend Transport; Tue, 14 Oct 2025 09:12:31 +0000",
            "Received: from NAM12-DM6-obe.outbound.protection.outlook.com (40.107.243.1) by\r\n relay.mimecast.com with ESMTP id us-mta-77-abcDEFghiJKLmnoPQRstuV-1; Tue,\r\n 14 Oct 2025 05:12:28 -0400",
            "Received: from SA1PR14MB5678.namprd14.prod.outlook.com (2603:10b6:806:2ac::11)\r\n by CH3PR14MB1234.namprd14.prod.outlook.com with HTTPS; Tue, 14 Oct 2025 09:12:26 +0000",
            "Received: from mail.phish.example (203.0.113.10) by\r\n BL02EPF0001A0AA.mail.protection.outlook.com (10.167.242.202) with Microsoft SMTP\r\n Server id 15.20.9160.9 via Frontend Transport; Tue, 14 Oct 2025 09:12:25 +0000",
        ]);
        let found = fired(&mail, &tenant("\"phish.example\"", IP));
        assert_eq!(found, [("advanced-delivery-in-and-out", Certainty::Proven)]);
    }

    #[test]
    fn a_gateways_address_is_a_miss_of_the_route() {
        let mail = Sample::inbound().behind_mimecast().in_junk().report("CIP:198.51.100.20;CTRY:US;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:us-smtp-delivery-1.mimecast.com;PTR:;CAT:SPM;SFS:(1);DIR:INB;");
        let found = fired(&mail, &tenant("\"phish.example\"", IP));
        assert_eq!(found, [("advanced-delivery-mx-elsewhere", Certainty::Proven)]);
    }

    #[test]
    fn internal_mail_is_out_of_reach() {
        let mail = Sample::inbound().internal("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().header(MARK);
        let found = fired(&mail, &tenant("\"phish.example\"", IP));
        assert_eq!(found, [("advanced-delivery-intra-org", Certainty::Proven)]);
    }

    #[test]
    fn a_full_list_is_told_beside_the_miss() {
        let ips: Vec<String> = (1..11).map(|i| format!("\"192.0.2.{i}\"")).collect();
        let found = fired(&junked(), &tenant("\"phish.example\"", &ips.join(",")));
        let ids: Vec<&str> = found.iter().map(|found| found.0).collect();
        assert_eq!(ids, ["advanced-delivery-domain-only", "advanced-delivery-limit"]);
    }

    #[test]
    fn a_rule_changed_after_the_message_lowers_the_certainty() {
        let later = tenant("\"other.example\"", IP).replace("2025-10-01", "2025-11-01");
        assert_eq!(fired(&junked(), &later), [("advanced-delivery-ip-only", Certainty::Possible)]);
        let undated = later.replace("WhenChangedUTC", "Ignored");
        assert_eq!(fired(&junked(), &undated), [("advanced-delivery-ip-only", Certainty::Likely)]);
    }

    #[test]
    fn a_match_mail_in_the_inbox_and_unrelated_mail_give_nothing() {
        let good = tenant("\"phish.example\"", IP);
        assert!(fired(&junked(), &good).is_empty());
        let bad = tenant("\"other.example\"", IP);
        let inbox = Sample::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox();
        assert!(fired(&inbox, &bad).is_empty());
        let unrelated = tenant("\"other.example\"", "\"192.0.2.1\"");
        assert!(fired(&junked(), &unrelated).is_empty());
        assert!(fired(&junked(), "{\"ArcConfig\": []}").is_empty(), "not exported is unknown");
    }
}
