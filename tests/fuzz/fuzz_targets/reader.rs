//! Chunks, threads, back ends and whether the bytes come as a stream change neither the frame nor the error.
#![no_main]

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, TimeUnit};
use fast_csv::predicate::{Comparison, Operand, Predicate, Value};
use fast_csv::rejects::Reject;
use fast_csv::{
    Backend, Dialect, Encoding, Error, ErrorKind, Inference, NullValues, OnError, Overrides, Progress, ReaderBuilder,
    Rejects, Request, RowIndex, ShortRecords, Source,
};
use fast_csv_fuzz::Choices;
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

/// The most cells of an input.
const MOST_CELLS: usize = 200_000;

/// The rows and their number, or the error; and what was refused on the way.
type Frame = (Result<(RecordBatch, u64), String>, Vec<Reject>);

/// A defect of the crate is a finding; any other error is an answer.
fn told(error: Error) -> String {
    assert!(!matches!(error.kind(), ErrorKind::Internal(_)), "{error}");
    format!("{error}, {:?}", error.issue().map(|issue| issue.position))
}

fn read(builder: &ReaderBuilder, sources: Vec<Source>, request: &Request) -> Frame {
    let rejects = Arc::new(Rejects::new(None));
    let frame = rows(builder, sources, Request { rejects: Some(Arc::clone(&rejects)), ..request.clone() });
    let counted: u64 = rejects.summary(0).unwrap_or_default().iter().map(|summary| summary.count).sum();
    let found = rejects.scan(0).unwrap_or_default();
    assert_eq!(counted, found.len() as u64);
    (frame, found)
}

fn rows(builder: &ReaderBuilder, sources: Vec<Source>, request: Request) -> Result<(RecordBatch, u64), String> {
    let scan = builder.resolve(sources).map_err(told)?;
    let mut batches = scan.read(request).map_err(told)?;
    let mut all = Vec::new();
    loop {
        match batches.next_within(Duration::from_secs(20)).map_err(told)? {
            Progress::Batch(batch) => {
                assert!(batch.num_rows() > 0);
                for column in batch.columns() {
                    column.to_data().validate_full().expect("a valid array");
                }
                all.push(batch);
            }
            Progress::Pending => panic!("20 seconds passed without a batch"),
            Progress::Done => {
                let rows = all.iter().map(RecordBatch::num_rows).sum::<usize>();
                let whole = if batches.schema().fields().is_empty() {
                    None
                } else {
                    Some(concat_batches(&batches.schema(), &all).unwrap())
                };
                let empty = || RecordBatch::new_empty(batches.schema());
                return Ok((whole.unwrap_or_else(empty), rows as u64));
            }
        }
    }
}

fn types(choices: &mut Choices<'_>) -> Vec<DataType> {
    let known = [
        DataType::Utf8View,
        DataType::Int64,
        DataType::Float64,
        DataType::Boolean,
        DataType::UInt8,
        DataType::Timestamp(TimeUnit::Microsecond, None),
    ];
    (0..=choices.byte() % 4).map(|_| choices.pick(&known)).collect()
}

/// A filter of the first column, whatever its type: one that does not fit is refused.
fn filter(choices: &mut Choices<'_>) -> Predicate {
    let value = choices.pick(&[Value::Text("b".into()), Value::Integer(1), Value::Float(0.5), Value::Boolean(true)]);
    let known = Predicate::Not(Box::new(Predicate::IsNull(0)));
    let compared = Predicate::Compare { column: 0, comparison: Comparison::Less, with: Operand::Value(value.clone()) };
    let same = Predicate::IsIn { column: 0, values: [value].into_iter().collect() };
    choices.pick(&[
        known.clone(),
        Predicate::IsNull(0),
        compared.clone(),
        Predicate::Or(vec![same, Predicate::Not(Box::new(compared))]),
    ])
}

