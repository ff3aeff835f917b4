//! What agents wrote into `custom_data`: spam, malware, mail flow rule and DLP entries
//! (`trace-formats.md` §9).

use super::super::columns::Field;
use super::super::custom_data::{self, Agent, Member};
use super::super::statement::Kind;
use super::Sink;

/// Says what the members of a `custom_data` cell tell about a delivery.
pub(super) fn observe(cell: &str, text: &mut String, field: Field, sink: &mut impl Sink) {
    for member in custom_data::members(cell) {
        // most members are of no agent that is known here
        let Some(b"SFA=" | b"AMA=" | b"TRA=" | b"DPA=" | b"BCL=" | b"Acco" | b"Tena") =
            member.initial()
        else {
            continue;
        };
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
/// them are looked at in every row of the filter: a name is told by its length and its letters at once.
fn spam_value(piece: &str) -> Option<(Kind, &str)> {
    let (length, name) = match *piece.as_bytes() {
        [a, b'=', ..] => (1, [a, 0, 0, 0]),
        [a, b, b'=', ..] => (2, [a, b, 0, 0]),
        [a, b, c, b'=', ..] => (3, [a, b, c, 0]),
        [a, b, c, d, b'=', ..] => (4, [a, b, c, d]),
        _ => return None,
    };
    // clearing this bit turns a letter, and nothing but a letter, into its capital
    let kind = match (length, &name.map(|byte| byte & !0x20)) {
        (1, b"H\0\0\0") => Kind::Helo,
        (2, b"DI\0\0") => Kind::Di,
        (3, b"SFV\0") => Kind::Sfv,
        (3, b"SCL\0") => Kind::Scl,
        (3, b"CAT\0") => Kind::Cat,
        (3, b"IPV\0") => Kind::Ipv,
        (3, b"SRV\0") => Kind::Bulk,
        (3, b"BCL\0") => Kind::Bcl,
        (3, b"DIR\0") => Kind::Direction,
        (3, b"CIP\0") => Kind::Cip,
        (3, b"PTR\0") => Kind::Ptr,
        (4, b"CTRY") => Kind::Country,
        (4, b"LANG") => Kind::Language,
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
