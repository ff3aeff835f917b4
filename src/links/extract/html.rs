//! Links in HTML, by a tokenizer that is fed in pieces.

use super::super::{Place, entities};
use super::collect::{Candidate, Collector};
use lol_html::html_content::{Element, TextChunk};
use lol_html::{ElementContentHandlers, HtmlRewriter, MemorySettings, Selector, Settings};
use regex::bytes::Regex;
use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::sync::LazyLock;

/// Most memory that one unfinished tag may take; longer ones (images inside attributes) are skipped.
const TAG_MAX: usize = 4 * super::WINDOW;

/// Longest visible text of a link that is kept, in bytes.
const TEXT_MAX: usize = 2048;

/// A search for several literal texts in one pass; none of them needs an escape.
fn any_of(texts: &[&str]) -> Option<Regex> {
    Regex::new(&texts.join("|")).ok()
}

/// Marks of an earlier message quoted below a reply.
static QUOTES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    any_of(&[
        "divRplyFwdMsg",
        "gmail_quote",
        "OLK_SRC_BODY_SECTION",
        "type=\"cite\"",
        "-----Original Message-----",
    ])
});

/// Attributes besides `href`, `src` and `style` that hold addresses.
static RARER: LazyLock<Option<Regex>> =
    LazyLock::new(|| any_of(&["srcset", "background=", "BACKGROUND="]));

/// Where the first of those texts begins.
fn first_of(texts: &LazyLock<Option<Regex>>, html: &str) -> Option<usize> {
    texts.as_ref()?.find(html.as_bytes()).map(|found| found.start())
}

/// Whether HTML may hold a link at all: cheap to tell, and most parts without one need no tokenizing.
pub(super) fn may_hold_links(html: &str) -> bool {
    ["href", "//", "HREF", "www."]
        .iter()
        .any(|mark| memchr::memmem::find(html.as_bytes(), mark.as_bytes()).is_some())
}

/// A tokenizer at work on one part.
pub(super) struct Html {
    found: Rc<RefCell<Found>>,
    rewriter: Option<Rewriter>,
    scope: Scope,
    /// Skipping to the end of a tag that was too long.
    resync: bool,
    written: usize,
}

type Rewriter = HtmlRewriter<'static, fn(&[u8])>;

/// Which of the rarer places to look at, told by a search of the first window.
#[derive(Debug, Clone, Copy)]
struct Scope {
    style: bool,
    attributes: bool,
}

/// What the handlers saw since the last piece.
#[derive(Default)]
struct Found {
    items: Vec<Item>,
    /// Visible text of all links, one after the other.
    text: String,
}

struct Item {
    address: String,
    place: Place,
    original_src: Option<String>,
    /// Where its tag begins in the part.
    at: usize,
    /// What [`Found::text`] holds of its visible text.
    text: Range<usize>,
}

impl Html {
    /// A tokenizer for a part that begins with `first`; `whole` says that nothing follows it.
    pub(super) fn new(first: &str, whole: bool) -> Self {
        let scope = Scope {
            style: !whole || memchr::memmem::find(first.as_bytes(), b"url(").is_some(),
            attributes: !whole || first_of(&RARER, first).is_some(),
        };
        let found = Rc::default();
        let rewriter = Some(rewriter(&found, scope));
        Html { found, rewriter, scope, resync: false, written: 0 }
    }

    /// Feeds the next piece and hands over what was found in it.
    pub(super) fn write(&mut self, piece: &str, last: bool, collector: &mut Collector) {
        let before = collector.len();
        let mut rest = piece.as_bytes();
        if self.resync {
            let end = memchr::memchr(b'>', rest).map(|end| end + 1);
            rest = end.map_or(&[], |end| &rest[end..]);
            self.resync = end.is_none();
        }
        if !rest.is_empty() {
            let found = &self.found;
            let scope = self.scope;
            let rewriter = self.rewriter.get_or_insert_with(|| rewriter(found, scope));
            if rewriter.write(rest).is_err() {
                self.skip_tag(collector);
            }
        }
        if last
            && let Some(rewriter) = self.rewriter.take()
            && rewriter.end().is_err()
        {
            collector.note("the HTML ends within a tag that is too long");
        }
        self.hand_over(piece, before, collector);
        self.written += piece.len();
    }

