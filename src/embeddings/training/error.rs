//! Why word vectors could not be trained.

use std::error::Error;
use std::io;
use std::path::Path;

use thiserror::Error;

use crate::files::FileError;

/// Why word vectors could not be trained.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VectorTrainingError {
    /// A text could not be read.
    #[error(transparent)]
    Texts(Box<dyn Error + Send + Sync>),
    /// There is no room for temporary files, or they could not be read back.
    #[error(
        "{0} (while vectors are trained, the corpus as numbers and its counts lie in the folder of `--out`)"
    )]
    Spill(FileError),
    /// A setting is out of range.
    #[error("the {name} is {value}; it goes from {range}")]
    Setting {
        /// What the setting is called.
        name: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        range: String,
    },
    /// No two words occur often enough.
    #[error(
        "there are not two words in the corpus that occur {min_count} times: a larger corpus or a smaller `--min-count` is needed"
    )]
    NoWords {
        /// How often a word has to occur.
        min_count: u64,
    },
    /// The vectors to begin from have another dimension.
    #[error("the vectors to start from have dimension {found}, and {expected} is asked for")]
    StartDimension {
        /// The file's.
        found: usize,
        /// The settings'.
        expected: usize,
    },
    /// The run was ended before anything was learned.
    #[error("interrupted before anything was learned: nothing is written")]
    Interrupted,
}

impl VectorTrainingError {
    /// Says of an error of a temporary file what the file is for and where it is, for `map_err`.
    pub(super) fn temporary_data(folder: &Path) -> impl FnOnce(io::Error) -> Self {
        let context = FileError::context("keep temporary data in", folder);
        |error| Self::Spill(context(error))
    }
}
