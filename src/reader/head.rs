//! The head of a file: what is skipped, the header, and where the records begin.

use super::cursor::{Cursor, Record};
use super::options::Options;
use crate::error::{Code, CsvIssue, Error, Excerpt, Position, Result};
use crate::source::Input;
use crate::tokenize::unescape;

/// What stands before the first record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The header's names; `None` where there is no header.
    pub(super) names: Option<Vec<String>>,
    /// Where the first record begins.
    pub(super) start: u64,
    /// The lines before it.
    pub(super) lines: u64,
}

/// Reads the head; `None` where the input holds neither header nor record.
pub(super) fn read(options: &Options, input: &Input) -> Result<Option<Head>> {
    let mut buffer = Vec::new();
    let marked = input.window(0, 3, &mut buffer)? == b"\xef\xbb\xbf";
    let mut cursor = Cursor::new(options, input, if marked { 3 } else { 0 });
    cursor.skip_lines(options.skip_lines)?;
    if options.has_header {
        skip_blank(options, &mut cursor)?;
    }
    for _ in 0..options.skip_rows {
        if cursor.record()?.is_none() {
            return Ok(None);
        }
    }
    let names = if options.has_header {
        skip_blank(options, &mut cursor)?;
        let at = cursor.at();
        let Some(header) = cursor.record()? else { return Ok(None) };
        Some(header_names(options, input, at, &header)?)
    } else {
        None
    };
    for _ in 0..options.skip_rows_after_header {
        cursor.record()?;
    }
    let start = cursor.at();
    if names.is_none() && !has_record(&mut cursor)? {
        return Ok(None);
    }
    Ok(Some(Head { names, start, lines: count_lines(options, input, start)? }))
}

/// Whether any record follows, a faulty one included: the read deals with it.
fn has_record(cursor: &mut Cursor<'_>) -> Result<bool> {
    match cursor.record() {
        Ok(record) => Ok(record.is_some()),
        Err(error) if error.issue().is_some() => Ok(true),
        Err(error) => Err(error),
    }
}

/// Passes over blank lines and comments.
fn skip_blank(options: &Options, cursor: &mut Cursor<'_>) -> Result<()> {
    let comment = options.dialect.comment.as_deref().and_then(|prefix| prefix.first());
    loop {
        // What begins with any other byte is a record of something, and read where it is wanted.
        let begins_record =
            |byte| !options.dialect.is_terminator(byte) && !b"\r \t".contains(&byte) && comment != Some(&byte);
        if cursor.peek()?.is_some_and(begins_record) {
            return Ok(());
        }
        let before = cursor.at();
        match cursor.record()? {
            Some(record) if record.is_blank() => {}
            _ => {
                cursor.back_to(before);
                return Ok(());
            }
        }
    }
}

fn header_names(options: &Options, input: &Input, at: u64, header: &Record<'_>) -> Result<Vec<String>> {
    let mut scratch = Vec::new();
    let mut names = Vec::new();
    for (column, raw) in header.fields().enumerate() {
        let name = unescape::text(raw, options.dialect.quote, options.dialect.escape, &mut scratch);
        match std::str::from_utf8(name) {
            Ok(name) => names.push(name.to_owned()),
            Err(_) if options.is_lossy() => names.push(String::from_utf8_lossy(name).into_owned()),
            Err(_) => {
                let before = raw.as_ptr().addr() - header.data[header.start..].as_ptr().addr();
                return Err(Error::from(CsvIssue {
                    code: Code::InvalidUtf8,
                    file: input.name().map(str::to_owned),
                    decoded: input.is_decoded(),
                    position: Position {
                        byte: at + before as u64,
                        line: count_lines(options, input, at)? + 1,
                        record: 0,
                        column: column + 1,
                    },
                    column_name: None,
                    value: Some(String::from_utf8_lossy(name).into_owned()),
                    rule: None,
                    expected: "in the header is not UTF-8".into(),
                    remedy: "encoding=\"utf8-lossy\" replaces the invalid bytes".into(),
                    excerpt: Some(Excerpt::around(
                        header.data,
                        options.dialect.line_ends(),
                        header.start + before..header.start + before + raw.len(),
                    )),
                    dialect: Some(options.dialect.to_string().into()),
                }));
            }
        }
    }
    Ok(names)
}

/// The number of terminators before `end`.
pub(super) fn count_lines(options: &Options, input: &Input, end: u64) -> Result<u64> {
    let mut buffer = Vec::new();
    let (mut at, mut lines) = (0, 0);
    while at < end {
        let mut window = input.window(at, (end - at).min(1 << 20) as usize, &mut buffer)?;
        if window.is_empty() {
            break;
        }
        // Half a line end is counted with what follows.
        if let [rest @ .., b'\r'] = window
            && options.dialect.lone_carriage
            && !rest.is_empty()
            && at + (window.len() as u64) < end
        {
            window = rest;
        }
        lines += options.dialect.count_lines(window);
        at += window.len() as u64;
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Access, Source};
    use std::sync::Arc;

    fn head(text: &'static str, options: &Options) -> Option<(Option<Vec<String>>, u64, u64)> {
        let input = Source::Bytes(Arc::new(text)).open(Access::default()).unwrap();
        read(options, &input).unwrap().map(|head| (head.names, head.start, head.lines))
    }

    #[test]
    fn heads_are_skipped_as_polars_skips_them() {
        let plain = Options::default();
        let names = |names: &[&str]| Some(names.iter().map(|name| name.to_string()).collect::<Vec<_>>());
        let ab = names(&["a", "b"]);
        assert_eq!(head("a,b\n1,2\n", &plain), Some((ab.clone(), 4, 1)));
        assert_eq!(head("\u{feff}\"a\",b\r\n1,2\n", &plain), Some((ab.clone(), 10, 1)));
        assert_eq!(head("\n\na,b\n", &plain), Some((ab.clone(), 6, 3)));
        assert_eq!(head("\"a\nb\",c \"d\n", &plain), Some((names(&["a\nb", "c \"d"]), 11, 2)));
        assert_eq!(head("", &plain), None);
        assert_eq!(head("\n\n", &plain), None);
        let skip = Options { skip_rows: 1, ..plain.clone() };
        assert_eq!(head("\"x\ny\"\na,b\n", &skip), Some((ab.clone(), 10, 3)));
        assert_eq!(head("\n\nx\na,b\n", &skip), Some((ab.clone(), 8, 4)));
        let lines = Options { skip_lines: 2, ..plain.clone() };
        assert_eq!(head("\"x\ny\"\na,b\n", &lines), Some((ab.clone(), 10, 3)));
        let after = Options { skip_rows_after_header: 1, ..plain.clone() };
        assert_eq!(head("a,b\n\"x\ny\",z\n1,2\n", &after), Some((ab, 12, 3)));
        let bare = Options { has_header: false, ..plain };
        assert_eq!(head("\n1,2\n", &bare), Some((None, 0, 0)));
        assert_eq!(head("", &bare), None);
    }
}
