//! A scan: sources whose schema is known, to be read any number of times.

use super::batches::{self, Batches};
use super::beside::Beside;
use super::builder::ReaderBuilder;
use super::feed::Chosen;
use super::fold::{Fold, Folder};
use super::folding::Folding;
use super::head;
use super::judge::Judging;
use super::judged::{Judged, Origin};
use super::layout::{self, File, Layout, Sifted};
use super::meter::Meter;
use super::options::{Inference, OnError, Options};
use super::predicate::Predicate;
use super::rejects::{Collector, Rejects};
use super::row_index::RowIndex;
use super::{pool, sample, sniffing};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::schema::{Column, Seen, Wishes};
use crate::source::Source;
use arrow::array::RecordBatch;
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use rayon::ThreadPool;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Sources whose head was read and whose schema is resolved.
#[derive(Clone, Debug)]
pub struct Scan {
    inner: Arc<Inner>,
}

#[derive(Clone, Debug)]
struct Inner {
    file: File,
    sources: Arc<[Source]>,
    /// The files' columns.
    columns: Vec<Column>,
    /// The result's columns: each one of the files', or one of those that have a value for each source.
    places: Vec<Place>,
    schema: SchemaRef,
    /// Whether the types of more records than were looked at are wanted.
    is_provisional: bool,
    is_small: bool,
}

/// A read about to begin.
struct Prepared {
    layout: Layout,
    sources: Chosen,
    beside: Beside,
    slice: Option<(i64, Option<u64>)>,
    meter: Option<Arc<Meter>>,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    OfFile(usize),
    OfSource(usize),
}

/// What a read wants of a scan.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Columns by their place in the schema, in the order wanted; all where absent.
    pub projection: Option<Vec<usize>>,
    /// The first row (from the end where negative) and the number of rows (all that follow where absent).
    pub slice: Option<(i64, Option<u64>)>,
    /// The sources to read, ascending, by their place in the scan; all where absent. Those left out are not opened. Not together
    /// with a slice, a row index or a limit, which count the rows of all.
    pub only: Option<Vec<usize>>,
    /// A column of row numbers, put before all others. Rows count from the first of the scan, whatever slice or filter leaves.
    pub row_index: Option<RowIndex>,
    /// The name of a column, put behind all others, that holds the name of each row's source: a path, or `in-mem`.
    pub file_paths: Option<String>,
    /// Which rows of the slice to give. Columns that it does not look at are decoded for those alone.
    pub filter: Option<Predicate>,
    /// Columns that another filter looks at, applied to what this read gives: their cells are read in every row of the slice,
    /// so that a cell which cannot be read is told whichever filter comes first.
    pub checked: Vec<usize>,
    /// Whether a value that does not fit the type that a sample named leaves the read going: its column is wrong then, and told
    /// by [`Batches::misfits`]. This takes [`Inference::Sample`](super::Inference), [`OnError::Raise`], and sources that can be
    /// read again; otherwise such a value is an error all the same. A [provisional](Scan::is_provisional) scan is read no other way.
    pub widens: bool,
    /// Where to record what is refused and does not end the read. The read is one scan of it.
    pub rejects: Option<Arc<Rejects>>,
    /// Says how far the read has come.
    pub meter: Option<Arc<Meter>>,
    /// Who is to see cells of every row; its collector serves in place of `rejects`. Not together with a slice or a filter.
    pub judging: Option<Judging>,
}

