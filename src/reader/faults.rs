//! A task's fault becomes an error with its place in the file, what was expected and the option that would accept it.

use super::issue::Issue;
use super::layout::Layout;
use crate::decode::{ColumnType, Spelling, explain, parse, ungrouped};
use crate::error::{Code, CsvIssue, Position, shorten};
use crate::schema::Column;
use crate::source::Input;
use crate::tokenize::unescape;
use arrow::datatypes::DataType;

/// Where a task's stretch begins in its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Base {
    /// Data records before it.
    pub(super) records: u64,
    /// Lines before it.
    pub(super) lines: u64,
}

/// Tells the fault of a task that began at `base`.
pub(super) fn tell(layout: &Layout, input: &Input, base: Base, issue: &Issue) -> CsvIssue {
    let mut scratch = Vec::new();
    let dialect = &layout.options.dialect;
    let value = match issue.column {
        Some(_) => unescape::text(&issue.raw, dialect.quote, dialect.escape, &mut scratch),
        None => &issue.raw,
    };
    let name = layout.names.get(issue.field).cloned();
    let told = layout.judging.as_ref().zip(issue.rule).map(|(judging, rule)| judging.judge.told(rule));
    let is_row = told.is_some() && issue.column.is_none();
    let (expected, remedy) = match (told, issue.column) {
        (Some(told), _) => (told.expected.to_owned(), String::new()),
        (None, Some(column)) => cell(layout, column, issue.code, value, issue.truncated),
        (None, None) => record(issue, layout.fields),
    };
    CsvIssue {
        code: issue.code,
        file: input.name().map(str::to_owned),
        decoded: input.is_decoded(),
        position: Position {
            byte: issue.byte,
            line: base.lines + issue.line + 1,
            record: base.records + issue.record + 1,
            column: if is_row { 0 } else { issue.field + 1 },
        },
        column_name: match is_row {
            true => told.and_then(|told| told.column).map(str::to_owned),
            false => name,
        },
        value: (!is_row).then(|| String::from_utf8_lossy(value).into_owned()),
        rule: told.map(|told| told.name.into()),
        expected,
        remedy,
        excerpt: issue.excerpt.clone(),
        dialect: issue.excerpt.as_ref().map(|_| layout.options.dialect.to_string().into()),
    }
}

fn cell(layout: &Layout, place: usize, code: Code, value: &[u8], truncated: bool) -> (String, String) {
    let Column { name, data_type, .. } = &layout.columns[place];
    let written = &layout.options.spelling(name);
    let wider = layout.guesses[place].as_ref().map(|guess| guess.wider(data_type, value).to_string());
    let name = shorten(name);
    if let Some(wider) = wider.filter(|_| code != Code::InvalidUtf8) {
        let expected = match code {
            Code::Overflow => format!("does not fit {data_type}"),
            _ => told(data_type, written),
        };
        let remedy = format!(
            "the type was inferred from a sample: schema_overrides={{{name:?}: pl.{wider}}} holds this value, \
             ignore_errors=True makes it null, infer_schema_length=None looks at every record before it names a type"
        );
        return (expected, remedy);
    }
    match code {
        Code::InvalidUtf8 => (
            "is not UTF-8".into(),
            "encoding=\"utf8-lossy\" replaces the invalid bytes, ignore_errors=True makes the cell null".into(),
        ),
        Code::Overflow => (
            format!("does not fit {}", data_type),
            format!(
                "schema_overrides={{{name:?}: {}}} would hold it, ignore_errors=True makes it null",
                if data_type.is_exact_number() { "a wider type" } else { "pl.String" }
            ),
        ),
        _ => (
            detail(layout, &layout.columns[place], value, truncated).unwrap_or_else(|| told(data_type, written)),
            format!(
                "schema_overrides={{{name:?}: pl.String}} keeps the text, ignore_errors=True makes it null{}",
                remedy_of(data_type, value, written, layout.options.decimal_mark)
            ),
        ),
    }
}

/// What a value is not.
fn told(column_type: &ColumnType, written: &Spelling) -> String {
    format!("is not {}{}", article(&column_type.to_string()), spelled(column_type, written))
}