    fn skip_tag(&mut self, collector: &mut Collector) {
        collector
            .note("a tag longer than the limit, such as an image inside an attribute, is skipped");
        self.rewriter = None;
        self.resync = true;
    }

    fn hand_over(&self, piece: &str, before: usize, collector: &mut Collector) {
        let mut found = self.found.borrow_mut();
        let Found { items, text } = &mut *found;
        let mut positions = Vec::new();
        for item in items.drain(..) {
            let address = match entities::decode(&item.address) {
                Cow::Borrowed(_) => Cow::Owned(item.address),
                Cow::Owned(decoded) => Cow::Owned(decoded),
            };
            let original_src =
                item.original_src.map(|source| entities::decode(&source).into_owned());
            let candidate = Candidate { address, place: item.place, original_src, quoted: false };
            if let Some(index) = collector.add(candidate) {
                positions.push((index, item.at));
                if let Some(text) = text.get(item.text).filter(|text| text.contains('.')) {
                    collector.visible(index, &entities::decode(text));
                }
            }
        }
        text.clear();
        if collector.has_rewritten(before)
            && let Some(mark) = first_of(&QUOTES, piece)
        {
            let quoted = positions
                .iter()
                .filter(|(index, at)| *at > self.written + mark && *index >= before);
            quoted.for_each(|(index, _)| collector.quote(*index));
        }
    }
}

fn selector(text: &str) -> Option<Selector> {
    text.parse().ok()
}

static ANCHORS: LazyLock<Option<Selector>> = LazyLock::new(|| selector("a[href]"));
static OTHERS: LazyLock<Option<Selector>> =
    LazyLock::new(|| selector("img, area[href], form[action], link[href], meta[http-equiv]"));
static ATTRIBUTES: LazyLock<Option<Selector>> =
    LazyLock::new(|| selector("[srcset], [background]"));
static STYLED: LazyLock<Option<Selector>> = LazyLock::new(|| selector("[style]"));
static STYLE: LazyLock<Option<Selector>> = LazyLock::new(|| selector("style"));

fn rewriter(found: &Rc<RefCell<Found>>, scope: Scope) -> Rewriter {
    let mut handlers: Vec<(&'static Option<Selector>, ElementContentHandlers<'static>)> =
        Vec::new();
    let on = |take: fn(&mut Found, &Element<'_, '_>)| {
        let found = Rc::clone(found);
        move |element: &mut Element<'_, '_>| {
            take(&mut found.borrow_mut(), element);
            Ok(())
        }
    };
    let texts = |take: fn(&mut Found, &str)| {
        let found = Rc::clone(found);
        move |chunk: &mut TextChunk<'_>| {
            take(&mut found.borrow_mut(), chunk.as_str());
            Ok(())
        }
    };
    let anchors =
        ElementContentHandlers::default().element(on(Found::anchor)).text(texts(Found::visible));
    handlers.push((&ANCHORS, anchors));
    handlers.push((&OTHERS, ElementContentHandlers::default().element(on(Found::other))));
    if scope.attributes {
        handlers
            .push((&ATTRIBUTES, ElementContentHandlers::default().element(on(Found::attributes))));
    }
    if scope.style {
        handlers.push((&STYLED, ElementContentHandlers::default().element(on(Found::styled))));
        handlers.push((&STYLE, ElementContentHandlers::default().text(texts(Found::css))));
    }
    let memory = MemorySettings::new().with_max_allowed_memory_usage(TAG_MAX);
    let settings = handlers.into_iter().fold(
        Settings::new().with_strict(false).with_memory_settings(memory),
        |settings, (selector, handlers)| match selector {
            Some(selector) => {
                settings.append_element_content_handler((Cow::Borrowed(selector), handlers))
            }
            None => settings,
        },
    );
    let nowhere: fn(&[u8]) = |_| {};
    HtmlRewriter::new(settings, nowhere)
}

