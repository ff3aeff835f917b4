//! SMTP answers in the form that bulk work counts: without what differs from message to message.

use super::super::columns::Field;
use super::super::detail::Reason;
use super::super::recipient_status::Status;
use super::super::statement::Kind;
use super::super::status_code;
use super::Sink;

/// Longest answer kept for counting, in bytes.
const LONGEST: usize = 200;

/// Says what a member of `recipient_status` tells of a failure, delay or drop. Whether it said so.
pub(super) fn status(text: &mut String, sink: &mut impl Sink, member: &str, field: Field) -> bool {
    match Status::parse(member) {
        Status::Reason(reason) => reason_of(text, sink, reason, field, member),
        Status::Answer(_) | Status::Other(_) => {
            say(text, sink, member.trim(), field, member);
            true
        }
        Status::Folder(folder) => {
            sink.say(Kind::Folder, folder, field, member);
            false
        }
        Status::Empty | Status::Envelope(_) | Status::Resolver(_) | Status::Forked(_) => false,
    }
}

/// Says the last error of a reason, and the remote system's own words where they carry a code.
pub(super) fn reason_of(
    text: &mut String,
    sink: &mut impl Sink,
    reason: Reason<'_>,
    field: Field,
    raw: &str,
) -> bool {
    if let Some(led) = reason.led {
        say(text, sink, led, field, raw);
    }
    if let Some(msg) = reason.msg.filter(|msg| status_code::find(msg).is_some()) {
        say(text, sink, msg, field, raw);
    }
    reason.led.or(reason.msg).is_some()
}

/// Says one answer.
pub(super) fn say(text: &mut String, sink: &mut impl Sink, answer: &str, field: Field, raw: &str) {
    general(answer, text);
    sink.say(Kind::Answer, text, field, raw);
}

/// `answer` without addresses, bracketed values and long numbers, cut to [`LONGEST`].
pub(super) fn general(answer: &str, out: &mut String) {
    out.clear();
    let mut words = answer.split(' ').enumerate();
    while let Some((at, word)) = words.next() {
        if out.len() >= LONGEST {
            out.push('…');
            return;
        }
        if at > 0 {
            out.push(' ');
        }
        if word.contains('@') {
            out.push('@');
        } else if let Some(open) = word.find('[') {
            out.push_str(&word[..open]);
            out.push_str("[]");
            if is_open(&word[open + 1..], words.clone().map(|(_, word)| word)) {
                words.by_ref().find(|(_, word)| word.contains(']'));
            }
        } else if word.bytes().filter(u8::is_ascii_digit).count() > 8 && !word.starts_with("AS(") {
            out.push('#');
        } else if word.len() <= LONGEST {
            out.push_str(word);
        } else {
            // longer than the whole may be
            out.extend(word.chars().take(LONGEST));
        }
    }
}

/// Whether a bracket that begins with `head` is closed by one of the next `words`, as that with server,
/// time and number that Microsoft puts behind an answer. What stands in braces is not one value.
fn is_open<'a>(head: &str, mut words: impl Iterator<Item = &'a str>) -> bool {
    let is_value = |text: &str| !text.contains(['[', '{']);
    !head.contains(']')
        && is_value(head)
        && words.find(|word| word.contains(']') || !is_value(word)).is_some_and(is_value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_message_to_message_is_left_out() {
        let mut out = String::new();
        for (answer, expected) in [
            (
                "550 5.7.606 Access denied, banned sending IP [203.0.113.10]",
                "550 5.7.606 Access denied, banned sending IP []",
            ),
            ("550 5.1.10 not found: ann@contoso.example", "550 5.1.10 not found: @"),
            ("550 5.4.1 Access denied. AS(201806281)", "550 5.4.1 Access denied. AS(201806281)"),
            ("250 2.6.0 InternalId=64712272257897", "250 2.6.0 #"),
            (
                "550 5.7.1 no [DB8EUR05FT012.eop-eur05.prod.protection.outlook.com \
                 2026-03-02T08:15:01.123Z 08DE1234ABCD5678] and [DB8 2026-03-02 08DE1], at last",
                "550 5.7.1 no [] and [] at last",
            ),
            ("550 5.7.1 [open and never closed", "550 5.7.1 [] and never closed"),
            ("[{LED=550 5.1.1 no};{MSG=}]", "[] 5.1.1 no};{MSG=}]"),
            ("550 [a b [c d] e", "550 [] b [] e"),
        ] {
            general(answer, &mut out);
            assert_eq!(out, expected);
        }
        general(&"x".repeat(10_000), &mut out);
        assert!(out.len() <= LONGEST + 4);
    }
}
