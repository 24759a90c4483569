//! What can go wrong, and where.
//!
//! Every failure of the crate is an [`Error`]: one pointer wide, with the story in its [`ErrorKind`]. A fault in the data is a
//! [`CsvIssue`], which knows its place in the file. This module knows nothing of how a fault is found.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::ops::Range;

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure of any operation of this crate.
#[derive(Debug)]
pub struct Error(Box<ErrorKind>);

/// The kinds of failure.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The data breaks a rule: a cell, a record or the quoting.
    Csv(CsvIssue),
    /// The source could not be opened or read.
    Io {
        /// The file, where the source is one.
        path: Option<String>,
        /// The operating system's answer.
        source: io::Error,
    },
    /// An option has a value that makes no sense.
    Argument(String),
    /// The schema that was given and the columns of the file do not fit.
    Schema(String),
    /// Two columns would bear one name.
    Duplicate(String),
    /// There is nothing to read: no header and no record.
    NoData(String),
    /// The input is of a kind that this build does not read.
    Unsupported(String),
    /// The read was cancelled by its owner.
    Cancelled,
    /// A defect of this crate.
    Internal(String),
}

/// The codes of faults in the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The text is not a value of the column's type.
    Cast,
    /// The text is a value of the type's kind that does not fit its range.
    Overflow,
    /// The bytes are not UTF-8.
    InvalidUtf8,
    /// The record has more fields than the schema.
    TooManyFields,
    /// The record has fewer fields than the schema.
    TooFewFields,
    /// A quote stands inside an unquoted field, or text follows a closing quote.
    StrayQuote,
    /// A quote opens and never closes.
    UnclosedQuote,
    /// A record is longer than `max_record_bytes`.
    LineTooLong,
    /// A required cell is null.
    NullInRequired,
    /// A cell or a row breaks another rule.
    Rule,
}

impl Code {
    /// The code's word, as users see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Cast => "cast",
            Code::Overflow => "overflow",
            Code::InvalidUtf8 => "invalid_utf8",
            Code::TooManyFields => "too_many_fields",
            Code::TooFewFields => "too_few_fields",
            Code::StrayQuote => "stray_quote",
            Code::UnclosedQuote => "unclosed_quote",
            Code::LineTooLong => "line_too_long",
            Code::NullInRequired => "null_in_required",
            Code::Rule => "rule",
        }
    }
}

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Bytes from the start of the file to the first byte of the field, from 0.
    pub byte: u64,
    /// The physical line, from 1: a quoted newline begins a new one.
    pub line: u64,
    /// The data record, from 1; the header does not count.
    pub record: u64,
    /// The column, from 1.
    pub column: usize,
}

/// A fault in the data and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvIssue {
    /// What is wrong.
    pub code: Code,
    /// The file, where the source is one.
    pub file: Option<String>,
    /// Where it is.
    pub position: Position,
    /// Whether the source is compressed, and the offset counts in the text that it was decoded to.
    pub decoded: bool,
    /// The column's name, where the fault lies in one.
    pub column_name: Option<String>,
    /// The offending text (invalid UTF-8 replaced).
    pub value: Option<String>,
    /// The rule that is broken, where the code is one of a rule.
    pub rule: Option<Box<str>>,
    /// What would have been right.
    pub expected: String,
    /// Which option would accept the value.
    pub remedy: String,
    /// The line around it, where the read ended there.
    pub excerpt: Option<Excerpt>,
    /// The dialect in use, where the excerpt is told.
    pub dialect: Option<Box<str>>,
}

/// Part of a line as it can be shown: what does not print, or would change how the line is shown, is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
    /// The characters of `text` that are at fault.
    marked: Range<usize>,
}

/// The bytes of a line that an excerpt shows before its fault and of it.
const AROUND: usize = 60;

