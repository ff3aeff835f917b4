//! A connector wants TLS that the platform does not offer.

use crate::case::Case;
use crate::fact::Fact;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};
use crate::trace::journey::Answer;

pub(super) const RULE: Rule = Rule {
    id: "connector-requires-tls",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "The inbound connector that matches the platform requires TLS, or a certificate, that the platform does not bring.",
        evidence: &[
            "Likely: the sender's log shows a refusal for missing or wrong TLS, and the matching connector has RequireTls or a certificate name",
        ],
        against: &["No enabled connector requires TLS"],
        fix: &[
            "The platform turns STARTTLS on, with the certificate that the connector names",
            "Or Set-InboundConnector \"<name>\" -RequireTls $false",
        ],
        caveat: "The exact answer is documented nowhere; the words are matched loosely.",
        references: &[references::MESSAGE_TRACE, references::NDR],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let journey = case.journey.filter(|_| refused::failed(case))?;
    let answer = journey.answers.iter().find(|answer| is_about_tls(answer))?;
    let connector = case.tenant.map(|tenant| {
        let wants = |one: &&crate::tenant::organization::InboundConnector| {
            one.require_tls == Some(true) || one.tls_sender_certificate_name.is_some()
        };
        tenant.connectors().find(wants)
    });
    let mut evidence = refused::with_landing(case, &answer.evidence);
    let (certainty, excluded) = match connector {
        Some(Some(connector)) => {
            evidence.push(connector.origin.named());
            (Certainty::Likely, "an enabled inbound connector requires TLS or a certificate")
        }
        Some(None) if case.tenant.is_some_and(|tenant| tenant.inbound_connectors.is_some()) => {
            return None;
        }
        _ => {
            (Certainty::Possible, "not checked: the tenant's inbound connectors were not exported")
        }
    };
    let mut finding = RULE.finding(certainty, "The platform was refused for its TLS.", evidence);
    finding.excluded.push(excluded.to_owned());
    finding.fix = vec![
        fixes::platform("Turn STARTTLS on, with the certificate that the connector names."),
        fixes::powershell(
            "Get-InboundConnector | Format-List Name,RequireTls,TlsSenderCertificateName\nSet-InboundConnector \"<name>\" -RequireTls $false",
        ),
    ];
    Some(finding)
}

fn is_about_tls(answer: &Fact<Answer>) -> bool {
    let Some(code) = answer.value.code() else { return false };
    let refused = code.class() != Some(2)
        && answer.value.meaning().is_none_or(|meaning| meaning.cause.is_none());
    refused
        && (code.says("starttls")
            || code.says("must issue a starttls")
            || code.says("tls required"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    const ROWS: &[(Kind, &str)] =
        &[(Kind::PlatformError, "530 5.7.0 Must issue a STARTTLS command first")];

    #[test]
    fn the_refusal_with_such_a_connector_is_likely() {
        let tenant = r#"{"InboundConnector":[{"Name":"Partner","ConnectorType":"Partner","RequireTls":true}]}"#;
        assert_eq!(Rows::of(ROWS).tenant(tenant).certainty(&RULE), Some(Certainty::Likely));
        assert_eq!(Rows::of(ROWS).certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn without_such_a_connector_it_is_not_it() {
        assert_eq!(Rows::of(ROWS).tenant(r#"{"InboundConnector":[]}"#).certainty(&RULE), None);
        assert_eq!(Rows::of(&[(Kind::PlatformError, "550 5.7.1 no")]).certainty(&RULE), None);
    }
}
