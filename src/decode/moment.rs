//! Dates, times of day and datetimes from text, field by field: the exact way (see [`super::parse`]).
//!
//! A date is `Y-M-D`, `Y/M/D`, `D-M-Y` or `D/M/Y` with a year of four digits and a month and day of one or two. A
//! time is `HH:MM[:SS[.f]]` with one to nine digits of fraction. A datetime is a date, alone or followed by `T` or
//! one blank and a time, and then perhaps by `Z`, `±HH:MM`, `±HHMM` or `±HH`. There are no leap seconds and no
//! hour 24.

use super::Cause;
use super::calendar::days;

const SECONDS_A_DAY: i64 = 86_400;
const NANOS_A_SECOND: i64 = 1_000_000_000;

/// What one step of a timestamp is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A thousandth of a second.
    Milli,
    /// A millionth of a second.
    Micro,
    /// A billionth of a second.
    Nano,
}

impl Unit {
    /// How many nanoseconds one step is.
    #[must_use]
    pub const fn nanos(self) -> u32 {
        match self {
            Unit::Milli => 1_000_000,
            Unit::Micro => 1_000,
            Unit::Nano => 1,
        }
    }

    /// How many digits behind the dot of a second one step is.
    pub(super) const fn places(self) -> usize {
        match self {
            Unit::Milli => 3,
            Unit::Micro => 6,
            Unit::Nano => 9,
        }
    }
}

/// A datetime as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970 on the written clock, the offset not applied.
    pub seconds: i64,
    /// Fraction of the second.
    pub nanos: u32,
    /// Seconds east of UTC, where `Z` or an offset is written.
    pub offset: Option<i32>,
    /// Whether a time of day is written.
    pub has_time: bool,
}

impl Moment {
    /// Steps of `unit` since 1970 UTC.
    ///
    /// # Errors
    /// [`Cause::Cast`] where the fraction is finer than the unit, [`Cause::Overflow`] where 64 bits do not hold it.
    pub fn timestamp(self, unit: Unit) -> Result<i64, Cause> {
        let step = i64::from(unit.nanos());
        let fraction = i64::from(self.nanos);
        if fraction % step != 0 {
            return Err(Cause::Cast);
        }
        let seconds = self.seconds - i64::from(self.offset.unwrap_or(0));
        let steps = i128::from(seconds) * i128::from(NANOS_A_SECOND / step) + i128::from(fraction / step);
        i64::try_from(steps).map_err(|_| Cause::Overflow)
    }
}

/// Days since 1970 of a date.
///
/// # Errors
/// [`Cause::Cast`].
pub fn date(text: &[u8]) -> Result<i32, Cause> {
    match split_date(text) {
        Some((days, [])) => Ok(days),
        _ => Err(Cause::Cast),
    }
}

/// Nanoseconds since midnight of a time of day.
///
/// # Errors
/// [`Cause::Cast`].
pub fn time(text: &[u8]) -> Result<i64, Cause> {
    match split_time(text) {
        Some((seconds, nanos, [])) => Ok(seconds * NANOS_A_SECOND + i64::from(nanos)),
        _ => Err(Cause::Cast),
    }
}

/// Steps of `unit` since 1970 UTC of a datetime.
///
/// # Errors
/// [`Cause::Cast`] or [`Cause::Overflow`].
pub fn datetime(text: &[u8], unit: Unit) -> Result<i64, Cause> {
    moment(text)?.timestamp(unit)
}

/// A datetime, not yet fitted to a unit.
///
/// # Errors
/// [`Cause::Cast`].
pub fn moment(text: &[u8]) -> Result<Moment, Cause> {
    split_moment(text).ok_or(Cause::Cast)
}

fn split_moment(text: &[u8]) -> Option<Moment> {
    let (days, rest) = split_date(text)?;
    let midnight = i64::from(days) * SECONDS_A_DAY;
    let (seconds, nanos, offset) = match rest {
        [] => (0, 0, None),
        [b'T' | b' ', rest @ ..] => {
            let (seconds, nanos, zone) = split_time(rest)?;
            (seconds, nanos, zone_offset(zone)?)
        }
        _ => return None,
    };
    Some(Moment { seconds: midnight + seconds, nanos, offset, has_time: !rest.is_empty() })
}

