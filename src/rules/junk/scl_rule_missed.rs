//! A bypass rule is there, and did not act on this message.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::Sfv;
use crate::rules::mail::{is_simulation, mail, stood_then};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::address::AddressRange;
use crate::tenant::matching::{Condition, Mail, Match, Truth, bypass_rules};
use crate::tenant::transport_rule::TransportRule;
use crate::trace::journey::RuleHit;
use std::net::IpAddr;

pub(super) const RULE: Rule = Rule {
    id: "scl-rule-missed",
    stage: Stage::Junk,
    role: Role::Contributing,
    entry: Entry {
        meaning: "A mail flow rule that should skip spam filtering exists, and was not met by this message.",
        evidence: &[
            "Proven: SFV is NSPM or SPM, not SKN, the trace does not name the rule, and the export shows a condition that this message does not meet",
            "In this order: state, mode, dates, sender IP, a gateway in front, other conditions (all must be met), exceptions, an earlier rule that stops further ones, the domain tested in the header only",
        ],
        against: &[
            "The trace names the rule with its action: it ran (rule-requested-bypass-not-honored)",
            "The rule was changed after the message",
            "SFV:NSPM in the Inbox is no failure: the filter found it clean",
        ],
        fix: &[
            "Correct the rule: Enable-TransportRule, Set-TransportRule -Mode Enforce, -SenderIpRanges",
            "Better: Advanced Delivery",
        ],
        caveat: "The SCL that a rule sets is a request: high confidence phishing and malware stay quarantined.",
        references: &[references::TRANSPORT_RULE_CMDLET, references::SCL],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let tenant = case.tenant?;
    let filtered = matches!(reading::sfv(case), Some(Sfv::Spam | Sfv::NotSpam));
    let arrived = matches!(case.landing.outcome, Outcome::Inbox | Outcome::CustomFolder);
    // what no rule reaches would have been filtered with it too
    let beyond = reading::cat(case).is_some_and(reading::beyond_every_allow);
    if !filtered || arrived || beyond || reading::is_internal(case) {
        return None;
    }
    let mail = mail(case);
    let simulation = is_simulation(case, &mail);
    let (rule, found) = bypass_rules(tenant, &mail)
        .into_iter()
        .filter(|(rule, found)| found.truth() == Truth::No && !ran(case, rule))
        .filter(|(rule, found)| meant(found) || neighbour(rule, &mail) || simulation)
        .max_by_key(|(rule, found)| {
            (meant(found), neighbour(rule, &mail), found.of(Truth::Yes).count())
        })?;
    let stood = stood_then(rule.when_changed, &mail);
    let certainty = match (meant(&found), stood) {
        (true, Some(true)) => Certainty::Proven,
        (true, None) => Certainty::Likely,
        (false, Some(true)) if neighbour(rule, &mail) => Certainty::Likely,
        // Whether a rule that fits in nothing was meant for this message is a guess.
        _ => Certainty::Possible,
    };
    let reason: Vec<&str> = found.of(Truth::No).map(|failed| &*failed.text).collect();
    let summary = format!(
        "Bypass rule `{}` was not met by this message: {}.",
        rule.name(),
        reason.join("; ")
    );
    let mut evidence = found.evidence();
    reading::add(&mut evidence, [rule.origin.named()]);
    reading::add(&mut evidence, reading::stamps(case, &["SFV", "CIP"]));
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded = excluded(case, rule, stood);
    finding.fix = corrections(case, rule, &found);
    Some(finding)
}

/// Whether something about the sender fits, so that the rule was meant for mail like this.
fn meant(found: &Match) -> bool {
    let about_sender = |condition: &&Condition| {
        condition.evidence.as_ref().is_some_and(|evidence| {
            [
                "SenderIpRanges",
                "SenderDomainIs",
                "TransportRule.From",
                "HeaderContains",
                "HeaderMatches",
            ]
            .iter()
            .any(|name| evidence.field.contains(name) && !evidence.field.contains("ExceptIf"))
        })
    };
    found.of(Truth::Yes).any(|condition| about_sender(&condition))
}

/// Whether the rule names an address of the sender's own /24: meant for this sender, one address off.
fn neighbour(rule: &TransportRule, mail: &Mail<'_>) -> bool {
    let Some(IpAddr::V4(ip)) = mail.connecting_ip else { return false };
    let Ok(network) = AddressRange::parse(&format!("{ip}/24")) else { return false };
    rule.condition("SenderIpRanges")
        .is_some_and(|predicate| predicate.addresses.overlapping(&network).is_some())
}

/// Whether the trace shows the rule acting; in an audit mode it only logged.
fn ran(case: &Case<'_>, rule: &TransportRule) -> bool {
    named(case, rule).any(|hit| !hit.is_audit())
}

/// What the trace says of the rule.
fn named<'a>(
    case: &Case<'a>,
    rule: &'a TransportRule,
) -> impl Iterator<Item = &'a RuleHit> + use<'a> {
    let ids = [rule.guid.as_deref(), rule.immutable_id.as_deref()];
    let hits = case.journey.map_or(&[][..], |journey| &journey.rules).iter();
    hits.map(|hit| &hit.value).filter(move |hit| {
        let by_id = hit.id.is_some_and(|id| {
            ids.iter().flatten().any(|own| own.eq_ignore_ascii_case(&id.to_string()))
        });
        let by_name = hit.name.as_deref().is_some_and(|name| name == rule.name());
        by_id || by_name
    })
}

