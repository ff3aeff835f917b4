//! The filter found the message clean: nothing let it through.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::{Cat, Sfv};
use crate::rules::mail::mail;
use crate::rules::reading;
use crate::rules::{Entry, Rule, Stage, fixes, references};
use crate::tenant::matching::Truth;
use crate::tenant::matching::advanced_delivery;

pub(super) const RULE: Rule = Rule {
    id: "delivered-unaided",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "The content filter looked and found no spam; no allow entry was needed. That is luck, not a whitelisting success.",
        evidence: &[
            "Likely: SFV:NSPM with CAT:NONE, and no allow mechanism left a stamp",
            "Likely in consumer mail: OFR:SpamFilterPass",
        ],
        against: &[
            "An override that Defender names (Advanced Delivery leaves no documented header)",
            "Internal mail",
        ],
        fix: &["Set up Advanced Delivery before the next template is judged otherwise"],
        caveat: "The next message of the campaign may be judged otherwise.",
        references: &[references::HEADERS, references::ADVANCED_DELIVERY],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let in_mailbox =
        matches!(case.landing.outcome, Outcome::Inbox | Outcome::CustomFolder | Outcome::Delivered);
    let overridden = case.journey.is_some_and(|journey| {
        journey.hunting.org_policy.is_some() || journey.hunting.user_policy.is_some()
    });
    if !in_mailbox || overridden || reading::is_internal(case) {
        return None;
    }
    let clean = matches!(reading::cat(case), None | Some(Cat::None));
    let mut finding = match reading::sfv(case) {
        Some(Sfv::NotSpam) if clean => {
            let evidence = reading::verdict_and_landing(case, &["SFV", "CAT", "IPV"]);
            RULE.finding(case.landing.certainty.min(Certainty::Likely), summary(case), evidence)
        }
        None => {
            let (_, evidence) = reading::final_reason(case)
                .filter(|(reason, _)| reason.eq_ignore_ascii_case("SpamFilterPass"))?;
            RULE.finding(
                Certainty::Likely,
                "The delivery agent says that the spam filter passed it.",
                vec![evidence],
            )
        }
        _ => return None,
    };
    let configured = case
        .tenant
        .and_then(|tenant| advanced_delivery(tenant, &mail(case)))
        .map(|delivery| delivery.truth());
    match configured {
        Some(Truth::No) => finding.excluded.push("the exported Advanced Delivery does not match this message".to_owned()),
        Some(Truth::Yes) => {
            finding.certainty = Certainty::Possible;
            finding.excluded.push("not excluded: the exported Advanced Delivery would match, and it leaves no mark in headers".to_owned());
        }
        Some(Truth::Unknown) | None => finding.excluded.push(
            "not checked: an Advanced Delivery match leaves no documented header; Explorer or EmailEvents would tell".to_owned(),
        ),
    }
    if !reading::is_consumer(case) && configured != Some(Truth::Yes) {
        finding.fix = fixes::advanced_delivery(case);
    }
    Some(finding)
}

fn summary(case: &Case<'_>) -> &'static str {
    if reading::allow_listed(case) {
        "The IP Allow List matched, but the filter ran all the same and found no spam: the verdict delivered it, not the list."
    } else if reading::rule_marks(case).is_empty() {
        "The filter looked and found no spam: it was delivered without the help of any allow entry."
    } else {
        "A mail flow rule ran, but the filter looked all the same and found no spam: the verdict delivered it, not a bypass."
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn clean_mail_in_the_inbox_is_likely_luck() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn a_clean_verdict_without_a_folder_is_only_possible() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE");
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn cal_beside_nspm_did_not_deliver_it() {
        let mail = Mail::inbound().verdict("IPV:CAL;SFV:NSPM;CAT:NONE").in_inbox();
        assert!(mail.finding(&RULE).unwrap().summary.contains("not the list"));
    }

    #[test]
    fn bypassed_internal_or_junked_mail_is_not_luck() {
        for mail in [
            Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:NONE").in_inbox(),
            Mail::inbound().internal("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox(),
            Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_junk(),
            Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:PHSH").in_inbox(),
        ] {
            assert_eq!(mail.certainty(&RULE), None);
        }
    }

    #[test]
    fn an_advanced_delivery_that_would_match_leaves_it_open() {
        let tenant = r#"{"ExoPhishSimOverrideRule":{"Name":"r","Mode":"Enforce","Domains":["phish.example"],"SenderIpRanges":["203.0.113.10"]},"PhishSimOverridePolicy":{"Name":"PhishSimOverridePolicy","Enabled":true}}"#;
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox().tenant(tenant);
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }
}
