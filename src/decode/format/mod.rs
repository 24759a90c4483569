//! Formats of dates and times: a `%` text in, a compiled [`Format`] out that reads values.
//!
//! The language is chrono's, as Polars uses it, read strictly: what chrono rounds, wraps or passes over is no value here.
//! `compile.rs` makes steps of a text and refuses what does not say a whole value, `steps.rs` takes them one by one, and
//! `fixed.rs` checks the beginning of fixed width by words. A column, its nulls and its errors are not known here.

mod compile;
mod fixed;
mod steps;

use super::calendar::days;
use super::moment::{Moment, Unit};
use super::{Cause, calendar};
use crate::error::Error;
use fixed::{Fixed, Plain};
use steps::{Has, Parts, Step};

/// The directives of a format, as an error names them.
pub const DIRECTIVES: &str = "%Y %y %m %b %B %h %d %e %j %a %A %G %V %u %H %k %I %l %p %P %M %S %f %.f %3f %6f %9f %.3f %.6f \
                              %.9f %z %:z %#z %Z %s %F %D %x %v %T %X %R %r %c %+ %n %t %%";

/// What a format says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temporal {
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day, and perhaps a time and an offset from UTC.
    Datetime,
}

/// How dates, times or datetimes are written, by the `%` directives of chrono and Polars.
///
/// Of the directives ([`DIRECTIVES`]) `%Y` has four digits and `%y` two, of which 70 to 99 are of the last century. `%m`,
/// `%d`, `%H`, `%I`, `%M` and `%S` have one digit or two, or two where another digit may follow; `%e`, `%k` and `%l` have a
/// blank for the first one. `%b` is a month's short name, `%B` either, in any case; `%a` and `%A` a day of the week, which has
/// to be that of the date. `%.f` is a dot with one to nine digits, or nothing; `%3f` and `%.3f` have as many digits as they
/// say, `%f` has nine. `%z` is `Z`, `+HH:MM`, `+HHMM` or `+HH`, `%Z` one of the names of UTC, `%s` seconds since 1970.
/// A month without a day is its first. Everything else stands for itself.
///
/// ```
/// use fast_csv::decode::format::{Format, Temporal};
/// let format = Format::new("%d.%m.%Y", Temporal::Date)?;
/// assert_eq!(format.date(b"02.01.1970"), Ok(1));
/// assert!(format.date(b"30.02.1970").is_err());
/// assert!(Format::new("%d/%Q", Temporal::Date).is_err());
/// # Ok::<(), fast_csv::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Format {
    text: Box<str>,
    steps: Box<[Step]>,
    /// The first steps, where they have a fixed width, and how many they are.
    fixed: Option<(Fixed, usize)>,
    /// Where these are all steps, and say a date in numbers, alone or with a time.
    plain: Option<Plain>,
    has: Has,
    /// The bytes that stand for themselves.
    literals: Box<[u8]>,
}

impl PartialEq for Format {
    fn eq(&self, other: &Format) -> bool {
        self.text == other.text
    }
}

const SECONDS_A_DAY: i64 = 86_400;

impl Format {
    /// Compiles a format.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) where a directive is not known, or the format does not say a whole value of
    /// the kind, or more than it.
    pub fn new(text: &str, of: Temporal) -> Result<Format, Error> {
        let (steps, has) =
            compile::compile(text, of).map_err(|why| Error::argument(format!("the format {text:?} {why}")))?;
        let literals = steps.iter().filter_map(|step| if let Step::Byte(byte) = step { Some(*byte) } else { None });
        let fixed = Fixed::of(&steps);
        let other_numbers = Has::ISO_YEAR.with(Has::HALF_DAY_HOUR);
        let all = fixed.as_ref().filter(|(_, taken)| *taken == steps.len() && !has.meets(other_numbers));
        Ok(Format {
            text: text.into(),
            plain: all.and_then(|(fixed, _)| fixed.plain()),
            fixed,
            has,
            literals: literals.collect(),
            steps: steps.into_boxed_slice(),
        })
    }

    /// The text that it was made of.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a text of this format may hold a byte.
    pub(super) fn may_hold(&self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || b"+-.: ".contains(&byte) || self.literals.contains(&byte)
    }

    /// Days since 1970 of a date.
    ///
    /// # Errors
    /// [`Cause::Cast`].
    #[inline]
    pub fn date(&self, text: &[u8]) -> Result<i32, Cause> {
        self.read(text).and_then(|parts| self.day(&parts)).ok_or(Cause::Cast)
    }

