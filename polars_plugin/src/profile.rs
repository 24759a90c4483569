//! A profile on its way to Python: what is known of each column as one row, and the values among that in the columns' own
//! types, to be spelled as Polars spells them.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, ListArray, ListBuilder, RecordBatch, RecordBatchOptions,
    StringViewArray, StructArray, UInt64Array, UInt64Builder, new_null_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{concat, take};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use fast_csv::profile::{ColumnProfile, Profile, QUANTILES};

/// The places that the values of a column take: two extremes, the quantiles, the common values, the edges of the bins.
const EXTREMES: usize = 2;
const COMMON: usize = 10;
const EDGES: usize = 21;
const PLACES: usize = EXTREMES + QUANTILES.len() + COMMON + EDGES;
const COMMON_AT: usize = EXTREMES + QUANTILES.len();
const EDGES_AT: usize = COMMON_AT + COMMON;
/// Which of the quantiles is the median.
const MEDIAN: usize = 2;

/// One row a column.
pub fn facts(profile: &Profile) -> Result<RecordBatch, ArrowError> {
    let columns = &profile.columns;
    let floats = |fact: fn(&ColumnProfile) -> Option<f64>| -> ArrayRef {
        Arc::new(columns.iter().map(fact).collect::<Float64Array>())
    };
    let counts = |fact: fn(&ColumnProfile) -> Option<u64>| -> ArrayRef {
        Arc::new(columns.iter().map(fact).collect::<UInt64Array>())
    };
    let lists = |fact: fn(&ColumnProfile) -> Option<&[u64]>| -> ArrayRef {
        let mut lists = ListBuilder::new(UInt64Builder::new());
        columns
            .iter()
            .map(fact)
            .for_each(|list| lists.append_option(list.map(|list| list.iter().map(|&one| Some(one)))));
        Arc::new(lists.finish())
    };
    let names: ArrayRef = Arc::new(StringViewArray::from_iter_values(columns.iter().map(|column| column.field.name())));
    let exact: ArrayRef = Arc::new(columns.iter().map(|column| Some(column.is_exact)).collect::<BooleanArray>());
    RecordBatch::try_from_iter([
        ("column", names),
        ("count", counts(|column| Some(column.count))),
        ("nulls", counts(|column| Some(column.nulls))),
        ("distinct", counts(|column| column.distinct)),
        ("exact", exact),
        ("mean", floats(|column| column.mean)),
        ("std", floats(|column| column.deviation)),
        ("shortest", counts(|column| column.lengths.map(|lengths| lengths.0))),
        ("longest", counts(|column| column.lengths.map(|lengths| lengths.1))),
        ("common_counts", lists(|column| Some(&column.common_counts))),
        ("bin_counts", lists(|column| column.histogram.as_ref().map(|histogram| histogram.counts.as_slice()))),
    ])
}

