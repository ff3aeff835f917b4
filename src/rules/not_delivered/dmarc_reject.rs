//! The From domain asks for rejection, and DMARC failed.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};
use crate::tenant::domain;

pub(super) const RULE: Rule = Rule {
    id: "dmarc-reject",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "The visible From domain publishes p=reject, DMARC failed, and the tenant honours it.",
        evidence: &[
            "Proven: 550 5.7.509 Access denied, sending domain does not pass DMARC verification",
            "Possible: no answer is known, From and MAIL FROM are not of one domain, and the applied anti-phishing policy honours DMARC with the action Reject",
        ],
        against: &[
            "DmarcRejectAction is Quarantine: then the message is in quarantine",
            "compauth=pass",
            "MX elsewhere without Enhanced Filtering: the policy is not applied",
        ],
        fix: &[
            "Use a From domain that the platform owns",
            "Else Advanced Delivery, a spoof pair, or DmarcRejectAction Quarantine in the anti-phishing policy",
        ],
        caveat: "No public text says whether Advanced Delivery prevents a reject; only that filters take no \
                 action. Of a spoof pair the infrastructure is the PTR domain, a /24, or a verified DKIM domain.",
        references: &[references::NDR, references::ANTI_PHISHING],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let proven = refused::proven(
        &RULE,
        case,
        "The From domain asks to reject mail that fails DMARC, and this message failed it",
    );
    let mut finding = proven.or_else(|| configured(case))?;
    finding.fix = vec![fixes::platform(
        "Use a From domain that the platform owns, signed with its own DKIM key.",
    )];
    finding.fix.extend(fixes::advanced_delivery(case));
    finding.fix.extend(fixes::spoof_pair(case));
    finding.fix.push(fixes::powershell(
        "Set-AntiPhishPolicy -Identity \"<policy>\" -DmarcRejectAction Quarantine",
    ));
    Some(finding)
}

/// The policy would reject, and From is not of MAIL FROM's domain: what the From domain publishes
/// cannot be seen here.
fn configured(case: &Case<'_>) -> Option<Finding> {
    refused::unexplained(case)?;
    let tenant = case.tenant?;
    let recipient = case.recipient.as_ref().map(|recipient| &*recipient.value);
    let policies = tenant.anti_phish_for(recipient)?;
    let honours = policies.agreed(|policy| policy.honor_dmarc_policy)?;
    let action = policies.agreed(|policy| policy.dmarc_reject_action.as_deref())?;
    let own = recipient.and_then(domain::of_address);
    let (from, mail_from) = (case.from_domain()?, case.mail_from_domain()?);
    let aligned = domain::is_same_or_subdomain(&mail_from, &from)
        || domain::is_same_or_subdomain(&from, &mail_from);
    let elsewhere = tenant.mx_is_microsoft(own) == Some(false);
    if !honours || !action.eq_ignore_ascii_case("Reject") || aligned || elsewhere {
        return None;
    }
    let policy = policies.candidates.first()?;
    let mut finding = RULE.finding(
        Certainty::Possible,
        format!("No row shows it; policy {} rejects what fails DMARC with p=reject, and From ({from}) is not of MAIL FROM's domain ({mail_from}).", policies.names()),
        vec![
            policy.origin.evidence("DmarcRejectAction", action),
            policy.origin.evidence("HonorDmarcPolicy", "true"),
        ],
    );
    finding.excluded = vec![
        "no trace row exists, and the applied policy's action is Reject, not Quarantine".to_owned(),
        format!("not checked: what {from} publishes (p=reject?), and whether DKIM signed for it"),
    ];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    const TEXT: &str = "550 5.7.509 Access denied, sending domain [] does not pass DMARC verification and has a DMARC policy of reject";

    #[test]
    fn the_answer_is_proof() {
        assert_eq!(
            Rows::of(&[(Kind::PlatformError, TEXT)]).certainty(&RULE),
            Some(Certainty::Proven)
        );
    }

    #[test]
    fn a_policy_that_rejects_is_possible_for_a_borrowed_from_domain() {
        let tenant = |action: &str| {
            format!(
                r#"{{"AntiPhishPolicy": {{"Name": "Default", "IsDefault": true, "HonorDmarcPolicy": true, "DmarcRejectAction": "{action}"}}, "AntiPhishRule": [], "EOPProtectionPolicyRule": []}}"#
            )
        };
        let rows = |from: &str| {
            Rows::of(&[(Kind::Platform, "Email Sent")]).with(|journey| {
                journey.envelope.from = Some(crate::testing::fact(from.into()));
            })
        };
        let borrowed = rows("it@brand.example");
        assert_eq!(
            borrowed.clone().tenant(&tenant("Reject")).certainty(&RULE),
            Some(Certainty::Possible)
        );
        assert_eq!(borrowed.clone().tenant(&tenant("Quarantine")).certainty(&RULE), None);
        assert_eq!(borrowed.certainty(&RULE), None);
        assert_eq!(rows("it@phish.example").tenant(&tenant("Reject")).certainty(&RULE), None);
    }

    #[test]
    fn quarantine_is_another_cause() {
        let rows = Rows::of(&[(Kind::PlatformError, TEXT), (Kind::Status, "Quarantined")]);
        assert_eq!(rows.certainty(&RULE), None);
    }
}
