//! The last records of a source are none of its rows: any bytes, however they come, against the rows that a read without the
//! option gives, less the last ones.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::DataType;
use fast_csv::{Error, OnError, Progress, ReaderBuilder, Rejects, Request, Source};
use proptest::prelude::*;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

fn rows(builder: &ReaderBuilder, source: Source, request: Request) -> Result<RecordBatch, Error> {
    let mut batches = builder.resolve(vec![source])?.read(request)?;
    let mut all = Vec::new();
    loop {
        match batches.next_within(Duration::from_secs(60))? {
            Progress::Batch(batch) => all.push(batch),
            Progress::Pending => panic!("a minute passed without a batch"),
            Progress::Done => return Ok(concat_batches(&batches.schema(), &all).unwrap()),
        }
    }
}

fn text(data: &[u8]) -> Source {
    Source::Bytes(Arc::new(data.to_vec()))
}

fn pipe(data: &[u8]) -> Source {
    let bytes = data.to_vec();
    Source::once(None, move || Ok(Box::new(Cursor::new(bytes))))
}

fn builder() -> ReaderBuilder {
    let schema = ["a", "b"].map(|name| (name.to_owned(), DataType::Utf8View));
    ReaderBuilder::new().with_header(false).with_schema(schema.into()).with_truncate_ragged_lines(true)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_are_all_but_the_last(
        data in prop::collection::vec(prop::sample::select(b"aa,,\"\n\n\r#".to_vec()), 0..120),
        (footer, chunk, threads) in (1..9_usize, 1..90_usize, 1..4_usize),
        (comments, streams) in (any::<bool>(), any::<bool>()),
        (offset, length) in (-6..6_i64, prop::option::of(0..9_u64)),
        limit in prop::option::of(0..12_u64),
    ) {
        let plain = builder()
            .with_comment(comments.then(|| b"#".to_vec()))
            .with_raise_if_empty(false)
            .with_on_error(OnError::Null)
            .with_threads(1);
        // With a quote that never closes there are no rows to compare with.
        let open = data.iter().filter(|&&byte| byte == b'"').count() % 2 == 1;
        let data = if open { [&data[..], b"\""].concat() } else { data };
        let all = rows(&plain, text(&data), Request::default()).unwrap();
        if let Err(error) = rows(&plain.clone().with_on_error(OnError::Raise), text(&data), Request::default()) {
            prop_assert!(error.issue().is_some(), "{}", error);
            return Ok(());
        }
        let kept = all.num_rows().saturating_sub(footer);
        let way = plain.clone().with_skip_footer(footer).with_chunk_bytes(chunk).with_threads(threads);
        let source = || if streams { pipe(&data) } else { text(&data) };
        prop_assert_eq!(rows(&way, source(), Request::default()).unwrap(), all.slice(0, kept));
        prop_assert_eq!(way.resolve(vec![source()]).unwrap().count_rows().unwrap(), kept as u64);
        let limited = limit.map_or(kept, |limit| kept.min(limit as usize));
        let way = way.with_limit(limit);
        prop_assert_eq!(rows(&way, source(), Request::default()).unwrap(), all.slice(0, limited));
        let from = if offset < 0 { (limited as i64 + offset).max(0) } else { offset.min(limited as i64) } as usize;
        let before = if offset < 0 { (-offset - limited as i64).max(0) } else { 0 } as u64;
        let wanted = length.map_or(limited, |length| from + length.saturating_sub(before) as usize).min(limited);
        let request = Request { slice: Some((offset, length)), ..Request::default() };
        prop_assert_eq!(rows(&way, source(), request).unwrap(), all.slice(from, wanted - from));
    }
}

#[test]
fn a_footer_may_hold_anything() {
    let data = b"1,2\n3,4\nTotal,of,\"all\n\nx\n,,,\n";
    for (footer, kept) in [(4, 2), (5, 1), (6, 0), (100, 0), (usize::MAX, 0)] {
        for chunk in [1, 3, 7, 1000] {
            for threads in [1, 3] {
                for source in [text(data), pipe(data)] {
                    let strict = builder()
                        .with_truncate_ragged_lines(false)
                        .with_skip_footer(footer)
                        .with_chunk_bytes(chunk)
                        .with_threads(threads);
                    assert_eq!(rows(&strict, source, Request::default()).unwrap().num_rows(), kept);
                }
            }
        }
    }
    let fewer = builder().with_skip_footer(3);
    assert!(rows(&fewer, text(data), Request::default()).unwrap_err().issue().is_some());
}

#[test]
fn nothing_is_told_or_inferred_of_a_footer() {
    let data = b"a,b\n1,2\n3,4\nsum: 4,x,y\n";
    let rejects = Arc::new(Rejects::new(None));
    let way = ReaderBuilder::new().with_on_error(OnError::Null).with_skip_footer(1);
    let request = Request { rejects: Some(Arc::clone(&rejects)), ..Request::default() };
    let frame = rows(&way, text(data), request).unwrap();
    assert_eq!(frame.num_rows(), 2);
    assert!(frame.schema().fields().iter().all(|field| field.data_type() == &DataType::Int64));
    assert!(rejects.scan(0).unwrap().is_empty());
}

#[test]
fn every_file_has_its_own() {
    let way = ReaderBuilder::new().with_skip_footer(1).with_limit(Some(3));
    let files = || vec![text(b"a\n1\n2\nx\n"), text(b"a\nx\n"), text(b"a\n3\n4\nx\n")];
    let scan = way.resolve(files()).unwrap();
    let batches: Vec<_> = scan.read(Request::default()).unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 3);
    assert_eq!(scan.count_rows().unwrap(), 3);
}
