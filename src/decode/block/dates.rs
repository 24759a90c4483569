//! Dates and datetimes whose parts have fixed places.
//!
//! Days are counted by the formulas of Howard Hinnant, *chrono-Compatible Low-Level Date Algorithms*, which need no table: the year
//! begins in March, so that the day that a leap year has more is its last. Divisions are products with reciprocals; the tests hold
//! them against the calendar on every day of ten thousand years.

use super::{BLOCK, Block, Text, bits, last_bytes};
use crate::decode::digits::{ZEROS, are_digits, join, pair, pairs, ten_to};
use crate::scan::{Backend, Loops};

/// Dates of the form `YYYY-MM-DD`.
pub(in crate::decode) struct Date;

/// Days since 1970 of a day of the proleptic Gregorian calendar, of a year of four digits; and whether there is such a day.
#[inline(always)]
fn days(year: u64, month: u64, day: u64) -> (i64, bool) {
    let is_late = month > 2;
    // Of a calendar four centuries on, in which no number is negative.
    let year_of_march = year + 400 - u64::from(!is_late);
    let century = (year_of_march * 5243) >> 19;
    let leaps = (year_of_march >> 2) - century + (century >> 2);
    let month_of_march = if is_late { month.wrapping_sub(3) } else { month + 9 };
    let day_of_year = (979 * month_of_march + 15) >> 5;
    let days = (365 * year_of_march + leaps + day_of_year + day) as i64 - (719_469 + 146_097);
    let own_century = (year * 5243) >> 19;
    let is_leap = (year & 3 == 0) & ((own_century * 100 != year) | (own_century & 3 == 0));
    let longest = 30 + ((month ^ month >> 3) & 1);
    let last = if month == 2 { 28 + u64::from(is_leap) } else { longest };
    (days, (month.wrapping_sub(1) < 12) & (day.wrapping_sub(1) < last))
}

impl Text for Date {
    type Value = i64;

    #[inline(always)]
    fn of_one_word(&self, _last: u64, _length: u64) -> (i64, u64) {
        (0, 0)
    }

    #[inline(always)]
    fn of_two_words(&self, last: u64, before: u64, length: u64) -> (i64, u64) {
        const PATTERN: u64 = u64::from_le_bytes(*b"00-00-00");
        const SEPARATORS: u64 = 0xFF << 16 | 0xFF << 40;
        let (parts, fits) = pairs(last ^ PATTERN, SEPARATORS);
        let century = (before ^ ZEROS) >> 48;
        let year = 100 * (10 * (century & 0xFF) + (century >> 8)) + pair(parts, 0);
        let (days, is_real) = days(year, pair(parts, 3), pair(parts, 6));
        (days, u64::from((length == 10) & fits & are_digits(century) & is_real))
    }
}

/// Where a block of datetimes has its parts: as one of the first has.
#[derive(Clone, Copy, Debug)]
pub(in crate::decode) struct Layout {
    length: u64,
    /// Between the parts of the date.
    date: u8,
    /// Between date and time.
    between: u8,
    /// The digits of the fraction; without any there is no dot either.
    fraction: u64,
    /// The digits that a step is behind the dot, no fewer.
    places: usize,
    /// Whether a `Z` follows.
    zulu: bool,
}

impl Layout {
    /// That of `YYYY-MM-DD HH:MM:SS`, with a slash or a `T` perhaps, a fraction of up to eight digits and not
    /// finer than `places`, and a `Z`; `None` of anything else.
    pub(in crate::decode) fn of(text: &[u8], places: usize) -> Option<Layout> {
        let (date, between) = (*text.get(4)?, *text.get(10)?);
        let zulu = *text.get(18..)?.last()? == b'Z';
        let behind = text.len().checked_sub(19 + usize::from(zulu))?;
        let fraction = behind.saturating_sub(1);
        let is_known = matches!(date, b'-' | b'/') && matches!(between, b' ' | b'T');
        let is_held = fraction <= places.min(8) && behind != 1;
        let (length, fraction) = (text.len() as u64, fraction as u64);
        (is_known && is_held).then_some(Layout { length, date, between, fraction, places, zulu })
    }

    /// Whether they are all of UTC, and none says nothing of where it is.
    pub(in crate::decode) fn is_zoned(self) -> bool {
        self.zulu
    }
}

