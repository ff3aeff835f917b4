//! Case + rules → diagnosis: the findings ranked, the headline, the facts a report shows.

mod headline;
mod judge;
mod sheet;
mod stamps;

use crate::fact::Citation;
use crate::finding::{Certainty, Finding, Outcome};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

/// How much of the facts a diagnosis carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Recipient, subject, time, outcome, and of the findings what a line and a sum tell.
    Line,
    /// Identity, outcome and findings whole.
    Brief,
    /// Everything, the fact sheet included.
    Full,
}

/// The judgement of one (message, recipient): all that a report needs, and nothing of how it was
/// reached.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// Which message.
    pub message: MessageSummary,
    /// Bare address of the recipient.
    pub recipient: Option<String>,
    /// When the message was handed to the last system known, else when it was written; in seconds since
    /// 1970-01-01 UTC.
    pub delivered_at: Option<i64>,
    /// Files it rests on.
    pub sources: Vec<SourceSummary>,
    /// Where it ended.
    pub outcome: Outcome,
    /// How sure the outcome is.
    pub outcome_certainty: Certainty,
    /// What says where it ended, in one clause.
    pub outcome_because: String,
    /// One sentence for a ticket: where it ended and why, with its certainty.
    pub headline: String,
    /// Findings, ranked: causes first, surer before less sure.
    pub findings: Vec<Finding>,
    /// Sources that disagree with each other, one sentence each.
    pub contradictions: Vec<String>,
    /// What was not understood or not looked at, one line each.
    pub notes: Vec<String>,
    /// Display names of senders and recipients: what redaction must not leave anywhere, shown by no report.
    pub people: Vec<String>,
    /// The facts behind it.
    pub facts: Facts,
}

/// A fact sheet, empty until somebody writes on it: of most messages nobody does, and what is passed from
/// thread to thread should be small.
#[derive(Debug, Clone, Default)]
pub struct Facts(Option<Box<FactSheet>>);

impl From<FactSheet> for Facts {
    fn from(sheet: FactSheet) -> Self {
        Facts(Some(Box::new(sheet)))
    }
}

impl Deref for Facts {
    type Target = FactSheet;

    fn deref(&self) -> &FactSheet {
        static EMPTY: LazyLock<FactSheet> = LazyLock::new(FactSheet::default);
        self.0.as_deref().unwrap_or(&EMPTY)
    }
}

impl DerefMut for Facts {
    fn deref_mut(&mut self) -> &mut FactSheet {
        self.0.get_or_insert_default()
    }
}

/// Identity of a message, as the `message` object of the JSON contract has it.
#[derive(Debug, Clone, Default)]
pub struct MessageSummary {
    /// `Message-ID` without angle brackets.
    pub message_id: Option<String>,
    /// Network message id with dashes.
    pub network_message_id: Option<String>,
    /// Decoded subject.
    pub subject: Option<String>,
    /// Header From.
    pub from: Option<String>,
    /// Envelope sender.
    pub mail_from: Option<String>,
    /// Date, RFC 3339.
    pub date: Option<String>,
    /// Recipient's tenant.
    pub tenant_id: Option<String>,
}

/// One file that a diagnosis rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSummary {
    /// Path as the user named it.
    pub path: Arc<str>,
    /// `message`, `trace`, `tenant`, `campaign`.
    pub kind: &'static str,
}

/// The `facts` object of the JSON contract.
#[derive(Debug, Clone, Default)]
pub struct FactSheet {
    /// CIP.
    pub connecting_ip: Option<String>,
    /// IPV.
    pub ipv: Option<String>,
    /// SFV.
    pub sfv: Option<String>,
    /// CAT.
    pub cat: Option<String>,
    /// SCL.
    pub scl: Option<i8>,
    /// BCL.
    pub bcl: Option<u8>,
    /// SFTY.
    pub sfty: Option<String>,
    /// DIR.
    pub dir: Option<String>,
    /// CTRY.
    pub country: Option<String>,
    /// H.
    pub helo: Option<String>,
    /// PTR.
    pub ptr: Option<String>,
    /// SPF, DKIM, DMARC, compauth.
    pub authentication: AuthenticationSheet,
    /// Mailbox-Delivery.
    pub mailbox_delivery: Option<MailboxDeliverySheet>,
    /// `X-MS-Exchange-Organization-*`, name to value, in order.
    pub organization_headers: Vec<(String, String)>,
    /// The path, newest first.
    pub hops: Vec<HopSheet>,
    /// Gateways: vendor and position.
    pub gateways: Vec<(String, &'static str)>,
    /// Links with their rewriters.
    pub links: Vec<LinkSheet>,
    /// Platform and mark.
    pub simulation: Option<(String, String)>,
    /// Every stamp decoded, for people: not part of the JSON `facts`.
    pub stamps: Vec<Stamp>,
}

/// The `authentication` object.
#[derive(Debug, Clone, Default)]
pub struct AuthenticationSheet {
    /// SPF result.
    pub spf: Option<String>,
    /// DKIM results: result and domain.
    pub dkim: Vec<(String, Option<String>)>,
    /// DMARC result.
    pub dmarc: Option<String>,
    /// DMARC action.
    pub dmarc_action: Option<String>,
    /// Composite authentication.
    pub compauth: Option<String>,
    /// Its reason code.
    pub compauth_reason: Option<String>,
    /// The IP that was checked.
    pub sender_ip: Option<String>,
}

/// The `mailbox_delivery` object.
#[derive(Debug, Clone, Default)]
pub struct MailboxDeliverySheet {
    /// I, J, C.
    pub dest: Option<String>,
    /// 0 or 1.
    pub ucf: Option<u8>,
    /// 0 or 1.
    pub jmr: Option<u8>,
    /// Final reason.
    pub ofr: Option<String>,
}

/// One hop of the path.
#[derive(Debug, Clone)]
pub struct HopSheet {
    /// HELO name.
    pub from: Option<String>,
    /// Receiving host.
    pub by: Option<String>,
    /// Address of the peer.
    pub ip: Option<String>,
    /// RFC 3339.
    pub date: Option<String>,
    /// Seconds since the hop before it.
    pub delay_seconds: Option<i64>,
    /// Role of the receiving system.
    pub role: &'static str,
    /// Forest label, information only.
    pub forest: Option<String>,
}

/// One link.
#[derive(Debug, Clone)]
pub struct LinkSheet {
    /// As it stands in the message, private parts masked unless asked for.
    pub rewritten: String,
    /// Rewriters from outside in.
    pub chain: Vec<String>,
    /// What it pointed to.
    pub original: Option<String>,
    /// `full`, `domain`, `none`.
    pub recovered: &'static str,
    /// A remark.
    pub note: Option<String>,
}

/// One decoded stamp.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// Field: `SFV`, `compauth`, `dest`.
    pub field: String,
    /// Raw value.
    pub value: String,
    /// What it means, in plain words.
    pub meaning: String,
    /// The header it stands in.
    pub evidence: Citation,
}
