//! Microsoft's own safe list may have let the message through.

use crate::case::Case;
use crate::finding::{Certainty, Finding, Role};
use crate::message::values::Sfv;
use crate::rules::mail::mail;
use crate::rules::{Entry, Rule, Stage, fixes, reading, references};
use crate::tenant::matching::{Truth, bypass_rules, ip_allow_list};

pub(super) const RULE: Rule = Rule {
    id: "allowed-by-safe-list",
    stage: Stage::Allowed,
    role: Role::Allow,
    entry: Entry {
        meaning: "Spam filtering was skipped, no entry of the tenant explains it, and the safe list of the connection filter is on.",
        evidence: &[
            "Possible only: EnableSafeList is true, filtering was skipped (SFV SKI or SKN), the IP is not on the IP Allow List, and no bypass rule matches",
        ],
        against: &[
            "The IP is on the IP Allow List",
            "A mail flow rule or Advanced Delivery matches",
            "Internal mail",
        ],
        fix: &["Turn the safe list off; use Advanced Delivery"],
        caveat: "Its members and its header mark are not documented. SCuBA says turn it off (MS.SECURITYSUITE.8.2v1, before April 2026 MS.EXO.12.2v1).",
        references: &[references::CONNECTION_FILTER, references::SCUBA],
    },
    check,
};

fn check(case: &Case<'_>) -> Option<Finding> {
    let tenant = case.tenant?;
    let filter = tenant.connection_filter().filter(|f| f.enable_safe_list == Some(true))?;
    let skipped = matches!(reading::sfv(case), Some(Sfv::Skipped | Sfv::RuleBypass));
    if !skipped || reading::allow_listed(case) || reading::is_internal(case) {
        return None;
    }
    let mail = mail(case);
    // Every rival must be known and excluded: without the rules nothing can be said.
    tenant.transport_rules.as_ref()?;
    let rules = bypass_rules(tenant, &mail).iter().any(|(_, found)| found.truth() != Truth::No);
    let listed = ip_allow_list(tenant, &mail)?.truth() != Truth::No;
    let delivery = crate::tenant::matching::advanced_delivery(tenant, &mail)
        .is_some_and(|delivery| delivery.truth() != Truth::No);
    let marked = !reading::rule_marks(case).is_empty() || reading::traced_scl_rule(case).is_some();
    if rules || listed || delivery || marked {
        return None;
    }
    let mut evidence = vec![filter.origin.evidence("EnableSafeList", "true")];
    reading::add(&mut evidence, reading::stamps(case, &["SFV", "IPV", "CIP"]));
    let mut finding = RULE.finding(
        Certainty::Possible,
        "Filtering was skipped, and nothing of the tenant explains it; the safe list, whose members nobody can see, is on.",
        evidence,
    );
    finding.excluded = vec![
        "the IP is not on the IP Allow List".to_owned(),
        "no bypass rule of the export matches".to_owned(),
        if tenant.phish_sim_rules.is_some() {
            "Advanced Delivery does not match".to_owned()
        } else {
            "not checked: Advanced Delivery (not exported)".to_owned()
        },
    ];
    finding.fix = fixes::advanced_delivery(case);
    finding.fix.push(fixes::powershell(
        "Set-HostedConnectionFilterPolicy -Identity Default -EnableSafeList $false",
    ));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Mail;

    fn tenant(safe: bool, allow: &str, rules: &str) -> String {
        format!(
            r#"{{"HostedConnectionFilterPolicy": {{"Name": "Default", "EnableSafeList": {safe}, "IPAllowList": [{allow}]}}, "TransportRule": [{rules}]}}"#
        )
    }

    fn skipped() -> Mail {
        Mail::inbound().verdict("IPV:NLI;SFV:SKI;CAT:NONE").in_inbox()
    }

    #[test]
    fn a_skip_that_nothing_explains_is_possible() {
        let mail = skipped().tenant(&tenant(true, "", ""));
        assert_eq!(mail.certainty(&RULE), Some(Certainty::Possible));
    }

    #[test]
    fn any_other_explanation_speaks_against_it() {
        let rule = r#"{"Name": "b", "SetSCL": -1, "SenderIpRanges": ["203.0.113.10"]}"#;
        for tenant in [
            tenant(false, "", ""),
            tenant(true, "\"203.0.113.10\"", ""),
            tenant(true, "", rule),
            r#"{"HostedConnectionFilterPolicy": {"Name": "Default", "EnableSafeList": true, "IPAllowList": []}}"#.to_owned(),
        ] {
            assert_eq!(skipped().tenant(&tenant).certainty(&RULE), None, "{tenant}");
        }
        let filtered = Mail::inbound().verdict("IPV:NLI;SFV:NSPM;CAT:NONE").in_inbox();
        assert_eq!(filtered.tenant(&tenant(true, "", "")).certainty(&RULE), None);
    }
}
