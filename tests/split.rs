//! Cuts anywhere in a file give the rows of the whole: guesses are judged by their place, and reads by their rows.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use fast_csv::split::guess_record_start;
use fast_csv::{Backend, Dialect, Inference, OnError, ReaderBuilder, Request, Source};
use proptest::prelude::*;
use std::sync::Arc;

/// All rows as one batch, or what went wrong in the words that users see.
fn read(builder: &ReaderBuilder, data: &[u8]) -> Result<RecordBatch, String> {
    let scan = builder.resolve(vec![Source::Bytes(Arc::new(data.to_vec()))]).map_err(|error| error.to_string())?;
    let batches = scan.read(Request::default()).map_err(|error| error.to_string())?;
    let batches = batches.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    Ok(concat_batches(&scan.schema(), &batches).unwrap())
}

/// Reads in one piece and then in chunks of every given size by 1, 2 and 4 threads; all must be the same.
fn cuts_agree(builder: &ReaderBuilder, data: &[u8], chunks: impl Iterator<Item = usize> + Clone) {
    let whole = read(&builder.clone().with_threads(1), data);
    for threads in [1, 2, 4] {
        for chunk in chunks.clone() {
            let cut = read(&builder.clone().with_threads(threads).with_chunk_bytes(chunk), data);
            assert_eq!(cut, whole, "chunks of {chunk}, {threads} threads, \"{}\", {builder:?}", data.escape_ascii());
        }
    }
}

fn bare() -> ReaderBuilder {
    ReaderBuilder::new().with_header(false).with_infer_types(false).with_raise_if_empty(false)
}

/// Where records begin, the end of the data included, in data without stray quotes.
fn record_starts(data: &[u8]) -> Vec<usize> {
    let mut inside = false;
    let ends = data.iter().enumerate().filter(|&(_, &byte)| {
        inside ^= byte == b'"';
        byte == b'\n' && !inside
    });
    [0].into_iter().chain(ends.map(|(at, _)| at + 1)).collect()
}

#[test]
fn a_guess_is_right_wherever_quotes_tell() {
    let plain = Dialect::default();
    for data in [
        "a,b\nc,d\n\ne,f\n".to_owned(),
        "1,\"one\ntwo\",x\n2,\"three\",y\n".repeat(3),
        "\"a\nb\",\"c\nd\ne\"\n\"x\",y\n".repeat(4),
        "\"say \"\"hi\nyou\"\" there\",1\r\n\"b\",2\r\n".repeat(3),
        "1,\"x\"\n2,\"a\n\nb\"\n".repeat(5),
    ] {
        let data = data.as_bytes();
        let starts = record_starts(data);
        for from in 1..=data.len() {
            let wanted = starts.iter().copied().find(|&start| start >= from);
            assert_eq!(guess_record_start(&plain, data, from), wanted, "from {from} of \"{}\"", data.escape_ascii());
        }
    }
}

#[test]
fn a_guess_needs_no_luck_without_quotes() {
    let bare = Dialect { quote: None, ..Dialect::default() };
    let data = b"a,\"b\n\"c\n\"\"\nd";
    for from in 1..=data.len() {
        let wanted = (from..=data.len()).find(|&at| data[at - 1] == b'\n');
        assert_eq!(guess_record_start(&bare, data, from), wanted, "from {from}");
    }
}

/// Texts that mislead guesses: what is inside quotes looks like records, and strays like quotes.
const NASTY: [&str; 9] = [
    "1,\"\n2,\"\n3,\"\n4,x\n",
    "\",\n\",\"\n,\n\"\n\",\",\",\"\n",
    "a,\"x\n\"\"y\"\"\nz\",b\n\"\",\"\n\",\n",
    "12\" monitor,b\n\"c\nd\",5\" e\n\"f\",\"g\nh\"\n",
    "\"ab\"c\nd,\"e\"\nf\"\"\n\"\ng\"\"\n\"\"\nh\",i\n",
    "a\r\n\"b\r\nc\"\r\n\"\"\r\n\r\nd",
    "\"\"\"\n\"\"\"\n\"\"\"\n\"\"\",x\n",
    "x\n\n\n\"\"\n\"\n\n\"\n,\n",
    "\"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\",1\nm,2",
];

#[test]
fn every_cut_of_nasty_texts_gives_the_rows_of_the_whole() {
    let wide = bare()
        .with_schema(["a", "b", "c", "d"].map(|name| (name.into(), arrow::datatypes::DataType::Utf8View)).to_vec());
    for text in NASTY {
        cuts_agree(&wide, text.as_bytes(), 1..=64);
        let often = text.repeat(5);
        cuts_agree(&wide, often.as_bytes(), [1, 2, 3, 5, 11, 17, 29, 40, 64].into_iter());
        // The quote that opens for good, and the quotes that strict reading refuses.
        let open = format!("{often}\"{text}");
        for builder in [wide.clone(), wide.clone().with_strict_quotes(true), wide.clone().with_on_error(OnError::Null)]
        {
            cuts_agree(&builder, open.as_bytes(), [1, 4, 9, 23, 64].into_iter());
        }
    }
}

#[test]
fn cuts_on_real_sizes_are_exact() {
    let mut data = Vec::new();
    for row in 0..60_000_u32 {
        let text = match row % 977 {
            0 => format!("{row},12\" monitor,\"a\nb\"\n"),
            1 => format!("{row},\"x\"\"y\n,\n\",\"\n\n\"\r\n"),
            _ => format!("{row},\"text, with a comma\nand a line\",{}\n", row * 7),
        };
        data.extend_from_slice(text.as_bytes());
    }
    let builder = bare().with_inference(Inference::Sample);
    cuts_agree(&builder, &data, [4 << 10, 64 << 10, 1 << 20].into_iter());
    assert_eq!(read(&builder, &data).unwrap().num_rows(), 60_000);
}

/// Texts of the bytes that matter, in pieces that make quoted fields now and then.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::collection::vec(prop::sample::select(b"a,\"\n\r#".to_vec()), 1..6),
        2 => "\"([a,\n]|\"\"){0,12}\"[,\n]".prop_map(String::into_bytes),
        2 => "[a-c]{0,3}[,\n]".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_guess_stands_behind_a_record_end(data in texts(), quote in prop::sample::select(vec![None, Some(b'"')])) {
        let dialect = Dialect { quote, ..Dialect::default() };
        for from in 1..=data.len() {
            if let Some(start) = guess_record_start(&dialect, &data, from) {
                prop_assert!(start >= from && data[start - 1] == b'\n', "{} from {} of \"{}\"", start, from, data.escape_ascii());
            }
        }
    }

    #[test]
    fn any_cut_gives_one_answer(
        data in texts(),
        chunks in prop::collection::vec(1..64_usize, 3),
        comment in any::<bool>(),
        strict in any::<bool>(),
        on_error in prop::sample::select(vec![OnError::Raise, OnError::Null]),
        backend in prop::sample::select(Backend::available()),
    ) {
        let builder = bare()
            .with_comment(comment.then(|| b"#".to_vec()))
            .with_strict_quotes(strict)
            .with_truncate_ragged_lines(true)
            .with_on_error(on_error)
            .with_backend(backend);
        cuts_agree(&builder, &data, chunks.into_iter());
    }
}
