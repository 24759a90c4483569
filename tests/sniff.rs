//! Files in many dialects, and what the sniffer makes of them.

use fast_csv::{Compression, Given, ReaderBuilder, Sniffed, Source};
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn sniffed(bytes: impl AsRef<[u8]>) -> Sniffed {
    let source = Source::Bytes(Arc::new(bytes.as_ref().to_vec()));
    ReaderBuilder::new().sniff(&Given::default(), vec![source]).unwrap()
}

/// What is told of a dialect in one line: delimiter, quote, whether there is a header, the lines skipped, the number of columns.
fn told(sniffed: &Sniffed) -> (char, Option<char>, bool, usize, usize) {
    let dialect = &sniffed.dialect;
    let columns = sniffed.schema.fields().len();
    (dialect.delimiter.into(), dialect.quote.map(char::from), sniffed.has_header, sniffed.skip_lines, columns)
}

#[test]
fn dialects_are_found() {
    let double = Some('"');
    for (text, wanted) in [
        ("a,b\n1,2\n3,4\n", (',', double, true, 0, 2)),
        ("a;b\n1;2\n3;4\n", (';', double, true, 0, 2)),
        ("a\tb\n1\t2\n3\t4\n", ('\t', double, true, 0, 2)),
        ("a|b\n1|2\n3|4\n", ('|', double, true, 0, 2)),
        ("a\u{1}b\n1\u{1}2\n", ('\u{1}', double, true, 0, 2)),
        ("a^b\n1^2\n3^4\n", ('^', double, true, 0, 2)),
        ("a~b\n1~2\n3~4\n", ('~', double, true, 0, 2)),
        ("1 2 3\n4 5 6\n", (' ', double, false, 0, 3)),
        ("root:x:0:0\nbin:x:1:1\n", (':', double, false, 0, 4)),
        // Other signs in the cells.
        ("price;when\n1,5;12:30\n2,5;13:40\n", (';', double, true, 0, 2)),
        ("id;text\n1;one, two\n2;three, four, five\n3;six\n", (';', double, true, 0, 2)),
        ("id,text\n1,a;b\n2,c;d\n", (',', double, true, 0, 2)),
        ("when\n2024-01-02 12:30:00\n2024-01-03 12:31:00\n", (',', double, true, 0, 1)),
        ("name\nAda Lovelace\nGrace Hopper\n", (',', double, true, 0, 1)),
        ("id,time\n1,12:30:00\n2,12:31:00\n", (',', double, true, 0, 2)),
        ("a,b\n1,http://x.org/?a=1&b=2\n2,http://y.org/\n", (',', double, true, 0, 2)),
        // Quotes.
        ("a,b\n\"x,y\",1\n\"z\",2\n", (',', double, true, 0, 2)),
        ("a,b\n'x,y',1\n'z',2\n", (',', Some('\''), true, 0, 2)),
        ("a;b\n'x;y';1\n'z;\n;w';2\n", (';', Some('\''), true, 0, 2)),
        ("name,age\nO'Brien,30\nD'Arcy,40\n", (',', double, true, 0, 2)),
        ("name,size\ntv,12\" x\nset,7\" y\n", (',', double, true, 0, 2)),
        ("a,b\n\"x\ny\",1\n\"z\n\n,\",2\n", (',', double, true, 0, 2)),
        ("a\tb\n\"x\t1\ny\t2\nz\t3\n", ('\t', None, true, 0, 2)),
        // Headers.
        ("1,2\n3,4\n", (',', double, false, 0, 2)),
        ("x,1\ny,2\n", (',', double, false, 0, 2)),
        ("name,city\nAda,London\nGrace,New York\n", (',', double, true, 0, 2)),
        ("red,big\nred,small\nblue,big\n", (',', double, false, 0, 2)),
        ("name,city\n", (',', double, true, 0, 2)),
        ("1,2\n", (',', double, false, 0, 2)),
        ("id,,n\n1,2,3\n4,5,6\n", (',', double, true, 0, 3)),
        ("\n\na,b\n1,2\n", (',', double, true, 0, 2)),
        ("\n1,2\n3,4\n", (',', double, false, 1, 2)),
        // Lines before the table.
        ("Report of 2024\nby me\n\na,b,c\n1,2,3\n4,5,6\n", (',', double, true, 3, 3)),
        ("Title;\na;b;c\n1;2;3\n4;5;6\n", (';', double, true, 1, 3)),
        // A delimiter behind the last field, but not behind the last name.
        ("x\ty\nh\tk\na\tb\tc\n1\t2\t3\t\n4\t5\t6\t\n7\t8\t9\t\n", ('\t', double, true, 2, 3)),
        // Records that lack fields.
        ("a,b,c\n1,2,3\n4,5\n6,7,8\n", (',', double, true, 0, 3)),
    ] {
        assert_eq!(told(&sniffed(text)), wanted, "{text:?}");
    }
}

