//! Late because it was in quarantine first.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Sfv;
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};

pub(super) const RULE: Rule = Rule {
    id: "quarantine-then-released",
    stage: Stage::Delayed,
    role: Role::Contributing,
    entry: Entry {
        meaning: "The message came late because it was held in quarantine and released by hand.",
        evidence: &["Proven: SFV:SKQ", "Quarantine shows ReleaseStatus Released"],
        against: &[],
        fix: &["Cure the cause of the quarantine, so that the next message is not held"],
        caveat: "CAT, when it is still there, names what it was held for.",
        references: &[references::HEADERS],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    if reading::sfv(case)? != &Sfv::Released {
        return None;
    }
    let evidence = reading::stamps(case, &["SFV", "CAT"]);
    let held = reading::cat(case)
        .filter(|cat| reading::within_allow(cat) || reading::beyond_every_allow(cat));
    let summary = match held.and_then(|cat| cat.meaning()) {
        Some(what) => format!("It was held in quarantine for {what} and released by hand."),
        None => "It was held in quarantine and released by hand.".to_owned(),
    };
    let mut finding = RULE.finding(Certainty::Proven, summary, evidence);
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

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
}
