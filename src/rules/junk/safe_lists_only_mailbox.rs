//! A mailbox that takes mail from its safe lists only.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "safe-lists-only-mailbox",
    stage: Stage::Junk,
    role: Role::Cause,
    entry: Entry {
        meaning: "The mailbox takes mail from its Safe Senders and Recipients only; everything else goes to Junk.",
        evidence: &[
            "Proven: TrustedListsOnly is true for the mailbox, or Defender's override source is Exclusive mode",
            "Likely: OFR:ExclusiveSettings in Mailbox-Delivery with dest:J",
        ],
        against: &["dest:I: the sender is on the mailbox's lists"],
        fix: &["Set-MailboxJunkEmailConfiguration with -TrustedListsOnly $false"],
        caveat: "Mailbox-Delivery is not documented; the name of this reason is known from a public decoder only.",
        references: &[references::JUNK_SETTINGS, references::OXFORD],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let (_, reason) = reading::final_reason(case)
        .filter(|(reason, _)| reason.eq_ignore_ascii_case("ExclusiveSettings"))?;
    if case.landing.outcome != Outcome::Junk {
        return None;
    }
    let mut evidence = vec![reason];
    reading::add(&mut evidence, reading::landing(case));
    let mut finding = RULE.finding(
        Certainty::Likely,
        "The mailbox takes mail from its safe lists only, and this sender is not on them.",
        evidence,
    );
    finding
        .excluded
        .push("it is not in the Inbox, so the sender is not on the mailbox's lists".to_owned());
    finding.fix = fixes::trusted_lists_only_off(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn the_delivery_agents_reason_is_likely() {
        let mail = Mail::inbound()
            .verdict("IPV:NLI;SFV:NSPM;CAT:NONE")
            .delivery("ucf:0;jmr:0;dest:J;OFR:ExclusiveSettings;");
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn without_the_reason_or_in_the_inbox_nothing_is_said() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE");
        assert_eq!(mail.clone().in_junk().certainty(&RULE), None);
        assert_eq!(
            mail.delivery("ucf:0;jmr:0;dest:I;OFR:ExclusiveSettings;").certainty(&RULE),
            None
        );
    }
}
