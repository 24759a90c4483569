//! A scan: sources whose schema is known, to be read any number of times.

use super::batches::{self, Batches};
use super::builder::ReaderBuilder;
use super::head;
use super::layout::Layout;
use super::options::Options;
use super::sample;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Column, Seen};
use crate::source::Source;
use arrow::datatypes::{Field, Schema, SchemaRef};
use std::sync::Arc;

/// Sources whose head was read and whose schema is resolved.
#[derive(Clone, Debug)]
pub struct Scan {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: Options,
    sources: Arc<[Source]>,
    /// The file's columns.
    names: Vec<String>,
    /// The result's columns.
    columns: Vec<Column>,
    schema: SchemaRef,
    /// The mean length of a record, as sampled.
    record_bytes: u64,
}

/// What a read wants of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Columns by their place in the schema, in the order wanted; all where absent.
    pub projection: Option<Vec<usize>>,
    /// The first row (from the end where negative) and the number of rows (all that follow where absent).
    pub slice: Option<(i64, Option<u64>)>,
}

impl Scan {
    /// The columns and their types.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.inner.schema)
    }

    /// The sources.
    pub fn sources(&self) -> &[Source] {
        &self.inner.sources
    }

    /// Begins a read; nothing of it is kept in the scan.
    ///
    /// # Errors
    ///
    /// [`Argument`](ErrorKind::Argument) for a column that is not there.
    pub fn read(&self, request: Request) -> Result<Batches> {
        let inner = &self.inner;
        let columns = match &request.projection {
            None => inner.columns.clone(),
            Some(places) => places
                .iter()
                .map(|&place| {
                    let column = inner.columns.get(place).cloned();
                    column.ok_or_else(|| {
                        Error::argument(format!("there is no column {place}; there are {}", inner.columns.len()))
                    })
                })
                .collect::<Result<_>>()?,
        };
        let sources = if inner.names.is_empty() { Arc::from([]) } else { Arc::clone(&inner.sources) };
        Ok(Batches::new(Arc::new(self.layout(columns)), sources, request.slice, true))
    }

    /// Counts the rows that a read would give; the structure of every record is checked, nothing is decoded.
    ///
    /// # Errors
    ///
    /// The first structural fault, or a failure of a source.
    pub fn count_rows(&self) -> Result<u64> {
        if self.inner.names.is_empty() {
            return Ok(0);
        }
        batches::count(self.layout(Vec::new()), Arc::clone(&self.inner.sources))
    }

    fn layout(&self, columns: Vec<Column>) -> Layout {
        let inner = &self.inner;
        Layout::new(inner.options.clone(), inner.names.clone(), columns, inner.record_bytes)
    }
}

/// Counts the records of `sources`, whatever their number of fields; nothing is decoded.
///
/// # Errors
///
/// A quote that never closes, or a failure of a source.
pub fn count_records(builder: &ReaderBuilder, sources: Vec<Source>) -> Result<u64> {
    let lenient = builder.clone().with_infer_types(false).with_truncate_ragged_lines(true).with_raise_if_empty(false);
    lenient.resolve(sources)?.count_rows()
}

/// Opens the first sources, reads their heads and samples them.
pub(super) fn resolve(options: Options, sources: Vec<Source>) -> Result<Scan> {
    options.check()?;
    if sources.is_empty() {
        return Err(Error::argument("there is no source to read"));
    }
    for source in sources.iter().skip(options.infer_files) {
        if let Source::Path(path) = source {
            std::fs::metadata(path).map_err(|error| Error::io(source.name().as_deref(), error))?;
        }
    }
    let mut known: Option<Known> = None;
    for source in sources.iter().take(options.infer_files) {
        let input = source.open(options.memory_map)?;
        let Some(head) = head::read(&options, &input)? else {
            if options.raise_if_empty {
                return Err(options.no_data(input.name()));
            }
            continue;
        };
        let width = |fields: usize| match &options.wishes.schema {
            Some(schema) if options.truncate_ragged_lines => fields.min(schema.len()),
            _ => fields,
        };
        let sample =
            sample::take(&options, &input, &head, |fields| options.wishes.names(head.names.clone(), width(fields)))?;
        let names = options.wishes.names(head.names.clone(), width(sample.fields))?;
        let record_bytes = sample.bytes / sample.records.max(1);
        match &mut known {
            None => known = Some(Known { names, seen: sample.seen, record_bytes }),
            Some(known) => known.join(input.name(), names, &sample.seen, head.names.is_some())?,
        }
    }
    let (names, seen, record_bytes) = match known {
        Some(Known { names, seen, record_bytes }) => (names, seen, record_bytes),
        None => (Vec::new(), Vec::new(), 1),
    };
    let columns = match &options.wishes.schema {
        // Nothing was read: the schema's columns, without a row.
        Some(schema) if names.is_empty() => {
            let columns = schema.iter().enumerate();
            columns
                .map(|(field, (name, data_type))| Column { name: name.clone(), data_type: data_type.clone(), field })
                .collect()
        }
        _ => options.wishes.columns(&names, &seen)?,
    };
    let fields: Vec<Field> =
        columns.iter().map(|column| Field::new(&column.name, column.data_type.clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    Ok(Scan { inner: Arc::new(Inner { options, sources: sources.into(), names, columns, schema, record_bytes }) })
}

/// What the sources sampled so far agree on.
struct Known {
    names: Vec<String>,
    seen: Vec<Seen>,
    record_bytes: u64,
}

impl Known {
    fn join(&mut self, file: Option<&str>, names: Vec<String>, seen: &[Seen], has_header: bool) -> Result<()> {
        if has_header && names != self.names {
            let file = file.map_or(String::new(), |name| format!("{name}: "));
            let text =
                format!("{file}the header's columns are {names:?}, expected {:?}, as in the first file", self.names);
            return Err(ErrorKind::Schema(text).into());
        }
        if names.len() > self.names.len() {
            self.names = names;
            self.seen.resize(seen.len().max(self.seen.len()), Seen::default());
        }
        self.seen.iter_mut().zip(seen).for_each(|(known, seen)| known.join(*seen));
        Ok(())
    }
}
