//! Cell by cell against two other readers of Rust: `csv` for structure and text, `arrow-csv` for typed columns.
//!
//! Where `csv` means something else, the data or the comparison keep away from it:
//!
//! - `csv` passes over blank lines; here a blank line is a record. Rows without any text are left out on both sides.
//! - `csv` ends records at a lone CR, which is text here. Outside quotes a CR stands only before an LF.
//! - `csv` takes a quote that never closes for a field that ends with the data; here it is an error, and expected as one.
//! - `csv` knows no null: a null counts as the empty text.
//!
//! `arrow-csv` accepts fewer spellings of a value than this crate does; the data hold those that both accept.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use fast_csv::{Code, Error, Overrides, Progress, ReaderBuilder, Request, Source};
use proptest::prelude::*;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

fn read(builder: &ReaderBuilder, data: &str) -> Result<RecordBatch, Error> {
    let scan = builder.resolve(vec![Source::Bytes(Arc::new(data.to_owned()))])?;
    let (mut batches, mut all) = (scan.read(Request::default())?, Vec::new());
    loop {
        match batches.next_within(Duration::from_secs(60))? {
            Progress::Batch(batch) => all.push(batch),
            Progress::Pending => panic!("a minute passed without a batch"),
            Progress::Done => return Ok(concat_batches(&scan.schema(), &all).unwrap()),
        }
    }
}

/// What `csv` reads: the most fields of a record, and rows of texts padded to as many.
fn by_csv(data: &str, delimiter: u8) -> (usize, Vec<Vec<String>>) {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(data.as_bytes());
    let rows: Vec<Vec<String>> =
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(1);
    let padded = rows.into_iter().map(|mut row| {
        row.resize(width, String::new());
        row
    });
    (width, padded.filter(|row| row.iter().any(|cell| !cell.is_empty())).collect())
}

/// What this crate reads, as wide as `width`.
fn by_us(data: &str, delimiter: u8, width: usize, chunk: usize, threads: usize) -> Result<Vec<Vec<String>>, Error> {
    let schema = (0..width).map(|column| (column.to_string(), DataType::Utf8View)).collect();
    let builder = ReaderBuilder::new().with_header(false).with_raise_if_empty(false).with_schema(schema);
    let batch = read(&builder.with_delimiter(delimiter).with_chunk_bytes(chunk).with_threads(threads), data)?;
    let cell = |column: &ArrayRef, row| {
        if column.is_null(row) { String::new() } else { column.as_string_view().value(row).to_owned() }
    };
    let rows = (0..batch.num_rows()).map(|row| batch.columns().iter().map(|column| cell(column, row)).collect());
    Ok(rows.filter(|row: &Vec<String>| row.iter().any(|cell| !cell.is_empty())).collect())
}

fn agrees_with_csv(data: &str, delimiter: u8, chunk: usize, threads: usize) -> Result<(), TestCaseError> {
    let (width, wanted) = by_csv(data, delimiter);
    match by_us(data, delimiter, width, chunk, threads) {
        Ok(rows) => prop_assert_eq!(rows, wanted, "{:?}", data),
        Err(error) => {
            prop_assert_eq!(error.issue().map(|issue| issue.code), Some(Code::UnclosedQuote), "{}: {:?}", error, data);
            // It is the data's last quoted field: with that quote closed at the end both read the same.
            let closed = format!("{data}\"");
            let (width, wanted) = by_csv(&closed, delimiter);
            let rows = by_us(&closed, delimiter, width, chunk, threads);
            prop_assert_eq!(rows.map_err(|error| error.to_string()), Ok(wanted), "{:?}", closed);
        }
    }
    Ok(())
}

