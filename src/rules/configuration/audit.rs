//! The audit as a whole: steps, predictions and findings of one tenant and campaign.

use super::predictions::{Prediction, predict};
use super::steps::{Step, steps};
use super::{Repair, Setup, Severity, lints};
use crate::fact::Citation;
use crate::finding::Fix;

/// What an audit found.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The allow-listing steps.
    pub steps: Vec<Step>,
    /// What will become of the campaign's mail.
    pub predictions: Vec<Prediction>,
    /// What lints found, the worst first.
    pub findings: Vec<AuditFinding>,
    /// What could not be judged, and what was left out, one line each.
    pub notes: Vec<String>,
}

/// One finding of an audit.
#[derive(Debug, Clone)]
pub struct AuditFinding {
    /// Id of the lint.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence.
    pub summary: String,
    /// Why it matters.
    pub meaning: &'static str,
    /// The settings behind it.
    pub evidence: Vec<Citation>,
    /// What to do.
    pub fix: Vec<Fix>,
    /// The same as commands with their undo.
    pub repair: Option<Repair>,
    /// What to keep in mind.
    pub caveat: Option<&'static str>,
    /// Public documents.
    pub references: &'static [&'static str],
}

/// Judges a tenant and a campaign.
pub fn audit(setup: &Setup<'_>) -> Audit {
    let mut findings: Vec<AuditFinding> = lints()
        .flat_map(|lint| {
            (lint.check)(setup).into_iter().map(|found| AuditFinding {
                rule: lint.id,
                severity: found.severity.unwrap_or(lint.severity),
                summary: found.summary,
                meaning: lint.meaning,
                evidence: found.evidence,
                fix: found.fix,
                repair: found.repair,
                caveat: found.caveat,
                references: lint.references,
            })
        })
        .collect();
    // Stable: within a severity the catalogue's order stays.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let (predictions, left_out) = predict(setup);
    let mut notes = setup.tenant.notes.clone();
    notes.extend(not_exported(setup));
    if left_out > 0 {
        notes.push(format!("{left_out} more combinations of IP and domains were not predicted"));
    }
    Audit { steps: steps(setup), predictions, findings, notes }
}

/// The cmdlets that an audit wants and that were not exported.
fn not_exported(setup: &Setup<'_>) -> Option<String> {
    const WANTED: &[&str] = &[
        "HostedConnectionFilterPolicy",
        "TransportRule",
        "ExoPhishSimOverrideRule",
        "PhishSimOverridePolicy",
        "TenantAllowBlockListItems",
        "SafeLinksPolicy",
        "SafeAttachmentPolicy",
        "InboundConnector",
        "HostedContentFilterPolicy",
        "AntiPhishPolicy",
        "OrganizationConfig",
        "AcceptedDomain",
    ];
    let missing: Vec<&str> =
        WANTED.iter().filter(|noun| !setup.tenant.exported.contains(noun)).copied().collect();
    (!missing.is_empty()).then(|| {
        format!(
            "not exported, so unknown: {} (`mailwhy tenant-script` exports all)",
            missing.join(", ")
        )
    })
}

impl Audit {
    /// The worst severity found.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::reader::parse;
    use crate::rules::configuration::testing::{CAMPAIGN, NOW};
    use crate::tenant::reader::read_bytes;
    use std::collections::BTreeSet;

    #[test]
    fn findings_come_worst_first_and_what_is_unknown_is_said() {
        let tenant = read_bytes(
            "tenant.json",
            br#"{"HostedConnectionFilterPolicy": {"Name": "Default", "IPAllowList": ["198.51.100.1"], "EnableSafeList": true}}"#,
        )
        .unwrap();
        let campaign = parse(&"campaign.toml".into(), CAMPAIGN).unwrap();
        let audit = audit(&Setup { tenant: &tenant, campaign: Some(&campaign), now: NOW });
        let found: Vec<_> = audit.findings.iter().map(|f| (f.severity.name(), f.rule)).collect();
        assert_eq!(
            found,
            [
                ("error", "gateway-ip-in-allow"),
                ("warning", "ip-allow-list-used"),
                ("warning", "safe-list-enabled")
            ]
        );
        assert_eq!(audit.worst(), Some(Severity::Error));
        assert!(audit.notes.iter().any(|note| note.contains("TransportRule")));
    }

    #[test]
    fn every_lint_has_an_id_of_its_own_a_meaning_and_a_reference() {
        let mut seen = BTreeSet::new();
        for lint in lints() {
            assert!(seen.insert(lint.id), "{} is there twice", lint.id);
            assert!(lint.meaning.len() > 30 && !lint.references.is_empty(), "{}", lint.id);
        }
    }

    #[test]
    fn ten_thousand_rules_and_a_large_campaign_are_judged() {
        let rules: Vec<String> = (0..10_000)
            .map(|i| {
                format!(
                    r#"{{"Name": "r{i}", "Priority": {i}, "StopRuleProcessing": {}, "SetSCL": -1, "SenderIpRanges": ["192.0.{}.{}"]}}"#,
                    i % 2 == 0,
                    i / 256,
                    i % 256
                )
            })
            .collect();
        let json = format!(r#"{{"TransportRule": [{}]}}"#, rules.join(","));
        let tenant = read_bytes("tenant.json", json.as_bytes()).unwrap();
        let campaign = parse(&"campaign.toml".into(), CAMPAIGN).unwrap();
        let audit = audit(&Setup { tenant: &tenant, campaign: Some(&campaign), now: NOW });
        assert_eq!(audit.predictions.len(), 1);
    }
}
