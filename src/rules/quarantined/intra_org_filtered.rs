//! `DIR:INT` with a verdict: internal mail was filtered.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::{Cat, Direction};
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "intra-org-filtered",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "The message was treated as internal mail and filtered as such; Advanced Delivery does not serve internal mail.",
        evidence: &[
            "Proven: DIR:INT with CAT:INTOS or another verdict",
            "The anti-spam policy's IntraOrgFilterState is not Disabled (by default only high confidence phishing is acted on)",
        ],
        against: &["DIR:INB: the message came in as external mail"],
        fix: &[
            "Send the simulations from the internet straight to the tenant",
            "Or give the relay a dedicated on-premises Receive connector that does not authenticate them as internal",
        ],
        caveat: "Setting IntraOrgFilterState to Disabled is advised against: it also lets real phishing between mailboxes through.",
        references: &[
            references::ADVANCED_DELIVERY,
            references::CONTENT_FILTER_CMDLET,
            references::HEADERS,
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let internal = case.verdict.direction.as_ref()?.value == Direction::Internal;
    let cat = &case.verdict.cat.as_ref()?.value;
    let acted = *cat == Cat::IntraOrgPhish
        || *cat == Cat::HighConfidencePhish
        || reading::within_allow(cat);
    let delivered = matches!(case.landing.outcome, Outcome::Inbox | Outcome::CustomFolder);
    if !internal || !acted || delivered || reading::was_released(case) {
        return None;
    }
    let shown = matches!(case.landing.outcome, Outcome::Quarantine | Outcome::Junk);
    let certainty = if shown { Certainty::Proven } else { Certainty::Likely };
    let summary = format!(
        "The organisation took the message for internal mail (DIR:INT) and judged it {}; Advanced Delivery does not serve internal mail.",
        cat.meaning().unwrap_or(cat.as_str())
    );
    let evidence = reading::verdict_and_landing(case, &["DIR", "CAT", "SFV", "CIP"]);
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.fix = fixes::intra_org_route();
    finding.fix.extend(fixes::direct_delivery(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn an_internal_verdict_is_proven() {
        for cat in ["INTOS", "HPHSH", "PHSH", "SPM"] {
            let mail =
                Mail::inbound().internal(&format!("IPV:NLI;SFV:SPM;CAT:{cat}")).in_quarantine();
            assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven), "{cat}");
        }
    }

    #[test]
    fn inbound_mail_is_not_internal() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:PHSH").in_quarantine();
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn clean_internal_mail_was_not_filtered_out() {
        let mail = Mail::inbound().internal("IPV:NLI;SFV:SKI;CAT:NONE").in_inbox();
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn advanced_delivery_is_not_offered() {
        let mail = Mail::inbound().internal("IPV:NLI;SFV:SPM;CAT:INTOS").in_quarantine();
        assert!(
            mail.finding(&RULE)
                .unwrap()
                .fix
                .iter()
                .all(|fix| !fix.text.contains("PhishSimOverride"))
        );
    }
}
