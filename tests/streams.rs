//! Sources that come as a stream give what the same bytes in a file give: pipes, and compressed text.

mod common;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType::{Int64, Utf8View};
use common::drain;
use fast_csv::predicate::Predicate;
use fast_csv::{
    Charset, Compression, ErrorKind, OnError, Progress, ReaderBuilder, Rejects, Request, RowIndex, Source,
    count_records,
};
use flate2::Compression as Level;
use flate2::write::{GzEncoder, ZlibEncoder};
use proptest::prelude::*;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

fn bytes(data: impl AsRef<[u8]>) -> Source {
    Source::Bytes(Arc::new(data.as_ref().to_vec()))
}

/// Gives its bytes a few at a time.
struct Dribble(Vec<u8>, usize);

impl Read for Dribble {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(self.1);
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0.drain(..count);
        Ok(count)
    }
}

fn once(data: &[u8], step: usize) -> Source {
    let reader = Dribble(data.to_vec(), step);
    Source::once(Some("a pipe".into()), move || Ok(Box::new(reader)))
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Level::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn zstd(data: &[u8]) -> Vec<u8> {
    ::zstd::encode_all(data, 1).unwrap()
}

fn bzip2(data: &[u8]) -> Vec<u8> {
    let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn xz(data: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn lz4(data: &[u8]) -> Vec<u8> {
    // A block comes as a whole or not at all, so it is a small one.
    let info = lz4_flex::frame::FrameInfo::new().block_size(lz4_flex::frame::BlockSize::Max64KB);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

type Pack = (&'static str, fn(&[u8]) -> Vec<u8>);
const PACKS: [Pack; 6] = [("gzip", gzip), ("zlib", zlib), ("zstd", zstd), ("bzip2", bzip2), ("xz", xz), ("lz4", lz4)];

/// The rows, or the error as far as it does not name the kind of source; and what was refused.
type Answer = (Result<RecordBatch, String>, Vec<(u64, u64, &'static str)>);

fn answer(builder: &ReaderBuilder, source: Source, request: &Request) -> Answer {
    let rejects = Arc::new(Rejects::new(None));
    let request = Request { rejects: Some(Arc::clone(&rejects)), ..request.clone() };
    let frame = builder.resolve(vec![source]).and_then(|scan| drain(&mut scan.read(request)?));
    let told = |error: fast_csv::Error| match error.issue() {
        Some(issue) => format!("{:?} {:?} {:?}", issue.code, issue.position, issue.value),
        None => error.to_string(),
    };
    let found = rejects.scan(0).unwrap_or_default();
    let place = |issue: &fast_csv::CsvIssue| (issue.position.line, issue.position.byte, issue.code.as_str());
    (frame.map_err(told), found.iter().map(|reject| place(&reject.issue)).collect())
}

fn typed() -> ReaderBuilder {
    let types = [("a", Int64), ("b", Utf8View)].map(|(name, data_type)| (name.to_owned(), data_type));
    ReaderBuilder::new().with_schema(types.to_vec())
}

fn a_record() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (0..100, "[a-z]{0,20}").prop_map(|(a, b)| format!("{a},{b}\n")),
        2 => (0..100).prop_map(|a| format!("{a},\"x\n\"\"y\"\n")),
        1 => Just("x,1\n".to_owned()),
        1 => Just("1,2,3\n".to_owned()),
        1 => Just("5,a\"b\r\n".to_owned()),
        1 => Just("\n".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_stream_gives_what_its_bytes_give(
        records in prop::collection::vec(a_record(), 0..40),
        on_error in prop::sample::select(vec![OnError::Raise, OnError::Null, OnError::Skip]),
        slice in prop::option::of((-25..25_i64, prop::option::of(0..25_u64))),
        filters in any::<bool>(),
        chunk in 1..200_usize,
        step in 1..50_usize,
        open in prop::option::of(1..30_u64),
    ) {
        let mut data = format!("a,b\n{}", records.concat());
        if open == Some(7) {
            data.push_str("1,\"never closed\n2,3\n");
        }
        let builder = typed().with_on_error(on_error).with_limit(open).with_chunk_bytes(chunk);
        let filters = filters && on_error != OnError::Skip;
        let request = Request {
            slice,
            filter: filters.then(|| Predicate::Not(Box::new(Predicate::IsNull(1)))),
            row_index: filters.then(|| RowIndex { name: "row".into(), offset: 1, wide: true }),
            ..Request::default()
        };
        let wanted = answer(&builder.clone().with_threads(1), bytes(&data), &request);
        for threads in [1, 2, 4] {
            let way = builder.clone().with_threads(threads);
            for source in [once(data.as_bytes(), step), once(&gzip(data.as_bytes()), step), bytes(zstd(data.as_bytes()))] {
                prop_assert_eq!(&answer(&way, source, &request), &wanted);
            }
            if let (None, false, Ok(frame), OnError::Raise | OnError::Null) = (slice, filters, &wanted.0, on_error) {
                let rows = way.resolve(vec![once(data.as_bytes(), step)]).and_then(|scan| scan.count_rows());
                prop_assert_eq!(rows.unwrap(), frame.num_rows() as u64);
            }
        }
    }
}

const ROWS: usize = 60_000;

/// A few million bytes that are hard to compress, so that decoding them takes a thread of its own.
fn large() -> Vec<u8> {
    let mut state = 1_u64;
    let mut data = b"a,b\n".to_vec();
    for row in 0..ROWS {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        writeln!(data, "{row},\"{state:x}\n{}\"", state >> 40).unwrap();
    }
    data
}

#[test]
fn large_compressed_files_are_decoded_beside_the_parsing() {
    let data = large();
    let folder = tempfile::tempdir().unwrap();
    let requests = [
        Request::default(),
        Request { slice: Some((20_000, Some(1_000))), ..Request::default() },
        Request { slice: Some((-1_000, Some(500))), ..Request::default() },
        Request { slice: Some((50_000, None)), projection: Some(vec![0]), ..Request::default() },
    ];
    for (name, packed) in PACKS.map(|(name, pack)| (name, pack(&data))) {
        // The bytes tell, not the name.
        let path = folder.path().join(format!("{name}.csv"));
        std::fs::write(&path, &packed).unwrap();
        for request in &requests {
            let wanted = answer(&typed().with_threads(1), bytes(&data), request);
            assert!(wanted.0.is_ok());
            for threads in [1, 3] {
                let way = typed().with_threads(threads);
                assert_eq!(answer(&way, Source::Path(path.clone()), request), wanted, "{name}, {threads} threads");
                assert_eq!(answer(&way, bytes(&packed), request), wanted, "{name}, {threads} threads");
                assert_eq!(answer(&way, once(&packed, 100_000), request), wanted, "{name}, {threads} threads");
            }
        }
        assert_eq!(count_records(&ReaderBuilder::new(), vec![Source::Path(path)]).unwrap(), ROWS as u64);
    }
}

#[test]
fn members_and_frames_follow_one_another() {
    for packed in [
        [gzip(b"a,b\n1,"), gzip(b"x\n2,y\n")].concat(),
        [zstd(b"a,b\n1,"), zstd(b"x\n2,y\n")].concat(),
        [bzip2(b"a,b\n1,"), bzip2(b"x\n2,y\n")].concat(),
        [xz(b"a,b\n1,"), xz(b"x\n2,y\n")].concat(),
        [lz4(b"a,b\n1,"), lz4(b"x\n2,y\n")].concat(),
        gzip(&[b"a,b\n1,x\n2,y\n".as_slice()].concat()),
    ] {
        let batch = answer(&typed(), bytes(packed), &Request::default()).0.unwrap();
        assert_eq!(batch.num_rows(), 2);
    }
    // What is named is believed.
    let named = |compression, data: &[u8]| {
        let builder = ReaderBuilder::new().with_compression(compression);
        answer(&builder, bytes(data), &Request::default()).0.map(|batch| batch.num_rows())
    };
    assert_eq!(named(Compression::Zlib, &zlib(b"a\n1\n")), Ok(1));
    assert!(named(Compression::Gzip, b"a\n1\n2\n3\n4\n5\n6\n").unwrap_err().contains("the gzip stream is broken"));
    assert!(named(Compression::None, &gzip(b"a\n1\n")).is_err() || named(Compression::None, &gzip(b"a\n1\n")) == Ok(0));
    assert_eq!(named(Compression::Infer, b"x^2,y\n1,2\n"), Ok(1));
}

#[test]
fn a_name_says_how_a_file_is_compressed_where_its_bytes_are_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, data: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, data).unwrap();
        answer(&ReaderBuilder::new(), Source::Path(path), &Request::default()).0.map(|batch| batch.num_rows())
    };
    // The second byte of this zlib header is none of those that common encoders write.
    let mut encoder = ZlibEncoder::new(Vec::new(), Level::new(3));
    encoder.write_all(b"a\n1\n").unwrap();
    let unusual = encoder.finish().unwrap();
    assert_eq!(unusual[1], 0x5e);
    assert_eq!(read("a.csv.ZZ", &unusual), Ok(1));
    assert_eq!(read("a.csv.gz", b"a\n1\n"), Ok(1));
    assert_eq!(read("a.csv.gz", &zstd(b"a\n1\n")), Ok(1));
    assert!(read("a.csv.gz", &[1; 50]).unwrap_err().contains("the gzip stream is broken"));
    assert!(read("a.csv.gz", b"").unwrap_err().contains("empty"));
}

#[test]
fn a_stream_that_breaks_off_is_an_error_wherever_it_does() {
    let data = large();
    for (name, packed) in PACKS.map(|(name, pack)| (name, pack(&data))) {
        for left in [packed.len() - 1, packed.len() / 2, packed.len() / 50, 20] {
            for threads in [1, 3] {
                let read = |request: &Request| {
                    let way = typed().with_threads(threads);
                    answer(&way, bytes(&packed[..left]), request).0.map(|batch| batch.num_rows())
                };
                let Err(told) = read(&Request::default()) else { panic!("{name}: {left} bytes were read as a whole") };
                assert!(told.contains(&format!("the {name} stream ends too early")), "{told}");
                let tail = Request { slice: Some((-5, None)), ..Request::default() };
                assert!(read(&tail).unwrap_err().contains("too early"));
                // Nobody hears of what lies behind the rows that are wanted.
                if left > packed.len() / 3 {
                    assert_eq!(read(&Request { slice: Some((0, Some(10))), ..Request::default() }), Ok(10));
                }
            }
        }
        let mut torn = packed.clone();
        let middle = torn.len() / 2;
        torn[middle..middle + 64].fill(0xa5);
        let Err(told) = answer(&typed(), bytes(torn), &Request::default()).0 else {
            panic!("{name}: what is torn was read")
        };
        // What is torn may come to other text first.
        let is_told = told.contains(&format!("the {name} stream is broken"));
        assert!(
            is_told || ["Cast", "InvalidUtf8", "Unclosed", "Too"].iter().any(|code| told.starts_with(code)),
            "{told}"
        );
    }
    // A fault of the text before it comes first, whatever the window.
    let bad = [b"a,b\n1,x\n?,y\n".as_slice(), &data[4..]].concat();
    let packed = gzip(&bad);
    for chunk in [1, 100, 1 << 20] {
        let told =
            answer(&typed().with_chunk_bytes(chunk), once(&packed[..packed.len() / 2], 999), &Request::default());
        assert!(told.0.unwrap_err().starts_with("Cast"), "chunks of {chunk}");
    }
}

#[test]
fn errors_say_that_they_count_in_the_decoded_text() {
    let data = b"a,b\n1,x\n?,y\n";
    for (source, decoded) in
        [(bytes(data), false), (bytes(gzip(data)), true), (once(data, 3), false), (once(&zstd(data), 3), true)]
    {
        let scan = typed().resolve(vec![source]).unwrap();
        let error = drain(&mut scan.read(Request::default()).unwrap()).unwrap_err();
        assert_eq!(error.issue().unwrap().position.byte, 8);
        assert_eq!(error.to_string().contains("byte 8 of the decoded text:"), decoded, "{error}");
    }
}

#[test]
fn text_in_other_encodings_is_decoded() {
    let text: String = (0..60_000).map(|row| format!("{row},\"größe\n{row}\"\n")).collect();
    let text = format!("a,b\n{text}");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe".as_slice(), &utf16].concat();
    let latin: Vec<u8> = text.chars().map(|char| char as u8).collect();
    let wanted = answer(&typed(), bytes(&text), &Request::default());
    for (label, data) in
        [("utf-16", &marked), ("utf-16le", &utf16), ("latin1", &latin), ("windows-1252", &gzip(&latin))]
    {
        let way = typed().with_charset(Charset::by_label(label));
        for threads in [1, 2] {
            assert_eq!(answer(&way.clone().with_threads(threads), bytes(data), &Request::default()), wanted, "{label}");
        }
        assert_eq!(answer(&way, once(data, 1_001), &Request::default()), wanted, "{label}");
    }
    let odd = answer(&typed().with_charset(Charset::by_label("utf-16")), bytes(&marked[..99]), &Request::default());
    assert!(odd.0.unwrap_err().contains("byte 98 does not belong to a text in UTF-16LE"));
    let refused = answer(&typed(), bytes(&marked), &Request::default()).0.unwrap_err();
    assert!(refused.contains("encoding=\"utf-16\" reads it"), "{refused}");
    let plain = typed().with_charset(Charset::by_label("utf-8"));
    assert_eq!(answer(&plain, bytes(&text), &Request::default()), wanted);
}

#[test]
fn what_comes_once_is_read_once() {
    let scan = typed().resolve(vec![once(b"a,b\n1,x\n", 3)]).unwrap();
    assert_eq!(drain(&mut scan.read(Request::default()).unwrap()).unwrap().num_rows(), 1);
    let error = drain(&mut scan.read(Request::default()).unwrap()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Argument(text) if text.contains("has been read")), "{error}");
    // To resolve a schema is to look, not to read.
    let source = once(b"a,b\n1,x\n", 3);
    for _ in 0..2 {
        assert_eq!(ReaderBuilder::new().resolve(vec![source.clone()]).unwrap().schema().fields().len(), 2);
    }
    assert_eq!(ReaderBuilder::new().resolve(vec![source]).unwrap().count_rows().unwrap(), 1);
}

/// A pipe whose other end the test holds.
struct Piped(Receiver<Vec<u8>>, Vec<u8>);

impl Read for Piped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.1.is_empty() {
            self.1 = self.0.recv().unwrap_or_default();
        }
        let count = self.1.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.1[..count]);
        self.1.drain(..count);
        Ok(count)
    }
}

