//! Several sources whose headers differ, and columns that sources have beside those of their files: what comes is the same for
//! every size of chunk and number of threads.

mod common;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use common::drain;
use fast_csv::predicate::{Comparison, Operand, Predicate, Value};
use fast_csv::{Error, ErrorKind, Fold, Next, OnError, Piece, ReaderBuilder, Rejects, Request, Source};
use std::sync::Arc;

fn sources(files: &[&str]) -> Vec<Source> {
    files.iter().map(|text| Source::Bytes(Arc::new(text.to_string()))).collect()
}

/// A header and many records, in which each column counts in its own way.
fn file(names: &str, records: usize) -> String {
    let value = |name: &str, record: usize| match name {
        "a" => record.to_string(),
        "b" => format!("\"b,{record}\""),
        _ => format!("{}.5", record * 2),
    };
    let record = |record: usize| names.split(',').map(|name| value(name, record)).collect::<Vec<_>>().join(",");
    std::iter::once(names.to_owned()).chain((0..records).map(record)).map(|line| line + "\n").collect()
}

fn shown(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::new().with_null("-");
    let columns: Vec<_> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
    let cells = |row: usize| columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>();
    (0..batch.num_rows()).map(|row| cells(row).join("|")).collect()
}

/// What every size of chunk and number of threads gives, which is the same.
fn read(builder: &ReaderBuilder, files: &[&str], request: &Request) -> Result<Vec<String>, String> {
    let mut all: Vec<Result<Vec<String>, String>> = Vec::new();
    for (chunk, threads) in [(1, 1), (7, 4), (64, 2), (1 << 20, 1), (1 << 20, 4)] {
        let builder = builder.clone().with_chunk_bytes(chunk).with_threads(threads);
        let read = || -> Result<_, Error> { drain(&mut builder.resolve(sources(files))?.read(request.clone())?) };
        all.push(read().map(|batch| shown(&batch)).map_err(|error| error.to_string()));
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:?}");
    all.pop().unwrap()
}

fn inserting() -> ReaderBuilder {
    ReaderBuilder::new().with_missing_columns_inserted(true)
}

#[test]
fn columns_are_found_by_their_names() {
    let (first, second) = (file("a,b", 20), file("b,a", 20));
    let rows = read(&ReaderBuilder::new(), &[&first, &second, &first], &Request::default()).unwrap();
    let one: Vec<String> = (0..20).map(|row| format!("{row}|b,{row}")).collect();
    assert_eq!(rows, [one.clone(), one.clone(), one].concat());
}

