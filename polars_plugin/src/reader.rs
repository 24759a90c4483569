//! Scans and the reads that they open, as Python objects.
//!
//! A [`Scan`] is a resolved schema over some sources; many reads may run on it at once. A read hands out its batches one by
//! one ([`Batches`]) or all together ([`Frame`]). Every wait happens with the interpreter released, and none that Python
//! started lasts longer than [`PATIENCE`] without a look at its signals.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow::array::{RecordBatch, RecordBatchIterator, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use fast_csv::profile::Profiling;
use fast_csv::schema::Seen;
use fast_csv::{Request, RowIndex};
use pyo3::exceptions::{PyIndexError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

use crate::filter::Filter;
use crate::options::{self, Options};
use crate::reading::{Failure, Reading, Step};
use crate::rejects::Rejects;
use crate::source::{self, SourceArgument};
use crate::telling::Teller;
use crate::waiting::{self, PATIENCE};
use crate::wide::{self, Digits};
use crate::{capsule, error, joining, profile, types, widening};

/// Some sources with options and a resolved schema.
#[pyclass(frozen, module = "polars_fast_csv._native")]
pub struct Scan {
    /// The core's.
    pub scan: fast_csv::Scan,
    /// The cells that all reads decoded.
    cells: Arc<AtomicU64>,
}

#[pymethods]
impl Scan {
    /// With `later` types of many records may be left to [`collect`](Scan::collect), which is then the only way to read.
    #[new]
    #[pyo3(signature = (sources, options, *, later=false))]
    fn new(py: Python<'_>, sources: Vec<SourceArgument<'_>>, options: Options, later: bool) -> PyResult<Self> {
        let sources = source::sources(sources);
        let builder = options.builder.with_types_later(later);
        let scan = if options.looks_far || source::may_wait(&sources) {
            waiting::interruptible(py, move |cancelled| builder.with_cancelled(cancelled).resolve(sources))?
        } else {
            py.detach(|| builder.resolve(sources)).map_err(|error| error::to_python(py, &error))?
        };
        exportable(py, &scan.schema())?;
        Ok(Scan { scan, cells: Arc::default() })
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        capsule::polars_schema(py, &self.scan.schema())
    }

    /// The columns' types by their names, as far as names of types say all; `None` otherwise.
    fn plain_schema<'py>(&self, types: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyDict>>> {
        types::plain_schema(&self.scan.schema(), types)
    }

    /// The columns, without a row.
    fn columns(&self) -> Batch {
        Batch::new(RecordBatch::new_empty(self.scan.schema()))
    }

    /// The separator that the files are read by.
    #[getter]
    fn separator(&self) -> String {
        options::separator(self.scan.dialect())
    }

    /// The cells that reads of this scan have decoded so far, those included that a filter looked at.
    #[getter]
    fn cells_decoded(&self) -> u64 {
        self.cells.load(Ordering::Relaxed)
    }

    /// Whether to read it takes no longer than to start a thread for it.
    #[getter]
    fn is_small(&self) -> bool {
        self.scan.is_small()
    }

    /// The number of columns that the files have; those that sources have beside them stand behind, or in the place of one.
    #[getter]
    fn width(&self) -> usize {
        self.scan.width()
    }

    /// Counts the rows, with the same check of structure as a read.
    fn count_rows(&self, py: Python<'_>) -> PyResult<u64> {
        let scan = self.scan.clone();
        waiting::interruptible(py, move |_| scan.count_rows())
    }

    /// Opens a read whose batches come one by one.
    #[pyo3(signature = (columns=None, *, slice=None, row_index=None, file_paths=None, filter=None, checked=vec![], only=None, rejects=None, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn read(
        &self,
        py: Python<'_>,
        columns: Option<Vec<usize>>,
        slice: Option<(i64, Option<u64>)>,
        row_index: Option<(String, u64, bool)>,
        file_paths: Option<String>,
        filter: Option<Filter>,
        checked: Vec<usize>,
        only: Option<Vec<usize>>,
        rejects: Option<PyRef<'_, Rejects>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Batches> {
        let request = Request {
            projection: columns,
            slice,
            row_index: row_index.map(index),
            file_paths,
            filter: filter.map(|filter| filter.0),
            checked,
            only,
            widens: false,
            rejects: rejects.map(|rejects| Arc::clone(&rejects.inner)),
            ..Request::default()
        };
        let (reading, teller) = self.open(py, request, progress)?;
        Ok(Batches { schema: reading.schema(), threads: reading.threads(), reading: Mutex::new(Some(reading)), teller })
    }

    /// Reads everything; with `widens` a column whose type turns out too narrow is read again, with `rechunks` flat columns come in
    /// one piece each.
    #[pyo3(signature = (columns=None, *, slice=None, row_index=None, file_paths=None, large_text=false, rejects=None, widens=false, rechunks=false, progress=None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn collect(
        &self,
        py: Python<'_>,
        columns: Option<Vec<usize>>,
        slice: Option<(i64, Option<u64>)>,
        row_index: Option<(String, u64, bool)>,
        file_paths: Option<String>,
        large_text: bool,
        rejects: Option<PyRef<'_, Rejects>>,
        widens: bool,
        rechunks: bool,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Frame> {
        let (row_index, rejects) = (row_index.map(index), rejects.map(|rejects| Arc::clone(&rejects.inner)));
        let request =
            Request { projection: columns, slice, row_index, file_paths, rejects, widens, ..Request::default() };
        let teller = progress.map(|told| Arc::new(Teller::new(told)));
        let mut frame = if !self.scan.is_provisional() {
            self.widened(py, request, teller.as_ref(), large_text)?
        } else if let Some(frame) = self.judged(py, &request, teller.as_ref(), large_text)? {
            frame
        } else {
            // Who was told that all has been read is not told it again.
            self.settled(py)?.widened(py, Request { widens: false, ..request }, None, large_text)?
        };
        if large_text {
            py.detach(|| frame.with_decimals()).map_err(capsule::arrow_error)?;
        }
        if rechunks {
            let batches = std::mem::take(&mut frame.batches);
            let joined = py.detach(|| joining::joined(batches, self.scan.threads()));
            frame.batches = joined.map_err(capsule::arrow_error)?;
        }
        tell(py, teller.as_deref(), true)?;
        Ok(frame)
    }

    /// Decodes everything, keeps nothing, and says what there is: one row a column, and values by column.
    #[pyo3(signature = (columns=None, *, rejects=None, progress=None))]
    fn profile(
        &self,
        py: Python<'_>,
        columns: Option<Vec<usize>>,
        rejects: Option<PyRef<'_, Rejects>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Batch, Batch)> {
        let rejects = rejects.map(|rejects| Arc::clone(&rejects.inner));
        let teller = progress.map(Teller::new);
        let meter = teller.as_ref().map(Teller::meter);
        let request = Request { projection: columns, rejects, meter, ..Request::default() };
        self.check(&request)?;
        let raise = |error| error::to_python(py, &error);
        let mut profiling = py.detach(|| Profiling::new(&self.scan, request)).map_err(raise)?;
        let profile = loop {
            if let Some(profile) = py.detach(|| profiling.next_within(PATIENCE)).map_err(raise)? {
                break profile;
            }
            // What a piece was decoded into serves the next one.
            crate::ALLOC.tend();
            py.check_signals()?;
            tell(py, teller.as_ref(), false)?;
        };
        tell(py, teller.as_ref(), true)?;
        self.cells.fetch_add(profiling.cells_decoded(), Ordering::Relaxed);
        py.detach(|| drop(profiling));
        let facts = profile::facts(&profile).map_err(capsule::arrow_error)?;
        let values = profile::values(&profile).map_err(capsule::arrow_error)?;
        Ok((Batch { batch: facts }, Batch { batch: values }))
    }
}

