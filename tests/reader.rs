//! The reader end to end: what is asked for comes, faults are told with their place, and neither depends on chunks, threads
//! or the back end.

mod common;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt64Array};
use arrow::compute::concat_batches;
use arrow::datatypes::DataType::{self, Int8, Int64, Utf8View};
use arrow::util::display::array_value_to_string;
use common::drain;
use fast_csv::predicate::Predicate;
use fast_csv::{
    Backend, Code, Error, ErrorKind, NullValues, OnError, Overrides, Progress, ReaderBuilder, Request, RowIndex,
    ShortRecords, Source, count_records,
};
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn bytes(data: impl AsRef<[u8]>) -> Source {
    Source::Bytes(Arc::new(data.as_ref().to_vec()))
}

fn read(builder: &ReaderBuilder, data: impl AsRef<[u8]>, request: &Request) -> Result<RecordBatch, Error> {
    drain(&mut builder.resolve(vec![bytes(data)])?.read(request.clone())?)
}

/// Rows of texts; `None` is null.
type Rows = Vec<Vec<Option<String>>>;

fn texts(batch: &RecordBatch) -> Rows {
    let row = |row: usize| {
        let cell = |column: &ArrayRef| column.is_valid(row).then(|| array_value_to_string(column, row).unwrap());
        batch.columns().iter().map(cell).collect()
    };
    (0..batch.num_rows()).map(row).collect()
}

/// Rows written as `1|x`, null as `-`.
fn shown(batch: &RecordBatch) -> Vec<String> {
    let rows = texts(batch).into_iter();
    rows.map(|row| row.into_iter().map(|cell| cell.unwrap_or("-".into())).collect::<Vec<_>>().join("|")).collect()
}

/// The builder in chunks of many sizes, with 1, 2 and 4 threads.
fn ways(builder: &ReaderBuilder) -> impl Iterator<Item = ReaderBuilder> {
    let chunks = [1, 2, 3, 5, 8, 13, 33, 64, 200, 1 << 20];
    let all = chunks.into_iter().flat_map(|chunk| [1, 2, 4].map(|threads| (chunk, threads)));
    all.map(|(chunk, threads)| builder.clone().with_chunk_bytes(chunk).with_threads(threads))
}

fn typed(types: &[DataType]) -> ReaderBuilder {
    let names = ["a", "b", "c"].map(String::from);
    ReaderBuilder::new().with_schema(names.into_iter().zip(types.iter().cloned()).collect())
}

fn text() -> ReaderBuilder {
    ReaderBuilder::new().with_infer_types(false)
}

#[test]
fn columns_come_as_asked_for() {
    let projection = |places: &[usize]| Request { projection: Some(places.to_vec()), ..Request::default() };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "a,b,c\n1,x,2\n3,y,4\n").unwrap();
    let batch = drain(&mut text().with_projection(["c", "a"]).open(&path).unwrap()).unwrap();
    assert_eq!(shown(&batch), ["2|1", "4|3"]);
    assert_eq!(batch.schema().field(0).name(), "c");
    let error = text().with_projection(["z"]).open(&path).err().unwrap();
    assert!(matches!(error.kind(), ErrorKind::Argument(text) if text.contains("\"z\"")), "{error}");
    let none = read(&text(), "a,b\n1,2\n3\n", &projection(&[])).unwrap();
    assert_eq!((none.num_columns(), none.num_rows()), (0, 2));
    assert!(matches!(read(&text(), "a\n1\n", &projection(&[1])).unwrap_err().kind(), ErrorKind::Argument(_)));
    // What no one asks for is not decoded and cannot fail.
    let batch = read(&typed(&[Int64, Utf8View]), "a,b\nx,1\n", &projection(&[1])).unwrap();
    assert_eq!(shown(&batch), ["1"]);
}

