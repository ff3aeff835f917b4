//! `X-CustomSpam`: an advanced spam filter setting marked the message.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::names::begins;
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};

pub(super) const RULE: Rule = Rule {
    id: "asf-setting-hit",
    stage: Stage::Junk,
    role: Role::Cause,
    entry: Entry {
        meaning: "An advanced spam filter (ASF) setting of the anti-spam policy marked the message as spam.",
        evidence: &[
            "Proven: X-CustomSpam names the setting (Web bug, Numeric IP in URL, Form tag in html ...)",
            "The policy has a MarkAsSpam or IncreaseScoreWith setting On",
        ],
        against: &[
            "The value of test mode: it stamps and does nothing",
            "The message is in the Inbox",
        ],
        fix: &[
            "Anti-spam policy > Bulk email threshold & spam properties > the named setting > Off",
        ],
        caveat: "A tracking pixel typically trips Web bug, a landing page on a bare address trips Numeric IP in URL. \
                 The stamp comes after mail flow rules, so no rule can see it.",
        references: &[references::ASF, references::TROUBLESHOOTING],
    },
    check,
};

/// Stamp, parameter of `Set-HostedContentFilterPolicy`.
const SETTINGS: [(&str, &str); 15] = [
    ("Image links to remote sites", "IncreaseScoreWithImageLinks"),
    ("Numeric IP in URL", "IncreaseScoreWithNumericIps"),
    ("URL redirect to other port", "IncreaseScoreWithRedirectToOtherPort"),
    ("URL to .biz or .info websites", "IncreaseScoreWithBizOrInfoUrls"),
    ("SPF From Record Fail", "MarkAsSpamFromAddressAuthFail"),
    ("Backscatter NDR", "MarkAsSpamNdrBackscatter"),
    ("Empty Message", "MarkAsSpamEmptyMessages"),
    ("Embed tag in html", "MarkAsSpamEmbedTagsInHtml"),
    ("Javascript or VBscript tags in HTML", "MarkAsSpamJavaScriptInHtml"),
    ("Form tag in html", "MarkAsSpamFormTagsInHtml"),
    ("IFRAME or FRAME in HTML", "MarkAsSpamFramesInHtml"),
    ("Web bug", "MarkAsSpamWebBugsInHtml"),
    ("Object tag in html", "MarkAsSpamObjectTagsInHtml"),
    ("Sensitive word in subject/body", "MarkAsSpamSensitiveWordList"),
    ("SPF Record Fail", "MarkAsSpamSpfRecordHardFail"),
];

/// What test mode stamps (`headers.md` §1.5).
const TEST_MODE: &str = "This message was filtered by the custom spam filter option";

fn check(case: &Case<'_>) -> Option<Finding> {
    let stamps: Vec<_> = case
        .message?
        .custom_spam
        .iter()
        .filter(|stamp| !begins(&*stamp.value, TEST_MODE))
        .collect();
    let first = stamps.first()?;
    let certainty = match case.landing.outcome {
        Outcome::Junk | Outcome::Quarantine => {
            reading::landed(case, case.landing.outcome).certainty()
        }
        Outcome::Unknown | Outcome::Delivered => Certainty::Possible,
        _ => return None,
    };
    if reading::moved_by_user_rule(case) {
        return None;
    }
    let names: Vec<&str> = stamps.iter().map(|stamp| &*stamp.value).collect();
    let summary =
        format!("An advanced spam filter setting marked it as spam: {}.", names.join(", "));
    let mut evidence: Vec<_> = stamps.iter().map(|stamp| stamp.evidence.clone()).collect();
    reading::add(&mut evidence, reading::verdict_and_landing(case, &["SFV", "CAT"]));
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded.push("the stamp is not that of test mode".to_owned());
    finding.fix = fixes::mark_as_spam_off(case, parameter(&first.value));
    finding.fix.extend(fixes::advanced_delivery(case));
    Some(finding)
}

fn parameter(stamp: &str) -> Option<&'static str> {
    SETTINGS.iter().find(|(text, _)| begins(stamp.trim(), text)).map(|(_, parameter)| *parameter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn stamped(stamp: &str) -> Mail {
        Mail::inbound()
            .verdict("IPV:NLI;SFV:SPM;CAT:HSPM")
            .header(&format!("X-CustomSpam: {stamp}"))
    }

    #[test]
    fn a_stamp_in_junk_is_proven_and_names_the_parameter() {
        for (stamp, parameter) in SETTINGS {
            let finding = stamped(stamp).in_junk().finding(&RULE).unwrap();
            assert_eq!(finding.certainty, Certainty::Proven, "{stamp}");
            assert!(finding.fix[1].text.contains(&format!("-{parameter} Off")), "{stamp}");
        }
    }

    #[test]
    fn test_mode_does_nothing() {
        assert_eq!(stamped(TEST_MODE).in_junk().certainty(&RULE), None);
    }

    #[test]
    fn in_the_inbox_it_is_no_cause() {
        assert_eq!(stamped("Web bug").in_inbox().certainty(&RULE), None);
    }

    #[test]
    fn without_the_header_it_is_plain_spam() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().certainty(&RULE),
            None
        );
    }
}
