//! Nanoseconds a value of every column decoder, by type and spelling.
//!
//! A window is a column of 16,384 fields with a delimiter between them, as large as the chunks the reader decodes.
//! Each answer is compared before it is timed. Throughput is in elements: 1 / (Gelem/s) is nanoseconds a value.
//! The time holds everything from the span to the finished array.

use std::hint::black_box;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, TimeUnit};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fast_csv::decode::{ColumnSpec, Decoder, OnCell, Spelling, Window};
use fast_csv::tokenize::fields::{Fields, Span};

const ROWS: usize = 16_384;

/// The index of a file of one column: where each field ends.
#[derive(Clone, Copy)]
struct Ends<'a>(&'a [u32]);

impl Fields for Ends<'_> {
    fn len(&self) -> usize {
        self.0.len() - 1
    }

    #[inline]
    fn span(&self, row: usize) -> Span {
        Span { start: self.0[row] + 1, end: self.0[row + 1] }
    }
}

/// A fixed sequence of numbers without a pattern.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

struct Case {
    name: &'static str,
    data_type: DataType,
    cell: fn(&mut Random) -> String,
}

fn case(name: &'static str, data_type: DataType, cell: fn(&mut Random) -> String) -> Case {
    Case { name, data_type, cell }
}

fn cases() -> Vec<Case> {
    use DataType::{Boolean, Date32, Float32, Float64, Int8, Int32, Int64, Time64, UInt64, Utf8View};
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    let millis = DataType::Timestamp(TimeUnit::Millisecond, None);
    vec![
        case("i64 12 bytes", Int64, |r| (r.below(900_000_000_000) + 100_000_000_000).to_string()),
        case("i64 1 to 6 digits", Int64, |r| {
            let digits = r.below(6) as u32 + 1;
            r.below(10_u64.pow(digits)).to_string()
        }),
        case("i64 any sign", Int64, |r| (r.below(2_000_000) as i64 - 1_000_000).to_string()),
        case("i64 19 digits", Int64, |r| (r.below(1 << 60) + 1_700_000_000_000_000_000).to_string()),
        case("i64 half empty", Int64, |r| if r.below(2) == 0 { String::new() } else { r.below(1000).to_string() }),
        case("i64 quoted", Int64, |r| format!("\"{}\"", r.below(1_000_000))),
        case("i32", Int32, |r| r.below(1_000_000_000).to_string()),
        case("i8", Int8, |r| r.below(100).to_string()),
        case("u64", UInt64, |r| r.below(1_000_000_000_000).to_string()),
        case("f64 2 decimals", Float64, |r| format!("{}.{:02}", r.below(1000), r.below(99) + 1)),
        case("f64 12 bytes", Float64, |r| format!("{}.{:06}", r.below(90_000) + 10_000, r.below(1_000_000))),
        case("f64 17 digits", Float64, |r| format!("0.{:017}", r.below(100_000_000_000_000_000))),
        case("f64 shortest", Float64, |r| (r.next() as f64 / u64::MAX as f64).to_string()),
        case("f64 exponent", Float64, |r| format!("{}.{:05}e-{}", r.below(9) + 1, r.below(100_000), r.below(30))),
        case("f32 2 decimals", Float32, |r| format!("{}.{:02}", r.below(1000), r.below(99) + 1)),
        case("boolean", Boolean, |r| (r.below(2) == 0).to_string()),
        case("date", Date32, |r| format!("{:04}-{:02}-{:02}", r.below(60) + 1970, r.below(12) + 1, r.below(28) + 1)),
        case("date day first", Date32, |r| {
            format!("{:02}/{:02}/{:04}", r.below(28) + 1, r.below(12) + 1, r.below(60) + 1970)
        }),
        case("datetime seconds", micros.clone(), |r| {
            format!(
                "2024-{:02}-{:02} {:02}:{:02}:{:02}",
                r.below(12) + 1,
                r.below(28) + 1,
                r.below(24),
                r.below(60),
                r.below(60)
            )
        }),
        case("datetime milliseconds", millis, |r| {
            format!(
                "2024-01-{:02}T{:02}:{:02}:{:02}.{:03}",
                r.below(28) + 1,
                r.below(24),
                r.below(60),
                r.below(60),
                r.below(1000)
            )
        }),
        case("datetime microseconds Z", micros.clone(), |r| {
            format!(
                "2024-01-{:02}T{:02}:{:02}:{:02}.{:06}Z",
                r.below(28) + 1,
                r.below(24),
                r.below(60),
                r.below(60),
                r.below(1_000_000)
            )
        }),
        case("datetime minutes", micros.clone(), |r| {
            format!("2024-01-{:02} {:02}:{:02}", r.below(28) + 1, r.below(24), r.below(60))
        }),
        case("datetime offset", micros, |r| {
            format!("2024-01-{:02}T{:02}:{:02}:{:02}+01:00", r.below(28) + 1, r.below(24), r.below(60), r.below(60))
        }),
        case("time", Time64(TimeUnit::Nanosecond), |r| {
            format!("{:02}:{:02}:{:02}", r.below(24), r.below(60), r.below(60))
        }),
        case("text 8 bytes", Utf8View, |r| format!("{:08x}", r.below(1 << 32))),
        case("text 1 to 12 bytes", Utf8View, |r| "abcdefghijkl"[..r.below(12) as usize + 1].to_owned()),
        case("text 20 bytes", Utf8View, |r| format!("{:020x}", r.next())),
        case("text 5 to 60 bytes", Utf8View, |r| "t".repeat(r.below(56) as usize + 5)),
        case("text half empty", Utf8View, |r| if r.below(2) == 0 { String::new() } else { "abc".to_owned() }),
        case("text quoted 20 bytes", Utf8View, |r| format!("\"{:020x}\"", r.next())),
        case("text quoted, 1 of 10 escaped", Utf8View, |r| {
            let middle = if r.below(10) == 0 { "\"\"" } else { "ab" };
            format!("\"{:09x}{middle}{:09x}\"", r.below(1 << 36), r.below(1 << 36))
        }),
    ]
}

