//! The gateway in front of Microsoft 365 may hold the message in its own queue.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "gateway-hold",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "The message is in the hold queue of the gateway in front of Microsoft 365.",
        evidence: &[
            "Proven: the gateway's own log shows it as held",
            "Possible: the MX is not Microsoft 365's, the platform says sent, and no row exists",
        ],
        against: &["Any trace row of the message in Microsoft 365"],
        fix: &[
            "Release it in the gateway, and exempt the platform there, or deliver straight to the tenant",
        ],
        caveat: "Held and rejected look the same from outside the gateway.",
        references: &[references::OTHER_SERVICES],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    refused::unexplained(case)?;
    let described = case.campaign.is_some_and(|campaign| campaign.gateway.is_some());
    if reading::mx_is_microsoft(case) != Some(false) && !described {
        return None;
    }
    let summary = "The gateway in front of Microsoft 365 may hold it.";
    let mut finding = RULE.finding(Certainty::Possible, summary, case.landing.evidence.clone());
    finding.excluded.push("not checked: the gateway's own log".to_owned());
    finding.fix = fixes::gateway_bypass(case);
    finding.fix.extend(fixes::direct_delivery(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    #[test]
    fn a_gateway_and_no_row_are_possible() {
        let rows = Rows::of(&[(Kind::Platform, "Email Sent")]);
        let mx = r#"{"MxRecord":[{"Domain":"contoso.example","Exchange":"mx.gateway.example"}]}"#;
        assert_eq!(rows.clone().tenant(mx).certainty(&RULE), Some(Certainty::Possible));
        assert_eq!(rows.certainty(&RULE), None, "nothing tells of a gateway");
    }

    #[test]
    fn a_row_speaks_against_it() {
        assert_eq!(Rows::of(&[(Kind::Event, "deliver")]).certainty(&RULE), None);
    }
}
