//! The join: everything known about one (message, recipient), whatever source it came from.
//!
//! Rules read a case and nothing else. What a header and a trace row both state (the verdict, the
//! envelope) stands here once, so that one rule serves both kinds of source.

use crate::campaign::Campaign;
use crate::fact::{Evidence, Fact};
use crate::finding::{Certainty, Outcome};
use crate::links::Link;
use crate::message::Message;
use crate::message::values::{Cat, Direction, Ipv, Sfty, Sfv};
use crate::tenant::Tenant;
use crate::trace::Journey;
use std::net::IpAddr;
use std::sync::Arc;

/// Everything known about one (message, recipient).
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The message's own headers.
    pub message: Option<&'a Message>,
    /// What traces, hunting and quarantine exports say of this pair.
    pub journey: Option<&'a Journey>,
    /// Links of the body; `None` where nobody looked.
    pub links: Option<&'a [Link]>,
    /// Exported configuration of the recipient's tenant.
    pub tenant: Option<&'a Tenant>,
    /// The simulation campaign, as its operator describes it.
    pub campaign: Option<&'a Campaign>,
    /// Bare address of the recipient.
    pub recipient: Option<Fact<Box<str>>>,
    /// What the recipient organisation's filter said.
    pub verdict: Verdict,
    /// Sender and identifiers.
    pub envelope: Envelope,
    /// Where it ended.
    pub landing: Landing,
}

/// The recipient organisation's filter verdict: the believed header report, else the trace's.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Who decided.
    pub sfv: Option<Fact<Sfv>>,
    /// Threat category.
    pub cat: Option<Fact<Cat>>,
    /// IP lists.
    pub ipv: Option<Fact<Ipv>>,
    /// Spam confidence level, −1 to 9.
    pub scl: Option<Fact<i8>>,
    /// Bulk complaint level, 0 to 9.
    pub bcl: Option<Fact<u8>>,
    /// `SRV:BULK`.
    pub bulk: Option<Fact<()>>,
    /// Safety tip.
    pub sfty: Option<Fact<Sfty>>,
    /// Direction.
    pub direction: Option<Fact<Direction>>,
    /// The peer that connected to Microsoft 365 (CIP).
    pub connecting_ip: Option<Fact<IpAddr>>,
    /// Country of the connecting IP.
    pub country: Option<Fact<Box<str>>>,
    /// Language of the message.
    pub language: Option<Fact<Box<str>>>,
    /// HELO of the peer.
    pub helo: Option<Fact<Box<str>>>,
    /// Reverse DNS of the peer.
    pub ptr: Option<Fact<Box<str>>>,
}

/// Sender and identifiers, from headers or from a trace.
#[derive(Debug, Clone, Default)]
pub struct Envelope {
    /// `Message-ID` without angle brackets.
    pub message_id: Option<Fact<Box<str>>>,
    /// Network message id, with dashes, lower case.
    pub network_message_id: Option<Fact<Box<str>>>,
    /// Subject.
    pub subject: Option<Fact<Box<str>>>,
    /// Header From (5322.From).
    pub from: Option<Fact<Box<str>>>,
    /// Envelope sender (5321.MailFrom).
    pub mail_from: Option<Fact<Box<str>>>,
    /// Date, RFC 3339.
    pub date: Option<Fact<Box<str>>>,
    /// Tenant of the recipient.
    pub tenant_id: Option<Fact<Box<str>>>,
}

/// Where the message ended, how sure that is, and what says so.
#[derive(Debug, Clone)]
pub struct Landing {
    /// Where it ended.
    pub outcome: Outcome,
    /// How sure.
    pub certainty: Certainty,
    /// What says so; empty for `unknown` and `not-traced`.
    pub evidence: Vec<Arc<Evidence>>,
    /// Why this reading, in one clause: `Mailbox-Delivery says dest:J`.
    pub because: String,
    /// Statements of other sources that disagree, one sentence each.
    pub contradictions: Vec<String>,
}
