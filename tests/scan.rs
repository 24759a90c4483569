//! The scan through its public interface, against a reader that knows nothing of blocks, parity or rules.
//!
//! The reader is lenient: it gives every text a meaning. What is asserted is that a scan agrees with that meaning as far as it goes,
//! that it goes to the end of every regular text, and that it stops at the very block of the first byte that is irregular.

use std::thread;

use fast_csv::scan::{Backend, Ends, Marks, Stop, naive};
use proptest::prelude::*;

const BLOCK: usize = 64;

const PLAIN: Marks = Marks {
    delimiter: b',',
    quote: Some(b'"'),
    terminator: b'\n',
    comment: None,
    escape: None,
    lone_carriage: false,
    blanks: false,
};

/// What a lenient reader makes of a text.
#[derive(Default)]
struct Meaning {
    ends: Vec<u32>,
    terminators: Vec<usize>,
    quotes: Vec<usize>,
    escapes: Vec<usize>,
    returns: Vec<usize>,
    /// The first stray quote, text after a closing quote, or start of what may be a comment.
    irregular: Option<usize>,
    inside: bool,
}

/// Reads field by field: a field that starts with a quote is quoted, any other runs to the next mark.
fn read(marks: &Marks, data: &[u8], from: usize) -> Meaning {
    let mut meaning = Meaning::default();
    let is_end = |at: usize| data[at] == marks.delimiter || data[at] == marks.terminator;
    let is_quote = |at: usize| Some(data[at]) == marks.quote;
    meaning.quotes = (from..data.len()).filter(|&at| is_quote(at)).collect();
    meaning.returns = (from..data.len()).filter(|&at| data[at] == b'\r').collect();

    let mut at = from;
    let mut record_start = true;
    while at < data.len() {
        if record_start && Some(data[at]) == marks.comment {
            meaning.irregular.get_or_insert(at);
        }
        if is_quote(at) {
            at += 1;
            loop {
                match (at..data.len()).find(|&at| is_quote(at)) {
                    None => {
                        meaning.inside = true;
                        return meaning;
                    }
                    Some(quote) if quote + 1 < data.len() && is_quote(quote + 1) => {
                        meaning.escapes.push(quote + 1);
                        at = quote + 2;
                    }
                    Some(quote) => {
                        at = quote + 1;
                        break;
                    }
                }
            }
            let line_break = marks.terminator == b'\n' && at < data.len() && data[at] == b'\r' && !is_end(at);
            let text = if line_break { at + 1 } else { at };
            if text < data.len() && (!is_end(text) || line_break && data[text] != b'\n') {
                meaning.irregular.get_or_insert(text);
            }
        } else if let Some(quote) = (at..data.len()).take_while(|&at| !is_end(at)).find(|&at| is_quote(at)) {
            meaning.irregular.get_or_insert(quote);
        }
        let Some(end) = (at..data.len()).find(|&at| is_end(at)) else {
            return meaning;
        };
        meaning.ends.push(end as u32);
        record_start = data[end] == marks.terminator;
        if record_start {
            meaning.terminators.push(end);
        }
        at = end + 1;
    }
    meaning
}

/// Asserts that every back end says of `data[from..]` what it means.
fn agree(backends: &[Backend], marks: &Marks, data: &[u8], from: usize) {
    let meaning = read(marks, data, from);
    let (stop, to) = match meaning.irregular {
        None => (Stop::End { inside: meaning.inside }, data.len()),
        Some(irregular) => {
            let at = from + (irregular - from) / BLOCK * BLOCK;
            (Stop::Check { at }, at)
        }
    };
    let before = |places: &[usize]| places.iter().any(|&at| at < to);
    let reported = meaning.ends.iter().take_while(|&&end| (end as usize) < to).count();
    let terminators = meaning.terminators.iter().take_while(|&&end| end < to);
    let (mut ends, mut naive_ends) = (Ends::default(), Vec::new());
    // The number of fields of the first record, which every one has or not.
    let mut records = meaning.ends[..reported].split_inclusive(|&end| meaning.terminators.contains(&(end as usize)));
    let fields = records.clone().next().map_or(1, <[u32]>::len) as u32;
    let is_whole = |record: &&[u32]| record.last().is_some_and(|&end| meaning.terminators.contains(&(end as usize)));
    let even = records.all(|record| match is_whole(&record) {
        true => record.len() as u32 == fields,
        // The field behind the last end is not counted among these.
        false => (record.len() as u32) < fields,
    });
    let check = |name: &str, indexed: fast_csv::scan::Indexed, ends: &[u32], counted: fast_csv::scan::Counted| {
        let place = format_args!("{name} from {from} of \"{}\", {marks:?}", data.escape_ascii()).to_string();
        assert_eq!(indexed.stop, stop, "{place}");
        assert_eq!(ends, &meaning.ends[..reported], "{place}");
        assert_eq!(indexed.quotes, before(&meaning.quotes), "{place}");
        assert_eq!(indexed.doubled, before(&meaning.escapes), "{place}");
        assert_eq!(indexed.carriage, before(&meaning.returns), "{place}");
        assert_eq!(indexed.records, terminators.clone().count(), "{place}");
        assert_eq!(counted.stop, stop, "{place}");
        assert_eq!(counted.records, terminators.clone().count() as u64, "{place}");
        assert_eq!(counted.last_end, terminators.clone().last().copied(), "{place}");
        assert_eq!(counted.quotes, before(&meaning.quotes), "{place}");
        let lines = data[from..to].iter().filter(|&&byte| byte == marks.terminator).count();
        assert_eq!(counted.wrapped, lines > terminators.clone().count(), "{place}");
        assert_eq!(counted.even, even, "{place}");
    };
    for backend in backends {
        ends.clear();
        let indexed = backend.index(marks, data, from, &mut ends);
        check(backend.name(), indexed, &ends, backend.count(marks, data, from, fields));
    }
    let indexed = naive::index(marks, data, from, &mut naive_ends);
    check("naive", indexed, &naive_ends, naive::count(marks, data, from, fields));
}

