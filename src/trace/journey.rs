//! What traces, hunting, quarantine lists and the simulation platform say of one
//! (message, recipient).

use super::dates::Timestamp;
use super::event::Event;
use super::identity::Guid;
pub use super::platform::PlatformStep;
use super::status_code::{self, Meaning, StatusCode};
use crate::case::Verdict;
use crate::fact::{Citation, Fact};
use crate::message::Envelope;
use std::net::IpAddr;
use std::sync::Arc;

/// A text as the export has it.
pub type Text = Fact<Box<str>>;

/// What traces, hunting and quarantine exports say of one (message, recipient).
#[derive(Debug, Clone, Default)]
pub struct Journey {
    /// Files it rests on, each once.
    pub sources: Vec<Arc<str>>,
    /// Sender and identifiers.
    pub envelope: Envelope,
    /// Address of the recipient; `None` where the export leaves it out.
    pub recipient: Option<Text>,
    /// What the filter said.
    pub verdict: Verdict,
    /// Events in order: by second, then by phase, because exports mix events of one second.
    pub events: Vec<Step>,
    /// Delivery status of Get-MessageTrace, the last one.
    pub status: Option<Text>,
    /// SMTP answers behind failures, delays and drops.
    pub answers: Vec<Fact<Answer>>,
    /// Folder that a detail row names.
    pub folder: Option<Text>,
    /// Disposition of the spam filter (`DI`).
    pub disposition: Option<Text>,
    /// Agents that decided.
    pub agents: Vec<Text>,
    /// Mail flow rules that acted.
    pub rules: Vec<Fact<RuleHit>>,
    /// DLP rules that matched.
    pub dlp: Vec<Fact<RuleHit>>,
    /// Malware found: action and name.
    pub malware: Vec<Fact<Malware>>,
    /// Connectors.
    pub connectors: Vec<Text>,
    /// `AccountForest` of the message.
    pub account_forest: Option<Text>,
    /// `TenantEopForest`.
    pub eop_forest: Option<Text>,
    /// The address that this one was replaced by or redirected to.
    pub successor: Option<Text>,
    /// The address or group that this one came from.
    pub origin: Option<Text>,
    /// Where the successors ended, when that is known: set by whoever knows the other recipients.
    pub followed: Option<Followed>,
    /// Advanced hunting or Threat Explorer.
    pub hunting: Hunting,
    /// Actions after delivery.
    pub post_delivery: Vec<Fact<PostDelivery>>,
    /// Quarantine list.
    pub quarantine: Quarantine,
    /// Clicks that Safe Links saw, or the platform counted.
    pub clicks: Vec<Fact<Click>>,
    /// The simulation platform's own record, oldest first.
    pub platform: Vec<PlatformStep>,
    /// When the simulation platform sent the message, of a recipient that no row is about.
    pub sent: Option<Timestamp>,
    /// Whether any trace, hunting or quarantine row is about this pair; `false` for a recipient that
    /// only the list of expected ones names.
    pub traced: bool,
    /// Whether no such row was given at all, so that a missing one says nothing.
    pub without_trace: bool,
    /// Whether some row of it is known to be one that the filters ask for.
    pub asked: bool,
    /// Seconds from first receipt to delivery.
    pub delivery_seconds: Option<f64>,
    /// First row's time.
    pub first: Option<Timestamp>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happened.
    pub event: Event,
    /// When.
    pub at: Option<Timestamp>,
    /// Where it stands.
    pub evidence: Citation,
}

/// An SMTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The answer's text, without what differs from message to message; the evidence has the raw one.
    pub text: Box<str>,
    /// Whether the simulation platform got it, so that Microsoft 365 refused at the edge.
    pub by_platform: bool,
}

