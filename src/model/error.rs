//! Errors of models.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::files::FileError;
use crate::tensor_file::TensorFileError;
use crate::text::TextError;
use crate::vocabulary::VocabularyError;

/// Why a model could not be built, loaded, saved or run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A size is out of bounds.
    #[error("the {name} is {size}: it must be from {min} to {max}")]
    Size {
        /// The name of the size.
        name: &'static str,
        /// The size.
        size: usize,
        /// The minimum.
        min: usize,
        /// The maximum.
        max: usize,
    },
    /// The folder contains no model.
    #[error("there is no model in {}", path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// The program was built without the built-in model.
    #[error("this program was built without the model {model}")]
    NotBuilt {
        /// The name of the model.
        model: &'static str,
    },
    /// Another process is writing to the folder.
    #[error("another sentiment process is writing to {}: wait for it to end, or choose another folder", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A JSON file of the model is invalid.
    #[error("could not read {}: {source}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// The error and its position.
        source: serde_json::Error,
    },
    /// The model was saved by a newer version of this crate.
    #[error("{}: format version {found} is too new: this program reads versions up to {newest}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format version of the file.
        found: u32,
        /// The newest supported version.
        newest: u32,
    },
    /// The program does not have the version of the preprocessing.
    #[error("could not read {}: {source}", path.display())]
    Preprocessing {
        /// The file.
        path: PathBuf,
        /// The unknown version, in a box to keep the error small.
        source: Box<TextError>,
    },
    /// The vocabulary could not be read.
    #[error(transparent)]
    Vocabulary(#[from] VocabularyError),
    /// The preprocessing could not be set up.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A file is damaged or does not belong to the rest of the model.
    #[error("could not read {}: {reason}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong with the file.
        reason: String,
    },
    /// A weight is missing or has another shape.
    #[error("the weight {name} is missing or does not have shape {shape:?}")]
    Shape {
        /// The weight's name.
        name: String,
        /// The expected shape.
        shape: Vec<usize>,
    },
    /// The decision rule is invalid.
    #[error("invalid decision rule: {reason}")]
    Decision {
        /// What is wrong with the rule.
        reason: String,
    },
    /// The model cannot be restricted to these labels.
    #[error("could not restrict the model to the labels {labels}: {reason}")]
    LabelSubset {
        /// The labels, separated by commas.
        labels: String,
        /// Why not.
        reason: String,
    },
    /// The model cannot be restricted to two classes.
    #[error(
        "two classes require a model with the label neutral and two others; its labels are {labels}"
    )]
    NoNeutral {
        /// The labels, separated by commas.
        labels: String,
    },
    /// The tensor library failed.
    #[error("computation failed: {0}")]
    Compute(#[source] ComputeError),
}

/// An error of the tensor library. Its type is private, so that an upgrade of the library breaks no user.
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
    /// Converts an error of the weights file at `path`, for `map_err`.
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
