//! Downloads of datasets from the Hugging Face hub, and of published word vectors.
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
mod name;
mod settings;
mod transfer;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::files::FileError;
use client::Client;
use transfer::Transfer;

pub use catalogue::{ArchiveMember, KnownDownload};
pub use dataset::HubDataset;
pub use error::HubError;
pub use name::DatasetName;
pub use settings::HubSettings;

/// The largest description of a dataset.
const MAX_LISTING_BYTES: u64 = 1 << 25;

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

/// The hub's description of a revision of a dataset.
#[derive(Deserialize)]
struct Listing {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
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

    /// Returns the commit of a revision and the paths of its files.
    fn list(&self, name: &DatasetName, revision: &str) -> Result<(String, Vec<String>), HubError> {
        let url = format!(
            "{}/api/datasets/{}/revision/{}",
            self.settings.endpoint,
            name.repository(),
            dataset::encoded(revision, false)
        );
        let listing = self.client.read(&url, MAX_LISTING_BYTES)?;
        let invalid = |reason| HubError::Response {
            url: url.clone(),
            reason,
        };
        let listing: Listing =
            serde_json::from_slice(&listing).map_err(|error| invalid(error.to_string()))?;
        if !cache::is_commit(&listing.sha) {
            return Err(invalid(format!("{:?} is not a commit", listing.sha)));
        }
        let paths = listing.siblings.into_iter().map(|file| file.rfilename);
        Ok((listing.sha, paths.collect()))
    }
}
