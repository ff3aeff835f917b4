//! What a wrapper reveals about people: found, so that ownership can be judged, and masked, so that a
//! report can be passed on (`link-rewriters.md` §8.8).

use super::decode::percent_decode;
use super::outer::Outer;
use super::peel::MAX_LAYERS;
use super::vendor::Target;
use super::vendors;
use std::borrow::Cow;
use std::ops::Range;

/// What one wrapper says about the message that it was put into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Private {
    /// Address of the protected recipient.
    pub recipient: Option<Box<str>>,
    /// GUID of the tenant, with dashes, lower case.
    pub tenant_id: Option<Box<str>>,
    /// Network message id, with dashes, lower case.
    pub network_message_id: Option<Box<str>>,
    /// When the link was rewritten: seconds since 1970-01-01 UTC.
    pub rewritten_at: Option<i64>,
    /// The gateway's customer, by domain or by the vendor's own name for it.
    pub customer: Option<Box<str>>,
    /// Byte ranges of the wrapper that hold personal data.
    pub(super) spans: Vec<Range<usize>>,
}

impl Private {
    /// Whether it tells anything that ownership can be judged by.
    pub fn tells(&self) -> bool {
        self.recipient.is_some()
            || self.tenant_id.is_some()
            || self.network_message_id.is_some()
            || self.customer.is_some()
    }

    /// Facts of nobody: only these parameters are to be masked.
    pub(super) fn hiding(outer: &Outer<'_>, names: &[&str]) -> Self {
        let mut private = Private::default();
        for name in names {
            private.hide(outer, outer.param(name));
        }
        private
    }

    /// Marks a slice of `outer` as personal.
    pub(super) fn hide(&mut self, outer: &Outer<'_>, part: Option<&str>) {
        if let Some(part) = part.filter(|part| !part.is_empty()) {
            self.spans.push(outer.range_of(part));
        }
    }
}

/// A GUID of 32 hex digits, with or without dashes, in the form with dashes and lower case.
pub fn guid(text: &str) -> Option<Box<str>> {
    let mut out = String::with_capacity(36);
    for byte in text.bytes().filter(|byte| *byte != b'-') {
        if !byte.is_ascii_hexdigit() || out.len() == 36 {
            return None;
        }
        if matches!(out.len(), 8 | 13 | 18 | 23) {
            out.push('-');
        }
        out.push(char::from(byte.to_ascii_lowercase()));
    }
    (out.len() == 36).then(|| out.into())
}

/// The link with personal data replaced by `***`. Up to four leading characters of each value stay,
/// so that it can be checked against the message without giving it away.
pub fn mask(link: &str) -> Cow<'_, str> {
    match hidden_spans(link, 0) {
        Hidden::Nothing => Cow::Borrowed(link),
        Hidden::Spans(spans) => Cow::Owned(masked(link, spans)),
        Hidden::Somewhere => {
            let host = Outer::parse(link).map_or(0, |outer| link.len() - outer.rest.len());
            Cow::Owned(format!("{}/***", &link[..host]))
        }
    }
}

enum Hidden {
    Nothing,
    Spans(Vec<Range<usize>>),
    /// Personal data of an inner wrapper, in an encoding that cannot be pointed into.
    Somewhere,
}

fn hidden_spans(link: &str, depth: usize) -> Hidden {
    let Some(outer) = Outer::parse(link).filter(|_| depth < MAX_LAYERS) else {
        return Hidden::Nothing;
    };
    let Some((vendor, layer)) = vendors::open(&outer) else { return Hidden::Nothing };
    let mut spans = (vendor.private)(&outer).spans;
    if let Target::Url(inner) = &layer.target {
        match hidden_spans(inner, depth + 1) {
            Hidden::Nothing => {}
            Hidden::Somewhere => return Hidden::Somewhere,
            Hidden::Spans(inner_spans) => {
                let view = Decoded::of(link);
                for span in inner_spans {
                    let found = view.find_all(&inner[span]);
                    let hidden = |at: &Range<usize>| {
                        spans.iter().any(|span| span.start <= at.start && at.end <= span.end)
                    };
                    // A value that an opaque encoding holds cannot be pointed at.
                    if found.is_empty() {
                        return Hidden::Somewhere;
                    }
                    let new: Vec<_> = found.into_iter().filter(|at| !hidden(at)).collect();
                    spans.extend(new);
                }
            }
        }
    }
    if spans.is_empty() { Hidden::Nothing } else { Hidden::Spans(spans) }
}

