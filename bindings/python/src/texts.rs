//! Texts from Python: a list, a NumPy array, a column of pandas or Polars, or an Arrow array. None is copied if Python or
//! Arrow has them in UTF-8.

use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray, StringViewArray};
use pyo3::exceptions::{PyImportError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyFrozenSet, PyList, PySet, PyString, PyTuple};

use crate::arrow_capsules;

/// Texts in the memory of Python or of Arrow.
pub enum Texts {
    /// Strings of Python. None is missing.
    Strings(Vec<PyBackedStr>),
    /// The chunks of an Arrow array of strings.
    Arrow(Vec<ArrayRef>),
}

impl Texts {
    /// Reads the texts of an argument.
    pub fn read(argument: &Bound<'_, PyAny>) -> PyResult<Self> {
        check_kind(argument)?;
        if let Ok(list) = argument.cast::<PyList>() {
            return Self::of_items(list.iter().map(Ok));
        }
        if let Ok(tuple) = argument.cast::<PyTuple>() {
            return Self::of_items(tuple.iter().map(Ok));
        }
        if !has_object_dtype(argument)?
            && let Some(arrays) = import_if_possible(argument)?
            && arrays.iter().all(is_text)
        {
            return Ok(Self::Arrow(arrays));
        }
        for method in ["tolist", "to_pylist", "to_list"] {
            if let Some(method) = argument.getattr_opt(method)? {
                let items = method.call0()?;
                let Ok(items) = items.cast::<PyList>() else {
                    return Err(PyTypeError::new_err("expected one dimension of texts"));
                };
                return Self::of_items(items.iter().map(Ok));
            }
        }
        Self::of_items(argument.try_iter()?)
    }

    /// Reads an Arrow array, or a stream of arrays, whose texts may be null.
    pub fn read_arrow(argument: &Bound<'_, PyAny>) -> PyResult<Self> {
        let Some(arrays) = arrow_capsules::import(argument)? else {
            return Err(PyTypeError::new_err(format!(
                "expected an Arrow array, got {}; predict_proba takes lists",
                kind(argument)
            )));
        };
        match arrays.iter().find(|array| !is_text(array)) {
            None => Ok(Self::Arrow(arrays)),
            Some(array) => Err(PyTypeError::new_err(format!(
                "expected an Arrow array of strings, got {}; select the column of the texts",
                array.data_type()
            ))),
        }
    }

    fn of_items<'py>(items: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>) -> PyResult<Self> {
        let mut texts = Vec::with_capacity(items.size_hint().0);
        for (position, item) in items.enumerate() {
            let item = item?;
            let Ok(text) = item.cast::<PyString>() else {
                return Err(not_a_text(position, &item));
            };
            let text = PyBackedStr::try_from(text.clone()).map_err(|error| {
                PyValueError::new_err(format!("the text at position {position}: {error}"))
            })?;
            texts.push(text);
        }
        Ok(Self::Strings(texts))
    }

    /// Returns each text, or `None` where it is null.
    pub fn all(&self) -> Vec<Option<&str>> {
        match self {
            Self::Strings(texts) => texts.iter().map(|text| Some(&**text)).collect(),
            Self::Arrow(arrays) => {
                let mut texts = Vec::new();
                for array in arrays {
                    let any = array.as_any();
                    if let Some(array) = any.downcast_ref::<StringArray>() {
                        texts.extend(array);
                    } else if let Some(array) = any.downcast_ref::<LargeStringArray>() {
                        texts.extend(array);
                    } else if let Some(array) = any.downcast_ref::<StringViewArray>() {
                        texts.extend(array);
                    } else {
                        // An array of type null.
                        texts.resize(texts.len() + array.len(), None);
                    }
                }
                texts
            }
        }
    }

    /// Returns each text. Fails if one is null.
    pub fn present(&self) -> PyResult<Vec<&str>> {
        let texts = self.all().into_iter().enumerate();
        let texts = texts.map(|(position, text)| text.ok_or_else(|| missing(position, "null")));
        texts.collect()
    }
}

/// Returns the Arrow arrays that an object offers. A Series of pandas offers them, but needs pyarrow for it, which pandas does
/// not depend on: without it, the texts are read as Python strings.
fn import_if_possible(argument: &Bound<'_, PyAny>) -> PyResult<Option<Vec<ArrayRef>>> {
    match arrow_capsules::import(argument) {
        Err(error) if error.is_instance_of::<PyImportError>(argument.py()) => Ok(None),
        arrays => arrays,
    }
}

/// Returns whether an array has texts. One of type null has none that is not null.
fn is_text(array: &ArrayRef) -> bool {
    use arrow_schema::DataType::{LargeUtf8, Null, Utf8, Utf8View};
    matches!(array.data_type(), Utf8 | LargeUtf8 | Utf8View | Null)
}

/// Fails for arguments that are no sequence of texts, but that Python would iterate over.
fn check_kind(argument: &Bound<'_, PyAny>) -> PyResult<()> {
    let is_text = argument.is_instance_of::<PyString>()
        || argument.is_instance_of::<PyBytes>()
        || argument.is_instance_of::<PyByteArray>();
    let is_unordered = argument.is_instance_of::<PySet>()
        || argument.is_instance_of::<PyFrozenSet>()
        || argument.is_instance_of::<PyDict>();
    let py = argument.py();
    let is_table = argument.hasattr(intern!(py, "columns"))?;
    let hint = match (is_text, is_unordered, is_table) {
        (true, _, _) => "put the text into a list: [text]",
        (_, true, _) => "it has no order; use a list",
        (_, _, true) => "select the column of the texts, such as table[\"text\"]",
        _ => return Ok(()),
    };
    Err(PyTypeError::new_err(format!(
        "expected a list of texts, got {}: {hint}",
        kind(argument)
    )))
}

/// Returns whether a column has objects of Python, which pandas converts to Arrow only if all are texts.
fn has_object_dtype(argument: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Some(dtype) = argument.getattr_opt(intern!(argument.py(), "dtype"))? else {
        return Ok(false);
    };
    Ok(dtype.str()?.to_string_lossy() == "object")
}

/// Returns the error for an item that is no text.
fn not_a_text(position: usize, item: &Bound<'_, PyAny>) -> PyErr {
    let is_nan = item.extract::<f64>().is_ok_and(f64::is_nan);
    match item.is_none() || is_nan || kind(item) == "NAType" {
        true => missing(position, if is_nan { "NaN" } else { "None" }),
        false => PyTypeError::new_err(format!(
            "the text at position {position} is of type {}, not str",
            kind(item)
        )),
    }
}

/// Returns the error for a missing text.
fn missing(position: usize, value: &str) -> PyErr {
    PyValueError::new_err(format!(
        "the text at position {position} is {value}: replace missing texts, as by fillna(\"\"), or drop them"
    ))
}

/// Returns the name of an object's type.
pub fn kind(object: &Bound<'_, PyAny>) -> String {
    let name = object.get_type().name();
    name.map_or_else(|_| "an object".into(), |name| name.to_string())
}
