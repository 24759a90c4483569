//! The options of Python, in Polars' words, as a [`ReaderBuilder`], in the core's words.
//!
//! This is the one place where `separator` meets `delimiter`. The Python side has checked types and ranges and filled in
//! defaults; what it passes and this table does not know is refused by name.

use fast_csv::{
    Backend, BinaryEncoding, BinaryEncodings, Charset, ColumnType, Compression, Dialect, Encoding, Format, Formats,
    Inference, MemoryMap, NullValues, OnError, Overrides, ReaderBuilder, ShortRecords, Sniffed, Temporal, Truths,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::types::Type;
use crate::{capsule, error};

/// A builder made from a dict of options, or parsed before.
#[derive(Clone)]
pub struct Options {
    /// The builder, complete.
    pub builder: ReaderBuilder,
    /// Whether inference may read so much that it takes long.
    pub looks_far: bool,
}

/// The records of an inference that is over in no time.
const NEAR: usize = 1_000;

impl<'py> FromPyObject<'_, 'py> for Options {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(parsed) = object.cast::<Parsed>() {
            return Ok(parsed.get().options.clone());
        }
        let mut builder = ReaderBuilder::new();
        let mut looks_far = false;
        for (name, value) in object.to_owned().cast_into::<PyDict>()? {
            let name = name.extract::<&str>()?;
            builder = set(builder, name, &value)?;
            if name == "infer_schema_length" {
                looks_far = value.is_none() || value.extract::<usize>().is_ok_and(|records| records > NEAR);
            }
        }
        Ok(Options { builder, looks_far })
    }
}

/// Options that make sense, parsed once for all calls that share them.
#[pyclass(frozen, name = "Options", module = "polars_fast_csv._native")]
pub struct Parsed {
    options: Options,
}

#[pymethods]
impl Parsed {
    /// Refuses options that make no sense, before any source is opened.
    #[new]
    fn new(py: Python<'_>, options: Options) -> PyResult<Self> {
        options.builder.check().map_err(|error| error::to_python(py, &error))?;
        Ok(Parsed { options })
    }
}

