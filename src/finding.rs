//! The vocabulary of the whole crate: outcomes, roles, certainties, findings and fixes.
//!
//! Users script against these names; they never change their meaning.

use crate::fact::Citation;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;

/// Where the message ended for one recipient, as the evidence shows it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// In the Inbox.
    Inbox,
    /// In another folder of the mailbox, by a rule of its owner.
    CustomFolder,
    /// In the Junk Email folder.
    Junk,
    /// Held in quarantine.
    Quarantine,
    /// Refused, with a reply to the sender.
    Rejected,
    /// Removed without a reply.
    Dropped,
    /// Not delivered; how isn't shown.
    Failed,
    /// Still being tried.
    Deferred,
    /// In the mailbox; no evidence shows the folder.
    Delivered,
    /// Sent on to another system: on-premises, a gateway, outside.
    HandedOn,
    /// Sent to a group, whose members have cases of their own.
    Expanded,
    /// Taken out of the mailbox after delivery.
    Removed,
    /// Expected, but in no source given.
    NotTraced,
    /// Nothing tells.
    Unknown,
}

impl Outcome {
    /// Every outcome, in the order reports list them.
    pub const ALL: [Outcome; 14] = [
        Outcome::Inbox,
        Outcome::CustomFolder,
        Outcome::Junk,
        Outcome::Quarantine,
        Outcome::Rejected,
        Outcome::Dropped,
        Outcome::Failed,
        Outcome::Deferred,
        Outcome::Delivered,
        Outcome::HandedOn,
        Outcome::Expanded,
        Outcome::Removed,
        Outcome::NotTraced,
        Outcome::Unknown,
    ];

    /// The kebab-case name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Inbox => "inbox",
            Outcome::CustomFolder => "custom-folder",
            Outcome::Junk => "junk",
            Outcome::Quarantine => "quarantine",
            Outcome::Rejected => "rejected",
            Outcome::Dropped => "dropped",
            Outcome::Failed => "failed",
            Outcome::Deferred => "deferred",
            Outcome::Delivered => "delivered",
            Outcome::HandedOn => "handed-on",
            Outcome::Expanded => "expanded",
            Outcome::Removed => "removed",
            Outcome::NotTraced => "not-traced",
            Outcome::Unknown => "unknown",
        }
    }

    /// The outcome of that name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    /// Whether the message is where its recipient finds it.
    pub const fn is_reached(self) -> bool {
        matches!(self, Outcome::Inbox | Outcome::CustomFolder | Outcome::Delivered)
    }

    /// Whether the recipient could not see the message where it ended.
    pub const fn is_failure(self) -> bool {
        matches!(
            self,
            Outcome::Junk
                | Outcome::Quarantine
                | Outcome::Rejected
                | Outcome::Dropped
                | Outcome::Failed
                | Outcome::Removed
                | Outcome::NotTraced
        )
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a finding says about the delivery.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Explains the outcome.
    Cause,
    /// Helped to bring the outcome about, or stood in the way of an allow entry.
    Contributing,
    /// The mechanism that let the message through.
    Allow,
    /// Links, subject or attachments were changed.
    Alteration,
    /// False clicks, expiring allow entries.
    Risk,
    /// A setting that is wrong or harmful, whatever became of this message.
    Configuration,
    /// Worth knowing.
    Note,
}

impl Role {
    /// Every role, in the order reports list them.
    pub const ALL: [Role; 7] = [
        Role::Cause,
        Role::Contributing,
        Role::Allow,
        Role::Alteration,
        Role::Risk,
        Role::Configuration,
        Role::Note,
    ];

    /// The kebab-case name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Cause => "cause",
            Role::Contributing => "contributing",
            Role::Allow => "allow",
            Role::Alteration => "alteration",
            Role::Risk => "risk",
            Role::Configuration => "configuration",
            Role::Note => "note",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How much the evidence carries. Greater is surer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Fits, but a rival is not excluded or the needed artefact is missing.
    Possible,
    /// Fits, and the rivals that the catalogue lists were checked and excluded.
    Likely,
    /// One artefact states it.
    Proven,
}

impl Certainty {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Certainty::Possible => "possible",
            Certainty::Likely => "likely",
            Certainty::Proven => "proven",
        }
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Where a fix is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FixKind {
    /// A path through a Microsoft portal.
    Portal,
    /// Commands for Exchange Online PowerShell, ready to review and run.
    Powershell,
    /// A path through the security gateway's console.
    Gateway,
    /// Something that the simulation platform must do.
    Platform,
    /// Something that the recipient does in Outlook.
    Client,
}

impl FixKind {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            FixKind::Portal => "portal",
            FixKind::Powershell => "powershell",
            FixKind::Gateway => "gateway",
            FixKind::Platform => "platform",
            FixKind::Client => "client",
        }
    }
}

/// One thing to do, filled in with the values of this message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Where it is done.
    pub kind: FixKind,
    /// The path or the commands. PowerShell values from the input are quoted by [`crate::rules::fixes`].
    pub text: String,
}

/// One rule's judgement of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id, a kebab-case name of the catalogue.
    pub rule: &'static str,
    /// What it says about the delivery.
    pub role: Role,
    /// How much the evidence carries.
    pub certainty: Certainty,
    /// One sentence in plain words.
    pub summary: String,
    /// The raw values behind it, the deciding one first.
    pub evidence: Vec<Citation>,
    /// What was checked and ruled out, and what could not be checked.
    pub excluded: Vec<String>,
    /// What to do, the recommended first.
    pub fix: Vec<Fix>,
    /// What to keep in mind before doing it.
    pub caveat: Option<Cow<'static, str>>,
    /// Public documents that say so.
    pub references: Cow<'static, [&'static str]>,
}
