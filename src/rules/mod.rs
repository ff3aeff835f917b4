//! Causes: one file each, a case in, at most one finding out.
//!
//! A rule is pure: no I/O, no clock, no global. Its id is its kebab-case name in the catalogue, and
//! its texts stand beside its check, so that `mailwhy rules` prints what the check does.

pub mod fixes;
pub mod mail;
mod policy;
mod reading;
pub mod references;
mod refused;
pub mod source;

mod allowed;
mod altered;
pub mod configuration;
mod delayed;
mod false_clicks;
mod junk;
mod not_delivered;
mod quarantined;
mod removed;
mod unfocused;

#[cfg(test)]
mod guard;

use crate::case::Case;
use crate::fact::Citation;
use crate::finding::{Certainty, Finding, Role};

/// The part of a delivery that a cause belongs to; also the folder its file is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Never reached a mailbox or the quarantine.
    NotDelivered,
    /// Held in quarantine.
    Quarantined,
    /// In the Junk Email folder, allow entries that missed included.
    Junk,
    /// In the Inbox, but not in Focused.
    Unfocused,
    /// Delivered, but changed.
    Altered,
    /// Clicks and opens that no person made.
    FalseClicks,
    /// Late.
    Delayed,
    /// Taken away after delivery.
    Removed,
    /// Let through: by which mechanism.
    Allowed,
    /// Settings, whatever became of a message.
    Configuration,
}

impl Stage {
    /// Every stage, in the catalogue's order.
    pub const ALL: [Stage; 10] = [
        Stage::NotDelivered,
        Stage::Quarantined,
        Stage::Junk,
        Stage::Unfocused,
        Stage::Altered,
        Stage::FalseClicks,
        Stage::Delayed,
        Stage::Removed,
        Stage::Allowed,
        Stage::Configuration,
    ];

    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::NotDelivered => "not-delivered",
            Stage::Quarantined => "quarantined",
            Stage::Junk => "junk",
            Stage::Unfocused => "unfocused",
            Stage::Altered => "altered",
            Stage::FalseClicks => "false-clicks",
            Stage::Delayed => "delayed",
            Stage::Removed => "removed",
            Stage::Allowed => "allowed",
            Stage::Configuration => "configuration",
        }
    }

    /// Heading in `mailwhy rules`.
    pub const fn title(self) -> &'static str {
        match self {
            Stage::NotDelivered => "Not delivered",
            Stage::Quarantined => "Quarantined",
            Stage::Junk => "Junk folder and allow entries that missed",
            Stage::Unfocused => "Not in Focused",
            Stage::Altered => "Delivered, but altered",
            Stage::FalseClicks => "False clicks and opens",
            Stage::Delayed => "Delayed",
            Stage::Removed => "Removed after delivery",
            Stage::Allowed => "Let through",
            Stage::Configuration => "Configuration",
        }
    }
}

/// What a cause looks like, in the catalogue's own order: what `mailwhy rules ID` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// One line: what it means.
    pub meaning: &'static str,
    /// What shows it, and how sure each sign makes one.
    pub evidence: &'static [&'static str],
    /// What speaks against it; each is checked before `likely` is said.
    pub against: &'static [&'static str],
    /// What to do, in general terms; a finding's own fix has the message's values in it.
    pub fix: &'static [&'static str],
    /// What to keep in mind.
    pub caveat: &'static str,
    /// Public documents that say so.
    pub references: &'static [&'static str],
}

/// One cause: its id, its texts and its check.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Kebab-case name of the catalogue, unchanged.
    pub id: &'static str,
    /// Where in a delivery it belongs.
    pub stage: Stage,
    /// The role its findings usually have.
    pub role: Role,
    /// Its texts.
    pub entry: Entry,
    /// The check.
    pub check: fn(&Case<'_>) -> Option<Finding>,
}

impl Rule {
    /// A finding of this rule with the rule's own role, caveat and references, and no fix yet.
    pub fn finding(
        &self,
        certainty: Certainty,
        summary: impl Into<String>,
        evidence: Vec<Citation>,
    ) -> Finding {
        Finding {
            rule: self.id,
            role: self.role,
            certainty,
            summary: summary.into(),
            evidence,
            excluded: Vec::new(),
            fix: Vec::new(),
            caveat: (!self.entry.caveat.is_empty()).then(|| self.entry.caveat.into()),
            references: self.entry.references.into(),
        }
    }
}

/// Every rule, in the catalogue's order.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let stages = [
        not_delivered::RULES,
        quarantined::RULES,
        junk::RULES,
        unfocused::RULES,
        altered::RULES,
        false_clicks::RULES,
        delayed::RULES,
        removed::RULES,
        allowed::RULES,
        configuration::RULES,
    ];
    stages.into_iter().flatten()
}

/// The rule of that id.
pub fn by_id(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}