#[test]
fn a_header_may_name_more_columns_than_the_schema_or_fewer() {
    let data = "c,a,x\n1,\"y\nz\",3\n4\n5,6,7,8\n";
    let schema = typed(&[Utf8View, Utf8View, Int64]).with_extra_columns_ignored(true);
    assert!(matches!(read(&schema, data, &Request::default()).unwrap_err().kind(), ErrorKind::Schema(_)));
    let both = schema.clone().with_missing_columns_inserted(true).with_empty_is_null(false);
    for way in ways(&both) {
        // What the file does not have is null, and not the text that an empty field would be.
        let rows = read(&way, data, &Request::default()).unwrap();
        assert_eq!(shown(&rows), ["y\nz|-|1", "|-|4", "6|-|5"]);
        let absent = Request { projection: Some(vec![1]), filter: Some(Predicate::IsNull(1)), ..Request::default() };
        assert_eq!(shown(&read(&way, data, &absent).unwrap()), ["-", "-", "-"]);
    }
    let named = typed(&[Utf8View, Utf8View, Int64]).with_missing_columns_inserted(true);
    let error = read(&named, data, &Request::default()).unwrap_err();
    assert!(error.to_string().contains("extra_columns=\"ignore\""), "{error}");
    let regular = read(&named, "a,c\nx,1\ny,2\n", &Request::default()).unwrap();
    assert_eq!(shown(&regular), ["x|-|1", "y|-|2"]);
}

#[test]
fn a_comma_takes_the_place_of_the_dot() {
    let builder = ReaderBuilder::new().with_delimiter(b';').with_decimal_mark(b',');
    for way in ways(&builder) {
        let batch =
            read(&way, "a;b;c\n1,5;\"-0,25\";7\n,5;3,;8\n1e3;12345678901,25;1.5\n", &Request::default()).unwrap();
        let types: Vec<_> = batch.schema().fields().iter().map(|field| field.data_type().clone()).collect();
        assert_eq!(types, [DataType::Float64, DataType::Float64, Utf8View]);
        assert_eq!(shown(&batch), ["1.5|-0.25|7", "0.5|3.0|8", "1000.0|12345678901.25|1.5"]);
    }
    // A dot may part thousands: it is never taken for one of the two.
    let float = builder.with_schema(vec![("a".into(), DataType::Float64)]);
    for cell in ["1.5", "1.234,5", "1,2,3"] {
        let error = read(&float, format!("a\n{cell}\n"), &Request::default()).unwrap_err();
        assert_eq!(error.issue().unwrap().code, Code::Cast, "{cell}");
    }
}

#[test]
fn slices_and_limits_are_those_of_the_frame() {
    let data = "a,b\n0,\"x\n\"\n1,y\n2,\"\"\"\"\n3,\n4,z\n5,\"p,\nq\"\n6,r\n7,s\n";
    let whole = read(&text(), data, &Request::default()).unwrap();
    for way in ways(&text()) {
        for limit in [None, Some(0), Some(3), Some(8), Some(100)] {
            let rows = limit.unwrap_or(100).min(8) as i64;
            let offsets = [0, 2, 8, 50, -1, -3, -8, -12, i64::MIN].into_iter();
            for (offset, length) in
                offsets.flat_map(|offset| [None, Some(0), Some(1), Some(5)].map(|length| (offset, length)))
            {
                let first = if offset < 0 { rows.saturating_add(offset) } else { offset };
                let end = length.map_or(rows, |length: u64| first.saturating_add(length as i64)).clamp(0, rows);
                let first = first.clamp(0, end);
                let request = Request { slice: Some((offset, length)), ..Request::default() };
                let part = read(&way.clone().with_limit(limit), data, &request).unwrap();
                let wanted = whole.slice(first as usize, (end - first) as usize);
                assert_eq!(part, wanted, "slice {offset} {length:?}, limit {limit:?}, {way:?}");
            }
        }
    }
    let row_index = Some(RowIndex { name: "row".into(), offset: 10, wide: true });
    let last = read(
        &text(),
        data,
        &Request { projection: Some(vec![]), slice: Some((-3, Some(2))), row_index, ..Request::default() },
    );
    assert_eq!(shown(&last.unwrap()), ["15", "16"]);
}

