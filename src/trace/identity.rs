//! Identifiers in the one form that joins sources (`trace-formats.md` §0): addresses without regard
//! to case, Message-IDs without angle brackets, GUIDs with dashes.

use super::row::trim;
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
        if text.len() > 36 {
            return None;
        }
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
    let mut digits = [0; 32];
    digits[..8].copy_from_slice(&text[..8]);
    digits[8..12].copy_from_slice(&text[9..13]);
    digits[12..16].copy_from_slice(&text[14..18]);
    digits[16..20].copy_from_slice(&text[19..23]);
    digits[20..].copy_from_slice(&text[24..]);
    let (words, _) = digits.as_chunks::<8>();
    words.iter().try_fold(0, |sum, word| Some(sum << 32 | u128::from(eight_digits(*word)?)))
}

/// The value of eight hexadecimal digits, all of them at once.
fn eight_digits(digits: [u8; 8]) -> Option<u32> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // in a byte below 128, adding 128 - n sets the highest bit where the byte is n or more
    let least = |bytes: u64, n: u8| (bytes + ONES * u64::from(128 - n)) & (ONES * 128);
    let bytes = u64::from_be_bytes(digits);
    if bytes & (ONES * 128) != 0 {
        return None;
    }
    let number = least(bytes, b'0') & !least(bytes, b'9' + 1);
    let lower = bytes | (ONES * 0x20);
    let letter = least(lower, b'a') & !least(lower, b'f' + 1);
    if number | letter != ONES * 128 {
        return None;
    }
    // the low half of a letter counts from 1
    let mut value = (bytes & (ONES * 0x0F)) + (letter >> 7) * 9;
    value = (value | value >> 4) & 0x00FF_00FF_00FF_00FF;
    value = (value | value >> 8) & 0x0000_FFFF_0000_FFFF;
    value |= value >> 16;
    u32::try_from(value & 0xFFFF_FFFF).ok()
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        write!(f, "{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// A Message-ID without blanks and angle brackets.
pub fn message_id(text: &str) -> &str {
    let text = trim(text);
    trim(text.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(text))
}

/// An address without blanks, wrapping apostrophes and an `smtp:` prefix; case as it stands.
pub fn address(text: &str) -> Cow<'_, str> {
    let text = trim(text);
    match super::list::unquote(text) {
        Cow::Borrowed(plain) => Cow::Borrowed(bare(plain)),
        Cow::Owned(plain) => Cow::Owned(bare(&plain).to_owned()),
    }
}

/// An address without an `smtp:` prefix, angle brackets and blanks.
pub(super) fn bare(text: &str) -> &str {
    let text = match text.get(..5) {
        Some(prefix) if prefix.eq_ignore_ascii_case("smtp:") => &text[5..],
        _ => text,
    };
    trim(text.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')).unwrap_or(text))
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
    memchr::memrchr(b'@', address.as_bytes()).map_or("", |at| &address[at + 1..])
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
        fn a_guid_is_read_digit_by_digit(text in "[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9A-F]{4}-[0-9a-f]{4}-[0-9a-fG:`/@]{12}") {
            let hex = text.replace('-', "");
            prop_assert_eq!(Guid::parse(&text).map(|guid| guid.0), u128::from_str_radix(&hex, 16).ok());
        }

        #[test]
        fn any_text_is_normalised_without_panic(text in any::<String>()) {
            let _ = (Guid::parse(&text), message_id(&text), address(&text));
            address_key(&text, &mut String::new());
        }
    }
}
