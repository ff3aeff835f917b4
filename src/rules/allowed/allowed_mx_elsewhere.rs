//! Delivered because the domain's MX does not point at Microsoft 365.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::Message;
use crate::message::values::{AuthResult, Cat, DmarcAction, Sfv};
use crate::rules::reading;
use crate::rules::source::gateway_in_front;
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "allowed-mx-elsewhere",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "Protections that hold only while MX points at Microsoft 365 did not act, so the message got through.",
        evidence: &[
            "Proven: MX at a gateway and an allow entry matched (SFV SKN, SKI, SKA, SFE) although CAT shows high confidence phishing",
            "Possible: IPV:CAL with CAT high confidence phishing in the Inbox, and a sign of MX elsewhere (compauth reason 905)",
            "Likely: compauth=none with reason 905 or 405 behind a gateway, so a DMARC policy of quarantine or reject was not enforced",
            "Possible: the same with reason 451: a connector matched, or the mail came to Microsoft 365 past the MX (Direct Send looks like that)",
        ],
        against: &["MX points at Microsoft 365", "Enhanced Filtering is in effect"],
        fix: &[
            "Enhanced Filtering for the gateway's connector",
            "Advanced Delivery with the platform's own IP",
        ],
        caveat: "With MX elsewhere, allow entries can deliver real high confidence phishing too.",
        references: &[references::SECURE_BY_DEFAULT, references::PRECEDENCE, references::HEADERS],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let skip_listed =
        case.message.is_some_and(|message| message.enhanced_filtering.original_sender.is_some());
    if !reading::reached_the_user(case)
        || skip_listed
        || reading::mx_is_microsoft(case) == Some(true)
    {
        return None;
    }
    let mut finding = high_confidence_phish(case).or_else(|| dmarc_not_enforced(case))?;
    finding.excluded.push("Enhanced Filtering is not in effect".to_owned());
    match reading::mx_is_microsoft(case) {
        Some(false) => {
            finding.excluded.push("the exported MX does not point at Microsoft 365".to_owned())
        }
        _ => {
            finding.excluded.push("not checked: the MX record of the recipient's domain".to_owned())
        }
    }
    finding.fix = fixes::advanced_delivery(case);
    Some(finding)
}

/// How sure it is that mail for the domain does not come to Microsoft 365 first.
fn elsewhere(case: &Case<'_>) -> Certainty {
    match (reading::mx_is_microsoft(case), gateway_in_front(case)) {
        (Some(false), _) => Certainty::Proven,
        (_, Some(_)) => Certainty::Likely,
        _ => Certainty::Possible,
    }
}

fn high_confidence_phish(case: &Case<'_>) -> Option<Finding> {
    let allowed = matches!(
        reading::sfv(case)?,
        Sfv::RuleBypass | Sfv::Skipped | Sfv::PolicyAllowed | Sfv::UserSafe
    );
    // IPV:CAL beside SFV:SPM tells that the list matched, not that it decided
    let listed = reading::allow_listed(case) && reading::mx_elsewhere(case).is_some();
    if !(allowed || listed) || reading::cat(case)? != &Cat::HighConfidencePhish {
        return None;
    }
    let mut evidence = reading::verdict_and_landing(case, &["CAT", "SFV", "IPV"]);
    reading::add(
        &mut evidence,
        gateway_in_front(case).and_then(|gateway| gateway.evidence.first().cloned()),
    );
    if !allowed {
        reading::add(&mut evidence, reading::mx_elsewhere(case).and_then(|(_, stated)| stated));
        return Some(RULE.finding(
            Certainty::Possible,
            "The IP Allow List (IPV:CAL) may have let high confidence phishing through, which Microsoft 365 permits only where MX points elsewhere.",
            evidence,
        ));
    }
    Some(RULE.finding(
        elsewhere(case),
        "An allow entry let high confidence phishing through, which Microsoft 365 permits only where MX points elsewhere.",
        evidence,
    ))
}