impl Answer {
    /// Its numbers and token.
    pub fn code(&self) -> Option<StatusCode<'_>> {
        status_code::find(&self.text)
    }

    /// What it means.
    pub fn meaning(&self) -> Option<&'static Meaning> {
        status_code::meaning(&self.code()?)
    }

    /// Whether it is what the transport rule agent writes into the log for a message that it deletes:
    /// `550 5.2.1 Message deleted by the transport rules agent`. No sender gets it.
    pub fn is_deletion(&self) -> bool {
        self.text.to_ascii_lowercase().contains("deleted by the transport rules agent")
    }

    /// 2, 4 or 5: success, try later, refused.
    pub fn class(&self) -> Option<u8> {
        self.code()?.class()
    }
}

/// A mail flow or DLP rule that acted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleHit {
    /// GUID of the rule, where the export has it.
    pub id: Option<Guid>,
    /// Name, where the export has it.
    pub name: Option<Box<str>>,
    /// `Enforce`, `Audit` … of a mail flow rule, the policy of a DLP rule.
    pub mode: Option<Box<str>>,
    /// Actions, as the export spells them.
    pub actions: Vec<Box<str>>,
}

impl RuleHit {
    /// Whether the rule only logged: an audit or test mode.
    pub fn is_audit(&self) -> bool {
        let mode = self.mode.as_deref().unwrap_or_default().to_ascii_lowercase();
        mode.contains("audit") || mode.contains("test")
    }

    /// Whether it has this action, in any case.
    pub fn does(&self, action: &str) -> bool {
        self.actions.iter().any(|one| one.eq_ignore_ascii_case(action))
    }

    /// Whether one of its actions keeps a message from the Inbox; of a rule without known actions
    /// nobody knows.
    pub fn may_stop(&self) -> bool {
        const STOP: [&str; 9] = [
            "RejectMessage",
            "DeleteMessage",
            "Quarantine",
            "RedirectMessage",
            "ModerateMessageByUser",
            "ModerateMessageByManager",
            "Disconnect",
            "RouteMessageOutboundConnector",
            "RouteMessageUsingConnector",
        ];
        !self.is_audit() && (self.actions.is_empty() || STOP.iter().any(|action| self.does(action)))
    }

    /// Name or GUID, for people.
    pub fn label(&self) -> String {
        match (&self.name, self.id) {
            (Some(name), _) => format!("“{name}”"),
            (None, Some(id)) => id.to_string(),
            (None, None) => "without name".to_owned(),
        }
    }
}

/// A malware verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malware {
    /// What the filter did, as the export spells it.
    pub action: Option<Box<str>>,
    /// Name of what was found.
    pub name: Option<Box<str>>,
}

/// Columns of advanced hunting (`trace-formats.md` §10).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hunting {
    /// `Delivered`, `Junked`, `Blocked`, `Replaced`.
    pub delivery_action: Option<Text>,
    /// First location.
    pub delivery_location: Option<Text>,
    /// Location now.
    pub latest_location: Option<Text>,
    /// Last action.
    pub latest_action: Option<Text>,
    /// Malware, Phish, Spam.
    pub threat_types: Option<Text>,
    /// Detection technologies, JSON.
    pub detection_methods: Option<Text>,
    /// Confidence per threat, JSON.
    pub confidence: Option<Text>,
    /// Action of the filter.
    pub email_action: Option<Text>,
    /// Policy behind it.
    pub email_action_policy: Option<Text>,
    /// Organisation's override: `Allow`, `Block`.
    pub org_action: Option<Text>,
    /// What overrode: `Phishing simulation` ….
    pub org_policy: Option<Text>,
    /// User's override.
    pub user_action: Option<Text>,
    /// What the user set.
    pub user_policy: Option<Text>,
    /// SPF, DKIM, DMARC, CompAuth, JSON.
    pub authentication: Option<Text>,
}

/// A location that hunting names, whatever its spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// The Inbox or a folder that the recipient's rules chose.
    InboxOrFolder,
    /// Junk Email.
    Junk,
    /// Quarantine.
    Quarantine,
    /// Not delivered.
    Failed,
    /// Dropped.
    Dropped,
    /// Deleted Items.
    DeletedItems,
    /// On-premises or outside.
    External,
}