impl Excerpt {
    /// The line on which `field` begins, as far as it is shown; either byte ends a line.
    pub(crate) fn around(data: &[u8], line_ends: [u8; 2], field: Range<usize>) -> Excerpt {
        let [one, other] = line_ends;
        let start = memchr::memrchr2(one, other, &data[..field.start]).map_or(0, |at| at + 1);
        let end = memchr::memchr2(one, other, &data[field.start..]).map_or(data.len(), |at| field.start + at);
        // A CR before the terminator belongs to it.
        let carriage = one == b'\n' && end > field.start && data[..end].ends_with(b"\r");
        let end = end - usize::from(carriage);
        let (from, to) = (start.max(field.start.saturating_sub(AROUND)), end.min(field.start + AROUND));
        let marked_end = field.end.min(to).max(field.start);
        let mut text = String::new();
        if from > start {
            text.push('…');
        }
        show(&data[from..field.start], &mut text);
        let first = text.chars().count();
        show(&data[field.start..marked_end], &mut text);
        // A field without a byte is pointed at all the same.
        let last = text.chars().count().max(first + 1);
        show(&data[marked_end..to], &mut text);
        if to < end {
            text.push('…');
        }
        Excerpt { text, marked: first..last }
    }
}

/// Appends bytes as one line of text.
fn show(bytes: &[u8], text: &mut String) {
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '"' | '\'' | '\\' => text.push(char),
                _ => text.extend(char.escape_debug()),
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
}

/// The most bytes of a value that an error's text shows.
const SHOWN: usize = 40;

impl Error {
    /// Why it failed.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// The kind, by value.
    pub fn into_kind(self) -> ErrorKind {
        *self.0
    }

    /// The data fault, if it is one.
    pub fn issue(&self) -> Option<&CsvIssue> {
        match self.kind() {
            ErrorKind::Csv(issue) => Some(issue),
            _ => None,
        }
    }

    pub(crate) fn argument(text: impl Into<String>) -> Error {
        ErrorKind::Argument(text.into()).into()
    }

    pub(crate) fn internal(cause: impl fmt::Display) -> Error {
        ErrorKind::Internal(cause.to_string()).into()
    }

    pub(crate) fn schema(text: impl Into<String>) -> Error {
        ErrorKind::Schema(text.into()).into()
    }

    /// Says which of several files it is that does not fit.
    pub(crate) fn in_file(self, name: Option<&str>) -> Error {
        match (self.into_kind(), name) {
            (ErrorKind::Schema(text), Some(name)) => Error::schema(format!("{name}: {text}")),
            (ErrorKind::Duplicate(text), Some(name)) => ErrorKind::Duplicate(format!("{name}: {text}")).into(),
            (kind, _) => kind.into(),
        }
    }

    pub(crate) fn io(path: Option<&str>, source: io::Error) -> Error {
        ErrorKind::Io { path: path.map(str::to_owned), source }.into()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Error {
        Error(Box::new(kind))
    }
}

impl From<CsvIssue> for Error {
    fn from(issue: CsvIssue) -> Error {
        ErrorKind::Csv(issue).into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            ErrorKind::Csv(issue) => issue.fmt(f),
            ErrorKind::Io { path: Some(path), source } => write!(f, "{path}: {source}"),
            ErrorKind::Io { path: None, source } => source.fmt(f),
            ErrorKind::Argument(text)
            | ErrorKind::Schema(text)
            | ErrorKind::Duplicate(text)
            | ErrorKind::NoData(text)
            | ErrorKind::Unsupported(text) => f.write_str(&bounded(text)),
            ErrorKind::Cancelled => f.write_str("the read was cancelled"),
            ErrorKind::Internal(text) => write!(f, "a defect of fast-csv, please report it: {text}"),
        }
    }
}

