//! What each stage of a read reaches, beside what the hardware gives: `stages FILE...` on files of the page cache.
//!
//! For every file, on one thread: plain reads into a buffer that stays in the cache against a copy of memory, the index against
//! a count of newlines, first touch of fresh memory against a second one. Then a whole read is taken apart: the same stages over
//! all of the file's bytes and of its columns' memory, and what is left of the read's time, which is decoding and handing on.
//! Memory that the allocator has from before is not touched first: where that share is large, some of it is decoding's.
//! Times are processor seconds, the best of a few rounds that interleave the stages, so that a busy machine blurs them little.

use std::env;
use std::fs::File;
use std::hint::black_box;
use std::io::{Read, Seek};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use cpu_time::ProcessTime;
use fast_csv::scan::Backend;
use fast_csv::tokenize::index::{Extent, Index, marks};
use fast_csv::{Dialect, Progress, ReaderBuilder, Request, Scan, Source};

/// The bytes of a window of the reader.
const CHUNK: usize = 256 << 10;
/// The bytes that the stages by themselves are tried on, at most: they lie in memory, beyond the caches.
const SAMPLE: usize = 64 << 20;
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.is_empty() {
        eprintln!("usage: stages FILE...");
        // `cargo bench` runs every bench without files.
        return ExitCode::SUCCESS;
    }
    println!("back end {}, one thread, GB/s\n", Backend::detect().name());
    for path in arguments {
        if let Err(error) = report(Path::new(&path)) {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// The best of the rounds of each stage, in seconds.
struct Times {
    read: f64,
    copy: f64,
    index: f64,
    count: f64,
    newlines: f64,
    first: f64,
    second: f64,
}

fn report(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut text = Vec::new();
    file.by_ref().take(SAMPLE as u64).read_to_end(&mut text)?;
    let scan = ReaderBuilder::new().with_threads(1).resolve(vec![Source::Path(path.into())])?;
    let whole = whole(&scan)?;
    let chunks = chunks(&text, scan.dialect());
    let sampled: usize = chunks.iter().map(|chunk| chunk.len()).sum();
    let fields = scan.width();
    let quoted = scan.dialect().quote.is_some_and(|quote| text.contains(&quote));
    let mut times = Times::worst();
    for _ in 0..ROUNDS {
        times.round(&mut file, &chunks, scan.dialect(), fields, text.len())?;
    }
    let speed = |bytes: usize, seconds: f64| bytes as f64 / seconds / 1e9;
    let (index, newlines) = (speed(sampled, times.index), speed(sampled, times.newlines));
    let target = if quoted { 0.3 } else { 0.5 };
    println!("{}: {:.0} MB, {} columns", path.display(), bytes as f64 / 1e6, fields);
    println!("| stage | reached | the hardware | share |\n| --- | ---: | ---: | ---: |");
    let line = |stage: &str, mine: f64, theirs: f64, what: &str, remark: &str| {
        println!("| {stage} | {mine:.1} | {theirs:.1} {what} | {:.2}{remark} |", mine / theirs);
    };
    line("read", speed(text.len(), times.read), speed(text.len(), times.copy), "copy of memory", "");
    line("index", index, newlines, "count of newlines", &format!(", {target} asked of AVX-512"));
    line("count", speed(sampled, times.count), newlines, "count of newlines", "");
    line("first touch", speed(SAMPLE, times.first), speed(SAMPLE, times.second), "second touch", "");

    let scale = bytes as f64 / text.len() as f64;
    let touched = times.first * whole.memory as f64 / SAMPLE as f64;
    let (read, index) = (times.read * scale, times.index * bytes as f64 / sampled as f64);
    let decode = (whole.seconds - read - index - touched).max(0.0);
    println!(
        "\nA whole read of {} values, {:.3} s, makes {:.0} MB:",
        whole.values,
        whole.seconds,
        whole.memory as f64 / 1e6
    );
    println!("| stage | s | share | ns a value |\n| --- | ---: | ---: | ---: |");
    for (stage, seconds) in
        [("read", read), ("index", index), ("first touch, if all is fresh", touched), ("decode", decode)]
    {
        let each = seconds * 1e9 / whole.values as f64;
        println!("| {stage} | {seconds:.3} | {:.0}% | {each:.1} |", seconds / whole.seconds * 100.0);
    }
    println!();
    Ok(())
}

/// What a read of everything came to.
struct Whole {
    values: u64,
    memory: usize,
    seconds: f64,
}

/// Reads the file whole, as often as there are rounds.
fn whole(scan: &Scan) -> fast_csv::Result<Whole> {
    let mut best = Whole { values: 0, memory: 0, seconds: f64::INFINITY };
    for _ in 0..ROUNDS {
        let start = ProcessTime::now();
        let mut batches = scan.read(Request::default())?;
        let mut held = Vec::new();
        loop {
            match batches.next_within(Duration::from_secs(60))? {
                Progress::Batch(batch) => held.push(batch),
                Progress::Pending => {}
                Progress::Done => break,
            }
        }
        best.seconds = best.seconds.min(start.elapsed().as_secs_f64());
        best.values = batches.cells_decoded();
        best.memory = held.iter().map(|batch| batch.get_array_memory_size()).sum();
    }
    best.values = best.values.max(1);
    Ok(best)
}

/// Cuts text into stretches of whole records, each as long as a window of the reader.
fn chunks<'a>(text: &'a [u8], dialect: &Dialect) -> Vec<&'a [u8]> {
    let (mut chunks, mut index, mut from) = (Vec::new(), Index::default(), 0);
    while from < text.len() {
        let data = &text[from..text.len().min(from + CHUNK)];
        let extent = Extent { from: 0, until: data.len(), last: false };
        index.build(dialect, Backend::detect(), data, extent);
        if index.next == 0 {
            break;
        }
        chunks.push(&data[..index.next]);
        from += index.next;
    }
    chunks
}

