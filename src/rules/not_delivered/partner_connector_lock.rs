//! An inbound connector locks the tenant to listed sources.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "partner-connector-lock",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "A Partner inbound connector takes mail from listed addresses or certificates only: the lock to a gateway.",
        evidence: &[
            "Proven: 550 5.7.51 TenantInboundAttribution, naming RestrictDomainsToIPAddresses or RestrictDomainsToCertificate",
            "Likely: such a connector for all domains is on, does not name the platform's IP, and no row exists",
        ],
        against: &["The message came through the gateway: the connecting IP is the gateway's"],
        fix: &[
            "Send through the gateway and allow-list there",
            "Or add the platform's IP to that connector",
        ],
        caveat: "SenderIPAddresses takes IPv4 and /24 to /32 only. The refusal comes at connection, so the \
                 IP Allow List and Advanced Delivery should not be able to lift it.",
        references: &[
            references::NDR,
            "Microsoft Learn, Set-InboundConnector: https://learn.microsoft.com/powershell/module/exchangepowershell/set-inboundconnector",
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let locking = case.tenant.and_then(|tenant| tenant.connectors().find(|one| one.is_lock()));
    let mut finding =
        refused::proven(&RULE, case, "An inbound connector takes mail from listed sources only")
            .or_else(|| {
                refused::unexplained(case)?;
                let Some(connector) = locking else {
                    let known =
                        case.tenant.is_some_and(|tenant| tenant.inbound_connectors.is_some());
                    return (!known).then(|| {
                        refused::candidate(
                            &RULE,
                            case,
                            "An inbound connector may lock the tenant to a gateway.",
                        )
                    })?;
                };
                let ip = case.sending_ip().map(|fact| fact.value);
                if ip.is_some_and(|ip| connector.names(ip)) {
                    return None;
                }
                let certainty = if ip.is_some() { Certainty::Likely } else { Certainty::Possible };
                let mut finding = RULE.finding(
            certainty,
            "No row shows it, and an inbound connector locks the tenant to sources that it lists.",
            vec![connector.origin.named()],
        );
                finding.excluded.push(match ip {
                    Some(ip) => format!("the connector does not name {ip}"),
                    None => "not checked: the platform's IP is not known".to_owned(),
                });
                Some(finding)
            })?;
    let ip = fixes::Values::of(case).ip();
    finding.fix = fixes::gateway_bypass(case);
    finding.fix.push(fixes::portal(format!(
        "Exchange admin center > Mail flow > Connectors > (the locking connector) > Edit sent email \
         identity > add {ip}"
    )));
    finding.fix.push(fixes::powershell(format!(
        "Get-InboundConnector | Where-Object RestrictDomainsToIPAddresses | Format-List Name,SenderIPAddresses\n\
         $c = Get-InboundConnector \"<connector>\"; Set-InboundConnector $c.Identity -SenderIPAddresses (@($c.SenderIPAddresses) + \"{ip}\")"
    )));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    const LOCK: &str = r#"{"InboundConnector":[{"Name":"Lock","Enabled":true,"ConnectorType":"Partner","SenderDomains":["smtp:*;1"],"RestrictDomainsToIPAddresses":true,"SenderIPAddresses":["198.51.100.0/24"]}]}"#;

    #[test]
    fn the_answer_is_proof() {
        let text = "550 5.7.51 TenantInboundAttribution; There is a partner connector configured that matched the message's recipient domain. The connector had either the RestrictDomainsToIPAddresses or RestrictDomainsToCertificate set";
        assert_eq!(
            Rows::of(&[(Kind::PlatformError, text)]).certainty(&RULE),
            Some(Certainty::Proven)
        );
    }

    #[test]
    fn a_locking_connector_without_the_platforms_ip_is_likely() {
        let rows = Rows::of(&[(Kind::Platform, "Email Sent")]).tenant(LOCK);
        assert_eq!(
            rows.clone().connecting_ip("203.0.113.10").certainty(&RULE),
            Some(Certainty::Likely)
        );
        assert_eq!(
            rows.connecting_ip("198.51.100.20").certainty(&RULE),
            None,
            "the gateway's own address"
        );
    }

    #[test]
    fn without_such_a_connector_it_is_not_it() {
        let rows = Rows::of(&[(Kind::Platform, "Email Sent")]).tenant(r#"{"InboundConnector":[]}"#);
        assert_eq!(rows.certainty(&RULE), None);
    }
}
