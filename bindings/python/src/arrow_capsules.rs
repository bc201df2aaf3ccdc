//! Arrow arrays from and for other libraries, without a copy: the PyCapsule interface over Arrow's C data interface.
//!
//! <https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html>
//!
//! This file is the only one of the bindings with `unsafe` code: the C data interface passes raw pointers. The crate
//! `pyo3-arrow`, which would do this, needs another version of Arrow than the library.
#![allow(unsafe_code)]

use std::ffi::CStr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use arrow_array::ffi_stream::{ArrayStreamReader, FFI_ArrowArrayStream};
use arrow_array::{Array, ArrayRef, make_array};
use arrow_schema::{ArrowError, DataType};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

/// Returns the arrays that an object offers: one, or the chunks of a stream. Returns `None` if it offers none.
pub fn import(object: &Bound<'_, PyAny>) -> PyResult<Option<Vec<ArrayRef>>> {
    let py = object.py();
    if let Some(method) = object.getattr_opt(intern!(py, "__arrow_c_stream__"))? {
        let capsule = method.call0()?.cast_into::<PyCapsule>()?;
        return import_stream(&capsule).map(Some);
    }
    let Some(method) = object.getattr_opt(intern!(py, "__arrow_c_array__"))? else {
        return Ok(None);
    };
    let capsules = method.call0()?.cast_into::<PyTuple>()?;
    let schema = capsules.get_item(0)?.cast_into::<PyCapsule>()?;
    let array = capsules.get_item(1)?.cast_into::<PyCapsule>()?;
    let schema = schema
        .pointer_checked(Some(SCHEMA))?
        .cast::<FFI_ArrowSchema>();
    let array = array.pointer_checked(Some(ARRAY))?.cast::<FFI_ArrowArray>();
    // SAFETY: capsules of these names have pointers to these structures, which stay valid while the capsules live. The
    // array is moved out of its capsule, as the interface allows once.
    let (schema, array) = unsafe { (schema.as_ref(), FFI_ArrowArray::from_raw(array.as_ptr())) };
    if array.is_released() {
        return Err(PyValueError::new_err(
            "the Arrow array was already consumed",
        ));
    }
    // SAFETY: the producer of the capsules guarantees that the array has the type of the schema.
    let data = unsafe { from_ffi(array, schema) }.map_err(unreadable)?;
    Ok(Some(vec![make_array(data)]))
}

/// Reads all arrays of a stream.
fn import_stream(capsule: &Bound<'_, PyCapsule>) -> PyResult<Vec<ArrayRef>> {
    let pointer = capsule
        .pointer_checked(Some(STREAM))?
        .cast::<FFI_ArrowArrayStream>();
    // SAFETY: a capsule of this name has a pointer to this structure. The stream is moved out, as the interface allows
    // once.
    let stream = unsafe { ArrayStreamReader::from_raw(pointer.as_ptr()) };
    let arrays = stream
        .map_err(unreadable)?
        .map(|array| array.map_err(unreadable));
    arrays.collect()
}

fn unreadable(error: ArrowError) -> PyErr {
    PyTypeError::new_err(format!("could not read the Arrow array: {error}"))
}

/// Returns an array as the capsules that `__arrow_c_array__` returns: of its type and of its values.
pub fn export<'py>(
    py: Python<'py>,
    array: &dyn Array,
) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
    let (array, schema) =
        to_ffi(&array.to_data()).map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok((
        PyCapsule::new_with_value(py, schema, SCHEMA)?,
        PyCapsule::new_with_value(py, array, ARRAY)?,
    ))
}

/// Returns a type as the capsule that `__arrow_c_schema__` returns.
pub fn export_type<'py>(py: Python<'py>, of: &DataType) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(of);
    let schema = schema.map_err(|error| PyValueError::new_err(error.to_string()))?;
    PyCapsule::new_with_value(py, schema, SCHEMA)
}
