//! What agents wrote into `custom_data`: spam, malware, mail flow rule and DLP entries
//! (`trace-formats.md` §9).

use super::super::columns::Field;
use super::super::custom_data::{self, Agent, Member};
use super::super::statement::Kind;
use super::{Scratch, Sink};
use crate::marks::Marks;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// What entries of mail flow rules say, by their text: a rule writes the same into message after message.
#[derive(Debug, Default)]
pub(super) struct Rules(HashMap<Box<str>, Box<str>, RandomState>);

impl Rules {
    /// Entries at hand: tenants have some hundred rules.
    const MOST: usize = 1024;
}

/// Says what the members of a `custom_data` cell tell about a delivery.
pub(super) fn observe(cell: &str, scratch: &mut Scratch, field: Field, sink: &mut impl Sink) {
    let Scratch { text, rules } = scratch;
    let known = |initial: &[u8; 4]| {
        matches!(initial, b"SFA=" | b"AMA=" | b"TRA=" | b"DPA=" | b"BCL=" | b"Acco" | b"Tena")
    };
    let mut members = custom_data::members(cell);
    while let Some((initial, member)) = members.next_like(known) {
        match &initial {
            b"SFA=" => spam(&member, field, sink),
            b"AMA=" => malware(&member, text, field, sink),
            b"TRA=" => transport_rule(&member, rules, field, sink),
            b"DPA=" => dlp(&member, text, field, sink),
            b"BCL=" => plain(Kind::Bcl, &member, field, sink),
            _ => forest(&member, field, sink),
        }
    }
}

fn forest(member: &Member<'_>, field: Field, sink: &mut impl Sink) {
    match member.key() {
        "AccountForest" => plain(Kind::AccountForest, member, field, sink),
        "TenantEopForest" => plain(Kind::EopForest, member, field, sink),
        _ => {}
    }
}

fn plain(kind: Kind, member: &Member<'_>, field: Field, sink: &mut impl Sink) {
    if let Some(value) = member.value().filter(|value| !value.is_empty()) {
        sink.say(kind, value, field, member.text());
    }
}

fn spam(member: &Member<'_>, field: Field, sink: &mut impl Sink) {
    let text = member.text();
    // what the piece at hand tells, and where its value begins
    let mut told = None;
    Marks::new(text, b'|').for_each(|bar| {
        if let Some((kind, begin)) = told {
            say_spam(kind, &text[begin..bar], member, field, sink);
        }
        let begin = bar + 1;
        told = spam_value(&text.as_bytes()[begin..]).map(|(kind, name)| (kind, begin + name + 1));
    });
    if let Some((kind, begin)) = told {
        say_spam(kind, &text[begin..], member, field, sink);
    }
}

fn say_spam(kind: Kind, value: &str, member: &Member<'_>, field: Field, sink: &mut impl Sink) {
    let value = match kind {
        _ if value.is_empty() => return,
        // newer generations write words in place of the codes
        Kind::Sfv if value.eq_ignore_ascii_case("NotSpam") => "NSPM",
        Kind::Sfv if value.eq_ignore_ascii_case("Spam") => "SPM",
        Kind::Bulk if !value.eq_ignore_ascii_case("BULK") => return,
        _ => value,
    };
    sink.say(kind, value, field, member.text());
}

/// Four bytes as one number. Clearing this bit turns a letter, and nothing but a letter, into its capital.
const fn capitals(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes) & 0xDFDF_DFDF
}

/// What a piece of the spam filter's entry tells, and the length of its name; other pieces may stand behind
/// it. Most pieces tell nothing, and all of them are looked at in every row of the filter: four bytes tell
/// which.
#[inline(always)]
fn spam_value(piece: &[u8]) -> Option<(Kind, usize)> {
    const SFV: u32 = capitals(*b"SFV=");
    const SCL: u32 = capitals(*b"SCL=");
    const SRV: u32 = capitals(*b"SRV=");
    const CIP: u32 = capitals(*b"CIP=");
    const CAT: u32 = capitals(*b"CAT=");
    const IPV: u32 = capitals(*b"IPV=");
    const BCL: u32 = capitals(*b"BCL=");
    const DIR: u32 = capitals(*b"DIR=");
    const PTR: u32 = capitals(*b"PTR=");
    const CTRY: u32 = capitals(*b"CTRY");
    const LANG: u32 = capitals(*b"LANG");
    let Some(head) = piece.first_chunk() else { return of_short_name(piece) };
    let (kind, length) = match capitals(*head) {
        SFV => (Kind::Sfv, 3),
        SCL => (Kind::Scl, 3),
        SRV => (Kind::Bulk, 3),
        CIP => (Kind::Cip, 3),
        CAT => (Kind::Cat, 3),
        IPV => (Kind::Ipv, 3),
        BCL => (Kind::Bcl, 3),
        DIR => (Kind::Direction, 3),
        PTR => (Kind::Ptr, 3),
        CTRY => (Kind::Country, 4),
        LANG => (Kind::Language, 4),
        _ => return of_short_name(head),
    };
    (piece.get(length) == Some(&b'=')).then_some((kind, length))
}

/// As [`spam_value`], of a piece whose name has at most two letters, if it tells something.
#[inline]
fn of_short_name(piece: &[u8]) -> Option<(Kind, usize)> {
    match *piece {
        [b'H' | b'h', b'=', ..] => Some((Kind::Helo, 1)),
        [b'D' | b'd', b'I' | b'i', b'=', ..] => Some((Kind::Di, 2)),
        _ => None,
    }
}

