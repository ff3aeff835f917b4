//! Private values in an encoding: percent escapes, quoted-printable, HTML entities, Base64.
//!
//! A word that decodes to something private goes as a whole.

use super::keep::Keep;
use super::known::Known;
use super::people::People;
use super::shapes;
use crate::links::decode::{base64_text, percent_decode};
use crate::links::entities;
use std::ops::Range;

/// Escapes inside escapes that are undone: links are wrapped in links.
const ROUNDS: usize = 4;
/// Longest word that is decoded, in bytes; a longer one with escapes goes without a look.
const LONGEST: usize = 16 * 1024;

/// What is private, in plain text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Private<'a> {
    pub(super) known: &'a Known,
    pub(super) people: &'a People,
    pub(super) keep: &'a Keep,
}

/// Words of `text` that hide something private.
pub(super) fn find(text: &str, private: Private<'_>) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = 0;
    for (end, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if !(c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\'' | ';' | ',' | '(' | ')' | '|'))
        {
            continue;
        }
        let word = &text[start..end];
        if c == ';' && ends_in_entity(word) {
            continue;
        }
        if hides(word, private) {
            spans.push(start..end);
        }
        start = end + c.len_utf8();
    }
    spans
}

/// Whether a semicolon behind it would end `&#64;` or `&commat;`.
fn ends_in_entity(word: &str) -> bool {
    const LONGEST_NAME: usize = 32;
    let near = word.floor_char_boundary(word.len().saturating_sub(LONGEST_NAME));
    word[near..].rsplit_once('&').is_some_and(|(_, name)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')
    })
}

impl Private<'_> {
    /// Whether `decoded` shows anything private that `word` does not show as it stands.
    fn is_new_in(self, decoded: &str, word: &str) -> bool {
        let new = |range: &Range<usize>| !word.contains(&decoded[range.clone()]);
        let mut any = self.known.values.is_new_in(decoded, word)
            || shapes::find(decoded, self.keep).iter().any(|(range, _)| new(range));
        self.people.find(decoded, |range, _, _| any |= new(&range));
        any
    }
}

fn hides(word: &str, private: Private<'_>) -> bool {
    let escaped = ['%', '=', '&'].iter().any(|sign| word.contains(*sign));
    if !escaped && word.len() < 12 {
        return false;
    }
    if word.len() > LONGEST {
        return escaped;
    }
    let private = |decoded: &str| private.is_new_in(decoded, word);
    let without_entities = entities::decode(word);
    let plain = &*without_entities;
    plain != word && private(plain)
        || percent_decoded(plain).is_some_and(|decoded| private(&decoded))
        || quoted_printable(word).is_some_and(|decoded| private(&decoded))
        // `data=…` and `/…` are as good a start as the beginning of the word.
        || word.split(['=', '/', '?', '&', ':', '.', '@']).any(|part| base64_hides(part, &private))
        || base64_hides(word, &private)
}

fn percent_decoded(word: &str) -> Option<String> {
    if !word.contains('%') {
        return None;
    }
    let mut text = percent_decode(word);
    if text == word {
        return None;
    }
    for _ in 1..ROUNDS {
        let again = percent_decode(&text);
        if again == text {
            break;
        }
        text = again;
    }
    Some(text)
}

/// `=40` and its like undone; `None` where there is none.
fn quoted_printable(word: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    let mut any = false;
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            // `reason=405` is a number; no address ends in digits alone.
            (b'=', [b'4', b'0', after @ ..])
                if !after.is_empty() && after.iter().all(u8::is_ascii_digit) =>
            {
                None
            }
            (b'=', [high, low, ..]) => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            _ => None,
        };
        match escaped {
            Some(byte) => {
                any = true;
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    any.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

fn base64_hides(part: &str, private: &impl Fn(&str) -> bool) -> bool {
    part.len() >= 12
        && base64_text(part)
            .is_some_and(|decoded| !decoded.chars().any(char::is_control) && private(&decoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Vec<&str> {
        let (known, people, keep) = Default::default();
        let spans = find(text, Private { known: &known, people: &people, keep: &keep });
        spans.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn encoded_addresses_are_found_in_every_encoding() {
        for word in [
            "ann%40contoso.example",
            "u%253Dann%2540contoso.example",
            "ann=40contoso=2Eexample",
            "ann&#64;contoso.example",
            "ann&#x40;contoso&period;example",
            "ann&commat;contoso.example",
            "ann&#37;40contoso.example",
            "YW5uQGNvbnRvc28uZXhhbXBsZQ==",
            "YW5uQGNvbnRvc28uZXhhbXBsZQ",
            "id=YW5uQGNvbnRvc28uZXhhbXBsZQ",
        ] {
            assert_eq!(hidden(&format!("a {word} b")), vec![word]);
        }
        // The digits after an equals sign are no escape where they change nothing private.
        assert_eq!(
            hidden("header.from=fabrikam.example client-ip=203.0.113.10"),
            Vec::<&str>::new()
        );
        assert_eq!(hidden("100% sure, a=b, dmarc=pass, action=none"), Vec::<&str>::new());
        assert_eq!(hidden("compauth=fail reason=405; a&b; c"), Vec::<&str>::new());
    }
}
