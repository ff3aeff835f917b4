//! The recipient's address is unknown in the tenant.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "recipient-rejected-dbeb",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "The tenant knows no such recipient, so the message was refused (directory based edge blocking).",
        evidence: &[
            "Proven: 550 5.4.1 Recipient address rejected: Access denied, or 5.1.10, 5.1.1, 5.7.504",
            "Likely: the recipient is missing from the exported recipients, and others got theirs",
        ],
        against: &["The recipient has trace rows for the same message"],
        fix: &[
            "Correct the target list in the platform",
            "For mail-enabled objects that the directory does not know: make the accepted domain Internal relay",
        ],
        caveat: "Dynamic distribution groups are not synchronised and are blocked. In a hybrid, edge \
                 blocking needs the MX at Microsoft 365. Internal relay turns it off for the domain.",
        references: &[
            references::NDR,
            "Microsoft Learn, Use Directory-Based Edge Blocking: https://learn.microsoft.com/exchange/mail-flow-best-practices/use-directory-based-edge-blocking",
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let mut finding = refused::proven(&RULE, case, "The tenant knows no such recipient")
        .or_else(|| unknown(case))?;
    let domain = fixes::Values::of(case).recipient_domain();
    finding.fix = vec![
        fixes::platform("Correct or remove the address in the target list."),
        fixes::portal(format!(
            "Only for a mail-enabled object that the directory does not know: Exchange admin center > \
             Mail flow > Accepted domains > {domain} > Internal relay (this turns edge blocking off)"
        )),
        fixes::powershell(format!(
            "Get-Recipient -Identity {}\n# only if it exists elsewhere:\nSet-AcceptedDomain -Identity {domain} -DomainType InternalRelay",
            fixes::Values::of(case).recipient()
        )),
    ];
    Some(finding)
}

fn unknown(case: &Case<'_>) -> Option<Finding> {
    refused::unexplained(case)?;
    let known = case.tenant.and_then(|tenant| tenant.recipients.as_ref());
    let Some(known) = known else {
        return refused::candidate(&RULE, case, "The tenant may not know the address.");
    };
    let recipient = case.recipient.as_ref()?;
    if known.iter().any(|one| one.has(&recipient.value)) {
        return None;
    }
    let mut finding = RULE.finding(
        Certainty::Likely,
        "No row shows it, and the exported recipients of the tenant do not have the address.",
        vec![recipient.evidence.clone()],
    );
    finding.excluded.push("no trace row exists for the recipient".to_owned());
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    #[test]
    fn each_answer_is_proof() {
        for text in [
            "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found",
            "5.1.1 bad destination mailbox address",
        ] {
            let by_platform = Rows::of(&[(Kind::PlatformError, text)]);
            assert_eq!(by_platform.certainty(&RULE), Some(Certainty::Proven), "{text}");
            let in_trace = Rows::of(&[(Kind::Event, "fail"), (Kind::Answer, text)]);
            assert_eq!(in_trace.certainty(&RULE), Some(Certainty::Proven), "{text}");
        }
    }

    #[test]
    fn the_answer_of_another_organisation_tells_nothing_of_the_tenant() {
        let out = (Kind::Direction, "Originating");
        let failed = (Kind::Event, "fail");
        let remote = (Kind::Answer, "550 5.1.1 user unknown");
        let own = (Kind::Answer, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found");
        assert_eq!(Rows::of(&[out, failed, remote]).certainty(&RULE), None);
        assert_eq!(Rows::of(&[out, failed, own]).certainty(&RULE), Some(Certainty::Proven));
        let inbound = (Kind::Direction, "Incoming");
        assert_eq!(Rows::of(&[inbound, failed, remote]).certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn a_refused_relay_is_another_matter() {
        let rows = Rows::of(&[(Kind::PlatformError, "550 5.4.1 Relay access denied")]);
        assert_ne!(rows.certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn an_address_that_the_directory_lacks_is_likely_and_one_that_it_has_is_not_it() {
        let rows = Rows::of(&[(Kind::Platform, "Email Sent")]);
        let with = |address: &str| {
            let json = format!(r#"{{"Recipient":[{{"PrimarySmtpAddress":"{address}"}}]}}"#);
            rows.clone().tenant(&json).certainty(&RULE)
        };
        assert_eq!(with("bob@contoso.example"), Some(Certainty::Likely));
        assert_eq!(with("ann@contoso.example"), None);
    }

    #[test]
    fn rows_of_a_delivery_speak_against_it() {
        assert_eq!(Rows::of(&[(Kind::Event, "deliver")]).certainty(&RULE), None);
    }
}
