//! Whose rewriter it was: the recipient's gateway, the sender's, or a leftover.
//!
//! A wrapper alone proves nothing about the recipient (`link-rewriters.md` §1.10, §9): it may sit in a
//! quoted thread, have been added by the sender's organisation, or be abused as an open redirect. Who
//! put it there is told by what the wrapper itself names, then by the hops.

use super::private::Private;
use super::vendor::{Kind, Vendor};
use super::{Link, safe_links, vendors};
use crate::message::{Gateway, Message, Position};

/// Whose rewriter a layer was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// The recipient's own gateway or Microsoft 365 organisation.
    Recipient,
    /// The sender's.
    Sender,
    /// An earlier message that is quoted here, another organisation, or an abused redirect.
    Leftover,
    /// No gateway at all: a redirector, usually part of the lure.
    Redirector,
    /// Nothing tells.
    Unknown,
}

impl Owner {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Owner::Recipient => "recipient",
            Owner::Sender => "sender",
            Owner::Leftover => "leftover",
            Owner::Redirector => "redirector",
            Owner::Unknown => "unknown",
        }
    }
}

impl Owner {
    /// The same in words; `None` for a redirector, of which the name says enough.
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Owner::Recipient => Some("the recipient's"),
            Owner::Sender => Some("the sender's"),
            Owner::Leftover => Some("a leftover"),
            Owner::Unknown => Some("not known whose"),
            Owner::Redirector => None,
        }
    }
}

/// Whose rewriter a layer was, and what says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    /// Whose.
    pub owner: Owner,
    /// Whether the wrapper itself names this very message, and not only a gateway on its path.
    pub named: bool,
    /// What says so, in one clause.
    pub because: &'static str,
}

const fn owned(owner: Owner, named: bool, because: &'static str) -> Ownership {
    Ownership { owner, named, because }
}

/// Judges every layer of every link against the message that holds it.
pub fn judge(links: &mut [Link], message: &Message) {
    for link in links.iter_mut().filter(|link| !link.chain.is_empty()) {
        let layers = link.chain.iter().zip(&link.private);
        let ownership = layers
            .map(|(name, private)| match vendors::by_name(name) {
                Some(vendor) => judge_layer(vendor, private, link, message),
                None => owned(Owner::Unknown, false, "the product is not known"),
            })
            .collect();
        link.ownership = ownership;
    }
}

fn judge_layer(vendor: &Vendor, private: &Private, link: &Link, message: &Message) -> Ownership {
    if vendor.kind == Kind::Redirector {
        return owned(
            Owner::Redirector,
            false,
            "a redirector, not a gateway: usually part of the lure as sent",
        );
    }
    if link.nested > 0 {
        return owned(Owner::Leftover, false, "it stands in an attached message");
    }
    if let Some(told) = by_its_own_words(private, message) {
        return told;
    }
    if link.quoted {
        return owned(Owner::Leftover, false, "it stands in a quoted earlier message");
    }
    if vendor.name == safe_links::NAME {
        return owned(
            Owner::Unknown,
            false,
            "the link does not say which message and organisation it was wrapped for",
        );
    }
    by_path(vendor, message)
}

/// Longest time between a hop and the rewriting of a link on that hop, in seconds.
const SAME_PASS_SECONDS: i64 = 15 * 60;

/// What the wrapper's own fields say against the message's.
fn by_its_own_words(private: &Private, message: &Message) -> Option<Ownership> {
    let envelope = &message.identity.envelope;
    let own_id = envelope.network_message_id.as_ref().map(|id| &*id.value);
    let own_tenant = envelope.tenant_id.as_ref().map(|id| &*id.value);
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    if let (Some(theirs), Some(own)) = (private.network_message_id.as_deref(), own_id) {
        if same(theirs, own) {
            return Some(owned(
                Owner::Recipient,
                true,
                "the network message id inside the link is this message's",
            ));
        }
        let other_tenant = matches!(
            (private.tenant_id.as_deref(), own_tenant), (Some(theirs), Some(own)) if !same(theirs, own)
        );
        return Some(if other_tenant {
            owned(
                Owner::Leftover,
                true,
                "the tenant and the network message id inside the link are another organisation's",
            )
        } else {
            owned(
                Owner::Leftover,
                true,
                "the network message id inside the link is another message's",
            )
        });
    }
    if let (Some(theirs), Some(own)) = (private.tenant_id.as_deref(), own_tenant)
        && !same(theirs, own)
    {
        return Some(owned(Owner::Leftover, true, "the tenant inside the link is another one"));
    }
    let theirs = private.recipient.as_deref()?;
    let mut own = message.identity.recipient.iter().map(|own| &*own.value).peekable();
    own.peek()?;
    if !own.any(|own| same(own, theirs)) {
        return Some(owned(Owner::Leftover, true, "the recipient inside the link is another one"));
    }
    let rewritten = private.rewritten_at?;
    let on_a_hop = message
        .hops
        .iter()
        .filter_map(|hop| hop.timestamp)
        .any(|hop| (hop - rewritten).abs() <= SAME_PASS_SECONDS);
    Some(if on_a_hop {
        owned(
            Owner::Recipient,
            true,
            "the recipient inside the link is this message's, and so is the time",
        )
    } else {
        owned(
            Owner::Leftover,
            true,
            "the recipient inside the link is this message's, but the time is another message's",
        )
    })
}

/// What the hops and headers of the message say about that product.
fn by_path(vendor: &Vendor, message: &Message) -> Ownership {
    let is_it =
        |gateway: &&Gateway| vendor.gateway.iter().any(|own| gateway.vendor.starts_with(own));
    let gateways: Vec<&Gateway> = message.gateways.iter().filter(is_it).collect();
    let positions: Vec<Position> = gateways.iter().map(|gateway| gateway.position).collect();
    if positions.contains(&Position::Recipient) {
        return owned(
            Owner::Recipient,
            false,
            "a gateway of this product handed the message to the recipient's Microsoft 365",
        );
    }
    if positions.contains(&Position::InAndOut) {
        return owned(
            Owner::Recipient,
            false,
            "the recipient's Microsoft 365 sent the message out to this product and took it back",
        );
    }
    if positions.contains(&Position::Sender) {
        return owned(
            Owner::Sender,
            false,
            "a gateway of this product stands on the sender's side",
        );
    }
    let outgoing =
        |field: &str| vendor.outgoing_headers.iter().any(|own| field.eq_ignore_ascii_case(own));
    let mut marks = gateways.iter().flat_map(|gateway| &gateway.evidence).peekable();
    if marks.peek().is_some() && marks.all(|mark| outgoing(&mark.field)) {
        return owned(
            Owner::Sender,
            false,
            "the message has only such headers of this product as outgoing mail gets",
        );
    }
    if !positions.is_empty() {
        return owned(
            Owner::Unknown,
            false,
            "marks of this product are there, but nothing tells whose it was",
        );
    }
    if vendor.gateway.is_empty() {
        return owned(Owner::Unknown, false, "this product leaves no hop or header that is known");
    }
    if message.hops.is_empty() {
        return owned(Owner::Unknown, false, "the message has no Received headers left");
    }
    owned(
        Owner::Leftover,
        false,
        "no hop and no header of this product is in the message: quoted, or abused as a redirect",
    )
}

#[cfg(test)]
mod tests;