fn backends() -> Vec<Backend> {
    let backends = Backend::available();
    let names: Vec<_> = backends.iter().map(|backend| backend.name()).collect();
    println!("back ends: {}, naive", names.join(", "));
    backends
}

/// All strings of up to `longest` of what a quoted field is made of. Each stands once at the start of the data and, for each cut in
/// `cuts`, with that many of its bytes before the edge of a block.
fn all_strings(longest: u32, cuts: fn(usize) -> Vec<usize>) {
    let alphabet = *b"a,\"\n\r";
    let backends = &backends();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for length in 0..=longest {
                    for number in (thread..5_usize.pow(length)).step_by(threads) {
                        let mut rest = number;
                        let text: Vec<u8> = (0..length)
                            .map(|_| {
                                let letter = alphabet[rest % 5];
                                rest /= 5;
                                letter
                            })
                            .collect();
                        agree(backends, &PLAIN, &text, 0);
                        for cut in cuts(text.len()) {
                            let mut data = vec![b','; BLOCK - cut];
                            data.extend_from_slice(&text);
                            agree(backends, &PLAIN, &data, 0);
                        }
                    }
                }
            });
        }
    });
}

#[test]
fn all_strings_of_six_at_every_edge() {
    all_strings(6, |length| (1..=length).collect());
}

#[test]
#[ignore = "minutes without optimisation"]
fn all_strings_of_eight_at_every_edge() {
    all_strings(8, |length| (1..=length).collect());
}

#[test]
#[ignore = "an hour without optimisation"]
fn all_strings_of_ten_at_an_edge() {
    all_strings(10, |length| vec![length / 2]);
}

/// Pieces of text, of which most strings are regular for a while.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => "[a-z]{0,9}[,\n]".prop_map(String::into_bytes),
        4 => "\"([a,\n\r]|\"\"){0,40}\"(,|\n|\r\n)".prop_map(String::into_bytes),
        1 => prop::collection::vec(prop::sample::select(b"a,\"\n\r#".to_vec()), 0..3),
        1 => (0..400_usize).prop_map(|length| vec![b'z'; length]),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// Any four different bytes may be marks.
fn marks() -> impl Strategy<Value = Marks> {
    let common = prop::sample::select(vec![
        PLAIN,
        Marks { quote: None, ..PLAIN },
        Marks { comment: Some(b'#'), ..PLAIN },
        Marks { delimiter: b'\r', ..PLAIN },
        Marks { terminator: b'\r', ..PLAIN },
        Marks { terminator: b'z', comment: Some(b'a'), ..PLAIN },
        Marks { delimiter: b'a', quote: Some(b'\r'), ..PLAIN },
    ]);
    let any = Just((0..=255).collect::<Vec<u8>>()).prop_shuffle().prop_map(|bytes| Marks {
        delimiter: bytes[0],
        terminator: bytes[1],
        quote: (bytes[4] < 200).then_some(bytes[2]),
        comment: (bytes[5] < 100).then_some(bytes[3]),
        ..PLAIN
    });
    prop_oneof![4 => common, 1 => any]
}

proptest! {
    // A failure is printed in full, so no file of seeds is kept.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn text_made_of_pieces(marks in marks(), data in text(), from in any::<prop::sample::Index>()) {
        let backends = Backend::available();
        agree(&backends, &marks, &data, 0);
        agree(&backends, &marks, &data, from.index(data.len() + 1));
    }

    #[test]
    fn any_bytes(marks in marks(), mut data in prop::collection::vec(any::<u8>(), 0..700), dense in any::<bool>()) {
        if dense {
            // Folded onto few letters, of which some are marks.
            for byte in &mut data {
                *byte = [marks.delimiter, marks.terminator, marks.quote.unwrap_or(1), b'\r', b'x', b'y', 0, 255][usize::from(*byte % 8)];
            }
        }
        agree(&Backend::available(), &marks, &data, 0);
    }
}

#[test]
fn the_marks_of_a_file_fill_every_bit() {
    let backends = backends();
    for length in 0..600 {
        for byte in [b',', b'\n', b'"', b'\r', b'x'] {
            agree(&backends, &PLAIN, &vec![byte; length], 0);
        }
    }
}