/// Any options.
fn builder(choices: &mut Choices<'_>, dialect: Dialect, on_error: OnError) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new()
        .with_long_delimiter(str::from_utf8(&dialect.delimiter_bytes()).expect("the dialect is checked"))
        .with_quote(dialect.quote)
        .with_escape(dialect.escape)
        .with_lone_carriage(dialect.lone_carriage)
        .with_trim(dialect.trim)
        .with_terminator(dialect.terminator)
        .with_comment(dialect.comment.map(Vec::from))
        .with_strict_quotes(dialect.strict_quotes)
        .with_header(choices.flip())
        .with_raise_if_empty(choices.byte() > 200)
        .with_truncate_ragged_lines(choices.byte() > 90)
        .with_short_records(choices.pick(&[ShortRecords::Null, ShortRecords::Null, ShortRecords::Raise]))
        .with_on_error(on_error)
        .with_empty_is_null(choices.flip())
        .with_encoding(choices.pick(&[Encoding::Utf8, Encoding::Utf8Lossy]))
        .with_null_values(choices.pick(&[NullValues::None, NullValues::All(vec!["1".into(), "a,".into()])]))
        .with_parse_dates(choices.flip())
        .with_skip_footer(choices.pick(&[0, 0, 0, 1, 2, 30]))
        .with_skip_rows_after_header(usize::from(choices.byte() > 230));
    match choices.byte() % 5 {
        0 => builder = builder.with_inference(Inference::All),
        1 => builder = builder.with_inference(Inference::Head(2)),
        2 => builder = builder.with_overrides(Overrides::ByPosition(types(choices).into_iter().map(Into::into).collect())),
        3 => {
            let names =
                types(choices).into_iter().enumerate().map(|(at, data_type)| (format!("column_{at}"), data_type));
            builder = builder.with_header(false).with_schema(names.collect());
        }
        _ => builder = builder.with_infer_types(false),
    }
    if choices.byte() > 180 {
        builder = builder.with_max_record_bytes(1 + choices.up_to(99));
    }
    if choices.byte() > 200 {
        builder = builder.with_limit(Some(choices.up_to(9) as u64));
    }
    builder
}

fuzz_target!(|input: &[u8]| {
    let mut choices = Choices::new(input);
    let on_error = choices.pick(&[OnError::Raise, OnError::Null, OnError::Skip]);
    let dialect = choices.dialect();
    let (delimiter, terminator) = (dialect.delimiter, dialect.terminator);
    let builder = builder(&mut choices, dialect, on_error);
    let offset = choices.up_to(20) as i64 - 10;
    let slice = (choices.byte() > 180).then(|| (offset, choices.flip().then(|| choices.up_to(9) as u64)));
    let projection = (choices.byte() > 200).then(|| if choices.flip() { vec![] } else { vec![0] });
    let row_index = (choices.byte() > 200).then(|| RowIndex { name: "row".into(), offset: 2, wide: choices.flip() });
    let filter = (choices.byte() > 150).then(|| filter(&mut choices));
    let checked = if choices.byte() > 220 { vec![0] } else { vec![] };
    // What is left out for a broken cell is not known to a count that decodes nothing.
    let is_plain = slice.is_none() && filter.is_none() && on_error != OnError::Skip;
    let (chunk, second, streams) = (1 + choices.up_to(150), choices.byte(), choices.flip());
    let file_paths = (second % 8 == 0).then(|| "path".to_owned());
    let request = Request { projection, slice, row_index, file_paths, filter, checked, ..Request::default() };
    let data = choices.text();
    // Short records stand for as many cells as there are columns; in chunks of a byte each is an array of its own.
    let count = |byte: u8| 1 + data.iter().filter(|&&each| each == byte).count();
    if count(delimiter) * count(terminator) > MOST_CELLS {
        return;
    }
    let files = if second > 220 { 2 } else { 1 };
    let sources = || -> Vec<Source> { (0..files).map(|_| Source::Bytes(Arc::new(data.clone()))).collect() };
    let piped = || -> Vec<Source> {
        let bytes = || {
            Source::once(None, {
                let bytes = data.clone();
                move || Ok(Box::new(Cursor::new(bytes)))
            })
        };
        (0..files).map(|_| bytes()).collect()
    };
    let portable = Backend::by_name("portable").expect("always there");
    let wanted = read(&builder.clone().with_threads(1).with_backend(portable), sources(), &request);
    for (place, backend) in Backend::available().into_iter().enumerate() {
        let threads = [1, 2, 3][place % 3];
        for chunk in [chunk, 1] {
            let way = builder.clone().with_backend(backend).with_threads(threads).with_chunk_bytes(chunk);
            let given = if streams { piped() } else { sources() };
            assert_eq!(read(&way, given, &request), wanted, "chunks of {chunk}, {threads} threads, {}", backend.name());
            if let (true, Ok((_, wanted))) = (is_plain, &wanted.0) {
                let rows = way.resolve(sources()).and_then(|scan| scan.count_rows()).map_err(told);
                assert_eq!(rows, Ok(*wanted));
            }
        }
    }
});
