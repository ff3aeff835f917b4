//! Where the exported policy that applies to the recipient sends a verdict.
//!
//! The export is today's, the message is not: what it says makes a landing likely, never proven.

use crate::case::Case;
use crate::fact::Citation;
use crate::finding::Outcome;
use crate::message::values::{Cat, DmarcAction};
use crate::rules::quarantined::dmarc_fail_quarantine::failed_by_policy;
use crate::tenant::policies::AntiPhishPolicy;
use crate::tenant::precedence::Threat;

/// Where the case's verdict leads by the tenant's policies, and the setting that says so. `None` where
/// no policy was exported, several may apply and disagree, or the action is neither Junk nor quarantine.
pub(super) fn action(case: &Case<'_>) -> Option<(Outcome, Citation)> {
    match &case.verdict.cat.as_ref()?.value {
        cat @ (Cat::Spam | Cat::HighConfidenceSpam | Cat::Bulk | Cat::Phish) => {
            content_filter(case, cat)
        }
        Cat::Spoof if failed_by_policy(case) => dmarc(case),
        Cat::Spoof => anti_phish(case, "AuthenticationFailAction", |policy| {
            &policy.authentication_fail_action
        }),
        Cat::UserImpersonation => anti_phish(case, "TargetedUserProtectionAction", |policy| {
            &policy.targeted_user_protection_action
        }),
        Cat::DomainImpersonation => anti_phish(case, "TargetedDomainProtectionAction", |policy| {
            &policy.targeted_domain_protection_action
        }),
        Cat::MailboxImpersonation => {
            anti_phish(case, "MailboxIntelligenceProtectionAction", |policy| {
                &policy.mailbox_intelligence_protection_action
            })
        }
        _ => None,
    }
}

fn recipient<'a>(case: &'a Case<'_>) -> Option<&'a str> {
    case.recipient.as_ref().map(|fact| &*fact.value)
}

fn place(action: &str) -> Option<Outcome> {
    match action.to_ascii_lowercase().as_str() {
        "quarantine" => Some(Outcome::Quarantine),
        // "Add X-header" and "Prepend subject" move to Junk all the same (`headers.md` §7.4).
        "movetojmf" | "addxheader" | "modifysubject" => Some(Outcome::Junk),
        _ => None,
    }
}

fn content_filter(case: &Case<'_>, cat: &Cat) -> Option<(Outcome, Citation)> {
    let threat = Threat::of(cat)?;
    let property = match threat {
        Threat::Phish => "PhishSpamAction",
        Threat::HighConfidenceSpam => "HighConfidenceSpamAction",
        Threat::Spam => "SpamAction",
        Threat::Bulk => "BulkSpamAction",
        Threat::Malware | Threat::HighConfidencePhish | Threat::NotSpam => return None,
    };
    let applied = case.tenant?.content_filter_for(recipient(case))?;
    let action = applied.agreed(|policy| policy.action(threat))?;
    Some((place(action)?, applied.candidates.first()?.origin.evidence(property, action)))
}

fn anti_phish(
    case: &Case<'_>,
    property: &str,
    action: fn(&AntiPhishPolicy) -> &Option<Box<str>>,
) -> Option<(Outcome, Citation)> {
    let applied = case.tenant?.anti_phish_for(recipient(case))?;
    let action = applied.agreed(|policy| action(policy).as_deref())?;
    Some((place(action)?, applied.candidates.first()?.origin.evidence(property, action)))
}

/// DMARC's own actions count only where the policy honours the domain owner's wish.
fn dmarc(case: &Case<'_>) -> Option<(Outcome, Citation)> {
    let applied = case.tenant?.anti_phish_for(recipient(case))?;
    match applied.agreed(|policy| policy.honor_dmarc_policy) {
        Some(true) => {}
        Some(false) => {
            return anti_phish(case, "AuthenticationFailAction", |policy| {
                &policy.authentication_fail_action
            });
        }
        None => return None,
    }
    match case.message?.results()?.dmarc_action {
        Some(DmarcAction::Reject) => {
            anti_phish(case, "DmarcRejectAction", |policy| &policy.dmarc_reject_action)
        }
        _ => anti_phish(case, "DmarcQuarantineAction", |policy| &policy.dmarc_quarantine_action),
    }
}

#[cfg(test)]
mod tests {
    use crate::finding::Certainty;
    use crate::rules::by_id;
    use crate::testing::Mail;

    const QUARANTINES: &str = r#"{"HostedContentFilterPolicy":{"Name":"Default","IsDefault":true,"SpamAction":"MoveToJmf","PhishSpamAction":"Quarantine"}}"#;
    const JUNKS: &str = r#"{"HostedContentFilterPolicy":{"Name":"Default","IsDefault":true,"SpamAction":"MoveToJmf","PhishSpamAction":"MoveToJmf"}}"#;

    fn phish(tenant: &str) -> Option<Certainty> {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:PHSH").tenant(tenant);
        mail.certainty(by_id("phish-verdict-quarantine").unwrap())
    }

    #[test]
    fn the_applied_policy_makes_a_landing_likely_never_proven() {
        assert_eq!(phish(QUARANTINES), Some(Certainty::Likely));
    }

    #[test]
    fn a_policy_that_junks_rules_quarantine_out() {
        assert_eq!(phish(JUNKS), None);
    }

    #[test]
    fn a_stated_landing_counts_more_than_todays_policy() {
        let mail =
            Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:PHSH").tenant(JUNKS).in_quarantine();
        let rule = by_id("phish-verdict-quarantine").unwrap();
        assert_eq!(mail.certainty(rule), Some(Certainty::Proven));
    }

    #[test]
    fn dmarc_leads_where_the_policy_says_when_it_is_honoured() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPOOF").results(
            "spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=phish.example; dkim=none (message not signed) header.d=none;dmarc=fail action=oreject header.from=brand.example;compauth=fail reason=000",
        );
        let rule = by_id("dmarc-fail-quarantine").unwrap();
        let policy = |honour: bool| {
            format!(
                r#"{{"AntiPhishPolicy":{{"Name":"Office365 AntiPhish Default","IsDefault":true,"HonorDmarcPolicy":{honour},"DmarcRejectAction":"Quarantine","AuthenticationFailAction":"MoveToJmf"}}}}"#
            )
        };
        assert_eq!(mail.clone().tenant(&policy(true)).certainty(rule), Some(Certainty::Likely));
        assert_eq!(mail.tenant(&policy(false)).certainty(rule), None);
    }
}