impl Scan {
    /// All rows of a request; columns whose types turned out too narrow are read again, where it widens them.
    fn widened(
        &self,
        py: Python<'_>,
        request: Request,
        teller: Option<&Arc<Teller>>,
        large_text: bool,
    ) -> PyResult<Frame> {
        let (slice, widens) = (request.slice, request.widens);
        let all = |scan: &Scan, request: Request, teller: Option<&Arc<Teller>>| {
            let reading = scan.begin(py, request, teller)?;
            drained(py, reading, teller.map(Arc::as_ref), large_text).map_err(|stopped| stopped.raised(py))
        };
        let (mut frame, mut misfits) = all(self, request, teller)?;
        let mut scan = self.scan.clone();
        while !misfits.is_empty() {
            scan = scan.wider(&misfits);
            let request = Request { projection: Some(places(&scan, &misfits)?), slice, widens, ..Request::default() };
            let (again, found) = all(&self.of_same(scan.clone()), request, None)?;
            frame.replace(&again)?;
            misfits = found;
        }
        Ok(frame)
    }

    /// All rows of a request on a provisional scan, in the types of all records; `None` where a read cannot tell them, or finds a
    /// fault, of which there may be an earlier one in a column of another type.
    fn judged(
        &self,
        py: Python<'_>,
        request: &Request,
        teller: Option<&Arc<Teller>>,
        large_text: bool,
    ) -> PyResult<Option<Frame>> {
        // What is refused would be recorded twice.
        if !request.widens || request.slice.is_some() || request.rejects.is_some() {
            return Ok(None);
        }
        let reading = self.begin(py, request.clone(), teller)?;
        let (mut frame, misfits) = match drained(py, reading, teller.map(Arc::as_ref), large_text) {
            Ok(drained) => drained,
            Err(Stopped::Failed(_)) => return Ok(None),
            Err(Stopped::Raised(raised)) => return Err(raised),
        };
        let rows = frame.batches.iter().map(RecordBatch::num_rows).sum::<usize>();
        let Some(scan) = self.scan.judged(rows as u64, &misfits) else { return Ok(None) };
        if !misfits.is_empty() {
            let request = Request { projection: Some(places(&scan, &misfits)?), ..Request::default() };
            let reading = self.of_same(scan).begin(py, request, None)?;
            match drained(py, reading, None, large_text) {
                Ok((again, _)) => frame.replace(&again)?,
                Err(Stopped::Failed(_)) => return Ok(None),
                Err(Stopped::Raised(raised)) => return Err(raised),
            }
        }
        Ok(Some(frame))
    }