#[test]
fn comments_are_told_from_names() {
    for (text, prefix) in [
        ("# of mine\n# and yours\na,b\n1,2\n", Some(&b"#"[..])),
        ("a,b\n1,2\n# a comment\n3,4\n", Some(b"#")),
        ("// of mine\na,b\n1,2\n", Some(b"//")),
        ("#id,b\n1,2\n3,4\n", None),
        ("a,b\n#1,2\n#3,4\n", None),
        ("a,b\n1,2\n", None),
    ] {
        assert_eq!(sniffed(text).dialect.comment.as_deref(), prefix, "{text:?}");
    }
}

#[test]
fn escapes_long_delimiters_and_mixed_lines_are_found() {
    for (text, delimiter, quote, escape) in [
        ("a,b\n\"x \\\"y\\\", z\",1\n\"w\",2\n", ",", b'"', Some(b'\\')),
        ("1|'x'|y\n2|'z\\'w\\'v'|y\n", "|", b'\'', Some(b'\\')),
        ("a,b\n\"C:\\\",1\n\"D:\\\",2\n", ",", b'"', None),
        ("a||b\n1||2\n3||4\n", "||", b'"', None),
        ("a|b|c\n1||2\n3||4\n", "|", b'"', None),
        ("a::b\n1::x\n3::y\n", "::", b'"', None),
        ("a§b\n1§x\n3§y\n", "§", b'"', None),
    ] {
        let dialect = sniffed(text).dialect;
        assert_eq!(dialect.delimiter_bytes(), delimiter.as_bytes(), "{text:?}");
        assert_eq!((dialect.quote, dialect.escape), (Some(quote), escape), "{text:?}");
        let auto = ReaderBuilder::new().with_sniffed_delimiter(true).with_quote(Some(quote)).with_escape(escape);
        let scan = auto.resolve(vec![Source::Bytes(Arc::new(text.as_bytes().to_vec()))]).unwrap();
        assert_eq!(scan.dialect().delimiter_bytes(), delimiter.as_bytes(), "{text:?}");
    }
    assert!(sniffed("a,b,c\n1,2,3\r4,5,6\n7,8,9\n1,2,3\n4,5,6\r7,8,9\n").dialect.lone_carriage);
    assert!(!sniffed("a,b\n1,\"x\ry\"\n2,\"z\rw\"\n").dialect.lone_carriage);
}

#[test]
fn lines_end_as_they_do() {
    let unix = sniffed("a,b\n1,2\n");
    let dos = sniffed("a,b\r\n1,2\r\n");
    let mac = sniffed("a,b\r1,2\r3,4\r");
    assert_eq!((unix.dialect.terminator, unix.lines.lf), (b'\n', 2));
    assert_eq!((dos.dialect.terminator, dos.lines.crlf), (b'\n', 2));
    assert_eq!((mac.dialect.terminator, mac.lines.cr, mac.schema.fields().len()), (b'\r', 2, 2));
}

#[test]
fn encodings_are_found_and_read() {
    let text = "ville;prix\nOrléans;1,5\nMünchen;2,5\nMálaga;3,5\n";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked: Vec<u8> = [b"\xff\xfe".to_vec(), utf16.clone()].concat();
    let latin: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
    for (bytes, encoding, guessed) in [
        (text.as_bytes().to_vec(), None, false),
        (["\u{feff}", text].concat().into_bytes(), None, false),
        (utf16, Some("UTF-16LE"), true),
        (marked, Some("UTF-16LE"), false),
        (latin, Some("windows-1252"), true),
    ] {
        let found = sniffed(bytes);
        assert_eq!((found.charset.map(|charset| charset.name()), found.charset_guessed), (encoding, guessed));
        assert_eq!(told(&found), (';', Some('"'), true, 0, 2), "{encoding:?}");
        assert_eq!(found.schema.field(0).name(), "ville");
    }
}

