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
        /// Its name.
        name: String,
        /// Which version.
        version: u64,
        /// What is wrong with it.
        source: ModelError,
    },
    /// A model's folder has neither a model nor numbered folders with models.
    #[error("there is no model in {}, nor in a folder in it whose name is a number", path.display())]
    NoVersion {
        /// The folder.
        path: PathBuf,
    },
    /// A label stands for a version that is not there.
    #[error("the label {label} stands for version {version}, which is not in {}", path.display())]
    NoLabelledVersion {
        /// The label.
        label: String,
        /// The version.
        version: u64,
        /// The model's folder.
        path: PathBuf,
    },
    /// Two models have one name.
    #[error("two models are named {name}")]
    SameName {
        /// The name.
        name: String,
    },
    /// An origin is not one that a browser would name.
    #[error(
        "{origin:?} is no origin: one is like https://example.org, without a path and without `*`"
    )]
    Origin {
        /// What was given.
        origin: String,
    },
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file of keys has none, or one that no client could send.
    #[error("{}: {reason}", path.display())]
    Keys {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The certificate or its key cannot be used.
    #[error("could not use {} for TLS: {reason}", path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing can be accepted at the address.
    #[error("could not listen on {address}: {source}")]
    Listen {
        /// Host and port.
        address: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// No thread could be started.
    #[error("could not start a thread: {0}")]
    Thread(io::Error),
}