impl Found {
    fn push(&mut self, address: String, place: Place, original_src: Option<String>, at: usize) {
        let text = self.text.len()..self.text.len();
        self.items.push(Item { address, place, original_src, at, text });
    }

    fn link(&mut self, element: &Element<'_, '_>, address: String, place: Place) {
        self.push(address, place, None, element.source_location().bytes().start);
    }

    fn anchor(&mut self, element: &Element<'_, '_>) {
        let Some(address) = element.get_attribute("href") else { return };
        let original_src = element.get_attribute("originalsrc");
        self.push(address, Place::Href, original_src, element.source_location().bytes().start);
    }

    /// Text inside an anchor; images between count for the anchor before them.
    fn visible(&mut self, text: &str) {
        let anchor = self.items.iter_mut().rev().take(8).find(|item| item.place == Place::Href);
        if let Some(anchor) = anchor
            && anchor.text.len() < TEXT_MAX
            && (anchor.text.is_empty() || anchor.text.end == self.text.len())
        {
            if anchor.text.is_empty() {
                anchor.text.start = self.text.len();
            }
            self.text.push_str(text);
            anchor.text.end = self.text.len();
        }
    }

    fn other(&mut self, element: &Element<'_, '_>) {
        let (attribute, place) = match element.tag_name().as_str() {
            "img" => ("src", Place::Image),
            "area" => ("href", Place::Href),
            "form" => ("action", Place::Form),
            "link" => ("href", Place::Page),
            _ => return self.refresh(element),
        };
        if let Some(address) = element.get_attribute(attribute) {
            self.link(element, address, place);
        }
    }

    /// `<meta http-equiv="refresh" content="0; url=https://…">`.
    fn refresh(&mut self, element: &Element<'_, '_>) {
        let is_refresh = element
            .get_attribute("http-equiv")
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("refresh"));
        let Some(content) = element.get_attribute("content").filter(|_| is_refresh) else { return };
        let lower = content.to_ascii_lowercase();
        let Some(at) = lower.find("url=") else { return };
        let address = content[at + 4..].trim().trim_matches(['\'', '"']).to_owned();
        self.link(element, address, Place::Page);
    }

    fn attributes(&mut self, element: &Element<'_, '_>) {
        if let Some(address) = element.get_attribute("background") {
            self.link(element, address, Place::Image);
        }
        for address in element.get_attribute("srcset").iter().flat_map(|set| srcset(set)) {
            self.link(element, address.to_owned(), Place::Image);
        }
    }

    fn styled(&mut self, element: &Element<'_, '_>) {
        let Some(style) = element.get_attribute("style").filter(|style| style.contains("url("))
        else {
            return;
        };
        self.css(&entities::decode(&style));
    }

    fn css(&mut self, style: &str) {
        for address in css_urls(style) {
            self.push(address.to_owned(), Place::Page, None, 0);
        }
    }
}

/// The addresses of a `srcset`: each up to white space, then a descriptor up to a comma.
fn srcset(set: &str) -> impl Iterator<Item = &str> {
    let mut rest = set;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        // A comma at the end of the address itself ends the candidate.
        rest = match address.strip_suffix(',') {
            Some(_) => after,
            None => after.split_once(',').map_or("", |(_, next)| next),
        };
        Some(address.trim_end_matches(','))
    })
}

/// What stands in `url(…)`, quotes taken off.
fn css_urls(style: &str) -> impl Iterator<Item = &str> {
    memchr::memmem::find_iter(style.as_bytes(), "url(").filter_map(move |at| {
        let inner = style[at + 4..].split(')').next()?;
        Some(inner.trim().trim_matches(['"', '\'']))
    })
}
