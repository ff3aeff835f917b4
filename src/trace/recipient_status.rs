//! What became of each recipient, in the two grammars of `recipient_status`
//! (`trace-formats.md` §1 and §2).

use super::detail::Reason;
use super::list;
use super::status_code::{self, StatusCode};
use memchr::memmem;

/// One recipient of an enhanced summary row: `address##Receive, Deliver`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The recipient's address, as it stands.
    pub address: &'a str,
    /// The event words as they stand, with `, ` between them.
    pub words: &'a str,
}

impl<'a> Entry<'a> {
    /// The event words, oldest first.
    pub fn events(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.words.split(',').map(str::trim).filter(|word| !word.is_empty())
    }
}

/// The recipients of an enhanced summary cell; one without `##` has no words.
pub fn entries(cell: &str) -> impl Iterator<Item = Entry<'_>> {
    list::members(cell).map(str::trim).filter(|member| !member.is_empty()).map(|member| {
        // an address may hold `#`, so the last `##` separates
        match member.rfind("##") {
            Some(at) => Entry { address: member[..at].trim(), words: &member[at + 2..] },
            None => Entry { address: member, words: "" },
        }
    })
}

/// One member of the extended report's `recipient_status`, in the order of `recipient_address`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status<'a> {
    /// Nothing stands there.
    Empty,
    /// `To`, `Cc` or `Bcc`.
    Envelope(&'a str),
    /// An SMTP answer: `250 2.1.5 …`, `550 5.4.1 …`.
    Answer(StatusCode<'a>),
    /// `[{LED=…};{MSG=…};…]`.
    Reason(Reason<'a>),
    /// A path through the resolver: `UserMailbox.Forwardable.Resolver.CreateRecipientItems.40`.
    Resolver(&'a str),
    /// `Message forked: …`.
    Forked(&'a str),
    /// `DefaultFolderType:…`, the folder's name.
    Folder(&'a str),
    /// Anything else, as it stands.
    Other(&'a str),
}

impl<'a> Status<'a> {
    /// Reads one member of the cell.
    pub fn parse(member: &'a str) -> Self {
        let text = member.trim();
        if text.is_empty() {
            Status::Empty
        } else if ["To", "Cc", "Bcc"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
            Status::Envelope(text)
        } else if let Some(folder) = folder(text) {
            Status::Folder(folder)
        } else if let Some(reason) = Reason::parse(text) {
            Status::Reason(reason)
        } else if let Some(code) = status_code::parse(text) {
            Status::Answer(code)
        } else if let Some(fork) = text.strip_prefix("Message forked:") {
            Status::Forked(fork.trim())
        } else if is_resolver_path(text) {
            Status::Resolver(text)
        } else {
            Status::Other(text)
        }
    }
}

/// The folder of `DefaultFolderType:<X>`, anywhere in `text`; an agent's name after it is left out.
pub fn folder(text: &str) -> Option<&str> {
    const LABEL: &str = "DefaultFolderType:";
    let name = &text[memmem::find(text.as_bytes(), LABEL.as_bytes())? + LABEL.len()..];
    let end = name.find(|c: char| !c.is_alphanumeric()).unwrap_or(name.len());
    (end > 0).then(|| &name[..end])
}

fn is_resolver_path(text: &str) -> bool {
    text.matches('.').count() >= 2
        && !text.contains(char::is_whitespace)
        && text.split('.').all(|part| !part.is_empty() && part.chars().all(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_summary_cell_names_each_recipient_with_its_events() {
        let cell = "ann@contoso.example##Receive, Deliver;\"Bob B<bob.b\"@contoso.example##Receive, \
            Fail;all##staff@contoso.example##Receive, Expand;lone@contoso.example";
        let all: Vec<_> = entries(cell).collect();
        assert_eq!(all.len(), 4);
        assert_eq!(all[0].events().collect::<Vec<_>>(), ["Receive", "Deliver"]);
        assert_eq!(all[1].address, "\"Bob B<bob.b\"@contoso.example");
        assert_eq!(all[1].events().last(), Some("Fail"));
        assert_eq!(all[2].address, "all##staff@contoso.example");
        assert_eq!(all[3].words, "");
    }

    #[test]
    fn the_shapes_of_the_extended_cell_are_told_apart() {
        assert_eq!(Status::parse(" "), Status::Empty);
        assert_eq!(Status::parse("Bcc"), Status::Envelope("Bcc"));
        assert_eq!(Status::parse("DefaultFolderType:JunkEmail"), Status::Folder("JunkEmail"));
        assert_eq!(
            Status::parse(
                "DefaultFolderType:QuarantinedEmailSecured-Mailbox Delivery Filter Agent"
            ),
            Status::Folder("QuarantinedEmailSecured")
        );
        let path = "UserMailbox.Forwardable.Resolver.CreateRecipientItems.40";
        assert_eq!(Status::parse(path), Status::Resolver(path));
        assert_eq!(
            Status::parse("Message forked: External Recipients"),
            Status::Forked("External Recipients")
        );
        let Status::Answer(code) = Status::parse("550 4.4.7 QUEUE.Expired;message expired") else {
            panic!("an SMTP answer");
        };
        assert_eq!(code.token, Some("QUEUE.Expired"));
        let Status::Reason(reason) = Status::parse("[{LED=550 5.7.1 no};{MSG=};{FQDN=}]") else {
            panic!("a reason");
        };
        assert_eq!(reason.led, Some("550 5.7.1 no"));
        assert_eq!(Status::parse("who knows"), Status::Other("who knows"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(cell in any::<String>()) {
            entries(&cell).for_each(|entry| entry.events().for_each(drop));
            list::members(&cell).map(Status::parse).for_each(drop);
        }
    }
}
