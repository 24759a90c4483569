//! The grammar, written down a fourth time and one byte at a time, against the machine, the index of every back end and
//! the unescaping.
//!
//! The reference below shares nothing with the crate: it knows states and bytes, collects the text of each field as Python's
//! `csv` would, and finds record ends, comments and strays on the way.

use fast_csv::Dialect;
use fast_csv::scan::Backend;
use fast_csv::tokenize::fields::{Fields, Listed, Regular};
use fast_csv::tokenize::index::{Extent, Index, Tail};
use fast_csv::tokenize::machine::{self, Met, Step};
use fast_csv::tokenize::shape::{Rules, measure};
use fast_csv::tokenize::unescape;
use proptest::prelude::*;

/// A record or comment as the reference reads it.
#[derive(Debug, Default)]
struct Record {
    start: usize,
    /// Where its fields end; for a comment, its end alone.
    ends: Vec<u32>,
    texts: Vec<Vec<u8>>,
    comment: bool,
    /// Where the data end before its terminator: whether inside quotes.
    unfinished: Option<bool>,
    quotes: bool,
    doubled: bool,
    stray: Option<usize>,
    /// Whether its last byte is a CR that belongs to the terminator.
    carriage: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// At the start of a field, or in the blanks there.
    FieldStart,
    Unquoted,
    Quoted,
    /// Behind a quote that closes the field or is the first of two.
    QuoteInQuoted,
    /// In the blanks behind a closing quote.
    BlankAfterQuote,
    /// Behind a CR at this place that follows a closing quote: part of the terminator, or text.
    CarriageAfterQuote(usize),
    /// In text that follows a closing quote.
    Behind,
}

/// The text of a field as it grows: each byte, and whether it is text whatever it looks like.
type Text = Vec<(u8, bool)>;

/// The text without the blanks at its edges.
fn finished(dialect: &Dialect, text: &mut Text, quoted: bool) -> Vec<u8> {
    let is_blank = |&(byte, literal): &(u8, bool)| !literal && dialect.trim && is_blank(dialect, byte);
    let from = if quoted { 0 } else { text.iter().take_while(|byte| is_blank(byte)).count() };
    let to = text.iter().rposition(|byte| !is_blank(byte)).map_or(from, |last| last + 1);
    let bytes = text[from..to].iter().map(|&(byte, _)| byte).collect();
    text.clear();
    bytes
}

fn is_blank(dialect: &Dialect, byte: u8) -> bool {
    let single = dialect.delimiter_lead.is_empty().then_some(dialect.delimiter);
    (byte == b' ' || byte == b'\t') && Some(byte) != single && byte != dialect.terminator
}

/// Whether a line ends at `at`; a CR that may be half of a line end is none.
fn line_end(dialect: &Dialect, data: &[u8], at: usize) -> bool {
    let lone = dialect.lone_carriage && data[at] == b'\r' && data.get(at + 1).is_some_and(|&next| next != b'\n');
    lone || data[at] == dialect.terminator
}

