//! What can go wrong with a model.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::files::FileError;
use crate::tensor_file::TensorFileError;
use crate::text::TextError;
use crate::vocabulary::VocabularyError;

/// Why a model could not be built, loaded, saved or computed with.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A size is 0 or beyond what is computed with.
    #[error("the {name} is {size}: it must be from {least} to {most}")]
    Size {
        /// Which size.
        name: &'static str,
        /// What it is.
        size: usize,
        /// The smallest that is allowed.
        least: usize,
        /// The largest.
        most: usize,
    },
    /// The folder holds no model.
    #[error("there is no model in {}", path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// Another process writes into the folder.
    #[error("another sentiment is writing into {}: wait until it has ended, or choose another folder", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// config.json is not one of ours.
    #[error("could not read {}: {source}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        source: serde_json::Error,
    },
    /// The model was saved by a newer version.
    #[error("{}: the format version is {found}, and this program reads up to {newest}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format version.
        found: u32,
        /// The newest that is read.
        newest: u32,
    },
    /// The vocabulary could not be read.
    #[error(transparent)]
    Vocabulary(#[from] VocabularyError),
    /// The preprocessing could not be set up.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The weights do not fit the rest of the model.
    #[error("could not load {}: {reason}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// A weight is missing or of another shape.
    #[error("the weight {name} is missing or not of shape {shape:?}")]
    Shape {
        /// The weight's name.
        name: String,
        /// The shape it should have.
        shape: Vec<usize>,
    },
    /// A model cannot make answers as its configuration says.
    #[error("no answer can be made of probabilities so: {reason}")]
    Decision {
        /// What is wrong.
        reason: String,
    },
    /// The tensor library failed.
    #[error("could not compute: {0}")]
    Compute(#[source] ComputeError),
}

/// An error of the tensor library, whose type is not part of this crate's interface.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct ComputeError(candle_core::Error);

#[doc(hidden)]
impl From<candle_core::Error> for ModelError {
    fn from(error: candle_core::Error) -> Self {
        Self::Compute(ComputeError(error))
    }
}

impl ModelError {
    /// Names the file of weights in an error, for `map_err`.
    pub fn weights(path: &Path) -> impl FnOnce(TensorFileError) -> Self {
        let path = path.to_path_buf();
        move |error| match error {
            TensorFileError::File(error) => Self::File(error),
            other => Self::Weights {
                path,
                reason: other.to_string(),
            },
        }
    }
}