    /// The same scan with types of all records, which are looked at before they are read.
    fn settled(&self, py: Python<'_>) -> PyResult<Scan> {
        let scan = self.scan.clone();
        Ok(self.of_same(waiting::interruptible(py, move |cancelled| scan.settled(cancelled))?))
    }

    /// Another scan of the same sources, whose cells count with those of this one.
    fn of_same(&self, scan: fast_csv::Scan) -> Scan {
        Scan { scan, cells: Arc::clone(&self.cells) }
    }

    /// Wraps a scan of the core.
    pub fn new_of(scan: fast_csv::Scan) -> Scan {
        Scan { scan, cells: Arc::default() }
    }

    /// Counts the rows, and tells how far it came.
    pub fn count(&self, py: Python<'_>, progress: Py<PyAny>) -> PyResult<u64> {
        let request = Request { projection: Some(Vec::new()), ..Request::default() };
        let (reading, teller) = self.open(py, request, Some(progress))?;
        drain(py, reading, teller.as_deref())
    }

    /// Begins a read, and what its caller is told of it.
    fn open(
        &self,
        py: Python<'_>,
        request: Request,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Reading, Option<Arc<Teller>>)> {
        let teller = progress.map(|told| Arc::new(Teller::new(told)));
        Ok((self.begin(py, request, teller.as_ref())?, teller))
    }

    /// Begins a read of which someone may be told.
    fn begin(&self, py: Python<'_>, mut request: Request, teller: Option<&Arc<Teller>>) -> PyResult<Reading> {
        request.meter = teller.map(|teller| teller.meter());
        self.check(&request)?;
        let batches = py.detach(|| self.scan.read(request)).map_err(|error| error::to_python(py, &error))?;
        Ok(Reading::new(batches, Arc::clone(&self.cells)).telling(teller.cloned()))
    }

    /// Refuses columns that are not there.
    fn check(&self, request: &Request) -> PyResult<()> {
        let width = self.scan.schema().fields().len();
        let named = request.projection.iter().flatten().chain(&request.checked);
        match named.into_iter().find(|&&column| column >= width) {
            Some(column) => Err(PyIndexError::new_err(format!("column {column} of a file with {width} columns"))),
            None => Ok(()),
        }
    }
}

/// Where the columns of that name are in a scan's schema.
fn places(scan: &fast_csv::Scan, misfits: &[(String, Seen)]) -> PyResult<Vec<usize>> {
    let schema = scan.schema();
    misfits.iter().map(|(name, _)| schema.index_of(name).map_err(capsule::arrow_error)).collect()
}

/// Why not all batches of a read came.
enum Stopped {
    /// The read failed.
    Failed(Failure),
    /// A signal's handler raised, or whoever is told of the read.
    Raised(PyErr),
}

impl Stopped {
    fn raised(self, py: Python<'_>) -> PyErr {
        match self {
            Stopped::Failed(failure) => raise(py, failure),
            Stopped::Raised(raised) => raised,
        }
    }
}