/// Reads one record byte by byte.
fn read_record(dialect: &Dialect, data: &[u8], start: usize) -> Record {
    let mut record = Record { start, ..Record::default() };
    if dialect.comment.as_deref().is_some_and(|prefix| data[start..].starts_with(prefix)) {
        record.comment = true;
        match (start..data.len()).find(|&at| line_end(dialect, data, at)) {
            Some(end) => record.ends.push(end as u32),
            None => record.unfinished = Some(false),
        }
        return record;
    }
    let delimiter = dialect.delimiter_bytes();
    let mut state = State::FieldStart;
    let (mut text, mut quoted) = (Text::new(), false);
    let mut at = start;
    while at < data.len() {
        let byte = data[at];
        let ends_record = line_end(dialect, data, at);
        if let State::CarriageAfterQuote(carriage) = state
            && !ends_record
        {
            record.stray.get_or_insert(carriage);
            state = State::Behind;
        }
        if dialect.escape == Some(byte) {
            if matches!(state, State::QuoteInQuoted | State::BlankAfterQuote) {
                record.stray.get_or_insert(at);
            }
            state = match state {
                State::Quoted => State::Quoted,
                State::FieldStart | State::Unquoted => State::Unquoted,
                _ => State::Behind,
            };
            // At the end of the data it is text itself.
            text.push((data.get(at + 1).copied().unwrap_or(byte), true));
            at += 2;
            continue;
        }
        let is_quote = dialect.quote == Some(byte);
        record.quotes |= is_quote;
        if ends_record && state != State::Quoted {
            if dialect.terminator == b'\n' && text.last() == Some(&(b'\r', false)) {
                text.pop();
                record.carriage = true;
            }
            record.ends.push(at as u32);
            record.texts.push(finished(dialect, &mut text, quoted));
            return record;
        }
        if data[at..].starts_with(&delimiter) && state != State::Quoted {
            at += delimiter.len();
            record.ends.push(at as u32 - 1);
            record.texts.push(finished(dialect, &mut text, quoted));
            (state, quoted) = (State::FieldStart, false);
            continue;
        }
        at += 1;
        let blank = dialect.trim && is_blank(dialect, byte);
        state = match state {
            State::FieldStart if is_quote => {
                text.clear();
                (state, quoted) = (State::Quoted, true);
                continue;
            }
            State::Quoted if is_quote => {
                state = State::QuoteInQuoted;
                continue;
            }
            State::QuoteInQuoted if is_quote => {
                record.doubled = true;
                State::Quoted
            }
            State::FieldStart if blank => State::FieldStart,
            State::QuoteInQuoted | State::BlankAfterQuote if blank => State::BlankAfterQuote,
            State::QuoteInQuoted | State::BlankAfterQuote if byte == b'\r' && dialect.terminator == b'\n' => {
                State::CarriageAfterQuote(at - 1)
            }
            State::QuoteInQuoted | State::BlankAfterQuote => {
                record.stray.get_or_insert(at - 1);
                State::Behind
            }
            State::FieldStart | State::Unquoted => {
                if is_quote {
                    record.stray.get_or_insert(at - 1);
                }
                State::Unquoted
            }
            State::Quoted => State::Quoted,
            State::CarriageAfterQuote(_) | State::Behind => State::Behind,
        };
        text.push((byte, state == State::Quoted));
    }
    if dialect.terminator == b'\n' && text.last() == Some(&(b'\r', false)) {
        text.pop();
        record.carriage = true;
    }
    record.texts.push(finished(dialect, &mut text, quoted));
    record.unfinished = Some(state == State::Quoted);
    record
}

/// All records from `from` on.
fn read(dialect: &Dialect, data: &[u8], from: usize) -> Vec<Record> {
    let mut records = Vec::new();
    let mut at = from;
    while at < data.len() {
        let record = read_record(dialect, data, at);
        at = record.unfinished.map_or_else(|| *record.ends.last().unwrap() as usize + 1, |_| data.len());
        records.push(record);
    }
    records
}

/// The machine says of every record what the reference says.
fn machine_agrees(dialect: &Dialect, data: &[u8], records: &[Record]) {
    for record in records {
        let (mut ends, mut met) = (Vec::new(), Met::default());
        let step = machine::record(dialect, data, record.start, &mut ends, &mut met);
        let place = || format!("record at {} of \"{}\", {dialect:?}", record.start, data.escape_ascii());
        assert_eq!(ends, record.ends, "{}", place());
        let next = record.ends.last().map_or(0, |&end| end as usize + 1);
        let wanted = match (record.unfinished, record.comment) {
            (Some(inside), _) => Step::Unfinished { inside },
            (None, true) => Step::Comment { next },
            (None, false) => Step::Record { next },
        };
        assert_eq!(step, wanted, "{}", place());
        assert_eq!((met.quotes, met.stray), (record.quotes, record.stray), "{}", place());
        let behind = record.stray.is_some_and(|stray| dialect.quote != Some(data[stray]) || met.doubled);
        assert_eq!(met.doubled, record.doubled || behind, "{}", place());
    }
}

