//! Whether values lie between bounds.

use arrow::array::ArrowNativeTypeOp as _;
use arrow::array::types::ArrowPrimitiveType;
use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};

use crate::decode::parse;
use crate::decode::views::{Number, Views};

/// Values from `lo` to `hi`, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval<T> {
    /// The least.
    pub lo: T,
    /// The greatest.
    pub hi: T,
}

impl<T: PartialOrd> Interval<T> {
    /// Whether the value is neither less nor greater.
    #[inline(always)]
    pub fn contains(&self, value: T) -> bool {
        (value >= self.lo) & (value <= self.hi)
    }
}

/// Bounds of numbers, for each way in which numbers are kept.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// For whole numbers.
    pub whole: Interval<i128>,
    /// For floats.
    pub float: Interval<f64>,
    /// For decimals: each bound as a number and how many of its digits stand behind the dot, and whether it is included itself.
    pub lo: Option<(i128, u32, bool)>,
    /// As `lo`.
    pub hi: Option<(i128, u32, bool)>,
}

/// Bounds of one kind of value.
#[derive(Clone, Debug)]
pub enum Bounds {
    /// Numbers.
    Numbers(Numbers),
    /// Nanoseconds since 1970 UTC.
    Instants(Interval<i128>),
    /// Nanoseconds since midnight.
    Clock(Interval<i128>),
    /// Nanoseconds.
    Durations(Interval<i128>),
}

const NANOS_A_SECOND: i128 = 1_000_000_000;
const NANOS_A_DAY: i128 = 86_400 * NANOS_A_SECOND;

impl Bounds {
    /// What the bounds are, in the plural.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Bounds::Numbers(_) => "numbers",
            Bounds::Instants(_) => "dates or datetimes",
            Bounds::Clock(_) => "times",
            Bounds::Durations(_) => "durations",
        }
    }

    /// Whether texts can be held against these bounds.
    #[must_use]
    pub fn suit_text(&self) -> bool {
        !matches!(self, Bounds::Durations(_))
    }

    /// Whether a text is a value of the bounds' kind, and between them.
    #[must_use]
    pub fn contain_text(&self, text: &[u8]) -> bool {
        match self {
            Bounds::Numbers(numbers) => numbers.contain_text(text),
            Bounds::Instants(interval) => parse::moment(text).is_ok_and(|moment| {
                let seconds = i128::from(moment.seconds) - i128::from(moment.offset.unwrap_or(0));
                interval.contains(seconds * NANOS_A_SECOND + i128::from(moment.nanos))
            }),
            Bounds::Clock(interval) => parse::time(text).is_ok_and(|nanos| interval.contains(i128::from(nanos))),
            Bounds::Durations(_) => false,
        }
    }

    /// [`Bounds::contain_text`] for some rows of a column.
    pub(super) fn contain_texts(&self, texts: &Views<'_>, rows: std::ops::Range<usize>) -> BooleanBuffer {
        match self {
            Bounds::Numbers(numbers) if numbers.floats_decide() => {
                let interval = numbers.float;
                BooleanBuffer::collect_bool(rows.len(), |at| match texts.float(rows.start + at) {
                    Some(value) => interval.contains(value),
                    // Null rows are such texts.
                    None if texts.length(rows.start + at) == 0 => false,
                    None => numbers.contain_text(texts.text(rows.start + at)),
                })
            }
            Bounds::Instants(interval) => {
                let micros = Interval { lo: -(-interval.lo).div_euclid(1000), hi: interval.hi.div_euclid(1000) };
                let micros = Interval { lo: saturate(micros.lo), hi: saturate(micros.hi) };
                BooleanBuffer::collect_bool(rows.len(), |at| match texts.micros(rows.start + at) {
                    Some(value) => micros.contains(value),
                    None => self.contain_text(texts.text(rows.start + at)),
                })
            }
            _ => BooleanBuffer::collect_bool(rows.len(), |at| self.contain_text(texts.text(rows.start + at))),
        }
    }

    /// Which values of an array that holds no text lie between the bounds; `None` where it holds no such kind of value.
    #[must_use]
    pub fn contain_values(&self, array: &ArrayRef) -> Option<BooleanBuffer> {
        /// Compares whole numbers of steps of `step` nanoseconds (1 for plain numbers).
        fn steps<T>(array: &ArrayRef, interval: Interval<i128>, step: i128) -> Option<BooleanBuffer>
        where
            T: ArrowPrimitiveType<Native: Into<i128> + TryFrom<i128>>,
        {
            // The least and the greatest whole steps inside, as far as the type reaches.
            let lo = -(-interval.lo).div_euclid(step);
            let hi = interval.hi.div_euclid(step);
            let array: &PrimitiveArray<T> = array.as_primitive();
            let least = T::Native::try_from(lo).ok().or((lo < 0).then_some(T::Native::MIN_TOTAL_ORDER));
            let greatest = T::Native::try_from(hi).ok().or((hi > 0).then_some(T::Native::MAX_TOTAL_ORDER));
            let values = array.values();
            Some(match (least, greatest) {
                (Some(lo), Some(hi)) => {
                    let interval = Interval { lo, hi };
                    BooleanBuffer::collect_bool(values.len(), |row| interval.contains(values[row]))
                }
                _ => BooleanBuffer::new_unset(values.len()),
            })
        }
        use TimeUnit::{Microsecond, Millisecond, Nanosecond};
        match (self, array.data_type()) {
            (Bounds::Numbers(numbers), data_type) => match data_type {
                DataType::Int8 => steps::<Int8Type>(array, numbers.whole, 1),
                DataType::Int16 => steps::<Int16Type>(array, numbers.whole, 1),
                DataType::Int32 => steps::<Int32Type>(array, numbers.whole, 1),
                DataType::Int64 => steps::<Int64Type>(array, numbers.whole, 1),
                DataType::UInt8 => steps::<UInt8Type>(array, numbers.whole, 1),
                DataType::UInt16 => steps::<UInt16Type>(array, numbers.whole, 1),
                DataType::UInt32 => steps::<UInt32Type>(array, numbers.whole, 1),
                DataType::UInt64 => steps::<UInt64Type>(array, numbers.whole, 1),
                DataType::Decimal128(_, scale) => {
                    steps::<Decimal128Type>(array, numbers.scaled(u32::try_from(*scale).ok()?), 1)
                }
                DataType::Float32 => {
                    let values = array.as_primitive::<Float32Type>().values();
                    let interval = numbers.single();
                    Some(BooleanBuffer::collect_bool(values.len(), |row| interval.contains(values[row])))
                }
                DataType::Float64 => {
                    let values = array.as_primitive::<Float64Type>().values();
                    Some(BooleanBuffer::collect_bool(values.len(), |row| numbers.float.contains(values[row])))
                }
                _ => None,
            },
            (Bounds::Instants(interval), DataType::Date32) => steps::<Date32Type>(array, *interval, NANOS_A_DAY),
            (Bounds::Instants(interval), DataType::Timestamp(unit, _)) => match unit {
                Millisecond => steps::<TimestampMillisecondType>(array, *interval, 1_000_000),
                Microsecond => steps::<TimestampMicrosecondType>(array, *interval, 1_000),
                Nanosecond => steps::<TimestampNanosecondType>(array, *interval, 1),
                TimeUnit::Second => None,
            },
            (Bounds::Clock(interval), DataType::Time64(Nanosecond)) => {
                steps::<Time64NanosecondType>(array, *interval, 1)
            }
            (Bounds::Durations(interval), DataType::Duration(unit)) => match unit {
                Millisecond => steps::<DurationMillisecondType>(array, *interval, 1_000_000),
                Microsecond => steps::<DurationMicrosecondType>(array, *interval, 1_000),
                Nanosecond => steps::<DurationNanosecondType>(array, *interval, 1),
                TimeUnit::Second => None,
            },
            _ => None,
        }
    }
}

