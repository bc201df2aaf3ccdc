//! Conversions between values of Python and of the library.

use std::path::PathBuf;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::texts::kind;

/// Returns a value that serializes to JSON as Python has it: dictionaries, lists, numbers and strings.
pub fn from_json<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value);
    let text = text.map_err(|error| PyValueError::new_err(error.to_string()))?;
    py.import("json")?.call_method1("loads", (text,))
}

/// Returns the settings of a recipe under their names, which have hyphens where Python has underscores. `None` leaves a
/// setting to the preset.
pub fn settings(given: Option<&Bound<'_, PyDict>>) -> PyResult<Map<String, Value>> {
    let mut settings = Map::new();
    for (name, value) in given.into_iter().flatten() {
        let name: String = name.extract()?;
        if !value.is_none() {
            settings.insert(name.replace('_', "-"), setting(&name, &value)?);
        }
    }
    Ok(settings)
}

/// Returns the value of a setting.
fn setting(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    // A boolean is an integer too.
    if value.is_instance_of::<PyBool>() {
        return Ok(Value::Bool(value.extract()?));
    }
    if value.is_instance_of::<PyInt>() {
        return Ok(Value::from(value.extract::<i64>()?));
    }
    if value.is_instance_of::<PyFloat>() {
        return Ok(Value::from(value.extract::<f64>()?));
    }
    if value.is_instance_of::<PyString>() {
        return Ok(Value::from(value.extract::<String>()?));
    }
    if let Ok(weights) = value.cast::<PyDict>() {
        return Ok(Value::from(class_weights(weights)?));
    }
    if let Ok(paths) = value.cast::<PyList>() {
        let paths = paths.iter().map(|path| path_text(&path).map(Value::from));
        return paths.collect();
    }
    if let Ok(path) = path_text(value) {
        return Ok(Value::from(path));
    }
    // A number of NumPy.
    if let Ok(item) = value.call_method0("item")
        && !item.is(value)
        && item.get_type().is_subclass_of::<PyInt>()?
            | item.get_type().is_subclass_of::<PyFloat>()?
    {
        return setting(name, &item);
    }
    Err(PyTypeError::new_err(format!(
        "the setting {name} cannot be of type {}",
        kind(value)
    )))
}

/// Returns a path as text, which a setting is.
pub fn path_text(path: &Bound<'_, PyAny>) -> PyResult<String> {
    let path: PathBuf = path.extract()?;
    let text = path.into_os_string().into_string();
    text.map_err(|path| PyValueError::new_err(format!("the path {path:?} is not Unicode")))
}

/// Returns the weights of classes as the recipe writes them: each label quoted as in CSV.
fn class_weights(weights: &Bound<'_, PyDict>) -> PyResult<String> {
    let mut rules = Vec::new();
    for (label, weight) in weights {
        let label = label.str()?.to_string().replace('"', "\"\"");
        let weight: f64 = weight.extract()?;
        rules.push(format!("\"{label}\"={weight}"));
    }
    Ok(rules.join(","))
}
