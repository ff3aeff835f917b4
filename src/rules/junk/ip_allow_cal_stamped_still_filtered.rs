//! `IPV:CAL` is there, and the message was filtered all the same: the first cross-forest case.

use crate::case::Case;
use crate::fact::Citation;
use crate::finding::{Certainty, Finding, Outcome, Role};
use crate::message::values::{AuthResult, Cat, Direction, Sfv};
use crate::rules::mail::{mail, stood_then};
use crate::rules::reading::{self, Landed};
use crate::rules::{Entry, Rule, Stage, fixes, references};
use crate::tenant::matching::{Truth, rules_that, tenant_block};
use crate::tenant::organization::InboundConnector;
use std::net::IpAddr;

pub(super) const RULE: Rule = Rule {
    id: "ip-allow-cal-stamped-still-filtered",
    stage: Stage::Junk,
    role: Role::Contributing,
    entry: Entry {
        meaning: "The IP Allow List matched (IPV:CAL), yet spam filtering still ran. One documented reason: the IP is also a source of \
                  an on-premises, IP-based inbound connector in some tenant of the same datacenter forest.",
        evidence: &[
            "Possible: DIR:INB and IPV:CAL together with SFV:SPM or CAT SPM, HSPM, BULK or PHSH; in a trace IPV=CAL beside SFV=SPM",
            "Likely: and this tenant's own enabled OnPremises connector lists the connecting IP",
        ],
        against: &[
            "CAT HPHSH, MALW, SAP or FTBP: out of the list's reach (ip-allow-hit-but-hphish-or-malware)",
            "SFV BLK, SKB or SKS: another list or rule decided",
            "A Tenant Block entry, or DMARC (compauth reason 000)",
            "A mail flow rule that sets SCL 0 for this IP (selective-domain-scl0-rule)",
            "A report that is -Untrusted or DIR:OUT: its IPV:CAL is the sender's",
            "Since 2026: secure by default may decline the bypass",
        ],
        fix: &[
            "Advanced Delivery",
            "Microsoft's documented workaround: a mail flow rule for the IP that requests SCL -1",
            "If the connector is yours and wrong: take the IP out of it",
        ],
        caveat: "Never proven: other tenants' connectors cannot be seen, and headers do not tell forests. The workaround is itself only a request.",
        references: &[references::CONNECTION_FILTER, references::TROUBLESHOOTING],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let filtered = match (reading::sfv(case), reading::cat(case)) {
        (Some(Sfv::Spam), None) => true,
        (Some(Sfv::Spam | Sfv::NotSpam) | None, Some(cat)) => {
            matches!(cat, Cat::Spam | Cat::HighConfidenceSpam | Cat::Bulk | Cat::Phish)
        }
        _ => false,
    };
    let inbound = case
        .verdict
        .direction
        .as_ref()
        .is_none_or(|direction| direction.value == Direction::Inbound);
    // a mail flow rule's reject, or a deletion, comes before the filter's action
    let refused =
        matches!(case.landing.outcome, Outcome::Rejected | Outcome::Dropped | Outcome::Failed);
    if refused || !reading::allow_listed(case) || !filtered || !inbound || by_dmarc(case) {
        return None;
    }
    let ip = case.verdict.connecting_ip.as_ref().map(|fact| fact.value);
    let connector = ip.and_then(|ip| own_connector(case, ip));
    let rivals = rivals(case);
    let mut evidence = reading::stamps(case, &["IPV", "SFV", "CAT", "CIP"]);
    let (certainty, summary) = match &connector {
        Some((connector, _)) => (
            if rivals.is_empty() { Certainty::Likely } else { Certainty::Possible },
            format!("The IP Allow List matched, but the message was filtered: the tenant's on-premises connector `{}` lists the same IP.", connector.origin.name),
        ),
        None => (
            Certainty::Possible,
            "The IP Allow List matched (IPV:CAL), but the message was filtered all the same; an on-premises connector that lists the same IP, in any tenant of the forest, is one documented reason.".to_owned(),
        ),
    };
    reading::add(&mut evidence, connector.as_ref().map(|(_, evidence)| evidence.clone()));
    let mut finding = RULE.finding(certainty, summary, evidence);
    finding.excluded = excluded(case, ip);
    finding.excluded.extend(rivals);
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.extend(fixes::spam_bypass_rule(case));
    if let (Some((connector, _)), Some(ip)) = (connector, ip) {
        finding.fix.extend(fixes::connector_without_ip(connector, ip));
    }
    Some(finding)
}

fn by_dmarc(case: &Case<'_>) -> bool {
    reading::compauth(case)
        .is_some_and(|(result, reason)| *result == AuthResult::Fail && reason == "000")
}

/// An enabled on-premises connector of the tenant that lists the address.
fn own_connector<'a>(case: &Case<'a>, ip: IpAddr) -> Option<(&'a InboundConnector, Citation)> {
    let connector = case
        .tenant?
        .connectors()
        .find(|connector| connector.is_on_premises() && connector.names(ip))?;
    let listed = connector.sender_ip_addresses.as_ref()?.covering(ip)?;
    let evidence = connector.origin.evidence("SenderIPAddresses", &listed.raw);
    Some((connector, evidence))
}

