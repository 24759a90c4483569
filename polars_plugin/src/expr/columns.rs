//! Columns of text and their answers, however Polars keeps them.

use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray, new_null_array};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, TimeUnit};

use super::abi::{Column, Outcome};

/// The texts of one array.
pub enum Texts<'a> {
    /// One a row.
    Rows(&'a StringViewArray),
    /// One a category, and which category each row has.
    Categories { words: StringViewArray, rows: &'a ArrayRef },
    /// None: every row is null.
    Nulls(usize),
}

impl Texts<'_> {
    /// Calls `answer` on the texts, once a category where these are fewer than the rows, and gives an array with one answer a row.
    pub fn answer(&self, data_type: &DataType, answer: impl FnOnce(&StringViewArray) -> ArrayRef) -> Outcome<ArrayRef> {
        match self {
            Texts::Rows(texts) => Ok(answer(texts)),
            Texts::Categories { words, rows } if words.len() <= rows.len() => spread(&answer(words), rows),
            Texts::Categories { words, rows } => Ok(answer(spread(words, rows)?.as_string_view())),
            Texts::Nulls(rows) => Ok(new_null_array(data_type, *rows)),
        }
    }

    /// One text a row.
    pub fn rows(&self) -> Outcome<StringViewArray> {
        Ok(self.answer(&DataType::Utf8View, |texts| Arc::new(texts.clone()))?.as_string_view().clone())
    }

    /// The text of a row that is not null.
    pub fn text(&self, row: usize) -> &str {
        match self {
            Texts::Rows(texts) => texts.value(row),
            Texts::Categories { words, rows } => words.value(rows.as_any_dictionary().normalized_keys()[row]),
            Texts::Nulls(_) => "",
        }
    }
}

/// What each row has by its category.
fn spread(of_categories: &dyn Array, rows: &ArrayRef) -> Outcome<ArrayRef> {
    take(of_categories, rows.as_any_dictionary().keys(), None).map_err(|error| error.to_string())
}

/// The texts of an array of a column that [`check_text`] lets pass.
pub fn texts(array: &ArrayRef) -> Texts<'_> {
    let as_views = |words: &ArrayRef| match words.data_type() {
        DataType::Utf8View => words.as_string_view().clone(),
        DataType::LargeUtf8 => words.as_string::<i64>().iter().collect(),
        _ => words.as_string::<i32>().iter().collect(),
    };
    match array.data_type() {
        DataType::Utf8View => Texts::Rows(array.as_string_view()),
        DataType::Dictionary(..) => {
            Texts::Categories { words: as_views(array.as_any_dictionary().values()), rows: array }
        }
        _ => Texts::Nulls(array.len()),
    }
}

/// Whether a column holds text.
///
/// # Errors
/// The dtype that it has instead.
pub fn check_text(field: &Field, function: &str) -> Outcome<()> {
    match field.data_type() {
        DataType::Utf8View | DataType::Null => Ok(()),
        DataType::Dictionary(_, words) if words.is_string() => Ok(()),
        other => Err(format!(
            "fast_csv.{function} looks at text, got a column of {}; cast it to pl.String first",
            polars_name(other)
        )),
    }
}

/// A column of booleans of the name of another.
pub fn booleans(field: &Field) -> Field {
    Field::new(field.name(), DataType::Boolean, true)
}

/// Answers for the texts of a column.
pub fn test_texts(column: &Column, function: &str, test: impl Fn(&StringViewArray) -> BooleanArray) -> Outcome<Column> {
    check_text(&column.field, function)?;
    let answers =
        column.chunks.iter().map(|chunk| texts(chunk).answer(&DataType::Boolean, |texts| Arc::new(test(texts))));
    Ok(Column { field: booleans(&column.field), chunks: answers.collect::<Outcome<_>>()? })
}

/// As many threads as Polars has.
pub fn threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| {
        let wanted = std::env::var("POLARS_MAX_THREADS").ok().and_then(|number| number.parse().ok());
        wanted
            .filter(|&number| number > 0)
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    })
}

/// A dtype as Polars writes it.
pub fn polars_name(data_type: &DataType) -> String {
    let unit = |unit: &TimeUnit| match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    };
    match data_type {
        DataType::Utf8View => "String".into(),
        DataType::BinaryView => "Binary".into(),
        DataType::Date32 => "Date".into(),
        DataType::Time64(_) => "Time".into(),
        DataType::Decimal128(precision, scale) => format!("Decimal({precision}, {scale})"),
        DataType::Timestamp(step, None) => format!("Datetime('{}')", unit(step)),
        DataType::Timestamp(step, Some(zone)) => format!("Datetime('{}', '{zone}')", unit(step)),
        DataType::Duration(step) => format!("Duration('{}')", unit(step)),
        DataType::Dictionary(..) => "Categorical".into(),
        DataType::LargeList(inner) | DataType::List(inner) => format!("List({})", polars_name(inner.data_type())),
        DataType::FixedSizeList(inner, size) => format!("Array({}, {size})", polars_name(inner.data_type())),
        DataType::Struct(_) => "Struct".into(),
        other => other.to_string(),
    }
}
