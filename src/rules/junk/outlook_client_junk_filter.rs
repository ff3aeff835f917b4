//! The server delivered to the Inbox, and Outlook moved the message.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::{Dest, Sfv};
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "outlook-client-junk-filter",
    stage: Stage::Junk,
    role: Role::Cause,
    entry: Entry {
        meaning: "The headers say Inbox, but the message is in Junk: Outlook's own junk filter may have moved it.",
        evidence: &[
            "Possible: Mailbox-Delivery dest:I and SFV:NSPM, while another source finds the message in Junk",
        ],
        against: &[
            "Zero-hour auto purge or an administrator moved it after delivery",
            "An inbox rule moved it (ucf:1)",
        ],
        fix: &["Outlook > Junk E-mail Options > No Automatic Filtering"],
        caveat: "No header shows what Outlook does after delivery.",
        references: &[references::JUNK_SETTINGS],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let delivered = case
        .message?
        .mailbox_delivery
        .iter()
        .find(|delivery| delivery.dest == Some(Dest::Inbox) && delivery.ucf != Some(true))?;
    let clean = matches!(reading::sfv(case), Some(Sfv::NotSpam));
    let stated_elsewhere = case.landing.outcome == Outcome::Junk;
    if !clean || !stated_elsewhere {
        return None;
    }
    let mut evidence = vec![reading::piece(&delivered.evidence, "dest")];
    reading::add(&mut evidence, reading::stamps(case, &["SFV"]));
    reading::add(&mut evidence, reading::landing(case));
    let mut finding = RULE.finding(
        Certainty::Possible,
        "The server delivered it to the Inbox as clean mail, yet it is in Junk: Outlook's own filter may have moved it.",
        evidence,
    );
    finding
        .excluded
        .push("no rule of the recipient moved it at delivery (ucf is not 1)".to_owned());
    finding.excluded.push("not checked: removal after delivery (ZAP, an administrator)".to_owned());
    finding.fix = fixes::outlook_automatic_filter();
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn clean_in_the_inbox_but_found_in_junk_is_possible() {
        let mail = Mail::inbound()
            .verdict("IPV:NLI;SFV:NSPM;CAT:NONE")
            .in_inbox()
            .landing(Outcome::Junk, Certainty::Proven);
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn where_the_server_junked_it_outlook_is_not_asked() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().certainty(&RULE),
            None
        );
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox().certainty(&RULE),
            None
        );
    }

    #[test]
    fn a_rule_of_the_recipient_explains_it_better() {
        let mail = Mail::inbound()
            .verdict("IPV:NLI;SFV:NSPM;CAT:NONE")
            .delivery("ucf:1;jmr:0;auth:0;dest:I;OFR:CustomRules;")
            .landing(Outcome::Junk, Certainty::Proven);
        assert_eq!(mail.certainty(&RULE), None);
    }
}