fn set(builder: ReaderBuilder, name: &str, value: &Bound<'_, PyAny>) -> PyResult<ReaderBuilder> {
    Ok(match name {
        "separator" => match &*value.extract::<String>()? {
            "auto" => builder.with_sniffed_delimiter(true),
            separator => builder.with_long_delimiter(separator),
        },
        "quote_char" => builder.with_quote(match value.is_none() {
            true => None,
            false => Some(byte(name, value)?),
        }),
        "escape_char" => match value.is_none() {
            true => builder,
            false => builder.with_escape(Some(byte(name, value)?)),
        },
        "eol_char" => match value.extract::<&str>()? {
            "any" => builder.with_terminator(b'\n').with_lone_carriage(true),
            _ => builder.with_terminator(byte(name, value)?),
        },
        "trim_whitespace" => builder.with_trim(value.extract()?),
        "comment_prefix" => builder.with_comment(value.extract::<Option<String>>()?.map(String::into_bytes)),
        "strict_quotes" => builder.with_strict_quotes(value.extract()?),
        "has_header" => builder.with_header(value.extract()?),
        "skip_rows" => builder.with_skip_rows(value.extract()?),
        "skip_lines" => builder.with_skip_lines(value.extract()?),
        "skip_footer" => builder.with_skip_footer(value.extract()?),
        "skip_rows_after_header" => builder.with_skip_rows_after_header(value.extract()?),
        "schema" => builder.with_schema(columns(value)?),
        "schema_overrides" => builder.with_overrides(Overrides::ByName(columns(value)?)),
        "schema_overrides_by_position" => {
            builder.with_overrides(Overrides::ByPosition(columns(value)?.into_iter().map(|(_, kind)| kind).collect()))
        }
        "new_columns" => builder.with_new_columns(value.extract()?),
        "renames" => builder.with_renames(value.extract()?),
        "infer_schema" => builder.with_infer_types(value.extract()?),
        "infer_schema_length" => builder.with_inference(inference(name, value)?),
        "infer_schema_files" => builder.with_infer_files(value.extract()?),
        "try_parse_dates" => builder.with_parse_dates(value.extract()?),
        "decimal_comma" => builder.with_decimal_mark(if value.extract()? { b',' } else { b'.' }),
        "null_values" => builder.with_null_values(null_values(value)?),
        "allow_quoted_nulls" => builder.with_quoted_nulls_as_text(!value.extract::<bool>()?),
        "truths" => {
            let (truths, falses) = value.extract::<(Option<Vec<String>>, Option<Vec<String>>)>()?;
            builder.with_truths(Some(Truths::new(truths.as_deref(), falses.as_deref()).map_err(argument)?))
        }
        "date_format" => builder.with_date_formats(formats(name, value, Temporal::Date)?),
        "time_format" => builder.with_time_formats(formats(name, value, Temporal::Time)?),
        "datetime_format" => builder.with_datetime_formats(formats(name, value, Temporal::Datetime)?),
        "thousands" => builder.with_thousands(Some(byte(name, value)?)),
        "keep_leading_zeros" => builder.with_keep_leading_zeros(value.extract()?),
        "guessed" => builder.with_guessed(value.extract()?),
        "binary_encoding" => builder.with_binary_encoding(match value.cast::<PyDict>() {
            Err(_) => BinaryEncodings::All(word(name, value, BINARY)?),
            Ok(columns) => {
                let column = |(column, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
                    Ok((column.extract()?, word(name, &value, BINARY)?))
                };
                BinaryEncodings::PerColumn(columns.iter().map(column).collect::<PyResult<_>>()?)
            }
        }),
        "empty_string_is_null" => builder.with_empty_is_null(value.extract()?),
        "on_error" => builder.with_on_error(word(
            name,
            value,
            &[("raise", OnError::Raise), ("null", OnError::Null), ("skip", OnError::Skip)],
        )?),
        "truncate_ragged_lines" => builder.with_truncate_ragged_lines(value.extract()?),
        "extra_columns" => match value.is_none() {
            true => builder,
            false => builder.with_extra_columns_ignored(word(name, value, &[("raise", false), ("ignore", true)])?),
        },
        "missing_columns" => match value.is_none() {
            true => builder,
            false => builder.with_missing_columns_inserted(word(name, value, &[("raise", false), ("insert", true)])?),
        },
        "short_records" => builder.with_short_records(word(
            name,
            value,
            &[("null", ShortRecords::Null), ("raise", ShortRecords::Raise)],
        )?),
        "encoding" => match value.extract::<&str>()? {
            "utf8" => builder.with_encoding(Encoding::Utf8),
            "utf8-lossy" => builder.with_encoding(Encoding::Utf8Lossy),
            label => match Charset::by_label(label) {
                None => return Err(PyValueError::new_err(format!("{name} does not know '{label}'"))),
                known => builder.with_charset(known),
            },
        },
        "max_record_bytes" => builder.with_max_record_bytes(value.extract()?),
        "memory_map" => builder.with_memory_map(match value.extract::<bool>() {
            Ok(true) => MemoryMap::Always,
            Ok(false) => MemoryMap::Never,
            Err(_) => word(name, value, &[("auto", MemoryMap::Auto)])?,
        }),
        "compression" => builder.with_compression(match value.is_none() {
            true => Compression::None,
            false => word(name, value, &COMPRESSIONS)?,
        }),
        "raise_if_empty" => builder.with_raise_if_empty(value.extract()?),
        "n_threads" => builder.with_threads(value.extract()?),
        "batch_size" => match value.extract()? {
            Some(rows) => builder.with_batch_size(rows),
            None => builder,
        },
        "n_rows" => builder.with_limit(value.extract()?),
        "source_columns" => builder.with_source_columns(capsule::import_batch(value)?),
        "backend" => builder.with_backend(backend(value)?),
        "chunk_bytes" => builder.with_chunk_bytes(value.extract()?),
        _ => return Err(PyTypeError::new_err(format!("unknown option '{name}'"))),
    })
}

/// The separator of a dialect.
pub fn separator(dialect: &Dialect) -> String {
    String::from_utf8_lossy(&dialect.delimiter_bytes()).into_owned()
}