/// A link with its percent escapes undone once, and where each byte came from.
struct Decoded {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Decoded {
    fn of(link: &str) -> Self {
        let raw = link.as_bytes();
        let (mut bytes, mut starts) =
            (Vec::with_capacity(raw.len()), Vec::with_capacity(raw.len() + 1));
        let mut at = 0;
        while at < raw.len() {
            starts.push(at);
            let escape = link.get(at + 1..at + 3).filter(|_| raw[at] == b'%');
            match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(byte) => {
                    bytes.push(byte);
                    at += 3;
                }
                None => {
                    bytes.push(raw[at]);
                    at += 1;
                }
            }
        }
        starts.push(raw.len());
        Decoded { bytes, starts }
    }

    /// Raw ranges of every place where `text` stands.
    fn find_all(&self, text: &str) -> Vec<Range<usize>> {
        memchr::memmem::find_iter(&self.bytes, text)
            .map(|at| self.starts[at]..self.starts[at + text.len()])
            .collect()
    }
}

fn masked(link: &str, mut spans: Vec<Range<usize>>) -> String {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut out = String::with_capacity(link.len());
    let mut done = 0;
    for span in spans {
        let start = span.start.max(done);
        if start >= span.end {
            continue;
        }
        out.push_str(&link[done..start]);
        out.push_str(recognisable(&link[start..span.end]));
        out.push_str("***");
        done = span.end;
    }
    out.push_str(&link[done..]);
    out
}

/// The leading part of a masked value that may be shown: at most four plain characters, at most a
/// quarter of it, and of an address the first one only.
fn recognisable(value: &str) -> &str {
    // Each outer wrapper has encoded it once more.
    let decoded = (0..MAX_LAYERS).fold(value.to_owned(), |text, _| percent_decode(&text));
    let most = if decoded.contains('@') { 1 } else { (decoded.len() / 4).min(4) };
    let plain = value.bytes().take(most).take_while(u8::is_ascii_alphanumeric).count();
    &value[..plain]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_gets_its_dashes() {
        assert_eq!(
            guid("C06955AF095E40A9F10F08DAB277D765").as_deref(),
            Some("c06955af-095e-40a9-f10f-08dab277d765")
        );
        assert_eq!(guid("c06955af"), None);
        assert_eq!(guid("zz6955af095e40a9f10f08dab277d765"), None);
    }

    #[test]
    fn masking_keeps_the_start_of_a_value_only() {
        assert_eq!(
            masked("https://a.example/?r=someone&x=1", vec![21..28, 22..24]),
            "https://a.example/?r=s***&x=1"
        );
        assert_eq!(masked("abc", vec![0..3, 1..2]), "***");
    }

    #[test]
    fn recipient_tenant_and_message_of_safe_links_are_masked() {
        let link = "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fphish.example%2F\
            &data=05%7C02%7Cann%40contoso.example%7C00112233445566778899aabbccddeeff\
            %7Cffeeddccbbaa99887766554433221100%7C0%7C0%7C638018525024697993%7CUnknown%7C&sdata=x";
        let shown = mask(link);
        for secret in ["nn%40", "contoso", "5566778899aabb", "998877665544"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        assert!(shown.contains("phish.example") && shown.contains("0011***"));
    }

    #[test]
    fn an_inner_wrapper_is_masked_through_the_outer_one() {
        let outer = "https://ctp.trendmicro.com/wis/clicktime/v1/query?url=\
            https%3A%2F%2Fnam02.safelinks.protection.outlook.com%2F%3Furl%3Dhttps%253A%252F%252Fphish.example\
            %26data%3D05%257C02%257Cann%2540contoso.example%257C00112233445566778899aabbccddeeff&umid=1";
        let shown = mask(outer);
        assert!(!shown.contains("ann") && !shown.contains("contoso"), "{shown}");
        assert!(shown.contains("umid=1"));
    }

    #[test]
    fn what_cannot_be_pointed_at_is_masked_whole() {
        // Sophos carries its target in base64, and that target names a recipient.
        let outer = "https://eu-west-1.protection.sophos.com/?d=x.example&u=\
            aHR0cHM6Ly9uYW0wMi5zYWZlbGlua3MucHJvdGVjdGlvbi5vdXRsb29rLmNvbS8_dXJsPWh0dHBzJTNBJTJGJTJGYS5leGFtcGxlJmRhdGE9MDV8MDJ8YW5uQGNvbnRvc28uZXhhbXBsZXx8";
        assert_eq!(mask(outer), "https://eu-west-1.protection.sophos.com/***");
    }
}
