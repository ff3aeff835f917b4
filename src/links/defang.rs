//! Disabled links: not rewritten, but made unclickable (`link-rewriters.md` §1, defanged links).

use super::outer::scheme_end;

/// A disabled link made whole again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repaired {
    /// The link as it was.
    pub(super) link: String,
    /// What disabled it, as far as the form tells.
    pub(super) note: &'static str,
}

/// Undoes `hxxp://`, `[.]`, `[:]` and the `noclick_` host prefix; `None` for a link without them.
pub(super) fn repair(link: &str) -> Option<Repaired> {
    let mut repaired = memchr::memchr2(b'[', b'(', link.as_bytes()).and_then(|_| brackets(link));
    let mut note =
        "disabled link (brackets): Cloudflare Email security and analysts write links so";
    let start = repaired.as_deref().unwrap_or(link);
    if start.get(..4).is_some_and(|front| front.eq_ignore_ascii_case("hxxp")) {
        repaired = Some(format!("http{}", &start[4..]));
        note = "disabled link (hxxp): analysts and forwarding tools write links so";
    }
    let start = repaired.as_deref().unwrap_or(link);
    if let Some(front) = noclick(start) {
        repaired = Some(format!("{}{}", &start[..front], &start[front + NOCLICK.len()..]));
        note = "disabled by Symantec Messaging Gateway (\"Disable clickable URLs\"): noclick_ before the host";
    }
    repaired.map(|link| Repaired { link, note })
}

const NOCLICK: &str = "noclick_";

/// Where `noclick_` begins, if the host begins with it.
fn noclick(link: &str) -> Option<usize> {
    let host = scheme_end(link).map_or(0, |end| end + 3);
    link.get(host..)?.get(..NOCLICK.len())?.eq_ignore_ascii_case(NOCLICK).then_some(host)
}

/// The link with `[.]`, `(.)`, `[:]` and `[://]` undone in its scheme and host.
fn brackets(link: &str) -> Option<String> {
    const FORMS: [(&str, &str); 4] = [("[.]", "."), ("[:]", ":"), ("[://]", "://"), ("(.)", ".")];
    let host = link.find("//").map_or(0, |slashes| slashes + 2);
    let end = link[host..].find(['/', '?', '#']).map_or(link.len(), |end| host + end);
    let (front, rest) = link.split_at(end);
    if !FORMS.iter().any(|(form, _)| front.contains(form)) {
        return None;
    }
    let whole =
        FORMS.iter().fold(front.to_owned(), |text, (form, plain)| text.replace(form, plain));
    Some(whole + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disabled_links_are_made_whole() {
        for (disabled, whole) in [
            ("hxxps://a.example/x", "https://a.example/x"),
            ("https[:]//www[.]a[.]example/x[.]y", "https://www.a.example/x[.]y"),
            ("hxxp[://]a(.)example", "http://a.example"),
            ("http://noclick_www.a.example/", "http://www.a.example/"),
        ] {
            assert_eq!(repair(disabled).map(|repaired| repaired.link).as_deref(), Some(whole));
        }
        assert_eq!(repair("https://a.example/noclick_[.]"), None);
        assert_eq!(repair("http://[2001:db8::1]/"), None);
    }
}
