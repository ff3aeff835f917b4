//! The recipient's own Safe Senders list.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::Sfv;
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "allowed-by-user-safe-sender",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "The sender is on the recipient's own Safe Senders list (or in the address book).",
        evidence: &[
            "Proven: SFV:SFE",
            "Likely: dest:I with OFR:TrustedSenderList or OFR:SenderInAddressBook in Mailbox-Delivery",
        ],
        against: &["The message is not in the Inbox"],
        fix: &["Nothing to mend; other recipients without the entry are filtered"],
        caveat: "It holds for this mailbox only and does not reach high confidence phishing or malware.",
        references: &[references::HEADERS, references::JUNK_SETTINGS],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    if !reading::let_through(case) {
        return None;
    }
    let mut finding = if reading::sfv(case) == Some(&Sfv::UserSafe) {
        let evidence = reading::verdict_and_landing(case, &["SFV", "CAT"]);
        RULE.finding(
            Certainty::Proven,
            "The recipient's own Safe Senders list let it through.",
            evidence,
        )
    } else {
        let (reason, evidence) = reading::final_reason(case)?;
        let summary = match reason.to_ascii_lowercase().as_str() {
            "trustedsenderlist" => {
                "The delivery agent put it into the Inbox because the recipient trusts the sender."
            }
            "senderinaddressbook" => {
                "The delivery agent put it into the Inbox because the sender is in the recipient's address book."
            }
            _ => return None,
        };
        if case.landing.outcome != Outcome::Inbox {
            return None;
        }
        let mut finding = RULE.finding(Certainty::Likely, summary, vec![evidence]);
        finding.excluded.push("it is in the Inbox".to_owned());
        finding
    };
    if !reading::is_consumer(case) {
        finding.fix = fixes::remove_safe_sender(case);
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn the_stamp_is_proven() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SFE;CAT:NONE").in_inbox();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn the_delivery_agents_reason_is_likely() {
        for reason in ["TrustedSenderList", "SenderInAddressBook"] {
            let mail = Mail::inbound()
                .delivery(&format!("ucf:0;jmr:0;auth:1;dest:I;OFR:{reason};ENG:(1);"));
            assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely), "{reason}");
        }
    }

    #[test]
    fn other_reasons_and_folders_are_not_the_list() {
        assert_eq!(
            Mail::inbound().delivery("ucf:0;dest:I;OFR:SpamFilterPass;").certainty(&RULE),
            None
        );
        assert_eq!(
            Mail::inbound().delivery("ucf:0;dest:J;OFR:TrustedSenderList;").certainty(&RULE),
            None
        );
    }
}
