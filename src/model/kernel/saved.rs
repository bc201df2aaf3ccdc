//! What an operation keeps of its forward pass.

use std::sync::{Mutex, PoisonError};

use candle_core::{Result, bail};

/// The results of a forward pass, which the backward pass of the same operation takes.
#[derive(Debug)]
pub(crate) struct Saved<T>(Mutex<Option<T>>);

impl<T> Saved<T> {
    /// Returns the state before the forward pass.
    pub(crate) fn nothing() -> Self {
        Self(Mutex::new(None))
    }

    /// Keeps the results of the forward pass.
    pub(crate) fn put(&self, results: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(results);
    }

    /// Takes the results.
    ///
    /// # Errors
    /// If the forward pass of the operation, which the error names, kept none.
    pub(crate) fn take(&self, operation: &str) -> Result<T> {
        let results = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        match results {
            Some(results) => Ok(results),
            None => bail!(
                "{operation}: a backward pass needs its own forward pass, without cached projections"
            ),
        }
    }
}
