//! The header that should keep the message in Focused is misspelled, or has another value than
//! `true`.

use crate::case::Case;
use crate::fact::Citation;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::rules::mail::mail;
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::bypass_header::{BypassHeader, meant};
use crate::tenant::matching::{Truth, transport_rule};
use crate::tenant::transport_rule::{BYPASS_CLUTTER, BYPASS_FOCUSED, TransportRule};

pub(super) const RULE: Rule = Rule {
    id: "bypass-clutter-misspelled",
    stage: Stage::Unfocused,
    role: Role::Contributing,
    entry: Entry {
        meaning: "A mail flow rule sets a header that should keep the message in Focused, but its name or value is not exactly right, so it does nothing.",
        evidence: &[
            "Proven: the message carries BypassClutter or BypassFocusedInbox with a value other than true, or a name that nearly spells them",
            "Proven: the export has such a rule, and this message meets its conditions",
        ],
        against: &["The other of the two headers is there with exactly true"],
        fix: &["Set-TransportRule with the exact name and the value true"],
        caveat: "Name and value are case-sensitive: True, TRUE, 1 and a trailing space do not work. Focused Inbox honours the Clutter header too.",
        references: &[references::CLUTTER, references::FOCUSED_INBOX],
    },
    check,
};

const BYPASS: [&str; 2] = [BYPASS_CLUTTER, BYPASS_FOCUSED];

/// Whether a header that means to be `known` means one of the two, and is not right.
fn is_wrong(known: &BypassHeader, name: &str, value: &str) -> bool {
    BYPASS.contains(&known.name) && known.is_wrong(name, value)
}

fn check(case: &Case<'_>) -> Option<Finding> {
    let kept = reading::bypass_headers(case)
        .any(|(it, known)| BYPASS.contains(&known.name) && !known.is_wrong(it.name, it.value));
    let there =
        matches!(case.landing.outcome, Outcome::Inbox | Outcome::Delivered | Outcome::Unknown);
    if kept || !there {
        return None;
    }
    let (what, evidence) = on_message(case).or_else(|| in_rule(case))?;
    let mut finding = RULE.finding(
        Certainty::Proven,
        format!("{what}: nothing keeps the message in Focused."),
        evidence,
    );
    finding.excluded.push("neither header is there with exactly true".to_owned());
    finding.fix = fixes::focused_inbox(case);
    if let Some(rule) = rule_of(case) {
        let name = fixes::powershell_identity("TransportRule", rule.name(), "<rule>");
        finding.fix.push(fixes::powershell(format!(
            "Set-TransportRule {name} -SetHeaderName \"{BYPASS_CLUTTER}\" -SetHeaderValue \"true\""
        )));
    }
    Some(finding)
}

fn on_message(case: &Case<'_>) -> Option<(String, Vec<Citation>)> {
    let (header, _) = reading::bypass_headers(case)
        .find(|(header, known)| is_wrong(known, header.name, header.value))?;
    let evidence = reading::header(case, header.name)?;
    Some((format!("The message carries {}: {}", header.name, header.value), vec![evidence]))
}

fn in_rule(case: &Case<'_>) -> Option<(String, Vec<Citation>)> {
    let rule = rule_of(case)?;
    let name = rule.set_header_name.as_deref().unwrap_or_default();
    let value = rule.set_header_value.as_deref().unwrap_or_default();
    let evidence = vec![
        rule.origin.evidence("SetHeaderName", name),
        rule.origin.evidence("SetHeaderValue", value),
        rule.origin.named(),
    ];
    Some((format!("Rule `{}` sets {name} to `{value}`", rule.name()), evidence))
}

/// The rule of the tenant that acts on this message and sets a wrong header.
fn rule_of<'c>(case: &'c Case<'_>) -> Option<&'c TransportRule> {
    let tenant = case.tenant?;
    let mail = mail(case);
    tenant.rules().iter().find(|rule| {
        let name = rule.set_header_name.as_deref().unwrap_or_default();
        let value = rule.set_header_value.as_deref().unwrap_or_default();
        meant(name).is_some_and(|known| is_wrong(known, name, value))
            && transport_rule(rule, &mail).truth() == Truth::Yes
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn delivered() -> Mail {
        Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:NONE").in_inbox()
    }

    fn rule(name: &str, value: &str) -> String {
        format!(
            r#"{{"TransportRule": {{"Name": "r", "SenderIpRanges": ["203.0.113.10"], "SetHeaderName": "{name}", "SetHeaderValue": "{value}"}}}}"#
        )
    }

    #[test]
    fn a_wrong_value_or_name_on_the_message_is_proven() {
        for line in [
            "X-MS-Exchange-Organization-BypassClutter: True",
            "X-MS-Exchange-Organization-BypassFocusedInbox: 1",
            "X-MS-Exchange-Organization-BypassCluter: true",
        ] {
            assert_eq!(
                delivered().header(line).certainty(&RULE),
                Some(Certainty::Proven),
                "{line}"
            );
        }
    }

    #[test]
    fn a_rule_that_this_message_meets_is_proven() {
        for (name, value) in [
            ("X-MS-Exchange-Organization-Bypass Clutter", "true"),
            (BYPASS_CLUTTER, "TRUE"),
            (BYPASS_FOCUSED, "yes"),
        ] {
            let mail = delivered().tenant(&rule(name, value));
            assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven), "{name} {value}");
        }
    }

    #[test]
    fn a_right_header_another_rule_and_mail_in_junk_give_nothing() {
        let right = delivered().header("X-MS-Exchange-Organization-BypassClutter: true");
        assert_eq!(right.clone().certainty(&RULE), None);
        assert_eq!(right.tenant(&rule(BYPASS_FOCUSED, "1")).certainty(&RULE), None);
        let other = rule(BYPASS_CLUTTER, "True").replace("203.0.113.10", "192.0.2.1");
        assert_eq!(delivered().tenant(&other).certainty(&RULE), None);
        let junk = Mail::inbound()
            .verdict("IPV:NLI;SFV:SPM;CAT:SPM")
            .in_junk()
            .header("X-MS-Exchange-Organization-BypassClutter: True");
        assert_eq!(junk.certainty(&RULE), None);
    }
}