fn piped() -> (Sender<Vec<u8>>, Source) {
    let (sender, receiver) = channel();
    let open = move || -> io::Result<Box<dyn Read + Send>> { Ok(Box::new(Piped(receiver, Vec::new()))) };
    (sender, Source::once(None, open))
}

#[test]
fn a_pipe_that_is_silent_keeps_nobody_waiting() {
    for threads in [1, 2] {
        let (sender, source) = piped();
        sender.send(large()).unwrap();
        let scan = typed().with_threads(threads).with_chunk_bytes(100_000).resolve(vec![source]).unwrap();
        let mut batches = scan.read(Request::default()).unwrap();
        let mut rows = 0;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(1) {
            let asked = Instant::now();
            match batches.next_within(Duration::from_millis(20)).unwrap() {
                Progress::Batch(batch) => rows += batch.num_rows(),
                Progress::Pending => assert!(asked.elapsed() < Duration::from_millis(500)),
                Progress::Done => panic!("the pipe is still open"),
            }
        }
        assert!((1..ROWS).contains(&rows), "{rows} rows");
        let dropped = Instant::now();
        drop(batches);
        assert!(dropped.elapsed() < Duration::from_millis(500));
        drop(sender);
    }
}

#[cfg(unix)]
#[test]
fn named_pipes_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let writer = std::thread::spawn({
        let path = path.clone();
        move || std::fs::write(path, large()).unwrap()
    });
    let scan = typed().resolve(vec![Source::pipe(path)]).unwrap();
    assert_eq!(drain(&mut scan.read(Request::default()).unwrap()).unwrap().num_rows(), ROWS);
    writer.join().unwrap();
}
