//! The recipient's own Blocked Senders list.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::Sfv;
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "user-blocked-sender",
    stage: Stage::Junk,
    role: Role::Cause,
    entry: Entry {
        meaning: "The sender is on the recipient's own Blocked Senders list.",
        evidence: &[
            "Proven: SFV:BLK",
            "Proven: the mailbox's BlockedSendersAndDomains holds the address or domain; Defender's UserLevelPolicy names it",
            "Possible: Junk without a verdict and without a rule (SFV:NSPM with dest:J): entries beyond the first 500 leave no stamp",
        ],
        against: &[
            "A rule of the recipient moved it (ucf:1)",
            "The filter's verdict junked it (jmr:1)",
        ],
        fix: &["Remove the entry in Outlook or with Set-MailboxJunkEmailConfiguration"],
        caveat: "It beats every allow of the organisation except Advanced Delivery. Users often make the entry \
                 themselves after an earlier simulation, so only some recipients are hit.",
        references: &[references::HEADERS, references::JUNK_SETTINGS, references::PRECEDENCE],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    match reading::sfv(case)? {
        Sfv::UserBlocked => stamped(case),
        Sfv::NotSpam | Sfv::RuleBypass | Sfv::PolicyAllowed | Sfv::Skipped | Sfv::Released => {
            unstamped(case)
        }
        _ => None,
    }
}

fn stamped(case: &Case<'_>) -> Option<Finding> {
    if matches!(case.landing.outcome, Outcome::Inbox | Outcome::CustomFolder) {
        return None;
    }
    let mut evidence = reading::verdict_and_landing(case, &["SFV", "CAT"]);
    let mut summary = "The recipient has blocked this sender.".to_owned();
    let (listed, marks) = (reading::allow_listed(case), reading::rule_marks(case));
    if listed || !marks.is_empty() {
        summary.push_str(" An allow entry of the organisation was there and lost: the recipient's own list wins over it.");
        reading::add(&mut evidence, reading::stamps(case, if listed { &["IPV"] } else { &[] }));
        reading::add(&mut evidence, marks);
    }
    let mut finding = RULE.finding(Certainty::Proven, summary, evidence);
    finding.fix = fixes::unblock_sender(case);
    finding.fix.extend(fixes::advanced_delivery(case));
    Some(finding)
}

/// `NSPM` in Junk: not the filter's doing (`headers.md` §2.2).
fn unstamped(case: &Case<'_>) -> Option<Finding> {
    let delivery = case.message?.mailbox_delivery.first()?;
    if reading::landed(case, Outcome::Junk) != Landed::Shown
        || delivery.ucf == Some(true)
        || delivery.jmr == Some(true)
        || delivery.ofr.is_some()
    {
        return None;
    }
    let evidence = reading::verdict_and_landing(case, &["SFV", "CAT"]);
    let mut finding = RULE.finding(
        Certainty::Possible,
        "The filter did not junk it, the mailbox did: a Blocked Senders entry beyond the first 500 leaves no stamp.",
        evidence,
    );
    finding.excluded = vec![
        "no rule of the recipient moved it (ucf is not 1)".to_owned(),
        "the filter's verdict did not junk it (jmr is not 1)".to_owned(),
        "not checked: the mailbox's BlockedSendersAndDomains and TrustedListsOnly".to_owned(),
    ];
    finding.fix = fixes::unblock_sender(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn the_stamp_is_proven() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:BLK;CAT:NONE").in_junk();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn an_allow_that_lost_is_named() {
        let mail = Mail::inbound().verdict("IPV:CAL;SFV:BLK;CAT:NONE").in_junk();
        assert!(mail.finding(&RULE).unwrap().summary.contains("lost"));
    }

    #[test]
    fn junk_without_any_reason_is_possible() {
        let mail = Mail::inbound()
            .verdict("IPV:NLI;SFV:NSPM;CAT:NONE")
            .delivery("ucf:0;jmr:0;auth:0;dest:J;ENG:(1);");
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn a_rule_or_a_verdict_explains_it_better() {
        for delivery in ["ucf:1;jmr:0;auth:0;dest:J;OFR:CustomRules;", "ucf:0;jmr:1;auth:0;dest:J;"]
        {
            let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").delivery(delivery);
            assert_eq!(mail.certainty(&RULE), None, "{delivery}");
        }
    }

    #[test]
    fn delivered_mail_was_not_blocked() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox().certainty(&RULE),
            None
        );
    }
}
