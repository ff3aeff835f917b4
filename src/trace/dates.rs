//! Dates of exports: ISO with any number of fraction digits, and what .NET writes in the culture of
//! whoever ran the cmdlet (`trace-formats.md §0`).
//!
//! Nothing in `02/03/2026 08:15:01` tells day from month; that is settled over the whole file
//! ([`shape`]) and then used for every row ([`parse`]). A date without offset is UTC.

mod hour;

pub use hour::Hour;
use std::fmt;

/// A moment in UTC: microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Seconds from `earlier` to this moment; negative where clocks disagree.
    #[must_use]
    pub fn seconds_since(self, earlier: Timestamp) -> f64 {
        // Microseconds of any believable span are exact in an f64.
        self.0.saturating_sub(earlier.0) as f64 / 1e6
    }
}

/// RFC 3339, UTC, without superfluous zeros: `2026-03-02T08:15:01.5Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => moment.fmt(f),
            Err(_) => write!(f, "{} µs since 1970", self.0),
        }
    }
}

/// Which of two numbers is the month where a date has the year last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// `3/2/2026` is the second of March (en-US).
    MonthFirst,
    /// `02/03/2026` is the second of March (en-GB, de, tr, pl …).
    DayFirst,
}

/// What one date says about the order of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// No date at all, or none that is understood.
    Unknown,
    /// The year comes first: nothing to settle.
    YearFirst,
    /// One number is beyond 12, or the separator is a dot (`02.03.2026` is day first everywhere).
    Settled(DateOrder),
    /// Both readings are dates; the order is what the culture of such a clock would use.
    Ambiguous(DateOrder),
}

/// The shape of `text`.
pub fn shape(text: &str) -> Shape {
    let mut scan = Scan(text.trim().as_bytes());
    let Some((a, first)) = scan.number() else { return Shape::Unknown };
    if first >= 4 {
        return if parse(text, DateOrder::DayFirst).is_some() {
            Shape::YearFirst
        } else {
            Shape::Unknown
        };
    }
    let Some(separator) = scan.separator() else { return Shape::Unknown };
    let Some((b, _)) = scan.number() else { return Shape::Unknown };
    let (day_first, month_first) =
        (parse(text, DateOrder::DayFirst), parse(text, DateOrder::MonthFirst));
    match (day_first, month_first) {
        (None, None) => Shape::Unknown,
        (Some(_), None) => Shape::Settled(DateOrder::DayFirst),
        (None, Some(_)) => Shape::Settled(DateOrder::MonthFirst),
        (Some(_), Some(_)) if separator == b'.' => Shape::Settled(DateOrder::DayFirst),
        // The same day either way settles nothing, and nothing hangs on it.
        (Some(_), Some(_)) if a == b => Shape::Unknown,
        (Some(_), Some(_)) if text.trim_end().ends_with(['M', 'm']) => {
            Shape::Ambiguous(DateOrder::MonthFirst)
        }
        (Some(_), Some(_)) => Shape::Ambiguous(DateOrder::DayFirst),
    }
}

/// The moment that `text` names; `None` if it is no date. `order` is used where the year is last.
pub fn parse(text: &str, order: DateOrder) -> Option<Timestamp> {
    iso(text.as_bytes()).or_else(|| culture(text.trim(), order)).or_else(|| ticks(text.trim()))
}

/// Whether `text` is the date that .NET and Go write where none was set: the year 1.
pub fn is_unset(text: &str) -> bool {
    let is_ticks = || text.starts_with("/Date(") && ticks(text) == Some(Timestamp(YEAR_1));
    text.starts_with("0001-01-01") || is_ticks()
}

/// The first day of the year 1, in microseconds since 1970.
const YEAR_1: i64 = -62_135_596_800_000_000;