    /// Nanoseconds since midnight of a time of day.
    ///
    /// # Errors
    /// [`Cause::Cast`].
    #[inline]
    pub fn time(&self, text: &[u8]) -> Result<i64, Cause> {
        let parts = self.read(text).ok_or(Cause::Cast)?;
        let seconds = self.clock(&parts).ok_or(Cause::Cast)?;
        Ok(seconds * 1_000_000_000 + i64::from(parts.nanos))
    }

    /// Steps of `unit` since 1970 UTC of a datetime.
    ///
    /// # Errors
    /// [`Cause::Cast`], also for a fraction finer than the unit, or [`Cause::Overflow`].
    #[inline]
    pub fn datetime(&self, text: &[u8], unit: Unit) -> Result<i64, Cause> {
        self.moment(text)?.timestamp(unit)
    }

    /// A datetime, not yet fitted to a unit.
    ///
    /// # Errors
    /// [`Cause::Cast`].
    #[inline]
    pub fn moment(&self, text: &[u8]) -> Result<Moment, Cause> {
        self.read(text).and_then(|parts| self.join(&parts)).ok_or(Cause::Cast)
    }

    /// Days since 1970 and seconds since midnight, where the format and the text are of the common kind; `None` says only that
    /// another way must look.
    #[inline(always)]
    pub(super) fn plain(&self, text: &[u8]) -> Option<(i32, i64)> {
        let ((fixed, _), plain) = self.fixed.as_ref().zip(self.plain.as_ref())?;
        fixed.read_plain(plain, text)
    }

    #[inline]
    fn read(&self, text: &[u8]) -> Option<Parts> {
        let mut parts = Parts::default();
        if let Some((fixed, steps)) = &self.fixed
            && let Some(rest) = fixed.read(text, &mut parts)
        {
            return steps::read(&self.steps[*steps..], rest, parts);
        }
        steps::read(&self.steps, text, Parts::default())
    }

    #[inline]
    fn join(&self, parts: &Parts) -> Option<Moment> {
        let offset = self.has.contains(Has::ZONE).then_some(parts.offset);
        if self.has.contains(Has::EPOCH) {
            // Whether a fraction goes on from seconds before 1970 or towards it is not said.
            if parts.epoch < 0 && parts.nanos > 0 {
                return None;
            }
            return Some(Moment { seconds: parts.epoch, nanos: parts.nanos, offset, has_time: true });
        }
        let midnight = i64::from(self.day(parts)?) * SECONDS_A_DAY;
        let has_time = self.has.contains(Has::MINUTE);
        let seconds = if has_time { self.clock(parts)? } else { 0 };
        Some(Moment { seconds: midnight + seconds, nanos: parts.nanos, offset, has_time })
    }

    #[inline]
    fn day(&self, parts: &Parts) -> Option<i32> {
        let has = self.has;
        let day = if has.contains(Has::MONTH) {
            days(parts.year, parts.month, if has.contains(Has::DAY) { parts.day } else { 1 })?
        } else if has.contains(Has::ORDINAL) {
            let (first, last) = (days(parts.year, 1, 1)?, days(parts.year, 12, 31)?);
            let day = first.checked_add(parts.ordinal.checked_sub(1)? as i32)?;
            (day <= last).then_some(day)?
        } else {
            calendar::iso_day(parts.year, parts.week, parts.weekday)?
        };
        let names_weekday = has.contains(Has::WEEKDAY);
        (!names_weekday || calendar::weekday(day) == parts.weekday).then_some(day)
    }

    #[inline]
    fn clock(&self, parts: &Parts) -> Option<i64> {
        let (hour, has) = (parts.hour, self.has);
        let hour = match (has.contains(Has::HALF_DAY_HOUR), has.contains(Has::MERIDIEM)) {
            (true, _) if !(1..=12).contains(&hour) => return None,
            (true, _) => hour % 12 + if parts.afternoon { 12 } else { 0 },
            // An hour of the whole day has to agree with what is said of its half.
            (false, true) if (hour >= 12) != parts.afternoon => return None,
            (false, _) => hour,
        };
        let real = (hour < 24) & (parts.minute < 60) & (parts.second < 60);
        real.then(|| i64::from(hour * 3600 + parts.minute * 60 + parts.second))
    }
}

#[cfg(test)]
mod tests;
