//! Types judged by all records, or many: those that a look at every value names, however the file is cut and read.
//!
//! The oracle reads all columns as text, on one thread, and holds each value that is not null against
//! [`Seen`](fast_csv::schema::Seen).

mod common;

use arrow::array::{Array, AsArray, RecordBatch};
use common::drain;
use fast_csv::decode::Spelling;
use fast_csv::schema::{Look, Seen};
use fast_csv::{
    ColumnType, Error, ErrorKind, Format, Formats, Inference, NullValues, OnError, Overrides, ReaderBuilder, Request,
    Scan, Source, Temporal, Truths,
};
use proptest::prelude::*;
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn bytes(data: &[u8]) -> Source {
    Source::Bytes(Arc::new(data.to_vec()))
}

/// The types that inference names.
fn types(builder: &ReaderBuilder, source: Source) -> Result<Vec<(String, String)>, Error> {
    types_of_all(builder, vec![source])
}

fn types_of_all(builder: &ReaderBuilder, sources: Vec<Source>) -> Result<Vec<(String, String)>, Error> {
    let schema = builder.resolve(sources)?.schema();
    let shown = |field: &arrow::datatypes::FieldRef| (field.name().clone(), format!("{field:?}"));
    Ok(schema.fields().iter().map(shown).collect())
}

/// The same by a look at every value of each file, where all have the same header, if any. A sample ends at a line that is
/// dropped, and does not learn of longer records behind it.
fn plainly(builder: &ReaderBuilder, look: &Look, files: &[&[u8]], drops: bool) -> Vec<(String, String)> {
    let plain = builder.clone().with_infer_types(false).with_threads(1).with_truncate_ragged_lines(true);
    let plain = plain.with_inference(if drops { Inference::All } else { Inference::Sample }).with_chunk_bytes(1 << 20);
    let mut known: Vec<(String, Seen)> = Vec::new();
    for data in files {
        let read = |builder: &ReaderBuilder| -> Result<RecordBatch, Error> {
            drain(&mut builder.resolve(vec![bytes(data)])?.read(Request::default())?)
        };
        let batch = read(&plain).or_else(|fault| {
            // What stands before the fault that ends the read.
            let record = fault.issue().unwrap_or_else(|| panic!("{fault}")).position.record;
            read(&plain.clone().with_limit(Some(record - 1)))
        });
        let batch = batch.unwrap();
        for (at, (column, field)) in batch.columns().iter().zip(batch.schema_ref().fields()).enumerate() {
            if at == known.len() {
                known.push((field.name().clone(), Seen::default()));
            }
            let seen = &mut known[at].1;
            column.as_string_view().iter().flatten().for_each(|value| seen.add(value.as_bytes(), look));
        }
    }
    let shown = |(name, seen): (String, Seen)| {
        let field = format!("{:?}", Arc::new(ColumnType::field(&seen.data_type(), &name)));
        (name, field)
    };
    known.into_iter().map(shown).collect()
}

/// Fields of one kind each, so that columns of one type are frequent, and what breaks them.
fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "-?[0-9]{1,20}",
        3 => "-?[0-9]{0,3}[.][0-9]{0,18}",
        2 => "(true|FALSE|yes|no|NA|inf|nan)",
        2 => "20[0-9]{2}-0[1-9]-[0-3][0-9]([ T][0-2][0-9]:[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?Z?)?",
        1 => "[0-9]{1,2}/[0-9]{1,2}/2020",
        1 => "0[0-9]{1,3}",
        1 => "[0-9]{1,3}'[0-9]{3}",
        1 => "[0-9]{25,42}",
        2 => Just(String::new()),
        1 => "[ab#\"\\\\ ,']{0,3}",
    ]
}

/// Records of a few columns, of which each has its own kind of values.
fn text() -> impl Strategy<Value = String> {
    let record = (proptest::collection::vec((field(), 0..24u8), 0..5), prop_oneof![Just("\n"), Just("\r\n")]);
    let kinds = proptest::collection::vec(field(), 3);
    (kinds, proptest::collection::vec((record, 0..12u8), 0..40)).prop_map(|(kinds, records)| {
        let mut text = String::from("a,b,c\n");
        for ((others, end), form) in records {
            let mut fields = kinds.clone();
            for (at, (other, place)) in others.into_iter().enumerate() {
                match place {
                    0 if form == 0 => fields.push(other),
                    1..=3 => fields[at % 3] = format!("\"{other}\""),
                    4..=9 => fields[at % 3] = other,
                    _ => {}
                }
            }
            match form {
                1 => fields.truncate(1),
                2 => fields[0].insert_str(0, "# "),
                3 => fields = vec![" 1 ".into(), "\t-2.5".into(), "\"x\" ".into()],
                _ => {}
            }
            text += &fields.join(",");
            text += end;
        }
        text
    })
}