/// All batches of a read, and what did not fit its columns.
fn drained(
    py: Python<'_>,
    mut reading: Reading,
    teller: Option<&Teller>,
    large_text: bool,
) -> Result<(Frame, Vec<(String, Seen)>), Stopped> {
    if large_text {
        reading = reading.with_large_text();
    }
    let mut frame = Frame { schema: reading.schema(), batches: Vec::new() };
    loop {
        match py.detach(|| reading.next_within(PATIENCE)).map_err(Stopped::Failed)? {
            Step::Batch(batch) => frame.batches.push(batch),
            Step::Pending => {}
            Step::Done => break,
        }
        py.check_signals().and_then(|()| tell(py, teller, false)).map_err(Stopped::Raised)?;
    }
    let misfits = reading.misfits();
    py.detach(|| drop(reading));
    Ok((frame, misfits))
}

fn index((name, offset, wide): (String, u64, bool)) -> RowIndex {
    RowIndex { name, offset, wide }
}

/// The most characters of a name that a message shows.
const SHOWN: usize = 40;

/// Refuses a name that would end early in the C string of an exported schema.
pub fn exportable(py: Python<'_>, schema: &Schema) -> PyResult<()> {
    let Some(at) = schema.fields().iter().position(|field| field.name().contains('\0')) else {
        return Ok(());
    };
    let text = format!(
        "the name of column {} holds a NUL byte, which Arrow's C interface cannot carry: {:?}; new_columns renames it",
        at + 1,
        schema.field(at).name().chars().take(SHOWN).collect::<String>(),
    );
    Err(error::of_polars(py, "SchemaError", text))
}

/// Waits for one step with the interpreter released.
fn advance(py: Python<'_>, reading: &mut Reading, patience: Duration) -> PyResult<Step> {
    py.detach(|| reading.next_within(patience)).map_err(|failure| raise(py, failure))
}

fn tell(py: Python<'_>, teller: Option<&Teller>, end: bool) -> PyResult<()> {
    teller.map_or(Ok(()), |teller| teller.tell(py, end))
}

/// Decodes what is left of a read, keeps nothing, and gives the number of rows.
fn drain(py: Python<'_>, mut reading: Reading, teller: Option<&Teller>) -> PyResult<u64> {
    let mut rows = 0;
    loop {
        match advance(py, &mut reading, PATIENCE)? {
            Step::Batch(batch) => rows += batch.num_rows() as u64,
            Step::Pending => {}
            Step::Done => break,
        }
        py.check_signals()?;
        tell(py, teller, false)?;
    }
    py.detach(|| drop(reading));
    tell(py, teller, true)?;
    Ok(rows)
}

fn raise(py: Python<'_>, failure: Failure) -> PyErr {
    match failure {
        Failure::Csv(error) => error::to_python(py, &error),
        Failure::Arrow(error) => capsule::arrow_error(error),
    }
}

/// A read in progress.
#[pyclass(frozen, module = "polars_fast_csv._native")]
pub struct Batches {
    /// Empty once the read has ended, was closed or was given away as a stream.
    reading: Mutex<Option<Reading>>,
    schema: SchemaRef,
    #[pyo3(get)]
    threads: usize,
    teller: Option<Arc<Teller>>,
}

#[pymethods]
impl Batches {
    /// Waits up to `timeout_ms` for the next batch: one without rows says "not yet", none at all says "the end".
    fn next_batch(&self, py: Python<'_>, timeout_ms: u64) -> PyResult<Option<Batch>> {
        let step = py.detach(|| {
            let mut place = self.lock();
            let Some(reading) = place.as_mut() else {
                return Ok(Step::Done);
            };
            let step = reading.next_within(Duration::from_millis(timeout_ms));
            if !matches!(step, Ok(Step::Batch(_) | Step::Pending)) {
                *place = None;
            }
            step
        });
        let step = step.map_err(|failure| raise(py, failure))?;
        if let Err(raised) = tell(py, self.teller.as_deref(), matches!(step, Step::Done)) {
            self.close(py);
            return Err(raised);
        }
        match step {
            Step::Batch(batch) => Ok(Some(Batch { batch })),
            Step::Pending => Ok(Some(Batch { batch: RecordBatch::new_empty(Arc::clone(&self.schema)) })),
            Step::Done => Ok(None),
        }
    }

