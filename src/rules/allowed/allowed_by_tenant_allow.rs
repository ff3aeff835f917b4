//! An allow entry of the Tenant Allow/Block List fits the message.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::Cat;
use crate::rules::mail::{mail, stood_then};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::json::iso;
use crate::tenant::matching::tenant_allow;

pub(super) const RULE: Rule = Rule {
    id: "allowed-by-tenant-allow",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "An allow entry of the Tenant Allow/Block List names the visible sender, and the message was let through.",
        evidence: &[
            "Proven: Defender names the Tenant Allow/Block List as what allowed it",
            "Likely: a matching Allow entry in force whose LastUsedDate is that of the message or later",
            "Possible: a matching Allow entry in force",
        ],
        against: &[
            "The filter found it clean by itself (SFV:NSPM with CAT:NONE) and the entry was not used",
            "The entry was made after the message, or had run out",
        ],
        fix: &["Use Advanced Delivery: the entry runs out"],
        caveat: "An allow entry ends 45 days after its last use (or on its date): the next campaign may fail.",
        references: &[references::TENANT_ALLOW_BLOCK, references::ADVANCED_DELIVERY],
    },
    check,
};

/// A use is dated by the day: a day's tolerance, in seconds.
const DAY: i64 = 24 * 60 * 60;

fn check(case: &Case<'_>) -> Option<Finding> {
    let arrived =
        matches!(case.landing.outcome, Outcome::Inbox | Outcome::CustomFolder | Outcome::Delivered);
    if !arrived {
        return None;
    }
    by_defender(case).or_else(|| by_entry(case))
}

fn by_defender(case: &Case<'_>) -> Option<Finding> {
    let hunting = &case.journey?.hunting;
    let policy = hunting.org_policy.as_ref()?;
    let allowed =
        hunting.org_action.as_ref().is_some_and(|a| a.value.eq_ignore_ascii_case("Allow"));
    let named = policy.value.to_ascii_lowercase().contains("tenant allow/block list");
    (named && allowed).then(|| {
        let summary = format!("Defender says that {} let it through.", policy.value);
        let mut finding = RULE.finding(Certainty::Proven, summary, vec![policy.evidence.clone()]);
        finding.fix = fixes::advanced_delivery(case);
        finding
    })
}

fn by_entry(case: &Case<'_>) -> Option<Finding> {
    let tenant = case.tenant?;
    let mail = mail(case);
    let item = tenant_allow(tenant, &mail)?;
    let value = item.value.as_deref()?;
    if stood_then(item.last_modified, &mail) == Some(false) {
        return None;
    }
    let used = item.last_used.zip(mail.when).map(|(used, when)| used + DAY >= when);
    let clean = reading::cat(case).is_none_or(|cat| *cat == Cat::None);
    if clean && used != Some(true) {
        return None;
    }
    let certainty = if used == Some(true) { Certainty::Likely } else { Certainty::Possible };
    let mut evidence = vec![item.origin.evidence("Value", value)];
    reading::add(
        &mut evidence,
        item.last_used.map(|used| item.origin.evidence("LastUsedDate", &iso(used))),
    );
    reading::add(&mut evidence, reading::verdict_and_landing(case, &["SFV", "CAT"]));
    let summary =
        format!("The Tenant Allow List allows the sender (`{value}`, {}).", item.lifetime());
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded.push(match used {
        Some(true) => "the entry was used on the message's day or later".to_owned(),
        Some(false) => "not excluded: the entry was last used before the message".to_owned(),
        None => "not checked: when the entry was last used".to_owned(),
    });
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn tenant(used: &str) -> String {
        format!(
            r#"{{"TenantAllowBlockListItems": {{"Sender": {{"Value": "phish.example", "Action": "Allow", "LastModifiedDateTime": "2025-10-01T00:00:00Z", "LastUsedDate": {used}}}}}}}"#
        )
    }

    fn inbox(pairs: &str) -> Mail {
        Mail::inbound().verdict(pairs).in_inbox()
    }

    #[test]
    fn an_entry_used_that_day_is_likely_and_one_of_unknown_use_possible() {
        let mail = inbox("IPV:NLI;SFV:SPM;CAT:SPM");
        let used = tenant("\"2025-10-14T00:00:00Z\"");
        assert_eq!(mail.clone().tenant(&used).certainty(&RULE), Some(Certainty::Likely));
        assert_eq!(mail.tenant(&tenant("null")).certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn clean_mail_junk_and_entries_made_later_speak_against_it() {
        let clean = inbox("IPV:NLI;SFV:NSPM;CAT:NONE");
        assert_eq!(clean.tenant(&tenant("null")).certainty(&RULE), None);
        let junk = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk();
        assert_eq!(junk.tenant(&tenant("null")).certainty(&RULE), None);
        let later = tenant("null").replace("2025-10-01", "2025-11-01");
        assert_eq!(inbox("IPV:NLI;SFV:SPM;CAT:SPM").tenant(&later).certainty(&RULE), None);
    }
}
