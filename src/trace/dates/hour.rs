//! Dates that stand together: those of one hour differ only in what is behind it.

use super::{DateOrder, Scan, Timestamp, iso, parse};

/// The hour of a date, kept for the dates after it: rows that stand together are mostly of one hour, and
/// then only their minutes and seconds are read.
#[derive(Debug, Default)]
pub struct Hour {
    /// `2026-03-02T08:`, empty before the first date.
    text: Option<[u8; 14]>,
    begin: i64,
}

impl Hour {
    /// What [`parse`] gives.
    pub fn parse(&mut self, text: &str, order: DateOrder) -> Option<Timestamp> {
        let bytes = text.as_bytes();
        let Some((hour, rest)) = bytes.split_first_chunk::<14>() else {
            return parse(text, order);
        };
        if self.text.as_ref() != Some(hour) {
            let mut whole = *b"0000-00-00T00:00:00";
            whole[..14].copy_from_slice(hour);
            self.text = iso(&whole).map(|begin| {
                self.begin = begin.0;
                *hour
            });
        }
        self.text.and_then(|_| self.moment(rest)).or_else(|| parse(text, order))
    }

    /// The moment that `15:01.1234567Z` is in this hour.
    fn moment(&self, rest: &[u8]) -> Option<Timestamp> {
        let seconds = minutes_and_seconds(rest.first_chunk()?)?;
        let (micros, offset) = match rest[5..] {
            // what services write
            [b'.', a, b, c, d, e, f, g, b'Z'] => {
                (eight_digits([b'0', a, b, c, d, e, f, g])? / 10, 0)
            }
            ref rest => {
                let mut scan = Scan(rest);
                (scan.fraction(), scan.offset()?)
            }
        };
        Some(Timestamp(self.begin + seconds * 1_000_000 + micros - offset))
    }
}

/// Seconds of `15:01`.
fn minutes_and_seconds(text: &[u8; 5]) -> Option<i64> {
    /// What is left of each byte may be so much.
    const MOST: u64 = u64::from_le_bytes([5, 9, 0, 5, 9, 0, 0, 0]);
    const HIGHEST: u64 = u64::from_le_bytes([0x80; 8]);
    let mut eight = *b"00:00\0\0\0";
    eight[..5].copy_from_slice(text);
    let values = u64::from_le_bytes(eight) ^ u64::from_le_bytes(*b"00:00\0\0\0");
    // a byte beyond its most reaches the highest bit, or is there already
    if (values | values.wrapping_add(!HIGHEST - MOST)) & HIGHEST != 0 {
        return None;
    }
    let [minutes, _, _, seconds, ..] = (values * 10 + (values >> 8)).to_le_bytes();
    Some(i64::from(minutes) * 60 + i64::from(seconds))
}

/// The value of eight digits, all of them at once.
fn eight_digits(digits: [u8; 8]) -> Option<i64> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // the first digit in the lowest byte
    let values = u64::from_le_bytes(digits) ^ (ONES * u64::from(b'0'));
    // a digit beyond nine reaches the high half with six more, or is there already
    if (values | values.wrapping_add(ONES * 6)) & (ONES * 0xF0) != 0 {
        return None;
    }
    // neighbours become numbers of two, then of four, then of eight digits
    let two = (values * 10 + (values >> 8)) & 0x00FF_00FF_00FF_00FF;
    let four = (two * 100 + (two >> 16)) & 0x0000_FFFF_0000_FFFF;
    let eight = (four * 10_000 + (four >> 32)) & 0xFFFF_FFFF;
    i64::try_from(eight).ok()
}

#[cfg(test)]
mod tests {
    use super::super::DateOrder::DayFirst;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_known_hour_changes_no_date(texts in prop::collection::vec("2026-0[23]-(28|30)[T ]1[12]:[0-6/]9[:.][0-6][0-9](\\.[0-9]{0,8})?(Z|\\+02:00|x)?|[0-9/: ]{0,24}", 1..20)) {
            let mut hour = Hour::default();
            for text in texts {
                prop_assert_eq!(hour.parse(&text, DayFirst), parse(&text, DayFirst), "{}", text);
            }
        }

        #[test]
        fn eight_digits_are_read_as_one_number(digits in "[0-9/:]{8}|[ -~]{8}", number in 0_i64..100_000_000) {
            let read = |text: &str| eight_digits(text.as_bytes().try_into().unwrap());
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().unwrap());
            prop_assert_eq!(read(&digits), plain);
            prop_assert_eq!(read(&format!("{number:08}")), Some(number));
        }

        #[test]
        fn minutes_and_seconds_are_read_as_a_plain_reader_does(text in "[0-9/:;é]{5}", minutes in 0_i64..70, seconds in 0_i64..70) {
            let any: Vec<u8> = text.chars().map(|char| char as u8).collect();
            for text in [any, format!("{minutes:02}:{seconds:02}").into_bytes()] {
                let text: [u8; 5] = text.try_into().unwrap();
                let number = |at: usize| {
                    let number = std::str::from_utf8(&text[at..at + 2]).ok()?.parse::<i64>().ok()?;
                    (number < 60).then_some(number)
                };
                let plain = number(0).zip(number(3)).filter(|_| text[2] == b':');
                let plain = plain.map(|(minutes, seconds)| minutes * 60 + seconds);
                prop_assert_eq!(minutes_and_seconds(&text), plain);
            }
        }
    }
}
