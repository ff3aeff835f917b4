//! Headers that mail flow rules set, so that a filter or the Inbox passes over a message: names and values
//! are compared to the letter, and often misspelled.

use super::transport_rule::{
    BYPASS_CLUTTER, BYPASS_FOCUSED, SKIP_SAFE_ATTACHMENTS, SKIP_SAFE_LINKS,
};
use std::borrow::Cow;

/// One such header.
#[derive(Debug, PartialEq, Eq)]
pub struct BypassHeader {
    /// Its name.
    pub name: &'static str,
    /// The value that works.
    pub value: &'static str,
}

impl BypassHeader {
    /// Whether a header that means to be this one is not right.
    pub fn is_wrong(&self, name: &str, value: &str) -> bool {
        name != self.name || value != self.value
    }
}

/// Headers that vendors' guides have admins set.
pub static BYPASS_HEADERS: [BypassHeader; 4] = [
    BypassHeader { name: BYPASS_CLUTTER, value: "true" },
    BypassHeader { name: BYPASS_FOCUSED, value: "true" },
    BypassHeader { name: SKIP_SAFE_LINKS, value: "1" },
    BypassHeader { name: SKIP_SAFE_ATTACHMENTS, value: "1" },
];

const PREFIX: &str = "X-MS-Exchange-Organization-";

/// The known header that a name means to spell: itself in another case, or within three edits of it,
/// or without its prefix.
pub fn meant(name: &str) -> Option<&'static BypassHeader> {
    let blank = |byte: u8| byte.is_ascii_whitespace() || !byte.is_ascii();
    let name: Cow<'_, str> = if name.bytes().any(blank) {
        name.chars().filter(|c| !c.is_whitespace()).collect::<String>().into()
    } else {
        name.into()
    };
    let written = name
        .split_at_checked(PREFIX.len())
        .and_then(|(start, end)| start.eq_ignore_ascii_case(PREFIX).then_some(end));
    BYPASS_HEADERS.iter().find(|known| {
        let bare = &known.name[PREFIX.len()..];
        match written {
            Some(written) => is_near(written, bare),
            None => is_near(&name, bare) || is_near(&name, known.name),
        }
    })
}

/// Whether the two are within three edits of each other, whatever the case. Most names are not by their
/// length or by the letters in them alone, of which an edit changes two at most.
fn is_near(a: &str, b: &str) -> bool {
    const EDITS: usize = 3;
    if a.len().abs_diff(b.len()) > EDITS {
        return false;
    }
    // Both cases of a letter, and a few signs, share a count: that can only hide a difference.
    let mut surplus = [0_i32; 32];
    a.bytes().for_each(|byte| surplus[usize::from(byte % 32)] += 1);
    b.bytes().for_each(|byte| surplus[usize::from(byte % 32)] -= 1);
    let letters: u32 = surplus.iter().map(|count| count.unsigned_abs()).sum();
    letters as usize <= 2 * EDITS
        && strsim::levenshtein(&a.to_ascii_lowercase(), &b.to_ascii_lowercase()) <= EDITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_headers_are_none_of_our_business() {
        for name in ["X-ETR", "X-MS-Exchange-Organization-SCL", "X-MS-Exchange-Organization-AuthAs"]
        {
            assert_eq!(meant(name), None, "{name}");
        }
    }

    #[test]
    fn a_name_that_nearly_spells_one_means_it() {
        for name in [
            BYPASS_CLUTTER,
            "x-ms-exchange-organization-bypassclutter",
            "X-MS-Exchange-Organization-Bypass Clutter",
            "X-MS-Exchange-Organisation-BypassCluter",
            "BypassClutter",
        ] {
            assert_eq!(meant(name), Some(&BYPASS_HEADERS[0]), "{name}");
        }
    }
}