/// What is wrong with a value, where there is more to say than its type.
fn detail(layout: &Layout, column: &Column, value: &[u8], truncated: bool) -> Option<String> {
    /// The categories that are told.
    const TOLD: usize = 8;
    let column_type = &column.data_type;
    match column_type {
        ColumnType::Plain(DataType::Decimal128(_, scale)) => {
            let is_number = parse::decimal(value, layout.options.decimal_mark).is_ok_and(f64::is_finite);
            is_number.then(|| format!("has more than {scale} digits behind the mark of {column_type}"))
        }
        ColumnType::Enum { categories, .. } => {
            let told: Vec<String> =
                categories.iter().take(TOLD).map(|category| format!("{:?}", shorten(category))).collect();
            let more = if categories.len() > TOLD { ", ..." } else { "" };
            Some(format!("is not one of the {} categories {}{more}", categories.len(), told.join(", ")))
        }
        nested if nested.is_nested() && !truncated => {
            let wrong = explain(nested, layout.options.spelling(&column.name), std::str::from_utf8(value).ok()?)?;
            Some(format!("is not {}: {wrong}", article(&nested.to_string())))
        }
        _ => None,
    }
}

/// How values of a type are written, where an option says so.
fn spelled(column_type: &ColumnType, written: &Spelling) -> String {
    let formats = match column_type.data_type() {
        DataType::Date32 => &written.dates,
        DataType::Time64(_) => &written.times,
        DataType::Timestamp(..) => &written.datetimes,
        DataType::Boolean => {
            return written.truths.as_ref().map_or(String::new(), |truths| format!(" ({})", shown(&truths.told())));
        }
        _ => return String::new(),
    };
    match &**formats {
        [] => String::new(),
        [format] => format!(" of the format {:?}", shown(format.as_str())),
        formats => {
            let all: Vec<String> = formats.iter().map(|format| format!("{:?}", format.as_str())).collect();
            format!(" of any of the formats {}", shown(&all.join(", ")))
        }
    }
}

/// The option of how values are written that would accept this one.
fn remedy_of(column_type: &ColumnType, value: &[u8], written: &Spelling, decimal_mark: u8) -> String {
    let groups = |mark: &&str| mark.as_bytes() != [decimal_mark] && ungrouped(value, mark.as_bytes()[0]).is_some();
    match column_type.data_type() {
        DataType::Date32 => ", date_format reads other ways of writing it".into(),
        DataType::Time64(_) => ", time_format reads other ways of writing it".into(),
        DataType::Timestamp(..) => ", datetime_format reads other ways of writing it".into(),
        DataType::Boolean => ", true_values and false_values name other words".into(),
        number if (number.is_numeric() || column_type.is_exact_number()) && written.thousands.is_none() => {
            let mark = [",", ".", "'", " ", "_"].into_iter().find(groups);
            mark.map_or(String::new(), |mark| format!(", thousands={mark:?} reads groups of digits"))
        }
        _ => String::new(),
    }
}

/// The first characters of what an option says.
fn shown(text: &str) -> &str {
    const SHOWN: usize = 120;
    &text[..text.floor_char_boundary(SHOWN)]
}

fn record(issue: &Issue, fields: usize) -> (String, String) {
    match issue.code {
        Code::TooManyFields => (
            format!("the record has {} fields, the schema {fields}", issue.fields),
            "truncate_ragged_lines=True drops the surplus".into(),
        ),
        Code::TooFewFields => (
            format!("the record has {} fields, the schema {fields}", issue.fields),
            "short_records=\"null\" fills it with nulls".into(),
        ),
        Code::StrayQuote => (
            "a quote stands inside an unquoted field, or text follows a closing quote".into(),
            "strict_quotes=False takes it for text".into(),
        ),
        Code::UnclosedQuote => (
            "a quote opens in this record and never closes".into(),
            "quote_char=None reads quotes as text, ignore_errors=True drops the line".into(),
        ),
        Code::LineTooLong => (
            "the record is longer than max_record_bytes".into(),
            "a larger max_record_bytes accepts it, ignore_errors=True drops the line".into(),
        ),
        Code::Cast | Code::Overflow | Code::InvalidUtf8 | Code::NullInRequired | Code::Rule => {
            (String::new(), String::new())
        }
    }
}

fn article(name: &str) -> String {
    let vowel = name.starts_with(['A', 'E', 'I', 'O']);
    format!("{} {name}", if vowel { "an" } else { "a" })
}
