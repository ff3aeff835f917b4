//! What people and their own systems wrote into values of a known form: logins in `Received`, the text of a
//! rejection, selectors of signatures. The form and Microsoft's own words stay.

use super::headers;
use super::keep::{self, Keep};
use super::names::Kind;
use super::shapes;
use super::words;
use crate::trace::detail::Detail;
use crate::trace::recipient_status::{self, Status};
use crate::trace::status_code;
use std::ops::Range;

/// Columns whose text may be an answer that a rule's author, another system or a platform wrote
/// (`trace-formats.md` §15), without what joins their words.
const ANSWERS: [&str; 10] = [
    "detail",
    "description",
    "recipientstatus",
    "sourcecontext",
    "error",
    "errortext",
    "errormessage",
    "bouncereason",
    "smtpresponse",
    "reason",
];
/// Columns that have answers among other things.
const WITH_ANSWERS: [&str; 2] = ["data", "details"];

/// What begins the parts of a reason (`trace-formats.md` §4).
const PARTS: [&str; 5] = ["{LED=", "{MSG=", "{FQDN=", "{IP=", "{LRT="];

/// Properties of authentication results and comments whose values say nothing, or are hidden for what they are.
const PROPERTIES: [&str; 36] = [
    "spf",
    "dkim",
    "dmarc",
    "arc",
    "compauth",
    "reason",
    "action",
    "iprev",
    "smtp.mailfrom",
    "smtp.helo",
    "smtp.rcpttodomain",
    "smtp.remote-ip",
    "policy.iprev",
    "header.d",
    "header.i",
    "header.from",
    "header.a",
    "client-ip",
    "helo",
    "receiver",
    "envelope-from",
    "pr",
    "identity",
    "mechanism",
    "p",
    "sp",
    "np",
    "pct",
    "oda",
    "ltdi",
    "dis",
    "i",
    "version",
    "cipher",
    "bits",
    "verify",
];

/// Tags of signatures that name nobody, or a domain that is hidden for what it is.
const TAGS: [&str; 10] = ["v", "a", "c", "d", "i", "t", "x", "l", "q", "cv"];

/// The parts of a header's or column's value that are somebody's own words, and what each of them is.
pub(super) fn parts(field: &str, value: &str) -> Vec<(Range<usize>, Kind)> {
    let field = field.to_ascii_lowercase();
    let column = field.replace(['-', '_', ' '], "");
    let hidden =
        |ranges: Vec<Range<usize>>| ranges.into_iter().map(|range| (range, Kind::Hidden)).collect();
    if matches!(field.as_str(), "received" | "x-received") {
        received(value)
    } else if field == "received-spf" || field.contains("authentication-results") {
        hidden(results(value))
    } else if ["dkim-signature", "domainkey-signature", "arc-seal", "arc-message-signature"]
        .contains(&field.as_str())
    {
        hidden(tags(value))
    } else if field == "list-unsubscribe" {
        hidden(outside_links(value))
    } else if ANSWERS.contains(&column.as_str()) {
        hidden(answer(value, true))
    } else if WITH_ANSWERS.contains(&column.as_str()) {
        hidden(answer(value, false))
    } else {
        Vec::new()
    }
}

/// The words of an answer that are not Microsoft's; without a code in it, only where `always`.
pub(super) fn answer(value: &str, always: bool) -> Vec<Range<usize>> {
    if PARTS.iter().any(|part| value.contains(part)) {
        return reason(value);
    }
    if recipient_status::folder(value).is_some()
        || matches!(
            Detail::parse(value),
            Detail::TransportRule(_) | Detail::DlpRule(_) | Detail::Scl(_)
        )
        || matches!(Status::parse(value), Status::Empty | Status::Envelope(_) | Status::Resolver(_))
    {
        return Vec::new();
    }
    if status_code::find(value).is_some() || always { texts(value) } else { Vec::new() }
}