/// The index that `build` should give for `extent`: ends, comments, next, tail, and the records in it.
fn wanted<'a>(
    records: &'a [Record],
    data: &[u8],
    extent: Extent,
) -> (Vec<u32>, Vec<u32>, usize, Tail, Vec<&'a Record>) {
    let mut ends = vec![(extent.from as u32).wrapping_sub(1)];
    let (mut comments, mut kept, mut next, mut tail) = (Vec::new(), Vec::new(), extent.from, Tail::Done);
    for record in records.iter().filter(|record| record.start >= extent.from && record.start < extent.until) {
        match record.unfinished {
            Some(inside) if inside || !extent.last => {
                tail = Tail::Unfinished { inside };
                break;
            }
            _ => {}
        }
        if record.comment {
            comments.push(ends.len() as u32);
        } else {
            kept.push(record);
        }
        ends.extend(&record.ends);
        if record.unfinished.is_some() {
            ends.push(data.len() as u32);
        }
        next = record.unfinished.map_or_else(|| *ends.last().unwrap() as usize + 1, |_| data.len());
    }
    (ends, comments, next, tail, kept)
}

/// Every back end indexes `extent` of the data as the reference reads it.
fn index_agrees(dialect: &Dialect, data: &[u8], records: &[Record], extent: Extent, columns: usize) {
    let (ends, comments, next, tail, kept) = wanted(records, data, extent);
    let mut index = Index::default();
    for backend in Backend::available() {
        index.build(dialect, backend, data, extent);
        let place = || format!("{} {extent:?} of \"{}\", {dialect:?}", backend.name(), data.escape_ascii());
        assert_eq!(*index.ends, ends, "{}", place());
        assert_eq!((&index.comments, index.next, index.tail), (&comments, next, tail), "{}", place());
        let any = |is: fn(&Record) -> bool| kept.iter().any(|record| is(record));
        assert!(index.met.quotes || !any(|record| record.quotes), "{}", place());
        assert!(index.met.doubled || !any(|record| record.doubled), "{}", place());
        // What lies behind the indexed records may have been looked at, too.
        let stray = kept.iter().find_map(|record| record.stray);
        assert_eq!(index.met.stray.filter(|&at| at < next), stray, "{}", place());
        let found: Vec<_> = index.records(dialect, data).collect();
        assert_eq!(found.len(), kept.len(), "{}", place());
        for (places, record) in found.iter().zip(&kept) {
            assert_eq!(places.len(), record.texts.len(), "{}", place());
            let start = index.start(places.start);
            let mut strays = Vec::new();
            machine::strays(dialect, data, start, &mut strays);
            assert_eq!(strays.first(), record.stray.as_ref(), "{}", place());
            let whole = start..index.field(dialect, data, places.end - 1).end;
            for at in [whole.start, whole.end] {
                let trimmed = whole.start..whole.end - usize::from(record.carriage);
                assert_eq!(index.record_around(dialect, data, at), trimmed, "{at}: {}", place());
            }
        }
        texts_agree(dialect, data, &index, &kept, columns, &place);
    }
}

/// The fields of the index, unescaped, are the reference's texts.
fn texts_agree(
    dialect: &Dialect,
    data: &[u8],
    index: &Index,
    kept: &[&Record],
    columns: usize,
    place: &dyn Fn() -> String,
) {
    let wanted: Vec<usize> = (0..columns).rev().collect();
    let mut spans = Vec::new();
    let shape = measure(index, dialect, data, columns, &wanted, Rules::default(), &mut spans);
    assert_eq!(shape.rows, kept.len(), "{}", place());
    let misfits = kept.iter().enumerate().filter(|(_, record)| record.texts.len() != columns);
    let misfits: Vec<_> = misfits.map(|(record, kept)| (record, kept.texts.len())).collect();
    let found: Vec<_> = shape.misfits.iter().map(|misfit| (misfit.record, misfit.fields)).collect();
    assert_eq!(found, misfits, "{}", place());
    let mut scratch = Vec::new();
    for (slot, &column) in wanted.iter().enumerate() {
        for (row, record) in kept.iter().enumerate() {
            let span = if shape.regular {
                let trim = index.carriage && column + 1 == columns;
                Regular::new(data, &index.ends, columns, column, shape.rows, trim).span(row)
            } else {
                Listed::new(&spans, columns, slot).span(row)
            };
            let Some(text) = record.texts.get(column) else {
                assert!(span.is_missing(), "row {row}, column {column}, {}", place());
                continue;
            };
            let raw = &data[span.start as usize..span.end as usize];
            let read = unescape::text(raw, dialect.quote, dialect.escape, &mut scratch);
            assert_eq!(read, text, "row {row}, column {column}, {}", place());
        }
    }
}

