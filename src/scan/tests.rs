//! Every case on every back end that this machine has, against the oracle.
//!
//! Written without any crate, so that it also runs where only a cross compiler and an emulator are at hand (`tests/neon`).

use super::*;

const PLAIN: Marks = Marks {
    delimiter: b',',
    quote: Some(b'"'),
    terminator: b'\n',
    comment: None,
    escape: None,
    lone_carriage: false,
    blanks: false,
};
const ESCAPES: Marks = Marks { escape: Some(b'\\'), ..PLAIN };
const ANY: Marks = Marks { lone_carriage: true, ..PLAIN };
const BLANKS: Marks = Marks { blanks: true, ..PLAIN };
const ALL: Marks = Marks { comment: Some(b'#'), escape: Some(b'\\'), lone_carriage: true, blanks: true, ..PLAIN };
const COMMENTS: Marks = Marks { comment: Some(b'#'), ..PLAIN };
const UNQUOTED: Marks = Marks { quote: None, ..PLAIN };

const END: Stop = Stop::End { inside: false };
const INSIDE: Stop = Stop::End { inside: true };
const FIRST: Stop = Stop::Check { at: 0 };

/// Marks, text, the stop, the positions.
const CASES: &[(Marks, &str, Stop, &[u32])] = &[
    (PLAIN, "", END, &[]),
    (PLAIN, "a", END, &[]),
    (PLAIN, ",", END, &[0]),
    (PLAIN, "\n", END, &[0]),
    (PLAIN, "a,b\nc,d\n", END, &[1, 3, 5, 7]),
    (PLAIN, "a,b\r\nc\rd,e", END, &[1, 4, 8]),
    (PLAIN, "\"a,b\",c\n", END, &[5, 7]),
    (PLAIN, "\"a\nb\",c\n", END, &[5, 7]),
    (PLAIN, "\"a\"", END, &[]),
    (PLAIN, "\"a\"\r", END, &[]),
    (PLAIN, "\"a\"\r\n", END, &[4]),
    (PLAIN, "\"\"\n\"\",\"\"", END, &[2, 5]),
    (PLAIN, "\"a\"\"b\",c", END, &[6]),
    (PLAIN, "\"\"\"\",\"\"\"\"\"\"\n", END, &[4, 11]),
    (PLAIN, "\"", INSIDE, &[]),
    (PLAIN, "a,\"b,c\n", INSIDE, &[1]),
    (PLAIN, "\"a\"\"", INSIDE, &[]),
    (PLAIN, "12\" monitor,b\n", FIRST, &[]),
    (PLAIN, "a\"", FIRST, &[]),
    (PLAIN, "\"ab\"c,d\n", FIRST, &[]),
    (PLAIN, "\"\"a", FIRST, &[]),
    (PLAIN, "x,\"\"abc\n", FIRST, &[]),
    (PLAIN, "\"a\" ,b\n", FIRST, &[]),
    (PLAIN, "\"a\"\rb", FIRST, &[]),
    (PLAIN, "\"a\"\r,b", FIRST, &[]),
    (PLAIN, "\"a\"\r\"b", FIRST, &[]),
    (PLAIN, "\"a\"\r\r\n", FIRST, &[]),
    (PLAIN, "#a,b\n", END, &[2, 4]),
    (COMMENTS, "#a,b\n", FIRST, &[]),
    (COMMENTS, "a,#b\n#\n", FIRST, &[]),
    (COMMENTS, "a,#b\n\"\n#\"\n", END, &[1, 4, 9]),
    (COMMENTS, "a#,b\r\n\n", END, &[2, 5, 6]),
    (UNQUOTED, "12\" monitor,\"b\n", END, &[11, 14]),
    (Marks { delimiter: b'\t', terminator: b';', ..PLAIN }, "\"a\"\tb\n,\r;c", END, &[3, 8]),
    (Marks { terminator: b';', ..PLAIN }, "\"a\"\r;", FIRST, &[]),
    (Marks { delimiter: b'\r', ..PLAIN }, "\"a\"\rb\n", END, &[3, 5]),
    (Marks { terminator: b'\r', ..PLAIN }, "\"a\"\rb,c\r", END, &[3, 5, 7]),
    (Marks { delimiter: 0, ..PLAIN }, "a\0b", END, &[1]),
    (PLAIN, "a\\,b\n", END, &[2, 4]),
    (ESCAPES, "a\\,b\\\\,c\\\n\n", END, &[6, 10]),
    (ESCAPES, "\"a\\\",b\",c\n", END, &[7, 9]),
    (ESCAPES, "\\\"a,\"\\\"", INSIDE, &[3]),
    (ESCAPES, "\"\\\\\",b\\\"c\n", END, &[4, 9]),
    (ESCAPES, "\"a\"\\,b\n", FIRST, &[]),
    (ESCAPES, "\"a\"\\\r\n", FIRST, &[]),
    (ESCAPES, "a\\", END, &[]),
    (ANY, "a\rb,c\r\nd\n\re\r", END, &[1, 3, 6, 8, 9]),
    (ANY, "\"a\rb\"\r\"c\"\r\r\nd", END, &[5, 9, 11]),
    (ANY, "\"a\"\r", END, &[]),
    (ANY, "\"a\"\r,b", END, &[3, 4]),
    (BLANKS, "a ,b\r\n c", END, &[2, 5]),
    (BLANKS, "a, \"b\"\n", FIRST, &[]),
    (BLANKS, "\"b\"\t,c\n", FIRST, &[]),
    (BLANKS, "a b,\" c \"\n", END, &[3, 9]),
    (Marks { delimiter: b'\t', ..BLANKS }, "a\t\"b\"\n", END, &[1, 5]),
    (ALL, "a\\#,b \r#c\n", FIRST, &[]),
];

