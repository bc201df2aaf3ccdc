//! The program `sentiment`, which the wheel's script runs.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the program with these arguments, of which the first is its name, and returns its exit status. It listens to
/// Ctrl-C instead of Python from then on.
#[pyfunction]
#[pyo3(name = "_run_program")]
pub fn run_program(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| sentiment::cli::main(arguments))
}