/// Everything about `data`, with cuts at each of `cuts`.
fn agree(dialect: &Dialect, data: &[u8], cuts: impl Iterator<Item = usize> + Clone) {
    let records = read(dialect, data, 0);
    machine_agrees(dialect, data, &records);
    let columns = records.first().map_or(1, |record| record.texts.len().max(1));
    for last in [false, true] {
        index_agrees(dialect, data, &records, Extent { from: 0, until: usize::MAX, last }, columns);
        for from in records.iter().map(|record| record.start).filter(|&start| cuts.clone().any(|cut| cut == start)) {
            for until in cuts.clone().filter(|&until| until > from) {
                index_agrees(dialect, data, &records, Extent { from, until, last }, columns);
            }
        }
    }
}

fn dialects() -> Vec<Dialect> {
    let plain = Dialect::default();
    vec![
        plain.clone(),
        Dialect { comment: Some((*b"#").into()), ..plain.clone() },
        Dialect { quote: None, ..plain.clone() },
        Dialect { strict_quotes: true, comment: Some((*b"#a").into()), ..plain.clone() },
        Dialect { terminator: b'\r', ..plain.clone() },
        Dialect { delimiter: b'a', quote: Some(b','), ..plain.clone() },
        Dialect { delimiter: b'\n', terminator: b'a', comment: Some((*b"#,").into()), ..plain.clone() },
        Dialect { escape: Some(b'#'), ..plain.clone() },
        Dialect { lone_carriage: true, ..plain.clone() },
        Dialect { trim: true, delimiter: b'#', ..plain.clone() },
        Dialect { trim: true, escape: Some(b'#'), lone_carriage: true, ..plain.clone() },
        Dialect { delimiter_lead: (*b",").into(), ..plain.clone() },
        Dialect {
            delimiter_lead: (*b"#a,").into(),
            trim: true,
            escape: Some(b'b'),
            lone_carriage: true,
            ..plain.clone()
        },
        Dialect { trim: true, delimiter: b'\t', comment: Some((*b"#").into()), lone_carriage: true, ..plain },
    ]
}

/// The letters of short strings in a dialect: its marks, the bytes of line ends and a letter.
fn alphabet(dialect: &Dialect) -> &'static [u8] {
    match (dialect.trim, dialect.delimiter_lead.len()) {
        (true, 3) => b"a,\"\n\r#b ",
        (true, _) => b"a,\"\n\r# \t",
        _ => b"a,\"\n\r#",
    }
}

/// Calls `visit` with all strings of `length` letters.
fn all_strings(alphabet: &[u8], length: u32, mut visit: impl FnMut(&[u8])) {
    for number in 0..alphabet.len().pow(length) {
        let digit = |place: u32| alphabet[number / alphabet.len().pow(place) % alphabet.len()];
        visit(&(0..length).map(digit).collect::<Vec<u8>>());
    }
}

#[test]
fn all_short_strings_with_every_cut() {
    for (place, dialect) in dialects().iter().enumerate() {
        for length in 0..=if place < 2 { 5 } else { 4 } {
            all_strings(alphabet(dialect), length, |data| agree(dialect, data, 0..data.len() + 1));
        }
    }
}

