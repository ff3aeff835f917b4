//! Pseudonyms: numbered by kind, in the order in which originals are first met.

use super::people;
use serde::Serialize;
use std::collections::HashMap;

/// What a pseudonym stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Address of a recipient.
    Recipient,
    /// Address of a sender.
    Sender,
    /// Any other address.
    Address,
    /// Display name of a person.
    Name,
    /// Subject.
    Subject,
    /// Tenant id.
    Tenant,
    /// Message-ID.
    Message,
    /// Network message id.
    NetworkMessage,
    /// Any other GUID.
    Id,
    /// Registrable domain.
    Domain,
    /// Host name.
    Host,
    /// IP address.
    Ip,
    /// Link.
    Link,
    /// Name of a header that only one organisation uses.
    Header,
    /// Encoded or opaque text that identifies somebody or something.
    Token,
    /// Path of a file.
    File,
    /// Name of a rule, a policy or a connector.
    Setting,
    /// Somebody's own words, or the value of a header that may hold any.
    Hidden,
}

impl Kind {
    /// Whether it is told by words that may mean nothing private elsewhere.
    pub(super) const fn is_words(self) -> bool {
        matches!(self, Kind::Name | Kind::Domain | Kind::Subject | Kind::Setting)
    }

    /// The word that its pseudonyms begin with.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Recipient => "recipient",
            Kind::Sender => "sender",
            Kind::Address => "address",
            Kind::Name => "name",
            Kind::Subject => "subject",
            Kind::Tenant => "tenant",
            Kind::Message => "message",
            Kind::NetworkMessage => "network-message",
            Kind::Id => "id",
            Kind::Domain => "domain",
            Kind::Host => "host",
            Kind::Ip => "ip",
            Kind::Link => "link",
            Kind::Header => "header",
            Kind::Token => "token",
            Kind::File => "file",
            Kind::Setting => "setting",
            Kind::Hidden => "hidden",
        }
    }
}

/// One pseudonym and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// The name given.
    pub pseudonym: String,
    /// What it stands for.
    pub original: String,
}

/// Longest original that is told from others by all of it, in bytes; two longer ones that begin alike and have one length
/// are the same: one that is met again and again would take time with the square of its length.
const LONGEST: usize = 4_096;

/// Every name given so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    given: HashMap<(Kind, String), usize>,
    counts: HashMap<Kind, usize>,
    entries: Vec<Entry>,
}

impl Names {
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The pseudonym of `original`, a new one where it has none. A person's name is the same in every spelling.
    pub(super) fn of(&mut self, kind: Kind, original: &str) -> String {
        let start = &original[..original.floor_char_boundary(LONGEST)];
        let folded = if kind == Kind::Name { people::folded(start) } else { String::new() };
        let mut key = if folded.is_empty() { start.to_owned() } else { folded };
        if start.len() < original.len() {
            key.push_str(&format!("… ({} bytes)", original.len()));
        }
        if let Some(entry) = self.given.get(&(kind, key.clone())) {
            return self.entries[*entry].pseudonym.clone();
        }
        let name = self.next(kind);
        self.give((kind, key), original, kind, name)
    }

    /// The pseudonym of an address that has one, whoever it was first met as.
    pub(super) fn address(&self, address: &str) -> Option<String> {
        let entry = self.given.get(&(Kind::Address, address.to_owned()))?;
        Some(self.entries[*entry].pseudonym.clone())
    }

    /// A new pseudonym for an address that has none, named after who it was first met as.
    pub(super) fn new_address(&mut self, kind: Kind, address: &str, domain: &str) -> String {
        let name = format!("{}@{domain}", self.next(kind));
        self.give((Kind::Address, address.to_owned()), address, kind, name)
    }

    fn next(&mut self, kind: Kind) -> String {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        format!("{}-{count}", kind.word())
    }

    fn give(
        &mut self,
        key: (Kind, String),
        original: &str,
        kind: Kind,
        pseudonym: String,
    ) -> String {
        self.given.insert(key, self.entries.len());
        let entry = Entry { kind, pseudonym: pseudonym.clone(), original: original.to_owned() };
        self.entries.push(entry);
        pseudonym
    }
}
