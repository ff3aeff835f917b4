//! A rule sends all but some domains of an allow-listed IP back to filtering.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Sfv;
use crate::rules::mail::mail;
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::matching::{Truth, transport_rule};
use crate::tenant::transport_rule::TransportRule;

pub(super) const RULE: Rule = Rule {
    id: "selective-domain-scl0-rule",
    stage: Stage::Junk,
    role: Role::Contributing,
    entry: Entry {
        meaning: "The IP is on the IP Allow List, but a mail flow rule for the same IP sets SCL 0 except for chosen sender domains, and this sender is not one of them.",
        evidence: &[
            "Proven: IPV:CAL, such a rule in the export, and the trace names it",
            "Likely: the same without the trace",
        ],
        against: &[
            "The sender's domain is among the exceptions (subdomains count)",
            "SenderAddressLocation Header (the default) tests the visible From: a listed MAIL FROM does not help",
        ],
        fix: &[
            "Add the domain to the rule's exception, with -SenderAddressLocation HeaderOrEnvelope",
            "Better: Advanced Delivery, and drop both",
        ],
        caveat: "Since 2026 SCL 0 is said not to send those domains back to filtering reliably.",
        references: &[references::CONNECTION_FILTER, references::TRANSPORT_RULE_CMDLET],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let tenant = case.tenant?;
    let filtered = matches!(reading::sfv(case), Some(Sfv::Spam | Sfv::NotSpam));
    if !reading::allow_listed(case) || !filtered {
        return None;
    }
    let mail = mail(case);
    let selective = |rule: &&TransportRule| {
        rule.set_scl == Some(0)
            && rule.condition("SenderIpRanges").is_some()
            && rule.exception("SenderDomainIs").is_some()
    };
    let (rule, found) = tenant
        .rules()
        .iter()
        .filter(selective)
        .map(|rule| (rule, transport_rule(rule, &mail)))
        .find(|(_, found)| found.truth() != Truth::No)?;
    let traced = case.journey.and_then(|journey| {
        journey.rules.iter().find(|hit| {
            !hit.value.is_audit()
                && hit.value.id.is_some_and(|id| {
                    let id = id.to_string();
                    let own = [rule.guid.as_deref(), rule.immutable_id.as_deref()];
                    own.iter().flatten().any(|own| own.eq_ignore_ascii_case(&id))
                })
        })
    });
    let certainty = match (traced, found.truth()) {
        (Some(_), _) => Certainty::Proven,
        (None, Truth::Yes) => Certainty::Likely,
        _ => Certainty::Possible,
    };
    let exception = rule.exception("SenderDomainIs")?;
    let summary = format!(
        "Rule `{}` sends this IP's mail back to filtering (SCL 0) except for {}, and this sender is not one of them.",
        rule.name(),
        exception.values.join(", ")
    );
    let mut evidence = reading::stamps(case, &["IPV", "SFV", "CIP"]);
    reading::add(
        &mut evidence,
        [
            rule.origin.evidence("SetSCL", "0"),
            rule.origin.list("ExceptIfSenderDomainIs", &exception.values),
            rule.origin.named(),
        ],
    );
    reading::add(&mut evidence, traced.map(|hit| hit.evidence.clone()));
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded = vec![
        found.why(),
        if traced.is_some() {
            "the trace names the rule".to_owned()
        } else {
            "not checked: whether a trace names the rule".to_owned()
        },
    ];
    finding.fix = fixes::advanced_delivery(case);
    let name = fixes::powershell_identity("TransportRule", rule.name(), "<rule>");
    let own = fixes::Values::of(case);
    finding.fix.push(fixes::portal(format!(
        "Exchange admin center > Mail flow > Rules > {} > Except if > The sender > domain is",
        rule.name()
    )));
    finding.fix.push(fixes::powershell(format!(
        "$r = Get-TransportRule {name}; Set-TransportRule $r.Identity -ExceptIfSenderDomainIs (@($r.ExceptIfSenderDomainIs) + \"{}\") -SenderAddressLocation HeaderOrEnvelope",
        own.mail_from()
    )));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn tenant(exception: &str, ip: &str) -> String {
        format!(
            r#"{{"TransportRule": {{"Name": "selective", "SetSCL": 0, "SenderIpRanges": ["{ip}"], "ExceptIfSenderDomainIs": ["{exception}"]}}}}"#
        )
    }

    fn filtered(ipv: &str) -> Mail {
        Mail::inbound().verdict(&format!("IPV:{ipv};SFV:SPM;CAT:SPM")).in_junk()
    }

    #[test]
    fn a_domain_outside_the_exception_is_likely() {
        let mail = filtered("CAL").tenant(&tenant("fabrikam.example", "203.0.113.10"));
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn a_listed_domain_another_ip_and_no_cal_speak_against_it() {
        for (mail, tenant) in [
            (filtered("CAL"), tenant("phish.example", "203.0.113.10")),
            (filtered("CAL"), tenant("fabrikam.example", "192.0.2.1")),
            (filtered("NLI"), tenant("fabrikam.example", "203.0.113.10")),
        ] {
            assert_eq!(mail.tenant(&tenant).certainty(&RULE), None, "{tenant}");
        }
        assert_eq!(filtered("CAL").certainty(&RULE), None);
    }

    #[test]
    fn a_parent_domain_in_the_exception_covers_the_sender() {
        let mail = filtered("CAL").tenant(&tenant("example", "203.0.113.10"));
        assert_eq!(mail.certainty(&RULE), None);
    }
}
