//! The join: everything known about one (message, recipient), whatever source it came from.
//!
//! Rules read a case and nothing else. What a header and a trace row both state (the verdict, the
//! envelope) stands here once, so that one rule serves both kinds of source.

mod journey;

use crate::campaign::Campaign;
use crate::fact::{Citation, Fact};
use crate::finding::{Certainty, Outcome};
use crate::links::Link;
use crate::message::body::Attached;
use crate::message::values::{Cat, Direction, Ipv, Sfty, Sfv};
use crate::message::{Envelope, Message};
use crate::rules::source::Source;
use crate::tenant::Tenant;
use crate::tenant::domain::split_address;
use crate::trace::Journey;
use std::borrow::Cow;
use std::net::IpAddr;

/// Everything known about one (message, recipient).
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The message's own headers.
    pub message: Option<&'a Message>,
    /// What traces, hunting and quarantine exports say of this pair.
    pub journey: Option<&'a Journey>,
    /// Links of the body; `None` where nobody looked.
    pub links: Option<&'a [Link]>,
    /// What is attached; `None` where nobody looked, or the copy may not be whole.
    pub attached: Option<Attached>,
    /// Exported configuration of the recipient's tenant.
    pub tenant: Option<&'a Tenant>,
    /// The simulation campaign, as its operator describes it.
    pub campaign: Option<&'a Campaign>,
    /// Whether a line is all that will be shown of it: nobody sees what findings rest on then, nor the fixes for a
    /// message that arrived, and neither is put into words.
    pub in_brief: bool,
    /// Bare address of the recipient.
    pub recipient: Option<Fact<Box<str>>>,
    /// What the recipient organisation's filter said.
    pub verdict: Verdict,
    /// Sender and identifiers.
    pub envelope: Cow<'a, Envelope>,
    /// Where it ended.
    pub landing: Landing,
    /// Which address sent it, where that was found for all rules at once; see [`crate::rules::source`].
    pub(crate) source: Option<Source>,
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

/// Where the message ended, how sure that is, and what says so; see [`crate::landing`].
#[derive(Debug, Clone)]
pub struct Landing {
    /// Where it ended.
    pub outcome: Outcome,
    /// How sure.
    pub certainty: Certainty,
    /// What says so; empty for `unknown` and `not-traced`.
    pub evidence: Vec<Citation>,
    /// Why this reading, in one clause: `Mailbox-Delivery says dest:J`.
    pub because: Cow<'static, str>,
    /// Statements of other sources that disagree, one sentence each.
    pub contradictions: Vec<String>,
}

impl<'a> Case<'a> {
    /// The case of one message on its own. Links, tenant and campaign are added by whoever has them.
    pub fn from_message(message: &'a Message) -> Self {
        let verdict = Verdict::from_message(message);
        let landing = Landing::from_message(message, &verdict);
        Case {
            message: Some(message),
            journey: None,
            links: None,
            attached: None,
            tenant: None,
            campaign: None,
            in_brief: false,
            recipient: message.identity.recipient.clone(),
            verdict,
            envelope: Cow::Borrowed(&message.identity.envelope),
            landing,
            source: None,
        }
    }

    /// The IP that allow entries must name: the true source where Enhanced Filtering restored it, else
    /// the one that was authenticated, else the connecting IP (`headers.md` §6.3).
    pub fn sending_ip(&self) -> Option<Fact<IpAddr>> {
        let restored = || {
            let sender = self.message?.enhanced_filtering.original_sender.as_ref()?;
            Some(Fact::new(sender.value.ip?, &sender.evidence))
        };
        let authenticated = || {
            let results = self.message?.results()?;
            Some(Fact::new(results.sender_ip?, &results.evidence))
        };
        restored().or_else(authenticated).or_else(|| self.verdict.connecting_ip.clone())
    }

    /// Domain of MAIL FROM, lower case.
    pub fn mail_from_domain(&self) -> Option<String> {
        self.envelope.mail_from.as_ref().and_then(|fact| domain_of(&fact.value))
    }

    /// Domain of the header From, lower case.
    pub fn from_domain(&self) -> Option<String> {
        self.envelope.from.as_ref().and_then(|fact| domain_of(&fact.value))
    }
}

/// Domain of an address, or the text itself where it is a bare domain; lower case.
fn domain_of(address: &str) -> Option<String> {
    let domain = split_address(address).map_or(address, |(_, domain)| domain);
    (!domain.is_empty()).then(|| domain.to_ascii_lowercase())
}

impl Verdict {
    /// The verdict of the believed report; what no report says stays `None`.
    fn from_message(message: &Message) -> Self {
        let mut verdict = Verdict { bcl: message.bcl.clone(), ..Verdict::default() };
        let Some(report) = message.report() else {
            verdict.connecting_ip = message.edge.and_then(|edge| {
                let hop = &message.hops[edge];
                hop.ip().map(|ip| Fact { value: ip, evidence: hop.evidence(&message.headers) })
            });
            return verdict;
        };
        let at = &report.evidence;
        verdict.sfv = report.sfv.clone().map(|value| Fact::new(value, at));
        verdict.cat = report.cat.clone().map(|value| Fact::new(value, at));
        verdict.ipv = report.ipv.clone().map(|value| Fact::new(value, at));
        verdict.scl = report.scl.map(|value| Fact::new(value, at));
        verdict.sfty = report.sfty.clone().map(|value| Fact::new(value, at));
        verdict.direction = report.direction.clone().map(|value| Fact::new(value, at));
        verdict.connecting_ip = report.connecting_ip.map(|value| Fact::new(value, at));
        verdict.country = report.country().map(|value| Fact::new(value.into(), at));
        verdict.language = report.language().map(|value| Fact::new(value.into(), at));
        verdict.helo = report.helo().map(|value| Fact::new(value.into(), at));
        verdict.ptr = report.ptr().map(|value| Fact::new(value.into(), at));
        verdict.bulk = report
            .srv()
            .is_some_and(|srv| srv.eq_ignore_ascii_case("BULK"))
            .then(|| Fact::new((), at));
        verdict
    }
}
