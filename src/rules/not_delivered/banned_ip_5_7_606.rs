//! Microsoft has banned the sending IP for all tenants.

use crate::case::Case;
use crate::finding::{Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "banned-ip-5-7-606",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "Microsoft has banned the sending IP in the whole service, before any tenant setting.",
        evidence: &[
            "Proven: the sender's log has 550 5.7.606 to 5.7.649 Access denied, banned sending IP",
        ],
        against: &["Other tenants accept the same IP at the same time"],
        fix: &[
            "The platform asks for removal in the delist portal (https://sender.office.com), or sends from another IP",
            "Then Advanced Delivery with the IP that is used",
        ],
        caveat: "The block comes before tenant policy and trace. Whether an IP Allow List entry lifts it \
                 is documented nowhere: do not rely on it.",
        references: &[references::NDR],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let mut finding = refused::proven(&RULE, case, "Microsoft has banned the sending IP")?;
    finding.fix.push(fixes::platform(
        "Ask for removal of the sending IP in the delist portal (https://sender.office.com), or send \
         from another IP.",
    ));
    finding.fix.extend(fixes::advanced_delivery(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Certainty;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    #[test]
    fn the_text_is_the_only_proof() {
        let text = "550 5.7.606 Access denied, banned sending IP [203.0.113.10]";
        assert_eq!(
            Rows::of(&[(Kind::PlatformError, text)]).certainty(&RULE),
            Some(Certainty::Proven)
        );
        assert_eq!(Rows::of(&[(Kind::Platform, "Email Sent")]).certainty(&RULE), None);
    }

    #[test]
    fn a_later_delivery_speaks_against_it() {
        let text = "550 5.7.606 Access denied, banned sending IP [203.0.113.10]";
        let rows = Rows::of(&[(Kind::PlatformError, text), (Kind::Event, "deliver")]);
        assert_eq!(rows.certainty(&RULE), None);
    }
}
