//! What the name of a header tells by itself.
//!
//! The same few hundred names stand in message after message: what one tells is found out once and kept.

use super::gateway::{self, Marks};
use super::headers::key;
use super::origin;
use crate::campaign::platforms;
use crate::tenant::bypass_header::{self, BypassHeader};
use foldhash::fast::RandomState;
use std::cell::Cell;
use std::collections::HashMap;

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
pub(crate) enum Familiarity {
    /// Shaped like a field name.
    Unknown,
    /// People type it, too.
    Common,
    /// Only mail systems write it.
    System,
}

/// The headers that facts are read from, by what reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Received,
    AuthenticationResults,
    Report,
    UntrustedReport,
    Antispam,
    MailboxDelivery,
    CustomSpam,
    SkipListed,
    OriginalSender,
    Organization,
    Other,
}

/// The families that are one name each.
const SINGLE: [(&str, Family); 10] = [
    ("Received", Family::Received),
    ("Authentication-Results", Family::AuthenticationResults),
    ("Authentication-Results-Original", Family::AuthenticationResults),
    ("X-Forefront-Antispam-Report", Family::Report),
    ("X-Forefront-Antispam-Report-Untrusted", Family::UntrustedReport),
    ("X-Microsoft-Antispam", Family::Antispam),
    ("X-Microsoft-Antispam-Mailbox-Delivery", Family::MailboxDelivery),
    ("X-CustomSpam", Family::CustomSpam),
    ("X-MS-Exchange-SkipListedInternetSender", Family::SkipListed),
    ("X-MS-Exchange-ExternalOriginalInternetSender", Family::OriginalSender),
];

/// Prefixes under which organisation headers travel; hybrid connectors rename them (`headers.md` §4.1).
pub(super) const ORGANIZATION: [&str; 2] =
    ["X-MS-Exchange-Organization-", "X-MS-Exchange-CrossPremises-"];

/// Whether a text begins with that prefix, in any case.
pub(crate) fn begins(text: impl AsRef<[u8]>, prefix: &str) -> bool {
    let start = text.as_ref().get(..prefix.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// Whether a gateway leaves headers of that name.
pub(crate) fn is_gateways(name: &str) -> bool {
    gateway::vendor_of_header(name).is_some()
}

/// What a name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traits {
    /// Whether it is not as mail systems form names: letters, digits and `-_.`, the first a letter.
    pub(super) odd: bool,
    /// What it says about the text it stands in.
    pub(crate) familiarity: Familiarity,
    /// Whether there is a hyphen in it.
    pub(crate) dashed: bool,
    /// What reads it.
    pub(super) family: Family,
    /// The gateway that leaves such a header.
    pub(super) gateway: Option<&'static Marks>,
    /// Whether the header may mark a simulation.
    pub(super) may_mark: bool,
    /// Whether it is among the organisation headers that only an export shows.
    pub(super) export_only: bool,
    /// The bypass header that it is or means to be.
    pub(crate) bypass: Option<&'static BypassHeader>,
}

impl Traits {
    /// Whether facts are read from such a header.
    pub(super) fn is_read(&self) -> bool {
        self.may_mark || !matches!(self.family, Family::Organization | Family::Other)
    }

    /// What `name` tells, if it is a name: printable ASCII without blanks and colons.
    fn of(name: &[u8]) -> Option<Self> {
        let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
        if !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
            return None;
        }
        let usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let single = SINGLE.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let of_organization = ORGANIZATION.iter().any(|prefix| begins(name, prefix));
        let family = match single {
            Some((_, family)) => *family,
            None if of_organization => Family::Organization,
            None => Family::Other,
        };
        Some(Traits {
            odd: !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.bytes().all(usual),
            familiarity: familiarity(name.as_bytes()),
            dashed: name.contains('-'),
            family,
            gateway: gateway::vendor_of_header(name),
            may_mark: platforms::is_mark(name),
            export_only: origin::is_export_only(name),
            bypass: bypass_header::meant(name),
        })
    }
}

/// How familiar a field name is.
pub(crate) fn familiarity(name: &[u8]) -> Familiarity {
    let is = |known: &&str| name.eq_ignore_ascii_case(known.as_bytes());
    if WRITTEN_BY_SYSTEMS.iter().any(is) || FAMILIES.iter().any(|family| begins(name, family)) {
        Familiarity::System
    } else if COMMON.iter().any(is) {
        Familiarity::Common
    } else {
        Familiarity::Unknown
    }
}

