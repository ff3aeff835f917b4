//! Raw message to facts: one file per header family.
//!
//! Parsing never fails a message: what is not understood is kept verbatim and noted.

pub mod antispam_report;
pub mod authentication;
pub mod body;
mod bytes;
mod date;
mod enhanced_filtering;
mod gateway;
pub mod headers;
pub mod identity;
mod lines;
mod mailbox_delivery;
mod misplaced;
pub(crate) mod names;
mod origin;
pub mod pairs;
mod parse;
pub mod received;
mod simulation;
pub mod sourced;
pub mod values;

use crate::fact::{Citation, Fact};
pub use date::Date;
pub(crate) use gateway::is_gateway_host;
use headers::Split;
use pairs::Pairs;
use received::Clauses;
use sourced::SourcedHeaders;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use values::{AuthResult, Cat, Dest, Direction, DmarcAction, Ipv, Sfty, Sfv};

/// The facts of one message's header block.
#[derive(Debug, Clone)]
pub struct Message {
    /// Path of the file, as the user named it.
    pub source: Arc<str>,
    /// Every header in order, with its line.
    pub headers: Arc<SourcedHeaders>,
    /// Where the header block ended.
    pub split: Split,
    /// Who sent what to whom.
    pub identity: Identity,
    /// What kind of copy this is.
    pub origin: Fact<Origin>,
    /// Every copy of the anti-spam report, top to bottom.
    pub reports: Vec<AntispamReport>,
    /// Index in `reports` of the one that tells the recipient organisation's inbound verdict.
    pub believed: Option<usize>,
    /// `BCL` of `X-Microsoft-Antispam`.
    pub bcl: Option<Fact<u8>>,
    /// Values of `X-CustomSpam`, one per advanced spam filter setting that was hit.
    pub custom_spam: Vec<Fact<Box<str>>>,
    /// Every copy of `X-Microsoft-Antispam-Mailbox-Delivery`.
    pub mailbox_delivery: Vec<MailboxDelivery>,
    /// Whether the stamps that are judged stand among the sender's own headers, and nothing of the filter
    /// stands where it writes: what rests on them is not proven.
    pub misplaced: bool,
    /// Every `Authentication-Results` and its relatives, top to bottom.
    pub authentication: Vec<Authentication>,
    /// Whether `X-MS-Exchange-Organization-AuthAs` says `Internal`.
    pub as_internal: bool,
    /// Enhanced Filtering for Connectors.
    pub enhanced_filtering: EnhancedFiltering,
    /// `Received` hops, newest first.
    pub hops: Vec<Hop>,
    /// Index in `hops` of the first Microsoft hop of the recipient organisation: the edge.
    pub edge: Option<usize>,
    /// Security gateways that left marks.
    pub gateways: Vec<Gateway>,
    /// Marks of simulation platforms: hints, never proof.
    pub simulation: Vec<Fact<SimulationMark>>,
    /// What was not understood, one line each.
    pub notes: Vec<String>,
}

/// Who sent what to whom. Addresses are bare (`a@b.example`), ids without angle brackets.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// Who sent what.
    pub envelope: Envelope,
    /// The one recipient this copy was for, when the headers tell.
    pub recipient: Option<Fact<Box<str>>>,
}

/// Sender and identifiers, from headers or from a trace.
#[derive(Debug, Clone, Default)]
pub struct Envelope {
    /// `Message-ID` without angle brackets.
    pub message_id: Option<Fact<Box<str>>>,
    /// Network message id: GUID of Defender and the traces, with dashes, lower case.
    pub network_message_id: Option<Fact<Box<str>>>,
    /// Decoded subject.
    pub subject: Option<Fact<Box<str>>>,
    /// Header From (5322.From), the visible sender.
    pub from: Option<Fact<Box<str>>>,
    /// Envelope sender (5321.MailFrom).
    pub mail_from: Option<Fact<Box<str>>>,
    /// When it was written, or first seen by a trace.
    pub date: Option<Fact<Date>>,
    /// GUID of the recipient's tenant.
    pub tenant_id: Option<Fact<Box<str>>>,
}

/// What kind of copy a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Filtered by a Microsoft 365 organisation and delivered, as far as the headers tell.
    Business,
    /// Exported from quarantine or a submission: no proof of delivery.
    QuarantineExport,
    /// A consumer Outlook.com mailbox: other rules hold there.
    Consumer,
    /// Put into the mailbox without transport (Graph, EWS).
    Injected,
    /// Saved by Outlook with most headers gone, or pasted in part.
    Pruned,
    /// No Microsoft 365 system handled it as recipient.
    NotMicrosoft,
}

/// One copy of `X-Forefront-Antispam-Report`.
#[derive(Debug, Clone)]
pub struct AntispamReport {
    /// The header it came from.
    pub evidence: Citation,
    /// Whose word it is.
    pub standing: Standing,
    /// Every `KEY:VALUE` pair in order; unknown and repeated keys stay.
    pub pairs: Pairs,
    /// Pieces without a colon.
    pub leftovers: Vec<Box<str>>,
    /// `CIP`, the connecting IP.
    pub connecting_ip: Option<IpAddr>,
    /// `SCL`.
    pub scl: Option<i8>,
    /// `IPV` (or the older `EFV` when IPV is missing).
    pub ipv: Option<Ipv>,
    /// `SFV`; the first when there are two.
    pub sfv: Option<Sfv>,
    /// `CAT`.
    pub cat: Option<Cat>,
    /// `SFTY`.
    pub sfty: Option<Sfty>,
    /// `DIR`.
    pub direction: Option<Direction>,
}

