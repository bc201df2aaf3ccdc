//! Errors of imports.

use std::path::PathBuf;

use thiserror::Error;

use crate::files::FileError;
use crate::model::ModelError;

/// Why a model could not be imported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file of weights is of no known kind.
    #[error(
        "{}: not a safetensors, HDF5 or .keras file; save the weights with safetensors.torch.save_file or model.save",
        path.display()
    )]
    Kind {
        /// The file.
        path: PathBuf,
    },
    /// This program was built without the reader of HDF5.
    #[error("{}: this program was built without the feature keras, which reads HDF5", path.display())]
    NotBuilt {
        /// The file.
        path: PathBuf,
    },
    /// The file of weights is damaged.
    #[error("could not read {}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The layers are others than an embedding, LSTM or GRU layers and a dense layer.
    #[error("{}: {reason}", path.display())]
    Layers {
        /// The file.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// The vocabulary does not fit the embedding.
    #[error("{}: {reason}", path.display())]
    Vocabulary {
        /// The file.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// The model is out of bounds or could not be written.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}
