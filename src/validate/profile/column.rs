//! One column: what is kept of it in a piece, what in all pieces, and what that comes to.
//!
//! This is where the types of Arrow meet those of sketches. What cannot be added up has no mean here, what has no order no
//! quantiles; a dictionary's texts are texts, and a type that nobody knows is counted.

use super::distinct::Spared;
use super::key::{Key, Number};
use super::numbers::{AllNumbers, Context, Numbers, Room, Summed};
use super::tally::Summary;
use super::texts::{AllTexts, Texts};
use super::words::Block;
use super::{ColumnProfile, Histogram, MOST_COMMON, QUANTILES};
use crate::decode::ColumnType;
use crate::error::{Error, Result};
use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, FixedSizeBinaryArray, Float32Array, PrimitiveArray,
    StringViewArray, new_empty_array, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, Field, FieldRef, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
    TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use std::sync::Arc;

/// The bins of a histogram at most.
const BINS: usize = 20;

/// Names the Arrow type of a data type whose values are numbers of 64 bits or fewer.
macro_rules! with_narrow {
    ($data_type:expr, $name:ident => $number:expr, else => $other:expr) => {{
        use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
        macro_rules! with {
            ($type:ty) => {{
                type $name = $type;
                $number
            }};
        }
        match $data_type {
            DataType::Int8 => with!(Int8Type),
            DataType::Int16 => with!(Int16Type),
            DataType::Int32 => with!(Int32Type),
            DataType::Int64 => with!(Int64Type),
            DataType::UInt8 => with!(UInt8Type),
            DataType::UInt16 => with!(UInt16Type),
            DataType::UInt32 => with!(UInt32Type),
            DataType::UInt64 => with!(UInt64Type),
            DataType::Float32 => with!(Float32Type),
            DataType::Float64 => with!(Float64Type),
            DataType::Date32 => with!(Date32Type),
            DataType::Date64 => with!(Date64Type),
            DataType::Time32(Second) => with!(Time32SecondType),
            DataType::Time32(Millisecond) => with!(Time32MillisecondType),
            DataType::Time64(Microsecond) => with!(Time64MicrosecondType),
            DataType::Time64(Nanosecond) => with!(Time64NanosecondType),
            DataType::Timestamp(Second, _) => with!(TimestampSecondType),
            DataType::Timestamp(Millisecond, _) => with!(TimestampMillisecondType),
            DataType::Timestamp(Microsecond, _) => with!(TimestampMicrosecondType),
            DataType::Timestamp(Nanosecond, _) => with!(TimestampNanosecondType),
            DataType::Duration(Second) => with!(DurationSecondType),
            DataType::Duration(Millisecond) => with!(DurationMillisecondType),
            DataType::Duration(Microsecond) => with!(DurationMicrosecondType),
            DataType::Duration(Nanosecond) => with!(DurationNanosecondType),
            _ => $other,
        }
    }};
}

/// Whether integers of 128 bits have a sign.
#[derive(Clone, Copy)]
enum Sign {
    Signed,
    Unsigned,
}

/// The sign of a column of integers of 128 bits; `None` of any other column.
fn sign(field: &Field) -> Option<Sign> {
    let is = |column_type: &ColumnType| field == &column_type.field(field.name());
    match field.data_type() {
        DataType::FixedSizeBinary(16) if is(&ColumnType::Int128) => Some(Sign::Signed),
        DataType::FixedSizeBinary(16) if is(&ColumnType::UInt128) => Some(Sign::Unsigned),
        _ => None,
    }
}

fn is_narrow(data_type: &DataType) -> bool {
    with_narrow!(data_type, Type => { size_of::<<Type as ArrowPrimitiveType>::Native>() <= 8 }, else => false)
}

/// What is kept of a column in one piece.
pub(super) struct Seen {
    rows: usize,
    nulls: usize,
    values: SeenValues,
}

enum SeenValues {
    Unknown,
    Narrow(Numbers<u64>),
    Wide(Numbers<u128>),
    Text(Texts),
}

impl Seen {
    pub(super) fn of(array: &ArrayRef, field: &Field, context: Context, room: &mut Room) -> Result<Seen> {
        let nulls = array.logical_null_count();
        Ok(Seen { rows: array.len(), nulls, values: SeenValues::of(array, field, context, room)? })
    }
}

