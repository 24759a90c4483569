//! Polars' interface to compiled expressions, version 0.1: exported symbols that take and give columns by the C data interface.
//!
//! pyo3-polars has a macro for it, which brings Polars' planner and file readers into the build and hands columns over as
//! Polars' own; they would be most of the build's time and of the module's bytes. What is needed of the interface is here
//! instead, with columns as the arrays of Arrow that the core knows.
#![expect(unsafe_code, reason = "a C interface, checked by its caller")]

use std::cell::RefCell;
use std::ffi::{CString, c_char, c_void};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{ArrayRef, NullArray, make_array};
use arrow::datatypes::{DataType, Field};
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use serde::de::DeserializeOwned;

/// What a function gives, or what is wrong, for the user's eyes.
pub type Outcome<T> = Result<T, String>;

/// A column as Polars keeps it: some arrays of one type, one after the other.
#[derive(Debug)]
pub struct Column {
    /// Its name and type.
    pub field: Field,
    /// Its arrays.
    pub chunks: Vec<ArrayRef>,
}

/// A column on its way through the interface. Whoever holds it last calls `release`; the arrays may have been moved out by then.
#[derive(Debug)]
#[repr(C)]
pub struct ColumnExport {
    field: *mut FFI_ArrowSchema,
    arrays: *mut *mut FFI_ArrowArray,
    count: usize,
    release: Option<unsafe extern "C" fn(*mut ColumnExport)>,
    private: *mut c_void,
}

/// What a column that is exported here owns.
struct Exported {
    schema: FFI_ArrowSchema,
    arrays: Box<[*mut FFI_ArrowArray]>,
}

unsafe extern "C" fn release_export(export: *mut ColumnExport) {
    // SAFETY: Polars gives back the export it was given.
    let export = unsafe { &mut *export };
    if export.private.is_null() {
        return;
    }
    // SAFETY: it was leaked by `Column::export`, and is taken back once: the pointer is cleared here.
    let exported = unsafe { Box::from_raw(export.private.cast::<Exported>()) };
    for &array in &exported.arrays {
        // SAFETY: as above. The arrays themselves were moved out: only their memory is freed.
        drop(unsafe { Box::from_raw(array.cast::<ManuallyDrop<FFI_ArrowArray>>()) });
    }
    export.private = std::ptr::null_mut();
    export.release = None;
}

impl Drop for ColumnExport {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: by the interface, this is called once by the holder.
            unsafe { release(self) }
        }
    }
}

impl Column {
    /// # Safety
    /// `export` is valid.
    unsafe fn import(export: ColumnExport) -> Outcome<Column> {
        // SAFETY: by the caller's promise; the schema is read and left.
        let schema = unsafe { &*export.field };
        let arrays = match export.count {
            0 => &[],
            // SAFETY: by the caller's promise.
            count => unsafe { std::slice::from_raw_parts(export.arrays, count) },
        };
        // SAFETY: as above; every array is moved out, an empty one stays.
        let arrays: Vec<_> = arrays.iter().map(|&array| unsafe { FFI_ArrowArray::from_raw(array) }).collect();
        let field = field(schema)?;
        let chunks = arrays.into_iter().map(|array| match field.data_type() {
            // Polars sends a bitmap with it, which Arrow has not.
            DataType::Null => Ok(Arc::new(NullArray::new(array.len())) as ArrayRef),
            // SAFETY: as above.
            _ => unsafe { from_ffi(array, schema) }.map(make_array),
        });
        let chunks = chunks.collect::<Result<_, _>>().map_err(unknown_type)?;
        Ok(Column { field, chunks })
    }

    fn export(self) -> Outcome<ColumnExport> {
        let schema = FFI_ArrowSchema::try_from(&self.field).map_err(|error| error.to_string())?;
        let arrays = self.chunks.iter().map(|chunk| Box::into_raw(Box::new(FFI_ArrowArray::new(&chunk.to_data()))));
        let mut exported = Box::new(Exported { schema, arrays: arrays.collect() });
        Ok(ColumnExport {
            field: &raw mut exported.schema,
            arrays: exported.arrays.as_mut_ptr(),
            count: exported.arrays.len(),
            release: Some(release_export),
            private: Box::into_raw(exported).cast(),
        })
    }
}

fn field(schema: &FFI_ArrowSchema) -> Outcome<Field> {
    Field::try_from(schema).map_err(unknown_type)
}

fn unknown_type(error: impl std::fmt::Display) -> String {
    format!("functions of fast_csv do not know such a column: {error}")
}

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::default();
}

/// The version of the interface.
#[unsafe(no_mangle)]
extern "C" fn _polars_plugin_get_version() -> u32 {
    const MAJOR: u32 = 0;
    const MINOR: u32 = 1;
    (MAJOR << 16) + MINOR
}

/// Why the last call on this thread gave nothing; Polars copies it at once.
#[unsafe(no_mangle)]
extern "C" fn _polars_plugin_get_last_error_message() -> *const c_char {
    LAST_ERROR.with_borrow(|text| text.as_ptr())
}

