//! A data loss prevention rule put the message into quarantine.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "dlp-quarantine",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "A data loss prevention (DLP) rule put the message into quarantine.",
        evidence: &[
            "Proven: quarantine type DataLossPrevention",
            "Proven: S:DPA with the action EQ (quarantine)",
        ],
        against: &["The DLP rule only notified (NU) or was in test mode"],
        fix: &["Exempt the simulation in the DLP policy (Microsoft Purview)"],
        caveat: "Advanced Delivery does not reach DLP.",
        references: &[
            references::MESSAGE_TRACE,
            "Microsoft Learn, Get-QuarantineMessage: https://learn.microsoft.com/powershell/module/exchangepowershell/get-quarantinemessage",
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let journey = case.journey?;
    let fits =
        matches!(case.landing.outcome, Outcome::Quarantine | Outcome::Delivered | Outcome::Unknown);
    if !fits || reading::was_released(case) {
        return None;
    }
    let hit = journey
        .dlp
        .iter()
        .find(|hit| ["EQ", "Quarantine"].iter().any(|action| hit.value.does(action)));
    let listed = journey
        .quarantine
        .reason
        .as_ref()
        .filter(|_| journey.quarantine.is_for(&["DataLossPrevention"]));
    let first = hit.map(|hit| &hit.evidence).or(listed.map(|fact| &fact.evidence))?;
    let summary = match hit {
        Some(hit) => format!("The DLP rule {} quarantined it.", hit.value.label()),
        None => "A DLP rule quarantined it.".to_owned(),
    };
    let mut finding = RULE.finding(Certainty::Proven, summary, refused::with_landing(case, first));
    finding.fix = vec![fixes::portal(
        "Microsoft Purview portal > Data loss prevention > Policies > (policy) > (rule) > add an exception \
         for the simulation's sender",
    )];
    finding.fix.extend(fixes::quarantine(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    #[test]
    fn the_list_or_the_rules_row_is_proof() {
        for rows in [
            Rows::of(&[(Kind::QuarantineReason, "Data loss prevention")]),
            Rows::of(&[
                (Kind::Dlp, "19a25eb2-3e43-4896-ad9e-47b6c359779d|||EQ"),
                (Kind::Status, "Quarantined"),
            ]),
        ] {
            assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven));
        }
    }

    #[test]
    fn a_rule_that_only_notified_is_not_it() {
        let rows = Rows::of(&[(Kind::Dlp, "|Cards|PCI|NU"), (Kind::Status, "Quarantined")]);
        assert_eq!(rows.certainty(&RULE), None);
    }
}