/// A few bytes of short records can stand for millions of cells. A batch holds so many of them and no more, and what follows
/// it is the next one's.
#[test]
fn a_batch_holds_a_bounded_number_of_cells() {
    const COLUMNS: usize = 3_000;
    const CELLS: usize = 4 << 20;
    let mut data = ["a"; COLUMNS].join(",").into_bytes();
    let mut wanted = Vec::new();
    for row in 0..4_501_u64 {
        // Most are blank, some a value; some lie in quotes on two lines, or are comments that no row stands for.
        match row % 500 {
            7 => data.extend(b"\n# ,"),
            8 => data.extend(b"\n\"x\n\",y"),
            _ => data.extend(format!("\n{}", if row % 3 == 0 { row.to_string() } else { String::new() }).as_bytes()),
        }
        if row % 500 != 7 {
            wanted.push(if row % 500 == 8 { Some("x\n".into()) } else { (row % 3 == 0).then(|| row.to_string()) });
        }
    }
    let builder = text().with_comment(Some(b"#".to_vec())).with_header(true);
    let filter = Some(Predicate::Not(Box::new(Predicate::IsNull(0))));
    for (threads, chunk) in [(1, None), (2, None), (3, Some(5_000))] {
        let mut way = builder.clone().with_threads(threads);
        if let Some(chunk) = chunk {
            way = way.with_chunk_bytes(chunk);
        }
        let scan = way.resolve(vec![bytes(&data)]).unwrap();
        for (filter, slice) in
            [(None, None), (filter.clone(), None), (None, Some((1_000, Some(1_500)))), (None, Some((-2_500, None)))]
        {
            let row_index = Some(RowIndex { name: "row".into(), offset: 0, wide: true });
            let mut found = Vec::new();
            let request = Request { slice, row_index, filter: filter.clone(), ..Request::default() };
            for batch in scan.read(request).unwrap() {
                let batch = batch.unwrap();
                assert!(batch.num_rows() * COLUMNS <= CELLS, "{} rows", batch.num_rows());
                let rows: &UInt64Array = batch.column(0).as_primitive();
                let texts = batch.column(1).as_string_view();
                found.extend(rows.values().iter().copied().zip(texts.iter().map(|text| text.map(String::from))));
            }
            let all = wanted.iter().cloned().enumerate().map(|(row, text)| (row as u64, text));
            let rows: Vec<_> = match slice {
                Some((from, length)) if from > 0 => all.skip(from as usize).take(length.unwrap() as usize).collect(),
                Some((from, _)) => all.skip(wanted.len() - (-from) as usize).collect(),
                None => all.filter(|(_, text)| filter.is_none() || text.is_some()).collect(),
            };
            assert_eq!(found.len(), rows.len(), "{threads} threads, slice {slice:?}");
            assert!(found == rows, "{threads} threads, slice {slice:?}");
        }
        assert_eq!(scan.count_rows().unwrap(), wanted.len() as u64);
    }
    // What is told behind a batch that was ended early has its place.
    data.extend(b"\n1,2,\n,x");
    let int = text()
        .with_comment(Some(b"#".to_vec()))
        .with_overrides(Overrides::ByName(vec![("a_duplicated_0".into(), Int64.into())]));
    for threads in [1, 2] {
        let null = NullValues::All(vec!["y".into()]);
        let error = read(&int.clone().with_threads(threads).with_null_values(null), &data, &Request::default());
        let error = error.unwrap_err();
        let position = error.issue().unwrap_or_else(|| panic!("{error}")).position;
        let record = wanted.len() as u64 + 2;
        let line = data.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
        assert_eq!((position.record, position.line, position.byte), (record, line, data.len() as u64 - 1));
    }
}

#[test]
fn sources_follow_one_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut sources = Vec::new();
    for (place, data) in ["a,b\n1,x\n2,y", "a,b\n", "a,b\r\n3,\"z\nz\"\r\n", "a,b\n4,w\n5"].iter().enumerate() {
        let path = folder.path().join(format!("{place}.csv"));
        fs::write(&path, data).unwrap();
        sources.push(Source::Path(path));
    }
    let all = ["1|x", "2|y", "3|z\nz", "4|w", "5|-"];
    for way in ways(&text()) {
        let rows = |builder: &ReaderBuilder, slice| {
            let scan = builder.resolve(sources.clone()).unwrap();
            shown(&drain(&mut scan.read(Request { slice, ..Request::default() }).unwrap()).unwrap())
        };
        assert_eq!(rows(&way, None), all);
        assert_eq!(rows(&way.clone().with_limit(Some(3)), None), all[..3]);
        assert_eq!(rows(&way, Some((-3, Some(2)))), all[2..4]);
        assert_eq!(rows(&way, Some((1, Some(2)))), all[1..3]);
        assert_eq!(way.resolve(sources.clone()).unwrap().count_rows().unwrap(), 5);
    }
    // A fault names its file, and counts lines and records there.
    let int = typed(&[Int64, Int8]).with_null_values(NullValues::All(["x", "y", "w"].map(String::from).to_vec()));
    let issue = drain(&mut int.resolve(sources.clone()).unwrap().read(Request::default()).unwrap()).unwrap_err();
    let issue = issue.issue().unwrap();
    assert!(issue.file.as_deref().unwrap().ends_with("2.csv"), "{issue}");
    assert_eq!((issue.position.line, issue.position.record, issue.position.column), (2, 1, 2), "{issue}");
    // Another header, a missing file, an empty one.
    fs::write(folder.path().join("3.csv"), "a,c\n1,2\n").unwrap();
    assert!(matches!(text().resolve(sources.clone()).unwrap_err().kind(), ErrorKind::Schema(_)));
    let late = text().with_infer_files(1).resolve(sources.clone()).unwrap();
    assert!(matches!(drain(&mut late.read(Request::default()).unwrap()).unwrap_err().kind(), ErrorKind::Schema(_)));
    fs::write(folder.path().join("3.csv"), "").unwrap();
    assert!(matches!(text().resolve(sources.clone()).unwrap_err().kind(), ErrorKind::NoData(_)));
    let lenient = text().with_raise_if_empty(false).resolve(sources.clone()).unwrap();
    assert_eq!(drain(&mut lenient.read(Request::default()).unwrap()).unwrap().num_rows(), 3);
    fs::remove_file(folder.path().join("3.csv")).unwrap();
    assert!(matches!(text().resolve(sources).unwrap_err().kind(), ErrorKind::Io { .. }));
}

