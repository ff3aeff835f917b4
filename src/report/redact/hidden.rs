//! Private values in an encoding: percent escapes, quoted-printable, Base64.
//!
//! A word that decodes to something private goes as a whole.

use super::keep::Keep;
use super::known::Known;
use super::shapes;
use crate::links::decode::{base64_text, percent_decode};
use std::ops::Range;

/// Escapes inside escapes that are undone: links are wrapped in links.
const ROUNDS: usize = 4;
/// Longest word that is decoded, in bytes; a longer one with escapes goes without a look.
const LONGEST: usize = 16 * 1024;

/// Words of `text` that hide something private.
pub(super) fn find(text: &str, known: &Known, keep: &Keep) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut start = 0;
    for (end, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if !(c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\'' | ';' | ',' | '(' | ')' | '|'))
        {
            continue;
        }
        let word = &text[start..end];
        if hides(word, known, keep) {
            spans.push(start..end);
        }
        start = end + c.len_utf8();
    }
    spans
}

fn hides(word: &str, known: &Known, keep: &Keep) -> bool {
    let escaped = word.contains('%') || word.contains('=');
    if !escaped && word.len() < 12 {
        return false;
    }
    if word.len() > LONGEST {
        return escaped;
    }
    // What the word shows as it stands is found without decoding it.
    let private = |decoded: &str| {
        let new = |range: &Range<usize>| !word.contains(&decoded[range.clone()]);
        known.is_new_in(decoded, word)
            || shapes::find(decoded, keep).iter().any(|(range, _)| new(range))
    };
    percent_decoded(word).is_some_and(|decoded| private(&decoded))
        || quoted_printable(word).is_some_and(|decoded| private(&decoded))
        // `data=…` and `/…` are as good a start as the beginning of the word.
        || word.split(['=', '/', '?', '&', ':', '.', '@']).any(|part| base64_hides(part, &private))
        || base64_hides(word, &private)
}

fn percent_decoded(word: &str) -> Option<String> {
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
        let spans = find(text, &Known::default(), &Keep::default());
        spans.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn encoded_addresses_are_found_in_every_encoding() {
        for word in [
            "ann%40contoso.example",
            "u%253Dann%2540contoso.example",
            "ann=40contoso=2Eexample",
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
    }
}
