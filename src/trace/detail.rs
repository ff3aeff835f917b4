//! `Detail` texts of Get-MessageTraceDetail, and the `{LED=…}` reasons that FAIL, DEFER and DROP
//! carry (`trace-formats.md` §4).

use super::identity::Guid;
use super::recipient_status::folder;
use memchr::{memchr_iter, memmem};
use nom::{
    IResult, Parser,
    bytes::complete::{tag, tag_no_case, take_until},
    combinator::opt,
    sequence::delimited,
};

/// `[{LED=…};{MSG=…};{FQDN=…};{IP=…};{LRT=…}]`; the end may be cut off. Empty parts are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reason<'a> {
    /// Last error: `<smtp> <x.y.z> <text>`.
    pub led: Option<&'a str>,
    /// The remote system's message.
    pub msg: Option<&'a str>,
    /// Name of the remote system.
    pub fqdn: Option<&'a str>,
    /// Its address.
    pub ip: Option<&'a str>,
    /// Time of the last retry.
    pub lrt: Option<&'a str>,
}

impl<'a> Reason<'a> {
    /// Reads the parts; `None` where `text` has no `{LED=`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut rest = &text[memmem::find(text.as_bytes(), b"{LED=")?..];
        let mut reason = Reason::default();
        while let Some(open) = rest.find('{') {
            rest = &rest[open + 1..];
            let Some((key, tail)) = rest.split_once('=') else { break };
            // a text may hold `}`: the part ends where another begins or the list closes
            let ends =
                |at: &usize| matches!(tail.as_bytes()[at + 1..], [b']', ..] | [b';', b'{', ..]);
            let end = memchr_iter(b'}', tail.as_bytes()).find(ends);
            let value = match end {
                Some(end) => &tail[..end],
                None => tail.strip_suffix('}').unwrap_or(tail),
            };
            let value = Some(value.trim()).filter(|value| !value.is_empty());
            match key {
                "LED" => reason.led = reason.led.or(value),
                "MSG" => reason.msg = reason.msg.or(value),
                "FQDN" => reason.fqdn = reason.fqdn.or(value),
                "IP" => reason.ip = reason.ip.or(value),
                "LRT" => reason.lrt = reason.lrt.or(value),
                _ => {}
            }
            let Some(end) = end else { break };
            rest = &tail[end + 1..];
            if rest.starts_with(']') {
                break;
            }
        }
        Some(reason)
    }
}

/// A mail flow rule or DLP rule that a detail row names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleText<'a> {
    /// Name of the rule; may be empty.
    pub name: &'a str,
    /// Its GUID; `None` for a deleted rule (`-1`).
    pub id: Option<Guid>,
    /// Name of the DLP policy; may be empty.
    pub policy: &'a str,
}

