//! The Arrow PyCapsule interface: schemas, arrays and streams in and out of Python without a copy.
//!
//! What goes to Polars differs from the rest in one thing: integers of 128 bits have formats of Polars' own (see [`wide`]).
//!
//! A capsule owns its C struct and releases it when nobody took it; a consumer that takes the struct clears its `release`
//! member, so that the release runs once.

#![expect(unsafe_code, reason = "what the C interface hands over lies behind raw pointers")]

use std::ffi::CStr;

use arrow::array::{Array, RecordBatch, RecordBatchReader, StructArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::ffi::{FFI_ArrowSchema, to_ffi};
use arrow::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::renamed::RenamedStream;
use crate::wide;

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

/// A schema for `__arrow_c_schema__`.
pub fn schema<'py>(py: Python<'py>, schema: &Schema) -> PyResult<Bound<'py, PyCapsule>> {
    let exported = FFI_ArrowSchema::try_from(schema).map_err(arrow_error)?;
    PyCapsule::new_with_value(py, exported, SCHEMA)
}

/// A schema for `__arrow_c_schema__`, which Polars takes.
pub fn polars_schema<'py>(py: Python<'py>, schema: &Schema) -> PyResult<Bound<'py, PyCapsule>> {
    let exported = polars_struct(schema).map_err(arrow_error)?;
    PyCapsule::new_with_value(py, exported, SCHEMA)
}

/// A batch as a struct array for `__arrow_c_array__`, which Polars takes.
pub fn polars_array<'py>(
    py: Python<'py>,
    batch: RecordBatch,
) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
    let wide = batch.schema().fields().iter().any(|field| wide::is_wide(field));
    let schema = wide.then(|| polars_struct(&batch.schema())).transpose().map_err(arrow_error)?;
    let (array, plain) = to_ffi(&StructArray::from(batch).to_data()).map_err(arrow_error)?;
    let schema = schema.unwrap_or(plain);
    Ok((PyCapsule::new_with_value(py, schema, SCHEMA)?, PyCapsule::new_with_value(py, array, ARRAY)?))
}

/// A reader for `__arrow_c_stream__`.
pub fn stream<'py>(py: Python<'py>, reader: Box<dyn RecordBatchReader + Send>) -> PyResult<Bound<'py, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(reader), STREAM)
}

/// A reader for `__arrow_c_stream__`, which Polars takes.
pub fn polars_stream<'py>(
    py: Python<'py>,
    reader: Box<dyn RecordBatchReader + Send>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = reader.schema();
    if !schema.fields().iter().any(|field| wide::is_wide(field)) {
        return stream(py, reader);
    }
    PyCapsule::new_with_value(py, RenamedStream::new(FFI_ArrowArrayStream::new(reader), schema), STREAM)
}

/// The schema of batches, with the formats that Polars knows.
pub fn polars_struct(schema: &Schema) -> Result<FFI_ArrowSchema, ArrowError> {
    let children = schema.fields().iter().map(|field| polars_field(field)).collect::<Result<_, _>>()?;
    FFI_ArrowSchema::try_new("+s", children, None)
}

fn polars_field(field: &Field) -> Result<FFI_ArrowSchema, ArrowError> {
    if !wide::is_wide(field) {
        return FFI_ArrowSchema::try_from(field);
    }
    let plain = FFI_ArrowSchema::try_from(field)?;
    let children = wide::children(field).iter().map(|child| polars_field(child)).collect::<Result<_, _>>()?;
    let format = wide::polars_format(field).unwrap_or_else(|| plain.format());
    let renamed = FFI_ArrowSchema::try_new(format, children, None)?.with_name(field.name())?;
    match plain.flags() {
        Some(flags) => renamed.with_flags(flags),
        None => Ok(renamed),
    }
}

/// The schema behind a capsule, or behind an object with `__arrow_c_schema__`.
pub fn import_schema(object: &Bound<'_, PyAny>) -> PyResult<Schema> {
    let capsule = match object.cast::<PyCapsule>() {
        Ok(capsule) => capsule.clone(),
        Err(_) => object
            .call_method0("__arrow_c_schema__")?
            .cast_into::<PyCapsule>()
            .map_err(|_| PyTypeError::new_err("__arrow_c_schema__ gave no capsule"))?,
    };
    let pointer = capsule.pointer_checked(Some(SCHEMA))?;
    // SAFETY: a capsule of this name holds an ArrowSchema by the PyCapsule protocol, `capsule` keeps it alive until the end
    // of this function, and it is only read.
    let schema = unsafe { pointer.cast::<FFI_ArrowSchema>().as_ref() };
    Schema::try_from(schema).map_err(arrow_error)
}

/// The batches behind an object with `__arrow_c_stream__`.
pub fn import_batches(object: &Bound<'_, PyAny>) -> PyResult<Vec<RecordBatch>> {
    import_stream(object)?.collect::<Result<_, _>>().map_err(arrow_error)
}

/// All rows of an object with `__arrow_c_stream__`.
pub fn import_batch(object: &Bound<'_, PyAny>) -> PyResult<RecordBatch> {
    let stream = import_stream(object)?;
    let schema = stream.schema();
    let batches = stream.collect::<Result<Vec<_>, _>>().map_err(arrow_error)?;
    concat_batches(&schema, &batches).map_err(arrow_error)
}

fn import_stream(object: &Bound<'_, PyAny>) -> PyResult<RecordBatchStreamReader> {
    let capsule = object
        .call_method0("__arrow_c_stream__")?
        .cast_into::<PyCapsule>()
        .map_err(|_| PyTypeError::new_err("__arrow_c_stream__ gave no capsule"))?;
    let pointer = capsule.pointer_checked(Some(STREAM))?;
    // SAFETY: a capsule of this name holds an ArrowArrayStream by the PyCapsule protocol, `capsule` keeps it alive until the
    // end of this function, and the struct is moved out of it, which leaves one that is released behind.
    let reader = unsafe { RecordBatchStreamReader::from_raw(pointer.cast::<FFI_ArrowArrayStream>().as_ptr()) };
    reader.map_err(arrow_error)
}

/// An Arrow error that comes of an argument.
pub fn arrow_error(error: ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}
