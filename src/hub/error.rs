//! Errors of downloads.

use std::path::PathBuf;

use thiserror::Error;

use super::RepositoryKind;
use crate::files::FileError;

/// An error in finding or downloading a dataset or a published file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HubError {
    /// The name of a dataset or model is malformed.
    #[error("{name:?} is not a name on the hub: {reason}")]
    BadName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No published corpus or word vectors have this name.
    #[error("unknown download {name:?}; the known downloads are {known}")]
    UnknownDownload {
        /// The name.
        name: String,
        /// The known names.
        known: String,
    },
    /// A setting of the environment is invalid.
    #[error("{variable} is invalid: {reason}")]
    BadSetting {
        /// The environment variable, or the file that replaces it.
        variable: String,
        /// Why it is invalid.
        reason: &'static str,
    },
    /// The default cache folder is unknown.
    #[error("no folder for the cache of downloads: the home folder is unknown")]
    NoHome,
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The server could not be reached, or broke off its response.
    #[error("{url}: {source}")]
    Request {
        /// The address, without its query.
        url: String,
        /// The error of the HTTP client.
        source: Box<ureq::Error>,
    },
    /// The server answered with an error.
    #[error("{url}: the server answered {status}{}", message.as_deref().map(|message| format!(": {message}")).unwrap_or_default())]
    Status {
        /// The address, without its query.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The hub's own message.
        message: Option<String>,
    },
    /// The response is not what a hub sends.
    #[error("{url}: invalid response: {reason}")]
    Response {
        /// The address, without its query.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The dataset or model needs a token, or another one. The hub also gives this answer for unknown names if the request has no
    /// token.
    #[error(
        "no access to the {kind} {name} (HTTP {status}): it does not exist, is private or is gated"
    )]
    Denied {
        /// Whether it is a dataset or a model.
        kind: RepositoryKind,
        /// The dataset or model.
        name: String,
        /// The HTTP status: 401 or 403.
        status: u16,
        /// Whether the request had a token.
        has_token: bool,
    },
    /// The hub has no such dataset or model, or no such revision of it.
    #[error("the hub has no {kind} {name}")]
    NotFound {
        /// Whether it is a dataset or a model.
        kind: RepositoryKind,
        /// The dataset or model, with its revision if one was given.
        name: String,
    },
    /// The address is not that of an archive of a model.
    #[error("{url}: not an archive of a model: {reason}")]
    NoArchive {
        /// The address.
        url: String,
        /// Why it could not be read.
        reason: String,
    },
    /// The model on the hub was not saved by this program.
    #[error(
        "the model {name} was not saved by this program: it lacks config.json, vocabulary.txt or model.safetensors"
    )]
    OtherModel {
        /// The model.
        name: String,
    },
    /// The dataset has no files in a format that can be read.
    #[error("the dataset {name} has no Parquet, CSV, TSV or JSON Lines files")]
    NoDataFiles {
        /// The dataset.
        name: String,
    },
    /// The dataset has several configurations and none was chosen, or it lacks the chosen one.
    #[error("the dataset {name} {}; it has {known}", config.as_ref().map_or("needs a configuration".to_owned(), |config| format!("has no configuration {config:?}")))]
    UnknownConfig {
        /// The dataset.
        name: String,
        /// The chosen configuration.
        config: Option<String>,
        /// The configurations.
        known: String,
    },
    /// The dataset has no such split.
    #[error("the dataset {name} has no split {split:?}; it has {known}")]
    UnknownSplit {
        /// The dataset.
        name: String,
        /// The split.
        split: String,
        /// The splits.
        known: String,
    },
    /// Some files of a split are missing, in the repository or in the cache.
    #[error("the dataset {name} has {found} of the {expected} files of the split {split:?}")]
    MissingShards {
        /// The dataset.
        name: String,
        /// The split.
        split: String,
        /// The number of files found.
        found: usize,
        /// The number of files in the file names.
        expected: usize,
    },
    /// The split has more files than the limit.
    #[error("the split {split:?} of the dataset {name} has more than {limit} files")]
    TooManyFiles {
        /// The dataset.
        name: String,
        /// The split.
        split: String,
        /// The limit.
        limit: usize,
    },
    /// Offline mode is on, and the cache lacks the file or dataset.
    #[error("{name} is not in {}, and offline mode is on", folder.display())]
    NotCached {
        /// The dataset or file.
        name: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// The transfer broke off repeatedly. The received part is kept.
    #[error("the download of {file} stopped at {received} of {length} bytes: {reason}")]
    Interrupted {
        /// The file.
        file: String,
        /// The bytes received.
        received: u64,
        /// The bytes of the whole file.
        length: u64,
        /// The last failure.
        reason: String,
    },
    /// The received file differs from the one that the hub describes. It is removed.
    #[error(
        "{file} has the SHA-256 digest {found}, but the hub states {expected}; the download was removed"
    )]
    Digest {
        /// The file.
        file: String,
        /// The digest that the hub states.
        expected: String,
        /// The digest of the received file.
        found: String,
    },
    /// A downloaded archive is damaged, or lacks the file.
    #[error("{}: {reason}", archive.display())]
    Archive {
        /// The archive.
        archive: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}
