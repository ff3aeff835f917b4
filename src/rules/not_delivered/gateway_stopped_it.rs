//! A gateway in front of Microsoft 365 kept the message.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references, refused};

pub(super) const RULE: Rule = Rule {
    id: "gateway-stopped-it",
    stage: Stage::NotDelivered,
    role: Role::Cause,
    entry: Entry {
        meaning: "The security gateway in front of Microsoft 365 rejected or held the message, so Microsoft 365 never saw it.",
        evidence: &[
            "Proven: the gateway's own log (rejected, held, greylisted, impersonation, anti-spoofing)",
            "Likely: the MX is not Microsoft 365's, the platform says sent, and no row exists",
        ],
        against: &["Any trace row of the message in Microsoft 365"],
        fix: &["Exempt the platform in the gateway, or deliver straight to the tenant"],
        caveat: "Microsoft 365 still filters after that, and the gateway hides the sender's IP from it.",
        references: &[references::OTHER_SERVICES],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    refused::unexplained(case)?;
    let described = case.campaign.and_then(|campaign| campaign.gateway.as_ref());
    let mut finding = match (reading::mx_is_microsoft(case), described) {
        (Some(true), _) => return None,
        (Some(false), _) => {
            let summary = "No row shows it, and the domain's mail goes to another system first.";
            let mut finding =
                RULE.finding(Certainty::Likely, summary, case.landing.evidence.clone());
            finding
                .excluded
                .push("the exported MX records do not point at Microsoft 365".to_owned());
            finding
        }
        (None, Some(_)) => {
            refused::candidate(&RULE, case, "The gateway of the campaign file may have kept it.")?
        }
        (None, None) => refused::candidate(
            &RULE,
            case,
            "A gateway in front of Microsoft 365 may have kept it.",
        )?,
    };
    finding.fix = fixes::gateway_bypass(case);
    finding.fix.extend(fixes::direct_delivery(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rows;
    use crate::trace::statement::Kind;

    fn with_mx(host: &str) -> Option<Certainty> {
        let json =
            format!(r#"{{"MxRecord":[{{"Domain":"contoso.example","Exchange":"{host}"}}]}}"#);
        Rows::of(&[(Kind::Platform, "Email Sent")]).tenant(&json).certainty(&RULE)
    }

    #[test]
    fn an_mx_elsewhere_and_no_row_is_likely() {
        assert_eq!(with_mx("mx.gateway.example"), Some(Certainty::Likely));
        assert_eq!(with_mx("contoso-example.mail.protection.outlook.com"), None);
    }

    #[test]
    fn without_the_mx_it_is_possible() {
        let rows = Rows::of(&[(Kind::Platform, "Email Sent")]);
        assert_eq!(rows.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn a_row_speaks_against_it() {
        assert_eq!(Rows::of(&[(Kind::Event, "fail")]).certainty(&RULE), None);
    }
}
