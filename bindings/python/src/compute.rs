//! Computing without the interpreter, also in a forked process.
//!
//! A fork copies only the thread that calls it. In the child, rayon's global pool has no threads, and a computation would
//! wait for them forever. So a child process computes in a pool of its own.

use std::process;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The process that loaded the module, whose global pool works.
static FIRST_PROCESS: OnceLock<u32> = OnceLock::new();

/// The pool of a forked process.
static FORKED_POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// Remembers the process that loads the module.
pub fn note_process() {
    FIRST_PROCESS.get_or_init(process::id);
}

/// Computes without the interpreter, so that other threads of Python run meanwhile.
pub fn detached<T: Send>(py: Python<'_>, compute: impl FnOnce() -> T + Send) -> PyResult<T> {
    let process = process::id();
    if FIRST_PROCESS.get() == Some(&process) {
        return Ok(py.detach(compute));
    }
    let pool = pool_of(process)?;
    Ok(py.detach(|| pool.install(compute)))
}

/// Returns the pool of a forked process, which it starts at the first call.
fn pool_of(process: u32) -> PyResult<Arc<ThreadPool>> {
    let mut current = FORKED_POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((owner, pool)) = &*current
        && *owner == process
    {
        return Ok(Arc::clone(pool));
    }
    let pool = ThreadPoolBuilder::new().build().map_err(|error| {
        PyRuntimeError::new_err(format!("could not start the threads: {error}"))
    })?;
    let pool = Arc::new(pool);
    // The pool of the parent process has no threads here that dropping it could end.
    std::mem::forget(current.replace((process, Arc::clone(&pool))));
    Ok(pool)
}
