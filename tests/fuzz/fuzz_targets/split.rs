//! Pieces that guess where they begin, verified one after the other, hold every record once.
#![no_main]

use fast_csv::Dialect;
use fast_csv::scan::Backend;
use fast_csv::split::guess_record_start;
use fast_csv::tokenize::index::{Extent, Index, Tail};
use fast_csv::tokenize::machine::{self, Met, Step};
use fast_csv_fuzz::Choices;
use libfuzzer_sys::fuzz_target;

/// Where the machine finds records that end, and where the last of them ends.
fn by_machine(dialect: &Dialect, data: &[u8]) -> (Vec<usize>, usize) {
    let (mut starts, mut at) = (Vec::new(), 0);
    while at < data.len() {
        match machine::record(dialect, data, at, &mut Vec::new(), &mut Met::default()) {
            Step::Record { next } | Step::Comment { next } => {
                starts.push(at);
                at = next;
            }
            Step::Unfinished { .. } => break,
        }
    }
    (starts, at)
}

/// The records of one piece; gives where the next piece must begin, or nothing where the data end first.
fn piece(dialect: &Dialect, data: &[u8], begin: usize, until: usize, starts: &mut Vec<usize>) -> Option<usize> {
    let mut index = Index::default();
    index.build(dialect, Backend::detect(), data, Extent { from: begin, until, last: false });
    let mut start = begin;
    for &end in &index.ends[1..] {
        if dialect.is_terminator(data[end as usize]) {
            starts.push(start);
            start = end as usize + 1;
        }
    }
    assert_eq!(start, index.next);
    (index.tail == Tail::Done).then_some(index.next)
}

fuzz_target!(|input: &[u8]| {
    let mut choices = Choices::new(input);
    let dialect = choices.dialect();
    let step = 1 + choices.up_to(200);
    let data = choices.text();
    let (wanted, end) = by_machine(&dialect, &data);
    let mut starts = Vec::new();
    let mut next = 0;
    for begin in (0..data.len()).step_by(step) {
        let until = begin + step;
        let mut guessed = Vec::new();
        let guess = if begin == 0 { Some(0) } else { guess_record_start(&dialect, &data, begin) };
        if let Some(guess) = guess {
            assert!(guess >= begin && guess <= data.len());
            assert!(guess == 0 || dialect.is_terminator(data[guess - 1]), "a record begins behind a terminator");
        }
        let end = guess
            .filter(|&guess| guess < until.min(data.len()))
            .and_then(|guess| piece(&dialect, &data, guess, until, &mut guessed));
        if next >= until.min(data.len()) {
            continue;
        }
        if guess == Some(next) {
            starts.append(&mut guessed);
            match end {
                Some(end) => next = end,
                None => break,
            }
        } else {
            match piece(&dialect, &data, next, until, &mut starts) {
                Some(end) => next = end,
                None => break,
            }
        }
    }
    assert_eq!(starts, wanted);
    assert!(starts.last().is_none_or(|&last| last < end));
});
