//! SMTP replies and enhanced status codes wherever they stand: `LED=`, `recipient_status`,
//! `source_context`, a platform's own error text (`trace-formats.md` §15).
//!
//! The numbers and the inner tokens (`RESOLVER.ADR.RecipientNotFound`) are stable; texts are not.

use nom::{
    IResult, Parser,
    bytes::complete::take_while_m_n,
    character::complete::{char, one_of},
    combinator::{opt, verify},
    sequence::{preceded, terminated},
};
use std::fmt;

pub use super::status_table::{Meaning, meaning};

/// `X.Y.Z` of RFC 3463.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Enhanced {
    /// 2 success, 4 try later, 5 refused.
    pub class: u8,
    /// Subject.
    pub subject: u16,
    /// Detail.
    pub detail: u16,
}

impl Enhanced {
    /// The code `class.subject.detail`.
    pub const fn new(class: u8, subject: u16, detail: u16) -> Self {
        Enhanced { class, subject, detail }
    }
}

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// An SMTP answer: its numbers, its stable token, its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusCode<'a> {
    /// Three-digit reply.
    pub reply: Option<u16>,
    /// Enhanced status code.
    pub enhanced: Option<Enhanced>,
    /// Dotted token that Exchange writes into the text, such as `QUEUE.Expired`.
    pub token: Option<&'a str>,
    /// What follows the numbers.
    pub text: &'a str,
}

impl StatusCode<'_> {
    /// 2, 4 or 5: success, try later, refused.
    pub fn class(&self) -> Option<u8> {
        self.enhanced.map(|code| code.class).or_else(|| {
            self.reply.map(|reply| match reply / 100 {
                2 => 2,
                4 => 4,
                _ => 5,
            })
        })
    }

    /// Whether the text or token holds `needle`, which is in lower case.
    pub fn says(&self, needle: &str) -> bool {
        contains_ignore_case(self.text, needle)
    }
}

/// Reads an answer at the start of `text`: reply, enhanced code, or both.
pub fn parse(text: &str) -> Option<StatusCode<'_>> {
    let (rest, (reply, enhanced)) = numbers(text.trim_start()).ok()?;
    if reply.is_none() && enhanced.is_none() {
        return None;
    }
    let text = rest.trim();
    Some(StatusCode { reply, enhanced, token: token(text), text })
}

/// The first answer anywhere in `text`: platforms put words of their own in front.
pub fn find(text: &str) -> Option<StatusCode<'_>> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(u8::is_ascii_digit) {
        let at = from + at;
        let fresh = at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'.');
        if fresh
            && matches!(bytes[at], b'2' | b'4' | b'5')
            && let Some(code) = parse(&text[at..])
            // a bare three-digit number amid words proves nothing
            && (code.enhanced.is_some() || at == 0)
        {
            return Some(code);
        }
        let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        from = at + digits;
    }
    None
}

fn numbers(text: &str) -> IResult<&str, (Option<u16>, Option<Enhanced>)> {
    let (rest, reply) = opt(terminated(reply, not_digit_or_dot)).parse(text)?;
    let (rest, enhanced) = if reply.is_some() {
        opt(preceded(opt(one_of(" -")), enhanced)).parse(rest)?
    } else {
        opt(enhanced).parse(rest)?
    };
    Ok((rest, (reply, enhanced)))
}

fn reply(text: &str) -> IResult<&str, u16> {
    verify(number(3, 3), |reply| matches!(reply / 100, 2 | 4 | 5)).parse(text)
}

fn enhanced(text: &str) -> IResult<&str, Enhanced> {
    let (rest, class) = one_of("245").parse(text)?;
    let (rest, subject) = preceded(char('.'), number(1, 3)).parse(rest)?;
    let (rest, detail) = preceded(char('.'), number(1, 3)).parse(rest)?;
    let (rest, ()) = not_digit_or_dot(rest)?;
    let class = match class {
        '2' => 2,
        '4' => 4,
        _ => 5,
    };
    Ok((rest, Enhanced { class, subject, detail }))
}