/// How fields are parted and numbers broken, where not by a comma and a dot.
#[derive(Clone, Copy, Debug)]
enum Form {
    Usual,
    Long(&'static str),
    DecimalComma,
}

impl Form {
    /// The text in this form.
    fn of(self, text: &str) -> String {
        match self {
            Form::Usual => text.into(),
            Form::Long(delimiter) => text.replace(',', delimiter),
            Form::DecimalComma => text.replace(',', ";").replace('.', ","),
        }
    }

    fn set(self, builder: ReaderBuilder, look: Look) -> (ReaderBuilder, Look) {
        match self {
            Form::Usual => (builder, look),
            Form::Long(delimiter) => (builder.with_long_delimiter(delimiter), look),
            Form::DecimalComma => (builder.with_delimiter(b';').with_decimal_mark(b','), Look { mark: b',', ..look }),
        }
    }
}

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![3 => Just(Form::Usual), 1 => Just(Form::Long("||")), 1 => Just(Form::Long("§")), 2 => Just(Form::DecimalComma)]
}

/// Options that change what records or values are, and what values are looked at for.
fn options() -> impl Strategy<Value = (ReaderBuilder, Look, bool)> {
    let on_error = prop_oneof![2 => Just(OnError::Raise), 1 => Just(OnError::Null), 1 => Just(OnError::Skip)];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), on_error);
    (0..9u8, flags, 0..3usize, 0..8u8).prop_map(
        |(written, (dates, header, nulls, trims, on_error), footer, dialect)| {
            let mut spelling = Spelling::default();
            let format = |text: &str, of| -> Arc<[Format]> { [Format::new(text, of).unwrap()].into() };
            let mut builder = ReaderBuilder::new().with_parse_dates(dates).with_header(header).with_trim(trims);
            match written {
                0 => {
                    spelling.truths = Some(Truths::new(Some(&["yes", "1"]), Some(&["no"])).unwrap());
                    builder = builder.with_truths(spelling.truths.clone());
                }
                1 => {
                    spelling.dates = format("%d/%m/%Y", Temporal::Date);
                    builder = builder.with_date_formats(Formats::All(Arc::clone(&spelling.dates)));
                }
                2 => {
                    spelling.datetimes = format("%F %R", Temporal::Datetime);
                    builder = builder.with_datetime_formats(Formats::All(Arc::clone(&spelling.datetimes)));
                }
                3 => (spelling.thousands, builder) = (Some(b'\''), builder.with_thousands(Some(b'\''))),
                4 => (spelling.keeps_zeros, builder) = (true, builder.with_keep_leading_zeros(true)),
                _ => {}
            }
            if nulls {
                let words = ["NA", "-1", "7"].map(String::from).to_vec();
                builder = builder.with_null_values(NullValues::All(words)).with_quoted_nulls_as_text(trims);
            }
            builder = match dialect {
                0 => builder.with_comment(Some(b"#".to_vec())),
                1 => builder.with_escape(Some(b'\\')),
                2 => builder.with_quote(None),
                3 => builder.with_quote(Some(b'\'')).with_thousands(None),
                4 => builder.with_lone_carriage(true),
                5 => builder.with_max_record_bytes(24),
                _ => builder,
            };
            if dialect == 3 {
                spelling.thousands = None;
            }
            builder = builder.with_skip_footer(footer).with_inference(Inference::All);
            (builder.with_on_error(on_error), Look { dates, mark: b'.', spelling }, on_error != OnError::Raise)
        },
    )
}

