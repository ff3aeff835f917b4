//! Field names of mail: just enough to tell a header block from other text. What a field means is
//! not known here.

/// Fields that any mail program shows, and that people also type by hand.
const COMMON: [&str; 14] = [
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "sender",
    "reply-to",
    "importance",
    "priority",
    "sent",
    "in-reply-to",
    "references",
    "comments",
];

/// Fields that only a mail system writes.
const WRITTEN_BY_SYSTEMS: [&str; 12] = [
    "received",
    "message-id",
    "mime-version",
    "return-path",
    "delivered-to",
    "received-spf",
    "x-mailer",
    "auto-submitted",
    "authentication-results",
    "dkim-signature",
    "thread-topic",
    "thread-index",
];

/// Families of such fields.
const FAMILIES: [&str; 16] = [
    "x-ms-",
    "x-microsoft-",
    "x-forefront-",
    "x-eop",
    "x-originat",
    "x-sender",
    "arc-",
    "authentication-results-",
    "content-",
    "list-",
    "resent-",
    "x-google-",
    "x-mimecast-",
    "x-proofpoint-",
    "x-sid-",
    "x-received",
];

/// What a field name says about the text it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Familiarity {
    /// Shaped like a field name.
    Unknown,
    /// People type it, too.
    Common,
    /// Only mail systems write it.
    System,
}

/// The name of a line that is shaped like a header field (`Name: value`), without the colon.
pub(super) fn field_name(line: &[u8]) -> Option<&[u8]> {
    /// The longest names in the wild have about 60 characters.
    const LONGEST: usize = 100;
    let colon = memchr::memchr(b':', &line[..line.len().min(LONGEST)])?;
    let name = line[..colon].trim_ascii_end();
    let shaped = name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    shaped.then_some(name)
}

/// How familiar a field name is.
pub(super) fn familiarity(name: &[u8]) -> Familiarity {
    let is = |known: &&str| name.eq_ignore_ascii_case(known.as_bytes());
    let begins = |family: &&str| {
        name.get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family.as_bytes()))
    };
    if WRITTEN_BY_SYSTEMS.iter().any(is) || FAMILIES.iter().any(begins) {
        Familiarity::System
    } else if COMMON.iter().any(is) {
        Familiarity::Common
    } else {
        Familiarity::Unknown
    }
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
    fn names_written_by_systems_are_told_from_names_people_type() {
        assert_eq!(familiarity(b"X-Forefront-Antispam-Report"), Familiarity::System);
        assert_eq!(familiarity(b"RECEIVED"), Familiarity::System);
        assert_eq!(familiarity(b"Subject"), Familiarity::Common);
        assert_eq!(familiarity(b"Note"), Familiarity::Unknown);
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
