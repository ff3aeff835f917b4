//! Decoding rules that hold for every wrapper (`link-rewriters.md` §1).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::io::Read;

/// Most bytes that a compressed parameter may expand to.
const INFLATED_MAX: u64 = 64 * 1024;

/// Undoes percent escapes once. `+` stays; escapes that do not make up UTF-8 stay as they are.
pub fn percent_decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(text).collect();
    utf8_or_escaped(&bytes)
}

/// Bytes as text; those that are not UTF-8 as upper-case percent escapes, so that nothing is lost.
pub fn utf8_or_escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push('%');
            for nibble in [byte >> 4, byte & 15] {
                text.push(
                    char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase(),
                );
            }
        }
    }
    text
}

/// A percent-encoded target parameter as a URL: decoded once, once more where it still begins with an
/// encoded `http:`, a lost slash put back (§1.3, §1.5).
pub fn target(value: &str) -> String {
    let once = percent_decode(value);
    let decoded = if begins_encoded(&once) { percent_decode(&once) } else { once };
    repair_slash(decoded)
}

/// Whether a text begins with `http%3A` or `https%3A`.
pub fn begins_encoded(text: &str) -> bool {
    ["http%3a", "https%3a"]
        .iter()
        .any(|start| text.get(..start.len()).is_some_and(|front| front.eq_ignore_ascii_case(start)))
}

/// `https:/host` to `https://host`: mail software and wikis collapse slashes.
pub fn repair_slash(url: String) -> String {
    let Some(colon) = url.find(':') else { return url };
    let one_slash = url[colon + 1..].starts_with('/') && !url[colon + 2..].starts_with('/');
    if super::outer::is_web(&url[..colon]) && one_slash {
        format!("{}:/{}", &url[..colon], &url[colon + 1..])
    } else {
        url
    }
}

/// Whether a decoded target reads as a web address: `http(s)://` and something like a host.
pub fn is_plausible_url(url: &str) -> bool {
    let Some(end) = super::outer::scheme_end(url) else { return false };
    super::outer::is_web(&url[..end])
        && url[end..].starts_with("://")
        && super::outer::Outer::parse(url).is_some_and(|outer| is_plausible_host(&outer.host))
}

/// Whether a text reads as a host name or an IP address.
pub fn is_plausible_host(host: &str) -> bool {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    !host.is_empty()
        && host.len() <= 253
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'))
        && host.chars().any(char::is_alphanumeric)
}

/// Base64 in either alphabet, padded or not; `None` where it holds anything else.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::RequireNone),
    );
    let mut plain: Vec<u8> = text
        .trim_end_matches('=')
        .bytes()
        .map(|b| match b {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .collect();
    if plain.len() % 4 == 1 {
        plain.pop();
    }
    LENIENT.decode(plain).ok()
}

/// Base64 of UTF-8 text.
pub fn base64_text(text: &str) -> Option<String> {
    String::from_utf8(base64(text)?).ok()
}

/// Base64 of a whole zlib stream of UTF-8 text, at most 64 KiB of it.
pub fn base64_zlib(text: &str) -> Option<String> {
    let packed = base64(text)?;
    let mut inflated = String::new();
    flate2::read::ZlibDecoder::new(packed.as_slice())
        .take(INFLATED_MAX)
        .read_to_string(&mut inflated)
        .ok()?;
    Some(inflated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_escapes_are_undone_once() {
        assert_eq!(percent_decode("a%2520b+c"), "a%20b+c");
        assert_eq!(percent_decode("caf%c3%a9 %E9%zz%"), "café %E9%zz%");
    }

    #[test]
    fn a_target_that_is_still_encoded_is_decoded_once_more() {
        assert_eq!(target("http%253A%252F%252Fa.example%252F%252520"), "http://a.example/%20");
        assert_eq!(target("https%3A%2F%2Fa.example%2F%2541"), "https://a.example/%41");
    }

    #[test]
    fn a_lost_slash_is_put_back() {
        assert_eq!(repair_slash("https:/a.example//x".into()), "https://a.example//x");
        assert_eq!(repair_slash("https://a.example".into()), "https://a.example");
        assert_eq!(repair_slash("a.example:/x".into()), "a.example:/x");
    }

    #[test]
    fn base64_takes_both_alphabets_with_and_without_padding() {
        assert_eq!(base64("-_-_"), base64("+/+/"));
        assert_eq!(base64_text("aHR0cA==").as_deref(), Some("http"));
        assert_eq!(base64_text("aHR0cA").as_deref(), Some("http"));
        assert_eq!(base64("a b!"), None);
        assert_eq!(base64_zlib("eNpzrShJLcpLzAEADmkDRA==").as_deref(), Some("External"));
    }
}
