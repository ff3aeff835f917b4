//! What one rewriting product is: where its links live, how one is opened, what it reveals, and where
//! an administrator exempts a sender from it.

use super::decode::{self, is_plausible_url};
use super::outer::{Outer, is_within};
use super::private::Private;

/// One product that puts its own address in front of links.
#[derive(Debug)]
pub struct Vendor {
    /// Name in chains and reports.
    pub name: &'static str,
    /// Security gateway or mere redirector.
    pub kind: Kind,
    /// Hosts of its links.
    pub hosts: Hosts,
    /// Opens a link on one of those hosts; `None` where it is not of the product's form.
    pub open: fn(&Outer<'_>) -> Option<Layer>,
    /// What the wrapper reveals about the recipient and the customer.
    pub private: fn(&Outer<'_>) -> Private,
    /// First words of the names that this product's hops and headers go by in
    /// [`crate::message::Gateway::vendor`]; empty for a product that is known to leave none.
    pub gateway: &'static [&'static str],
    /// Headers that only the pass of outgoing mail writes, lower case: they tell of the sender's side.
    pub outgoing_headers: &'static [&'static str],
    /// Where a sender is exempted.
    pub exemption: Option<Exemption>,
}

impl Vendor {
    /// A product that reveals nothing, leaves no headers and has no known exemption.
    pub(super) const fn new(
        name: &'static str,
        kind: Kind,
        hosts: Hosts,
        open: fn(&Outer<'_>) -> Option<Layer>,
    ) -> Self {
        Vendor {
            name,
            kind,
            hosts,
            open,
            private: |_| Private::default(),
            gateway: &[],
            outgoing_headers: &[],
            exemption: None,
        }
    }
}

/// What kind of product wraps a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A mail security gateway or service: it changed the link on the message's way.
    Gateway,
    /// A redirector such as a search engine's or a click tracker: in a simulation, usually part of the
    /// lure as it was sent.
    Redirector,
}

/// Hosts of a product's links.
#[derive(Debug)]
pub enum Hosts {
    /// These domains and everything below them.
    Within(&'static [&'static str]),
    /// Hosts of a shape, all at or below these domains.
    Below(&'static [&'static str], fn(&str) -> bool),
    /// Hosts of a shape that have this label, under whatever top-level domain.
    Label(&'static str, fn(&str) -> bool),
    /// Any host, because the customer runs it: the path must tell.
    Customer,
}

impl Hosts {
    /// Whether links on `host` may be of this product.
    pub fn matches(&self, host: &str) -> bool {
        match self {
            Hosts::Within(domains) => domains.iter().any(|domain| is_within(host, domain)),
            Hosts::Below(_, shape) | Hosts::Label(_, shape) => shape(host),
            Hosts::Customer => true,
        }
    }
}

/// One opened layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// What it leads to.
    pub target: Target,
    /// A remark.
    pub note: Option<&'static str>,
}

/// What a wrapper says of its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The whole of it, perhaps another wrapper.
    Url(String),
    /// Its host only.
    Host(String),
    /// Nothing.
    Opaque,
}

/// Remark on a target whose own parameters may be lost.
pub(super) const MAY_BE_CUT: &str =
    "may be cut: the wrapper carries its target unescaped, and further parameters follow";

/// Remark on a target that does not read as a web address.
pub(super) const UNSURE: &str = "unsure: what the wrapper holds does not read as a web address";

/// Remark on a wrapper that lost its target on the way.
pub(super) const CUT_OFF: &str = "the wrapper is cut off or damaged: its target is missing";

impl Layer {
    /// A wrapper whose target is not recoverable offline.
    pub(super) const fn opaque(note: &'static str) -> Self {
        Layer { target: Target::Opaque, note: Some(note) }
    }

    /// A wrapper that says its target's host only.
    pub(super) fn host(host: String, note: &'static str) -> Self {
        Layer { target: Target::Host(host), note: Some(note) }
    }

    /// A decoded target; an empty one is damage.
    pub(super) fn url(url: String) -> Self {
        if url.trim().is_empty() {
            return Layer::opaque(CUT_OFF);
        }
        Layer { target: Target::Url(url), note: None }
    }

    /// A decoded target that must read as a web address to be believed without a remark.
    pub(super) fn checked_url(url: String) -> Self {
        let note = (!is_plausible_url(&url)).then_some(UNSURE);
        let layer = Layer::url(url);
        Layer { note: layer.note.or(note), ..layer }
    }

    /// The layer with a remark, where it has none yet.
    pub(super) fn noted(self, note: Option<&'static str>) -> Self {
        Layer { note: self.note.or(note), ..self }
    }
}

/// The target in the parameter `name`, decoded once (`link-rewriters.md` §1.3, §1.4).
///
/// `others` are the product's own parameters: where the target stands unescaped and something else
/// follows it, that was part of the target.
pub(super) fn target_param(outer: &Outer<'_>, name: &str, others: &[&str]) -> Option<Layer> {
    let value = outer.param(name)?;
    let unescaped = value.contains("://");
    let foreign = outer.param_after(name).is_some_and(|next| {
        let next = next.split('#').next().unwrap_or(next);
        !next.is_empty() && !others.iter().any(|other| next.eq_ignore_ascii_case(other))
    });
    let note = (unescaped && foreign).then_some(MAY_BE_CUT);
    Some(Layer::url(decode::target(value)).noted(note))
}

/// Where a gateway's administrator exempts a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exemption {
    /// The paths through the console, the recommended first, in the product's own words.
    pub paths: &'static [&'static str],
    /// What to keep in mind; may be empty.
    pub caveat: &'static str,
    /// Public documents that say so.
    pub references: &'static [&'static str],
}