/// One column a column, in its own type: what `facts` has no place for.
pub fn values(profile: &Profile) -> Result<RecordBatch, ArrowError> {
    let (mut fields, mut arrays, mut rows) = (Vec::new(), Vec::new(), 0);
    for column in &profile.columns {
        let padded = |array: Option<&ArrayRef>, places: usize| -> Result<ArrayRef, ArrowError> {
            let missing = new_null_array(
                column.extremes.data_type(),
                places.saturating_sub(array.map_or(0, |array| array.len())),
            );
            array.map_or(Ok(Arc::clone(&missing)), |array| concat(&[array, &missing]))
        };
        let parts = [
            Arc::clone(&column.extremes),
            Arc::clone(&column.quantiles),
            padded(Some(&column.common), COMMON)?,
            padded(column.histogram.as_ref().map(|histogram| &histogram.edges), EDGES)?,
        ];
        let array = concat(&parts.each_ref().map(AsRef::as_ref))?;
        rows = array.len();
        fields.push(match array.data_type() == column.field.data_type() {
            true => Arc::clone(&column.field),
            false => Arc::new(Field::new(column.field.name(), array.data_type().clone(), true)),
        });
        arrays.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
}

/// The profile as Python has it: one row a column, with the names of the `types` and the `spelled` values, of each the text and the
/// number that it is. Those of a column stand in the block of this number.
pub fn frame(
    facts: &RecordBatch,
    types: Vec<String>,
    spelled: &RecordBatch,
    blocks: &[usize],
) -> Result<RecordBatch, ArrowError> {
    let fact = |name: &str| facts.column_by_name(name).map(Arc::clone).ok_or_else(|| missing(name));
    let [texts, floats] = spelled.columns() else { return Err(missing("texts and floats")) };
    if blocks.len() != facts.num_rows() || blocks.iter().any(|block| (block + 1) * PLACES > spelled.num_rows()) {
        return Err(missing("the values of a column"));
    }
    let place = |column: usize, place: usize| (blocks[column] * PLACES + place) as u64;
    let at = |values: &ArrayRef, at: usize| -> Result<ArrayRef, ArrowError> {
        take(values, &(0..blocks.len()).map(|column| place(column, at)).collect::<UInt64Array>(), None)
    };
    // A few texts from one place on, as many as there are counts and `more`.
    let lists = |counts: &ListArray, first: usize, more: usize| -> Result<(OffsetBuffer<i32>, ArrayRef), ArrowError> {
        let length =
            |column: usize| if counts.is_null(column) { 0 } else { counts.value_length(column) as usize + more };
        let offsets = OffsetBuffer::from_lengths((0..blocks.len()).map(length));
        let places = (0..blocks.len()).flat_map(|column| (0..length(column)).map(move |at| (column, first + at)));
        let places: UInt64Array = places.map(|(column, at)| place(column, at)).collect();
        Ok((offsets, take(texts, &places, None)?))
    };
    let (common_counts, bin_counts) = (fact("common_counts")?, fact("bin_counts")?);
    let (common_counts, bins) = (common_counts.as_list::<i32>(), bin_counts.as_list::<i32>());
    let (offsets, values) = lists(common_counts, COMMON_AT, 0)?;
    let pairs = RecordBatch::try_from_iter_with_nullable([
        ("value", values, true),
        ("count", Arc::clone(common_counts.values()), true),
    ]);
    let pairs: ArrayRef = Arc::new(StructArray::from(pairs?));
    let item = |array: &ArrayRef| Arc::new(Field::new("item", array.data_type().clone(), true));
    let common: ArrayRef = Arc::new(ListArray::try_new(item(&pairs), offsets, pairs, None)?);
    let (offsets, edges) = lists(bins, EDGES_AT, 1)?;
    let edges: ArrayRef = Arc::new(ListArray::try_new(item(&edges), offsets, edges, bins.nulls().cloned())?);
    let types: ArrayRef = Arc::new(StringViewArray::from_iter_values(types));
    let mut all = vec![("column", fact("column")?), ("type", types)];
    for name in ["count", "nulls", "distinct", "exact"] {
        all.push((name, fact(name)?));
    }
    all.extend([("min", at(texts, 0)?), ("max", at(texts, 1)?), ("median", at(texts, EXTREMES + MEDIAN)?)]);
    all.extend([("mean", fact("mean")?), ("std", fact("std")?)]);
    for (number, name) in ["q05", "q25", "q50", "q75", "q95"].into_iter().enumerate() {
        all.push((name, at(floats, EXTREMES + number)?));
    }
    all.extend([("shortest", fact("shortest")?), ("longest", fact("longest")?)]);
    all.extend([("common", common), ("bins", edges), ("bin_counts", Arc::clone(&bin_counts))]);
    RecordBatch::try_from_iter_with_nullable(all.into_iter().map(|(name, array)| (name, array, true)))
}

fn missing(what: &str) -> ArrowError {
    ArrowError::InvalidArgumentError(format!("a profile without {what}"))
}