#[test]
fn every_backend_reads_every_case() {
    for (marks, text, stop, positions) in CASES {
        let mut oracle = Vec::new();
        let indexed = naive::index(marks, text.as_bytes(), 0, &mut oracle);
        assert_eq!((indexed.stop, &oracle[..]), (*stop, *positions), "{marks:?} {text:?}");
        agree(marks, text.as_bytes(), 0);
    }
    println!("back ends: {}", names());
}

/// Each case again behind fillers that push it over the edges of blocks, of runs of blocks and into the tail.
#[test]
fn every_case_across_every_edge() {
    let mut data = Vec::new();
    for (marks, text, ..) in CASES {
        for length in (0..70).chain(250..262).chain(505..520) {
            let opening = marks.quote.unwrap_or(b'x');
            // Behind a quoted field all is read for quotes from the first block on.
            let quoted: &[u8] = &[opening, opening, marks.delimiter];
            let fillers: [(u8, &[u8]); 5] = [
                (marks.delimiter, b"x"),
                (b'x', b"x"),
                (b'x', &[opening]),
                (marks.terminator, b"x"),
                (marks.delimiter, quoted),
            ];
            for (filler, first) in fillers {
                data.clear();
                data.extend_from_slice(first);
                data.resize(length, filler);
                data.push(marks.terminator);
                data.extend_from_slice(text.as_bytes());
                agree(marks, &data, 0);
                data.resize(data.len() + 700, filler);
                agree(marks, &data, 0);
                agree(marks, &data, data.len().min(length + 1));
            }
        }
    }
}

/// All short strings of what a quoted field is made of, cut by the edge of a block at each of their bytes.
#[test]
fn all_strings_of_five_across_an_edge() {
    all_strings(&PLAIN, b"a,\"\n\r", 5);
}

#[test]
fn all_rich_strings_of_four_across_an_edge() {
    all_strings(&ALL, b"a,\"\n\r\\ #", 4);
}

#[test]
#[ignore = "minutes without optimisation"]
fn all_strings_of_eight_across_an_edge() {
    all_strings(&PLAIN, b"a,\"\n\r", 8);
}

#[test]
#[ignore = "minutes without optimisation"]
fn all_rich_strings_of_six_across_an_edge() {
    all_strings(&ALL, b"a,\"\n\r\\ ", 6);
}

fn all_strings(marks: &Marks, alphabet: &[u8], longest: usize) {
    for length in 0..=longest {
        let mut digits = vec![0; length];
        loop {
            let text: Vec<u8> = digits.iter().map(|&digit| alphabet[digit]).collect();
            for filled in std::iter::once(0).chain(64 - length..64) {
                let mut data = vec![b','; filled];
                data.extend_from_slice(&text);
                agree(marks, &data, 0);
                // As much as is read in one go where there is more.
                data.resize(600, b',');
                agree(marks, &data, 0);
            }
            let Some(last) = digits.iter().rposition(|&digit| digit + 1 < alphabet.len()) else {
                break;
            };
            digits[last] += 1;
            digits[last + 1..].fill(0);
        }
    }
}