/// The days of the date in front, and what follows it.
fn split_date(text: &[u8]) -> Option<(i32, &[u8])> {
    let year_first = text.get(..4)?.iter().all(u8::is_ascii_digit);
    if year_first {
        let (year, rest) = text.split_at(4);
        let (separator, rest) = split_separator(rest)?;
        let (month, rest) = one_or_two(rest)?;
        let (_, rest) = split_separator(rest).filter(|&(again, _)| again == separator)?;
        let (day, rest) = one_or_two(rest)?;
        Some((days(number(year), month, day)?, rest))
    } else {
        let (day, rest) = one_or_two(text)?;
        let (separator, rest) = split_separator(rest)?;
        let (month, rest) = one_or_two(rest)?;
        let (_, rest) = split_separator(rest).filter(|&(again, _)| again == separator)?;
        let (year, rest) = rest.split_at_checked(4)?;
        let year = year.iter().all(u8::is_ascii_digit).then(|| number(year))?;
        Some((days(year, month, day)?, rest))
    }
}

fn split_separator(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        [separator @ (b'-' | b'/'), rest @ ..] => Some((*separator, rest)),
        _ => None,
    }
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'))
}

fn one_or_two(text: &[u8]) -> Option<(u32, &[u8])> {
    let count = text.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then(|| (number(&text[..count]), &text[count..]))
}

/// Exactly two digits, at most `most`.
fn two(text: &[u8], most: u32) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(2)?;
    let value = digits.iter().all(u8::is_ascii_digit).then(|| number(digits))?;
    (value <= most).then_some((value, rest))
}

/// The seconds and the fraction of the time in front, and what follows it.
fn split_time(text: &[u8]) -> Option<(i64, u32, &[u8])> {
    let (hour, rest) = two(text, 23)?;
    let (minute, rest) = two(rest.strip_prefix(b":")?, 59)?;
    let minutes = i64::from(hour * 60 + minute);
    let Some(rest) = rest.strip_prefix(b":") else {
        return Some((minutes * 60, 0, rest));
    };
    let (second, rest) = two(rest, 59)?;
    let seconds = minutes * 60 + i64::from(second);
    let Some(rest) = rest.strip_prefix(b".") else {
        return Some((seconds, 0, rest));
    };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&count) {
        return None;
    }
    let nanos = number(&rest[..count]) * 10_u32.pow(9 - count as u32);
    Some((seconds, nanos, &rest[count..]))
}

