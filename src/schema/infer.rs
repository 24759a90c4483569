//! The type of a column, judged by its texts.
//!
//! Every text belongs to one class; a column's classes are a set, and the set names the type: one class its own type,
//! integers of which some are beyond 64 bits `Int128`, integers with decimal numbers `Float64`, nothing at all or any other
//! mixture text. The set grows in any order to the same end, so that samples may be taken anywhere and joined.
//!
//! Of words and formats that an option gives, the set holds which of them some value does *not* fit: a column all of whose
//! values fit one is of its type, whatever else they may look like.

use crate::decode::{ColumnType, Spelling, has_zeros_in_front, parse, ungrouped};
use arrow::datatypes::{DataType, TimeUnit};

/// What a text is looked at for.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Whether dates and times are more than text.
    pub dates: bool,
    /// The byte between the whole and the broken part of a number.
    pub mark: u8,
    /// How values are written, where that is not the usual way.
    pub spelling: Spelling,
}

impl Default for Look {
    fn default() -> Look {
        Look { dates: false, mark: b'.', spelling: Spelling::default() }
    }
}

/// Values that are written in a common way and add nothing to the type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usual {
    /// There are none.
    Nothing,
    /// Integers of 64 bits.
    Integers,
    /// Integers of any length and decimal numbers.
    Numbers,
    /// `true` and `false` in any case.
    Booleans,
    /// Dates.
    Dates,
    /// Datetimes without an offset, no finer than a microsecond.
    Datetimes,
}

/// The classes of text that a column was seen to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen(u32);

impl Seen {
    const INTEGER: u32 = 1;
    /// An integer beyond 64 bits.
    const LONG_INTEGER: u32 = 1 << 1;
    /// An integer beyond 128 bits.
    const LONGEST_INTEGER: u32 = 1 << 11;
    const DECIMAL: u32 = 1 << 2;
    const BOOLEAN: u32 = 1 << 3;
    const DATE: u32 = 1 << 4;
    const DATETIME: u32 = 1 << 5;
    /// A datetime with a fraction finer than a microsecond.
    const FINE_DATETIME: u32 = 1 << 6;
    const ZONED: u32 = 1 << 7;
    /// A datetime with an offset and a fraction finer than a microsecond.
    const FINE_ZONED: u32 = 1 << 8;
    const TIME: u32 = 1 << 9;
    const TEXT: u32 = 1 << 10;
    /// A value that is no word of truth.
    const NO_TRUTH: u32 = 1 << 16;
    /// A value that does not fit the formats of dates, of times, of datetimes.
    const NO_DATE: u32 = 1 << 17;
    const NO_TIME: u32 = 1 << 18;
    const NO_DATETIME: u32 = 1 << 19;
    /// What a datetime of a format turned out to be.
    const FORMAT_NAIVE: u32 = 1 << 20;
    const FORMAT_ZONED: u32 = 1 << 21;
    const FORMAT_FINE: u32 = 1 << 22;
    /// The bits that name classes.
    const CLASSES: u32 = (1 << 16) - 1;
    const FITS_NOTHING: u32 = Self::NO_TRUTH | Self::NO_DATE | Self::NO_TIME | Self::NO_DATETIME;

    /// Adds a value: unquoted, and not null.
    pub fn add(&mut self, value: &[u8], look: &Look) {
        if !self.is_text() {
            self.0 |= class(value, look) | fits(value, &look.spelling);
        }
    }

    /// Adds what another sample of the column held.
    pub fn join(&mut self, other: Seen) {
        self.0 |= other.0;
    }

    /// What a column of an inferred type was seen to hold at least.
    pub fn of(column_type: &ColumnType) -> Seen {
        let fine =
            |unit: &TimeUnit, usual: u32, fine: u32| if *unit == TimeUnit::Nanosecond { usual | fine } else { usual };
        Seen(
            match column_type.data_type() {
                _ if *column_type == ColumnType::Int128 => Self::INTEGER | Self::LONG_INTEGER,
                DataType::Int64 => Self::INTEGER,
                DataType::Float64 => Self::DECIMAL,
                DataType::Boolean => Self::BOOLEAN,
                DataType::Date32 => Self::DATE,
                DataType::Timestamp(unit, None) => fine(&unit, Self::DATETIME, Self::FINE_DATETIME),
                DataType::Timestamp(unit, Some(_)) => fine(&unit, Self::ZONED, Self::FINE_ZONED),
                DataType::Time64(_) => Self::TIME,
                _ => Self::TEXT,
            } | Self::FITS_NOTHING,
        )
    }

