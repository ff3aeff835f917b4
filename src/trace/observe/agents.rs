//! What agents wrote into `custom_data`: spam, malware, mail flow rule and DLP entries
//! (`trace-formats.md` §9).

use super::super::columns::Field;
use super::super::custom_data::{self, Agent, Member};
use super::super::statement::Kind;
use super::Sink;

/// Says what the members of a `custom_data` cell tell about a delivery.
pub(super) fn observe(cell: &str, text: &mut String, field: Field, sink: &mut impl Sink) {
    let known = |initial: &[u8; 4]| {
        matches!(initial, b"SFA=" | b"AMA=" | b"TRA=" | b"DPA=" | b"BCL=" | b"Acco" | b"Tena")
    };
    let mut members = custom_data::members(cell);
    while let Some(member) = members.next_like(known) {
        let Some(agent) = member.agent() else { continue };
        match agent.key {
            "SFA" => spam(&member, &agent, field, sink),
            "AMA" => malware(&member, &agent, text, field, sink),
            "TRA" => transport_rule(&member, &agent, text, field, sink),
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
    for piece in agent.pieces() {
        let Some((kind, value)) = spam_value(piece) else { continue };
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

/// What a piece of the spam filter's entry tells, and its value. Most pieces tell nothing, and all of
/// them are looked at in every row of the filter: a name is told by its length, then by its letters.
fn spam_value(piece: &str) -> Option<(Kind, &str)> {
    // clearing this bit turns a letter, and nothing but a letter, into its capital
    let capital = |byte: u8| byte & !0x20;
    let (length, kind) = match *piece.as_bytes() {
        [a, b'=', ..] if capital(a) == b'H' => (1, Kind::Helo),
        [a, b, b'=', ..] if [a, b].map(capital) == *b"DI" => (2, Kind::Di),
        [_, b'=', ..] | [_, _, b'=', ..] => return None,
        [a, b, c, b'=', ..] => {
            let kind = match (capital(a), &[b, c].map(capital)) {
                (b'S', b"FV") => Kind::Sfv,
                (b'S', b"CL") => Kind::Scl,
                (b'S', b"RV") => Kind::Bulk,
                (b'C', b"IP") => Kind::Cip,
                (b'C', b"AT") => Kind::Cat,
                (b'I', b"PV") => Kind::Ipv,
                (b'B', b"CL") => Kind::Bcl,
                (b'D', b"IR") => Kind::Direction,
                (b'P', b"TR") => Kind::Ptr,
                _ => return None,
            };
            (3, kind)
        }
        [a, b, c, d, b'=', ..] => match &[a, b, c, d].map(capital) {
            b"CTRY" => (4, Kind::Country),
            b"LANG" => (4, Kind::Language),
            _ => return None,
        },
        _ => return None,
    };
    Some((kind, &piece[length + 1..]))
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
    text: &mut String,
    field: Field,
    sink: &mut impl Sink,
) {
    if !agent.group.eq_ignore_ascii_case("ETR") {
        return;
    }
    rule(agent, "mode", text);
    sink.say(Kind::TransportRule, text, field, member.text());
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
            ("h=mail=x", Some((Kind::Helo, "mail=x"))),
            ("DI==", Some((Kind::Di, "="))),
            ("CTRY=", Some((Kind::Country, ""))),
            ("lang=é", Some((Kind::Language, "é"))),
            ("SFV", None),
            ("SFVX=1", None),
            (" SFV=1", None),
            ("SF=SPM", None),
            ("=SFV=1", None),
            ("\0H=x", None),
            ("", None),
        ] {
            assert_eq!(spam_value(piece), expected, "{piece}");
        }
    }
}
