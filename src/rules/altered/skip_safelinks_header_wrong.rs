//! The header that should skip Safe Links is misspelled, or has another value than `1`.

use super::safe_links_wrapped;
use crate::case::Case;
use crate::fact::Citation;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::mail::mail;
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::bypass_header::{BypassHeader, meant};
use crate::tenant::matching::{Truth, transport_rule};
use crate::tenant::transport_rule::SKIP_SAFE_LINKS;

pub(super) const RULE: Rule = Rule {
    id: "skip-safelinks-header-wrong",
    stage: Stage::Altered,
    role: Role::Contributing,
    entry: Entry {
        meaning: "A rule sets SkipSafeLinksProcessing with another value than 1, or misspells its name, and Safe Links wrapped the links.",
        evidence: &[
            "Likely: the header on the message, or on a rule that this message meets, is not exactly SkipSafeLinksProcessing: 1, and links are wrapped",
        ],
        against: &[
            "The value is exactly 1: then another recipient's copy or a forwarded one was wrapped",
            "No link is wrapped",
        ],
        fix: &["Set-TransportRule with the exact name and the value 1"],
        caveat: "Every guide uses 1; no document says that other values fail. With Advanced Delivery wrapped links are normal and harmless.",
        references: &[references::SAFE_LINKS, references::ADVANCED_DELIVERY],
    },
    check,
};

/// Whether a header that means to be `known` means to skip Safe Links, and is not right.
fn is_wrong(known: &BypassHeader, name: &str, value: &str) -> bool {
    known.name == SKIP_SAFE_LINKS && known.is_wrong(name, value)
}

fn check(case: &Case<'_>) -> Option<Finding> {
    let right = reading::bypass_headers(case)
        .any(|(it, known)| known.name == SKIP_SAFE_LINKS && !known.is_wrong(it.name, it.value));
    if right {
        return None;
    }
    let wrapped = safe_links_wrapped::wrapped(case).next()?;
    let (what, mut evidence) = on_message(case).or_else(|| in_rule(case))?;
    reading::add(&mut evidence, [wrapped.evidence()]);
    let mut finding = RULE.finding(
        Certainty::Likely,
        format!("{what}, not to `1`, and Safe Links wrapped the links."),
        evidence,
    );
    finding.excluded.push("the header is not there with exactly 1".to_owned());
    finding.fix = fixes::skip_safe_links(case);
    Some(finding)
}

fn on_message(case: &Case<'_>) -> Option<(String, Vec<Citation>)> {
    let (header, _) = reading::bypass_headers(case)
        .find(|(header, known)| is_wrong(known, header.name, header.value))?;
    let evidence = reading::header(case, header.name)?;
    Some((format!("A rule set {} to `{}`", header.name, header.value), vec![evidence]))
}

fn in_rule(case: &Case<'_>) -> Option<(String, Vec<Citation>)> {
    let mail = mail(case);
    case.tenant?.rules().iter().find_map(|rule| {
        let name = rule.set_header_name.as_deref()?;
        let value = rule.set_header_value.as_deref().unwrap_or_default();
        let wrong = meant(name).is_some_and(|known| is_wrong(known, name, value));
        let acts = wrong && transport_rule(rule, &mail).truth() == Truth::Yes;
        acts.then(|| {
            let evidence = vec![
                rule.origin.evidence("SetHeaderName", name),
                rule.origin.evidence("SetHeaderValue", value),
                rule.origin.named(),
            ];
            (format!("Rule `{}` sets {name} to `{value}`", rule.name()), evidence)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    const WRAPPED: &str = "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fphish.example%2F&data=05&reserved=0";
    const PLAIN: &str = "https://phish.example/";

    fn delivered() -> Mail {
        Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:NONE").in_inbox()
    }

    #[test]
    fn a_wrong_value_beside_wrapped_links_is_likely() {
        let mail = delivered().header("X-MS-Exchange-Organization-SkipSafeLinksProcessing: 1;");
        assert_eq!(mail.clone().link(WRAPPED).certainty(&RULE), Some(Certainty::Likely));
        assert_eq!(mail.link(PLAIN).certainty(&RULE), None);
    }

    #[test]
    fn a_rule_with_a_misspelled_name_is_likely() {
        let tenant = r#"{"TransportRule": {"Name": "r", "SenderIpRanges": ["203.0.113.10"], "SetHeaderName": "X-MS-Exchange-Organization-SkipSafeLinkProcessing", "SetHeaderValue": "1"}}"#;
        let mail = delivered().link(WRAPPED).tenant(tenant);
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn the_exact_header_and_links_nobody_looked_at_give_nothing() {
        let right = delivered().header("X-MS-Exchange-Organization-SkipSafeLinksProcessing: 1");
        assert_eq!(right.link(WRAPPED).certainty(&RULE), None);
        let wrong = delivered().header("X-MS-Exchange-Organization-SkipSafeLinksProcessing: yes");
        assert_eq!(wrong.certainty(&RULE), None);
    }
}
