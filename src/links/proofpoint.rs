//! Proofpoint URL Defense, versions 1 to 3 (`link-rewriters.md` §4).

use super::decode::{base64, percent_decode, repair_slash, utf8_or_escaped};
use super::entities;
use super::outer::Outer;
use super::private::Private;
use super::vendor::{CUT_OFF, Exemption, Hosts, Kind, Layer, Vendor};

const HOSTS: Hosts =
    Hosts::Within(&["urldefense.proofpoint.com", "urldefense.com", "urldefense.us"]);

const fn version(name: &'static str, open: fn(&Outer<'_>) -> Option<Layer>) -> Vendor {
    Vendor {
        private: |outer| Private::hiding(outer, &["r", "c"]),
        gateway: &["Proofpoint"],
        exemption: Some(EXEMPTION),
        ..Vendor::new(name, Kind::Gateway, HOSTS, open)
    }
}

pub(super) const V1: Vendor = version("Proofpoint URL Defense v1", open_v1);
pub(super) const V2: Vendor = version("Proofpoint URL Defense v2", open_v2);
pub(super) const V3: Vendor =
    Vendor { private: |_| Private::default(), ..version("Proofpoint URL Defense v3", open_v3) };

const EXEMPTION: Exemption = Exemption {
    paths: &[
        "Proofpoint: Email Protection > Targeted Attack Protection > URL Defense > URL Rewrite Policies > \
         Exceptions: the platform's domains, hosts or addresses",
        "and: System > Policy Routes; Spam Detection > Organizational Safe List",
        "Proofpoint Essentials: Security Settings > Email > Sender Lists > Safe Sender",
    ],
    caveat: "",
    references: &[
        "https://help.proofpoint.com/Proofpoint_Essentials/Security_Awareness/Setup/Security_Awareness_Safelisting_Considerations",
    ],
};

/// `u=` up to `&k=`, percent escapes undone, then HTML entities.
fn open_v1(outer: &Outer<'_>) -> Option<Layer> {
    let query = versioned_query(outer, "/v1/url")?;
    let url = entities::decode(&percent_decode(value_up_to(query, &["k"])?)).into_owned();
    Some(Layer::url(repair_slash(url)))
}

/// `u=` up to `&d=` or `&c=`; `-` for `%` and `_` for `/`, so that the mapping is exact.
fn open_v2(outer: &Outer<'_>) -> Option<Layer> {
    let query = versioned_query(outer, "/v2/url")?;
    let escaped = value_up_to(query, &["d", "c"])?.replace('-', "%").replace('_', "/");
    let url = entities::decode(&percent_decode(&escaped)).into_owned();
    Some(Layer::url(repair_slash(url)))
}

fn versioned_query<'a>(outer: &Outer<'a>, path: &str) -> Option<&'a str> {
    outer.path.trim_end_matches('/').eq_ignore_ascii_case(path).then_some(outer.query)
}

/// The value of `u` in a raw query, up to the first of the parameters that may follow it.
fn value_up_to<'a>(query: &'a str, next: &[&str]) -> Option<&'a str> {
    let start = if query.starts_with("u=") { 2 } else { query.find("&u=")? + 3 };
    let value = &query[start..];
    let ends = next
        .iter()
        .flat_map(|name| [value.find(&format!("&{name}=")), value.find(&format!("&amp;{name}="))]);
    Some(&value[..ends.flatten().min().unwrap_or(value.len())])
}

const NOT_MATCHING: &str =
    "unsure: the replacement bytes do not fit the marks in the link, so it was damaged";

/// `/v3/__<mangled>__;<replacements>!!<customer>!<signature>$`.
fn open_v3(outer: &Outer<'_>) -> Option<Layer> {
    let mangled_on = outer.rest.strip_prefix("/v3/__")?;
    let Some((mangled, replacements)) = split_v3(mangled_on) else {
        return Some(Layer::opaque(CUT_OFF));
    };
    let Some(replacements) = base64(&percent_decode(replacements)) else {
        return Some(Layer::opaque(CUT_OFF));
    };
    let (bytes, fits) = unmangle(percent_decode(mangled).as_bytes(), &replacements);
    let url = repair_slash(utf8_or_escaped(&bytes));
    Some(Layer::url(url).noted((!fits).then_some(NOT_MATCHING)))
}

