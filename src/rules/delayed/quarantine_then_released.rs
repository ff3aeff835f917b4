//! Late because it was in quarantine first.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Sfv;
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::trace::Journey;

pub(super) const RULE: Rule = Rule {
    id: "quarantine-then-released",
    stage: Stage::Delayed,
    role: Role::Contributing,
    entry: Entry {
        meaning: "The message came late because it was held in quarantine and released by hand.",
        evidence: &[
            "Proven: SFV:SKQ",
            "Proven: the quarantine list shows ReleaseStatus Released",
            "Proven: EmailPostDeliveryEvents shows a quarantine release that succeeded",
        ],
        against: &["It was taken away or quarantined again after the release"],
        fix: &["Cure the cause of the quarantine, so that the next message is not held"],
        caveat: "CAT, when it is still there, names what it was held for.",
        references: &[references::HEADERS],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let stamped = reading::sfv(case) == Some(&Sfv::Released);
    let released = case.journey.and_then(Journey::release);
    if !stamped && released.is_none() {
        return None;
    }
    let mut evidence = if stamped { reading::stamps(case, &["SFV", "CAT"]) } else { Vec::new() };
    reading::add(&mut evidence, released.cloned());
    let held = reading::cat(case)
        .filter(|cat| reading::within_allow(cat) || reading::beyond_every_allow(cat));
    // the service releases too: rows do not tell by whom
    let how = if stamped { "released by hand" } else { "released" };
    let summary = match held.and_then(|cat| cat.meaning()) {
        Some(what) => format!("It was held in quarantine for {what} and {how}."),
        None => format!("It was held in quarantine and {how}."),
    };
    let mut finding = RULE.finding(Certainty::Proven, summary, evidence);
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Mail, Rows};
    use crate::trace::statement::Kind;

    #[test]
    fn the_stamp_is_proven_and_names_what_it_was_held_for() {
        let finding =
            Mail::inbound().verdict("IPV:NLI;SFV:SKQ;CAT:PHSH").in_inbox().finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Proven);
        assert!(finding.summary.contains("phishing"));
    }

    #[test]
    fn ordinary_mail_was_not_held() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox().certainty(&RULE),
            None
        );
    }

    #[test]
    fn the_list_or_the_action_is_proof_until_it_is_taken_again() {
        let released = (Kind::PostDelivery, "Quarantine release|AdminAction|Success|Inbox/folder");
        let zap = (Kind::PostDelivery, "Phish ZAP||Success|Quarantine");
        let listed = (Kind::ReleaseStatus, "Released");
        let held = (Kind::QuarantineReason, "Phish");
        let table: &[(&[_], _)] = &[
            (&[held, listed], Some(Certainty::Proven)),
            (&[released], Some(Certainty::Proven)),
            (&[zap, released], Some(Certainty::Proven)),
            (&[released, zap], None),
            (&[(Kind::PostDelivery, "Quarantine release||Error|")], None),
            (&[held, (Kind::ReleaseStatus, "NotReleased")], None),
        ];
        for (rows, certainty) in table {
            assert_eq!(Rows::of(rows).certainty(&RULE), *certainty, "{rows:?}");
        }
        let summary = Rows::of(&[held, listed]).finding(&RULE).unwrap().summary;
        assert_eq!(summary, "It was held in quarantine for phishing and released.");
    }
}
