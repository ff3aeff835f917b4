//! Dates of header fields (RFC 5322 §3.3).

use jiff::Timestamp;
use mail_parser::DateTime;
use std::fmt;

/// When something happened, as its source tells it; shown as RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Date {
    /// A date field, in the time zone it is written in.
    Header(DateTime),
    /// A row of a trace.
    Row(Timestamp),
}

impl Date {
    /// Seconds since 1970-01-01 UTC.
    pub fn seconds(&self) -> i64 {
        match self {
            Date::Header(date) => date.to_timestamp(),
            Date::Row(at) => at.as_second(),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Date::Header(date) => f.write_str(&date.to_rfc3339()),
            Date::Row(at) => at.fmt(f),
        }
    }
}

/// The date that `text` states, unless no calendar has the day or no clock the time and the zone.
pub(super) fn parse(text: &str) -> Option<DateTime> {
    let date = usual(text.as_bytes()).or_else(|| DateTime::parse_rfc822(text))?;
    let (year, month, day) =
        (date.year.try_into().ok()?, date.month.try_into().ok()?, date.day.try_into().ok()?);
    (date.is_valid() && jiff::civil::Date::new(year, month, day).is_ok()).then_some(date)
}

/// A date as nearly every system writes it: `Mon, 2 Mar 2026 08:15:01 +0000`, with or without the day of
/// the week and a comment behind.
fn usual(text: &[u8]) -> Option<DateTime> {
    let text = text.trim_ascii();
    let text = match text {
        [a, b, c, b',', b' ', rest @ ..] if [a, b, c].iter().all(|b| b.is_ascii_alphabetic()) => {
            rest
        }
        _ => text,
    };
    let (day, text) = match text {
        [day, b' ', rest @ ..] => (number(&[*day])?, rest),
        [ten, one, b' ', rest @ ..] => (number(&[*ten, *one])?, rest),
        _ => return None,
    };
    let (month, text) = text.split_first_chunk::<3>()?;
    let [b' ', y1, y2, y3, y4, b' ', h1, h2, b':', m1, m2, b':', s1, s2, b' ', sign, rest @ ..] =
        text
    else {
        return None;
    };
    let [zh1, zh2, zm1, zm2, comment @ ..] = rest else { return None };
    if !matches!(comment, [] | [b' ', b'(', .., b')']) {
        return None;
    }
    let tz_before_gmt = match sign {
        b'+' => false,
        b'-' => true,
        _ => return None,
    };
    let two = |tens: &u8, ones: &u8| number(&[*tens, *ones]);
    Some(DateTime {
        year: u16::from(two(y1, y2)?) * 100 + u16::from(two(y3, y4)?),
        month: self::month(month)?,
        day,
        hour: two(h1, h2)?,
        minute: two(m1, m2)?,
        second: two(s1, s2)?,
        tz_before_gmt,
        tz_hour: two(zh1, zh2)?,
        tz_minute: two(zm1, zm2)?,
    })
}

fn number(digits: &[u8]) -> Option<u8> {
    digits
        .iter()
        .try_fold(0_u8, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + (digit - b'0')))
}

fn month(name: &[u8; 3]) -> Option<u8> {
    Some(match name {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_shapes_need_no_other_reader_and_mean_the_same_to_it() {
        for text in [
            "Mon, 2 Mar 2026 08:15:01 +0000",
            " Tue, 10 Nov 2026 23:59:59 -0730",
            "02 Mar 2026 08:15:01 +0100 (CET)",
            "Sat, 31 Dec 1999 00:00:00 -0000 (PST)\r\n",
        ] {
            assert!(usual(text.as_bytes()).is_some(), "{text}");
            assert_eq!(usual(text.as_bytes()), DateTime::parse_rfc822(text), "{text}");
        }
    }

    #[test]
    fn other_shapes_are_left_to_the_other_reader() {
        for text in [
            "Mon, 2 Mar 2026 08:15 +0000",
            "Mon, 2 mar 2026 08:15:01 GMT",
            "Mon,  2 Mar 26 08:15:01 +0000",
            "2 Mar 2026 08:15:01 +00x0",
            "",
        ] {
            assert_eq!(usual(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse("Mon, 2 Mar 2026 08:15:01 GMT").map(|date| date.hour), Some(8));
    }

    #[test]
    fn a_date_that_no_calendar_and_no_clock_has_is_none() {
        for text in [
            "Mon, 42 Mar 2026 08:15:01 +0000",
            "Tue, 31 Feb 2026 08:15:01 +0000",
            "Sun, 29 Feb 2026 08:15:01 GMT",
            "Mon, 2 Mar 2026 28:15:01 +0000",
            "Mon, 2 Mar 2026 08:15:01 +2400",
            "Mon, 2 Mar 2026 08:15:01 +0060",
            "soon",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(parse("Thu, 29 Feb 2024 08:15:01 +1400").is_some());
    }

    proptest::proptest! {
        #[test]
        fn both_readers_agree(day in 1..32_u8, year in 1900..2999_u16, clock in 0..86_400_u32, zone in 0..840_u32) {
            let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
            for sign in ['+', '-'] {
                let zone = format!("{sign}{:02}{:02}", zone / 60, zone % 60);
                let text = format!("Thu, {day} Aug {year} {hour:02}:{minute:02}:{second:02} {zone}");
                proptest::prop_assert_eq!(usual(text.as_bytes()), DateTime::parse_rfc822(&text));
            }
        }
    }
}