/// Nothing, `Z` or an offset; `None` where the text is none of these.
fn zone_offset(text: &[u8]) -> Option<Option<i32>> {
    let (sign, rest) = match text {
        [] => return Some(None),
        [b'Z'] => return Some(Some(0)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = two(rest, 23)?;
    let minutes = match rest {
        [] => 0,
        [b':', rest @ ..] | rest => two(rest, 59).filter(|(_, rest)| rest.is_empty())?.0,
    };
    Some(Some(sign * (hours * 3600 + minutes * 60) as i32))
}

#[cfg(test)]
mod tests {
    use super::{Unit, date, datetime, moment, time};
    use crate::decode::Cause::{Cast, Overflow};
    use crate::decode::calendar::days;

    #[test]
    fn dates() {
        let day = Ok(days(2020, 3, 4).unwrap());
        for text in ["2020-03-04", "2020/03/04", "04-03-2020", "04/03/2020", "2020-3-4", "4/3/2020", "2020-03-4"] {
            assert_eq!(date(text.as_bytes()), day, "{text}");
        }
        assert_eq!(date(b"0000-01-01"), Ok(-719_528));
        for text in [
            "",
            "2020",
            "2020-03",
            "2020-03-",
            "2020-03/04",
            "04/03-2020",
            "20200304",
            "2020-13-01",
            "2021-02-29",
            "2020-03-00",
            "2020-00-04",
            "20-03-04",
            "2020-03-04 ",
            " 2020-03-04",
            "12020-03-04",
            "2020-003-04",
            "2020-03-004",
            "4-3-20",
            "-2020-03-04",
            "2020.03.04",
            "1-1-1-1-1",
            "31/04/2020",
            "2020-03-04T",
        ] {
            assert_eq!(date(text.as_bytes()), Err(Cast), "{text:?}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(time(b"00:00"), Ok(0));
        assert_eq!(time(b"23:59:59.999999999"), Ok(86_399_999_999_999));
        assert_eq!(time(b"01:02:03.5"), Ok(3_723_500_000_000));
        for text in [
            "",
            "1:02",
            "01",
            "01:",
            "01:2",
            "24:00",
            "23:60",
            "23:59:60",
            "01:02:03.",
            "01:02:03.1234567890",
            "01:02:03,5",
            "01:02.5",
            "01:02:03Z",
            " 01:02",
            "01:02 ",
            "01:02:3",
            "-1:02",
        ] {
            assert_eq!(time(text.as_bytes()), Err(Cast), "{text:?}");
        }
    }

    #[test]
    fn datetimes() {
        let second = i64::from(days(2020, 3, 4).unwrap()) * 86_400 + 3_723;
        let cases = [
            ("2020-03-04T01:02:03", 0, 0),
            ("2020-03-04 01:02:03", 0, 0),
            ("04/03/2020 01:02:03.5", 0, 500_000_000),
            ("2020-3-4T01:02:03.000000001", 0, 1),
            ("2020-03-04T01:02:03Z", 0, 0),
            ("2020-03-04T01:02:03.25+01:30", 5_400, 250_000_000),
            ("2020-03-04T01:02:03-0130", -5_400, 0),
            ("2020-03-04T01:02:03-02", -7_200, 0),
        ];
        for (text, offset, nanos) in cases {
            let expected = (second - offset) * 1_000_000_000 + nanos;
            assert_eq!(datetime(text.as_bytes(), Unit::Nano), Ok(expected), "{text}");
        }
        assert_eq!(datetime(b"1970-01-02", Unit::Milli), Ok(86_400_000));
        assert_eq!(datetime(b"1970-01-01T00:01", Unit::Milli), Ok(60_000));
        assert_eq!(datetime(b"1970-01-01T00:01Z", Unit::Micro), Ok(60_000_000));
        assert_eq!(datetime(b"1969-12-31T23:59:59.9", Unit::Milli), Ok(-100));
        assert!(!moment(b"1970-01-02").unwrap().has_time);
        assert_eq!(moment(b"1970-01-02 00:00").unwrap().offset, None);
        for text in [
            "2020-03-04T",
            "2020-03-04  01:02",
            "2020-03-04t01:02",
            "2020-03-04T24:00:00",
            "2020-03-04T23:59:60",
            "2020-03-04Z",
            "2020-03-04T01:02:03z",
            "2020-03-04T01:02:03 Z",
            "2020-03-04T01:02:03+",
            "20200304T010203",
            "2020-03-04T01:02:03+1",
            "2020-03-04T01:02:03+010",
            "2020-03-04T01:02:03+01:0",
            "2020-03-04T01:02:03+24",
            "2020-03-04T01:02:03+01:60",
            "2020-03-04T01:02:03+01:00Z",
            "2020-03-04T01:02:03+01:",
            "2020-02-30T01:02",
        ] {
            assert_eq!(datetime(text.as_bytes(), Unit::Nano), Err(Cast), "{text:?}");
        }
    }

    #[test]
    fn units_refuse_what_they_cannot_hold() {
        assert_eq!(datetime(b"1970-01-01T00:00:00.0010", Unit::Milli), Ok(1));
        assert_eq!(datetime(b"1970-01-01T00:00:00.0011", Unit::Milli), Err(Cast));
        assert_eq!(datetime(b"1970-01-01T00:00:00.0011", Unit::Micro), Ok(1_100));
        assert_eq!(datetime(b"1970-01-01T00:00:00.0000001", Unit::Micro), Err(Cast));
        assert_eq!(datetime(b"9999-12-31T23:59:59.999999", Unit::Micro), Ok(253_402_300_799_999_999));
        assert_eq!(datetime(b"2262-04-11T23:47:16.854775807", Unit::Nano), Ok(i64::MAX));
        assert_eq!(datetime(b"2262-04-11T23:47:16.854775808", Unit::Nano), Err(Overflow));
        assert_eq!(datetime(b"1677-09-21T00:12:43.145224192", Unit::Nano), Ok(i64::MIN));
        assert_eq!(datetime(b"1677-09-21T00:12:43.145224191", Unit::Nano), Err(Overflow));
        assert_eq!(datetime(b"0000-01-01", Unit::Nano), Err(Overflow));
    }
}
