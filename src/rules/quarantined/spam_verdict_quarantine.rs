//! Spam, high confidence spam or bulk in quarantine.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::{Cat, Sfv};
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "spam-verdict-quarantine",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "The filter judged the message spam or bulk, and the anti-spam policy quarantines that.",
        evidence: &[
            "Proven: CAT SPM, HSPM or BULK with the message in quarantine, or with SpamAction, HighConfidenceSpamAction or BulkSpamAction Quarantine in the applied policy",
            "Strict does this for spam and bulk, Standard and Strict for high confidence spam",
        ],
        against: &["The policy's action is Junk: see spam-verdict-junk and bulk-bcl"],
        fix: &["Advanced Delivery", "Then a mail flow rule that requests SCL -1"],
        caveat: "",
        references: &[references::HEADERS, references::PRECEDENCE, references::ZAP],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let Some(cat) = reading::cat(case) else { return uncategorised(case) };
    let landed = reading::landed(case, Outcome::Quarantine);
    if !matches!(cat, Cat::Spam | Cat::HighConfidenceSpam | Cat::Bulk)
        || case.landing.outcome != Outcome::Quarantine
        || reading::was_released(case)
        || landed == Landed::Elsewhere
    {
        return None;
    }
    let what = cat.meaning().unwrap_or("spam");
    let summary = format!("The filter judged it {what}, and the policy quarantined it.");
    let evidence = reading::verdict_and_landing(case, &["CAT", "SFV", "SRV"]);
    let mut finding = RULE.finding(landed.certainty(), summary, evidence);
    if landed == Landed::Shown {
        finding
            .excluded
            .push("the policy's action is not Junk: the message is in quarantine".to_owned());
    }
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::spam_bypass_rule(case));
    finding.fix.extend(fixes::quarantine(case));
    Some(finding)
}

/// A trace may show the spam verdict and the quarantine, but not the category.
fn uncategorised(case: &Case<'_>) -> Option<Finding> {
    let spam = case.verdict.cat.is_none()
        && case.journey.is_some_and(|journey| !journey.quarantine.is_listed())
        && reading::sfv(case) == Some(&Sfv::Spam);
    if !spam || reading::is_internal(case) || case.landing.outcome != Outcome::Quarantine {
        return None;
    }
    let evidence = reading::verdict_and_landing(case, &["SFV", "SCL", "SRV"]);
    let summary =
        "The filter judged it unwanted and it was quarantined; no row shows the category.";
    let mut finding = RULE.finding(Certainty::Possible, summary, evidence);
    finding.excluded.push(
        "not checked: the category (CAT), which may be phishing; a header or the quarantine list tells"
            .to_owned(),
    );
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::quarantine(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Mail, Rows};
    use crate::trace::statement::Kind;

    #[test]
    fn each_category_in_quarantine_is_proven() {
        for cat in ["SPM", "HSPM", "BULK"] {
            let mail =
                Mail::inbound().verdict(&format!("IPV:NLI;SFV:SPM;CAT:{cat}")).in_quarantine();
            assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven), "{cat}");
        }
    }

    #[test]
    fn in_junk_or_nowhere_shown_it_is_not_quarantine() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM");
        assert_eq!(mail.clone().in_junk().certainty(&RULE), None);
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn rows_without_a_category_leave_phishing_possible() {
        let rows = Rows::of(&[(Kind::Event, "deliver"), (Kind::Di, "SQ"), (Kind::Sfv, "SPM")]);
        let finding = rows.finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Possible);
        assert!(finding.excluded[0].contains("phishing"));
        let phish = [(Kind::Status, "Quarantined"), (Kind::Sfv, "SPM"), (Kind::Cat, "PHSH")];
        assert_eq!(Rows::of(&phish).certainty(&RULE), None);
    }
}