#[test]
fn what_is_read_once_is_sniffed_too() {
    let text = "ville;prix\nOrléans;1\nMünchen;2\n";
    let latin: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
    for bytes in [text.as_bytes().to_vec(), latin] {
        let source = Source::once(None, move || Ok(Box::new(std::io::Cursor::new(bytes))));
        let found = ReaderBuilder::new().sniff(&Given::default(), vec![source]).unwrap();
        assert_eq!(told(&found), (';', Some('"'), true, 0, 2));
        assert_eq!(found.compression, Compression::None);
    }
}

#[test]
fn what_is_given_is_not_guessed() {
    let bytes = || vec![Source::Bytes(Arc::new("skip;me;too\na;b,c\n1;2,3\n"))];
    let builder = ReaderBuilder::new().with_delimiter(b',').with_header(false).with_skip_rows(1);
    let given = Given { delimiter: true, header: true, skip: true, ..Given::default() };
    assert_eq!(told(&builder.sniff(&given, bytes()).unwrap()), (',', Some('"'), false, 0, 2));
    let auto = ReaderBuilder::new().with_sniffed_delimiter(true).resolve(bytes()).unwrap();
    assert_eq!((auto.dialect().delimiter, auto.schema().fields().len()), (b';', 3));
}

/// The fields of `rows` records, in a file that is larger than its sample.
fn long(rows: usize, mut record: impl FnMut(usize, &mut String)) -> String {
    let mut text = String::new();
    for row in 0..rows {
        record(row, &mut text);
    }
    text
}

#[test]
fn the_rest_of_a_file_counts_with_its_head() {
    // The head is as good with commas as with semicolons; behind it there are no commas.
    let text = long(40_000, |row, text| {
        let text_of = if row < 1_000 { "left,right" } else { "middle" };
        writeln!(text, "{row};{text_of};{}", row % 7).unwrap();
    });
    assert_eq!(told(&sniffed(&text)), (';', Some('"'), false, 0, 3));
    let mut latin: Vec<u8> = long(40_000, |row, text| writeln!(text, "{row},plain").unwrap()).into_bytes();
    assert_eq!(sniffed(&latin).charset, None);
    let at = latin.len() - 10_000;
    latin[at..].iter_mut().filter(|byte| **byte == b'a').for_each(|byte| *byte = 0xe9);
    assert_eq!(sniffed(&latin).charset.map(|charset| charset.name()), Some("windows-1252"));
}

#[test]
fn long_lines_are_judged_too() {
    let line = |of: &str| vec![of; 20_000].join(";");
    let wide = format!("{}\n{}\n{}\n", line("x"), line("1.5"), line("2,5"));
    assert_eq!(sniffed(wide).dialect.delimiter, b';');
    assert_eq!(sniffed(line("1.5")).dialect.delimiter, b';');
}

#[test]
fn sure_is_above_what_is_not() {
    let clear = long(100, |row, text| writeln!(text, "{row};a name;{}.5", row * 3).unwrap());
    assert!(sniffed(&clear).confidence > 0.9, "{}", sniffed(&clear).confidence);
    let torn = long(100, |row, text| writeln!(text, "{}", ["a;b,c;d", "e;f", "g,h,i;j;k;l", "m"][row % 4]).unwrap());
    assert!(sniffed(&torn).confidence < 0.5, "{}", sniffed(&torn).confidence);
}

#[test]
fn any_bytes_are_judged_in_bounded_time() {
    let mut seed = 0x9e37_79b9_u64;
    let mut next = |bound: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % bound as u64) as usize
    };
    let alphabets: [&[u8]; 3] = [b",;\t|'\"#\n\r\\ a1", b"\",\n", &[0, 0xff, 0xfe, b'\n', b',', b'"', 0xc3, 0xa9]];
    for length in [0, 1, 2, 3, 10, 100, 3_000, 70_000, 300_000] {
        for alphabet in alphabets {
            let bytes: Vec<u8> = (0..length).map(|_| alphabet[next(alphabet.len())]).collect();
            let begun = Instant::now();
            let source = || vec![Source::Bytes(Arc::new(bytes.clone()))];
            let sniff = || ReaderBuilder::new().with_raise_if_empty(false).sniff(&Given::default(), source());
            // No schema may be found in such a file; what is found is found again.
            let (first, second) = (sniff(), sniff());
            match (first, second) {
                (Ok(first), Ok(second)) => {
                    assert_eq!(told(&first), told(&second));
                    assert!((0.0..=1.0).contains(&first.confidence), "{}", first.confidence);
                }
                (Err(first), Err(second)) => assert_eq!(first.to_string(), second.to_string()),
                _ => panic!("two answers for the same bytes"),
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?} for {length} bytes", begun.elapsed());
        }
    }
}