/// Whose word an anti-spam report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The recipient organisation's filter.
    Recipient,
    /// An earlier inbound pass of the recipient organisation.
    EarlierPass,
    /// The sender's tenant, or an outbound pass: shown, never judged.
    Sender,
    /// A mail flow rule's own text: it lacks what the filter always writes.
    Planted,
}

/// `X-Microsoft-Antispam-Mailbox-Delivery`.
#[derive(Debug, Clone)]
pub struct MailboxDelivery {
    /// The header it came from.
    pub evidence: Citation,
    /// Every `key:value` pair in order.
    pub pairs: Pairs,
    /// `dest`.
    pub dest: Option<Dest>,
    /// `ucf`: a rule of the user moved it.
    pub ucf: Option<bool>,
    /// `jmr`: junk because of the filter's verdict.
    pub jmr: Option<bool>,
    /// `OFR`: the final reason.
    pub ofr: Option<Box<str>>,
    /// `RF`: the folder.
    pub rf: Option<Box<str>>,
}

/// One `Authentication-Results` header or a relative of it.
#[derive(Debug, Clone)]
pub struct Authentication {
    /// The header it came from.
    pub evidence: Citation,
    /// Whether the recipient's Microsoft 365 organisation wrote it.
    pub by_recipient: bool,
    /// `spf=`.
    pub spf: Option<AuthResult>,
    /// `sender IP is`.
    pub sender_ip: Option<IpAddr>,
    /// `smtp.mailfrom=`, an address or a domain.
    pub mail_from: Option<Box<str>>,
    /// `smtp.helo=`, in place of MAIL FROM for a null sender.
    pub helo: Option<Box<str>>,
    /// `dkim=`, one per signature.
    pub dkim: Vec<Dkim>,
    /// `dmarc=`.
    pub dmarc: Option<AuthResult>,
    /// `action=`.
    pub dmarc_action: Option<DmarcAction>,
    /// `header.from=`.
    pub header_from: Option<Box<str>>,
    /// `compauth=`; absent is not `none`.
    pub compauth: Option<AuthResult>,
    /// `reason=` of compauth, three digits.
    pub compauth_reason: Option<Box<str>>,
}

/// One `dkim=` result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dkim {
    /// The result.
    pub result: AuthResult,
    /// The text in parentheses, such as `body hash did not verify`.
    pub detail: Option<Box<str>>,
    /// `header.d=`; `None` where it is `none`.
    pub domain: Option<Box<str>>,
}

/// What Enhanced Filtering for Connectors (skip listing) stamped.
#[derive(Debug, Clone, Default)]
pub struct EnhancedFiltering {
    /// `X-MS-Exchange-SkipListedInternetSender`: skip listing found this source.
    pub skip_listed: Option<Fact<InternetSender>>,
    /// `X-MS-Exchange-ExternalOriginalInternetSender`: and it is in effect for this recipient.
    pub original_sender: Option<Fact<InternetSender>>,
}

/// `ip=[…];domain=…` of the two Enhanced Filtering headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternetSender {
    /// The true source.
    pub ip: Option<IpAddr>,
    /// Its HELO name.
    pub domain: Option<Box<str>>,
}

/// One `Received` header.
#[derive(Debug, Clone)]
pub struct Hop {
    /// Line of the header it came from.
    line: u32,
    /// Its value.
    value: Arc<str>,
    /// Where in the value the clauses stand.
    clauses: Clauses,
    /// [`Hop::ip`], once somebody asked for it.
    ip: OnceLock<Option<IpAddr>>,
    /// Seconds since 1970-01-01 UTC.
    pub timestamp: Option<i64>,
    /// The date, in the time zone it is written in.
    pub date: Option<mail_parser::DateTime>,
    /// Seconds since the hop before (below) it; negative where clocks disagree.
    pub delay_seconds: Option<i64>,
    /// What the receiving system was.
    pub role: HopRole,
    /// Whether the receiving host is a Microsoft 365 one.
    by_microsoft: bool,
}

/// What the receiving system of a hop was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HopRole {
    /// Below the edge, before any known gateway: the sender's word.
    Sender,
    /// A security gateway.
    Gateway,
    /// The first Microsoft 365 hop of the recipient organisation.
    Edge,
    /// A Microsoft proxy or transport front end.
    FrontEnd,
    /// A mailbox server.
    Mailbox,
    /// Another Microsoft 365 organisation or an outbound pool.
    Microsoft,
    /// A system above the edge that is not Microsoft's.
    Other,
}

impl HopRole {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            HopRole::Sender => "sender",
            HopRole::Gateway => "gateway",
            HopRole::Edge => "edge",
            HopRole::FrontEnd => "front-end",
            HopRole::Mailbox => "mailbox",
            HopRole::Microsoft => "microsoft",
            HopRole::Other => "other",
        }
    }
}

/// A security gateway that left marks.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Vendor, as `headers.md` §8.1 names it.
    pub vendor: &'static str,
    /// Whose it was.
    pub position: Position,
    /// Headers and hops that show it.
    pub evidence: Vec<Citation>,
}

/// Whose gateway it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// In front of the recipient's Microsoft 365: it handed the message to the edge.
    Recipient,
    /// Between two passes through the recipient's Microsoft 365.
    InAndOut,
    /// On the sender's side.
    Sender,
    /// Marks without a hop that places them.
    Unplaced,
}

impl Position {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Position::Recipient => "recipient",
            Position::InAndOut => "in-and-out",
            Position::Sender => "sender",
            Position::Unplaced => "unplaced",
        }
    }
}

/// A mark of a simulation platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationMark {
    /// The platform.
    pub platform: &'static str,
    /// What shows it.
    pub mark: Box<str>,
}
