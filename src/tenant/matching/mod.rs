//! Whether an allow mechanism matches a message, condition by condition.
//!
//! One comparison serves both `mailwhy audit` (what would happen to the campaign's mail) and the
//! rules of `mailwhy explain` (what happened to this message).

mod advanced_delivery;
mod lists;
mod transport_rule;

pub use advanced_delivery::{AdvancedDelivery, DomainMiss, PolicyState, advanced_delivery};
pub use lists::{ip_allow_list, policy_sender_list, spoof_pair, tenant_allow, tenant_block};
pub use transport_rule::{bypass_rules, rules_that, spam_rule, transport_rule};

use super::domain;
use crate::fact::Citation;
use crate::message::values::Direction;
use std::net::IpAddr;

/// What is known of a message that allow mechanisms compare. Real messages and predicted ones alike.
#[derive(Debug, Clone, Default)]
pub struct Mail<'a> {
    /// The peer that connects to Microsoft 365 (CIP): what IP lists and mail flow rules compare.
    pub connecting_ip: Option<IpAddr>,
    /// The address that is authenticated (`sender IP is`): what Advanced Delivery compares.
    pub authenticated_ip: Option<IpAddr>,
    /// Envelope sender (5321.MailFrom), an address or a domain.
    pub mail_from: Option<&'a str>,
    /// DKIM domains, and whether the signature verified; `None` where that is not known.
    pub dkim: Vec<(&'a str, Option<bool>)>,
    /// Whether `dkim` is all there is, so that a domain that is not in it did not sign.
    pub dkim_complete: bool,
    /// Visible sender (5322.From), an address.
    pub from: Option<&'a str>,
    /// Recipient.
    pub recipient: Option<&'a str>,
    /// Decoded subject.
    pub subject: Option<&'a str>,
    /// Header fields, name and value; `None` where they are not known.
    pub headers: Option<Vec<(&'a str, &'a str)>>,
    /// Direction, as the filter saw it.
    pub direction: Option<Direction>,
    /// Reverse DNS of the connecting peer.
    pub ptr: Option<&'a str>,
    /// When it was or will be sent, seconds since 1970-01-01 UTC.
    pub when: Option<i64>,
}

impl<'a> Mail<'a> {
    /// Domain of the envelope sender.
    pub fn mail_from_domain(&self) -> Option<&'a str> {
        self.mail_from.and_then(domain::of_address)
    }

    /// Domain of the visible sender.
    pub fn from_domain(&self) -> Option<&'a str> {
        self.from.and_then(domain::of_address)
    }
}

/// Whether something holds, as far as the export and the message tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It does not.
    No,
    /// Something needed is not known.
    Unknown,
    /// It does.
    Yes,
}

impl Truth {
    /// `Yes` or `No`.
    pub fn of(holds: bool) -> Self {
        if holds { Truth::Yes } else { Truth::No }
    }

    /// As [`Truth::of`], and `Unknown` for `None`.
    pub fn known(holds: Option<bool>) -> Self {
        holds.map_or(Truth::Unknown, Truth::of)
    }

    /// The opposite; what is unknown stays so.
    pub fn negate(self) -> Self {
        match self {
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
            Truth::Yes => Truth::No,
        }
    }
}

/// One thing that must hold for a mechanism to match.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Whether it holds.
    pub truth: Truth,
    /// In plain words: `sending IP 203.0.113.10 is not listed`.
    pub text: String,
    /// The setting that it was compared with.
    pub evidence: Option<Citation>,
}

impl Condition {
    /// A condition with its evidence.
    pub fn new(truth: Truth, text: impl Into<String>, evidence: Option<Citation>) -> Self {
        Condition { truth, text: text.into(), evidence }
    }
}

/// An allow mechanism, by the names of the audit's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mechanism {
    /// Advanced Delivery, phishing simulation.
    AdvancedDelivery,
    /// A mail flow rule with SCL -1.
    MailFlowRule,
    /// The IP Allow List.
    IpAllowList,
    /// Microsoft's dynamic safe list.
    SafeList,
    /// Allowed senders and domains of an anti-spam policy.
    PolicySenderList,
    /// A Tenant Allow entry.
    TenantAllow,
    /// A spoofed sender pair.
    SpoofPair,
}

impl Mechanism {
    /// The kebab-case name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Mechanism::AdvancedDelivery => "advanced-delivery",
            Mechanism::MailFlowRule => "mail-flow-rule",
            Mechanism::IpAllowList => "ip-allow-list",
            Mechanism::SafeList => "safe-list",
            Mechanism::PolicySenderList => "policy-sender-list",
            Mechanism::TenantAllow => "tenant-allow",
            Mechanism::SpoofPair => "spoof-pair",
        }
    }
}

/// A mechanism compared with a message.
#[derive(Debug, Clone)]
pub struct Match {
    /// Which mechanism.
    pub mechanism: Mechanism,
    /// Name of the rule, policy or entry; empty where there is only one.
    pub name: String,
    /// What must hold, all of it.
    pub conditions: Vec<Condition>,
}

impl Match {
    /// Whether it matches: every condition holds, or one does not, or one is not known.
    pub fn truth(&self) -> Truth {
        let mut truth = Truth::Yes;
        for condition in &self.conditions {
            match condition.truth {
                Truth::No => return Truth::No,
                Truth::Unknown => truth = Truth::Unknown,
                Truth::Yes => {}
            }
        }
        truth
    }

    /// Conditions of that truth.
    pub fn of(&self, truth: Truth) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().filter(move |condition| condition.truth == truth)
    }

    /// Whether it missed although something about the message fits.
    pub fn is_near_miss(&self) -> bool {
        self.truth() != Truth::Yes && self.of(Truth::Yes).next().is_some()
    }

    /// Why it does not match: what fails, what is unknown, then what fits.
    pub fn why(&self) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for truth in [Truth::No, Truth::Unknown, Truth::Yes] {
            parts.extend(self.of(truth).map(|condition| &*condition.text));
        }
        parts.join("; ")
    }

    /// The settings it was compared with, those of failing conditions first.
    pub fn evidence(&self) -> Vec<Citation> {
        let mut evidence: Vec<Citation> = Vec::new();
        for truth in [Truth::No, Truth::Unknown, Truth::Yes] {
            for found in self.of(truth).filter_map(|condition| condition.evidence.as_ref()) {
                if !evidence.contains(found) {
                    evidence.push(found.clone());
                }
            }
        }
        evidence
    }
}

#[cfg(test)]
mod tests;
