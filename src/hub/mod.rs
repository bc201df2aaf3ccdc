//! Downloads of datasets and models from the Hugging Face hub, of published word vectors and of archives of models.
//!
//! The settings and the cache are those of the hub's own client, `huggingface_hub`. Downloads resume where they stopped, and
//! a file appears under its name only when it is whole and verified.
//!
//! ```no_run
//! use sentiment::hub::Hub;
//!
//! let hub = Hub::from_environment()?;
//! let name = "cardiffnlp/tweet_eval/sentiment".parse()?;
//! let files = hub.dataset_files(&name, "train", &mut |progress| {
//!     println!("{}: {} of {} bytes", progress.file, progress.bytes, progress.length);
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cache;
mod catalogue;
mod client;
mod dataset;
mod error;
mod listing;
mod model;
mod name;
mod repository;
mod settings;
mod transfer;

use std::fs;
use std::path::{Path, PathBuf};

use crate::files::FileError;
use client::Client;
use transfer::Transfer;

pub use catalogue::{ArchiveMember, KnownDownload};
pub use dataset::HubDataset;
pub use error::HubError;
pub use name::DatasetName;
pub use repository::RepositoryKind;
pub use settings::HubSettings;

/// The progress of the download of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadProgress<'a> {
    /// The name of the file.
    pub file: &'a str,
    /// The bytes on disk.
    pub bytes: u64,
    /// The bytes of the whole file.
    pub length: u64,
}

/// A client of the hub with its cache.
pub struct Hub {
    settings: HubSettings,
    client: Client,
}

impl Hub {
    /// Creates a client with [`HubSettings::from_environment`].
    pub fn from_environment() -> Result<Self, HubError> {
        HubSettings::from_environment().map(Self::new)
    }

    /// Creates a client.
    pub fn new(settings: HubSettings) -> Self {
        let client = Client::new(&settings);
        Self { settings, client }
    }

    /// Lists the files of a dataset, online at the hub and offline in the cache.
    pub fn dataset(&self, name: &DatasetName) -> Result<HubDataset<'_>, HubError> {
        HubDataset::open(self, name)
    }

    /// Returns the Parquet, CSV, TSV or JSON Lines files of one split in the cache, in their order. Downloads the missing
    /// ones.
    pub fn dataset_files(
        &self,
        name: &DatasetName,
        split: &str,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Result<Vec<PathBuf>, HubError> {
        self.dataset(name)?.files(split, progress)
    }

    /// Downloads an archive into a folder, unless it is there, and extracts a file beside it. Returns the path of the file.
    pub fn archive_member(
        &self,
        member: &ArchiveMember,
        folder: &Path,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Result<PathBuf, HubError> {
        let archive = folder.join(member.archive);
        if !archive.exists() {
            if self.settings.is_offline {
                return Err(HubError::NotCached {
                    name: member.archive.to_owned(),
                    folder: folder.to_owned(),
                });
            }
            let url = member.url(self.settings.download_endpoint.as_deref());
            let facts = self.client.file_facts(&url)?;
            fs::create_dir_all(folder).map_err(FileError::context("create", folder))?;
            let transfer = Transfer {
                url: &url,
                name: member.archive,
                length: facts.length,
                sha256: None,
                path: &archive,
            };
            transfer.run(&self.client, progress)?;
        }
        member.extract(&archive)
    }
}
