//! What agents wrote into `custom_data`: spam, malware, mail flow rule and DLP entries
//! (`trace-formats.md` §9).

use super::super::columns::Field;
use super::super::custom_data::{self, Agent, Member};
use super::super::statement::Kind;
use super::{Scratch, Sink};
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
    while let Some(member) = members.next_like(known) {
        let Some(agent) = member.agent() else { continue };
        match agent.key {
            "SFA" => spam(&member, &agent, field, sink),
            "AMA" => malware(&member, &agent, text, field, sink),
            "TRA" => transport_rule(&member, &agent, rules, field, sink),
            "DPA" => dlp(&member, &agent, text, field, sink),
            "AccountForest" => plain(Kind::AccountForest, &member, field, sink),
            "TenantEopForest" => plain(Kind::EopForest, &member, field, sink),
            "BCL" => plain(Kind::Bcl, &member, field, sink),
            _ => {}
        }
    }
}

fn plain(kind: Kind, member: &Member<'_>, field: Field, sink: &mut impl Sink) {
    if let Some(value) = member.value().filter(|value| !value.is_empty()) {
        sink.say(kind, value, field, member.text());
    }
}

fn spam(member: &Member<'_>, agent: &Agent<'_>, field: Field, sink: &mut impl Sink) {
    let (list, mut pieces) = (agent.list(), agent.pieces());
    while let Some(place) = pieces.next_place() {
        let Some((kind, name)) = spam_value(&list.as_bytes()[place.clone()]) else { continue };
        let value = &list[place.start + name + 1..place.end];
        let value = match kind {
            _ if value.is_empty() => continue,
            // newer generations write words in place of the codes
            Kind::Sfv if value.eq_ignore_ascii_case("NotSpam") => "NSPM",
            Kind::Sfv if value.eq_ignore_ascii_case("Spam") => "SPM",
            Kind::Bulk if !value.eq_ignore_ascii_case("BULK") => continue,
            _ => value,
        };
        sink.say(kind, value, field, member.text());
    }
}

/// What a piece of the spam filter's entry tells, and the length of its name. Most pieces tell nothing, and
/// all of them are looked at in every row of the filter: four bytes tell which.
fn spam_value(piece: &[u8]) -> Option<(Kind, usize)> {
    // clearing this bit turns a letter, and nothing but a letter, into its capital
    let capital = |byte: u8| byte & !0x20;
    let Some(head) = piece.first_chunk::<4>() else { return of_short_name(piece) };
    if head[3] == b'=' {
        let [a, b, c, _] = head.map(capital);
        let kind = match &[a, b, c] {
            b"SFV" => Kind::Sfv,
            b"SCL" => Kind::Scl,
            b"SRV" => Kind::Bulk,
            b"CIP" => Kind::Cip,
            b"CAT" => Kind::Cat,
            b"IPV" => Kind::Ipv,
            b"BCL" => Kind::Bcl,
            b"DIR" => Kind::Direction,
            b"PTR" => Kind::Ptr,
            // `H=a=`
            _ => return of_short_name(head),
        };
        return Some((kind, 3));
    }
    match &head.map(capital) {
        b"CTRY" if piece.get(4) == Some(&b'=') => Some((Kind::Country, 4)),
        b"LANG" if piece.get(4) == Some(&b'=') => Some((Kind::Language, 4)),
        _ => of_short_name(head),
    }
}

/// As [`spam_value`], of a piece whose name has at most two letters, if it tells something.
fn of_short_name(piece: &[u8]) -> Option<(Kind, usize)> {
    match *piece {
        [b'H' | b'h', b'=', ..] => Some((Kind::Helo, 1)),
        [b'D' | b'd', b'I' | b'i', b'=', ..] => Some((Kind::Di, 2)),
        _ => None,
    }
}

/// Only entries with `v=1` found something.
fn malware(
    member: &Member<'_>,
    agent: &Agent<'_>,
    text: &mut String,
    field: Field,
    sink: &mut impl Sink,
) {
    if agent.get("v") != Some("1") {
        return;
    }
    text.clear();
    text.push_str(agent.get("action").unwrap_or_default());
    text.push('|');
    text.push_str(agent.get("name").unwrap_or_default());
    sink.say(Kind::Malware, text, field, member.text());
}

fn transport_rule(
    member: &Member<'_>,
    agent: &Agent<'_>,
    rules: &mut Rules,
    field: Field,
    sink: &mut impl Sink,
) {
    if !agent.group.eq_ignore_ascii_case("ETR") {
        return;
    }
    if let Some(told) = rules.0.get(member.text()) {
        return sink.say(Kind::TransportRule, told, field, member.text());
    }
    let mut told = String::new();
    rule(agent, "mode", &mut told);
    sink.say(Kind::TransportRule, &told, field, member.text());
    if rules.0.len() < Rules::MOST {
        rules.0.insert(member.text().into(), told.into());
    }
}

/// An entry without action was evaluated and did not match.
fn dlp(
    member: &Member<'_>,
    agent: &Agent<'_>,
    text: &mut String,
    field: Field,
    sink: &mut impl Sink,
) {
    if agent.group.eq_ignore_ascii_case("DPR") && rule(agent, "policyId", text) {
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
            ("\0H=x", None),
            ("", None),
        ] {
            let found = spam_value(piece.as_bytes());
            assert_eq!(found.map(|(kind, name)| (kind, &piece[name + 1..])), expected, "{piece}");
        }
    }
}