    /// Whether no further value can change the type, which is text.
    pub fn is_text(self) -> bool {
        const TYPED: [u32; 6] = [
            Seen::INTEGER | Seen::LONG_INTEGER | Seen::LONGEST_INTEGER | Seen::DECIMAL,
            Seen::BOOLEAN,
            Seen::DATE,
            Seen::DATETIME | Seen::FINE_DATETIME,
            Seen::ZONED | Seen::FINE_ZONED,
            Seen::TIME,
        ];
        let classes = self.0 & Self::CLASSES;
        self.0 & Self::FITS_NOTHING == Self::FITS_NOTHING && TYPED.iter().all(|typed| classes & !typed != 0)
    }

    /// What values add nothing to the type, however many there are.
    pub(super) fn usual(self, look: &Look) -> Usual {
        let has = |class: u32| self.0 & class != 0;
        let spelling = &look.spelling;
        // Whether a value fits words and formats matters until some value has not.
        if self.0 & Self::FITS_NOTHING != Self::FITS_NOTHING {
            Usual::Nothing
        } else if has(Self::DECIMAL) {
            Usual::Numbers
        } else if has(Self::INTEGER) {
            Usual::Integers
        } else if has(Self::BOOLEAN) && spelling.truths.is_none() {
            Usual::Booleans
        } else if has(Self::DATE) && spelling.dates.is_empty() && look.dates {
            Usual::Dates
        } else if has(Self::DATETIME) && spelling.datetimes.is_empty() && look.dates {
            Usual::Datetimes
        } else {
            Usual::Nothing
        }
    }

    /// The type that holds every value seen.
    pub fn data_type(self) -> ColumnType {
        if let Some(data_type) = self.fitting_type() {
            return data_type.into();
        }
        let fine = self.0 & (Self::FINE_DATETIME | Self::FINE_ZONED) != 0;
        let unit = if fine { TimeUnit::Nanosecond } else { TimeUnit::Microsecond };
        let classes = self.0 & Self::CLASSES;
        let within = |set: u32| classes != 0 && classes & !set == 0;
        let integers = Self::INTEGER | Self::LONG_INTEGER | Self::LONGEST_INTEGER;
        let data_type = if within(Self::INTEGER) {
            DataType::Int64
        } else if within(Self::INTEGER | Self::LONG_INTEGER) {
            return ColumnType::Int128;
        } else if self.0 & Self::DECIMAL != 0 && within(integers | Self::DECIMAL) {
            DataType::Float64
        } else if within(Self::BOOLEAN) {
            DataType::Boolean
        } else if within(Self::DATE) {
            DataType::Date32
        } else if within(Self::DATETIME | Self::FINE_DATETIME) {
            DataType::Timestamp(unit, None)
        } else if within(Self::ZONED | Self::FINE_ZONED) {
            DataType::Timestamp(unit, Some("UTC".into()))
        } else if within(Self::TIME) {
            DataType::Time64(TimeUnit::Nanosecond)
        } else {
            DataType::Utf8View
        };
        data_type.into()
    }

    /// The type of the words or formats that every value fits.
    fn fitting_type(self) -> Option<DataType> {
        let fits = |miss: u32| self.0 != 0 && self.0 & miss == 0;
        if fits(Self::NO_TRUTH) {
            return Some(DataType::Boolean);
        }
        if fits(Self::NO_DATE) {
            return Some(DataType::Date32);
        }
        let zones = self.0 & (Self::FORMAT_NAIVE | Self::FORMAT_ZONED);
        if fits(Self::NO_DATETIME) && zones.count_ones() == 1 {
            let unit = if self.0 & Self::FORMAT_FINE != 0 { TimeUnit::Nanosecond } else { TimeUnit::Microsecond };
            let zone = (zones == Self::FORMAT_ZONED).then(|| "UTC".into());
            return Some(DataType::Timestamp(unit, zone));
        }
        fits(Self::NO_TIME).then_some(DataType::Time64(TimeUnit::Nanosecond))
    }
}