impl SeenValues {
    fn of(array: &ArrayRef, field: &Field, context: Context, room: &mut Room) -> Result<SeenValues> {
        if is_text(array.data_type()) {
            let texts = cast(array, &DataType::Utf8View).map_err(Error::internal)?;
            return Ok(SeenValues::Text(Texts::of(
                texts.as_string_view(),
                context,
                room.texts.get_or_insert_with(Block::new),
            )));
        }
        if let Some(booleans) = array.as_boolean_opt() {
            return Ok(SeenValues::Narrow(Numbers::of_booleans(booleans.values(), booleans.nulls())));
        }
        if let Some(decimals) = array.as_primitive_opt::<Decimal128Type>() {
            return Ok(SeenValues::Wide(Numbers::of(decimals.values(), decimals.nulls(), context, &mut room.wide)));
        }
        if let Some(sign) = sign(field) {
            let bytes = array.as_fixed_size_binary();
            let values = (0..bytes.len()).map(|row| bytes.value(row).try_into().unwrap_or_default());
            let (nulls, room) = (bytes.nulls(), &mut room.wide);
            return Ok(SeenValues::Wide(match sign {
                Sign::Signed => Numbers::of(&values.map(i128::from_le_bytes).collect::<Vec<_>>(), nulls, context, room),
                Sign::Unsigned => {
                    Numbers::of(&values.map(u128::from_le_bytes).collect::<Vec<_>>(), nulls, context, room)
                }
            }));
        }
        if array.data_type() == &DataType::Float16 {
            // Every half is a single.
            let single = cast(array, &DataType::Float32).map_err(Error::internal)?;
            return SeenValues::of(&single, field, context, room);
        }
        Ok(with_narrow!(array.data_type(), Type => {
            let numbers = array.as_primitive::<Type>();
            SeenValues::Narrow(Numbers::of(numbers.values(), numbers.nulls(), context, &mut room.narrow))
        }, else => SeenValues::Unknown))
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// What is kept of a column in all pieces so far.
pub(super) struct Column {
    field: FieldRef,
    rows: u64,
    nulls: u64,
    values: AllValues,
}

enum AllValues {
    Unknown,
    Narrow(AllNumbers<u64>),
    Wide(AllNumbers<u128>),
    Text(AllTexts),
}

impl Column {
    pub(super) fn new(field: &FieldRef) -> Column {
        let values = match field.data_type() {
            _ if sign(field).is_some() => AllValues::Wide(AllNumbers::new()),
            text if is_text(text) => AllValues::Text(AllTexts::new()),
            DataType::Boolean | DataType::Float16 => AllValues::Narrow(AllNumbers::new()),
            DataType::Decimal128(..) => AllValues::Wide(AllNumbers::new()),
            other if is_narrow(other) => AllValues::Narrow(AllNumbers::new()),
            _ => AllValues::Unknown,
        };
        Column { field: Arc::clone(field), rows: 0, nulls: 0, values }
    }

    /// Takes what is kept of the next piece.
    pub(super) fn merge(&mut self, seen: Seen) {
        self.rows += seen.rows as u64;
        self.nulls += seen.nulls as u64;
        match (&mut self.values, seen.values) {
            (AllValues::Narrow(all), SeenValues::Narrow(next)) => all.merge(next),
            (AllValues::Wide(all), SeenValues::Wide(next)) => all.merge(next),
            (AllValues::Text(all), SeenValues::Text(next)) => all.merge(next),
            _ => {}
        }
    }

    /// Which hashes cannot matter any more, where values are many.
    pub(super) fn spared(&self) -> Spared {
        match &self.values {
            AllValues::Unknown => Spared::default(),
            AllValues::Narrow(all) => all.gathered.spared(),
            AllValues::Wide(all) => all.gathered.spared(),
            AllValues::Text(all) => all.gathered.spared(),
        }
    }

    /// What the column comes to.
    pub(super) fn finish(self) -> ColumnProfile {
        let data_type = match self.values {
            AllValues::Unknown => DataType::Null,
            AllValues::Text(_) => DataType::Utf8View,
            _ => self.field.data_type().clone(),
        };
        let count = self.rows - self.nulls;
        let mut profile = ColumnProfile {
            field: Arc::clone(&self.field),
            count,
            nulls: self.nulls,
            distinct: None,
            is_exact: true,
            mean: None,
            deviation: None,
            extremes: new_null_array(&data_type, 2),
            quantiles: new_null_array(&data_type, QUANTILES.len()),
            lengths: None,
            common: new_empty_array(&data_type),
            common_counts: Vec::new(),
            histogram: None,
        };
        match self.values {
            AllValues::Unknown => profile.is_exact = false,
            AllValues::Text(all) => texts(&mut profile, all),
            AllValues::Narrow(all) if data_type == DataType::Boolean => booleans(&mut profile, all),
            AllValues::Narrow(all) if data_type == DataType::Float16 => numbers::<f32>(&mut profile, all, halves),
            AllValues::Narrow(all) => with_narrow!(data_type, Type => {
                numbers(&mut profile, all, |values| primitives::<Type>(values, &data_type));
            }, else => {}),
            AllValues::Wide(all) => match sign(&self.field) {
                None => numbers(&mut profile, all, |values| primitives::<Decimal128Type>(values, &data_type)),
                Some(Sign::Signed) => numbers(&mut profile, all, |values| binaries(values, i128::to_le_bytes)),
                Some(Sign::Unsigned) => numbers(&mut profile, all, |values| binaries(values, u128::to_le_bytes)),
            },
        }
        if count == 0 {
            (profile.distinct, profile.is_exact) = (Some(0), true);
        }
        profile
    }
}

fn texts(profile: &mut ColumnProfile, all: AllTexts) {
    let summary = all.gathered.finish(profile.count, MOST_COMMON);
    let array = |texts: Vec<Option<String>>| {
        let texts: ArrayRef = Arc::new(StringViewArray::from_iter(texts));
        texts
    };
    let shown = all.extent.as_ref().map(|extent| (extent.least.shown(), extent.greatest.shown()));
    let (least, greatest) = shown.unzip();
    profile.extremes = array(vec![least.map(Into::into), greatest.map(Into::into)]);
    profile.common = array(summary.common.iter().map(|(text, _)| Some(text.shown().into_owned())).collect());
    profile.lengths = all.extent.map(|extent| (extent.shortest, extent.longest));
    counts(profile, &summary);
}

fn booleans(profile: &mut ColumnProfile, all: AllNumbers<u64>) {
    let summary = all.gathered.finish(profile.count, MOST_COMMON);
    let array = |keys: Vec<Option<u64>>| -> ArrayRef {
        Arc::new(keys.into_iter().map(|key| key.map(|key| key == 1)).collect::<BooleanArray>())
    };
    let (least, greatest) = all.extremes.unzip();
    profile.extremes = array(vec![least, greatest]);
    profile.common = array(summary.common.iter().map(|(key, _)| Some(*key)).collect());
    profile.mean = all.moments.mean_of_keys(0);
    profile.deviation = all.moments.deviation();
    counts(profile, &summary);
}

/// Values as an array of a type.
fn primitives<T: ArrowPrimitiveType>(values: Vec<Option<T::Native>>, data_type: &DataType) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::from_iter(values).with_data_type(data_type.clone()))
}

