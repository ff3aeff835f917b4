//! Advanced Delivery let the message through: hunting says so; configuration that would match makes it
//! likely.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::Sfv;
use crate::rules::mail::{mail, stood_then};
use crate::rules::{Entry, Rule, Stage, reading, references, refused};
use crate::tenant::matching::{Mail, Truth, advanced_delivery, bypass_rules};

pub(super) const RULE: Rule = Rule {
    id: "allowed-by-advanced-delivery",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "The Advanced Delivery policy recognised the message as a phishing simulation and let it through.",
        evidence: &[
            "Proven: EmailEvents.OrgLevelPolicy, or Explorer's override source, is Phishing simulation",
            "Likely: filtering was skipped, the exported Advanced Delivery matches a domain and the IP of this message, and nothing else of the export does",
            "Possible: the same with another mechanism that matches too",
        ],
        against: &[
            "OrgLevelAction is Block",
            "Defender names another override",
            "The content filter itself found it clean (SFV:NSPM): delivered-unaided",
        ],
        fix: &["None: this is the way it should be"],
        caveat: "No header value for it is documented: a message alone shows only that the configuration would \
                 match. Threat columns may still be filled in.",
        references: &[
            references::ADVANCED_DELIVERY,
            "Microsoft Learn, EmailEvents: https://learn.microsoft.com/defender-xdr/advanced-hunting-emailevents-table",
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    by_defender(case).or_else(|| by_configuration(case))
}

/// No header value is documented (`headers.md` §4.3): what can be said is that the configuration
/// matches a message that nothing else explains.
fn by_configuration(case: &Case<'_>) -> Option<Finding> {
    let tenant = case.tenant?;
    let named = case.journey.is_some_and(|journey| journey.hunting.org_policy.is_some());
    let skipped = matches!(reading::sfv(case), Some(Sfv::RuleBypass | Sfv::Skipped));
    let arrived =
        matches!(case.landing.outcome, Outcome::Inbox | Outcome::CustomFolder | Outcome::Delivered);
    if named || !skipped || !arrived || reading::is_internal(case) {
        return None;
    }
    let mail = mail(case);
    let delivery = advanced_delivery(tenant, &mail)?;
    let stood = stood_then(delivery.rule.and_then(|rule| rule.when_changed), &mail);
    if delivery.truth() != Truth::Yes || stood == Some(false) {
        return None;
    }
    let rivals = rivals(case, &mail);
    let certainty = if rivals.is_empty() && stood == Some(true) {
        Certainty::Likely
    } else {
        Certainty::Possible
    };
    let mut evidence = delivery.as_match().evidence();
    reading::add(&mut evidence, reading::verdict_and_landing(case, &["SFV", "CAT", "CIP"]));
    let summary = format!(
        "Filtering was skipped, and the exported Advanced Delivery matches: {}.",
        delivery.as_match().why()
    );
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded = vec![
        if rivals.is_empty() {
            "no bypass rule and no IP Allow List entry of the export matches".to_owned()
        } else {
            format!("not excluded: {}", rivals.join("; "))
        },
        match stood {
            Some(_) => "the rule was last changed before the message".to_owned(),
            None => "not checked: whether the rule was changed after the message".to_owned(),
        },
        "not checked: the override that Explorer or EmailEvents shows".to_owned(),
    ];
    Some(finding)
}

/// What else could have skipped filtering, or was not exported.
fn rivals(case: &Case<'_>, mail: &Mail<'_>) -> Vec<String> {
    let Some(tenant) = case.tenant else { return Vec::new() };
    let mut rivals = Vec::new();
    if reading::allow_listed(case) {
        rivals.push("the IP Allow List was hit (IPV:CAL)".to_owned());
    }
    if tenant.transport_rules.is_none() {
        rivals.push("mail flow rules are not exported".to_owned());
    }
    let matching = bypass_rules(tenant, mail).into_iter();
    for (rule, _) in matching.filter(|(_, found)| found.truth() != Truth::No) {
        rivals.push(format!("bypass rule `{}` matches or may match", rule.name()));
    }
    if !reading::rule_marks(case).is_empty() {
        rivals.push("a mail flow rule left its mark".to_owned());
    }
    rivals
}

fn by_defender(case: &Case<'_>) -> Option<Finding> {
    let hunting = &case.journey?.hunting;
    let policy = hunting.org_policy.as_ref()?;
    if !policy.value.to_ascii_lowercase().contains("phishing simulation") {
        return None;
    }
    let blocked =
        |action: &crate::trace::journey::Text| action.value.to_ascii_lowercase().contains("block");
    if hunting.org_action.as_ref().is_some_and(blocked) {
        return None;
    }
    let summary = "Advanced Delivery recognised it as a phishing simulation and let it through.";
    Some(RULE.finding(Certainty::Proven, summary, refused::with_landing(case, &policy.evidence)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Mail, Rows};

    /// An Advanced Delivery rule, with more of the export behind it.
    fn tenant(domain: &str, more: &str) -> String {
        format!(
            r#"{{"ExoPhishSimOverrideRule": {{"Name": "r", "Domains": ["{domain}"], "SenderIpRanges": ["203.0.113.10"], "WhenChanged": "2025-10-01T00:00:00Z"}}, {more}}}"#
        )
    }

    fn skipped() -> Mail {
        Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:NONE").in_inbox()
    }

    #[test]
    fn configuration_that_alone_matches_is_likely() {
        let alone = skipped().tenant(&tenant("phish.example", r#""TransportRule": []"#));
        assert_eq!(alone.certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn a_rival_or_rules_that_are_not_exported_leave_it_possible() {
        let rule =
            r#""TransportRule": {"Name": "b", "SetSCL": -1, "SenderIpRanges": ["203.0.113.10"]}"#;
        for more in [rule, r#""ArcConfig": []"#] {
            let mail = skipped().tenant(&tenant("phish.example", more));
            assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible), "{more}");
        }
    }

    #[test]
    fn a_miss_a_filtered_message_and_a_later_rule_speak_against_it() {
        let none = r#""TransportRule": []"#;
        let later = tenant("phish.example", none).replace("2025-10-01", "2025-11-01");
        let clean = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox();
        for mail in [
            skipped().tenant(&tenant("other.example", none)),
            skipped().tenant(&later),
            clean.tenant(&tenant("phish.example", none)),
        ] {
            assert_eq!(mail.certainty(&RULE), None);
        }
    }

    use crate::trace::statement::Kind;

    #[test]
    fn hunting_is_proof_in_either_spelling() {
        for policy in ["Phishing simulation", "Phishing Simulation"] {
            let rows = Rows::of(&[(Kind::OrgAction, "Allow"), (Kind::OrgPolicy, policy)]);
            assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven), "{policy}");
        }
    }

    #[test]
    fn other_overrides_blocks_and_headers_are_not_it() {
        assert_eq!(Rows::of(&[(Kind::OrgPolicy, "SecOps Mailbox")]).certainty(&RULE), None);
        let rows =
            Rows::of(&[(Kind::OrgAction, "Block"), (Kind::OrgPolicy, "Phishing simulation")]);
        assert_eq!(rows.certainty(&RULE), None);
        assert_eq!(Mail::inbound().verdict("SFV:SKN;CAT:NONE").in_inbox().certainty(&RULE), None);
    }
}
