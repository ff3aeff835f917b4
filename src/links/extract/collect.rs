//! Links as they are found become distinct, opened links with their evidence.

use super::super::outer::{is_web, scheme_end};
use super::super::private::mask;
use super::super::{Link, Place, Recovered, decode, peel};
use super::Body;
use crate::message::body::Part;
use foldhash::fast::FixedState;
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

/// Most distinct links of one message.
const LINKS_MAX: usize = 5_000;

/// Longest link that is kept, in bytes.
const LENGTH_MAX: usize = 64 * 1024;

/// A link as a part has it.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    /// The address, entities undone.
    pub(super) address: Cow<'a, str>,
    pub(super) place: Place,
    /// `originalsrc`.
    pub(super) original_src: Option<String>,
    pub(super) quoted: bool,
}

/// Collects the links of one message.
#[derive(Debug)]
pub(super) struct Collector {
    source: Arc<str>,
    show_private: bool,
    line: u32,
    nested: usize,
    /// Hash of place and address to the link.
    seen: HashMap<u64, usize, FixedState>,
    body: Body,
}

impl Collector {
    pub(super) fn new(source: &Arc<str>, show_private: bool) -> Self {
        Collector {
            source: Arc::clone(source),
            show_private,
            line: 0,
            nested: 0,
            seen: HashMap::default(),
            body: Body::default(),
        }
    }

    /// What follows stands in this part.
    pub(super) fn begin(&mut self, part: &Part) {
        self.line = part.line;
        self.nested = part.nested;
    }

    /// A remark about the part at hand.
    pub(super) fn note(&mut self, note: &str) {
        let note = format!("{}:{}: {note}", self.source, self.line);
        if !self.body.notes.contains(&note) {
            self.body.notes.push(note);
        }
    }

    /// Takes a link; the index of it in the result, if it is a web address and within the limits.
    pub(super) fn add(&mut self, candidate: Candidate<'_>) -> Option<usize> {
        let Candidate { address, place, original_src, quoted } = candidate;
        let address = tidy(&address);
        if !is_web_address(&address) {
            self.body.not_web += u64::from(!address.is_empty());
            return None;
        }
        let hash = FixedState::default().hash_one((place, &*address));
        if let Some(&index) = self.seen.get(&hash) {
            let link = &mut self.body.links[index];
            // Another link of the same hash is kept too, but its repetitions are not told apart.
            if link.place == place && *link.rewritten == *address {
                link.count = link.count.saturating_add(1);
                return Some(index);
            }
        }
        if self.body.links.len() >= LINKS_MAX || address.len() > LENGTH_MAX {
            self.body.left_out += 1;
            return None;
        }
        let index = self.body.links.len();
        self.seen.insert(hash, index);
        let link = match self.same_elsewhere(place, &address) {
            // The text part and the HTML part of a message mostly have the same links.
            Some(known) => Link {
                line: self.line,
                place,
                count: 1,
                visible: None,
                original_src: original_src.map(Into::into),
                quoted,
                nested: self.nested,
                ..known.clone()
            },
            None => self.link(address.into(), place, original_src, quoted),
        };
        self.body.links.push(link);
        Some(index)
    }

    /// The same address in another place.
    fn same_elsewhere(&self, place: Place, address: &str) -> Option<&Link> {
        let other = if place == Place::Text { Place::Href } else { Place::Text };
        let hash = FixedState::default().hash_one((other, address));
        let link = self.body.links.get(*self.seen.get(&hash)?)?;
        (*link.rewritten == *address).then_some(link)
    }

    fn link(
        &self,
        rewritten: Box<str>,
        place: Place,
        original_src: Option<String>,
        quoted: bool,
    ) -> Link {
        let opened = peel(&rewritten);
        // A link that nobody touched is its own original.
        let touched = !opened.chain.is_empty() || !opened.notes.is_empty();
        Link {
            chain: opened.chain,
            original: opened.original.filter(|_| touched).map(Into::into),
            recovered: opened.recovered,
            note: (!opened.notes.is_empty()).then(|| opened.notes.join("; ").into()),
            source: Arc::clone(&self.source),
            line: self.line,
            place,
            count: 1,
            visible: None,
            original_src: original_src.map(Into::into),
            quoted,
            nested: self.nested,
            private: opened.private,
            ownership: Vec::new(),
            private_shown: self.show_private,
            rewritten,
        }
    }

