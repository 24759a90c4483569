//! Dates, datetimes and times of day whose parts have fixed places, read as words.
//!
//! A word less its pattern (digit 0 where a digit belongs, the separator where that belongs) holds digits at the
//! digits' places and zeros elsewhere; one addition and one mask check all eight bytes. Other spellings go the exact
//! way, to `moment.rs`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, PrimitiveArray, Time64NanosecondArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{ArrowTimestampType, DataType};

use super::block::{BLOCK, Block, Date, Layout};
use super::calendar::days;
use super::digits::{self, number, ten_to};
use super::moment::{self, Moment, Unit};
use super::values::Kind;
use super::{Cause, parse};
use crate::scan::Backend;

/// A column of days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day;

/// A column of times of day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock;

/// A column of datetimes of Arrow type `T`.
#[derive(Debug)]
pub(super) struct Stamp<T> {
    /// Whether all of them have to have a `Z` or an offset, or none of them; absent where either may be.
    zoned: Option<bool>,
    of: std::marker::PhantomData<T>,
}

impl<T> Stamp<T> {
    pub(super) const KIND: Stamp<T> = Stamp { zoned: None, of: std::marker::PhantomData };

    /// Those that are all written with a zone, or without.
    pub(super) fn zoned(zoned: Option<bool>) -> Stamp<T> {
        Stamp { zoned, ..Stamp::KIND }
    }

    /// Whether one that is written so is one of these.
    #[inline(always)]
    fn takes(&self, zoned: bool) -> bool {
        self.zoned.is_none_or(|wanted| wanted == zoned)
    }
}

impl<T: HasUnit> Stamp<T> {
    /// The steps of a datetime, if it is one of these.
    pub(super) fn steps(&self, moment: Moment) -> Result<i64, Cause> {
        if self.takes(moment.offset.is_some()) { moment.timestamp(T::STEP) } else { Err(Cause::Cast) }
    }

    /// The steps of a day and the seconds into it, of a datetime without a zone.
    #[inline(always)]
    pub(super) fn steps_of(&self, day: i32, seconds: i64) -> Result<i64, Cause> {
        if !self.takes(false) {
            return Err(Cause::Cast);
        }
        let seconds = i64::from(day) * 86_400 + seconds;
        seconds.checked_mul(ten_to(T::STEP.places()) as i64).ok_or(Cause::Overflow)
    }
}

impl<T> Clone for Stamp<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Stamp<T> {}

impl Kind for Day {
    type Native = i32;

    const REPEATS: bool = true;

    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<i32> {
        read_date(data.get(start..end)?.try_into().ok()?)
    }

    const BLOCKS: bool = true;

    #[inline(always)]
    fn block(&self, backend: Backend, block: &Block<'_>, values: &mut [i32; BLOCK]) -> u64 {
        let mut days = [0; BLOCK];
        let found = block.read(backend, Date, &mut days);
        values.iter_mut().zip(days).for_each(|(value, day)| *value = day as i32);
        found
    }

    fn parse(&self, text: &[u8]) -> Result<i32, Cause> {
        moment::date(text)
    }

    fn array(&self, values: Vec<i32>, nulls: Option<NullBuffer>, _: &DataType) -> ArrayRef {
        Arc::new(Date32Array::new(values.into(), nulls))
    }
}

impl Kind for Clock {
    type Native = i64;

    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<i64> {
        let seconds = read_clock(data.get(start..end)?.first_chunk()?)?;
        let nanos = read_fraction(data, start + 8, end, 9)?;
        Some(seconds * 1_000_000_000 + nanos as i64)
    }

    fn parse(&self, text: &[u8]) -> Result<i64, Cause> {
        moment::time(text)
    }

    fn array(&self, values: Vec<i64>, nulls: Option<NullBuffer>, _: &DataType) -> ArrayRef {
        Arc::new(Time64NanosecondArray::new(values.into(), nulls))
    }
}

/// How many of a block are looked at to find the layout of all.
const LOOKS: usize = 8;

/// The unit of an Arrow timestamp type.
pub(super) trait HasUnit: ArrowTimestampType {
    const STEP: Unit;
}

impl HasUnit for arrow::datatypes::TimestampMillisecondType {
    const STEP: Unit = Unit::Milli;
}

impl HasUnit for arrow::datatypes::TimestampMicrosecondType {
    const STEP: Unit = Unit::Micro;
}

impl HasUnit for arrow::datatypes::TimestampNanosecondType {
    const STEP: Unit = Unit::Nano;
}

impl<T: HasUnit> Kind for Stamp<T> {
    type Native = i64;

    /// A date of ten bytes, alone or with a clock, a fraction perhaps, and a `Z` or an offset of six bytes perhaps.
    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<i64> {
        let text = data.get(start..end)?;
        let midnight = i64::from(read_date(text.first_chunk()?)?) * 86_400;
        let steps_a_second = ten_to(T::STEP.places()) as i64;
        if text.len() == 10 {
            return midnight.checked_mul(steps_a_second).filter(|_| self.takes(false));
        }
        if !matches!(text[10], b'T' | b' ') {
            return None;
        }
        if let [.., h1, h0, b':', m1, m0] = *text
            && text.len() == 16
        {
            let seconds = midnight + read_clock(&[h1, h0, b':', m1, m0, b':', b'0', b'0'])?;
            return seconds.checked_mul(steps_a_second).filter(|_| self.takes(false));
        }
        let (east, zone) = read_zone(text)?;
        if !self.takes(zone > 0) {
            return None;
        }
        let seconds = midnight + read_clock(text[11..].first_chunk()?)? - east;
        let steps = read_fraction(data, start + 19, end - zone, T::STEP.places())?;
        seconds.checked_mul(steps_a_second)?.checked_add(steps as i64)
    }

