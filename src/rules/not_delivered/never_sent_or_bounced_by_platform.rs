//! The platform itself says that the message did not leave it.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};
use crate::trace::Journey;

pub(super) const RULE: Rule = Rule {
    id: "never-sent-or-bounced-by-platform",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "The simulation platform did not send the message, or no system ever took it.",
        evidence: &[
            "Proven: the platform's status is not sent (Scheduled, Sending, Retrying, Error, Bounced) and no row exists",
            "Possible: no row, and no other untraced refusal fits",
        ],
        against: &["A trace row of the message", "An SMTP answer that names another cause"],
        fix: &["Look into the platform's queue and log; send again"],
        caveat: "\"Sent\" of a platform means that some system took it, which may be a gateway.",
        references: &[
            "GoPhish source, result states: https://github.com/gophish/gophish/blob/master/models/models.go",
            references::MESSAGE_TRACE,
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let missing = |journey: &&Journey| !journey.traced && refused::failed(case);
    let journey = case.journey.filter(missing)?;
    let Some(step) = journey.not_sent() else {
        let mut finding = refused::candidate(&RULE, case, "The platform may not have sent it.")?;
        finding.fix = fix();
        return Some(finding);
    };
    let explained = journey
        .answers
        .iter()
        .find(|answer| answer.value.meaning().is_some_and(|meaning| meaning.cause.is_some()));
    let mut evidence = vec![step.evidence.clone()];
    if let Some(answer) = journey.answers.first() {
        evidence.push(answer.evidence.clone());
    }
    let mut finding =
        RULE.finding(Certainty::Proven, "The platform did not get rid of the message.", evidence);
    if explained.is_some() {
        // the answer says why: that cause comes first
        finding.role = Role::Contributing;
    }
    finding.fix = fix();
    Some(finding)
}

fn fix() -> Vec<crate::finding::Fix> {
    vec![fixes::platform("Look into the platform's queue and its SMTP log, then send again.")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    #[test]
    fn the_platforms_own_word_is_proof() {
        for word in ["Scheduled", "Retrying", "Error"] {
            let rows = Rows::of(&[(Kind::Platform, word)]);
            assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven), "{word}");
        }
        assert_eq!(
            Rows::of(&[(Kind::Platform, "Email Sent")]).certainty(&RULE),
            Some(Certainty::Possible)
        );
    }

    #[test]
    fn an_answer_with_a_cause_of_its_own_comes_first() {
        let rows = Rows::of(&[
            (Kind::Platform, "Error"),
            (Kind::PlatformError, "550 5.7.606 banned sending IP []"),
        ]);
        assert_eq!(rows.finding(&RULE).unwrap().role, Role::Contributing);
    }

    #[test]
    fn a_row_speaks_against_it() {
        let rows = Rows::of(&[(Kind::Platform, "Error"), (Kind::Event, "deliver")]);
        assert_eq!(rows.certainty(&RULE), None);
    }
}
