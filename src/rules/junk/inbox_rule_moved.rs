//! A rule of the recipient moved the message.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::Dest;
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "inbox-rule-moved",
    stage: Stage::Junk,
    role: Role::Cause,
    entry: Entry {
        meaning: "An inbox rule of the recipient moved the message to another folder.",
        evidence: &[
            "Proven: Mailbox-Delivery has ucf:1 or OFR:CustomRules with dest:C (or dest:J: the rule moved it to Junk)",
            "Likely: dest:C alone",
            "Get-InboxRule shows a rule that matches; the trace has a MAILBOXRULE row for forwards",
        ],
        against: &["dest:I: nothing moved it at delivery"],
        fix: &[
            "Turn off or narrow the rule: Outlook > Settings > Mail > Rules, or Disable-InboxRule",
        ],
        caveat: "Mailbox-Delivery is not documented; Microsoft's own header analyzer reads dest:C as a folder by user settings.",
        references: &[references::HEADER_ANALYZER, references::OXFORD],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let delivery = case
        .message?
        .mailbox_delivery
        .iter()
        .find(|delivery| matches!(delivery.dest, Some(Dest::Custom | Dest::Junk)))?;
    let by_rule = delivery.ucf == Some(true)
        || delivery.ofr.as_deref().is_some_and(|ofr| ofr.eq_ignore_ascii_case("CustomRules"));
    let certainty = match (&delivery.dest, by_rule) {
        (_, true) => Certainty::Proven,
        (Some(Dest::Custom), false) => Certainty::Likely,
        _ => return None,
    };
    let mut evidence = vec![reading::piece(&delivery.evidence, "dest")];
    if by_rule {
        let key = if delivery.ofr.is_some() { "OFR" } else { "ucf" };
        reading::add(&mut evidence, [reading::piece(&delivery.evidence, key)]);
    }
    reading::add(&mut evidence, reading::stamps(case, &["SFV"]));
    let summary = match (case.landing.outcome, certainty) {
        (Outcome::Junk, _) => "A rule of the recipient moved it to Junk.",
        (_, Certainty::Proven) => "A rule of the recipient moved it to another folder.",
        _ => "It went to another folder by the recipient's settings, most likely by an inbox rule.",
    };
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.fix = fixes::disable_inbox_rule(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn the_delivery_agents_word_is_proven() {
        for delivery in [
            "ucf:1;jmr:0;auth:0;dest:C;OFR:CustomRules;",
            "ucf:1;jmr:0;auth:0;dest:J;OFR:CustomRules;",
        ] {
            let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").delivery(delivery);
            assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven), "{delivery}");
        }
    }

    #[test]
    fn a_custom_folder_alone_is_likely() {
        let mail = Mail::inbound().delivery("ucf:0;jmr:0;auth:0;dest:C;");
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn inbox_and_plain_junk_are_no_rules_work() {
        assert_eq!(Mail::inbound().in_inbox().certainty(&RULE), None);
        assert_eq!(Mail::inbound().in_junk().certainty(&RULE), None);
    }
}