/// The longest name, in bytes.
const LONGEST: usize = 255;
/// Names of mail systems are shorter: the longest in the wild have about 60 characters.
pub(crate) const USUAL_LENGTH: usize = 100;

/// A name seen before.
pub(super) struct Known {
    pub(super) name: Box<[u8]>,
    /// [`key`] of the name.
    pub(super) key: u64,
    /// What it tells.
    pub(super) traits: Traits,
    /// Place of the name that stood behind it when it was seen last: the same systems write the same headers
    /// in the same order, so that most names need not be looked up.
    next: usize,
}

/// The names seen with what they tell.
#[derive(Default)]
pub(super) struct Memory {
    known: Vec<Known>,
    places: HashMap<Box<[u8]>, usize, RandomState>,
    /// Place of the name seen last.
    last: usize,
}

thread_local! {
    static MEMORY: Cell<Memory> = Cell::default();
}

impl Memory {
    /// Names kept at a time, far more than real mail has: only an attack makes up more.
    const MOST: usize = 4096;

    /// The memory of this thread; [`Memory::put_back`] returns it.
    pub(super) fn take() -> Self {
        MEMORY.take()
    }

    pub(super) fn put_back(self) {
        MEMORY.set(self);
    }

    /// The header name that `line` begins with, if it begins with one, and where its colon is; blanks before
    /// that are tolerated.
    #[inline]
    pub(super) fn name_of(&mut self, line: &[u8]) -> Option<(&Known, usize)> {
        let next = self.known.get(self.last).map_or(0, |last| last.next);
        let (place, colon) = match self.known.get(next) {
            Some(Known { name, .. })
                if line.get(name.len()) == Some(&b':') && line.starts_with(name) =>
            {
                (next, name.len())
            }
            _ => {
                let colon = memchr::memchr(b':', &line[..line.len().min(LONGEST + 1)])?;
                let place = self.place(line[..colon].trim_ascii_end())?;
                if let Some(last) = self.known.get_mut(self.last) {
                    last.next = place;
                }
                (place, colon)
            }
        };
        self.last = place;
        Some((self.known.get(place)?, colon))
    }

    /// Place of `name`, if it is a name.
    fn place(&mut self, name: &[u8]) -> Option<usize> {
        if let Some(place) = self.places.get(name) {
            return Some(*place);
        }
        let traits = Traits::of(name)?;
        if self.known.len() >= Self::MOST {
            self.known.clear();
            self.places.clear();
        }
        let place = self.known.len();
        self.known.push(Known { name: name.into(), key: key(&[name]), traits, next: 0 });
        self.places.insert(name.into(), place);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traits(memory: &mut Memory, name: &str) -> Traits {
        memory.name_of(format!("{name}: value").as_bytes()).unwrap().0.traits
    }

    #[test]
    fn names_written_by_systems_are_told_from_names_people_type() {
        assert_eq!(familiarity(b"X-Forefront-Antispam-Report"), Familiarity::System);
        assert_eq!(familiarity(b"RECEIVED"), Familiarity::System);
        assert_eq!(familiarity(b"Subject"), Familiarity::Common);
        assert_eq!(familiarity(b"Note"), Familiarity::Unknown);
    }

    #[test]
    fn a_name_tells_the_same_when_it_comes_again() {
        let mut memory = Memory::default();
        for _ in 0..2 {
            let mut family = |name: &str| traits(&mut memory, name).family;
            assert_eq!(family("received"), Family::Received);
            assert_eq!(family("X-MS-Exchange-CrossPremises-scl"), Family::Organization);
            assert_eq!(family("X-Received"), Family::Other);
            let mimecast = traits(&mut memory, "X-Mimecast-Spam-Score");
            assert!(mimecast.gateway.is_some() && !mimecast.may_mark);
            assert!(traits(&mut memory, "X-PHISHTEST").may_mark);
        }
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut memory = Memory::default();
        for number in 0..3 * Memory::MOST {
            traits(&mut memory, &format!("X-Made-Up-{number}"));
        }
        assert!(memory.known.len() <= Memory::MOST && memory.places.len() <= Memory::MOST);
    }
}
