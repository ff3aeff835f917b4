//! HTML character references, undone once.
//!
//! The tokenizer hands over attribute values as they stand; URLs need `&amp;`, numeric references and
//! the punctuation that lures hide schemes and dots behind. Anything else stays as it is.

use std::borrow::Cow;

/// Names outside the Latin-1 block, with the character each stands for.
const NAMES: &[(&str, char)] = &[
    ("amp", '&'),
    ("AMP", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("period", '.'),
    ("sol", '/'),
    ("colon", ':'),
    ("semi", ';'),
    ("equals", '='),
    ("quest", '?'),
    ("commat", '@'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("bsol", '\\'),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("lowbar", '_'),
    ("UnderBar", '_'),
    ("grave", '`'),
    ("lcub", '{'),
    ("verbar", '|'),
    ("vert", '|'),
    ("rcub", '}'),
    ("excl", '!'),
    ("Hat", '^'),
    ("dash", '‐'),
    ("hyphen", '‐'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bull", '•'),
    ("hellip", '…'),
    ("euro", '€'),
    ("trade", '™'),
    ("rarr", '→'),
    ("raquo", '»'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
];

/// Names of U+00A0 to U+00FF in order.
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf",
    "laquo", "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro",
    "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest",
    "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute",
    "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute",
    "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute",
    "THORN", "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil",
    "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde",
    "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc",
    "uuml", "yacute", "thorn", "yuml",
];

/// Longest reference looked at, `&` and `;` not counted.
const NAME_MAX: usize = 32;

/// Undoes character references once. A name without its semicolon stays, as in an attribute, so that
/// `?a=1&copy=2` is left alone.
pub fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some((character, length)) => {
                out.push(character);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of the reference that `text` begins with, and the reference's length in bytes.
fn reference(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix('&')?;
    if let Some(number) = body.strip_prefix('#') {
        return numeric(number).map(|(character, length)| (character, length + 2));
    }
    let end = body.bytes().take(NAME_MAX).position(|b| !b.is_ascii_alphanumeric())?;
    if body.as_bytes()[end] != b';' {
        return None;
    }
    named(&body[..end]).map(|character| (character, end + 2))
}

fn named(name: &str) -> Option<char> {
    if let Some((_, character)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(*character);
    }
    let index = LATIN.iter().position(|known| *known == name)?;
    char::from_u32(0xa0 + u32::try_from(index).ok()?)
}

/// A numeric reference after `&#`; its semicolon may be missing.
fn numeric(text: &str) -> Option<(char, usize)> {
    let hex = text.starts_with(['x', 'X']);
    let (digits, radix, skipped) = if hex { (&text[1..], 16, 1) } else { (text, 10, 0) };
    let length = digits.chars().take_while(|c| c.is_digit(radix)).count();
    if length == 0 {
        return None;
    }
    // A number too large to be a character still is one reference.
    let code = u32::from_str_radix(&digits[..length], radix).unwrap_or(u32::MAX);
    let character = match code {
        0 => char::REPLACEMENT_CHARACTER,
        0x80..=0x9f => windows_1252(code),
        _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    let semicolon = usize::from(digits[length..].starts_with(';'));
    Some((character, skipped + length + semicolon))
}

/// HTML reads references to C1 controls as Windows-1252.
fn windows_1252(code: u32) -> char {
    let byte = [u8::try_from(code).unwrap_or(b'?')];
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
    text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_undone_once() {
        assert_eq!(decode("?a=1&amp;b=2&amp;amp;c"), "?a=1&b=2&amp;c");
        assert_eq!(decode("https&colon;&sol;&sol;a&period;example"), "https://a.example");
        assert_eq!(decode("&#104;&#x74;&#116p&eacute;&#150;"), "http\u{e9}–");
    }

    #[test]
    fn what_is_no_reference_stays() {
        assert_eq!(decode("?a=1&copy=2&b&amp"), "?a=1&copy=2&b&amp");
        assert_eq!(decode("&#;&#x;&unknown;&"), "&#;&#x;&unknown;&");
        assert_eq!(decode("&#0;&#xD800;&#99999999999;"), "\u{fffd}\u{fffd}\u{fffd}");
    }
}
