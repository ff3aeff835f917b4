//! Lines that are shaped like header fields: just enough to tell a header block from other text.

use crate::message::names::{Familiarity, USUAL_LENGTH, familiarity};

/// The name of a line that is shaped like a header field (`Name: value`), without the colon.
pub(super) fn field_name(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr::memchr(b':', &line[..line.len().min(USUAL_LENGTH)])?;
    let name = line[..colon].trim_ascii_end();
    let shaped = name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    shaped.then_some(name)
}

/// Whether a line is shaped like one that stands before a message in a mailbox: `From ` and a sender.
/// `From : a@b.example` is the field From, its colon set off as old mail systems did (RFC 5322, 4.5).
pub(super) fn is_separator(line: &[u8]) -> bool {
    line.starts_with(b"From ") && field_name(line).is_none()
}

/// Whether a line holds control characters, so that nobody pasted it and no fold was lost in it.
pub(super) fn is_garbage(line: &[u8]) -> bool {
    line.iter().any(|b| b.is_ascii_control() && *b != b'\t')
}

/// Whether a line is the rest of the field above it, its indentation lost: it is shaped like no field,
/// or like one that no mail has.
pub(super) fn is_lost_fold(line: &[u8]) -> bool {
    field_name(line).is_none_or(|name| is_value(line, name))
}

/// Whether a line that is shaped like a field of that name is a piece of a value all the same:
/// `CIP:203.0.113.10;CTRY:US;` and `https://…` have a colon with no blank behind it, and no field of
/// mail is spelled like that.
pub(super) fn is_value(line: &[u8], name: &[u8]) -> bool {
    let Some(value) = line.get(name.len() + 1..) else { return true };
    let tight = value.first().is_some_and(|b| !b.is_ascii_whitespace());
    tight
        && !name.contains(&b'-')
        && familiarity(name) == Familiarity::Unknown
        && (value.contains(&b';') || value.starts_with(b"//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_name_has_letters_digits_and_dashes() {
        assert_eq!(field_name(b"X-MS-Has-Attach: yes"), Some(b"X-MS-Has-Attach".as_slice()));
        assert_eq!(field_name(b"Subject : hello"), Some(b"Subject".as_slice()));
        assert_eq!(field_name(b"by host (2001:db8::1) with"), None);
        assert_eq!(field_name(b"no colon"), None);
        assert_eq!(field_name(b": empty"), None);
    }

    #[test]
    fn a_from_field_with_its_colon_set_off_is_no_separator() {
        assert!(is_separator(b"From a@b.example Mon Jan  1 00:00:00 2024"));
        assert!(!is_separator(b"From : Anna <a@b.example>"));
        assert!(!is_separator(b"From: a@b.example"));
        assert!(!is_separator(b">From a@b.example Mon Jan  1 00:00:00 2024"));
    }

    #[test]
    fn a_report_value_on_its_own_line_is_a_lost_fold() {
        assert!(is_lost_fold(b"CIP:203.0.113.10;CTRY:US;LANG:en;"));
        assert!(is_lost_fold(b"https://phish.example/a"));
        assert!(is_lost_fold(b"15.20.7000.1 via Frontend Transport; Mon, 1 Jan 2024 12:00:00"));
        assert!(!is_lost_fold(b"Subject:hello; again"));
        assert!(!is_lost_fold(b"X-Own:1;2"));
        assert!(!is_lost_fold(b"Note: a; b"));
    }
}
