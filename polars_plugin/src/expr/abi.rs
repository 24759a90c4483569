//! Polars' interface to compiled expressions, version 0.1: exported symbols that take and give series by the C data interface.
//!
//! pyo3-polars has a macro for it, which brings Polars' planner and file readers into the build; they would be most of its time
//! and of the module's bytes. What is needed of the interface is here instead.
#![expect(unsafe_code, reason = "a C interface, checked by its caller")]

use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars_arrow::ffi::{ArrowSchema, export_field_to_c, import_field_from_c};
use polars_core::prelude::{CompatLevel, PolarsError};
pub use polars_core::prelude::{Field, PolarsResult, Series};
pub use polars_ffi::version_0::{CallerContext, SeriesExport};
use polars_ffi::version_0::{export_series, import_series_buffer};
use serde::de::DeserializeOwned;

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::default();
}

/// The version of the interface.
#[unsafe(no_mangle)]
extern "C" fn _polars_plugin_get_version() -> u32 {
    let (major, minor) = polars_ffi::get_version();
    (u32::from(major) << 16) + u32::from(minor)
}

/// Why the last call on this thread gave nothing; Polars copies it at once.
#[unsafe(no_mangle)]
extern "C" fn _polars_plugin_get_last_error_message() -> *const c_char {
    LAST_ERROR.with_borrow(|text| text.as_ptr())
}

/// Runs `work`; where it fails its error is what Polars asks for next.
fn guarded<T>(work: impl FnOnce() -> PolarsResult<T>) -> Option<T> {
    let result = catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(PolarsError::ComputeError("a function of fast_csv panicked, please report it".into())));
    result
        .map_err(|error| {
            // A text of the user's may hold a NUL, where a C string would end.
            let text = error.to_string().replace('\0', "\\0");
            LAST_ERROR.set(CString::new(text).unwrap_or_default());
        })
        .ok()
}

/// Evaluates `function` on the series and the pickled arguments of a call.
///
/// # Safety
/// `inputs` points to `count` valid exports, which are consumed; `arguments` to `bytes` readable bytes; `output` may be written.
pub unsafe fn evaluate<A: DeserializeOwned>(
    (inputs, count): (*mut SeriesExport, usize),
    (arguments, bytes): (*const u8, usize),
    output: *mut SeriesExport,
    function: fn(&[Series], A) -> PolarsResult<Series>,
) {
    let evaluated = guarded(|| {
        // SAFETY: by the caller's promise.
        let (inputs, arguments) =
            unsafe { (import_series_buffer(inputs, count)?, std::slice::from_raw_parts(arguments, bytes)) };
        let arguments = serde_pickle::from_slice(arguments, serde_pickle::DeOptions::new()).map_err(|error| {
            PolarsError::InvalidOperation(format!("arguments of a plugin function: {error}").into())
        })?;
        function(&inputs, arguments)
    });
    if let Some(series) = evaluated {
        // SAFETY: by the caller's promise; what stood there was empty.
        unsafe { *output = export_series(&series) };
    }
}

/// Tells the dtype that a function gives for the fields of its columns.
///
/// # Safety
/// `fields` points to `count` valid schemas; `output` may be written.
pub unsafe fn resolve(
    (fields, count): (*const ArrowSchema, usize),
    output: *mut ArrowSchema,
    dtype: fn(&[Field]) -> PolarsResult<Field>,
) {
    let resolved = guarded(|| {
        // SAFETY: by the caller's promise.
        let schemas = unsafe { std::slice::from_raw_parts(fields, count) };
        // SAFETY: as above; a schema is read and not kept.
        let fields =
            schemas.iter().map(|schema| unsafe { import_field_from_c(schema) }.map(|field| Field::from(&field)));
        dtype(&fields.collect::<PolarsResult<Vec<_>>>()?)
    });
    if let Some(field) = resolved {
        // SAFETY: by the caller's promise; what stood there was empty.
        unsafe { *output = export_field_to_c(&field.to_arrow(CompatLevel::newest())) };
    }
}

/// Exports functions by the names that Polars looks for: `name: dtype function, function`.
macro_rules! export {
    ($($symbol:literal, $field_symbol:literal: $dtype:path, $function:path;)*) => {
        $(#[expect(unsafe_code, reason = "a C interface, checked by its caller")]
        const _: () = {
            #[unsafe(export_name = $symbol)]
            unsafe extern "C" fn evaluate(
                inputs: *mut $crate::expr::abi::SeriesExport,
                count: usize,
                arguments: *const u8,
                bytes: usize,
                output: *mut $crate::expr::abi::SeriesExport,
                _context: *mut $crate::expr::abi::CallerContext,
            ) {
                // SAFETY: Polars calls by this interface.
                unsafe { $crate::expr::abi::evaluate((inputs, count), (arguments, bytes), output, $function) }
            }

            #[unsafe(export_name = $field_symbol)]
            unsafe extern "C" fn resolve(
                fields: *mut polars_arrow::ffi::ArrowSchema,
                count: usize,
                output: *mut polars_arrow::ffi::ArrowSchema,
                _arguments: *const u8,
                _bytes: usize,
            ) {
                // SAFETY: Polars calls by this interface.
                unsafe { $crate::expr::abi::resolve((fields, count), output, $dtype) }
            }
        };)*
    };
}
pub(crate) use export;
