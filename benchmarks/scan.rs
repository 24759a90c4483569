//! The speed of `index` and `count` on every back end, over chunks of 256 KiB, with memchr's count of newlines beside them.
//!
//! Each answer is compared with the one that the generator of the text knows before anything is timed.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fast_csv::scan::{Backend, Ends, Marks, Stop};

const CHUNK: usize = 256 << 10;

const MARKS: Marks = Marks {
    delimiter: b',',
    quote: Some(b'"'),
    terminator: b'\n',
    comment: None,
    escape: None,
    lone_carriage: false,
    blanks: false,
};

/// A chunk of records, and what is true of it.
struct Sample {
    name: &'static str,
    text: Vec<u8>,
    records: u64,
    columns: u32,
    fields: usize,
    newlines: usize,
}

impl Sample {
    /// As many records as fit. `record` writes one without its terminator and gives the newlines inside its quotes.
    fn new(name: &'static str, columns: usize, record: impl Fn(u64, &mut String) -> usize) -> Sample {
        let mut sample = Sample { name, text: Vec::new(), records: 0, columns: columns as u32, fields: 0, newlines: 0 };
        let mut line = String::new();
        let mut random = 1_u64;
        loop {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            line.clear();
            let newlines = record(random >> 24, &mut line);
            line.push('\n');
            if sample.text.len() + line.len() > CHUNK {
                return sample;
            }
            sample.text.extend_from_slice(line.as_bytes());
            sample.records += 1;
            sample.fields += columns;
            sample.newlines += newlines + 1;
        }
    }
}

fn samples() -> Vec<Sample> {
    use std::fmt::Write;
    vec![
        // Every text quoted, some with a delimiter, a newline or an escaped quote.
        Sample::new("quoted", 4, |random, line| {
            let note = ["the quick brown fox, twice", "two\nlines of some text", "a \"\"word\"\" in quotes"];
            let pick = (random % 3) as usize;
            write!(
                line,
                "{},\"{}\",\"name {}\",\"{}\"",
                random % 100_000,
                note[pick],
                random % 977,
                "padding ".repeat(1 + pick)
            )
            .unwrap();
            usize::from(pick == 1)
        }),
        Sample::new("ints", 8, |random, line| {
            for column in 0..8 {
                let comma = if column == 0 { "" } else { "," };
                write!(line, "{comma}{}", (random >> column) % 100_000).unwrap();
            }
            0
        }),
        Sample::new("ticks", 5, |random, line| {
            let symbol = ["AAPL", "MSFT", "GOOG", "NVDA"][(random % 4) as usize];
            let side = if random % 2 == 0 { "B" } else { "S" };
            write!(
                line,
                "2026-11-22 09:{:02}:{:02}.{:03},{symbol},{}.{:02},{},{side}",
                random % 60,
                random / 7 % 60,
                random % 1000,
                100 + random % 400,
                random % 100,
                random % 1000
            )
            .unwrap();
            0
        }),
        // Records of two blocks, of which one in three quotes its last field: TPC-H's lineitem.
        Sample::new("lineitem", 16, |random, line| {
            let (quote, comma) = if random % 3 == 0 { ("\"", ",") } else { ("", "") };
            write!(line, "{},{},{},{},", random % 6_000_000, random % 200_000, random % 10_000, 1 + random % 7)
                .unwrap();
            write!(
                line,
                "{},{}.{:02},0.0{},0.0{},N,O,",
                random % 50,
                random % 90_000,
                random % 100,
                random % 9,
                random % 8
            )
            .unwrap();
            let day = 1 + random % 28;
            write!(line, "1996-03-{day:02},1996-02-{day:02},1996-03-{day:02},DELIVER IN PERSON,TRUCK,").unwrap();
            write!(
                line,
                "{quote}egular courts above the{comma} {}{quote}",
                &"furiously final accounts"[..(random % 24) as usize]
            )
            .unwrap();
            0
        }),
        // A quote in every eleventh record only: the walk changes between its two ways.
        Sample::new("seldom quoted", 5, |random, line| {
            let quote = if random % 11 == 0 { "\"" } else { "" };
            write!(
                line,
                "{},{quote}some words of text{quote},{},{},{}",
                random % 100_000,
                random % 7919,
                random % 31,
                random % 1_000_003
            )
            .unwrap();
            0
        }),
    ]
}

fn index(c: &mut Criterion) {
    for sample in samples() {
        let mut group = c.benchmark_group(format!("index/{}", sample.name));
        group.throughput(Throughput::Bytes(sample.text.len() as u64));
        for backend in Backend::available() {
            let mut ends = Ends::default();
            let indexed = backend.index(&MARKS, &sample.text, 0, &mut ends);
            assert_eq!(indexed.stop, Stop::End { inside: false });
            assert_eq!(ends.len(), sample.fields);
            group.bench_function(BenchmarkId::from_parameter(backend.name()), |b| {
                b.iter(|| {
                    ends.clear();
                    backend.index(&MARKS, black_box(&sample.text), 0, &mut ends)
                });
            });
        }
    }
}

fn count(c: &mut Criterion) {
    for sample in samples() {
        let mut group = c.benchmark_group(format!("count/{}", sample.name));
        group.throughput(Throughput::Bytes(sample.text.len() as u64));
        for backend in Backend::available() {
            let counted = backend.count(&MARKS, &sample.text, 0, sample.columns);
            assert_eq!(counted.stop, Stop::End { inside: false });
            assert_eq!((counted.records, counted.even), (sample.records, true));
            assert_eq!(counted.last_end, Some(sample.text.len() - 1));
            group.bench_function(BenchmarkId::from_parameter(backend.name()), |b| {
                b.iter(|| backend.count(&MARKS, black_box(&sample.text), 0, sample.columns));
            });
        }
        // Unlike the others this counts the newlines inside quotes too.
        let newlines = || memchr::memchr_iter(b'\n', black_box(&sample.text)).count();
        assert_eq!(newlines(), sample.newlines);
        group.bench_function(BenchmarkId::from_parameter("memchr"), |b| b.iter(newlines));
    }
}

criterion_group!(benches, index, count);
criterion_main!(benches);
