//! Delivered and clicked, but the landing page was never reached.

use crate::case::Case;
use crate::fact::Fact;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references};
use crate::trace::journey::Click;

pub(super) const RULE: Rule = Rule {
    id: "landing-page-blocked",
    stage: Stage::Altered,
    role: Role::Alteration,
    entry: Entry {
        meaning: "The recipient clicked, and a warning or block page stood in place of the landing page.",
        evidence: &[
            "Proven for that click: UrlClickEvents has ClickBlocked or an error page for it",
        ],
        against: &[
            "The platform counted a click afterwards: the landing page was reached after all",
        ],
        fix: &[
            "Advanced Delivery: links of a matched message are allowed at click",
            "Exclusions in the browser, the web proxy and endpoint protection, which no log here shows",
        ],
        caveat: "Google Safe Browsing, SmartScreen and proxies block landing pages too; they leave no row in any export.",
        references: &[references::ADVANCED_DELIVERY, references::SAFE_LINKS],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let journey = case.journey?;
    let blocked = journey.clicks.iter().rev().find(|click| is_blocked(click))?;
    let reached = |click: &&Fact<Click>| {
        click.value.by_platform && click.value.at.zip(blocked.value.at).is_none_or(|(a, b)| a > b)
    };
    if journey.clicks.iter().any(|click| reached(&click)) {
        return None;
    }
    let summary =
        format!("Safe Links stopped a click of the recipient ({}).", blocked.value.action);
    let mut finding = RULE.finding(Certainty::Proven, summary, vec![blocked.evidence.clone()]);
    finding.excluded.push("the platform counted no click after it".to_owned());
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

/// Whether Safe Links put a page of its own in the way.
fn is_blocked(click: &Fact<Click>) -> bool {
    let action = click.value.action.to_ascii_lowercase();
    !click.value.by_platform && ["clickblocked", "urlerrorpage"].contains(&action.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::dates::Timestamp;
    use crate::trace::statement::Kind;

    fn clicks(steps: &[(&str, bool, i64)]) -> Option<Certainty> {
        let rows = Rows::of(&[(Kind::Event, "deliver")]).with(|journey| {
            for (action, by_platform, second) in steps {
                let at = Some(Timestamp(second * 1_000_000));
                let click =
                    Click { action: (*action).into(), ip: None, at, by_platform: *by_platform };
                journey.clicks.push(crate::testing::fact(click));
            }
        });
        rows.certainty(&RULE)
    }

    #[test]
    fn a_blocked_click_is_proven() {
        assert_eq!(clicks(&[("ClickBlocked", false, 10)]), Some(Certainty::Proven));
        assert_eq!(clicks(&[("UrlErrorPage", false, 10)]), Some(Certainty::Proven));
    }

    #[test]
    fn an_allowed_click_or_none_is_no_block() {
        assert_eq!(clicks(&[("ClickAllowed", false, 10)]), None);
        assert_eq!(clicks(&[]), None);
    }

    #[test]
    fn a_platform_click_afterwards_shows_that_the_page_was_reached() {
        assert_eq!(clicks(&[("ClickBlocked", false, 10), ("Clicked Link", true, 20)]), None);
        assert_eq!(
            clicks(&[("Clicked Link", true, 5), ("ClickBlocked", false, 10)]),
            Some(Certainty::Proven)
        );
    }
}
