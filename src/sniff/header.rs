//! Whether the first record of a table names its columns.

use super::cells::{is_null, types};
use super::reading::Reading;
use crate::schema::Seen;
use crate::tokenize::unescape;

/// A judgement, and whether anything spoke for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) is_one: bool,
    pub(super) seen: bool,
}

/// Judges by the types of the first record and of the others; where all is text, by whether a name comes again as a value.
pub(super) fn of(reading: &Reading, head: &[u8], whole: bool) -> Header {
    let rows = reading.rows(head, whole);
    let Some((first, rest)) = rows.split_first() else { return Header { is_one: true, seen: false } };
    let mut scratch = Vec::new();
    let mut text = |raw: &[u8]| match reading.dialect.quote {
        Some(quote) if raw.first() == Some(&quote) => {
            unescape::text(raw, Some(quote), reading.dialect.escape, &mut scratch).to_vec()
        }
        _ => raw.trim_ascii().to_vec(),
    };
    let names: Vec<Vec<u8>> = first.iter().map(|raw| text(raw)).collect();
    let (mut differs, mut agrees, mut repeats) = (0, 0, false);
    for (column, name) in names.iter().enumerate() {
        let values: Vec<Vec<u8>> = rest
            .iter()
            .filter_map(|row| row.get(column))
            .map(|raw| text(raw))
            .filter(|value| !is_null(value))
            .collect();
        repeats |= !name.is_empty() && values.contains(name);
        let mut seen = Seen::default();
        values.iter().for_each(|value| seen.join(types(value)));
        if values.is_empty() || is_text(seen) || name.is_empty() {
            continue;
        }
        seen.join(types(name));
        if is_text(seen) && !is_null(name) { differs += 1 } else { agrees += 1 }
    }
    if differs + agrees > 0 {
        return Header { is_one: differs * 2 >= agrees.max(1) && differs > 0, seen: true };
    }
    if rest.is_empty() {
        // A record alone is a header where nothing in it is a value.
        let is_one = names.iter().all(|name| is_text(types(name)) && !is_null(name));
        return Header { is_one, seen: false };
    }
    Header { is_one: !repeats, seen: repeats }
}

fn is_text(seen: Seen) -> bool {
    seen.data_type() == arrow::datatypes::DataType::Utf8View
}
