//! The IP is on the IP Allow List, and `IPV:CAL` is not there: the second cross-forest case.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Sfv;
use crate::rules::reading;
use crate::rules::source::{Path, source};
use crate::rules::{Entry, Rule, Stage, fixes, references};

pub(super) const RULE: Rule = Rule {
    id: "ip-allow-cal-missing-forest",
    stage: Stage::Junk,
    role: Role::Contributing,
    entry: Entry {
        meaning: "The IP Allow List holds the connecting IP, yet it did not apply (no IPV:CAL). One documented reason: the tenant and the \
                  server that first received the message are in different datacenter forests.",
        evidence: &[
            "Likely at best: DIR:INB, the exported IP Allow List covers CIP and was changed well before the message, IPV is not CAL, and a spam verdict",
            "Stronger still: other messages of the same campaign from the same IP carry IPV:CAL",
        ],
        against: &[
            "CIP is a gateway's (gateway-hides-sender-ip)",
            "The list was changed after the message, or too shortly before it",
            "The source is IPv6, which the list does not take",
            "Skip listing made another address the sender",
            "DIR:INT: internal mail",
        ],
        fix: &[
            "Advanced Delivery",
            "Microsoft's documented workaround: a mail flow rule for the IP that requests SCL -1",
        ],
        caveat: "Headers cannot confirm a forest mismatch: the labels in host names do not name the tenant's forest and practically never \
                 match in ordinary mail either. The export shows today's list, not that of the day of the message.",
        references: &[references::CONNECTION_FILTER, references::TROUBLESHOOTING],
    },
    check,
};

/// A change of the list is taken to have reached every server after a day, in seconds.
const PROPAGATED: i64 = 24 * 60 * 60;

fn check(case: &Case<'_>) -> Option<Finding> {
    let source = source(case);
    let ip = source.connecting_ip.filter(|ip| ip.is_ipv4())?;
    let filter = case.tenant?.connection_filter()?;
    let listed = filter.ip_allow_list.as_ref()?.covering(ip)?;
    let judged =
        *reading::sfv(case)? == Sfv::Spam && reading::cat(case).is_none_or(reading::within_allow);
    if !judged
        || reading::allow_listed(case)
        || source.path != Path::Direct
        || reading::is_internal(case)
    {
        return None;
    }
    let received = received(case);
    let settled = match (filter.when_changed, received) {
        (Some(changed), Some(received)) if changed > received => return None,
        (Some(changed), Some(received)) => Some(received - changed >= PROPAGATED),
        _ => None,
    };
    let mut evidence = vec![filter.origin.evidence("IPAllowList", &listed.raw)];
    reading::add(&mut evidence, reading::stamps(case, &["IPV", "CIP", "SFV", "CAT"]));
    let certainty = if settled == Some(true) { Certainty::Likely } else { Certainty::Possible };
    let summary = format!(
        "{ip} is on the IP Allow List and connected itself, yet the list did not apply (no IPV:CAL); a forest mismatch is one documented reason, which headers cannot confirm."
    );
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded = vec![
        "the connecting IP is not a gateway's".to_owned(),
        "skip listing did not make another address the sender".to_owned(),
        "the source is IPv4".to_owned(),
        "the message is not internal (DIR is not INT)".to_owned(),
        match settled {
            Some(true) => "the list was last changed more than a day before the message".to_owned(),
            Some(false) => {
                "not excluded: the list was changed less than a day before the message".to_owned()
            }
            None => "not checked: when the list was last changed".to_owned(),
        },
    ];
    if let Some(labels) = labels(case) {
        finding.excluded.push(labels);
    }
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::spam_bypass_rule(case));
    Some(finding)
}

/// When the first Microsoft hop took the message.
fn received(case: &Case<'_>) -> Option<i64> {
    let message = case.message?;
    message.hops.get(message.edge?)?.timestamp
}

