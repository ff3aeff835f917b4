//! Settings, whatever became of a message: lints, allow-listing steps and predictions
//! (`causes.md` §6).
//!
//! A lint looks at a tenant and a campaign, and says what is wrong or harmful. What was not exported
//! is unknown: no lint fires on it. To add one, add it to the table of its file.

mod advanced_delivery;
mod blocks;
mod caveats;
mod connectors;
mod filters;
mod gateway_ip_in_allow;
mod ip_lists;
mod rule_headers;
mod rule_senders;
mod transport_rules;

pub mod audit;
pub mod predictions;
pub mod script;
pub mod steps;

use crate::campaign::Campaign;
use crate::fact::Citation;
use crate::finding::Fix;
use crate::rules::Rule;
use crate::rules::fixes;
use crate::tenant::Tenant;
use crate::tenant::transport_rule::{
    BYPASS_CLUTTER, BYPASS_FOCUSED, SKIP_SAFE_ATTACHMENTS, SKIP_SAFE_LINKS, TransportRule,
};
use serde::Serialize;

/// The stage's rules, in the catalogue's order.
pub(super) static RULES: &[Rule] = &[gateway_ip_in_allow::RULE];

/// What an audit looks at.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// Exported configuration.
    pub tenant: &'a Tenant,
    /// The campaign, where one is described.
    pub campaign: Option<&'a Campaign>,
    /// The instant that dates are judged by, seconds since 1970-01-01 UTC.
    pub now: i64,
}

/// How bad a finding is. Greater is worse.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Harmful, or likely to go wrong.
    Warning,
    /// Does not work, or lets strangers through.
    Error,
}

impl Severity {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// One check of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Lint {
    /// Kebab-case name of the catalogue, unchanged.
    pub id: &'static str,
    /// How bad it is, unless a violation says otherwise.
    pub severity: Severity,
    /// What it means and why it matters.
    pub meaning: &'static str,
    /// Public documents that say so.
    pub references: &'static [&'static str],
    /// The check: one violation for each object that it is true of.
    pub check: fn(&Setup<'_>) -> Vec<Violation>,
}

/// One place where a lint found something.
#[derive(Debug, Clone, Default)]
pub struct Violation {
    /// How bad it is, where it differs from the lint's own severity.
    pub severity: Option<Severity>,
    /// One sentence with the values found.
    pub summary: String,
    /// The settings behind it.
    pub evidence: Vec<Citation>,
    /// Where in a portal to do it, or whom to ask.
    pub fix: Vec<Fix>,
    /// The same as commands, with their undo.
    pub repair: Option<Repair>,
    /// What to keep in mind.
    pub caveat: Option<&'static str>,
}

/// Commands that put one thing right, and those that put it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// What it does, one line.
    pub title: String,
    /// Commands; running them twice does no harm.
    pub run: String,
    /// Commands that undo them.
    pub undo: String,
}

impl Violation {
    /// A violation with its evidence.
    fn new(summary: impl Into<String>, evidence: Vec<Citation>) -> Self {
        Violation { summary: summary.into(), evidence, ..Violation::default() }
    }

    /// With a path through a portal.
    fn portal(mut self, text: impl Into<String>) -> Self {
        self.fix.push(fixes::portal(text));
        self
    }

    /// With commands and their undo.
    fn repair(
        mut self,
        title: impl Into<String>,
        run: impl Into<String>,
        undo: impl Into<String>,
    ) -> Self {
        let repair = Repair { title: title.into(), run: run.into(), undo: undo.into() };
        self.fix.push(fixes::powershell(repair.run.clone()));
        self.repair = Some(repair);
        self
    }
}

/// Every lint, in the catalogue's order.
pub fn lints() -> impl Iterator<Item = &'static Lint> {
    [
        ip_lists::LINTS,
        advanced_delivery::LINTS,
        transport_rules::LINTS,
        rule_senders::LINTS,
        rule_headers::LINTS,
        connectors::LINTS,
        filters::LINTS,
    ]
    .into_iter()
    .flatten()
}

/// Whether a rule is there to let simulations through: it asks for a bypass, or sets one of the
/// headers that skip something.
fn is_allow_rule(rule: &TransportRule) -> bool {
    rule.requests_bypass()
        || [BYPASS_CLUTTER, BYPASS_FOCUSED, SKIP_SAFE_LINKS, SKIP_SAFE_ATTACHMENTS]
            .iter()
            .any(|header| rule.sets_header(header))
}

/// Whether a rule concerns the campaign: it names one of its addresses, domains or headers. Every
/// rule does where no campaign is described, or one that says nothing to compare.
fn concerns(rule: &TransportRule, setup: &Setup<'_>) -> bool {
    let Some(campaign) = setup.campaign else { return true };
    let domains: Vec<&String> = campaign
        .mail_from_domains
        .iter()
        .chain(&campaign.dkim_domains)
        .chain(&campaign.from_addresses)
        .collect();
    if campaign.sending_ips.is_empty() && domains.is_empty() && campaign.marker_headers.is_empty() {
        return true;
    }
    rule.conditions.iter().any(|predicate| match predicate.name {
        "SenderIpRanges" => {
            campaign.sending_ranges().any(|(_, r)| predicate.addresses.overlapping(&r).is_some())
        }
        "SenderDomainIs" | "From" => predicate.values.iter().any(|value| {
            domains.iter().any(|own| {
                let own = crate::tenant::domain::of_address(own).unwrap_or_default();
                let value = crate::tenant::domain::of_address(value).unwrap_or_default();
                crate::tenant::domain::is_same_or_subdomain(own, value)
            })
        }),
        "HeaderContainsMessageHeader" | "HeaderMatchesMessageHeader" => {
            predicate.values.iter().any(|header| {
                campaign.marker_headers.iter().any(|own| {
                    let name = own.split_once(':').map_or(&**own, |(name, _)| name);
                    name.trim().eq_ignore_ascii_case(header.trim())
                })
            })
        }
        _ => false,
    })
}

/// Whether a rule concerns the campaign, or asks for nothing that tells whom it is for: then it acts on
/// the campaign's mail as on everyone's.
fn may_concern(rule: &TransportRule, setup: &Setup<'_>) -> bool {
    const TELLING: [&str; 5] = [
        "SenderIpRanges",
        "SenderDomainIs",
        "From",
        "HeaderContainsMessageHeader",
        "HeaderMatchesMessageHeader",
    ];
    let tells = rule.conditions.iter().any(|predicate| TELLING.contains(&predicate.name));
    !tells || concerns(rule, setup)
}

/// A rule's name in the title of a repair.
fn quoted(rule: &TransportRule) -> String {
    format!("`{}`", rule.name())
}

/// A rule as the commands of a repair name it.
fn identity(rule: &TransportRule) -> String {
    fixes::powershell_identity("TransportRule", rule.name(), "<rule>")
}

#[cfg(test)]
mod testing;
