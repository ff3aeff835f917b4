//! `CAT:HPHSH`: high confidence phishing, which only Advanced Delivery gets past.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::{Cat, Sfv};
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "high-confidence-phish",
    stage: Stage::Quarantined,
    role: Role::Cause,
    entry: Entry {
        meaning: "The filter judged the message high confidence phishing, which is always quarantined.",
        evidence: &[
            "Proven: CAT:HPHSH or CAT:HPHISH in the recipient's X-Forefront-Antispam-Report",
            "Proven: quarantine type HighConfPhish, or Defender's ThreatTypes Phish with ConfidenceLevel High",
        ],
        against: &["A Tenant Block entry for the sender or a link gives the same category"],
        fix: &[
            "Advanced Delivery, and nothing else: list the MAIL FROM domain and the sending IP",
            "Reporting it as clean (Submissions) makes a temporary allow entry: a poor fit for simulations",
        ],
        caveat: "No mail flow rule, IP Allow List, allowed sender, Safe Sender or direct Tenant Allow entry \
                 overrides this verdict while the domain's MX points at Microsoft 365. A Junk action set for \
                 it is turned into quarantine, and users cannot release it.",
        references: &[references::HEADERS, references::PRECEDENCE, references::SECURE_BY_DEFAULT],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    if reading::cat(case)? != &Cat::HighConfidencePhish
        || reading::sfv(case) == Some(&Sfv::Released)
    {
        return None;
    }
    let landed = reading::landed(case, Outcome::Quarantine);
    if landed == Landed::Elsewhere {
        return contradiction(case);
    }
    let summary = landed.wording(
        "The filter judged it high confidence phishing and quarantined it.",
        "The filter judged it high confidence phishing, which every policy quarantines.",
    );
    let evidence = reading::verdict_and_landing(case, &["CAT", "SFV"]);
    let mut finding = RULE.finding(Certainty::Proven, summary, evidence);
    finding.excluded.push(
        "not checked: a Tenant Block entry for the sender or a link gives the same category \
         (Tenant Allow/Block Lists tell)"
            .to_owned(),
    );
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::quarantine(case));
    Some(finding)
}

/// The verdict and the folder disagree: both are shown, neither is explained away.
fn contradiction(case: &Case<'_>) -> Option<Finding> {
    let evidence = reading::verdict_and_landing(case, &["CAT", "SFV"]);
    let summary = format!(
        "The filter judged it high confidence phishing, which every policy quarantines, yet it ended in {}: \
         an MX that does not point at Microsoft 365 or a release would explain that.",
        case.landing.outcome
    );
    let mut finding = RULE.finding(Certainty::Possible, summary, evidence);
    finding.role = Role::Note;
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn both_spellings_are_proven() {
        for cat in ["HPHSH", "HPHISH"] {
            let mail = Mail::inbound().verdict(&format!("IPV:NLI;SFV:SPM;CAT:{cat}"));
            assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven), "{cat}");
        }
    }

    #[test]
    fn the_recommended_fix_is_advanced_delivery_with_this_messages_values() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:HPHSH");
        let fix = mail.finding(&RULE).unwrap().fix;
        assert!(fix[0].text.contains("Advanced delivery"));
        assert!(fix[1].text.contains("-Domains phish.example -SenderIpRanges 203.0.113.10"));
    }

    #[test]
    fn plain_phishing_is_another_verdict() {
        assert_eq!(Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:PHSH").certainty(&RULE), None);
    }

    #[test]
    fn a_tenant_block_is_named_as_not_checked() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:HPHSH");
        assert!(mail.finding(&RULE).unwrap().excluded[0].contains("Tenant Block"));
    }

    #[test]
    fn in_the_inbox_it_is_a_contradiction_not_a_cause() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:HPHSH").in_inbox();
        let finding = mail.finding(&RULE).unwrap();
        assert_eq!((finding.role, finding.certainty), (Role::Note, Certainty::Possible));
    }

    #[test]
    fn the_senders_own_report_proves_nothing() {
        let mail = Mail::inbound().header(
            "X-Forefront-Antispam-Report-Untrusted: CIP:203.0.113.9;CTRY:US;H:x;SFV:SPM;CAT:HPHSH;DIR:OUT;",
        );
        assert_eq!(mail.certainty(&RULE), None);
    }
}
