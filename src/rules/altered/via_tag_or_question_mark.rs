//! What Outlook draws beside a sender that does not authenticate.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::Message;
use crate::message::values::AuthResult;
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::domain;

pub(super) const RULE: Rule = Rule {
    id: "via-tag-or-question-mark",
    stage: Stage::Altered,
    role: Role::Alteration,
    entry: Entry {
        meaning: "Outlook shows a question mark for the sender, or `via` and the real sending domain.",
        evidence: &[
            "Likely: compauth fails and the applied anti-phishing policy has EnableUnauthenticatedSender on (question mark), or From differs \
             from MAIL FROM and every DKIM domain and EnableViaTag is on (via)",
            "Possible: the same without the policy's settings",
        ],
        against: &["The policy has the tag switched off", "The sender authenticates (dmarc=pass)"],
        fix: &[
            "Align authentication with the visible sender, or allow the spoof pair, which also removes the tag",
        ],
        caveat: "The client draws it; no header proves it.",
        references: &[references::ANTI_PHISHING],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let results = case.message.and_then(Message::results)?;
    if !reading::reached_the_user(case)
        || results.dmarc == Some(AuthResult::Pass)
        || reading::is_internal(case)
    {
        return None;
    }
    let unauthenticated = results.compauth == Some(AuthResult::Fail);
    let via = sends_for_another(case, results);
    let policies = case.tenant.and_then(|tenant| {
        tenant.anti_phish_for(case.recipient.as_ref().map(|recipient| &*recipient.value))
    });
    let setting = |value: fn(&crate::tenant::policies::AntiPhishPolicy) -> Option<bool>| {
        policies.as_ref().and_then(|policies| policies.agreed(value))
    };
    let mark = setting(|policy| policy.enable_unauthenticated_sender);
    let tag = setting(|policy| policy.enable_via_tag);
    let (summary, method, on) = if unauthenticated && mark != Some(false) {
        (
            "Outlook may show a question mark for the sender: composite authentication failed.",
            "compauth",
            mark,
        )
    } else if via && tag != Some(false) {
        (
            "Outlook may show `via`: the visible sender's domain neither sent nor signed it.",
            "spf",
            tag,
        )
    } else {
        return None;
    };
    let certainty = if on == Some(true) { Certainty::Likely } else { Certainty::Possible };
    let mut evidence = Vec::new();
    reading::add(
        &mut evidence,
        [method, "dmarc"].into_iter().filter_map(|method| reading::results_piece(case, method)),
    );
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded.push("the sender does not authenticate (dmarc is not pass)".to_owned());
    finding.excluded.push(match on {
        Some(_) => "the applied anti-phishing policy has the indicator on".to_owned(),
        None => "not checked: EnableViaTag and EnableUnauthenticatedSender of the applied policy"
            .to_owned(),
    });
    finding.fix = fixes::spoof_pair(case);
    Some(finding)
}

/// Whether neither MAIL FROM nor any verified signature is of the visible domain's family.
fn sends_for_another(case: &Case<'_>, results: &crate::message::Authentication) -> bool {
    let (Some(from), Some(sender)) = (case.from_domain(), case.mail_from_domain()) else {
        return false;
    };
    let family = |other: &str| {
        domain::is_same_or_subdomain(other, &from) || domain::is_same_or_subdomain(&from, other)
    };
    let signed = results.dkim.iter().filter(|dkim| dkim.result == AuthResult::Pass);
    !family(&sender) && !signed.filter_map(|dkim| dkim.domain.as_deref()).any(family)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    const FAILED: &str = "spf=none (sender IP is 203.0.113.10) smtp.mailfrom=phish.example; dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=phish.example;compauth=fail reason=001";

    fn mail() -> Mail {
        Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox()
    }

    fn policy(on: bool) -> String {
        format!(
            r#"{{"AntiPhishPolicy":{{"Name":"Office365 AntiPhish Default","IsDefault":true,"EnableUnauthenticatedSender":{on},"EnableViaTag":{on}}}}}"#
        )
    }

    #[test]
    fn a_failed_compauth_is_possible_and_likely_with_the_policy() {
        assert_eq!(mail().results(FAILED).certainty(&RULE), Some(Certainty::Possible));
        assert_eq!(
            mail().results(FAILED).tenant(&policy(true)).certainty(&RULE),
            Some(Certainty::Likely)
        );
    }

    #[test]
    fn a_switched_off_indicator_is_not_shown() {
        assert_eq!(mail().results(FAILED).tenant(&policy(false)).certainty(&RULE), None);
    }

    #[test]
    fn an_authenticated_sender_gets_neither() {
        assert_eq!(mail().certainty(&RULE), None);
    }
}
