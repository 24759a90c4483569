//! A profile on its way to Python: what is known of each column as one row, and the values among that in the columns' own
//! types, to be spelled as Polars spells them.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, ListBuilder, RecordBatch, RecordBatchOptions, StringViewArray,
    UInt64Array, UInt64Builder, new_null_array,
};
use arrow::compute::concat;
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use fast_csv::profile::{ColumnProfile, Profile};

/// The places that the values of a column take: two extremes, the quantiles, the common values, the edges of the bins.
const COMMON: usize = 10;
const EDGES: usize = 21;

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
