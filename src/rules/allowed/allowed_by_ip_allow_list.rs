//! `IPV:CAL` with filtering skipped: the IP Allow List.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::{Direction, Sfv};
use crate::rules::reading;
use crate::rules::source::{Path, gateway_in_front, source};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "allowed-by-ip-allow-list",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "The connecting IP is on the tenant's IP Allow List, and spam filtering was skipped for it.",
        evidence: &[
            "Proven: SFV:SKI with IPV:CAL in the recipient's inbound report",
            "Likely: SFV:SKN with IPV:CAL, the usual stamp of real hits; a mail flow rule may have matched as well",
        ],
        against: &[
            "IPV:CAL with SFV:NSPM or SPM: the filter ran all the same",
            "SKI on internal mail (DIR:INT, CIP 255.255.255.255) has another meaning",
            "A report that is -Untrusted or DIR:OUT is the sender's",
        ],
        fix: &["Replace the entry by Advanced Delivery, then remove the IP from the list"],
        caveat: "An allowed IP skips sender authentication for everyone who can send from it; CISA SCuBA says not to use the list.",
        references: &[references::CONNECTION_FILTER, references::HEADERS, references::SCUBA],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let sfv = reading::sfv(case)?;
    let inbound = case.verdict.direction.as_ref().map(|direction| &direction.value)
        == Some(&Direction::Inbound);
    if !reading::allow_listed(case)
        || !inbound
        || reading::is_internal(case)
        || !reading::let_through(case)
    {
        return None;
    }
    let (certainty, also) = match sfv {
        Sfv::Skipped => (Certainty::Proven, None),
        Sfv::RuleBypass => (
            Certainty::Likely,
            Some(
                "not checked: a mail flow rule may have asked for a bypass as well (the trace's ruleId would tell)",
            ),
        ),
        _ => return None,
    };
    let evidence = reading::stamps(case, &["IPV", "SFV", "CIP"]);
    let mut summary = match &case.verdict.connecting_ip {
        Some(ip) => format!(
            "The IP Allow List let it through: {} is on it, and spam filtering was skipped.",
            ip.value
        ),
        None => "The IP Allow List let it through, and spam filtering was skipped.".to_owned(),
    };
    if source(case).path == Path::BehindGateway {
        summary.push_str(if gateway_in_front(case).is_some() {
            " It is a gateway's: whatever comes through that gateway skips the filter."
        } else {
            " It may be a gateway's: then whatever comes through that gateway skips the filter."
        });
    }
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded = vec![
        "the filter did not run (SFV is not NSPM or SPM)".to_owned(),
        "it is not internal mail".to_owned(),
        "the report is the recipient organisation's own inbound one".to_owned(),
    ];
    finding.excluded.extend(also.map(str::to_owned));
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::ip_allow_list_remove(case));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    #[test]
    fn ski_with_cal_is_proven_and_skn_with_cal_likely() {
        let stamped =
            |sfv: &str| Mail::inbound().verdict(&format!("IPV:CAL;SFV:{sfv};CAT:NONE")).in_inbox();
        assert_eq!(stamped("SKI").certainty(&RULE), Some(Certainty::Proven));
        assert_eq!(stamped("SKN").certainty(&RULE), Some(Certainty::Likely));
    }

    #[test]
    fn only_an_entry_of_the_list_is_taken_off_it() {
        let told = |entry: &str| {
            let tenant = format!(
                r#"{{"HostedConnectionFilterPolicy": {{"Name": "Default", "IPAllowList": ["{entry}"]}}}}"#
            );
            let mail = Mail::inbound().verdict("IPV:CAL;SFV:SKI;CAT:NONE").in_inbox();
            let finding = mail.tenant(&tenant).finding(&RULE).unwrap();
            finding.fix.iter().map(|fix| fix.text.clone()).collect::<Vec<_>>().join("\n")
        };
        assert!(told("203.0.113.10").contains("-IPAllowList @{Remove='203.0.113.10'}"));
        let wide = told("203.0.113.8-203.0.113.15");
        assert!(!wide.contains("Remove="), "{wide}");
        assert!(wide.contains("entry `203.0.113.8-203.0.113.15` covers 203.0.113.10"), "{wide}");
    }

    #[test]
    fn a_gateway_on_the_list_is_told_and_is_what_is_taken_off_it() {
        let report = "CIP:198.51.100.20;CTRY:US;IPV:CAL;SFV:SKN;CAT:NONE;H:us-smtp-delivery-1.mimecast.com;DIR:INB;";
        let finding =
            Mail::inbound().behind_mimecast().report(report).in_inbox().finding(&RULE).unwrap();
        assert!(finding.summary.contains("a gateway's"), "{}", finding.summary);
        let fix = finding.fix.iter().map(|fix| fix.text.as_str()).collect::<String>();
        assert!(fix.contains("-IPAllowList @{Remove=\"198.51.100.20\"}"), "{fix}");
        assert!(fix.contains("-SenderIpRanges 203.0.113.10"), "{fix}");
    }

    #[test]
    fn a_block_entry_goes_before_the_allow_entry() {
        let told = |block: &str| {
            let tenant = format!(
                r#"{{"HostedConnectionFilterPolicy": {{"Name": "Default", "IPAllowList": ["203.0.113.10"], "IPBlockList": ["{block}"]}}}}"#
            );
            let mail = Mail::inbound().verdict("IPV:CAL;SFV:SKI;CAT:NONE").in_inbox();
            let fix = mail.tenant(&tenant).finding(&RULE).unwrap().fix;
            fix.iter().map(|fix| fix.text.clone()).collect::<Vec<_>>().join("\n")
        };
        assert!(
            told("203.0.113.0/24").contains("`203.0.113.0/24` covers 203.0.113.10. Take it off")
        );
        assert!(!told("198.51.100.0/24").contains("Take it off"));
    }

    #[test]
    fn cal_alone_never_proves_a_skip() {
        for sfv in ["NSPM", "SPM"] {
            let mail = Mail::inbound().verdict(&format!("IPV:CAL;SFV:{sfv};CAT:NONE")).in_inbox();
            assert_eq!(mail.certainty(&RULE), None, "{sfv}");
        }
    }

    #[test]
    fn ski_on_internal_mail_is_something_else() {
        assert_eq!(
            Mail::inbound().internal("IPV:CAL;SFV:SKI;CAT:NONE").in_inbox().certainty(&RULE),
            None
        );
        assert_eq!(
            Mail::inbound().verdict("IPV:NLI;SFV:SKI;CAT:NONE").in_inbox().certainty(&RULE),
            None
        );
    }

    #[test]
    fn a_planted_or_the_senders_report_is_no_hit() {
        let planted = Mail::inbound().report("SFV:SKI;IPV:CAL;CAT:NONE;").in_inbox();
        let senders = Mail::inbound().in_inbox().header(
            "X-Forefront-Antispam-Report-Untrusted: CIP:203.0.113.9;CTRY:US;H:x;IPV:CAL;SFV:SKI;CAT:NONE;DIR:OUT;",
        );
        assert_eq!(planted.certainty(&RULE), None);
        assert_eq!(senders.certainty(&RULE), None);
    }
}