/// `/Date(1772439301000)/`: what `ConvertTo-Json` of Windows PowerShell writes, milliseconds since 1970
/// UTC. An offset behind them tells the zone of the session and changes nothing.
fn ticks(text: &str) -> Option<Timestamp> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let end = inner.rfind(['+', '-']).filter(|at| *at > 0).unwrap_or(inner.len());
    inner[..end].parse::<i64>().ok()?.checked_mul(1_000).map(Timestamp)
}

/// `2026-03-02T08:15:01.1234567Z`: the form of services and logs, parsed without branching on
/// anything that differs between rows.
fn iso(text: &[u8]) -> Option<Timestamp> {
    let head: &[u8; 19] = text.first_chunk()?;
    let fixed = head[4] == b'-'
        && head[7] == b'-'
        && matches!(head[10], b'T' | b' ' | b't')
        && head[13] == b':'
        && head[16] == b':';
    if !fixed {
        return None;
    }
    let year = i64::from(pair(head, 0)?) * 100 + i64::from(pair(head, 2)?);
    let (month, day) = (pair(head, 5)?, pair(head, 8)?);
    let (hour, minute, second) = (pair(head, 11)?, pair(head, 14)?, pair(head, 17)?);
    let mut scan = Scan(&text[19..]);
    let micros = scan.fraction();
    let offset = scan.offset()?;
    moment(year, month, day, [hour, minute, second], micros).map(|t| Timestamp(t.0 - offset))
}

/// Two digits at `at`.
fn pair(text: &[u8; 19], at: usize) -> Option<u32> {
    let (a, b) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
    (a < 10 && b < 10).then(|| u32::from(a) * 10 + u32::from(b))
}

/// `3/2/2026 8:15:01 AM`, `02.03.2026 08:15:01`, `2026. 03. 02. 8:15:01`, `2026/3/2 8:15`.
fn culture(text: &str, order: DateOrder) -> Option<Timestamp> {
    let mut scan = Scan(text.as_bytes());
    let (a, digits) = scan.number()?;
    let separator = scan.separator()?;
    let (b, _) = scan.number()?;
    if scan.separator()? != separator {
        return None;
    }
    let (c, last_digits) = scan.number()?;
    let (year, month, day) = match order {
        _ if digits == 4 => (a, b, c),
        _ if last_digits != 4 => return None,
        DateOrder::MonthFirst => (c, a, b),
        DateOrder::DayFirst => (c, b, a),
    };
    if digits == 4 && separator == b'.' {
        scan.eat(b'.');
    }
    scan.eat(b',');
    scan.eat(b'T');
    scan.spaces();
    let (clock, micros) = if scan.0.is_empty() { ([0; 3], 0) } else { scan.clock()? };
    let offset = scan.offset()?;
    moment(i64::from(year), month, day, clock, micros).map(|t| Timestamp(t.0 - offset))
}

/// The moment of a calendar date and a clock; `None` if there is no such day.
fn moment(year: i64, month: u32, day: u32, clock: [u32; 3], micros: i64) -> Option<Timestamp> {
    const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = DAYS.get(month.wrapping_sub(1) as usize)? + u32::from(leap && month == 2);
    let [hour, minute, second] = clock;
    // A leap second is a second like the next.
    if day == 0 || day > longest || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days since 1970 of a March-based year (Hinnant, "chrono-compatible date algorithms").
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y - era * 400;
    let of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds =
        days * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Some(Timestamp(seconds * 1_000_000 + micros))
}