/// The texts in `[{LED=…};{MSG=…};…]`: each ends where a known part begins, whatever is in it.
fn reason(value: &str) -> Vec<Range<usize>> {
    let mut starts: Vec<usize> = PARTS
        .iter()
        .flat_map(|part| value.match_indices(part).map(|(at, part)| at + part.len()))
        .collect();
    starts.sort_unstable();
    let ends = starts.windows(2).map(|two| {
        let part = &value[two[0]..two[1]];
        two[0] + part.rfind("};{").or_else(|| part.rfind('{')).unwrap_or(0)
    });
    let last = value.trim_end_matches([']', '}']).len();
    let ends: Vec<usize> = ends.chain([last]).collect();
    let first = starts.first().map_or(0, |start| value[..*start].rfind('{').unwrap_or(0));
    let mut ranges = texts(value[..first].trim_end_matches(['[', ' ']));
    for (start, end) in starts.into_iter().zip(ends) {
        let part = value.get(start..end.max(start)).unwrap_or_default();
        ranges.extend(shifted(texts(part), start));
    }
    ranges
}

fn shifted(ranges: Vec<Range<usize>>, by: usize) -> impl Iterator<Item = Range<usize>> {
    ranges.into_iter().map(move |range| range.start + by..range.end + by)
}

/// What stands before the code of an answer and what follows it and its token, where it is not Microsoft's.
fn texts(text: &str) -> Vec<Range<usize>> {
    let Some(code) = status_code::find(text) else {
        return unless_known(text, 0..text.len()).into_iter().collect();
    };
    let end = text.rfind(code.text).unwrap_or(0);
    let numbers = text[..end].trim_end();
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | ' ');
    let begin = numbers.trim_end_matches(digits).len();
    let token = code.token.filter(|token| is_token(token));
    let after = token.map_or(end, |token| {
        let at = text[end..].find(token).map_or(end, |at| end + at + token.len());
        at + text[at..].find(|c: char| c != ';' && c != ' ').unwrap_or(text.len() - at)
    });
    let around = [unless_known(text, 0..begin), unless_known(text, after..text.len())];
    around.into_iter().flatten().collect()
}

/// Whether Exchange writes such a token: `RESOLVER.ADR.RecipientNotFound`.
fn is_token(token: &str) -> bool {
    const FIRST: [&str; 6] = ["RESOLVER", "TRANSPORT", "QUEUE", "STOREDRV", "SMTPSEND", "ROUTING"];
    token.split('.').next().is_some_and(|first| FIRST.contains(&first))
}

/// The range without the blanks around it, unless nothing but known words and what other nets find is in it.
fn unless_known(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let part = &text[range.clone()];
    let trimmed = part.trim();
    let start = range.start + (part.len() - part.trim_start().len());
    (!trimmed.is_empty() && !is_known(trimmed)).then(|| start..start + trimmed.len())
}

/// Whether a text has only words of the trade, short numbers and what is found by its shape.
pub(super) fn is_known(text: &str) -> bool {
    let mut found = shapes::find(text, &Keep::default()).into_iter().peekable();
    // To where what was found so far reaches.
    let mut covered = 0;
    let mut last = None;
    pieces(text).all(|range| {
        while let Some((shape, _)) = found.next_if(|(shape, _)| shape.start <= range.start) {
            covered = covered.max(shape.end);
        }
        let word = &text[range.clone()];
        let before = last.replace(word);
        range.end <= covered
            || is_known_word(word)
            // `AS(201806281)` and `AS843` are which of its reasons the edge had.
            || word.strip_prefix("AS").is_some_and(|code| code.bytes().all(|b| b.is_ascii_digit()))
            || before == Some("AS") && word.bytes().all(|byte| byte.is_ascii_digit())
            || keep::of_microsoft(&word.to_ascii_lowercase()) == keep::Microsoft::Machine
    })
}