impl Scan {
    /// The columns and their types.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.inner.schema)
    }

    /// How records and fields are told apart: as was asked for, with a delimiter that was sniffed.
    pub fn dialect(&self) -> &Dialect {
        &self.inner.file.options.dialect
    }

    /// Whether its types are those of some of the records that they are to be judged by: the others are looked at by a whole
    /// read that [widens](Request::widens), and [`Scan::judged`] gives the scan whose types are those of all. This is so where
    /// [`with_types_later`](ReaderBuilder::with_types_later) allows it, sources have headers and can be read again, all of them are
    /// looked at ([`with_infer_files`](ReaderBuilder::with_infer_files)), faults end the read, and there is no limit.
    ///
    /// ```
    /// use fast_csv::{Inference, ReaderBuilder, Request, Source};
    /// use std::sync::Arc;
    ///
    /// let text = format!("a,b\n{}x,1\n", "1,2\n".repeat(5_000));
    /// let builder = ReaderBuilder::new().with_inference(Inference::All).with_types_later(true);
    /// let scan = builder.resolve(vec![Source::Bytes(Arc::new(text))])?;
    /// assert!(scan.is_provisional());
    /// let mut batches = scan.read(Request { widens: true, ..Request::default() })?;
    /// let rows: usize = batches.by_ref().map(|batch| batch.unwrap().num_rows()).sum();
    /// // The text of column `a` stands far behind the records that its type was guessed by: it is to be read again.
    /// let misfits = batches.misfits();
    /// assert_eq!((rows, misfits.len(), &*misfits[0].0), (5_001, 1, "a"));
    /// let scan = scan.judged(rows as u64, &misfits).unwrap();
    /// assert_eq!(scan.schema().field(0).data_type(), &arrow::datatypes::DataType::Utf8View);
    /// # Ok::<(), fast_csv::Error>(())
    /// ```
    pub fn is_provisional(&self) -> bool {
        self.inner.is_provisional
    }

    /// The scan with the types of all records that they are to be judged by, once a whole read of this provisional one gave so
    /// many rows and found [these](Batches::misfits) in its columns. `None` where not all rows count for the types: then, and where
    /// that read failed, [`Scan::settled`] takes a survey for it.
    #[must_use]
    pub fn judged(&self, rows: u64, misfits: &[(String, Seen)]) -> Option<Scan> {
        let counts = match self.inner.file.options.inference {
            Inference::All => true,
            Inference::Head(most) => rows <= most as u64,
            Inference::Sample => false,
        };
        let mut scan = counts.then(|| self.wider(misfits))?;
        Arc::make_mut(&mut scan.inner).is_provisional = false;
        Some(scan)
    }

    /// The same scan with types of all records that they are to be judged by, which a pass of its own looks at.
    ///
    /// # Errors
    ///
    /// As [`ReaderBuilder::resolve`].
    pub fn settled(&self, cancelled: Arc<AtomicBool>) -> Result<Scan> {
        let mut options = self.inner.file.options.clone();
        (options.types_later, options.cancelled) = (false, Some(cancelled));
        resolve(options, self.inner.sources.to_vec())
    }

    /// Whether there is one source, and it was so small when the scan was made (64 KiB of text, no pipe) that to read it takes no
    /// longer than to start a thread for it.
    pub fn is_small(&self) -> bool {
        self.inner.is_small
    }

    /// The number of columns that the files have.
    pub fn width(&self) -> usize {
        self.inner.columns.len()
    }

    /// How many threads decode.
    pub fn threads(&self) -> usize {
        self.inner.file.options.threads
    }

    /// The threads that decode, for what else is to be done with their rows.
    pub(crate) fn pool(&self) -> Result<Arc<ThreadPool>> {
        pool::get(self.inner.file.options.threads)
    }

    /// The sources.
    pub fn sources(&self) -> &[Source] {
        &self.inner.sources
    }

    /// Begins a read; nothing of it is kept in the scan.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) for a column that is not there.
    pub fn read(&self, request: Request) -> Result<Batches> {
        let Prepared { layout, sources, beside, slice, meter } = self.prepare(request)?;
        Batches::new(Arc::new(layout), sources, slice, beside, meter)
    }

    /// Begins a read whose rows are not handed on: in the decoding threads `fold` makes a small state of every piece of them,
    /// and the states are.
    ///
    /// # What is guaranteed
    ///
    /// The states come in the order of the rows, and each row is in exactly one piece. Where a piece begins and ends depends
    /// on the bytes of the sources and on the options, and neither on the number of threads nor on the kind of source; so a
    /// state that is right for its piece, joined to the others in order, gives one answer, down to the last digit of a sum. A
    /// fault ends the pass when all states before its piece have been handed on. A piece may have no row. Of rows and states
    /// no more than two a thread and four are held at a time.
    ///
    /// ```
    /// use arrow::array::AsArray;
    /// use arrow::datatypes::Int64Type;
    /// use fast_csv::{Fold, Next, Piece, ReaderBuilder, Request, Result, Source};
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// struct Sum;
    ///
    /// impl Fold for Sum {
    ///     type State = i64;
    ///
    ///     fn map(&self, piece: &Piece<'_>) -> Result<i64> {
    ///         Ok(piece.batch.column(0).as_primitive::<Int64Type>().iter().flatten().sum())
    ///     }
    /// }
    ///
    /// let scan = ReaderBuilder::new().resolve(vec![Source::Bytes(Arc::new("a\n1\n2\n3\n"))])?;
    /// let mut folding = scan.fold(Request::default(), Arc::new(Sum))?;
    /// let mut sum = 0;
    /// loop {
    ///     match folding.next_within(Duration::from_secs(1))? {
    ///         Next::Part(part) => sum += part.state,
    ///         Next::Pending => {}
    ///         Next::Done => break,
    ///     }
    /// }
    /// assert_eq!(sum, 6);
    /// # Ok::<(), fast_csv::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) for a column that is not there, for a slice (which
    /// [`with_limit`](ReaderBuilder::with_limit) is not), and for columns that no source holds.
    pub fn fold<F: Fold>(&self, request: Request, fold: Arc<F>) -> Result<Folding<F>> {
        if request.slice.is_some() || request.row_index.is_some() || request.file_paths.is_some() {
            return Err(Error::argument("a pass that folds has no slice, no row index and no column of paths"));
        }
        let Prepared { mut layout, sources, beside, meter, .. } = self.prepare(Request { widens: false, ..request })?;
        layout.folder = Some(Folder::new(fold, beside, &layout.schema)?);
        Ok(Folding::new(layout, sources, meter))
    }

    fn prepare(&self, request: Request) -> Result<Prepared> {
        let inner = &self.inner;
        let all = |places: &[usize]| places.iter().map(|&place| self.column(place)).collect::<Result<Vec<Column>>>();
        let places: Vec<Place> = match &request.projection {
            None => inner.places.clone(),
            Some(places) => places.iter().map(|&place| self.place(place)).collect::<Result<_>>()?,
        };
        let (mut columns, mut of_source) = (Vec::new(), Vec::new());
        for (at, place) in places.into_iter().enumerate() {
            match place {
                Place::OfFile(column) => columns.push(inner.columns[column].clone()),
                Place::OfSource(column) => of_source.push((at, column)),
            }
        }
        let mut looked_at = Vec::new();
        let mut test = request.filter;
        if let Some(test) = &mut test {
            test.check(&inner.schema)?;
            test.renumber(&mut looked_at);
        }
        // Without a test every row of what is wanted is decoded, and so checked, anyway.
        let is_decoded =
            |column: &usize| test.is_none() && request.projection.as_ref().is_none_or(|all| all.contains(column));
        for column in request.checked {
            let is_of_file = matches!(self.place(column)?, Place::OfFile(_));
            if is_of_file && !looked_at.contains(&column) && !is_decoded(&column) {
                looked_at.push(column);
            }
        }
        let mut judged = Judged { columns: Vec::new() };
        if let Some(judging) = &request.judging {
            looked_at.clear();
            if test.is_some() || request.slice.is_some() {
                return Err(Error::argument("what is judged is neither filtered nor sliced"));
            }
            for &column in &judging.columns {
                judged.columns.push(match (self.place(column)?, &inner.file.options.source_columns) {
                    (Place::OfSource(at), Some(values)) => Origin::Sources(Arc::clone(values.column(at))),
                    _ => {
                        looked_at.push(column);
                        Origin::Decoded(looked_at.len() - 1)
                    }
                });
            }
        }
        let sifted = Sifted { columns: all(&looked_at)?, test };
        let counts = request.row_index.is_some() || request.slice.is_some();
        if request.only.is_some() && (counts || inner.file.options.limit.is_some()) {
            return Err(Error::argument("sources cannot be left out where the rows of all are counted"));
        }
        let is_whole = request.slice.is_none() && sifted.test.is_none() && request.only.is_none();
        if inner.is_provisional && !(request.widens && is_whole && request.judging.is_none()) {
            return Err(Error::argument("the types of a provisional scan are named by a whole read that widens"));
        }
        let sources = Chosen {
            which: match request.only {
                _ if inner.file.names.is_empty() => Vec::new(),
                Some(only) => only,
                None => (0..inner.sources.len()).collect(),
            },
            sources: Arc::clone(&inner.sources),
        };
        if let Some(none) = sources.which.iter().find(|&&source| source >= inner.sources.len()) {
            return Err(Error::argument(format!("there is no source {none}; there are {}", inner.sources.len())));
        }
        if inner.file.options.on_error == OnError::Skip && sifted.test.is_some() && counts {
            // Which of the rows that the filter leaves out would have been skipped is not known.
            return Err(Error::argument(
                "filtered rows cannot be numbered, nor be those of a slice, where records may be skipped",
            ));
        }
        let collector = match &request.judging {
            Some(judging) => Some(judging.collector.clone()),
            None => request.rejects.map(Collector::new),
        };
        let mut layout = Layout::new(inner.file.clone(), columns, sifted, collector);
        layout.judging = request.judging;
        layout.judged = (judged.columns.len() > looked_at.len()).then_some(judged);
        let options = &inner.file.options;
        let samples = options.inference == Inference::Sample && options.infer_types;
        let is_once = |source: &Source| matches!(source, Source::Once(_));
        let widens = request.widens && samples && options.on_error == OnError::Raise;
        let layout = match widens && !inner.sources.iter().any(is_once) {
            _ if inner.is_provisional => layout.attending(&inner.file),
            true => layout.widening(),
            false => layout,
        };
        let by_source = options.source_columns.clone();
        let beside = Beside { row_index: request.row_index, file_paths: request.file_paths, of_source, by_source };
        Ok(Prepared { layout, sources, beside, slice: request.slice, meter: request.meter })
    }

    /// The same scan, with columns of types that hold what a read found in them ([`Batches::misfits`]): a read of these columns
    /// gives what stands in the place of those that the first read gave. Types grow to text at most, in a few steps.
    #[must_use]
    pub fn wider(&self, misfits: &[(String, Seen)]) -> Scan {
        let mut inner = Inner::clone(&self.inner);
        for (name, misfits) in misfits {
            let Some(column) = inner.columns.iter_mut().find(|column| column.name == *name) else { continue };
            let mut seen = inner.file.seen_in(column);
            column.data_type = layout::wider(seen, *misfits, &column.data_type);
            seen.join(*misfits);
            if let Some(known) = inner.file.seen.get_mut(column.field) {
                *known = seen;
            }
        }
        inner.schema = schema_of(&inner.columns, &inner.places, inner.file.options.source_columns.as_ref());
        Scan { inner: Arc::new(inner) }
    }

    fn place(&self, place: usize) -> Result<Place> {
        let places = &self.inner.places;
        let missing = || Error::argument(format!("there is no column {place}; there are {}", places.len()));
        places.get(place).copied().ok_or_else(missing)
    }

    /// Whether a column is one of sources, which no file holds.
    pub(crate) fn is_of_source(&self, column: usize) -> bool {
        matches!(self.place(column), Ok(Place::OfSource(_)))
    }

    /// A column to look at in every row.
    fn column(&self, place: usize) -> Result<Column> {
        match self.place(place)? {
            Place::OfFile(column) => Ok(self.inner.columns[column].clone()),
            Place::OfSource(_) => Err(Error::argument(format!(
                "column {place} has one value a source: a filter on it chooses sources, by Request::only"
            ))),
        }
    }

    /// Counts the rows that a read would give; the structure of every record is checked, nothing is decoded.
    ///
    /// # Errors
    ///
    /// The first structural fault, or a failure of a source.
    pub fn count_rows(&self) -> Result<u64> {
        if self.inner.file.names.is_empty() {
            return Ok(0);
        }
        let layout = Layout::new(self.inner.file.clone(), Vec::new(), Sifted::default(), None);
        batches::count(layout, Chosen::all(&self.inner.sources))
    }
}

