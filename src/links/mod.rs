//! Rewritten links: who touched them, what they were, what to exempt.
//!
//! [`unwrap`] opens one link; [`vendors::ALL`] is the table of products. Nothing is ever fetched: a
//! fetch would be a click of the named recipient (`link-rewriters.md` §8.7).

mod barracuda;
mod check_point;
mod cisco;
pub mod decode;
mod defang;
mod edgepilot;
mod egress;
pub mod entities;
pub mod extract;
mod fortinet;
mod inky;
mod libraesva;
mod mailinblack;
mod mimecast;
mod opaque;
pub mod outer;
pub mod ownership;
mod peel;
pub mod private;
mod proofpoint;
mod redirectors;
pub mod safe_links;
mod sophos;
mod symantec;
mod titanhq;
mod topsec;
mod trellix;
mod trend_micro;
mod trustwave;
mod vade;
pub mod vendor;
pub mod vendors;

pub use extract::{Body, Options, read};
pub use ownership::{Owner, Ownership};
pub use peel::{MAX_LAYERS, Unwrapped, is_web_link, peel, unwrap};

use crate::fact::{self, Citation, Evidence};
use private::Private;
use std::borrow::Cow;
use std::sync::Arc;

/// How much of a link's target is recoverable offline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Recovered {
    /// The whole original URL.
    Full,
    /// Its host only.
    Domain,
    /// Nothing.
    None,
}

impl Recovered {
    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            Recovered::Full => "full",
            Recovered::Domain => "domain",
            Recovered::None => "none",
        }
    }
}

/// One link of a message.
#[derive(Debug, Clone)]
pub struct Link {
    /// As it stands in the message, HTML entities undone.
    pub rewritten: Box<str>,
    /// Rewriters from outside in; empty for a link nobody rewrote.
    pub chain: Vec<&'static str>,
    /// What it pointed to: a URL, or a host where only that is recoverable. `None` for a link that
    /// nobody rewrote: see [`Link::target`].
    pub original: Option<Box<str>>,
    /// How much was recoverable.
    pub recovered: Recovered,
    /// A remark, such as `may be cut`.
    pub note: Option<Box<str>>,
    /// Path of the message, as the user named it.
    pub source: Arc<str>,
    /// Line that the content of its part begins on.
    pub line: u32,
    /// What in the message holds it.
    pub place: Place,
    /// How often it stands there.
    pub count: u32,
    /// The text a reader sees for it, where that is a link or host of its own.
    pub visible: Option<Box<str>>,
    /// `originalsrc`: what Outlook noted as the URL before Safe Links; often forged or stale.
    pub original_src: Option<Box<str>>,
    /// Whether it stands in a quoted or forwarded earlier message.
    pub quoted: bool,
    /// How many attached messages it stands in.
    pub nested: usize,
    /// What each layer of the chain reveals.
    pub private: Vec<Private>,
    /// Whose rewriter each layer of the chain was; empty until [`ownership::judge`] was asked.
    pub ownership: Vec<Ownership>,
    /// Whether reports may show recipients, tenants and message ids that the wrapper holds.
    pub private_shown: bool,
}

impl Link {
    /// The layers of the chain that a security gateway put there, outermost first.
    pub fn gateways(&self) -> impl Iterator<Item = &'static vendor::Vendor> + '_ {
        let known = self.chain.iter().filter_map(|name| vendors::by_name(name));
        known.filter(|vendor| vendor.kind == vendor::Kind::Gateway)
    }

    /// Where it leads, as far as that is recoverable: the original, or the link itself where nobody
    /// rewrote it.
    pub fn target(&self) -> Option<&str> {
        let own = self.chain.is_empty().then_some(&*self.rewritten);
        self.original.as_deref().or(own)
    }

    /// Where it stands; the value is masked unless private values were asked for.
    pub fn evidence(&self) -> Citation {
        let line = fact::Place::Line(self.line);
        Evidence::new(&self.source, line, self.place.field(), &self.shown()).into()
    }

    /// Whose rewriter the layer of that name was.
    pub fn owner_of(&self, vendor: &str) -> Option<&Ownership> {
        let layer = self.chain.iter().position(|name| *name == vendor)?;
        self.ownership.get(layer)
    }

    /// All remarks in one line.
    pub fn remarks(&self) -> Option<String> {
        let remarks = self.remark_lines();
        (!remarks.is_empty()).then(|| remarks.join("; "))
    }

    /// What is special about it, then whose rewriters they were.
    pub fn remark_lines(&self) -> Vec<String> {
        let owners = self.chain.iter().zip(&self.ownership).filter_map(|(vendor, ownership)| {
            let whose = ownership.owner.words()?;
            Some(format!("{vendor}: {whose}: {}", ownership.because))
        });
        let note = self.note.as_deref().map(str::to_owned);
        note.into_iter().chain(owners).collect()
    }

    /// The link as a report shows it: private values masked unless they were asked for.
    pub fn shown(&self) -> Cow<'_, str> {
        if self.private_shown || self.chain.is_empty() {
            Cow::Borrowed(&*self.rewritten)
        } else {
            private::mask(&self.rewritten)
        }
    }
}

/// What in a message holds a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// `href` of `a` or `area`: what a reader clicks.
    Href,
    /// `action` of a form.
    Form,
    /// `src`, `srcset` or `background`: fetched when images are shown.
    Image,
    /// `href` of `link`, `url()` of a style sheet, `meta refresh`.
    Page,
    /// Text that a reader sees and a mail program makes clickable.
    Text,
}

impl Place {
    /// What it is called in a list of links.
    pub const fn name(self) -> &'static str {
        match self {
            Place::Href => "link",
            Place::Form => "form",
            Place::Image => "image",
            Place::Page => "style",
            Place::Text => "text",
        }
    }

    /// The field that evidence names. Its line is where the part's content begins: the exact line
    /// inside an encoded part would cost a second pass.
    pub const fn field(self) -> &'static str {
        match self {
            Place::Href => "link in the HTML part that begins here (a href)",
            Place::Form => "link in the HTML part that begins here (form action)",
            Place::Image => "link in the HTML part that begins here (image)",
            Place::Page => "link in the HTML part that begins here (style or meta)",
            Place::Text => "link in the text part that begins here",
        }
    }
}
