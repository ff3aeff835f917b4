//! Links in text, by a scanner that knows what mail programs do to long ones.

use super::super::Place;
use super::collect::{Candidate, Collector};
use linkify::{LinkFinder, LinkKind};
use std::borrow::Cow;

/// Longest link in angle brackets that is put together across lines, in bytes.
const BRACKETED_MAX: usize = 8 * 1024;

/// Searches `text` up to where a link may go on; how many bytes are done with.
pub(super) fn search(text: &str, joined: bool, last: bool, collector: &mut Collector) -> usize {
    let end = if last { text.len() } else { safe_end(text) };
    let text = &text[..end];
    let has = |mark: &str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    let (web, bare) =
        (has("://") || has("[:]") || has(":\\\\"), has("www.") || has("WWW.") || has("Www."));
    if web || bare || has("[.]") {
        let text = if joined { flowed(text) } else { Cow::Borrowed(text) };
        let text = bracketed(&text);
        find(&text, bare, collector);
        disabled(&text, collector);
    }
    end
}

/// The end of the last whole line, or of the last word where the text is one line.
fn safe_end(text: &str) -> usize {
    let cut = memchr::memrchr(b'\n', text.as_bytes()).or_else(|| text.rfind(char::is_whitespace));
    cut.map_or(text.len(), |at| text.ceil_char_boundary(at + 1))
}

fn find(text: &str, bare: bool, collector: &mut Collector) {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]).url_must_have_scheme(!bare);
    for link in finder.links(text) {
        let address = link.as_str();
        let wanted = address.contains("://")
            || address.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."));
        // A disabled link is cut at its first bracket; it is read as a whole word below.
        let cut = text[link.end()..].starts_with("[.]");
        if wanted && !cut && !address.contains("[.]") {
            add(address, is_quoted(text, link.start()), collector);
        }
    }
}

fn add(address: &str, quoted: bool, collector: &mut Collector) {
    let address = Cow::Borrowed(address);
    collector.add(Candidate { address, place: Place::Text, original_src: None, quoted });
}

/// Links that `[.]` or `[:]` disabled: whole words, up to white space or a bracket of prose.
fn disabled(text: &str, collector: &mut Collector) {
    for mark in ["[.]", "[:]"] {
        let mut done = 0;
        for at in memchr::memmem::find_iter(text.as_bytes(), mark) {
            if at < done {
                continue;
            }
            let prose = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'' | '`');
            let start =
                text[..at].rfind(prose).map_or(0, |start| text.ceil_char_boundary(start + 1));
            let end = text[at..].find(prose).map_or(text.len(), |end| at + end);
            done = end;
            let word = text[start..end].trim_matches(['(', ')', ',', ';', '.']);
            let has_scheme = word.contains("//");
            if has_scheme && (mark == "[.]" || !word.contains("[.]")) {
                add(word, is_quoted(text, start), collector);
            }
        }
    }
}

/// Whether the line that `at` stands on begins with `>`.
fn is_quoted(text: &str, at: usize) -> bool {
    let start = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |newline| newline + 1);
    text[start..at].trim_start().starts_with('>')
}

/// `format=flowed; delsp=yes`: a space before a line end was put there by the sender's program.
fn flowed(text: &str) -> Cow<'_, str> {
    if !text.contains(" \n") && !text.contains(" \r\n") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut depth = 0;
    let mut soft = false;
    for line in text.split_inclusive('\n') {
        let quotes = line.bytes().take_while(|b| *b == b'>').count();
        let content = line.trim_end_matches(['\r', '\n']);
        let body = if soft && quotes == depth {
            content[quotes..].trim_start_matches(' ')
        } else {
            content
        };
        if soft && quotes != depth {
            out.push('\n');
        }
        soft = body.ends_with(' ') && content != "-- ";
        depth = quotes;
        if soft {
            out.push_str(&body[..body.len() - 1]);
        } else {
            out.push_str(body);
            out.push_str(&line[content.len()..]);
        }
    }
    Cow::Owned(out)
}

/// Joins a link in angle brackets that was broken across lines (RFC 3986, appendix C).
fn bracketed(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    for at in memchr::memmem::find_iter(text.as_bytes(), "<http") {
        if at < done {
            continue;
        }
        let reach = text.floor_char_boundary((at + BRACKETED_MAX).min(text.len()));
        let Some(length) = memchr::memchr2(b'>', b'"', &text.as_bytes()[at..reach]) else {
            continue;
        };
        let inside = &text[at..at + length];
        // A space is prose; a link broken at a line end has none.
        let broken = inside.contains('\n')
            && inside.contains("://")
            && !inside[1..].contains(['<', ' ', '\t'])
            && text.as_bytes()[at + length] == b'>';
        if broken {
            out.push_str(&text[done..at]);
            out.extend(inside.chars().filter(|c| !matches!(c, '\r' | '\n')));
            done = at + length;
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}
