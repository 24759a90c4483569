//! Columns whose values are written as an option says: dates and times by their formats, truths by their words.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

use super::Cause;
use super::boolean::Truth;
use super::format::Format;
use super::spelling::{Truths, first};
use super::temporal::{Clock, Day, HasUnit, Stamp};
use super::values::Kind;

/// Days, times of day or datetimes, each in the first format that reads it.
#[derive(Clone, Debug)]
pub(super) struct Formatted<K> {
    kind: K,
    formats: Arc<[Format]>,
}

/// What a format reads for a kind of column.
pub(super) trait OfFormat: Kind {
    fn read(&self, format: &Format, text: &[u8]) -> Result<Self::Native, Cause>;
}

impl OfFormat for Day {
    #[inline(always)]
    fn read(&self, format: &Format, text: &[u8]) -> Result<i32, Cause> {
        format.plain(text).map_or_else(|| format.date(text), |(day, _)| Ok(day))
    }
}

impl OfFormat for Clock {
    #[inline(always)]
    fn read(&self, format: &Format, text: &[u8]) -> Result<i64, Cause> {
        format.time(text)
    }
}

impl<T: HasUnit> OfFormat for Stamp<T> {
    #[inline(always)]
    fn read(&self, format: &Format, text: &[u8]) -> Result<i64, Cause> {
        match format.plain(text) {
            Some((day, seconds)) => self.steps_of(day, seconds),
            None => self.steps(format.moment(text)?),
        }
    }
}

impl<K: OfFormat> Formatted<K> {
    /// There is at least one format.
    pub(super) fn new(kind: K, formats: &Arc<[Format]>) -> Formatted<K> {
        Formatted { kind, formats: Arc::clone(formats) }
    }
}

impl<K: OfFormat> Kind for Formatted<K> {
    type Native = K::Native;

    const REPEATS: bool = true;

    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<K::Native> {
        self.parse(data.get(start..end).filter(|text| !text.is_empty())?).ok()
    }

    #[inline]
    fn parse(&self, text: &[u8]) -> Result<K::Native, Cause> {
        first(&self.formats, |format| self.kind.read(format, text)).unwrap_or(Err(Cause::Cast))
    }

    fn may_hold(&self, byte: u8) -> bool {
        self.formats.iter().any(|format| format.may_hold(byte))
    }

    fn array(&self, values: Vec<K::Native>, nulls: Option<NullBuffer>, data_type: &DataType) -> ArrayRef {
        self.kind.array(values, nulls, data_type)
    }
}

/// Booleans by words.
#[derive(Clone, Debug)]
pub(super) struct Worded(pub(super) Truths);

impl Kind for Worded {
    type Native = u8;

    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<u8> {
        self.0.read_short(data, start, end).map(u8::from)
    }

    fn parse(&self, text: &[u8]) -> Result<u8, Cause> {
        self.0.read(text).map(u8::from).ok_or(Cause::Cast)
    }

    fn may_hold(&self, byte: u8) -> bool {
        self.0.may_hold(byte)
    }

    fn array(&self, values: Vec<u8>, nulls: Option<NullBuffer>, data_type: &DataType) -> ArrayRef {
        Truth.array(values, nulls, data_type)
    }
}
