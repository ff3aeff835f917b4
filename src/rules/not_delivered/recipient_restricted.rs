//! The recipient accepts only certain senders.

use crate::case::Case;
use crate::finding::{Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "recipient-restricted",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "The group, mailbox or mail user accepts authenticated or listed senders only.",
        evidence: &[
            "Proven: 5.7.12, 5.7.124, 5.7.133 to 5.7.136, 5.7.193, or RESOLVER.RST.NotAuthorized",
        ],
        against: &["The answer comes from the next system, not from Exchange Online"],
        fix: &[
            "Target people, not the group",
            "Exchange admin center > Recipients > (object) > Message delivery restrictions > untick \"Require that all senders are authenticated\"",
        ],
        caveat: "Lifting the restriction opens the group to everyone outside.",
        references: &[references::NDR],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let mut finding =
        refused::proven(&RULE, case, "The recipient does not take mail from outside senders")?;
    let recipient = fixes::Values::of(case).recipient();
    finding.fix = vec![
        fixes::platform("Target the members, not the group."),
        fixes::portal(format!(
            "Exchange admin center > Recipients > {recipient} > Message delivery restrictions > untick \
             \"Require that all senders are authenticated\""
        )),
        fixes::powershell(format!(
            "Set-DistributionGroup {recipient} -RequireSenderAuthenticationEnabled $false\n# or Set-Mailbox, Set-UnifiedGroup"
        )),
    ];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Certainty;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    #[test]
    fn the_answer_is_proof() {
        for text in [
            "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; not allowed",
            "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized",
            "550 5.7.124 Sender not in allowed-senders list",
        ] {
            let rows = Rows::of(&[(Kind::Event, "fail"), (Kind::Answer, text)]);
            assert_eq!(rows.certainty(&RULE), Some(Certainty::Proven), "{text}");
        }
    }

    #[test]
    fn another_refusal_is_not_it() {
        let rows = Rows::of(&[(Kind::Event, "fail"), (Kind::Answer, "550 5.7.1 go away")]);
        assert_eq!(rows.certainty(&RULE), None);
    }
}
