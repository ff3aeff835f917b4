//! `CAT:HPHSH`: high confidence phishing, which only Advanced Delivery gets past.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::Cat;
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, allowed, fixes, references};

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
        against: &[
            "A Tenant Block entry for the sender or a link gives the same category",
            "It did not end in quarantine, or MX points elsewhere and nothing shows where it ended: only possible",
        ],
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
    if reading::cat(case)? != &Cat::HighConfidencePhish || reading::was_released(case) {
        return None;
    }
    let landed = reading::landed(case, Outcome::Quarantine);
    if landed == Landed::Elsewhere {
        return contradiction(case);
    }
    let mut evidence = reading::verdict_and_landing(case, &["CAT", "SFV"]);
    let elsewhere = reading::mx_elsewhere(case).filter(|_| landed != Landed::Shown);
    let (certainty, summary) = match elsewhere {
        Some((_, stated)) => {
            reading::add(&mut evidence, stated);
            (
                Certainty::Possible,
                "The filter judged it high confidence phishing; that it was quarantined for it is not \
                 sure, for MX seems to point at another system, where secure by default does not hold.",
            )
        }
        None => (
            Certainty::Proven,
            landed.wording(
                "The filter judged it high confidence phishing and quarantined it.",
                "The filter judged it high confidence phishing, which every policy quarantines.",
            ),
        ),
    };
    let mut finding = RULE.finding(certainty, summary, evidence);
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
    let outcome = case.landing.outcome;
    let (certainty, why) = match overridden_by(case) {
        Some(known) => {
            let how = match known.certainty {
                Certainty::Proven => "is what let it through",
                Certainty::Likely => "probably let it through",
                Certainty::Possible => "may have let it through",
            };
            (known.certainty, format!("{} {how}", known.rule))
        }
        None if outcome == Outcome::Junk && junked_by_verdict(case) => (
            Certainty::Possible,
            "the filter's verdict put it there (jmr:1), which an MX that does not point at Microsoft \
             365 would explain"
                .to_owned(),
        ),
        None => (
            Certainty::Possible,
            "an MX that does not point at Microsoft 365 or a release would explain that".to_owned(),
        ),
    };
    let summary = format!(
        "The filter judged it high confidence phishing, which is quarantined unless something overrides \
         it, yet it ended in {outcome}: {why}."
    );
    let mut finding = RULE.finding(certainty, summary, evidence);
    // in Junk it explains the place, if not why it is not the quarantine
    let explains = outcome == Outcome::Junk && junked_by_verdict(case);
    finding.role = if explains { Role::Cause } else { Role::Note };
    Some(finding)
}

/// What let it past the verdict, of the mechanisms that can (`headers.md` §7.3).
fn overridden_by(case: &Case<'_>) -> Option<Finding> {
    let able =
        ["allowed-by-advanced-delivery", "allowed-by-quarantine-release", "allowed-mx-elsewhere"];
    allowed::RULES
        .iter()
        .filter(|rule| able.contains(&rule.id))
        .filter_map(|rule| (rule.check)(case))
        .max_by_key(|finding| finding.certainty)
}

/// Whether the delivery agent names the filter's verdict as the reason for Junk.
fn junked_by_verdict(case: &Case<'_>) -> bool {
    case.message.is_some_and(|message| {
        message.mailbox_delivery.iter().any(|delivery| delivery.jmr == Some(true))
    })
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
    fn a_known_override_is_named_instead_of_a_guess() {
        use crate::testing::Rows;
        use crate::trace::statement::Kind;
        let delivered = [(Kind::Cat, "HPHSH"), (Kind::DeliveryLocation, "Inbox/folder")];
        let alone = Rows::of(&delivered).finding(&RULE).unwrap();
        assert!(alone.summary.contains("would explain"), "{}", alone.summary);
        let simulation = [(Kind::OrgAction, "Allow"), (Kind::OrgPolicy, "Phishing simulation")];
        let known = Rows::of(&[&delivered[..], &simulation[..]].concat()).finding(&RULE).unwrap();
        assert_eq!((known.role, known.certainty), (Role::Note, Certainty::Proven));
        assert!(known.summary.contains("allowed-by-advanced-delivery is what let it through"));
        assert!(!known.summary.contains("MX"), "{}", known.summary);
    }

    #[test]
    fn in_junk_by_the_filters_verdict_it_is_the_cause() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:HPHSH");
        let junked = mail.clone().in_junk().finding(&RULE).unwrap();
        assert_eq!((junked.role, junked.certainty), (Role::Cause, Certainty::Possible));
        let other = mail.delivery("ucf:0;jmr:0;auth:0;dest:J;").finding(&RULE).unwrap();
        assert_eq!(other.role, Role::Note);
    }

    #[test]
    fn with_mx_elsewhere_the_verdict_alone_is_only_possible() {
        let mail = Mail::inbound()
            .verdict("IPV:NLI;SFV:SPM;CAT:HPHSH")
            .header("X-MS-Exchange-Organization-MxPointsToUs: false");
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
        assert_eq!(mail.in_quarantine().certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn the_senders_own_report_proves_nothing() {
        let mail = Mail::inbound().header(
            "X-Forefront-Antispam-Report-Untrusted: CIP:203.0.113.9;CTRY:US;H:x;SFV:SPM;CAT:HPHSH;DIR:OUT;",
        );
        assert_eq!(mail.certainty(&RULE), None);
    }
}