/// Runs `work`; where it fails its error is what Polars asks for next.
fn guarded<T>(work: impl FnOnce() -> Outcome<T>) -> Option<T> {
    let result = catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("a function of fast_csv panicked, please report it".into()));
    result
        .map_err(|text| {
            // A text of the user's may hold a NUL, where a C string would end.
            LAST_ERROR.set(CString::new(text.replace('\0', "\\0")).unwrap_or_default());
        })
        .ok()
}

/// Reads the pickled arguments of a call; no bytes stand for no arguments.
///
/// # Safety
/// `arguments` points to `bytes` readable bytes.
unsafe fn read<A: DeserializeOwned>(arguments: *const u8, bytes: usize) -> Outcome<A> {
    const NONE: &[u8] = b"}.";
    let pickled = match bytes {
        0 => NONE,
        // SAFETY: by the caller's promise.
        _ => unsafe { std::slice::from_raw_parts(arguments, bytes) },
    };
    serde_pickle::from_slice(pickled, serde_pickle::DeOptions::new())
        .map_err(|error| format!("arguments of a function of fast_csv: {error}"))
}

/// Evaluates `function` on the columns and the pickled arguments of a call.
///
/// # Safety
/// `inputs` points to `count` valid exports, which are consumed; `arguments` to `bytes` readable bytes; `output` may be written.
pub unsafe fn evaluate<A: DeserializeOwned>(
    (inputs, count): (*mut ColumnExport, usize),
    (arguments, bytes): (*const u8, usize),
    output: *mut ColumnExport,
    function: fn(Column, A) -> Outcome<Column>,
) {
    let evaluated = guarded(|| {
        // SAFETY: by the caller's promise. All are taken over before anything can fail.
        let exports: Vec<_> = (0..count).map(|at| unsafe { std::ptr::read(inputs.add(at)) }).collect();
        // SAFETY: by the caller's promise.
        let arguments = unsafe { read(arguments, bytes) }?;
        // SAFETY: by the caller's promise.
        let columns = exports.into_iter().map(|export| unsafe { Column::import(export) });
        let [column] = <[Column; 1]>::try_from(columns.collect::<Outcome<Vec<_>>>()?)
            .map_err(|columns| format!("a function of fast_csv takes one column, got {}", columns.len()))?;
        function(column, arguments)?.export()
    });
    if let Some(export) = evaluated {
        // SAFETY: by the caller's promise; what stood there was empty.
        unsafe { std::ptr::write(output, export) };
    }
}

/// Tells the dtype that a function gives for the fields of its columns.
///
/// # Safety
/// `fields` points to `count` valid schemas; `arguments` to `bytes` readable bytes; `output` may be written.
pub unsafe fn resolve<A: DeserializeOwned>(
    (fields, count): (*const FFI_ArrowSchema, usize),
    (arguments, bytes): (*const u8, usize),
    output: *mut FFI_ArrowSchema,
    dtype: fn(&Field, A) -> Outcome<Field>,
) {
    let resolved = guarded(|| {
        if count != 1 {
            return Err(format!("a function of fast_csv takes one column, got {count}"));
        }
        // SAFETY: by the caller's promise; the schema is read and left.
        let (field, arguments) = unsafe { (field(&*fields)?, read(arguments, bytes)?) };
        FFI_ArrowSchema::try_from(&dtype(&field, arguments)?).map_err(|error| error.to_string())
    });
    if let Some(schema) = resolved {
        // SAFETY: by the caller's promise; what stood there was empty.
        unsafe { std::ptr::write(output, schema) };
    }
}

/// Exports functions by the names that Polars looks for: `symbols: dtype function, function`.
macro_rules! export {
    ($($symbol:literal, $field_symbol:literal: $dtype:expr, $function:expr;)*) => {
        $(#[expect(unsafe_code, reason = "a C interface, checked by its caller")]
        const _: () = {
            #[unsafe(export_name = $symbol)]
            unsafe extern "C" fn exported_function(
                inputs: *mut $crate::expr::abi::ColumnExport,
                count: usize,
                arguments: *const u8,
                bytes: usize,
                output: *mut $crate::expr::abi::ColumnExport,
                _context: *const std::ffi::c_void,
            ) {
                // SAFETY: Polars calls by this interface.
                unsafe { $crate::expr::abi::evaluate((inputs, count), (arguments, bytes), output, $function) }
            }

            #[unsafe(export_name = $field_symbol)]
            unsafe extern "C" fn exported_dtype(
                fields: *const arrow::ffi::FFI_ArrowSchema,
                count: usize,
                output: *mut arrow::ffi::FFI_ArrowSchema,
                arguments: *const u8,
                bytes: usize,
            ) {
                // SAFETY: Polars calls by this interface.
                unsafe { $crate::expr::abi::resolve((fields, count), (arguments, bytes), output, $dtype) }
            }
        };)*
    };
}
pub(crate) use export;