/// What a detail text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail<'a> {
    /// Delivered to `DefaultFolderType:<X>`.
    Folder(&'a str),
    /// Why it failed, was put off or dropped.
    Reason(Reason<'a>),
    /// A mail flow rule acted.
    TransportRule(RuleText<'a>),
    /// A DLP rule matched.
    DlpRule(RuleText<'a>),
    /// `Spam confidence level: <n>`.
    Scl(i8),
    /// Anything else, as it stands.
    Other(&'a str),
}

impl<'a> Detail<'a> {
    /// Reads a detail text.
    pub fn parse(text: &'a str) -> Self {
        let text = text.trim();
        if let Some(folder) = folder(text) {
            return Detail::Folder(folder);
        }
        if let Ok((_, rule)) = rule("Transport rule:").parse(text) {
            return Detail::TransportRule(rule);
        }
        if let Ok((_, rule)) = rule("DLP rule:").parse(text) {
            return Detail::DlpRule(rule);
        }
        if let Some(level) = scl(text) {
            return Detail::Scl(level);
        }
        Reason::parse(text).map_or(Detail::Other(text), Detail::Reason)
    }
}

fn scl(text: &str) -> Option<i8> {
    const LABEL: &str = "Spam confidence level:";
    let head = text.get(..LABEL.len())?;
    head.eq_ignore_ascii_case(LABEL).then(|| text[LABEL.len()..].trim().parse().ok()).flatten()
}

/// `<label> '<name>', ID: ('<guid>')[, DLP policy: '<policy>', ID: (<guid>).]`.
fn rule<'a>(label: &'static str) -> impl Fn(&'a str) -> IResult<&'a str, RuleText<'a>> {
    move |text| {
        let (text, _) = tag_no_case(label).parse(text)?;
        let (text, name) =
            delimited(tag(" '"), take_until("', ID: ("), tag("', ID: (")).parse(text)?;
        let (text, id) = take_until(")").parse(text)?;
        let policy = delimited(tag("), DLP policy: '"), take_until("', ID: ("), tag("', ID: ("));
        let (text, policy) = opt(policy).parse(text)?;
        let id = Guid::parse(id.trim_matches('\''));
        Ok((text, RuleText { name, id, policy: policy.unwrap_or_default() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_reason_gives_its_parts_whole_or_cut() {
        let whole = "Reason: [{LED=550 5.1.10 RESOLVER.ADR.RecipientNotFound; not {found}};{MSG=};\
            {FQDN=mx.contoso.example};{IP=198.51.100.7};{LRT=3/2/2026 8:15:03 AM}]";
        let reason = Reason::parse(whole).unwrap();
        assert_eq!(reason.led, Some("550 5.1.10 RESOLVER.ADR.RecipientNotFound; not {found}"));
        assert_eq!(reason.msg, None);
        assert_eq!(reason.fqdn, Some("mx.contoso.example"));
        assert_eq!(reason.ip, Some("198.51.100.7"));
        assert_eq!(reason.lrt, Some("3/2/2026 8:15:03 AM"));
        let cut = Reason::parse("Reason: [{LED=451 4.7.500 Server busy (AS843)};{MSG=45").unwrap();
        assert_eq!(cut.led, Some("451 4.7.500 Server busy (AS843)"));
        assert_eq!(cut.msg, Some("45"));
        assert_eq!(Reason::parse("The message was submitted."), None);
    }

    #[test]
    fn rule_texts_give_name_and_guid() {
        let text = "Transport rule: 'Block 'em, all', ID: ('9d0c4b1e-7a2f-4c3d-8e5b-6f1a2b3c4d5e'), \
            DLP policy: '', ID: (00000000-0000-0000-0000-000000000000).";
        let Detail::TransportRule(rule) = Detail::parse(text) else { panic!("a rule") };
        assert_eq!(rule.name, "Block 'em, all");
        assert_eq!(rule.id.unwrap().to_string(), "9d0c4b1e-7a2f-4c3d-8e5b-6f1a2b3c4d5e");
        let text = "DLP rule: 'Cards', ID: ('9d0c4b1e-7a2f-4c3d-8e5b-6f1a2b3c4d5e'), DLP policy: \
            'PCI', ID: (9d0c4b1e-7a2f-4c3d-8e5b-6f1a2b3c4d5f).";
        let Detail::DlpRule(rule) = Detail::parse(text) else { panic!("a DLP rule") };
        assert_eq!((rule.name, rule.policy), ("Cards", "PCI"));
        let Detail::TransportRule(gone) = Detail::parse("Transport rule: '', ID: ('-1').") else {
            panic!("a deleted rule");
        };
        assert_eq!(gone.id, None);
    }

    #[test]
    fn folders_and_levels_are_read() {
        let text = "The message was successfully delivered to the folder: DefaultFolderType:Inbox";
        assert_eq!(Detail::parse(text), Detail::Folder("Inbox"));
        assert_eq!(Detail::parse("Spam confidence level: 8"), Detail::Scl(8));
        assert_eq!(
            Detail::parse("Spam confidence level: high"),
            Detail::Other("Spam confidence level: high")
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in any::<String>()) {
            let _ = Detail::parse(&text);
        }

        #[test]
        fn any_arrangement_of_marks_is_read(text in "[{}\\[\\]=;LED' ,:ID()é]{0,60}") {
            let _ = Detail::parse(&text);
            let _ = Reason::parse(&format!("{{LED={text}"));
        }
    }
}
