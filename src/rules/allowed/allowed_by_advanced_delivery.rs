//! Advanced Delivery let the message through: hunting says so, and nothing else can.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "allowed-by-advanced-delivery",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "The Advanced Delivery policy recognised the message as a phishing simulation and let it through.",
        evidence: &[
            "Proven: EmailEvents.OrgLevelPolicy, or Explorer's override source, is Phishing simulation",
        ],
        against: &["OrgLevelAction is Block"],
        fix: &["None: this is the way it should be"],
        caveat: "No header value for it is documented: a message alone shows only that the configuration would \
                 match. Threat columns may still be filled in.",
        references: &[
            references::ADVANCED_DELIVERY,
            "Microsoft Learn, EmailEvents: https://learn.microsoft.com/defender-xdr/advanced-hunting-emailevents-table",
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let hunting = &case.journey?.hunting;
    let policy = hunting.org_policy.as_ref()?;
    if !policy.value.to_ascii_lowercase().contains("phishing simulation") {
        return None;
    }
    let blocked =
        |action: &crate::trace::journey::Text| action.value.to_ascii_lowercase().contains("block");
    if hunting.org_action.as_ref().is_some_and(blocked) {
        return None;
    }
    let summary = "Advanced Delivery recognised it as a phishing simulation and let it through.";
    Some(RULE.finding(Certainty::Proven, summary, refused::with_landing(case, &policy.evidence)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Mail, Rows};
    use crate::trace::statement::Kind;

    #[test]
    fn hunting_is_proof_in_either_spelling() {
        for policy in ["Phishing simulation", "Phishing Simulation"] {
            let rows = Rows::of(&[(Kind::OrgAction, "Allow"), (Kind::OrgPolicy, policy)]);
            assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven), "{policy}");
        }
    }

    #[test]
    fn other_overrides_blocks_and_headers_are_not_it() {
        assert_eq!(Rows::of(&[(Kind::OrgPolicy, "SecOps Mailbox")]).certainty(&RULE), None);
        let rows =
            Rows::of(&[(Kind::OrgAction, "Block"), (Kind::OrgPolicy, "Phishing simulation")]);
        assert_eq!(rows.certainty(&RULE), None);
        assert_eq!(Mail::inbound().verdict("SFV:SKN;CAT:NONE").in_inbox().certainty(&RULE), None);
    }
}
