//! How outcomes, roles and places are called where people read them.

use crate::diagnosis::Diagnosis;
use crate::fact::{Evidence, Place};
use crate::finding::{Certainty, FixKind, Outcome, Role};

/// What `outcome` means, as a heading: `Junk Email folder`.
pub const fn outcome_title(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Inbox => "Inbox",
        Outcome::CustomFolder => "Another folder",
        Outcome::Junk => "Junk Email folder",
        Outcome::Quarantine => "Quarantine",
        Outcome::Rejected => "Rejected",
        Outcome::Dropped => "Dropped",
        Outcome::Failed => "Not delivered",
        Outcome::Deferred => "Still being tried",
        Outcome::Delivered => "Delivered",
        Outcome::HandedOn => "Handed on",
        Outcome::Expanded => "Group, expanded",
        Outcome::Removed => "Removed afterwards",
        Outcome::NotTraced => "Not traced",
        Outcome::Unknown => "Unknown",
    }
}

/// What `outcome` means, as a sentence without its subject.
pub const fn outcome_meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Inbox => "in the Inbox",
        Outcome::CustomFolder => "in another folder of the mailbox, by a rule of its owner",
        Outcome::Junk => "in the Junk Email folder",
        Outcome::Quarantine => "held in quarantine",
        Outcome::Rejected => "refused, with a reply to the sender",
        Outcome::Dropped => "removed without a reply",
        Outcome::Failed => "not delivered; how isn't shown",
        Outcome::Deferred => "still being tried",
        Outcome::Delivered => "in the mailbox; no evidence shows the folder",
        Outcome::HandedOn => "sent on to another system",
        Outcome::Expanded => "sent to a group, whose members are listed by themselves",
        Outcome::Removed => "taken out of the mailbox after delivery",
        Outcome::NotTraced => "expected, but in no source given",
        Outcome::Unknown => "nothing tells",
    }
}

/// Heading over the findings of a role.
pub const fn role_title(role: Role) -> &'static str {
    match role {
        Role::Cause => "Why",
        Role::Contributing => "What contributed",
        Role::Allow => "What let it through",
        Role::Alteration => "What was changed",
        Role::Risk => "Risks",
        Role::Configuration => "Configuration",
        Role::Note => "Worth knowing",
    }
}

/// What a certainty promises.
pub const fn certainty_meaning(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Proven => "one artefact states it",
        Certainty::Likely => "fits, and the rivals were checked and excluded",
        Certainty::Possible => "fits, but a rival is not excluded",
    }
}

/// Where a fix is carried out, as a label.
pub const fn fix_title(kind: FixKind) -> &'static str {
    match kind {
        FixKind::Portal => "Portal",
        FixKind::Powershell => "PowerShell",
        FixKind::Gateway => "Gateway console",
        FixKind::Platform => "Simulation platform",
        FixKind::Client => "Outlook",
    }
}

/// Where evidence stands: `mail.eml, line 12`.
pub fn place(evidence: &Evidence) -> String {
    match evidence.place {
        Place::Line(line) => format!("{}, line {line}", evidence.source),
        Place::Row(row) => format!("{}, row {row}", evidence.source),
        Place::Whole => evidence.source.to_string(),
    }
}

/// Whether two pieces of evidence stand in one header, row or setting.
pub fn is_same_place(a: &Evidence, b: &Evidence) -> bool {
    a.source == b.source && a.place == b.place && a.field == b.field
}

/// How a line of [`crate::finding::Finding::excluded`] stands (`checked`, or what it says of itself in
/// its first words), and the rest of it.
pub fn standing(excluded: &str) -> (&'static str, &str) {
    for label in ["not checked", "not excluded", "for information only"] {
        let rest = excluded.strip_prefix(label).and_then(|rest| rest.strip_prefix(':'));
        if let Some(rest) = rest {
            return (label, rest.trim_start());
        }
    }
    ("checked", excluded)
}

/// How many of each certainty, the surest first: `3 proven, 1 likely`. The counts are in the order of
/// [`Certainty`].
pub fn certainties([possible, likely, proven]: [u64; 3]) -> String {
    let named = [(proven, "proven"), (likely, "likely"), (possible, "possible")];
    let said: Vec<String> = named
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, name)| format!("{} {name}", count(*number)))
        .collect();
    said.join(", ")
}

/// Names and how often each is meant: `a (3), b (1)`.
pub fn counted<'a>(names: impl IntoIterator<Item = (&'a str, u64)>) -> String {
    let said: Vec<String> =
        names.into_iter().map(|(name, number)| format!("{name} ({})", count(number))).collect();
    said.join(", ")
}

/// What is said before [`counted`] causes that others were counted instead of.
pub const ALSO: &str = "Just as sure for some of these:";

/// A part of a whole in percent; 0 of nothing.
pub fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    // Counts of messages are far below 2^52, where f64 is exact.
    part as f64 / whole as f64 * 100.0
}

/// Who sent what to whom: each row of a message's identity with its label, those that are known.
pub fn identity(diagnosis: &Diagnosis) -> impl Iterator<Item = (&'static str, &str)> {
    let message = &diagnosis.message;
    [
        ("Subject", &message.subject),
        ("From", &message.from),
        ("MAIL FROM", &message.mail_from),
        ("Recipient", &diagnosis.recipient),
        ("Date", &message.date),
        ("Message-ID", &message.message_id),
        ("Network id", &message.network_message_id),
        ("Tenant", &message.tenant_id),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some((label, value.as_deref()?)))
}

/// A number of seconds as people say it: `40 s`, `3 min 20 s`, `2 h 5 min`, `3 d 2 h`.
pub fn duration(seconds: i64) -> String {
    let sign = if seconds < 0 { "−" } else { "" };
    let s = seconds.unsigned_abs();
    let two = |big: u64, unit: &str, small: u64, part: &str| match small {
        0 => format!("{sign}{big} {unit}"),
        _ => format!("{sign}{big} {unit} {small} {part}"),
    };
    match s {
        0..=59 => format!("{sign}{s} s"),
        60..=3_599 => two(s / 60, "min", s % 60, "s"),
        3_600..=86_399 => two(s / 3_600, "h", s % 3_600 / 60, "min"),
        _ => two(s / 86_400, "d", s % 86_400 / 3_600, "h"),
    }
}

/// A whole number with commas: `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 message`, `2 messages`, with commas.
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// What a simulation platform's mark tells.
pub fn platform_hint(platform: &str, mark: &str) -> String {
    format!("looks like {platform} ({mark}): a hint, never proof")
}

/// Where a gateway stood, by the name of its position.
pub fn gateway_place(position: &str) -> &'static str {
    match position {
        "recipient" => "in front of the recipient's Microsoft 365",
        "in-and-out" => "between two passes through the recipient's Microsoft 365",
        "sender" => "on the sender's side",
        _ => "left marks; nothing tells whose it was",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_counts_read_as_people_say_them() {
        for (seconds, said) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (200, "3 min 20 s"),
            (-5, "−5 s"),
            (7_500, "2 h 5 min"),
            (266_400, "3 d 2 h"),
        ] {
            assert_eq!(duration(seconds), said);
        }
        assert_eq!(count(7), "7");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(certainties([1, 0, 3_000]), "3,000 proven, 1 possible");
        assert_eq!(certainties([0, 2, 0]), "2 likely");
        assert_eq!(counted([("a", 3), ("b", 1)]), "a (3), b (1)");
        assert_eq!(plural(1, "message", "messages"), "1 message");
        assert_eq!(plural(2_000, "message", "messages"), "2,000 messages");
    }
}