/// Forest labels, as information only (`headers.md` §5.3).
fn labels(case: &Case<'_>) -> Option<String> {
    let edge = reading::organization(case, "AuthSource")?.value;
    let edge = edge.split('.').nth(1)?;
    let mailbox = case.message?.hops.first()?.forest()?;
    Some(format!(
        "for information only: host names show edge {edge}, mailbox {mailbox}; such labels do not name the tenant's forest"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    /// 2025-10-01 and 2025-10-14 08:00 UTC; the message is of 2025-10-14 09:12.
    const LONG_BEFORE: &str = r#"{"HostedConnectionFilterPolicy":{"Name":"Default","IPAllowList":["203.0.113.0/28"],"WhenChangedUTC":"2025-10-01T00:00:00Z"}}"#;
    const SHORTLY_BEFORE: &str = r#"{"HostedConnectionFilterPolicy":{"Name":"Default","IPAllowList":["203.0.113.10"],"WhenChangedUTC":"2025-10-14T08:00:00Z"}}"#;
    const AFTER: &str = r#"{"HostedConnectionFilterPolicy":{"Name":"Default","IPAllowList":["203.0.113.10"],"WhenChangedUTC":"2025-10-20T08:00:00Z"}}"#;
    const OTHER: &str = r#"{"HostedConnectionFilterPolicy":{"Name":"Default","IPAllowList":["192.0.2.10"],"WhenChangedUTC":"2025-10-01T00:00:00Z"}}"#;

    fn certainty(mail: &Mail, filter: &str) -> Option<Certainty> {
        mail.clone().tenant(filter).certainty(&RULE)
    }

    fn junked() -> Mail {
        Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk()
    }

    #[test]
    fn a_settled_list_that_did_not_apply_is_likely_at_best() {
        assert_eq!(certainty(&junked(), LONG_BEFORE), Some(Certainty::Likely));
    }

    #[test]
    fn a_fresh_change_leaves_propagation_open() {
        assert_eq!(certainty(&junked(), SHORTLY_BEFORE), Some(Certainty::Possible));
    }

    #[test]
    fn a_later_entry_or_another_ip_explains_nothing() {
        assert_eq!(certainty(&junked(), AFTER), None);
        assert_eq!(certainty(&junked(), OTHER), None);
    }

    #[test]
    fn without_the_tenants_list_nothing_is_claimed() {
        assert_eq!(junked().certainty(&RULE), None);
    }

    #[test]
    fn a_gateway_skip_listing_internal_mail_and_cal_are_rivals() {
        let gateway = Mail::inbound().behind_mimecast().in_junk().report(
            "CIP:203.0.113.10;CTRY:US;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:us-smtp-delivery-1.mimecast.com;PTR:;CAT:SPM;SFS:(1);DIR:INB;",
        );
        let skipped = junked().header("X-MS-Exchange-ExternalOriginalInternetSender: ip=[192.0.2.9];domain=mail.phish.example");
        let internal = Mail::inbound().internal("IPV:NLI;SFV:SPM;CAT:SPM").in_junk();
        let applied = Mail::inbound().verdict("IPV:CAL;SFV:SPM;CAT:SPM").in_junk();
        for mail in [gateway, skipped, internal, applied] {
            assert_eq!(certainty(&mail, LONG_BEFORE), None, "{}", mail.text());
        }
    }

    #[test]
    fn an_ipv6_source_cannot_be_on_the_list() {
        let mail = Mail::inbound().in_junk().report(
            "CIP:2001:db8::10;CTRY:US;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:mail.phish.example;PTR:;CAT:SPM;SFS:(1);DIR:INB;",
        );
        assert_eq!(certainty(&mail, LONG_BEFORE), None);
    }

    #[test]
    fn forest_labels_are_information_only() {
        let finding = junked()
            .header(
                "X-MS-Exchange-Organization-AuthSource: BL02EPF0001A0FB.namprd03.prod.outlook.com",
            )
            .tenant(LONG_BEFORE)
            .finding(&RULE)
            .unwrap();
        let said = finding.excluded.iter().find(|said| said.starts_with("for information only"));
        assert!(said.unwrap().contains("edge namprd03, mailbox namprd14"));
        assert!(!finding.summary.contains("namprd"));
    }
}
