//! The peeling loop: outermost wrapper first, until nothing more is wrapped or nothing more is
//! recoverable (`link-rewriters.md` §1.8, §7).

use super::decode::{is_plausible_host, is_plausible_url};
use super::outer::Outer;
use super::private::Private;
use super::vendor::{Kind, Target};
use super::{Recovered, defang, entities, vendors};
use std::borrow::Cow;

/// Most layers that are opened.
pub const MAX_LAYERS: usize = 8;

/// What became of one link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwrapped {
    /// Names of the rewriters from outside in; empty for a link nobody rewrote.
    pub chain: Vec<&'static str>,
    /// What it pointed to: a URL, or a host where only that is recoverable.
    pub original: Option<String>,
    /// How much was recoverable.
    pub recovered: Recovered,
    /// Remarks, the outermost layer's first.
    pub notes: Vec<String>,
    /// What each layer reveals, in the chain's order.
    pub private: Vec<Private>,
}

/// Opens a link as it stands in a mail's source or on a command line: HTML entities are undone once.
pub fn unwrap(link: &str) -> Unwrapped {
    let link = link.trim().trim_start_matches('<').trim_end_matches('>');
    peel(&entities::decode(link))
}

/// Opens a link whose HTML entities, if it stood in HTML, are already undone.
pub fn peel(link: &str) -> Unwrapped {
    let (start, disabled) = match defang::repair(link) {
        Some(repaired) => (Cow::Owned(repaired.link), Some(repaired.note)),
        None => (Cow::Borrowed(link), None),
    };
    let mut result = Unwrapped {
        chain: Vec::new(),
        original: None,
        recovered: Recovered::Full,
        notes: disabled.map(str::to_owned).into_iter().collect(),
        private: Vec::new(),
    };
    let mut current = start;
    loop {
        let opened = Outer::parse(&current).and_then(|outer| {
            let (vendor, layer) = vendors::open(&outer)?;
            Some((vendor, layer, (vendor.private)(&outer)))
        });
        let Some((vendor, layer, private)) = opened else { break };
        if result.chain.len() == MAX_LAYERS {
            result.recovered = Recovered::None;
            result.notes.push(format!("still rewritten after {MAX_LAYERS} layers"));
            return result;
        }
        result.chain.push(vendor.name);
        result.private.push(private);
        result.notes.extend(layer.note.map(str::to_owned));
        match layer.target {
            Target::Url(inner) => current = Cow::Owned(inner),
            Target::Host(host) => {
                result.recovered = Recovered::Domain;
                result.notes.extend(inner_wrapper(vendor.name, &host));
                result.original = Some(host);
                return result;
            }
            Target::Opaque => {
                result.recovered = Recovered::None;
                return result;
            }
        }
    }
    if !result.chain.is_empty() && result.notes.is_empty() && !is_plausible_url(&current) {
        result.notes.push("the target has no scheme or is not a web address".to_owned());
    }
    result.original = Some(current.into_owned());
    result
}

/// Whether a text can be a link to the web at all: an address, or a host with a dot, as people paste it.
pub fn is_web_link(text: &str) -> bool {
    let text = text.trim();
    let is_host = |outer: Outer<'_>| outer.host.contains('.') && is_plausible_host(&outer.host);
    is_plausible_url(text) || Outer::parse(text).is_some_and(is_host)
}

/// The remark where a wrapper shows only a host, and that host is another rewriter's (§2).
fn inner_wrapper(outer: &str, host: &str) -> Option<String> {
    let inner = vendors::of_host(host).filter(|_| is_plausible_host(host))?;
    (inner.kind == Kind::Gateway).then(|| {
        format!(
            "{outer}, inside it {}: the host is the inner rewriter's, not the target's",
            inner.name
        )
    })
}
