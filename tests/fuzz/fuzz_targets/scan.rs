//! Every back end of the scan says what the naive one says.
#![no_main]

use fast_csv::scan::{Backend, Ends, Marks, naive};
use fast_csv::tokenize::index::marks;
use fast_csv_fuzz::Choices;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut choices = Choices::new(input);
    let marks = if choices.byte() < 200 {
        marks(&choices.dialect())
    } else {
        Marks {
            delimiter: choices.byte(),
            quote: choices.flip().then(|| choices.byte()),
            terminator: choices.byte(),
            comment: choices.flip().then(|| choices.byte()),
            escape: choices.flip().then(|| choices.byte()),
            blanks: choices.flip(),
            lone_carriage: choices.flip(),
        }
    };
    let bytes = [Some(marks.delimiter), Some(marks.terminator), marks.quote, marks.escape];
    let distinct = (0..bytes.len()).all(|at| bytes[at].is_none() || !bytes[..at].contains(&bytes[at]));
    let lone = !marks.lone_carriage || marks.terminator == b'\n' && !bytes.contains(&Some(b'\r'));
    if !distinct || !lone || marks.comment.is_some() && marks.comment == marks.escape {
        return;
    }
    let fields = 1 + choices.up_to(3) as u32;
    let from = choices.up_to(300);
    let data = choices.text();
    let from = from.min(data.len());
    let (mut wanted, mut ends) = (Vec::new(), Ends::default());
    let indexed = naive::index(&marks, &data, from, &mut wanted);
    let counted = naive::count(&marks, &data, from, fields);
    for backend in Backend::available() {
        ends.clear();
        ends.extend([7, 7, 7]);
        assert_eq!(backend.index(&marks, &data, from, &mut ends), indexed, "{}", backend.name());
        assert_eq!(ends[..3], [7, 7, 7], "{}", backend.name());
        assert_eq!(ends[3..], wanted, "{}", backend.name());
        assert_eq!(backend.count(&marks, &data, from, fields), counted, "{}", backend.name());
    }
});
