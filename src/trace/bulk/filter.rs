//! Which rows and pairs a user asks for.

use crate::campaign::Campaign;
use crate::trace::Journey;
use crate::trace::columns::Field;
use crate::trace::format::Format;
use crate::trace::identity::{self, Guid};
use crate::trace::observe;
use crate::trace::row::Row;
use std::net::IpAddr;

/// What to keep; everything that is `None` keeps all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Sender address or domain, in lower case; a part is enough.
    pub sender: Option<String>,
    /// Recipient address or domain, in lower case; a part is enough.
    pub recipient: Option<String>,
    /// Part of the subject, in lower case.
    pub subject: Option<String>,
    /// Message-ID without angle brackets, or network message id.
    pub message_id: Option<String>,
    /// Earliest first row, in microseconds since 1970 UTC.
    pub since: Option<i64>,
    /// Moment that the first row must be before, in microseconds.
    pub until: Option<i64>,
    /// Connecting IP.
    pub ip: Option<IpAddr>,
    /// Senders and addresses of a campaign.
    pub campaign: Option<Campaign>,
}

impl Filter {
    /// Whether anything may be left out.
    pub fn asks_anything(&self) -> bool {
        self.asks_rows()
            || self.recipient.is_some()
            || self.since.is_some()
            || self.until.is_some()
            || self.ip.is_some()
    }

    /// Whether a whole journey is asked for; its rows have passed [`Filter::row`] already.
    pub fn journey(&self, journey: &Journey) -> bool {
        let mut key = String::new();
        let address = journey.recipient.as_ref().map_or("", |fact| &fact.value);
        identity::address_key(address, &mut key);
        let ip = journey.verdict.connecting_ip.as_ref().map(|fact| fact.value);
        // rows that do not tell whose message they are about do not make a pair that is asked for
        (!self.asks_rows() || journey.asked)
            && self.recipient(&key)
            && self.time(journey.first.map(|first| first.0))
            && self.ip.is_none_or(|wanted| ip == Some(wanted))
    }

    /// Whether rows may be left out by what they say, before anything else is known of their pair.
    pub fn asks_rows(&self) -> bool {
        self.sender.is_some()
            || self.subject.is_some()
            || self.message_id.is_some()
            || self.campaign.is_some()
    }

    /// Whether the row is asked for; `None` where it does not have the columns to tell, so that it
    /// only adds to a pair that other rows bring.
    #[inline]
    pub fn row(&self, row: &Row<'_>) -> Option<bool> {
        if self.asks_rows() { self.judge(row) } else { None }
    }

    /// As [`Filter::row`], where something is asked of rows.
    fn judge(&self, row: &Row<'_>) -> Option<bool> {
        let mut told = None;
        // whether what it shows is another's, or nothing, and its message may be asked for all the same
        let mut doubtful = false;
        let mut judge = |verdict: Option<bool>| match (verdict, told) {
            (Some(false), _) => told = Some(false),
            (Some(true), None) => told = Some(true),
            _ => {}
        };
        if let Some(wanted) = &self.sender {
            let fields = [Field::Sender, Field::ReturnPath, Field::SenderFromAddress];
            let verdict = any(row, &fields, wanted);
            let other = verdict == Some(false) && shows_one_sender(row);
            doubtful |= other;
            judge(verdict.filter(|_| !other));
        }
        if let Some(wanted) = &self.subject {
            judge(any(row, &[Field::Subject], wanted));
        }
        if let Some(wanted) = &self.message_id {
            judge(self.is_message(row, wanted));
        }
        if let Some(campaign) = &self.campaign {
            let verdict = of_campaign(row, campaign);
            let other = verdict == Some(false) && shows_one_sender(row);
            doubtful |= other || verdict.is_none();
            judge(verdict.filter(|_| !other));
        }
        told.filter(|told| !(*told && doubtful))
    }

    fn is_message(&self, row: &Row<'_>, wanted: &str) -> Option<bool> {
        let guid = Guid::parse(wanted);
        let message = row.get(Field::MessageId).map(identity::message_id);
        let network = observe::network_id(row);
        if message.is_none() && network.is_none() {
            return Some(false);
        }
        let same = message == Some(wanted) || guid.is_some() && network == guid;
        // a row with the other id only may belong to the message all the same
        let comparable = if guid.is_some() { network.is_some() } else { message.is_some() };
        if same || comparable { Some(same) } else { None }
    }

    /// Whether the recipient, in lower case, is asked for.
    pub fn recipient(&self, address: &str) -> bool {
        self.recipient.as_ref().is_none_or(|wanted| address.contains(wanted.as_str()))
    }

    /// Whether a pair with this first time (microseconds) is asked for.
    pub(super) fn time(&self, first: Option<i64>) -> bool {
        let after = |since| first.is_some_and(|first| first >= since);
        let before = |until| first.is_some_and(|first| first < until);
        self.since.is_none_or(after) && self.until.is_none_or(before)
    }

    /// Whether a pair with this connecting IP is asked for.
    pub(super) fn address(&self, ip: Option<&str>) -> bool {
        self.ip.is_none_or(|wanted| ip.and_then(|ip| ip.parse().ok()) == Some(wanted))
    }
}

fn any(row: &Row<'_>, fields: &[Field], wanted: &str) -> Option<bool> {
    let mut told = None;
    for text in fields.iter().filter_map(|field| row.get(*field)) {
        if text.to_lowercase().contains(wanted) {
            return Some(true);
        }
        told = Some(false);
    }
    told
}

/// Whether the message of a row may have another sender than the row shows: the header From alone, or one
/// of which nobody knows whether it is the envelope's. ZAP and quarantine rows are such, and without them
/// a message seems to be where it was delivered. Bulk exports show the envelope sender, which must do.
fn shows_one_sender(row: &Row<'_>) -> bool {
    let is_empty = |field| row.get(field).is_none();
    matches!(row.format, Format::Quarantine | Format::MessageTraceDetail)
        || is_empty(Field::Sender) && is_empty(Field::ReturnPath)
}

/// A row fits a campaign by its sender or address; one that shows nothing of what the campaign names is
/// left to others.
fn of_campaign(row: &Row<'_>, campaign: &Campaign) -> Option<bool> {
    let from = row.get(Field::SenderFromAddress).or_else(|| row.get(Field::Sender));
    let mail_from = observe::mail_from(row);
    let ip = [Field::OriginalClientIp, Field::FromIp, Field::SenderIpv4]
        .into_iter()
        .find_map(|field| row.get(field))
        .and_then(|ip| ip.parse().ok());
    let comparable = from.is_some() && !campaign.from_addresses.is_empty()
        || mail_from.is_some() && !campaign.mail_from_domains.is_empty()
        || ip.is_some() && !campaign.sending_ips.is_empty();
    comparable.then(|| campaign.fits(from, mail_from, &[], ip))
}