/// Only entries with `v=1` found something.
fn malware(member: &Member<'_>, text: &mut String, field: Field, sink: &mut impl Sink) {
    // what nearly all entries are
    if member.text().starts_with("S:AMA=SUM|v=0|") {
        return;
    }
    let Some(agent) = member.agent() else { return };
    if agent.get("v") != Some("1") {
        return;
    }
    text.clear();
    text.push_str(agent.get("action").unwrap_or_default());
    text.push('|');
    text.push_str(agent.get("name").unwrap_or_default());
    sink.say(Kind::Malware, text, field, member.text());
}

fn transport_rule(member: &Member<'_>, rules: &mut Rules, field: Field, sink: &mut impl Sink) {
    if !member.is_of_group(3, "ETR") {
        return;
    }
    if let Some(told) = rules.0.get(member.text()) {
        return sink.say(Kind::TransportRule, told, field, member.text());
    }
    let Some(agent) = member.agent() else { return };
    let mut told = String::new();
    rule(&agent, "mode", &mut told);
    sink.say(Kind::TransportRule, &told, field, member.text());
    if rules.0.len() < Rules::MOST {
        rules.0.insert(member.text().into(), told.into());
    }
}

/// An entry without action was evaluated and did not match.
fn dlp(member: &Member<'_>, text: &mut String, field: Field, sink: &mut impl Sink) {
    let entry = member.agent().filter(|agent| agent.group.eq_ignore_ascii_case("DPR"));
    if entry.is_some_and(|agent| rule(&agent, "policyId", text)) {
        sink.say(Kind::Dlp, text, field, member.text());
    }
}

/// Writes `guid||third|action,action`, the form of rules without a name. Whether there is an action.
fn rule(agent: &Agent<'_>, third: &str, text: &mut String) -> bool {
    let (mut id, mut other, mut first, mut actions) = ("", "", "", 0);
    for (name, value) in agent.pairs() {
        let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
        if name.eq_ignore_ascii_case("action") {
            actions += 1;
            first = if actions == 1 { value } else { first };
        } else if id.is_empty() && name.eq_ignore_ascii_case("ruleId") {
            id = value;
        } else if other.is_empty() && name.eq_ignore_ascii_case(third) {
            other = value;
        }
    }
    text.clear();
    for part in [id, "||", other, "|", first] {
        text.push_str(part);
    }
    // one action is the rule
    if actions > 1 {
        for action in agent.all("action").skip(1) {
            text.push(',');
            text.push_str(action);
        }
    }
    actions > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_the_spam_filter_is_told_by_its_whole_name() {
        for (piece, expected) in [
            ("SFV=SPM", Some((Kind::Sfv, "SPM"))),
            ("sfv=NotSpam", Some((Kind::Sfv, "NotSpam"))),
            ("CAT=", Some((Kind::Cat, ""))),
            ("h=mail=x", Some((Kind::Helo, "mail=x"))),
            ("H=a=", Some((Kind::Helo, "a="))),
            ("H=ab=x", Some((Kind::Helo, "ab=x"))),
            ("H=", Some((Kind::Helo, ""))),
            ("DI=", Some((Kind::Di, ""))),
            ("DI==", Some((Kind::Di, "="))),
            ("di=SJ", Some((Kind::Di, "SJ"))),
            ("CTRY=", Some((Kind::Country, ""))),
            ("CTRYX=", None),
            ("lang=é", Some((Kind::Language, "é"))),
            ("SFV", None),
            ("SFVX=1", None),
            (" SFV=1", None),
            ("SF=SPM", None),
            ("=SFV=1", None),
            ("SFV\x1dSPM", None),
            ("SFS=1|SFV=SPM", None),
            ("SF|SFV=SPM", None),
            ("\0H=x", None),
            ("", None),
        ] {
            let found = spam_value(piece.as_bytes());
            assert_eq!(found.map(|(kind, name)| (kind, &piece[name + 1..])), expected, "{piece}");
        }
    }

    /// What an entry of the spam filter says, in order.
    #[derive(Default)]
    struct Heard(Vec<(Kind, String)>);

    impl Sink for Heard {
        fn recipient(&mut self, _: &str) {}

        fn say(&mut self, kind: Kind, value: &str, _: Field, _: &str) {
            self.0.push((kind, value.to_owned()));
        }
    }

    proptest::proptest! {
        #[test]
        fn the_spam_filter_says_what_its_pieces_tell_one_by_one(pieces in proptest::collection::vec("(SFV|scl|SRV|H|DI|CTRY|LAT|SFS)?=?(SPM|Spam|bulk|9|é|=|)", 0..30)) {
            let cell = format!("S:SFA=SUM|{}", pieces.join("|"));
            let mut heard = Heard::default();
            observe(&cell, &mut Scratch::default(), Field::CustomData, &mut heard);
            let mut plain = Heard::default();
            for member in custom_data::members(&cell) {
                for piece in member.agent().iter().flat_map(custom_data::Agent::pieces) {
                    if let Some((kind, name)) = spam_value(piece.as_bytes()) {
                        say_spam(kind, &piece[name + 1..], &member, Field::CustomData, &mut plain);
                    }
                }
            }
            proptest::prop_assert_eq!(heard.0, plain.0);
        }

        #[test]
        fn an_entry_is_of_the_group_that_its_agent_tells(member in "(S:)?TRA=(ETR|etr|ETRP|DPR|)(\\|a=b)?") {
            let all: Vec<_> = custom_data::members(&member).collect();
            let group = all[0].agent().map(|agent| agent.group.to_ascii_uppercase());
            proptest::prop_assert_eq!(all[0].is_of_group(3, "ETR"), group.as_deref() == Some("ETR"));
        }
    }
}
