//! The contract of a scan, one byte at a time: the oracle that every back end is tested against.
//!
//! It shares no idea with the fast walk. There is no parity and there are no masks: a state machine reads a field as a
//! lenient reader does, notes the first byte that such a reader has to be lenient about, and stops at the block that
//! holds it. It refuses to be fast.

use super::{Counted, Indexed, Marks, Stop};
use std::ops::Range;

const BLOCK: usize = 64;

/// [`Backend::index`](super::Backend::index), byte by byte.
pub fn index(marks: &Marks, data: &[u8], from: usize, ends: &mut Vec<u32>) -> Indexed {
    let (to, stop) = stop(marks, data, from);
    let (mut doubled, mut records) = (false, 0);
    let first = ends.len();
    read(marks, data, from..to, |at, event| match event {
        Event::Delimiter => ends.push(at as u32),
        Event::Terminator => {
            ends.push(at as u32);
            records += 1;
        }
        Event::Escape => doubled = true,
        Event::Text | Event::Irregular => {}
    });
    let is_end = |at: usize| ends[first..].binary_search(&(at as u32)).is_ok();
    let is_blank = |at: &usize| {
        marks.blanks
            && matches!(data[*at], b' ' | b'\t')
            && data[*at] != marks.delimiter
            && data[*at] != marks.terminator
    };
    let is_edge = |at: usize| at == from || is_end(at - 1) || at + 1 < to && (is_end(at + 1) || data[at + 1] == b'\r');
    let blanks = (from..to).filter(is_blank).any(is_edge);
    let holds = |byte| data[from..to].contains(&byte);
    Indexed {
        stop,
        quotes: marks.quote.is_some_and(holds),
        doubled,
        carriage: holds(b'\r'),
        escapes: marks.escape.is_some_and(holds),
        blanks,
        records,
    }
}

/// [`Backend::count`](super::Backend::count), byte by byte.
pub fn count(marks: &Marks, data: &[u8], from: usize, fields: u32) -> Counted {
    let (to, stop) = stop(marks, data, from);
    let (mut records, mut last_end, mut open, mut even) = (0, None, 1, true);
    read(marks, data, from..to, |at, event| match event {
        Event::Delimiter => open += 1,
        Event::Terminator => {
            records += 1;
            last_end = Some(at);
            even &= open == fields;
            open = 1;
        }
        Event::Escape | Event::Text | Event::Irregular => {}
    });
    even &= open <= fields;
    let wrapped = (from..to).filter(|&at| ends_line(marks, data, at)).count() as u64 > records;
    let quotes = marks.quote.is_some_and(|quote| data[from..to].contains(&quote));
    Counted { records, last_end, stop, quotes, wrapped, even }
}

/// Whether a terminator stands at `at`, whatever it means there.
fn ends_line(marks: &Marks, data: &[u8], at: usize) -> bool {
    let lone = marks.lone_carriage && data[at] == b'\r' && data.get(at + 1).is_some_and(|&next| next != b'\n');
    lone || data[at] == marks.terminator
}

/// Where the walk stops, and what it says there.
fn stop(marks: &Marks, data: &[u8], from: usize) -> (usize, Stop) {
    let mut first = None;
    let place = read(marks, data, from..data.len(), |at, event| {
        if matches!(event, Event::Irregular) {
            first.get_or_insert(at);
        }
    });
    match first {
        Some(offset) => {
            let at = from + (offset - from) / BLOCK * BLOCK;
            (at, Stop::Check { at })
        }
        None => {
            let inside = matches!(place, Place::Quoted);
            (data.len(), Stop::End { inside })
        }
    }
}

/// Where the machine is in a record.
#[derive(Clone, Copy)]
enum Place {
    RecordStart,
    FieldStart,
    Unquoted,
    Quoted,
    /// After a closing quote.
    Closed,
    /// After a closing quote and a carriage return.
    Returned,
}

/// What a byte means where it stands.
enum Event {
    Delimiter,
    Terminator,
    /// The second quote of an escaped one.
    Escape,
    Text,
    /// A quote within unquoted text, text after a closing quote, or what may be a comment.
    Irregular,
}

fn read(marks: &Marks, data: &[u8], range: Range<usize>, mut tell: impl FnMut(usize, Event)) -> Place {
    let mut place = Place::RecordStart;
    let mut escaped = false;
    for at in range {
        // An escape and the byte behind it are text.
        let is_mark = !escaped && marks.escape != Some(data[at]);
        escaped = !is_mark && !escaped;
        let is = |byte: Option<u8>| is_mark && byte == Some(data[at]);
        let terminator = is_mark && ends_line(marks, data, at);
        let event;
        (place, event) = match place {
            Place::Quoted if is(marks.quote) => (Place::Closed, Event::Text),
            Place::Quoted => (Place::Quoted, Event::Text),
            Place::RecordStart if is(marks.comment) => (Place::Unquoted, Event::Irregular),
            Place::Returned if !terminator => (Place::Unquoted, Event::Irregular),
            _ if is(Some(marks.delimiter)) => (Place::FieldStart, Event::Delimiter),
            _ if terminator => (Place::RecordStart, Event::Terminator),
            Place::RecordStart | Place::FieldStart if is(marks.quote) => (Place::Quoted, Event::Text),
            Place::RecordStart | Place::FieldStart => (Place::Unquoted, Event::Text),
            Place::Unquoted if is(marks.quote) => (Place::Unquoted, Event::Irregular),
            Place::Unquoted => (Place::Unquoted, Event::Text),
            Place::Closed if is(marks.quote) => (Place::Quoted, Event::Escape),
            Place::Closed if is(Some(b'\r')) && marks.excuse_return() => (Place::Returned, Event::Text),
            Place::Closed | Place::Returned => (Place::Unquoted, Event::Irregular),
        };
        tell(at, event);
    }
    place
}