/// What was sniffed, in the words of the options.
pub fn described<'py>(py: Python<'py>, sniffed: &Sniffed) -> PyResult<Bound<'py, PyDict>> {
    let dialect = &sniffed.dialect;
    let options = PyDict::new(py);
    options.set_item("separator", separator(dialect))?;
    options.set_item("quote_char", dialect.quote.map(char::from))?;
    options.set_item("escape_char", dialect.escape.map(char::from))?;
    match dialect.lone_carriage {
        true => options.set_item("eol_char", "any")?,
        false => options.set_item("eol_char", char::from(dialect.terminator))?,
    }
    options.set_item("comment_prefix", dialect.comment.as_deref().map(String::from_utf8_lossy))?;
    options.set_item("has_header", sniffed.has_header)?;
    options.set_item("skip_lines", sniffed.skip_lines)?;
    options.set_item("encoding", sniffed.charset.map_or("utf8".into(), Charset::label))?;
    let known = COMPRESSIONS.iter().find(|(_, compression)| *compression == sniffed.compression);
    options.set_item("compression", known.map(|(name, _)| *name))?;
    Ok(options)
}

/// How sources may be compressed.
const COMPRESSIONS: [(&str, Compression); 7] = [
    ("infer", Compression::Infer),
    ("gzip", Compression::Gzip),
    ("zlib", Compression::Zlib),
    ("zstd", Compression::Zstd),
    ("bzip2", Compression::Bzip2),
    ("xz", Compression::Xz),
    ("lz4", Compression::Lz4),
];

/// How the bytes of binary columns may be written.
const BINARY: &[(&str, BinaryEncoding)] =
    &[("raw", BinaryEncoding::Raw), ("hex", BinaryEncoding::Hex), ("base64", BinaryEncoding::Base64)];

fn byte(name: &str, value: &Bound<'_, PyAny>) -> PyResult<u8> {
    match *value.extract::<String>()?.as_bytes() {
        [byte] => Ok(byte),
        _ => Err(PyValueError::new_err(format!("{name} must be a single byte"))),
    }
}

/// One of a few words.
fn word<T: Copy>(name: &str, value: &Bound<'_, PyAny>, known: &[(&str, T)]) -> PyResult<T> {
    let given = value.extract::<String>()?;
    known
        .iter()
        .find(|(word, _)| *word == given)
        .map(|&(_, meaning)| meaning)
        .ok_or_else(|| PyValueError::new_err(format!("{name} does not know '{given}'")))
}

fn columns(value: &Bound<'_, PyAny>) -> PyResult<Vec<(String, ColumnType)>> {
    let columns: Vec<(String, Type)> = value.extract()?;
    Ok(columns.into_iter().map(|(name, Type(column_type))| (name, column_type)).collect())
}

fn inference(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Inference> {
    if value.is_none() {
        return Ok(Inference::All);
    }
    match value.extract::<usize>() {
        Ok(records) => Ok(Inference::Head(records)),
        Err(_) => word(name, value, &[("sample", Inference::Sample)]),
    }
}

fn null_values(value: &Bound<'_, PyAny>) -> PyResult<NullValues> {
    if value.is_none() {
        return Ok(NullValues::None);
    }
    match value.cast::<PyDict>() {
        Ok(columns) => columns
            .iter()
            .map(|(column, words)| Ok((column.extract()?, words.extract()?)))
            .collect::<PyResult<_>>()
            .map(NullValues::PerColumn),
        Err(_) => Ok(NullValues::All(value.extract()?)),
    }
}

/// The formats for every column, or by column name.
fn formats(name: &str, value: &Bound<'_, PyAny>, of: Temporal) -> PyResult<Formats> {
    let compiled = |texts: Vec<String>| -> PyResult<_> {
        let format = |text: &String| Format::new(text, of).map_err(|error| argument(format!("{name}: {error}")));
        texts.iter().map(format).collect()
    };
    match value.cast::<PyDict>() {
        Ok(columns) => columns
            .iter()
            .map(|(column, texts)| Ok((column.extract()?, compiled(texts.extract()?)?)))
            .collect::<PyResult<_>>()
            .map(Formats::PerColumn),
        Err(_) => Ok(Formats::All(compiled(value.extract()?)?)),
    }
}

/// A value that makes no sense.
fn argument(why: impl ToString) -> PyErr {
    PyValueError::new_err(why.to_string())
}

fn backend(value: &Bound<'_, PyAny>) -> PyResult<Backend> {
    let name = value.extract::<String>()?;
    Backend::by_name(&name).ok_or_else(|| PyValueError::new_err(format!("back end '{name}' does not run here")))
}