    /// The text that a reader sees for a link; kept where it is an address or a host of its own.
    pub(super) fn visible(&mut self, index: usize, text: &str) {
        let text = text.trim();
        let Some(link) = self.body.links.get_mut(index) else { return };
        let looks_like_one = text.len() <= 2048
            && !text.contains(char::is_whitespace)
            && (is_web_address(text)
                || (text.contains('.') && decode::is_plausible_host(host_part(text))));
        if looks_like_one && link.visible.is_none() && text != &*link.rewritten {
            link.visible = Some(text.into());
        }
    }

    /// Whether any link from `from` on went through a rewriter.
    pub(super) fn has_rewritten(&self, from: usize) -> bool {
        self.body.links[from.min(self.body.links.len())..].iter().any(|link| !link.chain.is_empty())
    }

    /// How many distinct links there are so far.
    pub(super) fn len(&self) -> usize {
        self.body.links.len()
    }

    /// Marks a link as standing in an earlier message.
    pub(super) fn quote(&mut self, index: usize) {
        if let Some(link) = self.body.links.get_mut(index) {
            link.quoted = true;
        }
    }

    /// The result, with the clues that one link gives about another.
    pub(super) fn finish(mut self) -> Body {
        for link in &mut self.body.links {
            clues(link);
        }
        self.compare_parts();
        self.body
    }

    /// HTML rewritten and text not, or the reverse (`link-rewriters.md` §1.9).
    fn compare_parts(&mut self) {
        let links = || self.body.links.iter().filter(|link| link.nested == 0 && !link.quoted);
        let wrapped = |link: &Link| link.gateways().next().is_some();
        let of = |text: bool| {
            links().filter(move |link| match link.place {
                Place::Text => text,
                Place::Href => !text,
                _ => false,
            })
        };
        let (html, plain) = (
            (of(false).count(), of(false).filter(|l| wrapped(l)).count()),
            (of(true).count(), of(true).filter(|l| wrapped(l)).count()),
        );
        self.body.uneven = match (html, plain) {
            ((_, 1..), (1.., 0)) => {
                Some("links of the HTML part are rewritten, those of the text part are not")
            }
            ((1.., 0), (_, 1..)) => {
                Some("links of the text part are rewritten, those of the HTML part are not")
            }
            _ => None,
        };
    }
}

/// What the visible text and `originalsrc` say where the wrapper does not, or against it.
fn clues(link: &mut Link) {
    let mut notes: Vec<String> = link.note.as_deref().map(str::to_owned).into_iter().collect();
    // A clue may be a wrapper itself.
    let shown = |text: &str| match link.private_shown {
        true => text.to_owned(),
        false => mask(text).into_owned(),
    };
    if !link.chain.is_empty()
        && link.recovered != Recovered::Full
        && let Some(text) = &link.visible
    {
        notes.push(format!("the visible text shows {}", shown(text)));
    }
    if let Some(source) = &link.original_src {
        let shown = shown(source);
        if link.recovered != Recovered::Full {
            notes.push(format!("originalsrc shows {shown}"));
        } else if link.original.as_deref() != Some(&**source) && *link.rewritten != **source {
            notes.push(format!(
                "originalsrc differs: {shown} (often left from another message, or forged)"
            ));
        }
    }
    link.note = (!notes.is_empty()).then(|| notes.join("; ").into());
}

/// An address without the white space that browsers drop: around it, and line breaks and tabs in it.
fn tidy<'a>(address: &'a Cow<'a, str>) -> Cow<'a, str> {
    let address = address.trim();
    if address.contains(['\r', '\n', '\t']) {
        Cow::Owned(address.replace(['\r', '\n', '\t'], ""))
    } else {
        Cow::Borrowed(address)
    }
}

/// Whether an address is on the web: `http(s)`, disabled or not, `//host`, or `www.`.
pub(super) fn is_web_address(address: &str) -> bool {
    let begins = |start: &str| {
        address.get(..start.len()).is_some_and(|front| front.eq_ignore_ascii_case(start))
    };
    match scheme_end(address) {
        Some(end) => (is_web(&address[..end]) || begins("hxxp")) && address.len() > end + 2,
        None => {
            (address.starts_with("//") && address.len() > 2)
                || begins("www.")
                || begins("hxxp")
                || begins("http[")
                || begins("https[")
        }
    }
}

fn host_part(text: &str) -> &str {
    text.split(['/', '?', '#']).next().unwrap_or(text)
}