/// Other settings in the export that explain the verdict as well.
fn rivals(case: &Case<'_>) -> Vec<String> {
    let Some(tenant) = case.tenant else { return Vec::new() };
    let mail = mail(case);
    // a block quarantines, whatever else the filter finds
    let blocked = tenant_block(tenant, &mail)
        .filter(|_| reading::landed(case, Outcome::Junk) != Landed::Shown)
        .filter(|item| stood_then(item.last_modified, &mail) != Some(false));
    let blocked = blocked.map(|item| {
        let value = item.value.as_deref().unwrap_or_default();
        format!("not excluded: the Tenant Block List blocks the sender (`{value}`)")
    });
    let filtered = rules_that(tenant, &mail, |rule| rule.set_scl.is_some_and(|scl| scl >= 0));
    let filtered = filtered.into_iter().find(|(_, found)| found.truth() == Truth::Yes);
    let filtered = filtered.map(|(rule, _)| {
        format!("not excluded: mail flow rule `{}` sets another SCL for this mail", rule.name())
    });
    blocked.into_iter().chain(filtered).collect()
}

fn excluded(case: &Case<'_>, ip: Option<IpAddr>) -> Vec<String> {
    let mut said = vec![
        "the verdict is within the list's reach: not high confidence phishing, malware or a file type".to_owned(),
        "no blocked sender and no rule's spam mark decided (SFV is not BLK, SKB or SKS)".to_owned(),
        "the report is the recipient organisation's own inbound one".to_owned(),
    ];
    if reading::compauth(case).is_some() {
        said.push("DMARC did not decide (compauth reason is not 000)".to_owned());
    }
    match case.tenant.and_then(|tenant| Some((tenant.connection_filter()?.ip_allow_list.as_ref()?, ip?))) {
        Some((list, ip)) if list.covering(ip).is_some() => {
            said.push(format!("{ip} is on the exported IP Allow List"));
        }
        Some((_, ip)) => said.push(format!("not excluded: {ip} is not on the IP Allow List as exported: it has changed since, or the stamp has another reason")),
        None => {}
    }
    if case.tenant.is_none_or(|tenant| tenant.transport_rules.is_none()) {
        said.push(
            "not checked: a mail flow rule that sets SCL 0 for this IP (no rules exported)"
                .to_owned(),
        );
    }
    if case.tenant.is_none_or(|tenant| tenant.allow_block_items.is_none()) {
        said.push("not checked: a Tenant Block entry (list not exported)".to_owned());
    }
    if case.tenant.is_none_or(|tenant| tenant.inbound_connectors.is_none()) {
        said.push("not checked: the tenant's own inbound connectors (not exported); other tenants' can never be seen".to_owned());
    }
    said.push("not excluded: since 2026 a bypass may simply not be honoured".to_owned());
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Place;
    use crate::testing::Mail;

    #[test]
    fn cal_beside_spam_is_possible_and_never_more_from_headers() {
        for pairs in [
            "IPV:CAL;SFV:SPM;CAT:SPM",
            "IPV:CAL;SFV:SPM;CAT:HSPM",
            "IPV:CAL;SFV:SPM;CAT:BULK",
            "IPV:CAL;SFV:SPM;CAT:PHSH",
        ] {
            assert_eq!(
                Mail::inbound().verdict(pairs).in_junk().certainty(&RULE),
                Some(Certainty::Possible),
                "{pairs}"
            );
        }
    }

    #[test]
    fn what_was_refused_before_the_filter_acted_is_no_failure_of_the_list() {
        for outcome in [Outcome::Rejected, Outcome::Dropped, Outcome::Failed] {
            let mail = Mail::inbound().verdict("IPV:CAL;SFV:SPM;CAT:SPM");
            let certainty = mail.landing(outcome, Certainty::Proven).certainty(&RULE);
            assert_eq!(certainty, None, "{outcome}");
        }
    }

    #[test]
    fn rivals_are_checked_first() {
        for pairs in [
            "IPV:CAL;SFV:SPM;CAT:HPHSH",
            "IPV:CAL;SFV:SPM;CAT:MALW",
            "IPV:CAL;SFV:SPM;CAT:SAP",
            "IPV:CAL;SFV:SPM;CAT:FTBP",
            "IPV:CAL;SFV:BLK;CAT:NONE",
            "IPV:CAL;SFV:SKB;CAT:SPM",
            "IPV:CAL;SFV:SKS;CAT:SPM",
            "IPV:CAL;SFV:SKN;CAT:NONE",
            "IPV:NLI;SFV:SPM;CAT:SPM",
        ] {
            assert_eq!(Mail::inbound().verdict(pairs).in_junk().certainty(&RULE), None, "{pairs}");
        }
    }

    #[test]
    fn dmarc_is_a_rival() {
        let mail = Mail::inbound().verdict("IPV:CAL;SFV:SPM;CAT:SPM").in_junk().results(
            "spf=fail (sender IP is 203.0.113.10) smtp.mailfrom=brand.example; dkim=none (message not signed) header.d=none;dmarc=fail action=quarantine header.from=brand.example;compauth=fail reason=000",
        );
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn the_senders_cal_is_not_the_recipients() {
        let mail = Mail::inbound().verdict("IPV:NLI;SFV:SPM;CAT:SPM").in_junk().header(
            "X-Forefront-Antispam-Report-Untrusted: CIP:203.0.113.10;CTRY:US;H:x;IPV:CAL;SFV:SPM;CAT:OSPM;DIR:OUT;",
        );
        assert_eq!(mail.certainty(&RULE), None);
    }

    #[test]
    fn what_could_not_be_checked_is_said() {
        let finding =
            Mail::inbound().verdict("IPV:CAL;SFV:SPM;CAT:SPM").in_junk().finding(&RULE).unwrap();
        let said = finding.excluded.join("\n");
        for rival in ["SCL 0", "Tenant Block", "connectors", "not be honoured"] {
            assert!(said.contains(rival), "{rival}: {said}");
        }
        assert!(finding.evidence.iter().all(|evidence| matches!(evidence.place, Place::Line(_))));
    }

    #[test]
    fn the_tenants_own_connector_makes_it_likely() {
        let mail = Mail::inbound().verdict("IPV:CAL;SFV:SPM;CAT:SPM").in_junk();
        let connector = r#"{"InboundConnector":{"Enabled":true,"ConnectorType":"OnPremises","SenderIPAddresses":["203.0.113.0/24"],"Name":"From HQ","Identity":"From HQ"}}"#;
        let finding = mail.tenant(connector).finding(&RULE).unwrap();
        assert_eq!(finding.certainty, Certainty::Likely);
        assert!(finding.summary.contains("`From HQ`"));
    }

    #[test]
    fn a_rival_in_the_export_makes_it_possible_only() {
        const CONNECTOR: &str = r#""InboundConnector":{"Enabled":true,"ConnectorType":"OnPremises","SenderIPAddresses":["203.0.113.10"],"Name":"From HQ"}"#;
        let block = |modified: &str| {
            format!(
                r#""TenantAllowBlockListItems":{{"Action":"Block","ListType":"Sender","Value":"phish.example","LastModifiedDateTime":"{modified}"}}"#
            )
        };
        let scl = |ip: &str| {
            format!(
                r#""TransportRule":{{"Name":"Filter all the same","State":"Enabled","Mode":"Enforce","SetSCL":0,"SenderIpRanges":["{ip}"]}}"#
            )
        };
        let open = Mail::inbound().verdict("IPV:CAL;SFV:SPM;CAT:PHSH");
        let junked = open.clone().in_junk();
        let rows = [
            (&open, block("2025-01-01T00:00:00Z"), Certainty::Possible, "Tenant Block List"),
            (&open, block("2025-12-01T00:00:00Z"), Certainty::Likely, ""),
            // a block would have quarantined it
            (&junked, block("2025-01-01T00:00:00Z"), Certainty::Likely, ""),
            (&junked, scl("203.0.113.10"), Certainty::Possible, "`Filter all the same`"),
            (&junked, scl("192.0.2.1"), Certainty::Likely, ""),
        ];
        for (mail, rival, certainty, said) in rows {
            let tenant = format!("{{{CONNECTOR},{rival}}}");
            let finding = mail.clone().tenant(&tenant).finding(&RULE).unwrap();
            assert_eq!(finding.certainty, certainty, "{rival}");
            assert!(finding.excluded.join("\n").contains(said), "{rival}: {:?}", finding.excluded);
        }
    }

    #[test]
    fn only_the_address_itself_is_taken_off_the_connector_by_a_command() {
        let told = |entry: &str| {
            let connector = format!(
                r#"{{"InboundConnector":{{"Enabled":true,"ConnectorType":"OnPremises","SenderIPAddresses":["{entry}"],"Name":"From HQ"}}}}"#
            );
            let mail = Mail::inbound().verdict("IPV:CAL;SFV:SPM;CAT:SPM").in_junk();
            let finding = mail.tenant(&connector).finding(&RULE).unwrap();
            finding.fix.iter().map(|fix| fix.text.clone()).collect::<Vec<_>>().join("\n")
        };
        let own = told("203.0.113.10");
        assert!(own.contains("-notin @('203.0.113.10')"), "{own}");
        let wide = told("203.0.113.0/24");
        assert!(!wide.contains("Set-InboundConnector"), "{wide}");
        assert!(wide.contains("entry `203.0.113.0/24` covers 203.0.113.10: replace it"), "{wide}");
    }
}