/// Integers of 128 bits as the reader has them.
fn binaries<N>(values: Vec<Option<N>>, bytes: fn(N) -> [u8; 16]) -> ArrayRef {
    let values = values.into_iter().map(|value| value.map(bytes));
    let array = FixedSizeBinaryArray::try_from_sparse_iter_with_size(values, 16);
    Arc::new(array.expect("every value has 16 bytes"))
}

fn halves(values: Vec<Option<f32>>) -> ArrayRef {
    let singles: ArrayRef = Arc::new(Float32Array::from(values));
    cast(&singles, &DataType::Float16).unwrap_or(singles)
}

fn numbers<N: Summed>(
    profile: &mut ColumnProfile,
    all: AllNumbers<N::Key>,
    array: impl Fn(Vec<Option<N>>) -> ArrayRef,
) {
    let summary = all.gathered.finish(profile.count, MOST_COMMON);
    let value = |key: Option<N::Key>| key.map(N::of_key);
    // Where all are NaN so are the extremes.
    let nan = N::NAN.filter(|_| profile.count > 0);
    let (least, greatest) = all.extremes.or(nan.zip(nan)).unzip();
    profile.extremes = array(vec![value(least), value(greatest)]);
    let quantiles = summary.ranked.at(&QUANTILES);
    profile.quantiles = array(quantiles.into_iter().map(value).collect());
    profile.common = array(summary.common.iter().map(|(key, _)| value(Some(*key))).collect());
    if profile.field.data_type().is_numeric() || sign(&profile.field).is_some() {
        let scale = match profile.field.data_type() {
            DataType::Decimal128(_, scale) => 10_f64.powi((*scale).into()),
            _ => 1.0,
        };
        profile.mean = N::mean(&all.moments).map(|mean| mean / scale);
        profile.deviation = all.moments.deviation().map(|deviation| deviation / scale);
    }
    if let Some((least, greatest)) = all.extremes {
        profile.histogram = histogram(N::of_key(least), N::of_key(greatest), &summary, profile.count)
            .map(|(edges, counts)| Histogram { edges: array(edges.into_iter().map(Some).collect()), counts });
    }
    counts(profile, &summary);
}

/// The edges of bins of one width from the least to the greatest, and the values that lie in each: at its lower edge or above,
/// and below its upper one, which only the last bin takes in.
fn histogram<N: Number>(least: N, greatest: N, summary: &Summary<N::Key>, count: u64) -> Option<(Vec<N>, Vec<u64>)> {
    let edges = N::edges(least, greatest, BINS);
    let bins = edges.len().checked_sub(1)?;
    let total = u128::from(summary.ranked.weight().max(1));
    let numbers = N::NAN.map_or(summary.ranked.weight(), |nan| summary.ranked.weight_below(&nan));
    let mut counts = Vec::with_capacity(bins);
    let mut passed = 0;
    for (bin, edge) in edges[1..].iter().enumerate() {
        let up_to = if bin + 1 == bins { numbers } else { summary.ranked.weight_below(&edge.key()) };
        // What a sample weighs is about the count.
        let share = u128::from(up_to - passed) * u128::from(count) + total / 2;
        counts.push((share / total) as u64);
        passed = up_to;
    }
    Some((edges, counts))
}

fn counts<K: Key>(profile: &mut ColumnProfile, summary: &Summary<K>) {
    profile.distinct = Some(summary.distinct);
    profile.is_exact = summary.is_exact;
    profile.common_counts = summary.common.iter().map(|(_, count)| *count).collect();
}