/// The builder in chunks of many sizes, with 1 and 3 threads.
fn ways(builder: &ReaderBuilder) -> impl Iterator<Item = ReaderBuilder> {
    let all = [1, 7, 33, 64, 300].into_iter().flat_map(|chunk| [1, 3].map(|threads| (chunk, threads)));
    let cut = all.map(|(chunk, threads)| builder.clone().with_chunk_bytes(chunk).with_threads(threads));
    cut.chain([builder.clone()])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn types_are_those_of_a_look_at_every_value(
        text in text(), (builder, look, drops) in options(), form in form(), cuts in proptest::collection::vec(0..40usize, 0..3),
    ) {
        let (text, (builder, look)) = (form.of(&text), form.set(builder, look));
        let wanted = plainly(&builder, &look, &[text.as_bytes()], drops);
        for way in ways(&builder) {
            prop_assert_eq!(&types(&way, bytes(text.as_bytes())).unwrap(), &wanted, "{:?}", way);
        }
        let again = text.clone().into_bytes();
        let once = { let bytes = again.clone(); move || Ok(Box::new(Cursor::new(bytes)) as Box<_>) };
        let streams = [Source::once(None, once), Source::stream(None, move || Ok(Box::new(Cursor::new(again.clone()))))];
        for source in streams {
            prop_assert_eq!(&types(&builder.clone().with_chunk_bytes(40), source).unwrap(), &wanted);
        }
        // The same records in several files.
        let (names, rows) = text.split_once('\n').unwrap();
        let lines: Vec<&str> = rows.split_inclusive('\n').collect();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(lines.len())).chain([0, lines.len()]).collect();
        cuts.sort_unstable();
        let files: Vec<String> =
            cuts.windows(2).map(|cut| format!("{names}\n{}", lines[cut[0]..cut[1]].concat())).collect();
        let files: Vec<&[u8]> = files.iter().map(String::as_bytes).collect();
        let wanted = plainly(&builder, &look, &files, drops);
        for way in [(1 << 20, 2), (50, 3)].map(|(chunk, threads)| builder.clone().with_chunk_bytes(chunk).with_threads(threads)) {
            let sources = files.iter().map(|file| bytes(file)).collect();
            prop_assert_eq!(&types_of_all(&way, sources).unwrap(), &wanted, "{:?} {:?}", files, way);
        }
    }
}

/// The records that a provisional scan takes its types from.
const FIRST: usize = 1_000;

/// A whole read with types of all records: by a survey before it, or as far as possible by the read itself.
fn whole(builder: &ReaderBuilder, data: &[u8], later: bool) -> Result<(RecordBatch, bool), Error> {
    let scan = builder.clone().with_types_later(later).resolve(vec![bytes(data)])?;
    let read = |scan: &Scan, request: Request| -> Result<(RecordBatch, Vec<(String, Seen)>), Error> {
        let mut batches = scan.read(request)?;
        Ok((drain(&mut batches)?, batches.misfits()))
    };
    let settled = || -> Result<(RecordBatch, bool), Error> {
        let scan = scan.settled(Arc::default())?;
        assert!(!scan.is_provisional());
        Ok((read(&scan, Request::default())?.0, false))
    };
    if !scan.is_provisional() {
        return Ok((read(&scan, Request::default())?.0, false));
    }
    assert!(scan.read(Request::default()).is_err());
    let Ok((first, misfits)) = read(&scan, Request { widens: true, ..Request::default() }) else { return settled() };
    let Some(judged) = scan.judged(first.num_rows() as u64, &misfits) else { return settled() };
    let places: Vec<usize> = misfits.iter().map(|(name, _)| judged.schema().index_of(name).unwrap()).collect();
    let again = Request { projection: Some(places.clone()), ..Request::default() };
    let Ok((again, _)) = read(&judged, again) else { return settled() };
    let mut columns = first.columns().to_vec();
    places.iter().zip(again.columns()).for_each(|(&place, column)| columns[place] = Arc::clone(column));
    Ok((RecordBatch::try_new(judged.schema(), columns).unwrap(), true))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_read_names_the_types_that_a_survey_names(
        text in text(), (builder, look, _) in options(), head in proptest::option::of(900..1_200usize), repeats in 0..3usize,
        form in form(),
    ) {
        let (text, (builder, _)) = (form.of(&text), form.set(builder, look));
        let builder = builder.with_header(true).with_on_error(OnError::Raise);
        let builder = head.map_or(builder.clone(), |head| builder.with_inference(Inference::Head(head)));
        // What the types are guessed by says little of what follows.
        let mut lines = text.split_inclusive('\n');
        let (names, first) = (lines.next().unwrap(), lines.next().unwrap_or("1,2,3\n"));
        let rest: String = lines.collect();
        let text = format!("{names}{}{}", first.repeat(FIRST), rest.repeat(repeats));
        let shown = |read: Result<(RecordBatch, bool), Error>| {
            read.map(|(batch, _)| format!("{:?} {batch:?}", batch.schema())).map_err(|error| error.to_string())
        };
        let wanted = shown(whole(&builder, text.as_bytes(), false));
        for way in [(300, 1), (2_000, 3), (1 << 20, 2)].map(|(chunk, threads)| {
            builder.clone().with_chunk_bytes(chunk).with_threads(threads)
        }) {
            prop_assert_eq!(&shown(whole(&way, text.as_bytes(), true)), &wanted, "{:?}", way);
        }
    }
}