/// The words of a block of datetimes.
struct Moments<'a> {
    lengths: &'a [u64],
    /// The three that a text begins with, of which the last one reaches beyond a short text.
    words: [&'a [u64]; 3],
    /// The last digits of the fraction.
    last: &'a [u64],
    /// The last bytes of all.
    end: &'a [u64],
    values: &'a mut [i64],
    layout: Layout,
}

impl Block<'_> {
    /// Reads the fields as datetimes of a layout; says which are, one bit each, those behind the last row aside.
    #[inline(always)]
    pub(in crate::decode) fn read_moments(&self, backend: Backend, layout: Layout, values: &mut [i64; BLOCK]) -> u64 {
        let lanes = self.lanes();
        let words = self.first_three();
        let before_zulu;
        let last = match layout.zulu {
            true => {
                before_zulu = self.ending(1);
                &before_zulu
            }
            false => &self.last,
        };
        backend.run(Moments {
            lengths: &self.lengths[..lanes],
            words: words.each_ref().map(|words| &words[..lanes]),
            last: &last[..lanes],
            end: &self.last[..lanes],
            values: &mut values[..lanes],
            layout,
        })
    }
}

impl Loops for Moments<'_> {
    /// Which fields are datetimes, the first in the lowest bit.
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let Moments { lengths, words: [first, second, third], last, end, values, layout } = self;
        let Layout { length, date, between, fraction, places, zulu } = layout;
        let day = u64::from_le_bytes([b'0', b'0', b'0', b'0', date, b'0', b'0', date]);
        let minute = u64::from_le_bytes([b'0', b'0', between, b'0', b'0', b':', b'0', b'0']);
        let dot = u64::from_le_bytes([b':', b'0', b'0', b'.', 0, 0, 0, 0]);
        let dot_bytes = if fraction > 0 { 0xFFFF_FFFF } else { 0xFF_FFFF };
        let steps_a_second = ten_to(places) as i64;
        // Seconds of which 64 bits hold the steps, a fraction included.
        let most = (i64::MAX / steps_a_second - 1) as u64;
        let finer = ten_to(places - fraction as usize);
        let fraction_bytes = last_bytes(fraction);
        let texts = first.iter().zip(second).zip(third).zip(last.iter().zip(end).zip(lengths));
        let mut fits = [0; BLOCK];
        for ((value, fit), (((&first, &second), &third), ((&last, &end), &own_length))) in
            values.iter_mut().zip(&mut fits).zip(texts)
        {
            let (ymd, has_day) = pairs(first ^ day, 0xFF << 32 | 0xFF << 56);
            let (dhm, has_minute) = pairs(second ^ minute, 0xFF << 16 | 0xFF << 40);
            let (s, has_second) = pairs((third ^ dot) & dot_bytes, 0xFF | 0xFF << 24);
            let parts = (last ^ ZEROS) & fraction_bytes;
            let (days, is_real) = days(pair(ymd, 0) * 100 + pair(ymd, 2), pair(ymd, 5), pair(dhm, 0));
            let (hour, minute, second) = (pair(dhm, 3), pair(dhm, 6), pair(s, 1));
            let is_time = (hour < 24) & (minute < 60) & (second < 60);
            let is_zoned = !zulu | (end >> 56 == u64::from(b'Z'));
            let whole = has_day & has_minute & has_second & are_digits(parts) & is_zoned;
            let seconds = days * 86_400 + (hour * 3600 + minute * 60 + second) as i64;
            let is_held = seconds.wrapping_add(most as i64) as u64 <= 2 * most;
            *fit = u64::from((own_length == length) & whole & is_real & is_time & is_held);
            *value = seconds.wrapping_mul(steps_a_second).wrapping_add((join(parts) * finer) as i64);
        }
        bits(&fits)
    }
}

#[cfg(test)]
mod tests {
    use super::days;
    use crate::decode::calendar;

    #[test]
    fn days_are_those_of_the_calendar() {
        for year in 0..10_000_u32 {
            for month in 0..100_u32 {
                // Of months that are none, and days that no month has, a few will do.
                for day in if month < 14 { 0..34_u32 } else { 0..2 } {
                    let (counted, is_real) = days(year.into(), month.into(), day.into());
                    let expected = calendar::days(year, month, day);
                    assert_eq!(is_real.then_some(counted), expected.map(i64::from), "{year}-{month}-{day}");
                }
            }
        }
    }
}