#[test]
fn a_column_that_a_file_lacks_is_null_where_that_is_asked_for() {
    let (first, second) = (file("a,b", 3), file("a,c,b", 3));
    let error = read(&ReaderBuilder::new(), &[&first, &second], &Request::default()).unwrap_err();
    assert!(error.contains(r#"["c"]"#) && error.contains("extra_columns"), "{error}");
    let error = read(&ReaderBuilder::new(), &[&second, &first], &Request::default()).unwrap_err();
    assert!(error.contains(r#"["c"]"#) && error.contains("missing_columns"), "{error}");
    let rows = read(&inserting(), &[&first, &second], &Request::default()).unwrap();
    assert_eq!(rows, ["0|b,0|-", "1|b,1|-", "2|b,2|-", "0|b,0|0.5", "1|b,1|2.5", "2|b,2|4.5"]);
    let ignoring = ReaderBuilder::new().with_extra_columns_ignored(true);
    let rows = read(&ignoring, &[&first, &second], &Request::default()).unwrap();
    assert_eq!(rows, ["0|b,0", "1|b,1", "2|b,2", "0|b,0", "1|b,1", "2|b,2"]);
}

#[test]
fn a_file_that_was_not_sampled_has_no_new_columns() {
    let files = [file("a,b", 2), file("c,b", 2)];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let one = inserting().with_infer_files(1);
    let error = read(&one, &files, &Request::default()).unwrap_err();
    assert!(error.contains(r#"["c"]"#) && error.contains("extra_columns"), "{error}");
    let rows = read(&one.with_extra_columns_ignored(true), &files, &Request::default()).unwrap();
    assert_eq!(rows, ["0|b,0", "1|b,1", "-|b,0", "-|b,1"]);
}

#[test]
fn filters_slices_and_projections_know_each_files_columns() {
    let (first, second) = (file("a,b", 9), file("c,b,a", 9));
    let test = Predicate::Compare { column: 0, comparison: Comparison::Equal, with: Operand::Value(Value::Integer(4)) };
    let request = Request { projection: Some(vec![2, 1]), filter: Some(test), ..Request::default() };
    assert_eq!(read(&inserting(), &[&first, &second], &request).unwrap(), ["-|b,4", "8.5|b,4"]);
    for (offset, length) in [(7, Some(4)), (-11, Some(4))] {
        let request = Request { slice: Some((offset, length)), ..Request::default() };
        let rows = read(&inserting(), &[&first, &second], &request).unwrap();
        assert_eq!(rows, ["7|b,7|-", "8|b,8|-", "0|b,0|0.5", "1|b,1|2.5"]);
    }
}

#[test]
fn a_fault_names_the_column_of_its_own_file() {
    let files = ["a,b\n1,2\n", "b,a\n3,x\n4,5,6\n"];
    let types = ["a", "b"].map(|name| (name.to_owned(), arrow::datatypes::DataType::Int64)).to_vec();
    let builder = ReaderBuilder::new().with_schema(types).with_on_error(OnError::Null);
    let rejects = Arc::new(Rejects::new(None));
    let request = Request { rejects: Some(Arc::clone(&rejects)), ..Request::default() };
    let scan = builder.resolve(sources(&files)).unwrap();
    let batch = drain(&mut scan.read(request).unwrap()).unwrap();
    assert_eq!(shown(&batch), ["1|2", "-|3", "5|4"]);
    let found = rejects.scan(0).unwrap();
    let place = |at: usize| (found[at].issue.column_name.clone(), found[at].issue.position.column);
    assert_eq!([place(0), place(1)], [(Some("a".into()), 2), (None, 3)]);
}

fn by_source() -> RecordBatch {
    let years: ArrayRef = Arc::new(Int64Array::from(vec![Some(2020), None, Some(2022)]));
    let kinds: ArrayRef = Arc::new(StringViewArray::from(vec!["a kind of some length", "y", "z"]));
    RecordBatch::try_from_iter([("year", years), ("b", kinds)]).unwrap()
}

#[test]
fn columns_of_sources_stand_behind_those_of_files_or_in_their_place() {
    let text = file("a,b,c", 2);
    let builder = ReaderBuilder::new().with_source_columns(by_source());
    let rows = read(&builder, &[&text, &text, &text], &Request::default()).unwrap();
    assert_eq!(rows[..3], ["0|a kind of some length|0.5|2020", "1|a kind of some length|2.5|2020", "0|y|0.5|-"]);
    let request = Request { projection: Some(vec![3, 0, 1]), file_paths: Some("path".into()), ..Request::default() };
    let rows = read(&builder, &[&text, &text, &text], &request).unwrap();
    assert_eq!(rows[4..], ["2022|0|z|in-mem", "2022|1|z|in-mem"]);
    let request = Request { projection: Some(vec![3]), slice: Some((-3, Some(2))), ..Request::default() };
    assert_eq!(read(&builder, &[&text, &text, &text], &request).unwrap(), ["-", "2022"]);
}

#[test]
fn sources_that_are_left_out_are_not_opened() {
    let builder = ReaderBuilder::new().with_source_columns(by_source()).with_infer_files(1);
    let text = file("a", 2);
    let files = [&*text, "\"never closed", &*text];
    let request = Request { only: Some(vec![0, 2]), ..Request::default() };
    let rows = read(&builder, &files, &request).unwrap();
    assert_eq!(rows, ["0|2020|a kind of some length", "1|2020|a kind of some length", "0|2022|z", "1|2022|z"]);
    let scan = builder.resolve(sources(&files)).unwrap();
    for wrong in [
        Request { only: Some(vec![0]), slice: Some((0, Some(1))), ..Request::default() },
        Request { only: Some(vec![3]), ..Request::default() },
        Request { checked: vec![9], ..Request::default() },
        Request {
            filter: Some(Predicate::Compare {
                column: 1,
                comparison: Comparison::Equal,
                with: Operand::Value(Value::Integer(4)),
            }),
            ..Request::default()
        },
    ] {
        assert!(matches!(scan.read(wrong).err().unwrap().kind(), ErrorKind::Argument(_)));
    }
    let two = builder.resolve(sources(&files[..2])).unwrap_err();
    assert!(two.to_string().contains("3 rows"), "{two}");
}

/// What the fold of each piece shows of its rows.
struct Shown;

impl Fold for Shown {
    type State = Vec<String>;

    fn map(&self, piece: &Piece<'_>) -> fast_csv::Result<Vec<String>> {
        Ok(shown(piece.batch))
    }
}

#[test]
fn folds_and_footers_know_each_files_columns() {
    let (first, second) = (file("a,b", 12) + "the end\n", file("c,b,a", 12) + "the\nend\n");
    let builder = inserting().with_source_columns(by_source().slice(0, 2));
    let files = [first.as_str(), second.strip_suffix("the\nend\n").unwrap()];
    let mut wanted = read(&builder.clone().with_skip_footer(1), &files, &Request::default()).unwrap();
    assert_eq!(wanted.len(), 23);
    assert_eq!(wanted[11..13], ["11|a kind of some length|-|2020", "0|y|0.5|-"]);
    for (chunk, threads) in [(1, 1), (7, 4), (64, 2), (1 << 20, 4)] {
        let builder = builder.clone().with_chunk_bytes(chunk).with_threads(threads).with_skip_footer(1);
        let scan = builder.resolve(sources(&files)).unwrap();
        let mut folding = scan.fold(Request::default(), Arc::new(Shown)).unwrap();
        let mut rows = Vec::new();
        loop {
            match folding.next_within(std::time::Duration::from_secs(60)).unwrap() {
                Next::Part(part) => rows.extend(part.state),
                Next::Pending => {}
                Next::Done => break,
            }
        }
        assert_eq!(rows, wanted);
    }
    wanted.truncate(12);
    assert_eq!(read(&builder.with_skip_footer(1).with_limit(Some(12)), &files, &Request::default()).unwrap(), wanted);
}

#[test]
fn columns_widen_wherever_they_stand_in_a_file() {
    // Of the second file nothing is in the sample.
    let (first, second) = (file("a,c", 20), file("c,b,a", 20).replace("\n26.5,", "\nx,"));
    let builder = inserting().with_extra_columns_ignored(true).with_infer_files(1);
    let builder = builder.with_source_columns(by_source().slice(0, 2));
    for (chunk, threads) in [(1, 1), (7, 4), (1 << 20, 4)] {
        let builder = builder.clone().with_chunk_bytes(chunk).with_threads(threads);
        let scan = builder.resolve(sources(&[&first, &second])).unwrap();
        let mut batches = scan.read(Request { widens: true, ..Request::default() }).unwrap();
        let narrow = shown(&drain(&mut batches).unwrap());
        assert_eq!((&*narrow[0], &*narrow[20]), ("0|0.5|2020|a kind of some length", "0|0.5|-|y"));
        let misfits = batches.misfits();
        assert_eq!(misfits.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["c"]);
        let wider = scan.wider(&misfits);
        let names = |scan: &fast_csv::Scan| scan.schema().fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>();
        assert_eq!(names(&wider), names(&scan));
        let request = Request { projection: Some(vec![1, 2]), widens: true, ..Request::default() };
        let mut batches = wider.read(request).unwrap();
        let rows = shown(&drain(&mut batches).unwrap());
        assert_eq!((&*rows[13], &*rows[33], &*rows[34]), ("26.5|2020", "x|-", "28.5|-"));
        assert!(batches.misfits().is_empty());
    }
}