#[test]
fn types_are_left_to_the_read_where_it_can_tell_them() {
    let rows = |last: &str| "1,0.5,true,2020-01-02,10:30:00,2020-01-02 10:30:00,x,\n".repeat(FIRST + 9) + last + "\n";
    let plain = ReaderBuilder::new().with_parse_dates(true).with_inference(Inference::All);
    let later = |builder: &ReaderBuilder, last: &str| {
        let text = "i,f,b,d,t,m,s,e\n".to_owned() + &rows(last);
        let (batch, by_read) = whole(builder, text.as_bytes(), true).unwrap();
        assert_eq!(batch, whole(builder, text.as_bytes(), false).unwrap().0, "{last}");
        let types = batch.schema().fields().iter().map(|field| field.data_type().to_string()).collect::<Vec<_>>();
        (types.join(" "), by_read)
    };
    let usual = "Int64 Float64 Boolean Date32 Time64(ns) Timestamp(µs) Utf8View Utf8View";
    for (last, changed) in [
        ("-7,1,FALSE,2/1/2020,10:30,2020-01-02T10:30,y,", None),
        // Fits a decoder, and is text to inference.
        (
            "+7,+Infinity, true,2020-01-02,10:30:00,2020-01-02,\"\",",
            Some("Utf8View Utf8View Utf8View Date32 Time64(ns) Utf8View Utf8View Utf8View"),
        ),
        (
            "\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"",
            Some("Utf8View Utf8View Utf8View Utf8View Utf8View Utf8View Utf8View Utf8View"),
        ),
        (
            "1.5,1e5,true,,,2020-01-02 10:30:00.123456789,,7",
            Some("Float64 Float64 Boolean Date32 Time64(ns) Timestamp(ns) Utf8View Int64"),
        ),
        (
            "9223372036854775808,00.5,,,,2020-01-02 10:30Z,,1.5",
            Some("Decimal Float64 Boolean Date32 Time64(ns) Utf8View Utf8View Float64"),
        ),
    ] {
        let (types, by_read) = later(&plain, last);
        if let Some(changed) = changed {
            if !changed.starts_with("Decimal") {
                assert_eq!(types, changed, "{last}");
            }
        } else {
            assert_eq!(types, usual);
        }
        assert!(by_read, "{last}");
    }
    // The first of far more records than there are, and of just as many.
    let head = |records| plain.clone().with_inference(Inference::Head(records));
    assert_eq!(
        later(&head(10 * FIRST), "x,,,,,,,"),
        ("Utf8View Float64 Boolean Date32 Time64(ns) Timestamp(µs) Utf8View Utf8View".into(), true)
    );
    assert!(!later(&head(FIRST + 10), "x,,,,,,,").1);
    // Without a header a longer record names more columns, and a limit or dropped lines leave values out.
    for builder in [
        plain.clone().with_header(false),
        plain.clone().with_limit(Some(5)),
        plain.clone().with_on_error(OnError::Null),
    ] {
        assert!(!later(&builder, "2,1.5,true,2020-01-02,10:30:00,2020-01-02 10:30:00,z,").1, "{builder:?}");
    }
}