impl fmt::Display for CsvIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { byte, line, record, column } = self.position;
        write!(f, "{}: ", self.code.as_str())?;
        if let Some(file) = &self.file {
            write!(f, "{file}, ")?;
        }
        write!(f, "line {line}, record {record}, column {column}")?;
        if let Some(name) = &self.column_name {
            write!(f, " ({:?}{})", shorten(name), if shorten(name).len() < name.len() { "…" } else { "" })?;
        }
        write!(f, ", byte {byte}{}: ", if self.decoded { " of the decoded text" } else { "" })?;
        if let Some(value) = &self.value {
            let shown = shorten(value);
            write!(f, "{shown:?}{} ", if shown.len() < value.len() { "…" } else { "" })?;
        }
        write!(f, "{}", self.expected)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        if let Some(Excerpt { text, marked }) = &self.excerpt {
            let number = line.to_string();
            let (gutter, before) = (" ".repeat(number.len()), " ".repeat(marked.start));
            write!(f, "\n {number} | {text}\n {gutter} | {before}{}", "^".repeat(marked.len()))?;
        }
        if let Some(dialect) = &self.dialect {
            write!(f, "\ndialect: {dialect}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            ErrorKind::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A text that may name every column of a wide file, with its middle left out where it is long: its end says what helps.
fn bounded(text: &str) -> Cow<'_, str> {
    const START: usize = 1_500;
    const END: usize = 500;
    if text.len() <= START + END {
        return text.into();
    }
    let (start, end) = (&text[..text.floor_char_boundary(START)], &text[text.ceil_char_boundary(text.len() - END)..]);
    format!("{start} … {end}").into()
}

/// The first bytes of `text`, cut at a character.
pub(crate) fn shorten(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHOWN)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_marks_the_field_on_one_line() {
        let shown = |data: &str, field: Range<usize>| {
            let excerpt = Excerpt::around(data.as_bytes(), [b'\n'; 2], field);
            let marked: String = excerpt.text.chars().skip(excerpt.marked.start).take(excerpt.marked.len()).collect();
            (excerpt.text, marked)
        };
        assert_eq!(shown("1,2\n3,n/a,4\n5", 6..9), ("3,n/a,4".into(), "n/a".into()));
        assert_eq!(shown("a\tb,é\u{202e}x\0,c", 4..11), ("a\\tb,é\\u{202e}x\\0,c".into(), "é\\u{202e}x\\0".into()));
        // A field that goes on behind the line, one without a byte, one of a long line.
        assert_eq!(shown("1,\"a\nb\"\n", 2..7), ("1,\"a".into(), "\"a".into()));
        assert_eq!(shown("1,\n", 2..2), ("1,".into(), "".into()));
        let long = format!("{},{},{}", "x".repeat(100), "y".repeat(100), "z");
        let (text, marked) = shown(&long, 101..201);
        assert_eq!((text.chars().count(), text.starts_with("…x"), text.ends_with("y…")), (122, true, true));
        assert_eq!(marked, "y".repeat(60));
        let broken = Excerpt::around(b"a,\xff\xfeb", [b'\n'; 2], 2..5);
        assert_eq!((broken.text.as_str(), broken.marked), ("a,\\xff\\xfeb", 2..11));
    }

    #[test]
    fn an_issue_says_place_value_expectation_and_remedy() {
        let error = Error::from(CsvIssue {
            code: Code::Cast,
            file: Some("ticks.csv".into()),
            position: Position { byte: 34, line: 3, record: 2, column: 2 },
            decoded: false,
            column_name: Some("price".into()),
            value: Some("x".repeat(50)),
            rule: None,
            expected: "is not a Float64".into(),
            remedy: "ignore_errors=True makes it null".into(),
            excerpt: None,
            dialect: None,
        });
        let text = error.to_string();
        assert!(text.starts_with("cast: ticks.csv, line 3, record 2, column 2 (\"price\"), byte 34: \"xxx"), "{text}");
        assert!(
            text.ends_with("…is not a Float64; ignore_errors=True makes it null") || text.contains("… is not"),
            "{text}"
        );
        assert_eq!(text.matches('x').count(), SHOWN);
        let ErrorKind::Csv(issue) = error.into_kind() else { unreachable!() };
        let decoded = CsvIssue { decoded: true, ..issue }.to_string();
        assert!(decoded.contains(", byte 34 of the decoded text: "), "{decoded}");
    }

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
