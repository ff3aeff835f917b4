//! A link taken apart without a URL parser.
//!
//! Wrappers put a second URL into their path or query; a parser would give the inner `?query` and
//! `#fragment` to the outer URL, so everything here is a slice of the raw text
//! (`link-rewriters.md` §1.2).

use super::decode::percent_decode;
use std::borrow::Cow;
use std::ops::Range;

/// The parts of a link, as slices of it.
#[derive(Debug, Clone)]
pub struct Outer<'a> {
    /// The whole link.
    pub raw: &'a str,
    /// Host: lower case, without user, port and trailing dot.
    pub host: Cow<'a, str>,
    /// From the slash after the authority to the first `?` or `#`; may be empty.
    pub path: &'a str,
    /// Everything after the first `?`, inner URLs and fragments included.
    pub query: &'a str,
    /// Everything after the authority.
    pub rest: &'a str,
}

impl<'a> Outer<'a> {
    /// Takes an `http`, `https` or scheme-less link apart; `None` for any other scheme and for text
    /// without a host.
    pub fn parse(raw: &'a str) -> Option<Self> {
        let authority_on = match scheme_end(raw) {
            Some(end) if is_web(&raw[..end]) => raw[end + 1..].trim_start_matches(['/', '\\']),
            Some(_) => return None,
            None => raw.trim_start_matches(['/', '\\']),
        };
        let ends = |byte: u8| matches!(byte, b'/' | b'?' | b'#' | b'\\');
        let end = authority_on.bytes().position(ends).unwrap_or(authority_on.len());
        let (authority, rest) = authority_on.split_at(end);
        let host = normal_host(authority);
        if host.is_empty() {
            return None;
        }
        let path_end = memchr::memchr2(b'?', b'#', rest.as_bytes()).unwrap_or(rest.len());
        let query = match rest.as_bytes().get(path_end) {
            Some(b'?') => &rest[path_end + 1..],
            _ => "",
        };
        Some(Outer { raw, host, path: &rest[..path_end], query, rest })
    }

    /// The raw parameters of the query in order: name, value. A separator that an HTML attribute
    /// wrote as `&amp;` counts as `&`.
    pub fn params(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.query.split('&').map(|pair| {
            let pair = pair.strip_prefix("amp;").unwrap_or(pair);
            pair.split_once('=').unwrap_or((pair, ""))
        })
    }

    /// Raw value of the first parameter of that name, in any letter case.
    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params().find(|(key, _)| is_named(key, name)).map(|(_, value)| value)
    }

    /// Name of the parameter that follows `name`, if there is one.
    pub fn param_after(&self, name: &str) -> Option<&'a str> {
        let mut params = self.params().skip_while(|(key, _)| !is_named(key, name)).skip(1);
        params.next().map(|(key, _)| key)
    }

    /// Where a slice of this link stands in it.
    pub fn range_of(&self, part: &str) -> Range<usize> {
        let start = (part.as_ptr() as usize).saturating_sub(self.raw.as_ptr() as usize);
        start..start + part.len()
    }
}

/// Whether a raw parameter name is `name`, escaped or not.
fn is_named(key: &str, name: &str) -> bool {
    key.eq_ignore_ascii_case(name)
        || (key.contains('%') && percent_decode(key).eq_ignore_ascii_case(name))
}

/// Where the scheme of a link ends (at its colon), if it has one: letters, then `:` and a slash, or
/// a scheme that never has slashes.
pub fn scheme_end(link: &str) -> Option<usize> {
    let in_scheme = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let end = link.bytes().position(|b| !in_scheme(b))?;
    let starts_well = link.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    if !starts_well || link.as_bytes()[end] != b':' {
        return None;
    }
    // `host:8443/path` has no scheme: digits follow its colon.
    let port = link.as_bytes().get(end + 1).is_some_and(u8::is_ascii_digit);
    (!port || link[..end].eq_ignore_ascii_case("tel")).then_some(end)
}

/// Whether a scheme is `http` or `https`.
pub fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// The host of an authority: lower case, without user, port and trailing dot.
fn normal_host(authority: &str) -> Cow<'_, str> {
    // Most are nothing but a host.
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    if authority.bytes().all(plain) && !authority.ends_with('.') {
        return Cow::Borrowed(authority);
    }
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.split_once(']') {
        Some((v6, _)) if host.starts_with('[') => &host[..=v6.len()],
        _ => host.split_once(':').map_or(host, |(host, _)| host),
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.contains('%') {
        Cow::Owned(percent_decode(host).to_lowercase())
    } else if host.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
        Cow::Owned(host.to_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

/// Whether `host` is `domain` or below it, on whole labels (`link-rewriters.md` §1.7).
pub fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(link: &str) -> Option<String> {
        Outer::parse(link).map(|outer| outer.host.into_owned())
    }

    #[test]
    fn hosts_are_compared_without_case_port_user_and_trailing_dot() {
        assert_eq!(
            host("HTTPS://Protect-US.Mimecast.com./s/x").as_deref(),
            Some("protect-us.mimecast.com")
        );
        assert_eq!(host("https://user@a.example:8443/x").as_deref(), Some("a.example"));
        assert_eq!(host("https://a.example@evil.example/").as_deref(), Some("evil.example"));
        assert_eq!(host("https:/a.example/x").as_deref(), Some("a.example"));
        assert_eq!(host("a.example:8443/x").as_deref(), Some("a.example"));
        assert_eq!(host("http://[2001:db8::1]:80/").as_deref(), Some("[2001:db8::1]"));
        assert_eq!(host("mailto:a@b.example"), None);
        assert_eq!(host("https://"), None);
    }

    #[test]
    fn a_suffix_matches_on_whole_labels_only() {
        assert!(is_within("x.example.com", "example.com"));
        assert!(is_within("example.com", "example.com"));
        assert!(!is_within("notexample.com", "example.com"));
        assert!(!is_within("example.com.evil.example", "example.com"));
    }

    #[test]
    fn parameters_come_raw_and_in_order() {
        let outer = Outer::parse("https://h.example?a=1&amp;%40B=x=y&&c");
        let Some(outer) = outer else { panic!("a link") };
        assert_eq!(outer.param("@b"), Some("x=y"));
        assert_eq!(outer.param("c"), Some(""));
        assert_eq!(outer.param_after("a"), Some("%40B"));
        let value = outer.param("@b").unwrap_or_default();
        assert_eq!(&outer.raw[outer.range_of(value)], "x=y");
    }
}
