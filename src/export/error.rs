//! Errors of exports.

use std::path::PathBuf;

use thiserror::Error;

use crate::files::FileError;
use crate::model::ModelError;

/// Why a model could not be exported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The name of the output does not suit the format.
    #[error("{}: a file of the format {format} ends in {ending}", path.display())]
    Ending {
        /// The given path.
        path: PathBuf,
        /// The name of the format.
        format: &'static str,
        /// The expected end of the name.
        ending: &'static str,
    },
    /// A file is there already.
    #[error("{} exists: choose another place, or replace it with --force", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The folder is that of a saved model, whose files the export would replace.
    #[error("{} has a saved model: choose another folder", path.display())]
    OfModel {
        /// The folder.
        path: PathBuf,
    },
    /// The model has character n-grams, for which an exported network has no input.
    #[error(
        "the character n-grams of the model cannot be exported to the format {format}, which reads token ids: choose the format archive or huggingface, or train the model without --char-ngrams"
    )]
    CharNgrams {
        /// The name of the format.
        format: &'static str,
    },
    /// The model does not fit into a file of the format.
    #[error("the model needs {bytes} bytes: a file of this format holds at most {most}")]
    Large {
        /// The size of the model in the format.
        bytes: usize,
        /// The maximum.
        most: usize,
    },
    /// The model could not be read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
}
