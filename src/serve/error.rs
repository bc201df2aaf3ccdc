use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::files::FileError;
use crate::model::ModelError;

/// An error while starting the server.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A model could not be loaded.
    #[error("could not load version {version} of the model {name}: {source}")]
    Model {
        /// The model's name.
        name: String,
        /// The version.
        version: u64,
        /// The cause.
        source: ModelError,
    },
    /// A model's folder has neither a model nor numbered folders with models.
    #[error("no model found in {} or its numbered subfolders", path.display())]
    NoVersion {
        /// The folder.
        path: PathBuf,
    },
    /// A labelled version does not exist.
    #[error("label {label}: version {version} not found in {}", path.display())]
    NoLabelledVersion {
        /// The label.
        label: String,
        /// The version.
        version: u64,
        /// The model's folder.
        path: PathBuf,
    },
    /// Two models have the same name.
    #[error("two models are named {name}")]
    SameName {
        /// The name.
        name: String,
    },
    /// An origin is invalid.
    #[error(
        "{origin:?} is not a valid origin: expected one like https://example.org, without a path or `*`"
    )]
    Origin {
        /// The invalid value.
        origin: String,
    },
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A key file has no key, or a key that no client could send.
    #[error("{}: {reason}", path.display())]
    Keys {
        /// The file.
        path: PathBuf,
        /// The cause.
        reason: &'static str,
    },
    /// The certificate or its key cannot be used.
    #[error("could not use {} for TLS: {reason}", path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
    /// The server cannot listen on the address.
    #[error("could not listen on {address}: {source}")]
    Listen {
        /// Host and port.
        address: String,
        /// The operating system's error.
        source: io::Error,
    },
    /// A thread could not be started.
    #[error("could not start a thread: {0}")]
    Thread(io::Error),
}