/// Records as RFC 4180 has them, of either line end.
fn regular(delimiter: char) -> impl Strategy<Value = String> {
    let field = prop_oneof![
        3 => "[a-z0-9é ]{0,12}",
        2 => "\"([a-z,;\n\r]|\"\"){0,30}\"",
    ];
    let record = (prop::collection::vec(field, 1..6), prop::sample::select(vec!["\n", "\r\n"]));
    prop::collection::vec(record, 0..60).prop_map(move |records| {
        let lines = records.into_iter().map(|(fields, end)| fields.join(&delimiter.to_string()) + end);
        lines.collect()
    })
}

/// Values of a type in the spelling that both typed readers accept.
fn cell(data_type: &DataType) -> BoxedStrategy<String> {
    let date =
        (0..3000_u32, 1..=12_u32, 1..=28_u32).prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"));
    let clock = (0..24_u32, 0..60_u32, 0..60_u32)
        .prop_map(|(hour, minute, second)| format!("{hour:02}:{minute:02}:{second:02}"));
    let near =
        (1680..2260_u32, 1..=12_u32, 1..=28_u32).prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"));
    match data_type {
        DataType::Int8 => any::<i8>().prop_map(|value| value.to_string()).boxed(),
        DataType::UInt64 => any::<u64>().prop_map(|value| value.to_string()).boxed(),
        DataType::Int64 => (any::<i64>(), 0..63_u32).prop_map(|(value, shift)| (value >> shift).to_string()).boxed(),
        DataType::Float32 => any::<f32>()
            .prop_filter("nan has many", |value| !value.is_nan())
            .prop_map(|value| value.to_string())
            .boxed(),
        DataType::Float64 => prop_oneof![
            any::<f64>().prop_filter("nan has many", |value| !value.is_nan()).prop_map(|value| format!("{value:e}")),
            any::<f64>().prop_filter("nan has many", |value| !value.is_nan()).prop_map(|value| value.to_string()),
            "-?[0-9]{1,6}[.][0-9]{1,20}",
            "-?[0-9]{1,25}",
            "[1-9][.][0-9]{1,18}e-?[0-9]{1,3}",
        ]
        .boxed(),
        DataType::Boolean => {
            prop::sample::select(vec!["true", "false", "True", "FALSE"]).prop_map(str::to_owned).boxed()
        }
        DataType::Date32 => date.boxed(),
        DataType::Time64(_) => (clock, "([.][0-9]{1,9})?").prop_map(|(clock, fraction)| clock + &fraction).boxed(),
        DataType::Timestamp(unit, _) => {
            let fraction = match unit {
                TimeUnit::Second => "",
                TimeUnit::Millisecond => "([.][0-9]{3})?",
                TimeUnit::Microsecond => "([.][0-9]{6})?",
                TimeUnit::Nanosecond => "([.][0-9]{9})?",
            };
            (near, "[T ]", clock, fraction)
                .prop_map(|(date, t, clock, fraction)| date + &t + &clock + &fraction)
                .boxed()
        }
        _ => prop_oneof!["[a-zé]{1,30}", "[a-z]{1,9}(\"\"|,|\n)[a-z]{0,20}".prop_map(|text| format!("\"{text}\""))]
            .boxed(),
    }
}

fn types() -> Vec<DataType> {
    let stamps = [TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond]
        .map(|unit| DataType::Timestamp(unit, None));
    let plain = [
        DataType::Int8,
        DataType::Int64,
        DataType::UInt64,
        DataType::Float32,
        DataType::Float64,
        DataType::Boolean,
        DataType::Date32,
        DataType::Time64(TimeUnit::Nanosecond),
        DataType::Utf8View,
    ];
    plain.into_iter().chain(stamps).collect()
}