/// Counts the records of `sources`, whatever their number of fields; nothing is decoded.
///
/// # Errors
///
/// A quote that never closes, or a failure of a source.
pub fn count_records(builder: &ReaderBuilder, sources: Vec<Source>) -> Result<u64> {
    records(builder, sources)?.count_rows()
}

/// The scan whose rows are the records of `sources`, whatever their number of fields.
///
/// # Errors
///
/// As [`ReaderBuilder::resolve`].
pub fn records(builder: &ReaderBuilder, sources: Vec<Source>) -> Result<Scan> {
    let lenient = builder.clone().with_infer_types(false).with_truncate_ragged_lines(true).with_raise_if_empty(false);
    lenient.resolve(sources)
}

/// Opens the first sources, reads their heads and samples them.
pub(super) fn resolve(mut options: Options, sources: Vec<Source>) -> Result<Scan> {
    options.check()?;
    if sources.is_empty() {
        return Err(Error::argument("there is no source to read"));
    }
    if options.sniffs_delimiter {
        let delimiter = sniffing::delimiter(&options, &sources[0])?;
        if let Some((last, lead)) = delimiter.split_last() {
            (options.dialect.delimiter, options.dialect.delimiter_lead) = (*last, lead.into());
        }
        options.dialect.check()?;
    }
    for source in sources.iter().skip(options.infer_files) {
        if let Source::Path(path) = source {
            std::fs::metadata(path).map_err(|error| Error::io(source.name().as_deref(), error))?;
        }
    }
    if let Some(batch) = options.source_columns.as_ref().filter(|batch| batch.num_rows() != sources.len()) {
        let (rows, sources) = (batch.num_rows(), sources.len());
        return Err(Error::argument(format!(
            "the columns of sources have {rows} rows, and there are {sources} sources"
        )));
    }
    let is_once = |source: &Source| matches!(source, Source::Once(_));
    let counts_all = match options.inference {
        Inference::All => sources.len() <= options.infer_files,
        // Of each file.
        Inference::Head(_) => sources.len() == 1,
        Inference::Sample => false,
    };
    options.types_later &=
        counts_all && options.on_error == OnError::Raise && options.limit.is_none() && !sources.iter().any(is_once);
    let (mut known, mut is_provisional): (Option<Known>, bool) = (None, false);
    let mut is_small = sources.len() == 1;
    for source in sources.iter().take(options.infer_files) {
        let input = Arc::new(source.open(options.access())?);
        is_small &= input.is_small();
        let Some(head) = head::read(&options, &input)? else {
            if options.raise_if_empty {
                return Err(options.no_data(input.name()));
            }
            continue;
        };
        let width = |fields: usize| match &options.wishes.schema {
            Some(schema) if options.truncates() => fields.min(schema.len()),
            _ => fields,
        };
        let names = |fields| options.wishes.names(head.names.clone(), width(fields));
        let sample = sample::take(&options, source, Arc::clone(&input), &head, names)?;
        let names = names(sample.fields)?;
        let record_bytes = sample.bytes / sample.records.max(1);
        is_provisional |= sample.is_provisional;
        match &mut known {
            None => known = Some(Known { names, seen: sample.seen, record_bytes }),
            Some(known) => known
                .join(&options.wishes, names, &sample.seen, head.names.is_some())
                .map_err(|error| error.in_file(input.name()))?,
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
    let mut places: Vec<Place> = (0..columns.len()).map(Place::OfFile).collect();
    for (at, field) in options.source_columns.iter().flat_map(|batch| batch.schema_ref().fields()).enumerate() {
        // A column of the file that has the name is not read: what is known of the source says more.
        match columns.iter().position(|column| column.name == *field.name()) {
            Some(same) => places[same] = Place::OfSource(at),
            None => places.push(Place::OfSource(at)),
        }
    }
    let schema = schema_of(&columns, &places, options.source_columns.as_ref());
    let file = File { options, names, seen, record_bytes };
    let sources = sources.into();
    Ok(Scan { inner: Arc::new(Inner { file, sources, columns, places, schema, is_provisional, is_small }) })
}

fn schema_of(columns: &[Column], places: &[Place], of_sources: Option<&RecordBatch>) -> SchemaRef {
    let of_sources = of_sources.map(|batch| batch.schema_ref().fields());
    let fields = places.iter().filter_map(|place| match *place {
        Place::OfFile(at) => Some(Arc::new(columns[at].data_type.field(&columns[at].name))),
        Place::OfSource(at) => of_sources.map(|fields| Arc::clone(&fields[at])),
    });
    Arc::new(Schema::new(fields.collect::<Vec<FieldRef>>()))
}

/// What the sources sampled so far agree on.
struct Known {
    names: Vec<String>,
    seen: Vec<Seen>,
    record_bytes: u64,
}

impl Known {
    /// Adds what another file shows: by the names where it has a header, by position where there is none.
    fn join(&mut self, wishes: &Wishes, names: Vec<String>, seen: &[Seen], has_header: bool) -> Result<()> {
        if !has_header {
            if names.len() > self.names.len() {
                self.names = names;
                self.seen.resize(seen.len().max(self.seen.len()), Seen::default());
            }
            self.seen.iter_mut().zip(seen).for_each(|(known, seen)| known.join(*seen));
            return Ok(());
        }
        if names == self.names {
            self.seen.iter_mut().zip(seen).for_each(|(known, seen)| known.join(*seen));
            return Ok(());
        }
        let adds = wishes.schema.is_none() && wishes.inserts_missing;
        if !adds {
            wishes.match_header(&self.names, &names)?;
        }
        for (name, seen) in names.into_iter().zip(seen) {
            match self.names.iter().position(|known| *known == name) {
                Some(at) => self.seen[at].join(*seen),
                None if adds => {
                    self.names.push(name);
                    self.seen.push(*seen);
                }
                None => {}
            }
        }
        Ok(())
    }
}