impl Times {
    fn worst() -> Times {
        let worst = f64::INFINITY;
        Times { read: worst, copy: worst, index: worst, count: worst, newlines: worst, first: worst, second: worst }
    }

    fn round(
        &mut self,
        file: &mut File,
        chunks: &[&[u8]],
        dialect: &Dialect,
        fields: usize,
        length: usize,
    ) -> std::io::Result<()> {
        let (backend, marks) = (Backend::detect(), marks(dialect));
        let mut buffer = vec![0; CHUNK];
        file.rewind()?;
        let mut left = length;
        let mut failed = Ok(());
        note(&mut self.read, || {
            while left > 0 && failed.is_ok() {
                let part = left.min(CHUNK);
                failed = file.read_exact(&mut buffer[..part]);
                left -= part;
            }
        });
        failed?;
        note(&mut self.copy, || {
            chunks.iter().for_each(|chunk| black_box(&mut buffer[..chunk.len()]).copy_from_slice(chunk))
        });
        let mut index = Index::default();
        let mut records = 0;
        note(&mut self.index, || {
            for chunk in chunks {
                index.build(dialect, backend, chunk, Extent { from: 0, until: chunk.len(), last: false });
                records += index.records;
            }
        });
        let mut counted = 0;
        note(&mut self.count, || {
            counted = chunks.iter().map(|chunk| backend.count(&marks, chunk, 0, fields as u32).records).sum();
        });
        // A count ends at the first stray quote, which an index steps over.
        if counted != records as u64 {
            self.count = f64::INFINITY;
        }
        let mut newlines = 0;
        note(&mut self.newlines, || {
            newlines =
                chunks.iter().map(|chunk| memchr::memchr_iter(dialect.terminator, black_box(chunk)).count()).sum();
        });
        // Terminators inside quotes are newlines too.
        assert!(records <= newlines, "{records} records in {newlines} lines");
        // From the system, not from an allocator, which may have it from before.
        let mut fresh = memmap2::MmapMut::map_anon(SAMPLE)?;
        note(&mut self.first, || fresh.fill(1));
        note(&mut self.second, || black_box(&mut fresh).fill(2));
        Ok(())
    }
}

/// Runs a stage and keeps its time where that is the best one so far.
fn note(best: &mut f64, stage: impl FnOnce()) {
    let start = ProcessTime::now();
    stage();
    *best = best.min(start.elapsed().as_secs_f64());
}
