//! The contract of a scan, one byte at a time: the oracle that every back end is tested against.
//!
//! It shares no idea with the fast walk. There is no parity and there are no masks: a state machine reads a field as a
//! lenient reader does, notes the first byte that such a reader has to be lenient about, and stops at the block that
//! holds it. It refuses to be fast.

use super::{Counted, Indexed, Marks, Stop};

const BLOCK: usize = 64;

/// [`Backend::index`](super::Backend::index), byte by byte.
pub fn index(marks: &Marks, data: &[u8], from: usize, ends: &mut Vec<u32>) -> Indexed {
    let (to, stop) = stop(marks, data, from);
    let (mut doubled, mut records) = (false, 0);
    read(marks, &data[from..to], |at, event| match event {
        Event::Delimiter => ends.push((from + at) as u32),
        Event::Terminator => {
            ends.push((from + at) as u32);
            records += 1;
        }
        Event::Escape => doubled = true,
        Event::Text | Event::Irregular => {}
    });
    let holds = |byte| data[from..to].contains(&byte);
    Indexed { stop, quotes: marks.quote.is_some_and(holds), doubled, carriage: holds(b'\r'), records }
}

/// [`Backend::count`](super::Backend::count), byte by byte.
pub fn count(marks: &Marks, data: &[u8], from: usize, fields: u32) -> Counted {
    let (to, stop) = stop(marks, data, from);
    let (mut records, mut last_end, mut open, mut even) = (0, None, 1, true);
    read(marks, &data[from..to], |at, event| match event {
        Event::Delimiter => open += 1,
        Event::Terminator => {
            records += 1;
            last_end = Some(from + at);
            even &= open == fields;
            open = 1;
        }
        Event::Escape | Event::Text | Event::Irregular => {}
    });
    let wrapped = data[from..to].iter().filter(|&&byte| byte == marks.terminator).count() as u64 > records;
    let quotes = marks.quote.is_some_and(|quote| data[from..to].contains(&quote));
    Counted { records, last_end, stop, quotes, wrapped, even }
}

/// Where the walk stops, and what it says there.
fn stop(marks: &Marks, data: &[u8], from: usize) -> (usize, Stop) {
    let mut first = None;
    let place = read(marks, &data[from..], |at, event| {
        if matches!(event, Event::Irregular) {
            first.get_or_insert(at);
        }
    });
    match first {
        Some(offset) => {
            let at = from + offset / BLOCK * BLOCK;
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

fn read(marks: &Marks, data: &[u8], mut tell: impl FnMut(usize, Event)) -> Place {
    let mut place = Place::RecordStart;
    for (at, &byte) in data.iter().enumerate() {
        let quote = marks.quote == Some(byte);
        let event;
        (place, event) = match place {
            Place::Quoted if quote => (Place::Closed, Event::Text),
            Place::Quoted => (Place::Quoted, Event::Text),
            Place::RecordStart if marks.comment == Some(byte) => (Place::Unquoted, Event::Irregular),
            Place::Returned if byte != marks.terminator => (Place::Unquoted, Event::Irregular),
            _ if byte == marks.delimiter => (Place::FieldStart, Event::Delimiter),
            _ if byte == marks.terminator => (Place::RecordStart, Event::Terminator),
            Place::RecordStart | Place::FieldStart if quote => (Place::Quoted, Event::Text),
            Place::RecordStart | Place::FieldStart => (Place::Unquoted, Event::Text),
            Place::Unquoted if quote => (Place::Unquoted, Event::Irregular),
            Place::Unquoted => (Place::Unquoted, Event::Text),
            Place::Closed if quote => (Place::Quoted, Event::Escape),
            Place::Closed if byte == b'\r' && marks.excuse_return() => (Place::Returned, Event::Text),
            Place::Closed | Place::Returned => (Place::Unquoted, Event::Irregular),
        };
        tell(at, event);
    }
    place
}