impl Location {
    /// Reads a location; spellings differ between documents, queries and Explorer (§10).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let has = |word: &str| text.contains(word);
        Some(if has("junk") {
            Location::Junk
        } else if has("quarantine") {
            Location::Quarantine
        } else if has("deleted") {
            Location::DeletedItems
        } else if has("inbox") {
            Location::InboxOrFolder
        } else if has("on-prem") || has("external") {
            Location::External
        } else if has("fail") {
            Location::Failed
        } else if has("drop") {
            Location::Dropped
        } else {
            return None;
        })
    }
}

/// An action after delivery.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostDelivery {
    /// `Phish ZAP`, `Malware ZAP`, `Manual remediation`, `Quarantine release` ….
    pub action: Box<str>,
    /// Who started it.
    pub trigger: Option<Box<str>>,
    /// `Success` or else.
    pub result: Option<Box<str>>,
    /// Where the message went.
    pub location: Option<Box<str>>,
}

impl PostDelivery {
    /// Whether it took effect, as far as the row tells.
    pub fn succeeded(&self) -> bool {
        self.result.as_deref().is_none_or(|result| {
            let result = result.to_ascii_lowercase();
            result.contains("succe") && !result.contains("unsucce")
        })
    }

    /// Whether zero-hour auto purge did it.
    pub fn is_zap(&self) -> bool {
        self.action.to_ascii_lowercase().contains("zap")
    }

    /// Whether an administrator or automated investigation did it.
    pub fn is_remediation(&self) -> bool {
        self.action.to_ascii_lowercase().contains("remediation")
    }

    /// Whether it took the message out of where it was delivered. A remediation may move a message to the
    /// Inbox, and one that is shown there was not taken.
    pub fn takes_away(&self) -> bool {
        (self.is_zap() || self.is_remediation()) && self.place() != Some(Location::InboxOrFolder)
    }

    /// Where the message went, as far as the row tells.
    pub fn place(&self) -> Option<Location> {
        self.location.as_deref().and_then(Location::parse)
    }

    /// Whether it put the message into quarantine; ZAP does where no other place is named.
    pub fn to_quarantine(&self) -> bool {
        match self.place() {
            Some(place) => place == Location::Quarantine,
            None => self.is_zap(),
        }
    }

    /// Whether it brought the message back.
    pub fn is_release(&self) -> bool {
        brings_back(&self.action)
    }
}

/// One message in the quarantine list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quarantine {
    /// `HighConfPhish`, `TransportRule` …, or the portal's words.
    pub reason: Option<Text>,
    /// Kind of policy.
    pub policy_type: Option<Text>,
    /// Policy.
    pub policy: Option<Text>,
    /// `NotReleased`, `Released`, `Needs review` ….
    pub release_status: Option<Text>,
}

impl Quarantine {
    /// Whether any row of a quarantine list is about the pair.
    pub fn is_listed(&self) -> bool {
        self.reason.is_some() || self.release_status.is_some() || self.policy_type.is_some()
    }

    /// Whether the message was let out.
    pub fn is_released(&self) -> bool {
        self.release_status.as_ref().is_some_and(|status| lets_out(&status.value))
    }

    /// Whether it was held for this reason; blanks and case do not matter (`High confidence phishing`
    /// and `HighConfPhish` are given as two words).
    pub fn is_for(&self, reasons: &[&str]) -> bool {
        self.reason.as_ref().is_some_and(|reason| {
            let plain: String =
                reason.value.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
            reasons.iter().any(|one| plain.eq_ignore_ascii_case(one))
        })
    }
}

/// Whether an action after delivery brings the message back.
pub(super) fn brings_back(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    action.contains("release") || action.contains("redelivery")
}

/// Whether a release status lets the message out.
pub(super) fn lets_out(status: &str) -> bool {
    ["Released", "Approved"].iter().any(|word| status.eq_ignore_ascii_case(word))
}