fn excluded(case: &Case<'_>, rule: &TransportRule, stood: Option<bool>) -> Vec<String> {
    vec![
        "filtering was not skipped: SFV is not SKN".to_owned(),
        if named(case, rule).next().is_some() {
            "the trace names the rule in an audit mode, in which it only logs".to_owned()
        } else if case.journey.is_some_and(|journey| journey.traced) {
            "the trace does not name the rule".to_owned()
        } else {
            "not checked: whether a trace names the rule".to_owned()
        },
        match stood {
            Some(true) => "the rule was last changed before the message".to_owned(),
            Some(false) => "not excluded: the rule was changed after the message".to_owned(),
            None => "not checked: when the rule was last changed".to_owned(),
        },
    ]
}

fn corrections(case: &Case<'_>, rule: &TransportRule, found: &Match) -> Vec<crate::finding::Fix> {
    let name = fixes::powershell_identity("TransportRule", rule.name(), "<rule>");
    let mut fix = fixes::advanced_delivery(case);
    fix.push(fixes::portal(format!("Exchange admin center > Mail flow > Rules > {}", rule.name())));
    let mut commands = Vec::new();
    if !rule.is_enabled() {
        commands.push(format!("Enable-TransportRule -Identity {name}"));
    }
    if !rule.is_enforced() {
        commands.push(format!("Set-TransportRule -Identity {name} -Mode Enforce"));
    }
    let ip_missed = found.of(Truth::No).any(|failed| {
        failed.evidence.as_ref().is_some_and(|one| one.field.ends_with(".SenderIpRanges"))
    });
    let values = fixes::Values::of(case);
    if ip_missed && values.gateway_ip.is_none() {
        let ip = values.ip();
        commands.push(format!(
            "$r = Get-TransportRule {name}; Set-TransportRule $r.Identity -SenderIpRanges (@($r.SenderIpRanges) + \"{ip}\" | Where-Object {{$_}})"
        ));
    } else if ip_missed {
        fix.extend(fixes::enhanced_filtering(case));
    }
    if !commands.is_empty() {
        fix.push(fixes::powershell(commands.join("\n")));
    }
    fix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail as Sample;

    fn junked() -> Sample {
        Sample::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk()
    }

    fn rule(properties: &str) -> String {
        format!(
            r#"{{"TransportRule": {{"Name": "bypass", "SetSCL": -1, "WhenChanged": "2025-10-01T00:00:00Z", {properties}}}}}"#
        )
    }

    const IP: &str = r#""SenderIpRanges": ["203.0.113.10"]"#;

    #[test]
    fn each_sub_cause_is_proven_and_named() {
        for (properties, reason) in [
            (format!(r#"{IP}, "State": "Disabled""#), "the rule is disabled"),
            (format!(r#"{IP}, "Mode": "Audit""#), "only logs"),
            (format!(r#"{IP}, "ExpiryDate": "2025-10-10T00:00:00Z""#), "stops acting"),
            (format!(r#"{IP}, "ActivationDate": "2025-12-10T00:00:00Z""#), "begins to act"),
            (format!(r#"{IP}, "SubjectContainsWords": ["invoice"]"#), "subject"),
            (
                format!(r#"{IP}, "ExceptIfSenderDomainIs": ["phish.example"]"#),
                "an exception is met",
            ),
            (
                r#""SenderIpRanges": ["192.0.2.1"], "SenderDomainIs": ["phish.example"]"#
                    .to_owned(),
                "not in its ranges",
            ),
        ] {
            let finding = junked().tenant(&rule(&properties)).finding(&RULE).unwrap();
            assert_eq!(finding.certainty, Certainty::Proven, "{properties}");
            assert!(finding.summary.contains(reason), "{}", finding.summary);
        }
    }

    #[test]
    fn an_earlier_stop_is_a_sub_cause() {
        let tenant = format!(
            r#"{{"TransportRule": [{{"Name": "stop", "Priority": 0, "StopRuleProcessing": true, "FromScope": "NotInOrganization"}},
                {{"Name": "bypass", "Priority": 1, "SetSCL": -1, {IP}}}]}}"#
        );
        let finding = junked().tenant(&tenant).finding(&RULE).unwrap();
        assert!(finding.summary.contains("rule `stop` runs earlier"), "{}", finding.summary);
    }

    #[test]
    fn a_gateway_in_front_is_a_sub_cause_of_a_rule_that_was_meant() {
        let mail = Sample::inbound().behind_mimecast().in_junk().report("CIP:198.51.100.20;CTRY:US;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:us-smtp-delivery-1.mimecast.com;PTR:;CAT:SPM;SFS:(1);DIR:INB;");
        let tenant = rule(&format!(r#"{IP}, "SenderDomainIs": ["phish.example"]"#));
        let finding = mail.tenant(&tenant).finding(&RULE).unwrap();
        assert!(finding.summary.contains("connecting IP 198.51.100.20 is not in its ranges"));
        let text: String = finding.fix.iter().map(|fix| fix.text.as_str()).collect();
        assert!(text.contains("EFSkipLastIP") && !text.contains("+ \"198.51.100.20\""), "{text}");
    }

    #[test]
    fn an_honoured_rule_the_inbox_and_a_matching_rule_are_no_miss() {
        let bad = rule(&format!(r#"{IP}, "State": "Disabled""#));
        let honoured = Sample::inbound().verdict("IPV:NLI;SFV:SKN;CAT:NONE").in_inbox();
        assert_eq!(honoured.tenant(&bad).certainty(&RULE), None);
        let clean = Sample::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox();
        assert_eq!(clean.tenant(&bad).certainty(&RULE), None);
        let beyond = Sample::inbound().verdict("IPV:NLI;SFV:SPM;CAT:HPHISH").in_quarantine();
        assert_eq!(beyond.tenant(&bad).certainty(&RULE), None, "no rule reaches it");
        assert_eq!(junked().tenant(&rule(IP)).certainty(&RULE), None);
        assert_eq!(junked().certainty(&RULE), None);
    }

    #[test]
    fn a_rule_that_the_trace_shows_only_logging_is_missed() {
        let tenant = rule(&format!(r#"{IP}, "Mode": "Audit""#)).replace("bypass", "PhishSim");
        let traced = |mode| junked().tenant(&tenant).traced_rule("SetSCL", mode);
        assert_eq!(traced("Enforce").certainty(&RULE), None);
        let finding = traced("Audit").finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Proven);
        assert!(finding.excluded[1].contains("only logs"), "{:?}", finding.excluded);
    }

    #[test]
    fn a_rule_for_someone_else_is_no_miss() {
        let other = rule(r#""SenderIpRanges": ["192.0.2.1"]"#);
        assert_eq!(junked().tenant(&other).certainty(&RULE), None);
        let marked = junked().header("X-PHISHTEST: test").tenant(&other);
        assert_eq!(marked.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn a_rule_for_the_address_next_door_is_likely_meant() {
        let next = rule(r#""SenderIpRanges": ["203.0.113.20"]"#);
        assert_eq!(junked().tenant(&next).certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn a_rule_changed_after_the_message_lowers_the_certainty() {
        let later =
            rule(&format!(r#"{IP}, "State": "Disabled""#)).replace("2025-10-01", "2025-11-01");
        assert_eq!(junked().tenant(&later).certainty(&RULE), Some(Certainty::Possible));
    }
}