/// Which words and formats a value does not fit; all that are not given.
fn fits(value: &[u8], spelling: &Spelling) -> u32 {
    let mut misses = Seen::FITS_NOTHING;
    if spelling.truths.as_ref().is_some_and(|truths| truths.read(value).is_some()) {
        misses &= !Seen::NO_TRUTH;
    }
    if !spelling.dates.is_empty() && spelling.date(value).is_ok() {
        misses &= !Seen::NO_DATE;
    }
    if !spelling.times.is_empty() && spelling.time(value).is_ok() {
        misses &= !Seen::NO_TIME;
    }
    if !spelling.datetimes.is_empty()
        && let Ok(moment) = spelling.moment(value)
    {
        misses &= !Seen::NO_DATETIME;
        misses |= if moment.offset.is_some() { Seen::FORMAT_ZONED } else { Seen::FORMAT_NAIVE };
        misses |= if moment.nanos % 1_000 != 0 { Seen::FORMAT_FINE } else { 0 };
    }
    misses
}

fn class(value: &[u8], look: &Look) -> u32 {
    let plain = look.spelling.thousands.and_then(|thousands| ungrouped(value, thousands));
    let value = plain.as_deref().unwrap_or(value);
    match value.first() {
        Some(b'0'..=b'9' | b'-' | b'+' | b'i' | b'N') => {}
        Some(&first) if first == look.mark => {}
        // Where words are given, these alone are true and false.
        Some(b't' | b'T' | b'f' | b'F') if look.spelling.truths.is_none() && parse::boolean(value).is_ok() => {
            return Seen::BOOLEAN;
        }
        _ => return Seen::TEXT,
    }
    if look.spelling.keeps_zeros && has_zeros_in_front(value) {
        return if look.dates { temporal_class(value, &look.spelling) } else { Seen::TEXT };
    }
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
        return match parse::int128(value) {
            Ok(value) if i64::try_from(value).is_ok() => Seen::INTEGER,
            Ok(_) => Seen::LONG_INTEGER,
            Err(_) => Seen::LONGEST_INTEGER,
        };
    }
    if is_decimal(value, look.mark) {
        return Seen::DECIMAL;
    }
    if look.dates { temporal_class(value, &look.spelling) } else { Seen::TEXT }
}

/// The usual ways of writing dates and times count where no format is given.
fn temporal_class(value: &[u8], spelling: &Spelling) -> u32 {
    if spelling.times.is_empty() && parse::time(value).is_ok() {
        return Seen::TIME;
    }
    match parse::moment(value) {
        Err(_) => Seen::TEXT,
        Ok(moment) if !moment.has_time && spelling.dates.is_empty() => Seen::DATE,
        Ok(moment) if !moment.has_time || !spelling.datetimes.is_empty() => Seen::TEXT,
        Ok(moment) => match (moment.offset.is_some(), moment.nanos % 1_000 != 0) {
            (false, false) => Seen::DATETIME,
            (false, true) => Seen::FINE_DATETIME,
            (true, false) => Seen::ZONED,
            (true, true) => Seen::FINE_ZONED,
        },
    }
}

/// Whether polars takes the text for a decimal number: `1.5`, `.5`, `1.`, `1e5`, `1.5e-3`, `inf`, `-NaN`. Narrower than what a
/// column of an explicit float type accepts.
fn is_decimal(value: &[u8], mark: u8) -> bool {
    let magnitude = match value {
        [b'+' | b'-', rest @ ..] => rest,
        rest => rest,
    };
    if matches!(magnitude, b"inf" | b"NaN") {
        return true;
    }
    let whole = count_digits(magnitude);
    let rest = &magnitude[whole..];
    let (fraction, dot, rest) = match rest {
        [first, rest @ ..] if *first == mark => {
            let fraction = count_digits(rest);
            (fraction, true, &rest[fraction..])
        }
        rest => (0, false, rest),
    };
    match rest {
        [] => dot && (whole > 0 || fraction > 0),
        [b'e' | b'E', exponent @ ..] => {
            let mantissa = if dot { fraction > 0 } else { whole > 0 };
            let digits = match exponent {
                [b'+' | b'-', digits @ ..] => digits,
                digits => digits,
            };
            mantissa && !digits.is_empty() && count_digits(digits) == digits.len()
        }
        _ => false,
    }
}

