//! A guess comes for any bytes, the same each time and from a stream as from memory, and what is guessed can be read.
#![no_main]

use fast_csv::{Error, ErrorKind, Given, ReaderBuilder, Request, Sniffed, Source};
use fast_csv_fuzz::Choices;
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The longest that the guess of a few thousand bytes may take, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(10);

/// A defect of the crate is a finding; any other error is an answer.
fn told(error: Error) -> String {
    assert!(!matches!(error.kind(), ErrorKind::Internal(_)), "{error}");
    error.to_string()
}

fn shown(sniffed: Result<Sniffed, Error>) -> Result<String, String> {
    sniffed.map(|sniffed| format!("{sniffed:?}")).map_err(told)
}

fuzz_target!(|input: &[u8]| {
    let mut choices = Choices::new(input);
    let given = Given {
        delimiter: choices.byte() > 200,
        quote: choices.byte() > 200,
        escape: choices.byte() > 200,
        terminator: choices.byte() > 200,
        comment: choices.byte() > 200,
        header: choices.byte() > 200,
        skip: choices.byte() > 200,
        charset: choices.byte() > 200,
    };
    let builder = ReaderBuilder::new().with_raise_if_empty(choices.flip()).with_parse_dates(choices.flip());
    let builder = builder.with_threads(1).with_skip_footer(choices.pick(&[0, 0, 0, 1, 30]));
    let data = choices.text();
    let bytes = || vec![Source::Bytes(Arc::new(data.clone()))];
    let began = Instant::now();
    let sniffed = builder.sniff(&given, bytes());
    assert!(began.elapsed() < PATIENCE, "it took {:?}", began.elapsed());
    if let Ok(sniffed) = &sniffed {
        sniffed.dialect.check().expect("a dialect that can be read");
        assert!((0.0..=1.0).contains(&sniffed.confidence), "{sniffed:?}");
        let dialect = sniffed.dialect.clone();
        let delimiter = dialect.delimiter_bytes();
        let told_all = builder
            .clone()
            .with_long_delimiter(std::str::from_utf8(&delimiter).expect("the dialect is checked"))
            .with_quote(dialect.quote)
            .with_escape(dialect.escape)
            .with_lone_carriage(dialect.lone_carriage)
            .with_trim(dialect.trim)
            .with_terminator(dialect.terminator)
            .with_comment(dialect.comment.map(Vec::from))
            .with_header(sniffed.has_header)
            .with_skip_lines(sniffed.skip_lines)
            .with_charset(sniffed.charset);
        let scan = told_all.resolve(bytes()).expect("what was guessed resolves");
        assert_eq!(scan.schema(), sniffed.schema);
        let batches = scan.read(Request::default()).map_err(told);
        for batch in batches.into_iter().flatten() {
            if batch.map_err(|error| error.to_string()).is_err() {
                break;
            }
        }
    }
    let first = shown(sniffed);
    assert_eq!(shown(builder.sniff(&given, bytes())), first);
    let stream = || {
        let data = data.clone();
        vec![Source::stream(None, move || Ok(Box::new(Cursor::new(data.clone()))))]
    };
    assert_eq!(shown(builder.sniff(&given, stream())), first);
});