/// A fault that must be told: code, byte, line, record, column, value.
type Told<'a> = (Code, u64, u64, u64, usize, &'a str);

#[test]
fn faults_are_told_with_their_place() {
    let int = typed(&[Int64, Utf8View]);
    let faults: [(&[u8], ReaderBuilder, Told<'_>); 16] = [
        (b"a,b\n1,x\n2,\"y\ny\"\nz,w\n", int.clone(), (Code::Cast, 16, 5, 3, 1, "z")),
        (b"a,b\r\n1,x\r\n\"2\"\"3\",w\r\n", int.clone(), (Code::Cast, 10, 3, 2, 1, "2\"3")),
        (b"a,b\n1,200\n", typed(&[Int64, Int8]), (Code::Overflow, 6, 2, 1, 2, "200")),
        (b"a,b\n1,\xff\n", int.clone(), (Code::InvalidUtf8, 6, 2, 1, 2, "\u{fffd}")),
        (b"\xef\xbb\xbfa,b\n1,x\n2,y,zz,w\n", int.clone(), (Code::TooManyFields, 15, 3, 2, 3, "zz,w")),
        (b"a,b\n\"y\n\",\"z\nq\n", typed(&[Utf8View, Utf8View]), (Code::UnclosedQuote, 9, 3, 1, 2, "\"z")),
        (b"a,b\n1,x\n3\n", int.clone().with_short_records(ShortRecords::Raise), (Code::TooFewFields, 8, 3, 2, 2, "3")),
        (b"a,b\n1,x\n2,y\"\n", int.clone().with_strict_quotes(true), (Code::StrayQuote, 10, 3, 2, 2, "y\"")),
        (b"a,b\n1,x\n2,\"y\"z\n", int.clone().with_strict_quotes(true), (Code::StrayQuote, 10, 3, 2, 2, "\"y\"z")),
        (b"a,b\n1,x\n2,\"y\n3,z\n", int.clone(), (Code::UnclosedQuote, 10, 3, 2, 2, "\"y")),
        (
            b"a,b\n1,x\n22,yyyyyyy\nz,x\n",
            int.clone().with_max_record_bytes(9),
            (Code::LineTooLong, 8, 3, 2, 1, "22,yyyyyy"),
        ),
        // The first in file order, whichever column or kind it is of.
        (b"a,b\n1,x\nq,\xff\nr,x,y\n", int.clone(), (Code::Cast, 8, 3, 2, 1, "q")),
        (b"a,b\n1,x\n2,\xff\nr,x\n", int.clone(), (Code::InvalidUtf8, 10, 3, 2, 2, "\u{fffd}")),
        (b"a,b\n1,x\n2,x,y\nr,x\n\"", int.clone(), (Code::TooManyFields, 12, 3, 2, 3, "y")),
        (
            b"a,b\n# \"\n1,x\n#\n2,x\n#y\nr,x\n",
            int.clone().with_comment(Some(b"#".to_vec())),
            (Code::Cast, 21, 7, 3, 1, "r"),
        ),
        (b"a,b\n\n1,x\n\nr,x\n", int, (Code::Cast, 10, 5, 4, 1, "r")),
    ];
    for (data, builder, (code, byte, line, record, column, value)) in faults {
        for way in ways(&builder) {
            let error = read(&way, data, &Request::default()).expect_err(&data.escape_ascii().to_string());
            let issue = error.issue().unwrap_or_else(|| panic!("{error}"));
            let (place, name) = (issue.position, issue.column_name.as_deref());
            let told = (issue.code, place.byte, place.line, place.record, place.column);
            assert_eq!(told, (code, byte, line, record, column), "\"{}\", {way:?}", data.escape_ascii());
            assert!(issue.value.as_deref().unwrap().starts_with(value), "{issue}");
            assert_eq!(name, ["a", "b"].get(column - 1).copied(), "{issue}");
        }
    }
}

#[test]
fn faults_outside_the_slice_stay_untold() {
    let data = "a,b\n0,x\nq,x\n2,x\n3,x\n4,x,y\n";
    let int = typed(&[Int64, Utf8View]);
    for way in ways(&int) {
        let part = |offset, length| read(&way, data, &Request { slice: Some((offset, length)), ..Request::default() });
        let code = |result: Result<RecordBatch, Error>| result.unwrap_err().issue().unwrap().code;
        assert_eq!(part(0, Some(1)).unwrap().num_rows(), 1, "{way:?}");
        assert_eq!(part(2, Some(2)).unwrap().num_rows(), 2, "{way:?}");
        assert_eq!(code(part(0, Some(2))), Code::Cast);
        assert_eq!(code(part(1, Some(1))), Code::Cast);
        // The structure counts up to the end of the slice, and from the end of the file nothing is behind it.
        assert_eq!(code(part(2, None)), Code::TooManyFields);
        assert_eq!(code(part(-4, Some(1))), Code::TooManyFields);
        let late = "a,b\n0,x\n1,x\n2,x\n3,x\n4,x\nq,x\n";
        assert_eq!(read(&way.clone().with_limit(Some(5)), late, &Request::default()).unwrap().num_rows(), 5);
        assert_eq!(code(read(&way.clone().with_limit(Some(2)), data, &Request::default())), Code::Cast);
    }
}

#[test]
fn nothing_comes_after_a_fault() {
    for slice in [None, Some((1, None)), Some((-2, None))] {
        let scan = text().with_chunk_bytes(8).resolve(vec![bytes("a,b\n0,x\n1,x\n2,x\n4,x,y\n5,x\n6,x\n")]).unwrap();
        let results: Vec<_> = scan.read(Request { slice, ..Request::default() }).unwrap().collect();
        let fault = results.iter().position(Result::is_err);
        assert_eq!(fault, Some(results.len() - 1), "slice {slice:?}");
    }
}

#[test]
fn ignored_faults_become_nulls_or_drop_lines() {
    let int = typed(&[Int64, Utf8View]).with_on_error(OnError::Null);
    let bare = int.clone().with_header(false);
    let cases: [(&ReaderBuilder, usize, &[u8], &[&str]); 8] = [
        (&int, 99, b"a,b\nx,y\n2,\xff\n3,z,w\n4\n99999999999999999999,v\n", &["-|y", "2|-", "3|z", "4|-", "-|v"]),
        (&int, 99, b"a,b\n1,x\n2,\"y\n3,z\n", &["1|x", "3|z"]),
        (&int, 99, b"a,b\n2,\"y\n3,z\n\"4,v\n5,u", &["2|y\n3,z\n4", "5|u"]),
        (&int, 99, b"a,b\n1,x\n2,\"y\n3,z\n4,\"w\n5,\"u\n6,t", &["1|x", "2|y\n3,z\n4,w", "6|t"]),
        (&int, 9, b"a,b\n1,x\n2,yyyyyyyyyyy\n3,z\n", &["1|x", "3|z"]),
        (&int, 9, b"a,b\n1,x\n2,\"y\nzzzzzzzzzzzz\"\n3,w\n", &["1|x", "3|w"]),
        (&bare, 99, b"\"1,x\n2,y\n", &["2|y"]),
        (&bare, 9, b"1,xxxxxxxxxxxxx\n2,y\n", &["2|y"]),
    ];
    for (builder, longest, data, rows) in cases {
        for way in ways(&builder.clone().with_max_record_bytes(longest)) {
            let batch = read(&way, data, &Request::default());
            let batch = batch.unwrap_or_else(|error| panic!("{error} in \"{}\"", data.escape_ascii()));
            assert_eq!(shown(&batch), rows, "\"{}\", {way:?}", data.escape_ascii());
        }
    }
}

#[test]
fn batches_are_no_larger_than_asked_for() {
    let data: String = "a\n".to_owned() + &(0..1000).map(|row| format!("{row}\n")).collect::<String>();
    for size in [1, 7, 999, 1000, 5000] {
        let scan = text().with_batch_size(size).with_chunk_bytes(900).resolve(vec![bytes(&data)]).unwrap();
        let batches: Vec<_> = scan.read(Request::default()).unwrap().map(Result::unwrap).collect();
        assert!(batches.iter().all(|batch| (1..=size).contains(&batch.num_rows())), "{size}");
        assert_eq!(
            concat_batches(&scan.schema(), &batches).unwrap(),
            read(&text(), &data, &Request::default()).unwrap()
        );
    }
}

#[test]
fn a_reader_without_patience_gets_every_row() {
    let data = "a,b\n".to_owned() + &"1,\"x\ny\"\n".repeat(20_000);
    let scan = text().with_chunk_bytes(4096).with_threads(4).resolve(vec![bytes(&data)]).unwrap();
    let (mut batches, mut rows) = (scan.read(Request::default()).unwrap(), 0);
    loop {
        match batches.next_within(Duration::ZERO).unwrap() {
            Progress::Batch(batch) => rows += batch.num_rows(),
            Progress::Pending => std::thread::yield_now(),
            Progress::Done => break,
        }
    }
    assert_eq!((rows, batches.bytes_read()), (20_000, data.len() as u64 - 4));
}

#[test]
fn a_read_dropped_in_the_middle_ends() {
    let data = bytes("a,b\n".to_owned() + &"1,\"x\ny\"\n".repeat(200_000));
    let begun = Instant::now();
    for taken in 0..30 {
        let scan = text().with_chunk_bytes(2048).with_threads(4).resolve(vec![data.clone()]).unwrap();
        let request = Request { slice: (taken % 3 == 2).then_some((-5, None)), ..Request::default() };
        let mut batches = scan.read(request).unwrap();
        for _ in 0..taken % 5 {
            batches.next_within(Duration::from_millis(1)).unwrap();
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_file_cut_while_it_is_read_is_an_error() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(("a,b\n".to_owned() + &"1,xyz\n".repeat(500_000)).as_bytes()).unwrap();
    for memory_map in [fast_csv::MemoryMap::Never, fast_csv::MemoryMap::Auto] {
        let length = file.as_file().metadata().unwrap().len();
        let builder = text().with_chunk_bytes(4096).with_threads(2).with_memory_map(memory_map);
        let mut batches = builder.open(file.path()).unwrap();
        batches.next().unwrap().unwrap();
        file.as_file().set_len(10_000).unwrap();
        let error = drain(&mut batches).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Io { path: Some(_), .. }), "{error}");
        file.as_file().set_len(length).unwrap();
    }
}

/// A table and how it is written; empty unquoted is null.
fn written(delimiter: char, quote: char, end: &'static str, comment: bool) -> impl Strategy<Value = (Rows, String)> {
    let cell = (prop::option::weighted(0.8, "[ab,;\"'\n\r#é ]{0,9}"), any::<bool>());
    let row = move |columns| prop::collection::vec(cell.clone(), columns);
    let rows = (1..5_usize).prop_flat_map(move |columns| prop::collection::vec(row(columns), 1..30));
    (rows, any::<bool>()).prop_map(move |(rows, closed)| {
        let names: Vec<_> = (0..rows[0].len()).map(|column| format!("c{column}")).collect();
        let mut text = names.join(&delimiter.to_string()) + end;
        for row in &rows {
            let cells = row.iter().enumerate().map(|(column, (cell, wishes_quotes))| {
                let Some(cell) = cell else { return String::new() };
                let must = cell.is_empty() || cell.starts_with(quote) || cell.contains([delimiter, '\n', '\r']);
                if must || *wishes_quotes || comment && column == 0 && cell.starts_with('#') {
                    format!("{quote}{}{quote}", cell.replace(quote, &format!("{quote}{quote}")))
                } else {
                    cell.clone()
                }
            });
            text += &(cells.collect::<Vec<_>>().join(&delimiter.to_string()) + end);
            if comment && row[0].1 {
                text += &format!("# 'it's \"a,comment{end}");
            }
        }
        // The last record may do without its end, unless it is a blank line.
        if !closed && !text[..text.len() - end.len()].ends_with('\n') {
            text.truncate(text.len() - end.len());
        }
        (rows.into_iter().map(|row| row.into_iter().map(|(cell, _)| cell).collect()).collect(), text)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_table_comes_back_as_it_was_written(
        (delimiter, quote, comment, (rows, text)) in (
            prop::sample::select(vec![',', ';', 'b']), prop::sample::select(vec!['"', '\'']),
            prop::sample::select(vec!["\n", "\r\n"]), any::<bool>(),
        ).prop_flat_map(|(delimiter, quote, end, comment)| {
            (Just(delimiter), Just(quote), Just(comment), written(delimiter, quote, end, comment))
        }),
        chunk in 1..200_usize,
        threads in prop::sample::select(vec![1, 2, 4]),
        backend in prop::sample::select(Backend::available()),
    ) {
        let builder = ReaderBuilder::new()
            .with_infer_types(false)
            .with_delimiter(delimiter as u8)
            .with_quote(Some(quote as u8))
            .with_comment(comment.then(|| b"#".to_vec()))
            .with_chunk_bytes(chunk)
            .with_threads(threads)
            .with_backend(backend);
        let batch = read(&builder, &text, &Request::default()).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(texts(&batch), rows, "{:?}", text);
        prop_assert_eq!(count_records(&builder, vec![bytes(&text)]).unwrap(), batch.num_rows() as u64);
    }

    #[test]
    fn long_records_are_the_same_ones_whatever_the_cut(
        data in "([ab]{0,12}[,\n]|\"[ab,\n]{0,15}\"[,\n]|[a\",\n]{0,3}){0,40}",
        longest in 1..40_usize,
        on_error in prop::sample::select(vec![OnError::Raise, OnError::Null]),
        chunks in prop::collection::vec(1..200_usize, 3),
    ) {
        let builder = text()
            .with_header(false)
            .with_raise_if_empty(false)
            .with_truncate_ragged_lines(true)
            .with_max_record_bytes(longest)
            .with_on_error(on_error);
        let told = |result: Result<RecordBatch, Error>| result.map_err(|error| error.to_string());
        let whole = told(read(&builder.clone().with_threads(1), &data, &Request::default()));
        for chunk in chunks {
            for threads in [1, 2, 4] {
                let way = builder.clone().with_chunk_bytes(chunk).with_threads(threads);
                let scan = way.resolve(vec![bytes(&data)]);
                let counted = scan.and_then(|scan| scan.count_rows()).map_err(|error| error.to_string());
                prop_assert_eq!(&counted, &whole.as_ref().map(|batch| batch.num_rows() as u64).map_err(String::clone));
                prop_assert_eq!(&told(read(&way, &data, &Request::default())), &whole, "chunks of {}, {} threads", chunk, threads);
            }
        }
    }
}

#[test]
fn without_a_header_the_widest_record_of_the_sample_gives_the_columns() {
    let mut data = "1,2\n".repeat(5_000);
    data.push_str("1,2,3\n");
    let bare = text().with_header(false);
    let width = |builder: &ReaderBuilder| read(builder, &data, &Request::default()).map(|batch| batch.num_columns());
    assert_eq!(width(&bare).unwrap(), 3);
    assert_eq!(width(&bare.clone().with_inference(fast_csv::Inference::All)).unwrap(), 3);
    let narrow = bare.with_inference(fast_csv::Inference::Head(100));
    let error = width(&narrow).unwrap_err();
    assert_eq!(error.issue().map(|issue| (issue.code, issue.position.line)), Some((Code::TooManyFields, 5_001)));
}

#[test]
fn a_scan_of_one_source_that_fits_a_window_is_small() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"a,b\n1,2\n").unwrap();
    let path = || Source::Path(file.path().into());
    let stream = Source::stream(None, || Ok(Box::new(std::io::Cursor::new("a,b\n1,2\n"))));
    let small = |sources| text().resolve(sources).unwrap().is_small();
    assert!(small(vec![path()]));
    assert!(small(vec![bytes("a,b\n1,2\n")]));
    assert!(!small(vec![bytes("a,b\n".repeat(20_000))]));
    assert!(!small(vec![path(), path()]));
    // Its bytes may have to be waited for.
    assert!(!small(vec![stream]));
}