fn count_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Truths;
    use crate::decode::format::{Format, Temporal};

    fn judged(values: &[&str]) -> ColumnType {
        let mut seen = Seen::default();
        values.iter().for_each(|value| seen.add(value.as_bytes(), &Look { dates: true, ..Look::default() }));
        seen.data_type()
    }

    #[test]
    fn texts_are_judged_as_polars_judges_them() {
        use DataType::{Boolean, Date32, Float64, Int64, Utf8View};
        let naive = DataType::Timestamp(TimeUnit::Microsecond, None);
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let time = DataType::Time64(TimeUnit::Nanosecond);
        for (value, wanted) in [
            ("1", &Int64),
            ("-1", &Int64),
            ("+1", &Utf8View),
            ("00123", &Int64),
            ("-", &Utf8View),
            ("--1", &Utf8View),
            ("9223372036854775807", &Int64),
            ("1_000", &Utf8View),
            ("1.5", &Float64),
            ("1.", &Float64),
            (".5", &Float64),
            ("-.5", &Float64),
            ("1e5", &Float64),
            ("1E5", &Float64),
            ("1.5e-3", &Float64),
            ("1.e5", &Utf8View),
            (".e5", &Utf8View),
            ("1e", &Utf8View),
            ("e5", &Utf8View),
            (".", &Utf8View),
            ("inf", &Float64),
            ("-inf", &Float64),
            ("+inf", &Float64),
            ("Inf", &Utf8View),
            ("infinity", &Utf8View),
            ("NaN", &Float64),
            ("nan", &Utf8View),
            ("-NaN", &Float64),
            ("+NaN", &Float64),
            ("-nan", &Utf8View),
            ("1f", &Utf8View),
            (" 1", &Utf8View),
            ("1 ", &Utf8View),
            ("true", &Boolean),
            ("FALSE", &Boolean),
            ("tRue", &Boolean),
            ("T", &Utf8View),
            ("yes", &Utf8View),
            ("2020-01-02", &Date32),
            ("2020/1/2", &Date32),
            ("02-01-2020", &Date32),
            ("2020-02-30", &Utf8View),
            ("2020-01-02T03:04:05", &naive),
            ("2020-01-02 03:04", &naive),
            ("2020-01-02 03:04:05.123456", &naive),
            ("2020-01-02T03:04:05Z", &utc),
            ("2020-01-02T03:04:05.1+01:00", &utc),
            ("03:04:05", &time),
            ("24:00", &Utf8View),
        ] {
            assert_eq!(judged(&[value]), *wanted, "{value}");
        }
        for value in [i128::MAX.to_string(), i128::MIN.to_string(), "9223372036854775808".into()] {
            assert_eq!(judged(&[&value]), ColumnType::Int128, "{value}");
        }
        assert_eq!(judged(&["170141183460469231731687303715884105728"]), Utf8View);
    }

    #[test]
    fn mixtures_hold_every_value() {
        for (values, wanted) in [
            (&["1", "1.5"][..], DataType::Float64),
            (&["9223372036854775808", "1.5"], DataType::Float64),
            (&["1", "170141183460469231731687303715884105728"], DataType::Utf8View),
            (&["170141183460469231731687303715884105728", "1.5"], DataType::Float64),
            (&["1", "true"], DataType::Utf8View),
            (&["2020-01-01", "2020-01-01T00:00"], DataType::Utf8View),
            (&["2020-01-01T00:00", "2020-01-01T00:00Z"], DataType::Utf8View),
            (&["2020-01-01T00:00", "2020-01-01T00:00:00.123456789"], DataType::Timestamp(TimeUnit::Nanosecond, None)),
            (&[], DataType::Utf8View),
        ] {
            assert_eq!(judged(values), wanted, "{values:?}");
        }
        assert_eq!(judged(&["1", "9223372036854775808", "-1"]), ColumnType::Int128);
    }

    #[test]
    fn another_mark_takes_the_place_of_the_dot() {
        let comma = Look { mark: b',', ..Look::default() };
        for (value, wanted) in [
            ("1,5", DataType::Float64),
            (",5", DataType::Float64),
            ("-1,", DataType::Float64),
            ("1,5e3", DataType::Float64),
            ("12", DataType::Int64),
            ("1.5", DataType::Utf8View),
            (".5", DataType::Utf8View),
            ("1.234,5", DataType::Utf8View),
            ("1,2,3", DataType::Utf8View),
        ] {
            let mut seen = Seen::default();
            seen.add(value.as_bytes(), &comma);
            assert_eq!(seen.data_type(), wanted, "{value}");
        }
    }

    #[test]
    fn what_every_value_fits_is_its_type() {
        use DataType::{Boolean, Date32, Float64, Int64, Time64, Utf8View};
        let format = |text, of| [Format::new(text, of).unwrap()].into();
        let spelling = Spelling {
            truths: Some(Truths::new(Some(&["1", "yes"]), Some(&["0", "no"])).unwrap()),
            dates: format("%Y%m%d", Temporal::Date),
            times: format("%H.%M", Temporal::Time),
            datetimes: format("%d/%m/%Y %R%z", Temporal::Datetime),
            thousands: Some(b','),
            keeps_zeros: true,
            ..Spelling::default()
        };
        let look = Look { dates: true, spelling, ..Look::default() };
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        for (values, wanted) in [
            (&["1", "no"][..], Boolean),
            (&["1", "2"], Int64),
            (&["true"], Utf8View),
            (&["20200102", "20201231"], Date32),
            (&["20200102", "20201301"], Int64),
            (&["20200102", "2020-01-02"], Utf8View),
            (&["10.30"], Time64(TimeUnit::Nanosecond)),
            (&["10.30", "99.30"], Float64),
            (&["1/2/2020 10:30Z"], utc),
            (&["2020-01-02 10:30"], Utf8View),
            (&["10:30"], Utf8View),
            (&["1,234", "-1,234,567"], Int64),
            (&["1,234.5", "7"], Float64),
            (&["12,34"], Utf8View),
            (&["7", "007"], Utf8View),
            (&["0.75", "00.75"], Utf8View),
            (&["0", "-7", "0.5", "0e1"], Float64),
            (&["1", "20200102", "10.30"], Float64),
        ] {
            let mut seen = Seen::default();
            values.iter().for_each(|value| seen.add(value.as_bytes(), &look));
            assert_eq!(seen.data_type(), wanted, "{values:?}");
        }
    }

    #[test]
    fn what_adds_nothing_to_a_set_adds_nothing_to_a_larger_one() {
        let look = Look { dates: true, ..Look::default() };
        for classes in 0..1 << 12 {
            let seen = Seen(classes | Seen::FITS_NOTHING);
            let adds = match seen.usual(&look) {
                Usual::Nothing => 0,
                Usual::Integers => Seen::INTEGER,
                Usual::Numbers => Seen::INTEGER | Seen::LONG_INTEGER | Seen::LONGEST_INTEGER | Seen::DECIMAL,
                Usual::Booleans => Seen::BOOLEAN,
                Usual::Dates => Seen::DATE,
                Usual::Datetimes => Seen::DATETIME,
            };
            let mut stays_text = true;
            // All sets that hold this one.
            let others = !classes & ((1 << 12) - 1);
            let mut more = others;
            loop {
                let larger = Seen(seen.0 | more);
                let parts = (0..12).map(|bit| 1 << bit).filter(|bit| adds & bit != 0);
                parts.for_each(|part| assert_eq!(Seen(larger.0 | part).data_type(), larger.data_type()));
                stays_text &= larger.data_type() == DataType::Utf8View;
                if more == 0 {
                    break;
                }
                more = (more - 1) & others;
            }
            assert_eq!(seen.is_text(), stays_text && classes != 0, "{seen:?}");
        }
    }

    #[test]
    fn dates_are_text_unless_asked_for() {
        let mut seen = Seen::default();
        seen.add(b"2020-01-02", &Look::default());
        assert_eq!(seen.data_type(), DataType::Utf8View);
    }
}
