//! The texts of a view array in, one array of values out: what a column of fields goes through, for texts that lie in memory
//! already.
//!
//! Each text is read by its type's common way and, where that does not take it, by the exact way, as a field is. Nothing is
//! quoted, escaped or a null word here, and the empty text is a text like any other: no value of any type.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBufferBuilder, StringViewArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{
    DataType, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use super::block::{BLOCK, View};
use super::decimal::Fixed;
use super::float::{Double, Single};
use super::format::Format;
use super::formatted::{Formatted, OfFormat, Worded};
use super::int::Int;
use super::spelling::Spelling;
use super::temporal::{Clock, Day, Stamp};
use super::values::Kind;
use super::{Cause, boolean, parse};
use crate::scan::Backend;

/// Where the texts of a view array lie.
///
/// A short text lies in its view, a longer one in one of the array's buffers; either way it has neighbours, which lets the
/// common ways load whole words.
#[derive(Debug)]
pub struct Views<'a> {
    views: &'a [u128],
    inline: &'a [u8],
    buffers: Vec<&'a [u8]>,
}

/// The most bytes that a view holds itself.
pub(super) const INLINE: usize = 12;

/// The view of a text of at most [`INLINE`] bytes.
pub(super) fn inline(text: &[u8]) -> u128 {
    let mut view = [0; 16];
    view[0] = text.len() as u8;
    view[4..4 + text.len()].copy_from_slice(text);
    u128::from_le_bytes(view)
}

impl<'a> Views<'a> {
    /// The texts of `array`, null rows included.
    #[must_use]
    pub fn new(array: &'a StringViewArray) -> Views<'a> {
        Views {
            views: array.views(),
            inline: array.views().inner().as_slice(),
            buffers: array.data_buffers().iter().map(|buffer| buffer.as_slice()).collect(),
        }
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.views.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// The text of a row; the empty text where a null row points nowhere.
    ///
    /// # Panics
    /// Past the last row.
    #[inline(always)]
    #[must_use]
    pub fn text(&self, row: usize) -> &'a [u8] {
        let (data, start, end) = self.place(row);
        data.get(start..end).unwrap_or_default()
    }

    /// The length of a row's text in bytes.
    ///
    /// # Panics
    /// Past the last row.
    #[inline(always)]
    #[must_use]
    pub fn length(&self, row: usize) -> usize {
        self.views[row] as u32 as usize
    }

    /// The view of a row's text: the text itself where it is short.
    ///
    /// # Panics
    /// Past the last row.
    #[inline(always)]
    #[must_use]
    pub fn view(&self, row: usize) -> u128 {
        self.views[row]
    }

    /// The number of a row, where it is written in the common way of floats.
    #[inline(always)]
    pub(crate) fn float(&self, row: usize) -> Option<f64> {
        let kind = Double { mark: b'.', thousands: None };
        kind.inline(self.views[row]).or_else(|| {
            let (data, start, end) = self.place(row);
            kind.fast(data, start, end)
        })
    }

    /// The microseconds since 1970 of a row, where it is written in the common way of datetimes.
    #[inline(always)]
    pub(crate) fn micros(&self, row: usize) -> Option<i64> {
        let (data, start, end) = self.place(row);
        Stamp::<TimestampMicrosecondType>::KIND.fast(data, start, end)
    }

    /// The views of a block of rows; `None` where there are not so many.
    #[inline(always)]
    fn block(&self, first: usize) -> Option<&[View; BLOCK]> {
        self.inline.get(16 * first..)?.as_chunks().0.first_chunk()
    }

    /// The bytes that a row's text lies in, and its place there.
    #[inline(always)]
    fn place(&self, row: usize) -> (&'a [u8], usize, usize) {
        let view = self.views[row];
        let length = view as u32 as usize;
        if length <= INLINE {
            let start = 16 * row + 4;
            return (self.inline, start, start + length);
        }
        let buffer = self.buffers.get((view >> 64) as u32 as usize).copied().unwrap_or_default();
        let start = (view >> 96) as usize;
        (buffer, start, start + length)
    }
}

/// A number as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Without a fraction or an exponent; what does not fit saturates.
    Whole(i128),
    /// With either, or infinite, or none.
    Float(f64),
}

