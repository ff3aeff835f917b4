//! Domain names as policies compare them: exact, subdomain, Punycode, case, trailing dot.

use std::borrow::Cow;

/// The form in which two names are compared: lower case, Punycode, no trailing dot, no blanks.
///
/// A name that IDNA refuses is compared as it stands, in lower case.
pub fn normal(name: &str) -> String {
    let name = name.trim().trim_end_matches('.');
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    idna::domain_to_ascii(name).unwrap_or_else(|_| name.to_lowercase())
}

/// As [`normal`], but for the case of ASCII letters, which comparison ignores: most names need no copy.
fn bare(name: &str) -> Cow<'_, str> {
    let plain = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    // What begins and ends with a letter or digit has nothing to trim.
    if plain(name.as_bytes().first()) && plain(name.as_bytes().last()) && name.is_ascii() {
        return Cow::Borrowed(name);
    }
    let name = name.trim().trim_end_matches('.');
    if name.is_ascii() { Cow::Borrowed(name) } else { Cow::Owned(normal(name)) }
}

/// Whether the two spell the same domain.
pub fn is_same(a: &str, b: &str) -> bool {
    same(&bare(a), &bare(b))
}

fn same(a: &str, b: &str) -> bool {
    !a.is_empty() && a.eq_ignore_ascii_case(b)
}

/// Whether `name` is below `parent`, and not `parent` itself.
pub fn is_subdomain(name: &str, parent: &str) -> bool {
    below(&bare(name), &bare(parent))
}

fn below(name: &str, parent: &str) -> bool {
    let Some(rest) = name.len().checked_sub(parent.len()) else { return false };
    let (above, end) = (&name.as_bytes()[..rest], &name.as_bytes()[rest..]);
    !parent.is_empty()
        && end.eq_ignore_ascii_case(parent.as_bytes())
        && above.len() > 1
        && above.ends_with(b".")
}

/// Whether `name` is `parent` or below it.
pub fn is_same_or_subdomain(name: &str, parent: &str) -> bool {
    is_one_or_below(name, &[&bare(parent)])
}

/// Whether `name` is one of `parents`, which are plain names of ASCII letters, or below one of them.
pub fn is_one_or_below(name: &str, parents: &[&str]) -> bool {
    let name = bare(name);
    let own = end(&name);
    parents.iter().any(|parent| match (own, end(parent)) {
        (Some(own), Some(wanted)) if own != wanted => false,
        _ => same(&name, parent) || below(&name, parent),
    })
}

/// The domain of an address, or the text itself when it has no `@`; blanks and angle brackets are
/// ignored. `None` for an empty one (a null sender).
pub fn of_address(address: &str) -> Option<&str> {
    let address = address.trim().trim_start_matches('<').trim_end_matches('>');
    let domain = split_address(address).map_or(address, |(_, domain)| domain);
    (!domain.is_empty()).then_some(domain)
}

/// What stands before the last `@` of an address, and the domain behind it.
pub fn split_address(address: &str) -> Option<(&str, &str)> {
    // a search for a character costs many times as much
    let at = memchr::memrchr(b'@', address.as_bytes())?;
    Some((&address[..at], &address[at + 1..]))
}

/// The last eight bytes of a name, whatever their case: what tells most names apart at a glance. `None`
/// for a shorter name.
pub fn end(name: &str) -> Option<u64> {
    const LOWER: u64 = 0x2020_2020_2020_2020;
    let name = name.strip_suffix('.').unwrap_or(name);
    name.as_bytes().last_chunk().map(|last| u64::from_le_bytes(*last) | LOWER)
}

/// Whether `name` may end like one of the names whose [`end`]s these are.
pub fn may_end_like(name: &str, ends: &[u64]) -> bool {
    end(&bare(name)).is_none_or(|end| ends.contains(&end))
}

/// Whether the name holds letters that need Punycode.
pub fn needs_punycode(name: &str) -> bool {
    !name.is_ascii()
}

/// Whether the text may stand in a command as a domain: letters, digits, dots and dashes only, with
/// a dot inside.
pub fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
        && name.trim_matches('.').contains('.')
        && !name.starts_with(['.', '-'])
}

/// Whether a Tenant Allow/Block List entry or `DoNotRewriteUrls` pattern for a host covers `host`.
///
/// `contoso.com` covers only itself, `*.contoso.com` only what is below it (`causes.md`,
/// `tenant-block-list-hit`).
pub fn pattern_covers(pattern: &str, host: &str) -> bool {
    let pattern = pattern.trim();
    match pattern.strip_prefix("*.") {
        Some(parent) => is_subdomain(host, parent),
        None => is_same(host, pattern.trim_start_matches('~').trim_end_matches('~')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_trailing_dot_and_punycode_do_not_matter() {
        assert!(is_same("Phish.Example.", "phish.example"));
        assert!(is_same("bücher.example", "xn--bcher-kva.example"));
        assert!(is_same("BÜCHER.example", "bücher.example"));
        assert!(!is_same("", ""));
        assert!(!is_same("phish.example", "phish.example.org"));
    }

    #[test]
    fn a_subdomain_ends_at_a_dot() {
        assert!(is_subdomain("mail.phish.example", "phish.example"));
        assert!(is_subdomain("a.b.phish.example.", "PHISH.example"));
        assert!(!is_subdomain("phish.example", "phish.example"));
        assert!(!is_subdomain("notphish.example", "phish.example"));
        assert!(!is_subdomain(".phish.example", "phish.example"));
        assert!(!is_subdomain("phish.example", ""));
    }

    #[test]
    fn one_of_several_parents_is_enough_however_short() {
        let parents = ["web.de", "phish.example"];
        for name in ["web.de", "WEB.DE.", "a.web.de", "phish.example", "mail.Phish.example"] {
            assert!(is_one_or_below(name, &parents), "{name}");
        }
        for name in ["cobweb.de", "eb.de", "de", "", "notphish.example", "phish.example.org"] {
            assert!(!is_one_or_below(name, &parents), "{name}");
        }
    }

    #[test]
    fn the_domain_of_an_address_is_what_follows_the_last_at_sign() {
        assert_eq!(of_address("a@b.example"), Some("b.example"));
        assert_eq!(of_address("<\"a@b\"@c.example>"), Some("c.example"));
        assert_eq!(of_address("b.example"), Some("b.example"));
        assert_eq!(of_address("<>"), None);
    }

    #[test]
    fn only_plain_names_may_go_into_a_command() {
        assert!(is_plain("mail.phish-1.example"));
        for bad in ["", "phish", "phish.example;", "a b.example", "-x.example", "bücher.example"] {
            assert!(!is_plain(bad), "{bad}");
        }
    }

    #[test]
    fn a_pattern_covers_the_apex_or_what_is_below_never_both() {
        assert!(pattern_covers("contoso.example", "contoso.example"));
        assert!(!pattern_covers("contoso.example", "www.contoso.example"));
        assert!(pattern_covers("*.contoso.example", "www.contoso.example"));
        assert!(!pattern_covers("*.contoso.example", "contoso.example"));
    }
}
