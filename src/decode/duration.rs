//! Durations: an integer of the column's steps, or ISO 8601's `PnWnDTnHnMn.nS` with a sign before it.
//!
//! Years and months are no durations, as they have no one length. A part may be left out and none may come twice; only
//! seconds have a fraction.

use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{ArrayRef, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
};

use super::digits::number;
use super::moment::Unit;
use super::values::Kind;
use super::{Cause, parse};

/// A column of durations of Arrow type `T`.
#[derive(Debug)]
pub(super) struct Lapse<T>(PhantomData<T>);

impl<T> Lapse<T> {
    pub(super) const KIND: Lapse<T> = Lapse(PhantomData);
}

impl<T> Clone for Lapse<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Lapse<T> {}

/// The unit of an Arrow duration type.
pub(super) trait HasStep: ArrowPrimitiveType<Native = i64> {
    const STEP: Unit;
}

impl HasStep for DurationMillisecondType {
    const STEP: Unit = Unit::Milli;
}

impl HasStep for DurationMicrosecondType {
    const STEP: Unit = Unit::Micro;
}

impl HasStep for DurationNanosecondType {
    const STEP: Unit = Unit::Nano;
}

impl<T: HasStep> Kind for Lapse<T> {
    type Native = i64;

    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<i64> {
        let negative = *data.get(start)? == b'-';
        let magnitude = i64::try_from(number(data, start + usize::from(negative), end)?).ok()?;
        Some(if negative { -magnitude } else { magnitude })
    }

    #[inline]
    fn second(&self, data: &[u8], start: usize, end: usize) -> Option<i64> {
        let text = data.get(start..end)?;
        let is_iso = matches!(text, [b'P', ..] | [b'+' | b'-', b'P', ..]);
        is_iso.then(|| duration(text, T::STEP).ok()).flatten()
    }

    fn parse(&self, text: &[u8]) -> Result<i64, Cause> {
        duration(text, T::STEP)
    }

    fn may_hold(&self, byte: u8) -> bool {
        byte.is_ascii_digit() || b"+-. PWDTHMS".contains(&byte)
    }

    fn array(&self, values: Vec<i64>, nulls: Option<NullBuffer>, _: &DataType) -> ArrayRef {
        Arc::new(PrimitiveArray::<T>::new(values.into(), nulls))
    }
}

/// The parts of a duration in their order: its letter, its seconds, and whether it stands behind the `T`.
const PARTS: [(u8, u64, bool); 5] =
    [(b'W', 604_800, false), (b'D', 86_400, false), (b'H', 3_600, true), (b'M', 60, true), (b'S', 1, true)];

/// Steps of `unit` in a duration: an integer of them, or ISO 8601.
///
/// # Errors
/// [`Cause::Cast`], also where a fraction is finer than the unit, or [`Cause::Overflow`].
pub fn duration(text: &[u8], unit: Unit) -> Result<i64, Cause> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let Some(rest) = rest.strip_prefix(b"P") else {
        return parse::integer(text);
    };
    let (nanos, step) = (nanos(rest)?, i128::from(unit.nanos()));
    if nanos % step != 0 {
        return Err(Cause::Cast);
    }
    let steps = nanos / step;
    i64::try_from(if negative { -steps } else { steps }).map_err(|_| Cause::Overflow)
}

/// The nanoseconds of what follows the `P`.
fn nanos(mut rest: &[u8]) -> Result<i128, Cause> {
    let (mut nanos, mut clock, mut next) = (0_i128, false, 0);
    loop {
        if let (false, [b'T', behind @ ..]) = (clock, rest) {
            (clock, rest) = (true, behind);
            if rest.is_empty() {
                return Err(Cause::Cast);
            }
        }
        let (count, behind) = split_number(rest)?;
        let (fraction, behind) = match behind {
            [b'.', behind @ ..] => split_fraction(behind)?,
            behind => (None, behind),
        };
        let (&letter, behind) = behind.split_first().ok_or(Cause::Cast)?;
        let part = PARTS[next..].iter().position(|&(own, _, behind_t)| own == letter && behind_t == clock);
        let part = next + part.ok_or(Cause::Cast)?;
        if fraction.is_some() && letter != b'S' {
            return Err(Cause::Cast);
        }
        // 19 digits of weeks are far below 127 bits of nanoseconds.
        nanos += i128::from(count) * i128::from(PARTS[part].1) * 1_000_000_000 + i128::from(fraction.unwrap_or(0));
        (rest, next) = (behind, part + 1);
        if rest.is_empty() {
            return Ok(nanos);
        }
    }
}

fn split_number(text: &[u8]) -> Result<(u64, &[u8]), Cause> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match count {
        0 => Err(Cause::Cast),
        _ => Ok((parse::integer(&text[..count])?, &text[count..])),
    }
}

/// The nanoseconds of one to nine digits behind the dot of a second.
fn split_fraction(text: &[u8]) -> Result<(Option<u32>, &[u8]), Cause> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&count) {
        return Err(Cause::Cast);
    }
    let digits: u32 = parse::integer(&text[..count])?;
    Ok((Some(digits * 10_u32.pow(9 - count as u32)), &text[count..]))
}

#[cfg(test)]
mod tests {
    use super::{Unit, duration};
    use crate::decode::Cause::{Cast, Overflow};

    #[test]
    fn durations() {
        for (text, micros) in [
            ("0", 0),
            ("-5", -5),
            ("+5", 5),
            (" 5", 5),
            ("PT0S", 0),
            ("P1DT3.000005S", 86_403_000_005),
            ("-PT0.000005S", -5),
            ("-P399DT21H", -34_549_200_000_000),
            ("+PT1.5S", 1_500_000),
            ("P2W", 1_209_600_000_000),
            ("P1W1DT1H1M1S", 694_861_000_000),
            ("PT36H", 129_600_000_000),
            ("PT90M", 5_400_000_000),
        ] {
            assert_eq!(duration(text.as_bytes(), Unit::Micro), Ok(micros), "{text}");
        }
        for text in [
            "",
            "P",
            "PT",
            "-",
            "-P",
            "P1",
            "PT1",
            "P1Y",
            "P1M",
            "P1DT",
            "P1H",
            "PT1D",
            "PT1M1H",
            "PT1S1S",
            "P1D1D",
            "P1TD",
            "PT1.S",
            "PT.5S",
            "PT1.5M",
            "PT0.0000005S",
            "PT0.0000000001S",
            "p1d",
            "PT1s",
            "P-1D",
            "PT1,5S",
            "P1D ",
            " P1D",
            "1.5",
            "1d",
            "P1DT1HT1M",
            "PTT1S",
            "00:01:00",
        ] {
            assert_eq!(duration(text.as_bytes(), Unit::Micro), Err(Cast), "{text:?}");
        }
        assert_eq!(duration(b"PT9223372036.854775807S", Unit::Nano), Ok(i64::MAX));
        assert_eq!(duration(b"-PT9223372036.854775808S", Unit::Nano), Ok(i64::MIN));
        assert_eq!(duration(b"PT9223372036.854775808S", Unit::Nano), Err(Overflow));
        assert_eq!(duration(b"P18446744073709551615WT18446744073709551615S", Unit::Milli), Err(Overflow));
        assert_eq!(duration(b"P99999999999999999999D", Unit::Milli), Err(Overflow));
        assert_eq!(duration(b"9223372036854775808", Unit::Milli), Err(Overflow));
    }
}
