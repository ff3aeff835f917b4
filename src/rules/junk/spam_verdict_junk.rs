//! Spam in Junk: nothing bypassed the filter, and it judged the message spam.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::{Cat, Sfv};
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "spam-verdict-junk",
    stage: Stage::Junk,
    role: Role::Cause,
    entry: Entry {
        meaning: "The content filter judged the message spam, and nothing bypassed the filter.",
        evidence: &[
            "Proven: SFV:SPM with CAT:SPM or CAT:HSPM, no SK* value, and dest:J in Mailbox-Delivery",
            "Likely: Mailbox-Delivery alone says that the filter junked it (jmr:1, or OFR:SpamFilterAuthJ in consumer mail)",
            "Possible: the verdict alone, in a copy that does not show where it ended",
        ],
        against: &[
            "X-CustomSpam names an advanced spam filter setting: see asf-setting-hit",
            "SRV:BULK or CAT:BULK: see bulk-bcl",
            "ucf:1: a rule of the recipient moved it",
        ],
        fix: &["Advanced Delivery, then check that this message would match it"],
        caveat: "",
        references: &[references::HEADERS, references::TROUBLESHOOTING, references::PRECEDENCE],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let landed = reading::landed(case, Outcome::Junk);
    if landed == Landed::Elsewhere
        || reading::moved_by_user_rule(case)
        || !custom_spam(case).is_empty()
    {
        return None;
    }
    let mut finding = match (reading::sfv(case), reading::cat(case)) {
        (Some(Sfv::Spam), None | Some(Cat::Spam | Cat::HighConfidenceSpam)) => {
            by_verdict(case, landed)?
        }
        (None, None) => by_delivery(case)?,
        // Two stamps disagree: the report calls it clean, the delivery agent names the filter.
        (Some(Sfv::NotSpam), None | Some(Cat::None)) => {
            let mut finding = by_delivery(case)?;
            finding.certainty = Certainty::Possible;
            reading::add(&mut finding.evidence, reading::stamps(case, &["SFV", "CAT"]));
            finding.excluded.push(
                "not excluded: the report says that the filter found no spam (SFV:NSPM)".to_owned(),
            );
            finding
        }
        _ => return None,
    };
    finding.fix = if reading::is_consumer(case) {
        vec![fixes::client(
            "Outlook.com > Settings > Mail > Junk email > Safe senders: add the sender. A consumer mailbox has no administrator's allow list.",
        )]
    } else {
        fixes::advanced_delivery(case)
    };
    Some(finding)
}

fn custom_spam<'a>(case: &Case<'a>) -> &'a [crate::fact::Fact<Box<str>>] {
    case.message.map_or(&[], |message| &message.custom_spam)
}

fn by_verdict(case: &Case<'_>, landed: Landed) -> Option<Finding> {
    if case.verdict.bulk.is_some() || reading::is_internal(case) {
        return None;
    }
    let summary = landed.wording(
        if reading::allow_listed(case) {
            "The content filter judged it spam, although the connecting IP is on the IP Allow List."
        } else {
            "The content filter judged it spam; nothing bypassed the filter."
        },
        "The content filter judged it spam, which goes to Junk unless the policy says otherwise; this copy does not show where it ended.",
    );
    let summary = if reading::allow_listed(case) {
        landed.wording(
            "The content filter judged it spam, although the IP Allow List matched (IPV:CAL).",
            "The content filter judged it spam, although the IP Allow List matched (IPV:CAL); this copy does not show where it ended.",
        )
    } else {
        summary
    };
    let evidence = reading::verdict_and_landing(case, &["SFV", "CAT", "IPV"]);
    let mut finding = RULE.finding(landed.certainty(), summary, evidence);
    finding.excluded.push(
        "no advanced spam filter setting (X-CustomSpam) and no bulk mark is on it".to_owned(),
    );
    if landed == Landed::Shown {
        finding.excluded.push("no rule of the recipient moved it (ucf is not 1)".to_owned());
    }
    Some(finding)
}

/// Without a report, Mailbox-Delivery can still name the filter (`headers.md` §2.2).
fn by_delivery(case: &Case<'_>) -> Option<Finding> {
    let delivery = case.message?.mailbox_delivery.iter().find(|delivery| {
        delivery.jmr == Some(true)
            || delivery
                .ofr
                .as_deref()
                .is_some_and(|ofr| ofr.eq_ignore_ascii_case("SpamFilterAuthJ"))
    })?;
    let key = if delivery.jmr == Some(true) { "jmr" } else { "OFR" };
    let mut evidence = vec![reading::piece(&delivery.evidence, key)];
    reading::add(&mut evidence, [reading::piece(&delivery.evidence, "dest")]);
    let mut finding = RULE.finding(
        Certainty::Likely,
        "The delivery agent put it into Junk because of the filter's verdict.",
        evidence,
    );
    finding.excluded.push("no rule of the recipient moved it (ucf is not 1)".to_owned());
    if case.verdict.sfv.is_none() {
        finding.excluded.push(
            "not checked: the verdict itself, for this copy has no anti-spam report".to_owned(),
        );
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn an_allow_listed_ip_is_not_passed_over_in_silence() {
        let mail = Mail::inbound().verdict("IPV:CAL;SFV:SPM;CAT:SPM").in_junk();
        let summary = mail.finding(&RULE).map(|finding| finding.summary).unwrap_or_default();
        assert!(summary.contains("although") && !summary.contains("nothing bypassed"), "{summary}");
    }

    #[test]
    fn spam_in_junk_is_proven() {
        for cat in ["SPM", "HSPM"] {
            let mail = Mail::inbound().verdict(&format!("IPV:NLI;SFV:SPM;CAT:{cat}")).in_junk();
            assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven), "{cat}");
        }
    }

    #[test]
    fn a_verdict_without_a_landing_is_possible() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM");
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn delivery_words_alone_are_likely() {
        let consumer = Mail::inbound().delivery("wl:0;pcwl:0;kl:0;dwl:0;dkl:0;rwl:0;ucf:0;jmr:0;ex:0;psp:0;auth:0;dest:J;OFR:SpamFilterAuthJ;ENG:(5062000308);RF:JunkEmail;");
        assert_eq!(consumer.certainty(&RULE), Some(Certainty::Likely));
        assert_eq!(Mail::inbound().in_junk().certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn stamps_that_disagree_are_only_possible() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_junk();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn other_causes_of_junk_are_left_to_their_rules() {
        let spam = "IPV:NLI;SFV:SPM;CAT:SPM";
        for mail in [
            Mail::inbound().verdict(spam).in_junk().header("X-CustomSpam: Web bug"),
            Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:BULK").in_junk(),
            Mail::inbound().verdict("IPV:NLI;SFV:BLK;CAT:NONE").in_junk(),
            Mail::inbound().verdict("IPV:NLI;SFV:SKS;CAT:SPM").in_junk(),
            Mail::inbound().verdict(spam).delivery("ucf:1;jmr:0;auth:0;dest:J;OFR:CustomRules;"),
            Mail::inbound().verdict(spam).in_inbox(),
        ] {
            assert_eq!(mail.certainty(&RULE), None, "{}", mail.text());
        }
    }
}
