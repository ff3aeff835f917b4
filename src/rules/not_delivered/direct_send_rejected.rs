//! The tenant refuses mail that pretends to come from its own domains.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "direct-send-rejected",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "MAIL FROM uses one of the tenant's own domains, and the tenant refuses Direct Send.",
        evidence: &[
            "Proven: 550 5.7.68 TenantInboundAttribution; Direct Send not allowed",
            "Likely: RejectDirectSend is true, the MAIL FROM domain is an accepted one, no connector names the IP, and no row exists",
        ],
        against: &[
            "Any trace row of the message",
            "MAIL FROM outside the accepted domains; the visible From does not matter",
        ],
        fix: &[
            "Let the platform use its own MAIL FROM domain; the visible From may stay yours",
            "Or an inbound connector that identifies the platform by IP or certificate",
            "Last resort: Set-OrganizationConfig -RejectDirectSend $false",
        ],
        caveat: "Connectors count only when they identify the sender by IP or certificate. The setting \
                 takes up to 30 minutes.",
        references: &[references::DIRECT_SEND],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let mut finding =
        refused::proven(&RULE, case, "The tenant refuses Direct Send from this source")
            .or_else(|| configured(case))?;
    finding.fix = vec![fixes::platform(
        "Use a MAIL FROM domain of the platform's own; the visible From may stay the customer's.",
    )];
    finding.fix.extend(fixes::direct_delivery(case));
    finding.fix.push(fixes::powershell(
        "# last resort, for all sources:\nSet-OrganizationConfig -RejectDirectSend $false",
    ));
    Some(finding)
}

fn configured(case: &Case<'_>) -> Option<Finding> {
    refused::unexplained(case)?;
    let organization = case.tenant.and_then(|tenant| Some((tenant, tenant.organization()?)));
    let Some((tenant, organization)) = organization else {
        return case.mail_from_domain().is_none().then(|| {
            refused::candidate(
                &RULE,
                case,
                "The tenant may refuse Direct Send, if MAIL FROM uses its own domain.",
            )
        })?;
    };
    if organization.reject_direct_send != Some(true) {
        return None;
    }
    let domain = case.mail_from_domain()?;
    tenant.accepts(&domain)?;
    let ip = case.sending_ip().map(|fact| fact.value);
    if tenant.connectors().any(|connector| ip.is_some_and(|ip| connector.names(ip))) {
        return None;
    }
    let mut finding = RULE.finding(
        Certainty::Likely,
        format!("No row shows it, MAIL FROM uses the tenant's own domain {domain}, and the tenant refuses Direct Send."),
        vec![organization.origin.evidence("RejectDirectSend", "True")],
    );
    finding.excluded.push(
        "no trace row exists, and no enabled inbound connector names the sending IP".to_owned(),
    );
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    const TENANT: &str = r#"{"OrganizationConfig":[{"RejectDirectSend":true}],"AcceptedDomain":[{"DomainName":"contoso.example"}],"InboundConnector":[]}"#;

    #[test]
    fn the_answer_is_proof() {
        let text = "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from unauthorized sources";
        assert_eq!(
            Rows::of(&[(Kind::PlatformError, text)]).certainty(&RULE),
            Some(Certainty::Proven)
        );
    }

    #[test]
    fn the_setting_with_an_own_domain_and_no_row_is_likely() {
        let rows = Rows::of(&[(Kind::Platform, "Email Sent")]).tenant(TENANT);
        assert_eq!(
            rows.clone().mail_from("it@contoso.example").certainty(&RULE),
            Some(Certainty::Likely)
        );
        assert_eq!(rows.certainty(&RULE), None, "MAIL FROM outside the accepted domains");
    }

    #[test]
    fn a_row_speaks_against_it() {
        let rows =
            Rows::of(&[(Kind::Event, "fail")]).tenant(TENANT).mail_from("it@contoso.example");
        assert_eq!(rows.certainty(&RULE), None);
    }
}