/// A click.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Click {
    /// `ClickAllowed`, `ClickBlocked` …; `Clicked Link` for the platform's.
    pub action: Box<str>,
    /// Address behind it.
    pub ip: Option<IpAddr>,
    /// When.
    pub at: Option<Timestamp>,
    /// Whether the simulation platform counted it; else Safe Links saw it.
    pub by_platform: bool,
}

/// Where the address that replaced this one ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Addresses on the way, the last one being the final recipient.
    pub chain: Vec<Box<str>>,
    /// Landing of the final recipient.
    pub outcome: crate::finding::Outcome,
    /// How sure that is.
    pub certainty: crate::finding::Certainty,
    /// What says so.
    pub evidence: Vec<Citation>,
}

impl Journey {
    /// Whether the event happened.
    pub fn has(&self, event: Event) -> bool {
        self.events.iter().any(|step| step.event == event)
    }

    /// The last event of that kind.
    pub fn last(&self, event: Event) -> Option<&Step> {
        self.events.iter().rev().find(|step| step.event == event)
    }

    /// The last event that ends a recipient's copy.
    pub fn last_final(&self) -> Option<&Step> {
        self.events.iter().rev().find(|step| step.event.is_final())
    }

    /// The last action after delivery that took effect.
    pub fn last_action(&self) -> Option<&Fact<PostDelivery>> {
        self.post_delivery
            .iter()
            .rev()
            .find(|action| action.value.succeeded() && !action.value.action.is_empty())
    }

    /// What shows that the message was let out of quarantine, where nothing shows that it was put back
    /// or taken away since.
    pub fn release(&self) -> Option<&Citation> {
        let last = self.last_action();
        if let Some(last) = last.filter(|last| last.value.is_release()) {
            return Some(&last.evidence);
        }
        let status = self.quarantine.release_status.as_ref();
        let listed = status.filter(|_| self.quarantine.is_released())?;
        let gone = last.is_some_and(|last| last.value.takes_away() && !self.began_hold(last));
        (!gone).then_some(&listed.evidence)
    }

    /// Whether the last action brought the message back to the recipient.
    pub fn is_back(&self) -> bool {
        let moved = self.last_action().and_then(|last| last.value.place());
        self.release().is_some() || moved == Some(Location::InboxOrFolder)
    }

    /// Whether the quarantine list, which dates no release, speaks of what this action put there: the
    /// message was not in quarantine before, as far as anything tells.
    fn began_hold(&self, action: &Fact<PostDelivery>) -> bool {
        let released_before = self
            .post_delivery
            .iter()
            .any(|action| action.value.succeeded() && action.value.is_release());
        let first = self.hunting.delivery_location.as_ref();
        let held_first = first.and_then(|first| Location::parse(&first.value));
        action.value.to_quarantine() && !released_before && held_first != Some(Location::Quarantine)
    }

    /// The first answer that states this cause (`trace-formats.md` §15).
    pub fn answer_for(&self, cause: &str) -> Option<&Fact<Answer>> {
        self.answers
            .iter()
            .find(|answer| answer.value.meaning().and_then(|meaning| meaning.cause) == Some(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_rule_that_can_stop_a_message_is_behind_a_failure() {
        let rule = |mode: &str, actions: &[&str]| RuleHit {
            mode: Some(mode.into()),
            actions: actions.iter().map(|action| (*action).into()).collect(),
            ..RuleHit::default()
        };
        assert!(rule("Enforce", &["RejectMessage"]).may_stop());
        assert!(rule("Enforce", &["ApplyHtmlDisclaimer", "Quarantine"]).may_stop());
        assert!(rule("Enforce", &[]).may_stop(), "nobody knows what it does");
        assert!(!rule("Enforce", &["ApplyHtmlDisclaimer"]).may_stop());
        assert!(!rule("Enforce", &["SetSCL"]).may_stop(), "most set -1, which lets mail through");
        assert!(!rule("Audit", &["RejectMessage"]).may_stop());
    }
}