fn saturate(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

impl Numbers {
    /// Whether every whole number near the bounds is a double of its own, so that comparing doubles is exact for whole numbers.
    fn floats_decide(&self) -> bool {
        const EXACT: i128 = 1 << 53;
        let near = |bound: i128| bound.abs() < EXACT || bound == i128::MAX || bound == -i128::MAX;
        near(self.whole.lo) && near(self.whole.hi)
    }

    fn contain_text(&self, text: &[u8]) -> bool {
        match Number::parse(text) {
            Some(Number::Whole(value)) => self.whole.contains(value),
            Some(Number::Float(value)) => self.float.contains(value),
            None => false,
        }
    }

    /// The bounds as singles, so that a column's 0.1 is the bound 0.1.
    fn single(&self) -> Interval<f32> {
        let is_open = |bound: Option<(i128, u32, bool)>| bound.is_some_and(|(_, _, inside)| !inside);
        let (lo, hi) = (self.float.lo as f32, self.float.hi as f32);
        Interval {
            lo: if is_open(self.lo) { lo.next_up() } else { lo },
            hi: if is_open(self.hi) { hi.next_down() } else { hi },
        }
    }

    /// The bounds of decimals with so many digits behind the dot.
    fn scaled(&self, scale: u32) -> Interval<i128> {
        let floor = |(digits, places, _): (i128, u32, bool)| match places.checked_sub(scale) {
            Some(finer) => (digits.div_euclid(ten_to(finer)), digits.rem_euclid(ten_to(finer)) == 0),
            None => (digits.saturating_mul(ten_to(scale - places)), true),
        };
        let lo = self.lo.map_or(-i128::MAX, |bound| {
            let (whole, exact) = floor(bound);
            whole.saturating_add(i128::from(!(exact && bound.2)))
        });
        let hi = self.hi.map_or(i128::MAX, |bound| {
            let (whole, exact) = floor(bound);
            whole.saturating_sub(i128::from(exact && !bound.2))
        });
        Interval { lo: lo.max(-i128::MAX), hi }
    }
}

fn ten_to(exponent: u32) -> i128 {
    10_i128.checked_pow(exponent).unwrap_or(i128::MAX)
}