/// `compauth=none`: neither spoof intelligence nor Honor DMARC acts (`headers.md` §3.1).
fn dmarc_not_enforced(case: &Case<'_>) -> Option<Finding> {
    let results = case.message.and_then(Message::results)?;
    let asked = matches!(results.dmarc_action, Some(DmarcAction::Quarantine | DmarcAction::Reject));
    if !asked
        || results.dmarc != Some(AuthResult::Fail)
        || results.compauth != Some(AuthResult::None)
    {
        return None;
    }
    let reason = results.compauth_reason.as_deref()?;
    let routed = reason.starts_with('9') || reason == "405";
    if !routed && reason != "451" {
        return None;
    }
    let mut evidence: Vec<_> = ["compauth", "dmarc"]
        .into_iter()
        .filter_map(|method| reading::results_piece(case, method))
        .collect();
    let direct_send = reading::organization(case, "IsAnonymousDirectSend");
    reading::add(&mut evidence, direct_send.and_then(|header| reading::quoted(case, header)));
    reading::add(
        &mut evidence,
        gateway_in_front(case).and_then(|gateway| gateway.evidence.first().cloned()),
    );
    let own = own_domain(case);
    let (certainty, why) = if routed {
        (elsewhere(case).min(Certainty::Likely), "because of complex routing (MX elsewhere)")
    } else if direct_send.is_some() || own {
        (
            Certainty::Possible,
            "because it came to Microsoft 365 past the MX with the organisation's own domain as sender (Direct Send)",
        )
    } else {
        (Certainty::Possible, "because a connector matched or it came to Microsoft 365 past the MX")
    };
    Some(RULE.finding(
        certainty,
        format!("DMARC failed and the domain owner asks for more, but it was not enforced, {why} (compauth reason {reason})."),
        evidence,
    ))
}

/// Whether MAIL FROM is in the recipient's own domain: what Direct Send looks like.
fn own_domain(case: &Case<'_>) -> bool {
    let recipient = case.recipient.as_ref().and_then(|recipient| fixes::domain(&recipient.value));
    recipient.is_some() && recipient == case.mail_from_domain()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    const ELSEWHERE: &str = r#"{"MxRecord":[{"Domain":"contoso.example","Exchange":"us-smtp-inbound-1.mimecast.com"}]}"#;
    const MICROSOFT: &str = r#"{"MxRecord":[{"Domain":"contoso.example","Exchange":"contoso-example.mail.protection.outlook.com"}]}"#;

    fn unenforced(reason: &str) -> Mail {
        Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox().results(&format!(
            "spf=fail (sender IP is 198.51.100.20) smtp.mailfrom=brand.example; dkim=none (message not signed) header.d=none;dmarc=fail action=oreject header.from=brand.example;compauth=none reason={reason}"
        ))
    }

    #[test]
    fn an_allowed_high_confidence_phish_is_as_sure_as_the_mx() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:HPHSH").in_inbox();
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
        assert_eq!(mail.tenant(ELSEWHERE).certainty(&RULE), Some(Certainty::Proven));
    }

    #[test]
    fn the_ip_allow_list_is_possible_where_complex_routing_shows() {
        let of = |ipv: &str, compauth: &str| {
            Mail::inbound().verdict(&format!("IPV:{ipv};SFV:SPM;CAT:HPHSH")).in_inbox().results(
                &format!("spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=phish.example; dkim=pass (signature was verified) header.d=phish.example;dmarc=pass action=none header.from=phish.example;compauth={compauth}"),
            )
        };
        assert_eq!(of("CAL", "none reason=905").certainty(&RULE), Some(Certainty::Possible));
        assert_eq!(of("NLI", "none reason=905").certainty(&RULE), None, "no allow entry");
        assert_eq!(of("CAL", "pass reason=100").certainty(&RULE), None, "no sign of MX elsewhere");
        assert_eq!(of("CAL", "none reason=905").tenant(MICROSOFT).certainty(&RULE), None);
    }

    #[test]
    fn with_mx_at_microsoft_it_cannot_be_the_reason() {
        let mail =
            Mail::inbound().verdict("IPV:NLI;SFV:SKN;CAT:HPHSH").in_inbox().tenant(MICROSOFT);
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn unenforced_dmarc_is_never_proven() {
        assert_eq!(unenforced("905").tenant(ELSEWHERE).certainty(&RULE), Some(Certainty::Likely));
        assert_eq!(unenforced("905").certainty(&RULE), Some(Certainty::Possible));
        assert_eq!(unenforced("451").certainty(&RULE), Some(Certainty::Possible));
        assert_eq!(unenforced("130").certainty(&RULE), None);
    }

    #[test]
    fn enhanced_filtering_in_effect_rules_it_out() {
        let mail = unenforced("905").header("X-MS-Exchange-ExternalOriginalInternetSender: ip=[203.0.113.10];domain=mail.phish.example");
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn direct_send_is_named_when_its_mark_is_there() {
        let mail =
            unenforced("451").header("X-MS-Exchange-Organization-IsAnonymousDirectSend: True");
        assert!(mail.finding(&RULE).unwrap().summary.contains("Direct Send"));
    }
}