#[test]
#[ignore = "minutes without optimisation"]
fn all_strings_of_seven_with_every_cut() {
    for dialect in &dialects() {
        all_strings(alphabet(dialect), 7, |data| agree(dialect, data, 0..data.len() + 1));
    }
}

#[test]
fn all_short_strings_across_the_edge_of_a_block() {
    let plain = Dialect::default();
    let rich = Dialect { trim: true, escape: Some(b'b'), lone_carriage: true, ..plain.clone() };
    for (dialect, alphabet, most) in [(&plain, &b"a,\"\n\r"[..], 4), (&rich, b"a,\"\n\rb ", 3)] {
        for length in 1..=most {
            all_strings(alphabet, length, |text| {
                for before in 1..=text.len() {
                    let mut data = vec![b'x'; 64 - before];
                    data[20] = b'\n';
                    data.extend_from_slice(text);
                    data.extend_from_slice(b"y\n1,\"2\"\n");
                    agree(dialect, &data, std::iter::empty());
                }
            });
        }
    }
}

#[test]
fn the_reference_reads_as_python_does() {
    let plain = Dialect::default();
    // Each as `list(csv.reader([data]))` of Python 3.11, the CR of a CRLF apart.
    for (data, texts) in [
        (&b"12\" x,\"ab\"c,d\n"[..], &["12\" x", "abc", "d"][..]),
        (b"\"ab\"c\"d\",e\n", &["abc\"d\"", "e"]),
        (b"\"a\"\"b\",\"\",\"\"\"\"\n", &["a\"b", "", "\""]),
        (b"a\"\"b,\"\"c\"\n", &["a\"\"b", "c\""]),
        (b"a,\"b\n\nc\"\r\n", &["a", "b\n\nc"]),
    ] {
        let record = read_record(&plain, data, 0);
        let read: Vec<_> = record.texts.iter().map(|text| str::from_utf8(text).unwrap()).collect();
        assert_eq!(read, texts, "{}", data.escape_ascii());
        assert_eq!(record.unfinished, None);
        agree(&plain, data, 0..data.len() + 1);
    }
}

/// Pieces of which most make regular records, some strays, some comments.
fn pieces(strays: u32) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => "[a-z]{0,9}[,\n]".prop_map(String::into_bytes),
        6 => "\"([a,\n\r]|\"\"){0,40}\"(,|\n|\r\n)".prop_map(String::into_bytes),
        strays => prop::collection::vec(prop::sample::select(b"a,\"\n\r# \t".to_vec()), 1..4),
        strays => prop::sample::select(vec![
            "12\" x,", "\"ab\"c\n", "#a,\"\n", "\n# \"x\n", "\r\n", "\"a\"\r,", ", \"b\" ,", "##\",", "#\n", ",,", "\r",
        ])
            .prop_map(|piece| piece.as_bytes().to_vec()),
        1 => (0..400_usize).prop_map(|length| vec![b'z'; length]),
    ];
    prop::collection::vec(piece, 0..160).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn long_texts(
        data in prop_oneof![pieces(1), pieces(6)],
        dialect in prop::sample::select(dialects()),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 6),
    ) {
        let starts: Vec<usize> = read(&dialect, &data, 0).iter().map(|record| record.start).chain([data.len()]).collect();
        let cuts: Vec<usize> = cuts.iter().map(|cut| *cut.get(&starts)).collect();
        agree(&dialect, &data, cuts.iter().copied());
    }

    #[test]
    fn strays_among_many_records(every in 1..1000_usize, stray in prop::sample::select(vec!["12\" x,\"a\nb\"\n", "\"ab\"c,d\n", "#x\n"])) {
        let mut data = Vec::new();
        for row in 0..4_000 {
            data.extend_from_slice(if row % every == every - 1 { stray.as_bytes() } else { b"3,\"c, \"\"d\"\"\"\n" });
        }
        let dialect = Dialect { comment: Some((*b"#").into()), ..Dialect::default() };
        let records = read(&dialect, &data, 0);
        index_agrees(&dialect, &data, &records, Extent { from: 0, until: data.len() / 2, last: true }, 2);
    }
}
