//! In the Inbox, perhaps on the Other tab.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::Origin;
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};

pub(super) const RULE: Rule = Rule {
    id: "focused-inbox-other",
    stage: Stage::Unfocused,
    role: Role::Note,
    entry: Entry {
        meaning: "The simulation is in the Inbox, but nothing keeps it in Focused: it may be on the Other tab (or in Clutter).",
        evidence: &[
            "Possible only: delivered to the Inbox without X-MS-Exchange-Organization-BypassFocusedInbox: true or \
             X-MS-Exchange-Organization-BypassClutter: true, and the user looks on the Other tab",
        ],
        against: &[
            "Either header with the exact value true: it stays in Focused",
            "Focused Inbox is switched off for the organisation",
        ],
        fix: &[
            "A mail flow rule that sets BypassFocusedInbox to true",
            "Or Focused Inbox off for the user or for everyone",
        ],
        caveat: "No header states the tab. Name and value of the header are case-sensitive, users can switch Focused back on in a \
                 client, and Advanced Delivery is not said to affect it.",
        references: &[references::CLUTTER, references::FOCUSED_INBOX],
    },
    check,
};

/// Names and values exactly as Microsoft writes them: both are case-sensitive.
const BYPASS: [&str; 2] =
    ["X-MS-Exchange-Organization-BypassFocusedInbox", "X-MS-Exchange-Organization-BypassClutter"];

fn check(case: &Case<'_>) -> Option<Finding> {
    let message = case.message?;
    // Every delivered message may be on either tab: only for simulations is it worth a word.
    let simulation = !message.simulation.is_empty() || case.campaign.is_some();
    if !simulation
        || case.landing.outcome != Outcome::Inbox
        || message.origin.value != Origin::Business
    {
        return None;
    }
    let bypassed = message
        .organization()
        .any(|header| BYPASS.contains(&header.name) && header.value == "true");
    let switched_off = case
        .tenant
        .and_then(|tenant| tenant.organization())
        .and_then(|organization| organization.focused_inbox_on)
        == Some(false);
    if bypassed || switched_off {
        return None;
    }
    let mut finding = RULE.finding(
        Certainty::Possible,
        "It is in the Inbox, but no rule keeps it in Focused: users may find it on the Other tab.",
        reading::landing(case),
    );
    finding.excluded.push("neither bypass header with the exact value true is on it".to_owned());
    finding.excluded.push("not checked: the tab itself, which no header states".to_owned());
    finding.fix = fixes::focused_inbox(case);
    finding.fix.extend(fixes::focused_inbox_off(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn simulation() -> Mail {
        Mail::inbound()
            .verdict("IPV:NLI;SFV:SKN;CAT:NONE")
            .in_inbox()
            .header("X-PHISHTEST: This is a phishing security test")
    }

    #[test]
    fn a_simulation_in_the_inbox_without_a_bypass_is_possible() {
        assert_eq!(simulation().certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn either_bypass_header_keeps_it_in_focused() {
        for name in BYPASS {
            assert_eq!(
                simulation().header(&format!("{name}: true")).certainty(&RULE),
                None,
                "{name}"
            );
        }
    }

    #[test]
    fn name_and_value_are_case_sensitive() {
        for header in [
            "X-MS-Exchange-Organization-BypassClutter: True",
            "X-MS-Exchange-Organization-bypassclutter: true",
        ] {
            assert_eq!(
                simulation().header(header).certainty(&RULE),
                Some(Certainty::Possible),
                "{header}"
            );
        }
    }

    #[test]
    fn ordinary_mail_junk_and_a_switched_off_focused_inbox_say_nothing() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:NONE").in_inbox().certainty(&RULE),
            None
        );
        assert_eq!(simulation().in_junk().certainty(&RULE), None);
        let off = r#"{"OrganizationConfig":{"FocusedInboxOn":false}}"#;
        assert_eq!(simulation().tenant(off).certainty(&RULE), None);
    }
}