/// What is left of a date.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    /// Up to four digits and how many they were.
    fn number(&mut self) -> Option<(u32, usize)> {
        let digits = self.0.iter().take(5).take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || digits > 4 {
            return None;
        }
        let value = self.0[..digits].iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
        self.0 = &self.0[digits..];
        Some((value, digits))
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.0.first() == Some(&byte);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    /// Blanks, no-break ones included: ICU puts U+202F before AM.
    fn spaces(&mut self) {
        loop {
            self.0 = match self.0 {
                [b' ', rest @ ..] | [0xC2, 0xA0, rest @ ..] | [0xE2, 0x80, 0xAF, rest @ ..] => rest,
                _ => return,
            };
        }
    }

    /// `/`, `.` or `-`, and blanks after it (`2. 3. 2026`).
    fn separator(&mut self) -> Option<u8> {
        let separator = *self.0.first().filter(|b| matches!(b, b'/' | b'.' | b'-'))?;
        self.0 = &self.0[1..];
        self.spaces();
        Some(separator)
    }

    /// `8:15`, `08:15:01.123`, `8.15.01`, `8:15:01 AM`.
    fn clock(&mut self) -> Option<([u32; 3], i64)> {
        let (hour, _) = self.number()?;
        let separator = *self.0.first().filter(|b| matches!(b, b':' | b'.'))?;
        self.eat(separator);
        let (minute, 2) = self.number()? else { return None };
        let second = if self.eat(separator) { self.number()?.0 } else { 0 };
        let micros = self.fraction();
        self.spaces();
        let hour = match self.half()? {
            None => hour,
            Some(_) if hour == 0 || hour > 12 => return None,
            Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
        };
        Some(([hour, minute, second], micros))
    }

    /// `AM`, `p.m.`; the inner value tells the afternoon. `None` for anything else but an offset.
    fn half(&mut self) -> Option<Option<bool>> {
        let Some(first) = self.0.first().map(u8::to_ascii_lowercase) else { return Some(None) };
        if !matches!(first, b'a' | b'p') {
            return Some(None);
        }
        let mut letters = self.0.iter().filter(|b| **b != b'.').map(u8::to_ascii_lowercase);
        let whole = letters.next() == Some(first)
            && letters.next() == Some(b'm')
            && letters.next().is_none();
        self.0 = &[];
        whole.then_some(Some(first == b'p'))
    }

    /// `.1234567` as microseconds; digits beyond the sixth are dropped.
    fn fraction(&mut self) -> i64 {
        if !matches!(self.0, [b'.' | b',', digit, ..] if digit.is_ascii_digit()) {
            return 0;
        }
        self.0 = &self.0[1..];
        let (mut micros, mut place) = (0, 100_000);
        while let [digit @ b'0'..=b'9', rest @ ..] = self.0 {
            micros += i64::from(digit - b'0') * place;
            place /= 10;
            self.0 = rest;
        }
        micros
    }

    /// What ends a date: nothing, `Z`, `+03:00`; in microseconds. `None` for anything else.
    fn offset(&mut self) -> Option<i64> {
        self.spaces();
        let (sign, digits) = match self.0 {
            [] | [b'Z' | b'z'] | b"UTC" => return Some(0),
            [b'+', rest @ ..] => (1, rest),
            [b'-', rest @ ..] => (-1, rest),
            _ => return None,
        };
        let [a, b, b':', c, d] = digits else { return None };
        let digit = |b: &u8| b.is_ascii_digit().then(|| i64::from(b - b'0'));
        let minutes = (digit(a)? * 10 + digit(b)?) * 60 + digit(c)? * 10 + digit(d)?;
        Some(sign * minutes * 60_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DateOrder::{DayFirst, MonthFirst};
    use proptest::prelude::*;

    fn shown(text: &str, order: DateOrder) -> Option<String> {
        parse(text, order).map(|t| t.to_string())
    }

    #[test]
    fn every_documented_form_names_the_same_moment() {
        for (text, order) in [
            ("2026-03-02T08:15:01Z", DayFirst),
            ("2026-03-02T08:15:01.000Z", DayFirst),
            ("2026-03-02T08:15:01.0000000Z", DayFirst),
            ("2026-03-02T11:15:01.000000000+03:00", DayFirst),
            ("2026-03-02 08:15:01", MonthFirst),
            ("3/2/2026 8:15:01 AM", MonthFirst),
            ("3/2/2026 8:15:01\u{202f}AM", MonthFirst),
            ("03/02/2026 08:15:01", MonthFirst),
            ("02.03.2026 08:15:01", DayFirst),
            ("2.03.2026 08:15:01", DayFirst),
            ("02/03/2026 08:15:01", DayFirst),
            ("2. 3. 2026 8:15:01", DayFirst),
            ("2026. 03. 02. 8:15:01", DayFirst),
            ("2026/3/2 8:15:01", DayFirst),
            ("02-03-2026 8:15:01", DayFirst),
            (" 2/3/2026, 8:15:01 a.m. ", DayFirst),
            ("02/03/2026 08.15.01", DayFirst),
        ] {
            assert_eq!(shown(text, order).as_deref(), Some("2026-03-02T08:15:01Z"), "{text}");
        }
    }

    #[test]
    fn windows_powershell_writes_milliseconds_into_json() {
        for text in ["/Date(1772439301000)/", "/Date(1772439301000+0300)/"] {
            assert_eq!(shown(text, DayFirst).as_deref(), Some("2026-03-02T08:15:01Z"), "{text}");
        }
        for text in ["/Date()/", "/Date(x)/", "/Date(1772439301000)", "/Date(9223372036854775807)/"]
        {
            assert_eq!(shown(text, DayFirst), None, "{text}");
        }
        assert!(is_unset("/Date(-62135596800000)/") && is_unset("0001-01-01T00:00:00Z"));
        assert!(!is_unset("/Date(1772439301000)/") && !is_unset("2026-03-02T08:15:01Z"));
    }

    #[test]
    fn fractions_keep_microseconds() {
        assert_eq!(
            shown("2023-07-12T16:04:59.23145827Z", DayFirst).as_deref(),
            Some("2023-07-12T16:04:59.231458Z")
        );
        assert_eq!(
            shown("2023-07-12T16:04:59.5Z", DayFirst).as_deref(),
            Some("2023-07-12T16:04:59.5Z")
        );
    }

    #[test]
    fn noon_and_midnight_are_told_by_their_half() {
        assert_eq!(
            shown("3/2/2026 12:00:00 AM", MonthFirst).as_deref(),
            Some("2026-03-02T00:00:00Z")
        );
        assert_eq!(
            shown("3/2/2026 12:00:00 PM", MonthFirst).as_deref(),
            Some("2026-03-02T12:00:00Z")
        );
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "-",
            "yesterday",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "31/31/2026 1:00:00",
            "3/2/26 8:15:01",
            "2026-03-02T08:15:01X",
            "2026-03-02T08:15:01Zjunk",
            "3/2/2026 25:00:00",
            "3/2/2026 8:15:01 XM",
            "3/2/2026 13:15:01 PM",
            "99999/1/1",
            "1.2",
            "08:15:01",
        ] {
            assert_eq!(parse(text, DayFirst), None, "{text}");
        }
    }

    #[test]
    fn a_number_beyond_twelve_or_a_dot_settles_the_order() {
        assert_eq!(shape("2026-03-02T08:15:01Z"), Shape::YearFirst);
        assert_eq!(shape("3/22/2026 8:15:01 AM"), Shape::Settled(MonthFirst));
        assert_eq!(shape("22/03/2026 08:15:01"), Shape::Settled(DayFirst));
        assert_eq!(shape("02.03.2026 08:15:01"), Shape::Settled(DayFirst));
        assert_eq!(shape("3/2/2026 8:15:01 AM"), Shape::Ambiguous(MonthFirst));
        assert_eq!(shape("03/02/2026 08:15:01"), Shape::Ambiguous(DayFirst));
        assert_eq!(shape("03/03/2026 08:15:01"), Shape::Unknown);
        assert_eq!(shape("System.String[]"), Shape::Unknown);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = (parse(&text, DayFirst), shape(&text));
        }

        #[test]
        fn iso_agrees_with_the_calendar_library(micros in -62_000_000_000_000_000_i64..253_000_000_000_000_000) {
            let text = Timestamp(micros).to_string();
            prop_assert_eq!(parse(&text, DayFirst), Some(Timestamp(micros)), "{}", text);
        }
    }
}
