//! What agents wrote into `custom_data`: spam, malware, mail flow rule and DLP entries
//! (`trace-formats.md` §9).

use super::super::columns::Field;
use super::super::custom_data::{self, Agent, Member};
use super::super::statement::Kind;
use super::Sink;

/// Says what the members of a `custom_data` cell tell about a delivery.
pub(super) fn observe(cell: &str, text: &mut String, field: Field, sink: &mut impl Sink) {
    for member in custom_data::members(cell) {
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
    for (name, value) in agent.pairs() {
        let Some(kind) = spam_key(name) else { continue };
        let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
        let value = match kind {
            // newer generations write words in place of the codes
            Kind::Sfv if value.eq_ignore_ascii_case("NotSpam") => "NSPM",
            Kind::Sfv if value.eq_ignore_ascii_case("Spam") => "SPM",
            Kind::Bulk if !value.eq_ignore_ascii_case("BULK") => continue,
            _ => value,
        };
        sink.say(kind, value, field, member.text());
    }
}

fn spam_key(name: &str) -> Option<Kind> {
    let mut upper = [0u8; 4];
    upper.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
    upper.make_ascii_uppercase();
    Some(match &upper {
        b"SFV\0" => Kind::Sfv,
        b"SCL\0" => Kind::Scl,
        b"CAT\0" => Kind::Cat,
        b"IPV\0" => Kind::Ipv,
        b"SRV\0" => Kind::Bulk,
        b"BCL\0" => Kind::Bcl,
        b"DI\0\0" => Kind::Di,
        b"DIR\0" => Kind::Direction,
        b"CTRY" => Kind::Country,
        b"LANG" => Kind::Language,
        b"CIP\0" => Kind::Cip,
        b"H\0\0\0" => Kind::Helo,
        b"PTR\0" => Kind::Ptr,
        _ => return None,
    })
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
    text.clear();
    text.push_str(agent.get("ruleId").unwrap_or_default());
    text.push_str("||");
    text.push_str(agent.get("mode").unwrap_or_default());
    text.push('|');
    push_list(text, agent.all("action"));
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
    if !agent.group.eq_ignore_ascii_case("DPR") || agent.get("action").is_none() {
        return;
    }
    text.clear();
    text.push_str(agent.get("ruleId").unwrap_or_default());
    text.push_str("||");
    text.push_str(agent.get("policyId").unwrap_or_default());
    text.push('|');
    push_list(text, agent.all("action"));
    sink.say(Kind::Dlp, text, field, member.text());
}

fn push_list<'a>(text: &mut String, values: impl Iterator<Item = &'a str>) {
    for (at, value) in values.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(value);
    }
}