/// Columns of some types and a text that holds them, with nulls and some quotes.
fn typed() -> impl Strategy<Value = (Vec<DataType>, String)> {
    prop::collection::vec(prop::sample::select(types()), 2..6).prop_flat_map(|types| {
        let cells: Vec<_> = types.iter().map(|data_type| (cell(data_type), 0..10_u32)).collect();
        (Just(types), prop::collection::vec(cells, 0..50)).prop_map(|(types, rows)| {
            let mut text = (0..types.len()).map(|column| format!("c{column}")).collect::<Vec<_>>().join(",") + "\n";
            for row in rows {
                let cells = row.into_iter().map(|(cell, kind)| match kind {
                    0 => String::new(),
                    1 if !cell.starts_with('"') => format!("\"{cell}\""),
                    _ => cell,
                });
                text += &(cells.collect::<Vec<_>>().join(",") + "\n");
            }
            (types, text)
        })
    })
}

fn by_arrow(types: &[DataType], text: &str) -> Result<RecordBatch, String> {
    let fields =
        types.iter().enumerate().map(|(column, data_type)| Field::new(format!("c{column}"), data_type.clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let reader = arrow_csv::ReaderBuilder::new(Arc::clone(&schema)).with_header(true).build(Cursor::new(text)).unwrap();
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    Ok(concat_batches(&schema, &batches).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn regular_text_is_read_as_csv_reads_it(
        (delimiter, data) in prop::sample::select(vec![',', ';']).prop_flat_map(|delimiter| (Just(delimiter), regular(delimiter))),
        chunk in 1..300_usize,
        threads in prop::sample::select(vec![1, 2, 4]),
    ) {
        agrees_with_csv(&data, delimiter as u8, chunk, threads)?;
    }

    #[test]
    fn strays_are_read_as_csv_reads_them(
        data in "([a-c]{0,3}[,\n\"]|\"[a,\n]{0,5}\"|\"\"|[a\",\n]{0,4}){0,60}",
        chunk in 1..300_usize,
        threads in prop::sample::select(vec![1, 2, 4]),
    ) {
        agrees_with_csv(&data, b',', chunk, threads)?;
    }

    #[test]
    fn typed_columns_are_those_of_arrow_csv((types, text) in typed(), chunk in 1..2000_usize, threads in prop::sample::select(vec![1, 2])) {
        let wanted = by_arrow(&types, &text).map_err(TestCaseError::fail)?;
        let builder = ReaderBuilder::new().with_overrides(Overrides::ByPosition(types.into_iter().map(Into::into).collect())).with_chunk_bytes(chunk).with_threads(threads);
        let batch = read(&builder, &text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(batch, wanted, "{:?}", text);
    }
}

#[test]
fn all_short_strings_are_read_as_csv_reads_them() {
    let alphabet = *b"a,\"\n";
    for length in 0..=6_u32 {
        for number in 0..4_usize.pow(length) {
            let data: String = (0..length).map(|place| alphabet[number >> (2 * place) & 3] as char).collect();
            agrees_with_csv(&data, b',', 3, 1).unwrap();
        }
    }
}

#[test]
fn both_refuse_what_is_no_value() {
    for (data_type, text) in [
        (DataType::Int8, "300"),
        (DataType::Int64, "9223372036854775808"),
        (DataType::Int64, "1.5"),
        (DataType::UInt64, "-1"),
        (DataType::Float64, "1.5x"),
        (DataType::Boolean, "yes"),
        (DataType::Date32, "2020-02-30"),
        (DataType::Date32, "2020-13-01"),
        (DataType::Timestamp(TimeUnit::Microsecond, None), "2020-01-01T25:00:00"),
        (DataType::Int64, "1 2"),
        (DataType::Float64, "--1"),
    ] {
        let data = format!("c0\n{text}\n");
        assert!(by_arrow(std::slice::from_ref(&data_type), &data).is_err(), "arrow-csv: {text} as {data_type}");
        let builder = ReaderBuilder::new().with_overrides(Overrides::ByPosition(vec![data_type.clone().into()]));
        let error = read(&builder, &data).expect_err(text);
        assert_eq!(error.issue().unwrap().value.as_deref(), Some(text), "{data_type}");
    }
    let as_text = ReaderBuilder::new().with_infer_types(false);
    assert_eq!(read(&as_text, "c0\n300\n").unwrap().num_rows(), 1);
}