/// Text made of marks at several densities, long enough for runs of blocks with and without quotes.
#[test]
fn random_text() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize
    };
    let pieces: [&[u8]; 19] = [
        b"a",
        b"bcd",
        b",",
        b",",
        b"\n",
        b"\r\n",
        b"\r",
        b"#",
        b"\\",
        b" ",
        b"\\\\\\",
        b",\"\\\"\\\\\",",
        b"\\,\t",
        b"\"",
        b",\"a,\n\"",
        b"\"\"",
        b",\"x\"\"y\",",
        b"\n\"\"\r\n",
        &[b'z'; 300],
    ];
    for round in 0..3000 {
        let mut data = Vec::new();
        // The last pieces are well-formed, the first of them rarely quote at all.
        let (low, high) = [(0, 8), (0, 19), (14, 19), (0, 5), (16, 19), (0, 13)][round % 6];
        while data.len() < 1200 {
            data.extend_from_slice(pieces[low + next() % (high - low)]);
        }
        for marks in [&PLAIN, &COMMENTS, &UNQUOTED, &ESCAPES, &ANY, &BLANKS, &ALL] {
            agree(marks, &data, 0);
            agree(marks, &data, next() % 600);
        }
    }
}

/// Records of as many fields as were asked, of which some are quoted, hold delimiters and line ends or are long, with one that has a
/// field more or fewer, or breaks the rule, at any place or nowhere.
#[test]
fn regular_records() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 20) as usize % below
    };
    let texts = ["", "1", "-12.5", "2026-11-23", "\"a\"", "\"a, b\"", "\"two\nlines\"", "\"say \"\"so\"\"\"", "\"\""];
    let long = format!("\"{}\"", "x,\n".repeat(300));
    for round in 0..1500 {
        let fields = [1, 2, 5, 8, 16, 63, 64, 65, 70, 300][round % 10];
        let line_end = ["\n", "\r\n"][next(2)];
        let kinds = [3, 9][next(2)];
        let records = 2 + 4000 / (fields * 6);
        let odd = next(records * 2);
        let mut data = String::new();
        for record in 0..records {
            let here = fields + usize::from(record == odd && round % 3 == 0);
            for field in 0..here {
                data.push_str(if field > 0 { "," } else { "" });
                data.push_str(if next(500) == 0 && kinds == 9 { &long } else { texts[next(kinds)] });
            }
            data.push_str(if record == odd && round % 3 == 1 { "\"x" } else { "" });
            data.push_str(line_end);
        }
        for backend in Backend::available() {
            for marks in [&PLAIN, &UNQUOTED] {
                let counted = naive::count(marks, data.as_bytes(), 0, fields as u32);
                assert_eq!(
                    backend.count(marks, data.as_bytes(), 0, fields as u32),
                    counted,
                    "{} {data}",
                    backend.name()
                );
            }
        }
    }
}

/// As many positions as bytes, for every state of the room that is made for them.
#[test]
fn nothing_but_ends() {
    for length in (0..1500).chain((1500..20_000).step_by(97)) {
        agree(&PLAIN, &vec![b','; length], 0);
        agree(&PLAIN, &[vec![b','; length], b"\"\",".repeat(100)].concat(), length / 3);
    }
}

/// Positions are appended, whatever the vector holds, and what is not reported is not left behind.
#[test]
fn index_appends() {
    let data = [b','; 1000];
    for backend in Backend::available() {
        let mut ends = Ends::default();
        ends.extend([7, 8, 9]);
        let _ = backend.index(&PLAIN, &data, 990, &mut ends);
        assert_eq!(*ends, [7, 8, 9, 990, 991, 992, 993, 994, 995, 996, 997, 998, 999]);
        let _ = backend.index(&PLAIN, b"\"a\"b,c,d", 0, &mut ends);
        assert_eq!(ends.len(), 13, "{}", backend.name());
    }
}

#[test]
fn backends_are_known_by_name() {
    let all = Backend::available();
    assert_eq!(all.last().map(|last| last.name()), Some("portable"));
    for backend in all {
        assert_eq!(Backend::by_name(backend.name()), Some(backend));
    }
    assert_eq!(Backend::by_name("naive"), None);
    assert!(Backend::available().contains(&Backend::detect()));
}

fn names() -> String {
    let names: Vec<_> = Backend::available().into_iter().map(Backend::name).collect();
    names.join(", ")
}

/// Asserts that all back ends and the oracle say the same of `data[from..]`.
fn agree(marks: &Marks, data: &[u8], from: usize) {
    let mut expected = Vec::new();
    let indexed = naive::index(marks, data, from, &mut expected);
    // What most records of such data have, and what a regular file would.
    let fields = [1, 2, 3].into_iter().max_by_key(|&fields| naive::count(marks, data, from, fields).even).unwrap();
    let counted = naive::count(marks, data, from, fields);
    let mut ends = Ends::default();
    for backend in Backend::available() {
        ends.clear();
        let place = || format!("{} from {from} of {:?}, {marks:?}", backend.name(), data.escape_ascii().to_string());
        assert_eq!(backend.index(marks, data, from, &mut ends), indexed, "{}", place());
        assert_eq!(*ends, expected, "{}", place());
        assert_eq!(backend.count(marks, data, from, fields), counted, "{}", place());
    }
}
