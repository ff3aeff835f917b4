//! Outlook draws its External tag on the message.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Direction;
use crate::rules::mail::{is_simulation, mail};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::domain;
use crate::tenant::settings::entries;

pub(super) const RULE: Rule = Rule {
    id: "external-tag",
    stage: Stage::Altered,
    role: Role::Alteration,
    entry: Entry {
        meaning: "Outlook marks the message as External, because the feature is on and the sender is not on its allow list.",
        evidence: &[
            "Likely: ExternalInOutlook is enabled, the message is inbound, and the visible From is not on its AllowList",
        ],
        against: &["The From address or domain is on the AllowList", "The message is internal"],
        fix: &[
            "Set-ExternalInOutlook -AllowList with the From domain (*.domain for what is below it)",
        ],
        caveat: "The tag is drawn by the client: no header proves it. Decide first whether real attacks would carry it too. Turning the feature on takes 24 to 48 hours to show.",
        references: &[references::EXTERNAL_TAG],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let setting = case.tenant?.external_in_outlook.as_ref()?.first()?;
    let inbound = case.verdict.direction.as_ref().is_some_and(|d| d.value == Direction::Inbound);
    let mail = mail(case);
    if setting.enabled != Some(true)
        || !inbound
        || reading::is_internal(case)
        || !reading::let_through(case)
        || !is_simulation(case, &mail)
    {
        return None;
    }
    let list = setting.allow_list.as_ref()?;
    let from = mail.from?;
    let own = mail.from_domain()?;
    let allowed = list
        .iter()
        .any(|entry| entry.trim().eq_ignore_ascii_case(from) || domain::pattern_covers(entry, own));
    if allowed {
        return None;
    }
    let mut finding = RULE.finding(
        Certainty::Likely,
        format!(
            "Outlook tags it as External: the feature is on and `{own}` is not on its allow list."
        ),
        vec![
            setting.origin.evidence("Enabled", "true"),
            setting.origin.list("AllowList", entries(&setting.allow_list)),
        ],
    );
    finding
        .excluded
        .push("the message is inbound, and its From is not on the allow list".to_owned());
    let values = fixes::Values::of(case);
    finding.fix = vec![fixes::powershell(format!(
        "Set-ExternalInOutlook -AllowList @{{Add=\"{}\"}}",
        values.from()
    ))];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn tenant(enabled: bool, list: &str) -> String {
        format!(r#"{{"ExternalInOutlook": {{"Enabled": {enabled}, "AllowList": [{list}]}}}}"#)
    }

    fn simulation() -> Mail {
        Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:NONE").in_inbox().header("X-PHISHTEST: test")
    }

    #[test]
    fn the_feature_without_an_entry_for_the_sender_is_likely() {
        let mail = simulation().tenant(&tenant(true, "\"*.phish.example\""));
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn an_entry_the_switch_and_internal_mail_speak_against_it() {
        for (mail, tenant) in [
            (simulation(), tenant(true, "\"phish.example\"")),
            (simulation(), tenant(true, "\"support@phish.example\"")),
            (simulation(), tenant(false, "")),
            (
                Mail::inbound().internal("IPV:NLI;SFV:SKI;CAT:NONE").header("X-PHISHTEST: test"),
                tenant(true, ""),
            ),
        ] {
            assert_eq!(mail.tenant(&tenant).certainty(&RULE), None, "{tenant}");
        }
        assert_eq!(simulation().certainty(&RULE), None);
    }
}