/// Succeeds where no longer number or address goes on: `550.1` and `5.7.1.2` are no codes.
fn not_digit_or_dot(text: &str) -> IResult<&str, ()> {
    let mut next = text.bytes();
    let longer = match next.next() {
        Some(byte) if byte.is_ascii_alphanumeric() => true,
        Some(b'.') => next.next().is_some_and(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if longer {
        Err(nom::Err::Error(nom::error::Error::new(text, nom::error::ErrorKind::Not)))
    } else {
        Ok((text, ()))
    }
}

fn number(least: usize, most: usize) -> impl Fn(&str) -> IResult<&str, u16> {
    move |text| {
        let (rest, digits) =
            take_while_m_n(least, most, |c: char| c.is_ascii_digit()).parse(text)?;
        // at most three digits, so the sum cannot overflow
        let value = digits.bytes().fold(0u16, |sum, digit| sum * 10 + u16::from(digit - b'0'));
        Ok((rest, value))
    }
}

/// The first dotted token whose first part is in capitals: `STOREDRV.Deliver.Exception:Quota…`.
fn token(text: &str) -> Option<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_' | '-')))
        .find_map(|word| {
            let word = word.trim_end_matches(['.', ':']);
            let (head, tail) = word.split_once('.')?;
            let capitals = head.len() >= 3 && head.bytes().all(|byte| byte.is_ascii_uppercase());
            let dotted = tail.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase());
            (capitals && dotted).then_some(word)
        })
}

/// Whether `text` holds `needle`, which is in lower case ASCII.
pub(super) fn contains_ignore_case(text: &str, needle: &str) -> bool {
    let needle = needle.as_bytes();
    text.len() >= needle.len()
        && text.as_bytes().windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn answers_are_read_with_either_number_and_their_token() {
        type Case = (&'static str, Option<u16>, Option<Enhanced>, Option<&'static str>);
        let cases: &[Case] = &[
            (
                "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected",
                Some(550),
                Some(Enhanced::new(5, 7, 1)),
                Some("TRANSPORT.RULES.RejectMessage"),
            ),
            ("550-5.7.509 Access denied", Some(550), Some(Enhanced::new(5, 7, 509)), None),
            ("5.4.1 Recipient address rejected", None, Some(Enhanced::new(5, 4, 1)), None),
            ("432 too many", Some(432), None, None),
            (
                "554 5.2.2 STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoff",
                Some(554),
                Some(Enhanced::new(5, 2, 2)),
                Some("STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoff"),
            ),
            (
                "550 4.4.7 QUEUE.Expired;gone",
                Some(550),
                Some(Enhanced::new(4, 4, 7)),
                Some("QUEUE.Expired"),
            ),
        ];
        for (text, reply, enhanced, token) in cases {
            let code = parse(text).unwrap();
            assert_eq!(
                (code.reply, code.enhanced, code.token),
                (*reply, *enhanced, *token),
                "{text}"
            );
        }
    }

    #[test]
    fn numbers_that_are_no_codes_are_not_taken_for_them() {
        for text in
            ["", "5501 x", "5.7.1.2", "350 go", "192.0.2.1", "5.7", "To", "5.1234.1", "550.7"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_answer_is_found_behind_a_platforms_own_words() {
        let text = "Max connection attempts exceeded at 203.0.113.25:25 - 550 5.7.68 TenantInbound";
        let code = find(text).unwrap();
        assert_eq!(code.enhanced, Some(Enhanced::new(5, 7, 68)));
        assert_eq!(code.reply, Some(550));
        assert_eq!(find("connected to 203.0.113.25 in 250 ms"), None);
        assert_eq!(
            find("{\"error\":\"550 5.4.1 no\"}").unwrap().enhanced,
            Some(Enhanced::new(5, 4, 1))
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in any::<String>()) {
            let _ = (parse(&text).map(|code| meaning(&code)), find(&text));
        }

        #[test]
        fn any_arrangement_of_digits_is_read(text in "[0-9. -]{0,30}[A-Z.é:]{0,9}") {
            let _ = (parse(&text).map(|code| meaning(&code)), find(&text));
        }

        #[test]
        fn every_enhanced_code_is_read_back(class in prop::sample::select(vec![2u8, 4, 5]), subject in 0u16..1000, detail in 0u16..1000) {
            let code = Enhanced { class, subject, detail };
            let text = format!("{code} text");
            prop_assert_eq!(parse(&text).and_then(|read| read.enhanced), Some(code));
        }
    }
}