#[test]
fn the_first_records_are_as_many_as_asked_for() {
    // Of 3,000 records the 1,999th and the 2,000th hold other values, and the last is a longer one.
    let row = |row: usize| match row {
        1_999 => "1.5,\"x\n\",7\n".to_owned(),
        2_000 => "x,2,\n".to_owned(),
        3_000 => "1,2,3,4\n".to_owned(),
        _ => format!("{row},{row},2020-01-02\n"),
    };
    let rows: String = (1..=3_000).map(row).collect();
    let names = |builder: &ReaderBuilder| -> Vec<String> {
        let schema = builder.resolve(vec![bytes(rows.as_bytes())]).unwrap().schema();
        schema.fields().iter().map(|field| field.data_type().to_string()).collect()
    };
    let plain = ReaderBuilder::new().with_header(false).with_parse_dates(true);
    let head = |records| plain.clone().with_inference(Inference::Head(records));
    for (records, wanted) in [
        (1_998, &["Int64", "Int64", "Date32"][..]),
        (1_999, &["Float64", "Utf8View", "Utf8View"]),
        (2_000, &["Utf8View", "Utf8View", "Utf8View"]),
        (2_999, &["Utf8View", "Utf8View", "Utf8View"]),
        (3_000, &["Utf8View", "Utf8View", "Utf8View", "Int64"]),
        (usize::MAX, &["Utf8View", "Utf8View", "Utf8View", "Int64"]),
    ] {
        for way in [100, 4_097, 20_000].map(|chunk| head(records).with_chunk_bytes(chunk)) {
            assert_eq!(names(&way), wanted, "{records}");
            assert_eq!(names(&way.with_threads(1)), wanted, "{records}");
        }
        assert_eq!(names(&head(records)), wanted);
    }
    // Whoever wants no types still learns how many columns there are.
    let texts = plain.with_infer_types(false).with_inference(Inference::All);
    assert_eq!(names(&texts), ["Utf8View"; 4]);
}

#[test]
fn a_longer_record_far_behind_is_seen_in_what_is_read_in_order() {
    let text = "1,2\n".repeat(200_000) + "1,2,3\n";
    let builder = ReaderBuilder::new().with_header(false).with_inference(Inference::All);
    let copy = text.clone();
    let stream = Source::stream(None, move || Ok(Box::new(Cursor::new(copy.clone()))));
    let once = Source::once(None, move || Ok(Box::new(Cursor::new(text))));
    for source in [stream, once] {
        let scan = builder.resolve(vec![source]).unwrap();
        assert_eq!(scan.width(), 3);
        let batch = drain(&mut scan.read(Request::default()).unwrap()).unwrap();
        assert_eq!((batch.num_rows(), batch.column(2).null_count()), (200_001, 200_000));
    }
}

#[test]
fn types_that_are_given_are_not_looked_at() {
    let overrides = Overrides::ByName(vec![("b".into(), ColumnType::Int128)]);
    let builder = ReaderBuilder::new().with_inference(Inference::All).with_overrides(overrides);
    let found = types(&builder, bytes(b"a,b,c\n1,x,2\n1.5,y,z\n")).unwrap();
    let kinds: Vec<bool> =
        ["Float64", "", "Utf8View"].iter().zip(&found).map(|(kind, (_, shown))| shown.contains(kind)).collect();
    assert_eq!(kinds, [true; 3], "{found:?}");
    assert_ne!(found[1].1, found[2].1);
}

#[test]
fn whoever_waits_no_more_gets_no_answer() {
    let text = "a,b\n".to_owned() + &"1,2\n".repeat(100_000);
    let cancelled = Arc::new(AtomicBool::new(true));
    let builder = ReaderBuilder::new().with_inference(Inference::All).with_cancelled(cancelled);
    for way in [builder.clone(), builder.with_threads(1)] {
        let error = way.resolve(vec![bytes(text.as_bytes())]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error}");
    }
}

#[test]
fn a_stream_that_breaks_off_is_an_error() {
    use std::io::{self, Read};
    let torn = || -> io::Result<Box<dyn Read + Send>> {
        struct Torn;
        impl Read for Torn {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("torn"))
            }
        }
        Ok(Box::new(Cursor::new("a,b\n".to_owned() + &"1,2\n".repeat(100_000)).chain(Torn)))
    };
    let error = ReaderBuilder::new().with_inference(Inference::All).resolve(vec![Source::stream(None, torn)]);
    assert!(matches!(error.unwrap_err().kind(), ErrorKind::Io { .. }));
}