/// The words between blanks and brackets.
fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> {
    let joint = |c: char| {
        c.is_whitespace()
            || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '"' | ';' | ',')
    };
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find(|c: char| !joint(c))?;
        let end = text[start..].find(joint).map_or(text.len(), |length| start + length);
        from = end;
        Some(start..end)
    })
}

fn is_known_word(word: &str) -> bool {
    let word = word.trim_matches(|c: char| matches!(c, '.' | ':' | '!' | '\'' | '*'));
    if let Some((property, value)) = word.split_once('=') {
        return PROPERTIES.contains(&property.to_ascii_lowercase().as_str())
            && (is_known_word(value)
                || value.contains('@')
                || shapes::is_host(value)
                || shapes::ip(value).is_some());
    }
    word.is_empty() || is_number(word) || is_cipher(word) || words::is_of_trade(word)
}

/// A version, a time, a date or a port, and no number that could be called.
fn is_number(word: &str) -> bool {
    let sign = |c: char| matches!(c, '.' | ':' | '-' | '+' | '/' | 'T' | 'Z' | '#' | '_');
    word.contains(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_digit() || sign(c))
        && word
            .split(sign)
            .all(|digits| digits.len() <= 4 || word.contains('.') && digits.len() <= 7)
}

/// `TLS1_2`, `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384`, `ECDHE-RSA-AES256-GCM-SHA384`.
fn is_cipher(word: &str) -> bool {
    const OF: [&str; 15] = [
        "TLS", "V", "ECDHE", "DHE", "RSA", "ECDSA", "WITH", "AES", "GCM", "CBC", "SHA", "CHACHA",
        "POLY", "PSS", "X",
    ];
    word.len() > 3
        && word.split(|c: char| !c.is_ascii_alphabetic()).all(|part| {
            part.is_empty() || OF.contains(&part.to_ascii_uppercase().as_str()) || part == "TLSv"
        })
}

/// What a `Received` header tells besides hosts, addresses and dates: logins, queue ids, an admin's own words.
fn received(value: &str) -> Vec<(Range<usize>, Kind)> {
    let comments = comments(value);
    let mut parts: Vec<(Range<usize>, Kind)> = comments
        .iter()
        .flat_map(|range| unless_known(value, range.clone()))
        .map(|range| (range, Kind::Hidden))
        .collect();
    let mut clause = String::new();
    for range in pieces(value) {
        if is_inside(&comments, range.start) {
            continue;
        }
        let word = &value[range.clone()];
        let lower = word.to_ascii_lowercase();
        match clause.as_str() {
            _ if ["from", "by", "with", "id", "for", "via"].contains(&lower.as_str()) => {
                clause = lower;
                continue;
            }
            "from" | "by" if !is_known(word) => parts.push((range, Kind::Host)),
            "id" if is_number(word) => {}
            _ if is_known(word) => {}
            _ => parts.push((range, Kind::Hidden)),
        }
        clause.clear();
        if lower == "microsoft" {
            clause.push_str("with");
        }
    }
    parts
}

/// What is inside the outermost round brackets; one that never ends goes on to the end.
fn comments(value: &str) -> Vec<Range<usize>> {
    let (mut depth, mut from) = (0_usize, 0);
    let mut ranges = Vec::new();
    for (at, bracket) in value.match_indices(['(', ')']) {
        if bracket == "(" {
            if depth == 0 {
                from = at + 1;
            }
            depth += 1;
        } else {
            if depth == 1 {
                ranges.push(from..at);
            }
            depth = depth.saturating_sub(1);
        }
    }
    if depth > 0 {
        ranges.push(from..value.len());
    }
    ranges
}

/// Whether the place is in one of the ranges, which are in order.
fn is_inside(ranges: &[Range<usize>], place: usize) -> bool {
    let next = ranges.partition_point(|range| range.end <= place);
    ranges.get(next).is_some_and(|range| range.start <= place)
}

