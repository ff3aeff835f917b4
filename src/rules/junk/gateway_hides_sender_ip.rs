//! A gateway connected to Microsoft 365, so no allow entry for the platform's IP can match.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::Position;
use crate::rules::source::{
    Path, campaigns_gateway, gateway_in_front, is_gateway_by_helo_alone, source,
};
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use std::net::IpAddr;

pub(super) const RULE: Rule = Rule {
    id: "gateway-hides-sender-ip",
    stage: Stage::Junk,
    role: Role::Contributing,
    entry: Entry {
        meaning: "A security gateway connected to Microsoft 365, so the filter judged the gateway's IP, and allow entries for the platform's IP could not match.",
        evidence: &[
            "Proven: the first Microsoft hop came from a gateway, CIP and the sender IP in Authentication-Results are the gateway's, and the platform's IP stands one or more hops lower",
            "Often also spf=fail, dkim=fail (body hash did not verify), compauth reason 905",
        ],
        against: &[
            "Enhanced Filtering works: X-MS-Exchange-ExternalOriginalInternetSender names the platform's IP, and so does Authentication-Results",
            "The gateway is the sender's, not the recipient's: SPF passes for the very address that connected and is aligned, or MxPointsToUs is true",
        ],
        fix: &[
            "Enhanced Filtering for the gateway's connector, then Advanced Delivery with the platform's IP",
            "Or direct delivery past the gateway, or a mail flow rule that tests the platform's header",
            "Turn off link rewriting in one of the two products",
        ],
        caveat: "Never add the gateway's IPs to Advanced Delivery or the IP Allow List: that lets anyone through who uses the listed \
                 domain. If the gateway breaks DKIM, the listed domain must be the MAIL FROM domain.",
        references: &[
            references::ENHANCED_FILTERING,
            references::ADVANCED_DELIVERY,
            references::OTHER_SERVICES,
        ],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let source = source(case);
    let gateway = gateway_in_front(case);
    // What got through is judged by the rules that say what let it through.
    if source.path != Path::BehindGateway
        || !(case.landing.outcome.is_failure() || would_fail(case))
    {
        return None;
    }
    let ip = source.connecting_ip?;
    let mut evidence = reading::stamps(case, &["CIP"]);
    reading::add(&mut evidence, reading::results_piece(case, "spf"));
    reading::add(&mut evidence, source.evidence.clone());
    reading::add(
        &mut evidence,
        gateway.into_iter().flat_map(|gateway| gateway.evidence.iter().take(2).cloned()),
    );
    let vendor = gateway.map_or("another system", |gateway| gateway.vendor);
    let looped = gateway.is_some_and(|gateway| gateway.position == Position::InAndOut);
    let true_ip = source.ip.or_else(|| first_pass_ip(case).filter(|_| looped));
    let summary = match true_ip {
        Some(true_ip) => format!(
            "Microsoft 365 saw {vendor} ({ip}) as the sender, not {true_ip}: allow entries for {true_ip} cannot match."
        ),
        None => format!(
            "Microsoft 365 saw {vendor} ({ip}) as the sender: allow entries for the platform's own IP cannot match."
        ),
    };
    let known = gateway.is_some() || campaigns_gateway(case, source.connecting_ip);
    let by_helo_alone = is_gateway_by_helo_alone(case);
    let certainty = match (known, true_ip) {
        // That both passes were of the same organisation is told by signs only.
        (true, Some(_)) if looped || by_helo_alone => Certainty::Likely,
        (true, Some(_)) => Certainty::Proven,
        (true, None) => Certainty::Likely,
        (false, _) => Certainty::Possible,
    };
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded.push("Enhanced Filtering is not in effect: no ExternalOriginalInternetSender, and Authentication-Results has the gateway's IP".to_owned());
    finding.excluded.push(if looped {
        "the gateway is the recipient's: it took the message from Microsoft 365 and handed it back"
            .to_owned()
    } else if known {
        "the gateway is the recipient's: it handed the message to the first Microsoft hop".to_owned()
    } else if case.campaign.is_some() {
        "not excluded: the connecting system is the platform's own and missing from the campaign's list".to_owned()
    } else {
        "not excluded: the connecting system is the platform's own".to_owned()
    });
    if by_helo_alone {
        finding.excluded.push(
            "not excluded: only HELO names the product, which is the peer's own word; reverse DNS does not"
                .to_owned(),
        );
    }
    if looped {
        finding.excluded.push(
            "in-and-out routing: Enhanced Filtering does not make Advanced Delivery work there"
                .to_owned(),
        );
    }
    finding.fix = fixes::advanced_delivery(case);
    if !looped {
        finding.fix.extend(fixes::direct_delivery(case));
    }
    finding.fix.extend(fixes::gateway_bypass(case));
    Some(finding)
}

/// The peer of the first pass through Microsoft 365, where in-and-out routing made it two.
fn first_pass_ip(case: &Case<'_>) -> Option<IpAddr> {
    let message = case.message?;
    message.hops.get(message.edge? + 1..)?.iter().find(|hop| hop.by_edge())?.ip()
}

/// A verdict against it, in a copy that does not show where it ended.
fn would_fail(case: &Case<'_>) -> bool {
    use crate::finding::Outcome;
    case.landing.outcome == Outcome::Unknown
        && reading::cat(case)
            .is_some_and(|cat| reading::within_allow(cat) || reading::beyond_every_allow(cat))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn behind(pairs: &str) -> Mail {
        Mail::inbound().behind_mimecast().report(&format!(
            "CIP:198.51.100.20;CTRY:US;LANG:en;SCL:5;SRV:;{pairs};H:us-smtp-delivery-1.mimecast.com;PTR:us-smtp-delivery-1.mimecast.com;SFS:(13230040);DIR:INB;"
        ))
    }

    #[test]
    fn the_gateways_ip_with_the_platforms_below_is_proven() {
        let finding = behind("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Proven);
        assert!(
            finding.summary.contains("198.51.100.20") && finding.summary.contains("203.0.113.10"),
            "{}",
            finding.summary
        );
    }

    #[test]
    fn a_product_that_helo_alone_names_is_likely_at_most() {
        for (ptr, certainty) in [
            ("us-smtp-delivery-1.mimecast.com", Certainty::Proven),
            ("", Certainty::Proven),
            ("host-20.isp.example", Certainty::Likely),
            ("InfoDomainNonexistent", Certainty::Likely),
        ] {
            let report = format!(
                "CIP:198.51.100.20;CTRY:US;IPV:NLI;SFV:SPM;CAT:SPM;H:us-smtp-delivery-1.mimecast.com;PTR:{ptr};DIR:INB;"
            );
            let mail = Mail::inbound().behind_mimecast().report(&report).in_junk();
            assert_eq!(mail.certainty(&RULE), Some(certainty), "{ptr}");
        }
    }

    #[test]
    fn the_fix_names_the_platforms_ip_and_never_allows_the_gateways() {
        let finding = behind("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().finding(&RULE).unwrap();
        let text: String = finding.fix.iter().map(|fix| fix.text.as_str()).collect();
        assert!(text.contains("-SenderIpRanges 203.0.113.10"), "{text}");
        assert!(!text.contains("SenderIpRanges 198.51.100.20"), "{text}");
    }

    #[test]
    fn enhanced_filtering_in_effect_is_a_working_setup() {
        let mail = behind("IPV:NLI;SFV:SPM;CAT:SPM")
            .in_junk()
            .results("spf=pass (sender IP is 203.0.113.10) smtp.mailfrom=phish.example; dkim=pass (signature was verified) header.d=phish.example;dmarc=pass action=none header.from=phish.example;compauth=pass reason=100")
            .header("X-MS-Exchange-SkipListedInternetSender: ip=[203.0.113.10];domain=mail.phish.example")
            .header("X-MS-Exchange-ExternalOriginalInternetSender: ip=[203.0.113.10];domain=mail.phish.example");
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn mail_straight_from_the_platform_is_not_hidden() {
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().certainty(&RULE),
            None
        );
    }

    #[test]
    fn the_senders_own_gateway_is_not_the_recipients() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().received(&[
            "Received: from mail.phish.example (203.0.113.10) by\r\n BL02EPF0001A0FB.mail.protection.outlook.com (10.167.242.202) with Microsoft SMTP\r\n Server id 15.20.9160.9 via Frontend Transport; Tue, 14 Oct 2025 09:12:31 +0000",
            "Received: from app.phish.example (app.phish.example [192.0.2.7]) by\r\n relay.mimecast.com with ESMTP id us-mta-77-abcDEFghiJKLmnoPQRstuV-1; Tue,\r\n 14 Oct 2025 05:12:28 -0400",
        ]);
        assert_eq!(mail.certainty(&RULE), None);
    }

    const SENDERS_SPF: &str = "spf=pass (sender IP is 198.51.100.20) smtp.mailfrom=phish.example; dkim=pass (signature was verified) header.d=phish.example;dmarc=pass action=none header.from=phish.example;compauth=pass reason=100";

    #[test]
    fn a_gateway_that_the_senders_domain_authorises_is_the_senders() {
        let mail = behind("IPV:NLI;SFV:SPM;CAT:SPM").in_junk();
        assert_eq!(mail.results(SENDERS_SPF).certainty(&RULE), None);
    }

    #[test]
    fn a_gateway_before_an_mx_that_is_microsofts_is_the_senders() {
        let mail = behind("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().results(
            "spf=none (sender IP is 198.51.100.20) smtp.mailfrom=phish.example; dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=phish.example;compauth=fail reason=001",
        );
        let mail = mail.header("X-MS-Exchange-Organization-MxPointsToUs: true");
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn in_and_out_routing_names_the_peer_of_the_first_pass_and_is_likely_at_most() {
        let mail = behind("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().received(&[
            "Received: from us-smtp-delivery-1.mimecast.com (198.51.100.20) by BL02EPF0001A0FB.mail.protection.outlook.com (10.167.242.202) with Microsoft SMTP Server id 15.20.9160.9; Tue, 14 Oct 2025 09:12:31 +0000",
            "Received: from mail-dm6nam12lp2168.outbound.protection.outlook.com (104.47.59.168) by relay.mimecast.com with ESMTP id us-mta-77-a-1; Tue, 14 Oct 2025 09:12:29 +0000",
            "Received: from mail.phish.example (203.0.113.10) by BL02EPF0001A0C9.mail.protection.outlook.com (10.167.241.194) with Microsoft SMTP Server id 15.20.9228.7; Tue, 14 Oct 2025 09:12:27 +0000",
        ]).header("X-Forefront-Antispam-Report-Untrusted: CIP:203.0.113.10;CTRY:US;LANG:en;SCL:1;SRV:;IPV:NLI;SFV:NSPM;H:mail.phish.example;PTR:mail.phish.example;CAT:NONE;SFS:(13230040);DIR:INB;");
        let finding = mail.finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Likely);
        assert!(finding.summary.contains("203.0.113.10"), "{}", finding.summary);
        let fixes: String = finding.fix.iter().map(|fix| fix.text.as_str()).collect();
        assert!(!fixes.contains("104.47.59.168") && !fixes.contains("EFSkip"), "{fixes}");
    }
}