/// Splits at the last `__;` that base64url characters and `!` follow: a link inside a link has such
/// a mark too.
fn split_v3(text: &str) -> Option<(&str, &str)> {
    memchr::memmem::rfind_iter(text.as_bytes(), "__;").find_map(|at| {
        let after = &text[at + 3..];
        let replacements = &after[..after.find('!')?];
        let is_base64 = |b: u8| b.is_ascii_alphanumeric() || b"-_=%".contains(&b);
        replacements.bytes().all(is_base64).then(|| (&text[..at], replacements))
    })
}

/// Puts the replacement bytes back: `*` stands for one, `**X` for a run. The second value tells
/// whether marks and bytes match exactly.
fn unmangle(mangled: &[u8], replacements: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(mangled.len() + replacements.len());
    let mut bytes = replacements;
    let mut at = 0;
    while at < mangled.len() {
        if mangled[at] != b'*' {
            out.push(mangled[at]);
            at += 1;
            continue;
        }
        let run = (mangled.get(at + 1) == Some(&b'*')).then(|| mangled.get(at + 2)).flatten();
        let (mark, wanted) = match run.copied().and_then(run_length) {
            Some(length) => (3, length),
            None => (1, 1),
        };
        let Some((taken, left)) = bytes.split_at_checked(wanted) else {
            out.extend_from_slice(bytes);
            out.extend_from_slice(&mangled[at..]);
            return (out, false);
        };
        out.extend_from_slice(taken);
        bytes = left;
        at += mark;
    }
    (out, bytes.is_empty())
}

/// Bytes that a run letter stands for: `A` = 2 … `Z`, `a` … `z`, `0` … `9`, `-`, `_` = 65.
fn run_length(letter: u8) -> Option<usize> {
    let index = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(usize::from(index) + 2)
}

#[cfg(test)]
mod tests {
    use super::super::Recovered;
    use super::super::peel::unwrap;

    fn original(link: &str) -> Option<String> {
        unwrap(link).original
    }

    #[test]
    fn version_2_maps_dash_and_underscore_exactly() {
        assert_eq!(
            original(
                "https://urldefense.com/v2/url?u=https-3A__a.example_x-2Dy-5Fz-3Fq-3D1-26amp-3Br-3D2&d=D&c=C&r=R"
            ),
            Some("https://a.example/x-y_z?q=1&r=2".to_owned())
        );
        assert_eq!(
            original("https://urldefense.com/v2/url?u=https-3A__a.example_&c=C&d=D"),
            Some("https://a.example/".to_owned())
        );
    }

    #[test]
    fn version_3_counts_bytes_not_characters() {
        assert_eq!(
            original("https://urldefense.com/v3/__https://a.example/**E__;5L2g5aW9!!foo!bar"),
            Some("https://a.example/你好".to_owned())
        );
        // A run may cut a character in two: one byte of it here, the other in the run.
        assert_eq!(
            original("https://urldefense.com/v3/__https://a.example/***A__;w6l4!!foo!bar$"),
            Some("https://a.example/éx".to_owned())
        );
    }

    #[test]
    fn a_version_3_link_inside_another_is_split_at_the_outer_mark() {
        let inner = "https://urldefense.com/v3/__https://a.example/*x__;Iw!!one!two$";
        // The outer wrapper replaced the inner `*`.
        let outer = format!("https://urldefense.com/v3/__{}__;Kg!!three!four$", inner);
        assert_eq!(original(&outer), Some("https://a.example/#x".to_owned()));
        assert_eq!(unwrap(&outer).chain.len(), 2);
    }

    #[test]
    fn damage_is_said() {
        let cut = unwrap("https://urldefense.com/v3/__https://a.example/");
        assert_eq!((cut.original, cut.recovered), (None, Recovered::None));
        for link in [
            "https://urldefense.com/v3/__https://a.example/*x*y__;Iw!!foo!bar$",
            "https://urldefense.com/v3/__https://a.example/x__;Iw!!foo!bar$",
        ] {
            let unsure = unwrap(link);
            assert!(unsure.notes.iter().any(|note| note.starts_with("unsure")), "{link}");
        }
    }

    #[test]
    fn escapes_added_on_the_way_are_undone() {
        assert_eq!(
            original("https://urldefense.com/v3/__https%3A//a.example/%2Ax__;Iw!!foo!bar$"),
            Some("https://a.example/#x".to_owned())
        );
    }
}
