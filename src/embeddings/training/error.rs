//! Errors of word vector training.

use std::error::Error;
use std::io;
use std::path::Path;

use thiserror::Error;

use crate::files::FileError;

/// An error from training word vectors.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VectorTrainingError {
    /// A text could not be read.
    #[error(transparent)]
    Texts(Box<dyn Error + Send + Sync>),
    /// A temporary file could not be written or read.
    #[error(
        "{0} (training stores the encoded corpus and its counts temporarily beside its output)"
    )]
    Spill(FileError),
    /// A setting is out of range.
    #[error("the {name} is {value}, but must be {range}")]
    Setting {
        /// The name of the setting.
        name: &'static str,
        /// The invalid value.
        value: String,
        /// The valid values.
        range: String,
    },
    /// Fewer than two words have the minimum frequency.
    #[error("fewer than two words occur at least {min_count} times")]
    NoWords {
        /// The minimum word frequency.
        min_count: u64,
    },
    /// The initial vectors do not have the dimension of the settings.
    #[error("the initial vectors have dimension {found}, but the dimension is set to {expected}")]
    StartDimension {
        /// The dimension of the initial vectors.
        found: usize,
        /// The dimension of the settings.
        expected: usize,
    },
    /// Training was stopped before the first update.
    #[error("interrupted before the first update; no vectors were written")]
    Interrupted,
}

impl VectorTrainingError {
    /// Returns a function for `map_err` that adds the folder to an error of a temporary file.
    pub(super) fn temporary_data(folder: &Path) -> impl FnOnce(io::Error) -> Self {
        let context = FileError::context("store temporary data in", folder);
        |error| Self::Spill(context(error))
    }
}