    /// Decodes what is left, keeps nothing, and gives the number of rows.
    fn drain(&self, py: Python<'_>) -> PyResult<u64> {
        match py.detach(|| self.lock().take()) {
            Some(reading) => drain(py, reading, self.teller.as_deref()),
            None => Ok(0),
        }
    }

    /// Cancels the read and joins its threads.
    fn close(&self, py: Python<'_>) {
        py.detach(|| *self.lock() = None);
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        capsule::schema(py, &wide::decimal_schema(&self.schema, Digits::Upto38))
    }

    /// Gives the rest of the read away as a stream.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let wanted = requested_schema.map(|schema| capsule::import_schema(&schema)).transpose()?;
        let Some(mut reading) = py.detach(|| self.lock().take()) else {
            return Err(PyRuntimeError::new_err("this read has ended: a stream is given once"));
        };
        reading = match wanted {
            Some(wanted) => reading.with_requested(&wanted),
            None => reading.with_decimals(),
        };
        capsule::stream(py, Box::new(reading))
    }
}

impl Batches {
    /// A read that is counted nowhere, and whom to tell of it.
    pub fn new(batches: fast_csv::Batches, teller: Option<Arc<Teller>>) -> Self {
        let reading = Reading::new(batches, Arc::default()).telling(teller.clone());
        let (schema, threads) = (reading.schema(), reading.threads());
        Batches { schema, threads, reading: Mutex::new(Some(reading)), teller }
    }

    /// A panic of the core while the lock is held leaves nothing that a later call could misread.
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Reading>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One batch of rows.
#[pyclass(frozen, module = "polars_fast_csv._native")]
pub struct Batch {
    batch: RecordBatch,
}

impl Batch {
    /// Wraps a batch.
    pub fn new(batch: RecordBatch) -> Self {
        Batch { batch }
    }
}

#[pymethods]
impl Batch {
    /// How many rows it has.
    #[getter]
    fn height(&self) -> usize {
        self.batch.num_rows()
    }

    /// Of the facts of a profile the profile itself, with the names of types and the spelled values, a block a column.
    fn with_values(&self, types: Vec<String>, spelled: &Bound<'_, PyAny>, blocks: Vec<usize>) -> PyResult<Batch> {
        let spelled = capsule::import_batch(spelled)?;
        let batch = profile::frame(&self.batch, types, &spelled, &blocks).map_err(capsule::arrow_error)?;
        Ok(Batch { batch })
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        // A request is a wish by the protocol; a batch for Polars goes as it is.
        let _ = requested_schema;
        capsule::polars_array(py, self.batch.clone())
    }
}

/// All batches of a read.
#[pyclass(frozen, module = "polars_fast_csv._native")]
pub struct Frame {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Frame {
    /// Puts columns that were read again in the places of those of their names.
    fn replace(&mut self, again: &Frame) -> PyResult<()> {
        let replaced = widening::replaced(&self.schema, &self.batches, (&again.schema, &again.batches));
        (self.schema, self.batches) = replaced.map_err(capsule::arrow_error)?;
        Ok(())
    }

    /// Makes decimals of integers of 128 bits, wide enough for those that there are.
    fn with_decimals(&mut self) -> Result<(), ArrowError> {
        let mut fields = self.schema.fields().to_vec();
        if !fields.iter().any(|field| wide::is_wide(field)) {
            return Ok(());
        }
        let mut chosen = Vec::with_capacity(fields.len());
        for (at, field) in fields.iter_mut().enumerate() {
            let narrow = self.batches.iter().all(|batch| wide::fits_38(batch.column(at), field));
            chosen.push(if narrow { Digits::Upto38 } else { Digits::Upto39 });
            *field = wide::decimal_field(field, chosen[at]);
        }
        let schema = Arc::new(Schema::new(fields));
        for batch in &mut self.batches {
            let columns = batch.columns().iter().zip(self.schema.fields()).zip(&chosen);
            let columns = columns.map(|((column, field), digits)| wide::decimals(column, field, *digits));
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            let columns = columns.collect::<Result<_, _>>()?;
            *batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?;
        }
        self.schema = schema;
        Ok(())
    }
}

#[pymethods]
impl Frame {
    /// How many rows it has.
    #[getter]
    fn height(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // A request is a wish by the protocol; what was collected goes as it is.
        let _ = requested_schema;
        let batches: Vec<_> = self.batches.iter().cloned().map(Ok).collect();
        let reader = RecordBatchIterator::new(batches, Arc::clone(&self.schema));
        capsule::polars_stream(py, Box::new(reader))
    }
}
