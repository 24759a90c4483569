//! A stream of Arrow's C interface that tells the schema which Polars knows in place of its own.
//!
//! The arrays are those of the stream within; arrow's own struct does not let its callbacks be exchanged.

#![expect(unsafe_code, reason = "the callbacks of the C interface get raw pointers")]

use std::ffi::{c_char, c_int, c_void};

use arrow::datatypes::SchemaRef;
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow::ffi_stream::FFI_ArrowArrayStream;

use crate::capsule::polars_struct;

/// `struct ArrowArrayStream`, as the specification of the C stream interface lays it out.
#[repr(C)]
pub struct RenamedStream {
    get_schema: unsafe extern "C" fn(*mut RenamedStream, *mut FFI_ArrowSchema) -> c_int,
    get_next: unsafe extern "C" fn(*mut RenamedStream, *mut FFI_ArrowArray) -> c_int,
    get_last_error: unsafe extern "C" fn(*mut RenamedStream) -> *const c_char,
    /// `None` once it was released or moved out by a consumer.
    release: Option<unsafe extern "C" fn(*mut RenamedStream)>,
    /// A box of [`Inner`].
    private_data: *mut c_void,
}

// SAFETY: what is behind the pointer is owned by the stream alone, and both its parts may change threads.
unsafe impl Send for RenamedStream {}

struct Inner {
    stream: FFI_ArrowArrayStream,
    schema: SchemaRef,
}

/// Errors of the C interface are numbers of `errno.h`.
const EINVAL: c_int = 22;

impl RenamedStream {
    /// A stream of the same arrays.
    pub fn new(stream: FFI_ArrowArrayStream, schema: SchemaRef) -> RenamedStream {
        RenamedStream {
            get_schema,
            get_next,
            get_last_error,
            release: Some(release),
            private_data: Box::into_raw(Box::new(Inner { stream, schema })).cast(),
        }
    }
}

impl Drop for RenamedStream {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: it has not been released, as its `release` is still there.
            unsafe { release(self) }
        }
    }
}

/// # Safety
/// `stream` is a stream of [`RenamedStream::new`] that is not released, and no other call on it is running: the interface says
/// so of the argument of every callback.
unsafe fn inner<'a>(stream: *mut RenamedStream) -> &'a mut Inner {
    // SAFETY: by the contract, `private_data` is the box that `new` put there.
    unsafe { &mut *(*stream).private_data.cast::<Inner>() }
}

unsafe extern "C" fn get_schema(stream: *mut RenamedStream, out: *mut FFI_ArrowSchema) -> c_int {
    // SAFETY: the interface's contract.
    let schema = polars_struct(&unsafe { inner(stream) }.schema);
    match schema {
        Ok(schema) => {
            // SAFETY: the interface passes room for a schema, which holds none.
            unsafe { out.write(schema) };
            0
        }
        Err(_) => EINVAL,
    }
}

unsafe extern "C" fn get_next(stream: *mut RenamedStream, out: *mut FFI_ArrowArray) -> c_int {
    // SAFETY: the interface's contract.
    let within = &mut unsafe { inner(stream) }.stream;
    // SAFETY: arrow's stream is not released before this one, and `out` is passed on as it came.
    within.get_next().map_or(EINVAL, |next| unsafe { next(within, out) })
}

unsafe extern "C" fn get_last_error(stream: *mut RenamedStream) -> *const c_char {
    // SAFETY: the interface's contract.
    let within = &mut unsafe { inner(stream) }.stream;
    // SAFETY: as in `get_next`.
    within.get_last_error().map_or(std::ptr::null(), |error| unsafe { error(within) })
}

unsafe extern "C" fn release(stream: *mut RenamedStream) {
    // SAFETY: the interface releases a stream once, which `release` being cleared tells; the box is the one of `new`.
    unsafe {
        drop(Box::from_raw((*stream).private_data.cast::<Inner>()));
        (*stream).release = None;
    }
}
