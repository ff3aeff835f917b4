//! Bulk mail: the complaint level reached the policy's threshold.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::{Cat, Sfv};
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "bulk-bcl",
    stage: Stage::Junk,
    role: Role::Cause,
    entry: Entry {
        meaning: "The sender's bulk complaint level reached the anti-spam policy's threshold, so the message counts as bulk.",
        evidence: &[
            "Proven: SRV:BULK or CAT:BULK, and the BCL of X-Microsoft-Antispam at or above the threshold (7 by default and in custom policies, 6 in Standard, 5 in Strict)",
            "The policy has MarkAsSpamBulkMail On; BulkSpamAction says where it goes",
        ],
        against: &[
            "The filter was bypassed (SFV SKN, SKI, SKA, SFE)",
            "The exported policy that applies has a higher threshold",
            "The message is in the Inbox",
        ],
        fix: &["Advanced Delivery", "Or a higher bulk threshold, which affects all bulk mail"],
        caveat: "",
        references: &[references::BCL, references::HEADERS, references::CONTENT_FILTER_CMDLET],
    },
    check,
};

/// Strictest threshold of any policy (`headers.md` §2.1).
const STRICTEST: u8 = 5;
/// Highest level, and highest threshold: what meets a threshold counts as bulk.
const HIGHEST: u8 = 9;

fn check(case: &Case<'_>) -> Option<Finding> {
    let by_category = reading::cat(case) == Some(&Cat::Bulk);
    let by_srv = case.verdict.bulk.is_some() && !reading::is_internal(case);
    let decided = matches!(reading::sfv(case), None | Some(Sfv::Spam | Sfv::NotSpam));
    let quarantined = case.landing.outcome == Outcome::Quarantine;
    let landed =
        reading::landed(case, if quarantined { Outcome::Quarantine } else { Outcome::Junk });
    // SRV:BULK beside a graver category says only that it was bulk as well.
    let only_bulk = matches!(reading::cat(case), None | Some(Cat::Bulk | Cat::None | Cat::Spam));
    if !(by_category || by_srv) || !decided || !only_bulk || landed == Landed::Elsewhere {
        return None;
    }
    let level = case.verdict.bcl.as_ref().map(|bcl| bcl.value);
    let below = level.zip(threshold(case)).filter(|(level, threshold)| level < threshold);
    let summary = match level {
        Some(level) if below.is_some() => format!(
            "The filter counts it as bulk mail, although its complaint level is {level}, below the threshold of the exported policy."
        ),
        Some(level) => format!(
            "The filter counts it as bulk mail: its complaint level is {level}, at or above the policy's threshold."
        ),
        None => "The filter counts it as bulk mail.".to_owned(),
    };
    let evidence = reading::verdict_and_landing(case, &["CAT", "SRV", "BCL", "SFV"]);
    let certainty = match level {
        Some(_) if below.is_some() => Certainty::Possible,
        Some(level) if level >= STRICTEST => landed.certainty(),
        // The stamp and the level disagree, or the level is not in this copy.
        Some(_) => Certainty::Possible,
        None => landed.certainty().min(Certainty::Likely),
    };
    let mut finding = RULE.finding(certainty, summary, evidence);
    if quarantined {
        finding.role = Role::Contributing;
    }
    finding
        .excluded
        .push("no allow entry skipped the filter (SFV is not SKN, SKI, SKA or SFE)".to_owned());
    if let Some((_, threshold)) = below {
        finding.excluded.push(format!(
            "not excluded: another policy applied, or the threshold ({threshold}) was changed since"
        ));
    }
    finding.fix = fixes::advanced_delivery(case);
    if level.is_none_or(|level| level < HIGHEST) {
        finding.fix.extend(fixes::bulk_threshold(case));
    }
    Some(finding)
}

/// The threshold of the exported policy that applies to the recipient.
fn threshold(case: &Case<'_>) -> Option<u8> {
    let recipient = case.recipient.as_ref().map(|recipient| &*recipient.value);
    let applied = case.tenant?.content_filter_for(recipient)?;
    applied.agreed(|policy| policy.bulk_threshold)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn bulk_at_the_threshold_in_junk_is_proven() {
        let mail = Mail::inbound()
            .verdict("SRV:BULK;IPV:NLI;SFV:SPM;CAT:BULK")
            .header("X-Microsoft-Antispam: BCL:8;ARA:13230040|376014;")
            .in_junk();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn a_low_level_beside_the_stamp_is_only_possible() {
        let mail = Mail::inbound()
            .verdict("IPV:NLI;SFV:SPM;CAT:BULK")
            .header("X-Microsoft-Antispam: BCL:2;")
            .in_junk();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn a_level_below_the_exported_threshold_is_only_possible() {
        let policy = |threshold: u8| {
            format!(
                r#"{{"HostedContentFilterPolicy":{{"Name":"Default","IsDefault":true,"BulkThreshold":{threshold}}}}}"#
            )
        };
        let mail = Mail::inbound()
            .verdict("SRV:BULK;IPV:NLI;SFV:SPM;CAT:BULK")
            .header("X-Microsoft-Antispam: BCL:6;")
            .in_junk();
        let finding = mail.clone().tenant(&policy(7)).finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Possible);
        assert!(finding.summary.contains("is 6, below the threshold"), "{}", finding.summary);
        assert_eq!(mail.tenant(&policy(6)).certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn no_threshold_is_above_the_highest_level() {
        let raises = |level: u8| {
            let mail = Mail::inbound()
                .verdict("SRV:BULK;IPV:NLI;SFV:SPM;CAT:BULK")
                .header(&format!("X-Microsoft-Antispam: BCL:{level};"))
                .in_junk();
            let fix = mail.finding(&RULE).unwrap().fix;
            fix.iter().any(|fix| fix.text.contains("BulkThreshold"))
        };
        assert!(raises(8) && !raises(9));
    }

    #[test]
    fn bypassed_or_delivered_bulk_is_no_cause() {
        let bulk = "X-Microsoft-Antispam: BCL:8;";
        for mail in [
            Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:BULK").header(bulk).in_junk(),
            Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:BULK").header(bulk).in_inbox(),
            Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").header(bulk).in_junk(),
        ] {
            assert_eq!(mail.certainty(&RULE), None);
        }
    }

    #[test]
    fn in_quarantine_it_contributes_to_the_policys_action() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:BULK").in_quarantine();
        assert_eq!(mail.finding(&RULE).unwrap().role, Role::Contributing);
    }
}