/// The same answer from windows of one field each, in which no common way has room: the exact way alone.
fn one_by_one(spec: &ColumnSpec, data: &[u8], ends: &[u32]) -> ArrayRef {
    let mut decoder = Decoder::new(spec, ROWS);
    for pair in ends.windows(2) {
        let cell = &data[pair[0] as usize + 1..pair[1] as usize];
        let span = Span { start: 0, end: cell.len() as u32 };
        let window = Window { data: cell, quotes: true, doubled: true, escapes: false, utf8: false };
        decoder.extend(&window, &[span][..]).expect("every cell is a value");
    }
    decoder.finish()
}

fn decoders(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(ROWS as u64));
    for case in cases() {
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        let mut data = vec![b','];
        let mut ends = vec![0];
        for _ in 0..ROWS {
            data.extend_from_slice((case.cell)(&mut random).as_bytes());
            ends.push(data.len() as u32);
            data.push(b',');
        }
        let quotes = data.contains(&b'"');
        let doubled = data.windows(2).any(|pair| pair == b"\"\"");
        let window = Window { data: &data, quotes, doubled, escapes: false, utf8: true };
        let spec = ColumnSpec {
            data_type: case.data_type.clone().into(),
            quote: Some(b'"'),
            escape: None,
            null_words: Arc::default(),
            empty_is_null: true,
            decimal_mark: b'.',
            lossy: false,
            spelling: Spelling::default(),
            on_error: OnCell::Raise,
        };
        let decode = || {
            let mut decoder = Decoder::new(&spec, ROWS);
            decoder.extend(&window, Ends(&ends)).expect("every cell is a value");
            decoder.finish()
        };
        assert_eq!(&decode(), &one_by_one(&spec, &data, &ends), "{}", case.name);
        group.bench_function(case.name, |bencher| bencher.iter(|| black_box(decode())));
    }
    group.finish();
}

criterion_group!(benches, decoders);
criterion_main!(benches);