    const BLOCKS: bool = true;

    /// The datetimes that have their parts where the first one has them.
    #[inline(always)]
    fn block(&self, backend: Backend, block: &Block<'_>, values: &mut [i64; BLOCK]) -> u64 {
        // The first one may be missing or written otherwise.
        match block.texts().take(LOOKS).find_map(|text| Layout::of(text, T::STEP.places())) {
            Some(layout) if self.takes(layout.is_zoned()) => block.read_moments(backend, layout, values),
            _ => 0,
        }
    }

    fn parse(&self, text: &[u8]) -> Result<i64, Cause> {
        self.steps(parse::moment(text)?)
    }

    fn array(&self, values: Vec<i64>, nulls: Option<NullBuffer>, data_type: &DataType) -> ArrayRef {
        Arc::new(PrimitiveArray::<T>::new(values.into(), nulls).with_data_type(data_type.clone()))
    }
}

/// The digits of a word that fits a pattern with separators at two places, neighbours joined to pairs.
///
/// `first` and `second` are the separators' bytes; the pattern has `-` or `:` there, and a slash at both of them
/// passes for that separator where `slash` allows it.
#[inline(always)]
fn pairs(bytes: [u8; 8], pattern: [u8; 8], first: u32, second: u32, slash: bool) -> Option<u64> {
    let separators = 0xFF << (8 * first) | 0xFF << (8 * second);
    let mut word = u64::from_le_bytes(bytes) ^ u64::from_le_bytes(pattern);
    if slash {
        // What tells `/` from `-`, in both places if it is in the first.
        const OTHER: u64 = (b'-' ^ b'/') as u64;
        let is_other = (word >> (8 * first) & OTHER) / OTHER;
        word ^= is_other * (OTHER << (8 * first) | OTHER << (8 * second));
    }
    let (pairs, fits) = digits::pairs(word, separators);
    fits.then_some(pairs)
}

/// The pair whose first digit is byte `at`.
#[inline(always)]
fn pair(pairs: u64, at: u32) -> u32 {
    digits::pair(pairs, at) as u32
}

/// Days since 1970 of `YYYY-MM-DD`, `YYYY/MM/DD`, `DD-MM-YYYY` or `DD/MM/YYYY`.
#[inline(always)]
fn read_date(text: &[u8; 10]) -> Option<i32> {
    let [bytes @ .., tens, ones] = *text;
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    let last = u32::from(tens) * 10 + u32::from(ones);
    if (tens > 9) | (ones > 9) {
        return None;
    }
    if let Some(parts) = pairs(bytes, *b"0000-00-", 4, 7, true) {
        return days(pair(parts, 0) * 100 + pair(parts, 2), pair(parts, 5), last);
    }
    let parts = pairs(bytes, *b"00-00-00", 2, 5, true)?;
    days(pair(parts, 6) * 100 + last, pair(parts, 3), pair(parts, 0))
}

/// Seconds since midnight of `HH:MM:SS`.
#[inline(always)]
fn read_clock(text: &[u8; 8]) -> Option<i64> {
    let parts = pairs(*text, *b"00:00:00", 2, 5, false)?;
    let (hour, minute, second) = (pair(parts, 0), pair(parts, 3), pair(parts, 6));
    let real = (hour < 24) & (minute < 60) & (second < 60);
    real.then(|| i64::from(hour * 3600 + minute * 60 + second))
}

/// Seconds east of UTC and the bytes of a `Z` or `±HH:MM` at the end of a datetime with seconds; zeros for neither.
#[inline(always)]
fn read_zone(text: &[u8]) -> Option<(i64, usize)> {
    let [.., sign, h1, h0, colon, m1, m0] = *text else {
        return None;
    };
    if m0 == b'Z' {
        return Some((0, 1));
    }
    if !matches!(sign, b'+' | b'-') || text.len() < 25 || colon != b':' {
        return Some((0, 0));
    }
    let east = read_clock(&[h1, h0, b':', m1, m0, b':', b'0', b'0'])?;
    Some((if sign == b'+' { east } else { -east }, 6))
}

/// The fraction of a second in steps of 10^-`places`: nothing, or a dot and one to nine digits. `None` where it is
/// finer.
#[inline(always)]
fn read_fraction(data: &[u8], start: usize, end: usize, places: usize) -> Option<u64> {
    if start == end {
        return Some(0);
    }
    let count = end.wrapping_sub(start + 1);
    if *data.get(start)? != b'.' || count > 9 {
        return None;
    }
    let digits = number(data, start + 1, end)?;
    if count <= places {
        return Some(digits * ten_to(places - count));
    }
    let finer = ten_to(count - places);
    digits.is_multiple_of(finer).then(|| digits / finer)
}
