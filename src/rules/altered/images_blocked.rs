//! Clicked, but never "opened": the tracking pixel was not loaded.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "images-blocked",
    stage: Stage::Altered,
    role: Role::Note,
    entry: Entry {
        meaning: "The platform counted a click without an open: Outlook blocks images from the internet by default, the tracking pixel included.",
        evidence: &["Possible: a click is in the platform's events, and no open before it"],
        against: &["An open was counted: the pixel was loaded"],
        fix: &[
            "Treat opens as weak data",
            "If wanted: Trust Center or Group Policy; Microsoft advises against loading images by itself",
        ],
        caveat: "No header and no trace shows whether images were loaded.",
        references: &[references::SIMULATION_FAQ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let journey = case.journey?;
    let has = |words: &str| {
        let is = |word: &str| word.to_ascii_lowercase().contains(words);
        journey.platform.iter().find(|step| is(&step.word))
    };
    let click = has("click").filter(|_| has("open").is_none())?;
    let summary =
        "The platform counted a click, but no open: the tracking pixel was probably not loaded.";
    let mut finding = RULE.finding(Certainty::Possible, summary, vec![click.evidence.clone()]);
    finding
        .excluded
        .push("not checked: whether a scanner clicked, which loads no images".to_owned());
    finding.fix = vec![fixes::client(
        "Outlook > File > Options > Trust Center > Trust Center Settings > Automatic Download: only if opens must be counted; Microsoft advises against it",
    )];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::journey::PlatformStep;
    use crate::trace::statement::Kind;

    fn steps(words: &[&str]) -> Option<Certainty> {
        let rows = Rows::of(&[(Kind::Event, "deliver")]).with(|journey| {
            for word in words {
                let evidence = crate::testing::fact(()).evidence;
                journey.platform.push(PlatformStep { word: (*word).into(), at: None, evidence });
            }
        });
        rows.certainty(&RULE)
    }

    #[test]
    fn a_click_without_an_open_is_possible() {
        assert_eq!(steps(&["Email Sent", "Clicked Link"]), Some(Certainty::Possible));
    }

    #[test]
    fn an_open_or_no_click_is_nothing() {
        assert_eq!(steps(&["Email Sent", "Email Opened", "Clicked Link"]), None);
        assert_eq!(steps(&["Email Sent"]), None);
    }
}
