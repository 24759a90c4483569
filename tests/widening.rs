//! Values behind the sample that do not fit the type that it named: noted, told, or an error, however the file is cut.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::DataType;
use fast_csv::{Error, ErrorKind, ReaderBuilder, Request, Scan, Source};
use std::sync::Arc;

const ROWS: usize = 100_000;
/// Between two points of the sample.
const LATE: usize = 20_000;

fn text() -> String {
    let row = |row: usize| match row {
        LATE => "x,0.5,7\n".to_owned(),
        // Fits the type, whatever inference would say of it.
        20_001 => "1,+5,1\n".to_owned(),
        _ => format!("{row},{row},{}\n", row.is_multiple_of(2)),
    };
    let rows: String = (0..ROWS).map(row).collect();
    format!("a,b,c\n{rows}")
}

fn scan(builder: ReaderBuilder) -> Scan {
    builder.resolve(vec![Source::Bytes(Arc::new(text()))]).unwrap()
}

/// What a request gives, and which columns it found too narrow.
fn read(scan: &Scan, request: Request) -> Result<(RecordBatch, Vec<String>, Scan), Error> {
    let schema = scan.schema();
    let mut batches = scan.read(request)?;
    let mut read = Vec::new();
    for batch in &mut batches {
        read.push(batch.map_err(|error| match error {
            arrow::error::ArrowError::ExternalError(error) => *error.downcast::<Error>().unwrap(),
            other => panic!("{other}"),
        })?);
    }
    let misfits = batches.misfits();
    let schema = read.first().map_or(schema, RecordBatch::schema);
    let names = misfits.iter().map(|(name, _)| name.clone()).collect();
    Ok((concat_batches(&schema, &read).unwrap(), names, scan.wider(&misfits)))
}

#[test]
fn types_grow_the_same_however_the_file_is_cut() {
    let mut answers = Vec::new();
    for (threads, chunk) in [(1, None), (3, None), (2, Some(64)), (3, Some(1_000)), (4, Some(65_537))] {
        let mut builder = ReaderBuilder::new().with_threads(threads);
        if let Some(bytes) = chunk {
            builder = builder.with_chunk_bytes(bytes);
        }
        let narrow = scan(builder);
        let types = |scan: &Scan| -> Vec<DataType> {
            scan.schema().fields().iter().map(|field| field.data_type().clone()).collect()
        };
        assert_eq!(types(&narrow), [DataType::Int64, DataType::Int64, DataType::Boolean]);
        let (first, names, wider) = read(&narrow, Request { widens: true, ..Request::default() }).unwrap();
        assert_eq!((first.num_rows(), names), (ROWS, ["a", "b", "c"].map(String::from).to_vec()));
        assert_eq!(types(&wider), [DataType::Utf8View, DataType::Float64, DataType::Utf8View]);
        let (whole, names, _) = read(&wider, Request { widens: true, ..Request::default() }).unwrap();
        assert_eq!(names, Vec::<String>::new());
        answers.push(whole);
        // What does not fit lies behind the rows that are wanted.
        let slice = Some((0, Some(LATE as u64)));
        let (head, names, _) = read(&narrow, Request { widens: true, slice, ..Request::default() }).unwrap();
        assert_eq!((head.num_rows(), names), (LATE, Vec::new()));
        let tail = Request { widens: true, slice: Some((-5, None)), ..Request::default() };
        assert_eq!(read(&narrow, tail).unwrap().1, Vec::<String>::new());
    }
    for answer in &answers[1..] {
        assert_eq!(*answer, answers[0]);
    }
}

#[test]
fn without_widening_the_error_names_the_type_that_holds_the_value() {
    for (column, wanted) in [(0, "pl.String"), (1, "pl.Float64"), (2, "pl.String")] {
        let request = Request { projection: Some(vec![column]), ..Request::default() };
        let error = read(&scan(ReaderBuilder::new()), request).unwrap_err();
        let issue = error.issue().unwrap();
        assert_eq!(issue.position.record, LATE as u64 + 1);
        assert!(issue.remedy.contains(&format!("{wanted}}} holds this value")), "{error}");
    }
}

#[test]
fn types_that_were_named_and_sources_that_are_read_once_do_not_widen() {
    let named = scan(
        ReaderBuilder::new().with_overrides(fast_csv::Overrides::ByName(vec![("b".into(), DataType::Int64.into())])),
    );
    let of = |column| Request { projection: Some(vec![column]), widens: true, ..Request::default() };
    assert!(matches!(read(&named, of(1)).unwrap_err().kind(), ErrorKind::Csv(_)));
    assert_eq!(read(&named, of(0)).unwrap().1, ["a"]);
    let head = ReaderBuilder::new().with_inference(fast_csv::Inference::Head(100));
    assert!(read(&scan(head), of(0)).is_err());
    // The sample of a stream is its head.
    let rows = "1\n".repeat(1 << 20) + "x\n";
    let once = Source::once(None, move || Ok(Box::new(std::io::Cursor::new(format!("a\n{rows}"))) as _));
    let scan = ReaderBuilder::new().resolve(vec![once]).unwrap();
    assert!(read(&scan, of(0)).is_err());
}