/// What authentication results tell that is no result: logins, names of servers, comments of other systems.
fn results(value: &str) -> Vec<Range<usize>> {
    let comments = comments(value);
    let mut ranges: Vec<_> =
        comments.iter().flat_map(|range| unless_known(value, range.clone())).collect();
    for range in pieces(value) {
        if is_inside(&comments, range.start) {
            continue;
        }
        ranges.extend(unless_known(value, range));
    }
    ranges
}

/// The tags of a signature that identify who signed, or tell which headers there are.
fn tags(value: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut from = 0;
    for tag in value.split_inclusive(';') {
        let start = from;
        from += tag.len();
        let tag = tag.trim_end_matches(';');
        let Some((name, told)) = tag.split_once('=') else {
            ranges.extend(unless_known(value, start..start + tag.len()));
            continue;
        };
        let lower = name.trim().to_ascii_lowercase();
        let known = TAGS.contains(&lower.as_str())
            || lower == "h" && told.split(':').all(|name| headers::is_known(name.trim()));
        let begin = start + name.len() + 1;
        if !known && !told.trim().is_empty() {
            let blanks = told.len() - told.trim_start().len();
            ranges.push(begin + blanks..begin + told.trim_end().len());
        }
    }
    ranges
}

/// What stands around links in angle brackets.
fn outside_links(value: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut from = 0;
    while from < value.len() {
        let open = value[from..].find('<').map_or(value.len(), |at| from + at);
        let around = &value[from..open];
        if around.contains(char::is_alphanumeric) {
            let start = open - around.trim_start().len();
            ranges.push(start..start + around.trim().len());
        }
        from = value[open..].find('>').map_or(value.len(), |at| open + at + 1);
    }
    ranges
}

#[cfg(test)]
mod tests {
    fn parts<'a>(field: &str, value: &'a str) -> Vec<&'a str> {
        super::parts(field, value).into_iter().map(|(range, _)| &value[range]).collect()
    }

    #[test]
    fn of_an_answer_the_code_the_token_and_microsofts_words_stay() {
        for (answer, hidden) in [
            ("550 5.7.1 TRANSPORT.RULES.RejectMessage; Ask Zorro", vec!["Ask Zorro"]),
            ("550 5.7.1 ZORRO.RULES.Reject; no", vec!["ZORRO.RULES.Reject; no"]),
            ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found", vec![]),
            ("554 5.2.2 mailbox full", vec![]),
            ("451 4.7.500 Server busy. Please try again later (AS843)", vec![]),
            ("Zorro relay: 550 5.7.1 no", vec!["Zorro relay:"]),
            ("550 5.7.1 blocked for zorro\\wzorro", vec!["blocked for zorro\\wzorro"]),
            ("550 5.7.1 call +49 30 1234567", vec!["call +49 30 1234567"]),
            ("Zorro says no", vec!["Zorro says no"]),
            (
                "[{LED=450 4.4.317 Cannot connect};{MSG=Zorro};{LRT=3/2/2026 8:15:03 AM}]",
                vec!["Zorro"],
            ),
            ("Transport rule: 'Zorro', ID: ('-1').", vec![]),
        ] {
            assert_eq!(parts("Detail", answer), hidden, "{answer}");
        }
        assert!(parts("data", "Zorro says no").is_empty());
        assert_eq!(parts("source_context", "Transport Rule Agent"), Vec::<&str>::new());
    }

    #[test]
    fn values_of_any_length_take_time_in_step_with_it() {
        let pieces = [
            "(a) ",
            "(",
            "zorro ",
            "a=b;",
            "{LED=",
            "{LED=x};{",
            "<a",
            "5.7.1 ",
            "1.2.3.4 ",
            "h=a:",
        ];
        for piece in pieces {
            let value = piece.repeat(100_000 / piece.len());
            for field in [
                "Received",
                "Authentication-Results",
                "DKIM-Signature",
                "List-Unsubscribe",
                "Detail",
            ] {
                for (range, _) in super::parts(field, &value) {
                    assert!(value.get(range).is_some(), "{field} {piece}");
                }
            }
        }
    }
}
