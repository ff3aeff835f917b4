//! Identifiers in the one form that joins sources (`trace-formats.md` §0): addresses without regard
//! to case, Message-IDs without angle brackets, GUIDs with dashes.

use std::borrow::Cow;
use std::fmt;

/// A GUID: network message ids, rule ids, tenants. Displayed with dashes, in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(pub u128);

impl Guid {
    /// Reads 32 hexadecimal digits with or without dashes and braces; of `GUID1\GUID2`, the identity
    /// of a quarantined message, the first, which has the shape of the network message id.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(value) = dashed(text.as_bytes()) {
            return Some(Guid(value));
        }
        let text = text.split('\\').next().unwrap_or(text);
        let text = text.trim().trim_start_matches('{').trim_end_matches('}');
        let mut value = 0u128;
        let mut digits = 0;
        for byte in text.bytes().filter(|byte| *byte != b'-') {
            digits += 1;
            if digits > 32 {
                return None;
            }
            value = value << 4 | u128::from(digit(byte)?);
        }
        (digits == 32).then_some(Guid(value))
    }

    /// Whether every digit is zero: "none" in Microsoft's exports.
    pub const fn is_nil(self) -> bool {
        self.0 == 0
    }
}

/// The value of one hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The commonest form, `8-4-4-4-12` in full: exports name a GUID in every row.
fn dashed(text: &[u8]) -> Option<u128> {
    let text: &[u8; 36] = text.try_into().ok()?;
    if [text[8], text[13], text[18], text[23]] != [b'-'; 4] {
        return None;
    }
    let part = |from: usize, to: usize| {
        text[from..to].iter().try_fold(0u64, |sum, byte| Some(sum << 4 | u64::from(digit(*byte)?)))
    };
    let high = part(0, 8)? << 32 | part(9, 13)? << 16 | part(14, 18)?;
    let low = part(19, 23)? << 48 | part(24, 36)?;
    Some(u128::from(high) << 64 | u128::from(low))
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        write!(f, "{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// A Message-ID without blanks and angle brackets.
pub fn message_id(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(text).trim()
}

/// An address without blanks, wrapping apostrophes and an `smtp:` prefix; case as it stands.
pub fn address(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    match super::list::unquote(text) {
        Cow::Borrowed(plain) => Cow::Borrowed(bare(plain)),
        Cow::Owned(plain) => Cow::Owned(bare(&plain).to_owned()),
    }
}

fn bare(text: &str) -> &str {
    let text = match text.get(..5) {
        Some(prefix) if prefix.eq_ignore_ascii_case("smtp:") => &text[5..],
        _ => text,
    };
    text.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(text).trim()
}

/// The key under which an address joins: lower case. Written into `key`, which keeps its room.
pub fn address_key(address: &str, key: &mut String) {
    key.clear();
    if address.is_ascii() {
        key.push_str(address);
        key.make_ascii_lowercase();
    } else {
        key.extend(address.chars().flat_map(char::to_lowercase));
    }
}

/// The domain of an address, empty where there is no `@`.
pub fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn guids_join_whatever_their_form() {
        let text = "5a1c2d3e-0001-4a4a-9b9b-08de781234ab";
        for form in [
            text,
            "5A1C2D3E00014A4A9B9B08DE781234AB",
            "{5a1c2d3e-0001-4a4a-9b9b-08de781234ab}",
            "5a1c2d3e-0001-4a4a-9b9b-08de781234ab\\11111111-2222-3333-4444-555555555555",
        ] {
            assert_eq!(Guid::parse(form).map(|guid| guid.to_string()).as_deref(), Some(text));
        }
        for wrong in ["", "-1", "5a1c2d3e", "zz1c2d3e-0001-4a4a-9b9b-08de781234ab"] {
            assert_eq!(Guid::parse(wrong), None, "{wrong}");
        }
        assert!(Guid::parse("00000000-0000-0000-0000-000000000000").unwrap().is_nil());
    }

    #[test]
    fn message_ids_and_addresses_lose_only_their_wrapping() {
        assert_eq!(message_id(" <a@b.example> "), "a@b.example");
        assert_eq!(message_id("a@b.example"), "a@b.example");
        assert_eq!(address("'o''brien@x.example'"), "o'brien@x.example");
        assert_eq!(address("SMTP:Ann@x.example"), "Ann@x.example");
        assert_eq!(address(" <ann@x.example>"), "ann@x.example");
        let mut key = String::new();
        address_key("ÇAĞRI@Contoso.example", &mut key);
        assert_eq!(key, "çağri@contoso.example");
        assert_eq!(domain("\"a@b\"@contoso.example"), "contoso.example");
    }

    proptest! {
        #[test]
        fn any_text_is_normalised_without_panic(text in any::<String>()) {
            let _ = (Guid::parse(&text), message_id(&text), address(&text));
            address_key(&text, &mut String::new());
        }
    }
}
