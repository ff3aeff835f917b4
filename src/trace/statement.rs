//! What one row says about one recipient, as a kind and the export's own words.
//!
//! Statements are the currency between exports and facts: every format is broken into them
//! ([`super::observe`]), bulk work counts equal ones once ([`crate::trace::bulk`]), and a
//! [`super::Journey`] is put together from them.

use super::dates::Timestamp;
use crate::fact::Citation;

/// What a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// An event: the name of [`super::event::Event`].
    Event,
    /// Delivery status of Get-MessageTrace that tells an end.
    Status,
    /// Delivery status of Get-MessageTrace that tells none yet, or none of this address: `Pending`,
    /// `GettingStatus`, `Resolved` …. Counts only where no row tells an end.
    OpenStatus,
    /// Why it failed, was put off or dropped: an SMTP answer.
    Answer,
    /// Folder it was delivered to: `DefaultFolderType:<X>`.
    Folder,
    /// The agent that decided (`source_context`).
    Agent,
    /// Spam filter: who decided.
    Sfv,
    /// Spam confidence level.
    Scl,
    /// Threat category.
    Cat,
    /// IP lists.
    Ipv,
    /// `SRV:BULK`.
    Bulk,
    /// Bulk complaint level.
    Bcl,
    /// Disposition of the spam filter: `SQ`, `SJ` ….
    Di,
    /// Direction.
    Direction,
    /// Country of the connecting IP.
    Country,
    /// Language.
    Language,
    /// Connecting IP as the filter saw it. Identity.
    Cip,
    /// Connecting IP as the trace has it. Identity.
    ClientIp,
    /// HELO. Identity.
    Helo,
    /// Reverse DNS. Identity.
    Ptr,
    /// A mail flow rule: `guid|name|mode|action,action`.
    TransportRule,
    /// Malware filter: `action|name`.
    Malware,
    /// A DLP rule: `guid|name|policy|action,action`.
    Dlp,
    /// Connector.
    Connector,
    /// `AccountForest`.
    AccountForest,
    /// `TenantEopForest`.
    EopForest,
    /// The address that this one was replaced by, or redirected to. Identity.
    Successor,
    /// The address or group that this one came from. Identity.
    Origin,
    /// Hunting: delivery action.
    DeliveryAction,
    /// Hunting: first location.
    DeliveryLocation,
    /// Hunting: location now.
    LatestLocation,
    /// Hunting: last action.
    LatestAction,
    /// Hunting: threat types.
    ThreatTypes,
    /// Hunting: detection methods.
    DetectionMethods,
    /// Hunting: confidence.
    Confidence,
    /// Hunting: action of the filter.
    EmailAction,
    /// Hunting: policy of that action.
    EmailActionPolicy,
    /// Hunting: organisation's override.
    OrgAction,
    /// Hunting: what overrode.
    OrgPolicy,
    /// Hunting: user's override.
    UserAction,
    /// Hunting: what the user set.
    UserPolicy,
    /// Hunting: SPF, DKIM, DMARC, CompAuth.
    Authentication,
    /// Action after delivery: `type|trigger|result|location`.
    PostDelivery,
    /// Quarantine: why.
    QuarantineReason,
    /// Quarantine: kind of policy.
    QuarantinePolicyType,
    /// Quarantine: policy.
    QuarantinePolicy,
    /// Quarantine: a release status that lets the message out.
    ReleaseStatus,
    /// Quarantine: any other release status. Counts only where no row tells of a release.
    HeldStatus,
    /// A click that Safe Links saw: its action type.
    Click,
    /// Address behind the click. Identity.
    ClickIp,
    /// The simulation platform's status or event.
    Platform,
    /// SMTP text that the platform kept.
    PlatformError,
    /// Address behind the platform's click. Identity.
    PlatformIp,
}

impl Kind {
    /// Whether statements of another kind count in its place, whenever they were made: the rows of a
    /// message have its time, not that of the export, and an end comes after what was open.
    pub const fn yields(self) -> bool {
        matches!(self, Kind::OpenStatus | Kind::HeldStatus)
    }

    /// Whether values differ from message to message: such statements do not decide causes, so that
    /// bulk work does not count them.
    pub const fn is_identity(self) -> bool {
        matches!(
            self,
            Kind::Cip
                | Kind::ClientIp
                | Kind::Helo
                | Kind::Ptr
                | Kind::Successor
                | Kind::Origin
                | Kind::ClickIp
                | Kind::PlatformIp
        )
    }
}

/// A statement with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it is about.
    pub kind: Kind,
    /// What it says; the raw value stands in the evidence.
    pub value: Box<str>,
    /// Time of the row.
    pub at: Option<Timestamp>,
    /// Where it stands.
    pub evidence: Citation,
}

#[cfg(test)]
impl Statement {
    /// A statement of a row that does not matter.
    pub(crate) fn test(kind: Kind, value: &str) -> Self {
        use crate::fact::{Evidence, Place};
        let place = Place::Row(1);
        let evidence = Evidence::new(&"t.csv".into(), place, format!("{kind:?}"), value);
        Statement { kind, value: value.into(), at: None, evidence: evidence.into() }
    }
}