impl Number {
    /// The number of a text, as the reader takes it.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Number> {
        match parse::integer::<i128>(text) {
            Ok(value) => Some(Number::Whole(value)),
            Err(Cause::Overflow) => {
                let negative = text.trim_ascii_start().starts_with(b"-");
                Some(Number::Whole(if negative { i128::MIN } else { i128::MAX }))
            }
            Err(_) => parse::float(text).ok().map(Number::Float),
        }
    }
}

/// How the texts of one type are read.
pub trait Reading: Debug + Send + Sync {
    /// Which of the texts of `rows` are values of the type.
    fn test(&self, texts: &Views<'_>, rows: Range<usize>) -> BooleanBuffer;

    /// The values of all texts, on so many threads, and which of them are values; the others hold any value.
    fn read(&self, texts: &Views<'_>, nulls: Option<&NullBuffer>, threads: usize) -> ArrayRef;

    /// Whether one text is a value, and if not, why.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check(&self, text: &[u8]) -> Result<(), Cause>;
}

/// How texts become values of a type: with this byte between the whole and the broken part of a float, and written so. `None` for
/// a type that no text is read as.
#[must_use]
pub fn reading(data_type: &DataType, mark: u8, spelling: &Spelling) -> Option<Box<dyn Reading>> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond};
    let Spelling { thousands, truths, dates, times, datetimes, .. } = spelling;
    let thousands = *thousands;
    match data_type {
        DataType::Int8 => typed(Int::<Int8Type>::new(thousands), data_type),
        DataType::Int16 => typed(Int::<Int16Type>::new(thousands), data_type),
        DataType::Int32 => typed(Int::<Int32Type>::new(thousands), data_type),
        DataType::Int64 => typed(Int::<Int64Type>::new(thousands), data_type),
        DataType::UInt8 => typed(Int::<UInt8Type>::new(thousands), data_type),
        DataType::UInt16 => typed(Int::<UInt16Type>::new(thousands), data_type),
        DataType::UInt32 => typed(Int::<UInt32Type>::new(thousands), data_type),
        DataType::UInt64 => typed(Int::<UInt64Type>::new(thousands), data_type),
        DataType::Float32 => typed(Single { mark, thousands }, data_type),
        DataType::Float64 => typed(Double { mark, thousands }, data_type),
        DataType::Decimal128(precision, scale) => typed(Fixed::new(mark, thousands, *precision, *scale)?, data_type),
        DataType::Boolean => match truths {
            Some(truths) => typed(Worded(truths.clone()), data_type),
            None => typed(boolean::Truth, data_type),
        },
        DataType::Date32 => temporal(Day, dates, data_type),
        DataType::Time64(Nanosecond) => temporal(Clock, times, data_type),
        DataType::Timestamp(Millisecond, _) => temporal(Stamp::<TimestampMillisecondType>::KIND, datetimes, data_type),
        DataType::Timestamp(Microsecond, _) => temporal(Stamp::<TimestampMicrosecondType>::KIND, datetimes, data_type),
        DataType::Timestamp(Nanosecond, _) => temporal(Stamp::<TimestampNanosecondType>::KIND, datetimes, data_type),
        _ => None,
    }
}

fn typed<K: Column>(kind: K, data_type: &DataType) -> Option<Box<dyn Reading>> {
    Some(Box::new(Typed { kind, data_type: data_type.clone(), backend: Backend::detect() }))
}

fn temporal<K: OfFormat + Column>(kind: K, formats: &Arc<[Format]>, data_type: &DataType) -> Option<Box<dyn Reading>>
where
    Formatted<K>: Column,
{
    match formats[..] {
        [] => typed(kind, data_type),
        _ => typed(Formatted::new(kind, formats), data_type),
    }
}

/// What threads can share.
trait Column: Kind<Native: Send> + Debug + Send + Sync {}

impl<K: Kind<Native: Send> + Debug + Send + Sync> Column for K {}

#[derive(Debug)]
struct Typed<K> {
    kind: K,
    data_type: DataType,
    backend: Backend,
}

/// A view and what its text was read as: equal views are of equal texts.
struct Last<T> {
    view: u128,
    value: Option<T>,
}

impl<T> Default for Last<T> {
    fn default() -> Last<T> {
        Last { view: NO_VIEW, value: None }
    }
}

