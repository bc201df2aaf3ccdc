//! Averages of the weights of several processes, computed by a function of Python.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use sentiment::training::Averaging;

/// The exception of a function of Python that a training run called.
#[derive(Clone, Default)]
pub struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    /// Takes the exception, if there is one.
    pub fn take(&self) -> Option<PyErr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, error: PyErr) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

/// Returns the part of a process in a run of several: its index, their number, the number of mini-batches between averages, and
/// the function that returns an average. `raised` gets the exception of the function.
pub fn averaging_of(
    (worker, workers, steps, function): (usize, usize, usize, Py<PyAny>),
    raised: &Raised,
) -> Averaging {
    let raised = raised.clone();
    let average = move |values: Vec<f32>| {
        Python::attach(|py| call(py, &function, &values)).map_err(|error| {
            let reason = error.to_string();
            raised.set(error);
            reason
        })
    };
    Averaging {
        worker,
        workers,
        steps,
        average: Box::new(average),
    }
}

fn call(py: Python<'_>, function: &Py<PyAny>, values: &[f32]) -> PyResult<Vec<f32>> {
    const SIZE: usize = size_of::<f32>();
    let bytes = PyBytes::new_with(py, values.len() * SIZE, |bytes| {
        let places = bytes.chunks_exact_mut(SIZE);
        places
            .zip(values)
            .for_each(|(place, value)| place.copy_from_slice(&value.to_ne_bytes()));
        Ok(())
    })?;
    let average: PyBackedBytes = function.call1(py, (bytes,))?.extract(py)?;
    let (values, _) = average.as_chunks::<SIZE>();
    Ok(values
        .iter()
        .map(|value| f32::from_ne_bytes(*value))
        .collect())
}