impl<K: Column> Typed<K> {
    /// Reads a text for each of `values`, no more than a block, from `first` on; says which are values, one bit each. The others
    /// leave any value. `last` is what was read before.
    #[inline(always)]
    fn block(&self, texts: &Views<'_>, first: usize, values: &mut [K::Native], last: &mut Last<K::Native>) -> u64 {
        let mut found = match (<&mut [K::Native; BLOCK]>::try_from(&mut *values), texts.block(first)) {
            (Ok(values), Some(views)) => self.kind.shorts(self.backend, views, values),
            _ => 0,
        };
        let mut left = !found & (u64::MAX >> (BLOCK - values.len()));
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            if K::REPEATS {
                let view = texts.view(first + at);
                if view != last.view {
                    *last = Last { view, value: self.value(texts, first + at) };
                }
            } else {
                last.value = self.value(texts, first + at);
            }
            if let Some(value) = last.value {
                values[at] = value;
                found |= 1 << at;
            }
        }
        found
    }

    #[inline(always)]
    fn value(&self, texts: &Views<'_>, row: usize) -> Option<K::Native> {
        if let Some(value) = self.kind.inline(texts.view(row)) {
            return Some(value);
        }
        let (data, start, end) = texts.place(row);
        let common = self.kind.fast(data, start, end).or_else(|| self.kind.second(data, start, end));
        common.or_else(|| exact(&self.kind, data.get(start..end).unwrap_or_default()).ok())
    }
}

impl<K: Column> Reading for Typed<K> {
    fn test(&self, texts: &Views<'_>, rows: Range<usize>) -> BooleanBuffer {
        let (mut values, mut last) = ([K::Native::default(); BLOCK], Last::default());
        let blocks = rows.clone().step_by(BLOCK).map(|first| {
            let count = BLOCK.min(rows.end - first);
            self.block(texts, first, &mut values[..count], &mut last)
        });
        bits(blocks.collect(), rows.len())
    }

    fn read(&self, texts: &Views<'_>, nulls: Option<&NullBuffer>, threads: usize) -> ArrayRef {
        let mut values = vec![K::Native::default(); texts.len()];
        let part = part_of(texts.len(), threads);
        let valid = in_parts(values.chunks_mut(part).enumerate().collect(), |(at, slots)| {
            let (rows, mut last) = (slots.len(), Last::default());
            let blocks = slots.chunks_mut(BLOCK).enumerate();
            let blocks = blocks.map(|(block, slots)| self.block(texts, at * part + block * BLOCK, slots, &mut last));
            bits(blocks.collect(), rows)
        });
        let valid = NullBuffer::new(join(valid));
        let nulls = NullBuffer::union(Some(&valid), nulls).filter(|nulls| nulls.null_count() > 0);
        self.kind.array(values, nulls, &self.data_type)
    }

    fn check(&self, text: &[u8]) -> Result<(), Cause> {
        exact(&self.kind, text).map(|_| ())
    }
}

/// The bits of blocks, as many as there are rows.
fn bits(blocks: Vec<u64>, rows: usize) -> BooleanBuffer {
    BooleanBuffer::new(blocks.into(), 0, rows)
}

/// A view of no text: none is as long.
const NO_VIEW: u128 = u128::MAX;

#[cold]
#[inline(never)]
fn exact<K: Kind>(kind: &K, text: &[u8]) -> Result<K::Native, Cause> {
    if text.is_empty() { Err(Cause::Cast) } else { kind.parse(text) }
}

/// The rows that one of `threads` threads takes: whole words of 64 bits, and no fewer than are worth a thread.
#[must_use]
pub fn part_of(rows: usize, threads: usize) -> usize {
    const LEAST: usize = 1 << 17;
    rows.div_ceil(threads.max(1)).next_multiple_of(64).max(LEAST)
}

/// Does `work` on every part, each on a thread of its own and the last on this one.
///
/// The threads live as long as the call: nothing outlives a fork, and nothing waits for threads that wait for this one.
pub fn in_parts<P: Send, T: Send>(mut parts: Vec<P>, work: impl Fn(P) -> T + Sync) -> Vec<T> {
    let Some(last) = parts.pop() else { return Vec::new() };
    let work = &work;
    std::thread::scope(|scope| {
        let others: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || work(part))).collect();
        let last = work(last);
        let joined =
            others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.chain([last]).collect()
    })
}

/// The answers of parts, one after the other.
#[must_use]
pub fn join(mut parts: Vec<BooleanBuffer>) -> BooleanBuffer {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let mut joined = BooleanBufferBuilder::new(parts.iter().map(BooleanBuffer::len).sum());
    parts.iter().for_each(|part| joined.append_buffer(part));
    joined.finish()
}
