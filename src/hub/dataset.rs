//! A configuration of a dataset at one commit: its splits and their files.

use std::path::PathBuf;

use super::cache::DatasetCache;
use super::listing::{self, DataFile, FileFormat};
use super::transfer::Transfer;
use super::{DatasetName, DownloadProgress, Hub, HubError};

/// The branch with the dataset as its authors uploaded it.
const MAIN: &str = "main";
/// The branch with the Parquet files that the hub makes of other formats.
const CONVERTED: &str = "refs/convert/parquet";

/// A configuration of a dataset at one commit.
pub struct HubDataset<'a> {
    hub: &'a Hub,
    name: DatasetName,
    cache: DatasetCache,
    commit: String,
    /// The data files of the configuration.
    files: Vec<DataFile>,
}

/// The data files of a revision.
struct Revision {
    commit: String,
    files: Vec<DataFile>,
}

impl<'a> HubDataset<'a> {
    /// Lists the files of a dataset. If its main branch has no Parquet files, those that the hub has made are used.
    pub(super) fn open(hub: &'a Hub, name: &DatasetName) -> Result<Self, HubError> {
        let cache = DatasetCache::new(&hub.settings.cache, name.repository());
        let revision = hub.revision(&cache, name, name.revision().unwrap_or(MAIN))?;
        let has_parquet = |revision: &Revision| {
            let mut formats = revision.files.iter().map(|file| file.format);
            formats.any(|format| format == FileFormat::Parquet)
        };
        let is_enough = name.revision().is_some() || revision.as_ref().is_some_and(has_parquet);
        let converted = match is_enough {
            true => None,
            false => hub.revision(&cache, name, CONVERTED)?,
        };
        let converted = converted.filter(has_parquet);
        let Some(Revision { commit, files }) = converted.or(revision) else {
            return Err(hub.missing_dataset(&cache, name));
        };
        if hub.settings.is_offline && files.is_empty() {
            return Err(hub.missing_dataset(&cache, name));
        }
        Ok(Self {
            hub,
            files: listing::select_config(files, name)?,
            name: name.clone(),
            cache,
            commit,
        })
    }

    /// Returns the names of the splits, in alphabetical order. In offline mode, only those in the cache are known.
    pub fn splits(&self) -> Vec<&str> {
        listing::splits(&self.files)
    }

    /// Returns the files of a split in the cache, in their order. Downloads the missing ones.
    pub fn files(
        &self,
        split: &str,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Result<Vec<PathBuf>, HubError> {
        let files = listing::select_split(&self.files, &self.name, split)?;
        let mut etags = Vec::with_capacity(files.len());
        for file in &files {
            let is_cached = self.cache.snapshot(&self.commit, &file.path).exists();
            etags.push(match is_cached {
                true => None,
                false => Some(self.download(&file.path, progress)?),
            });
        }
        // A part of a split is never in the snapshot: offline, it would pass for the whole.
        let links = files.iter().zip(etags).map(|(file, etag)| match etag {
            None => Ok(self.cache.snapshot(&self.commit, &file.path)),
            Some(etag) => Ok(self.cache.link(&self.commit, &file.path, &etag)?),
        });
        links.collect()
    }

    /// Downloads a file into the cache. Returns its entity tag.
    fn download(
        &self,
        path: &str,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Result<String, HubError> {
        let url = format!(
            "{}/datasets/{}/resolve/{}/{}",
            self.hub.settings.endpoint,
            self.name.repository(),
            self.commit,
            encoded(path, true)
        );
        let named = |error| self.hub.of_dataset(error, &self.name);
        let facts = self.hub.client.file_facts(&url).map_err(named)?;
        // The tag becomes a file name.
        let is_tag = |etag: &String| {
            let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            (1..=128).contains(&etag.len()) && etag.bytes().all(is_safe)
        };
        let etag = facts.etag.filter(is_tag);
        let etag = etag.ok_or_else(|| HubError::Response {
            url: url.clone(),
            reason: "the entity tag (ETag) is missing or invalid".to_owned(),
        })?;
        let blob = self.cache.blob(&etag)?;
        // Large files have their SHA-256 as a tag, others the SHA-1 of Git.
        let is_sha256 = etag.len() == 64 && etag.bytes().all(|byte| byte.is_ascii_hexdigit());
        let transfer = Transfer {
            url: &url,
            name: path,
            length: facts.length,
            sha256: is_sha256.then_some(&etag),
            path: &blob,
        };
        if !blob.exists() {
            transfer.run(&self.hub.client, progress).map_err(named)?;
        }
        Ok(etag)
    }
}

impl Hub {
    /// Returns the files of a revision, or `None` if the hub, or offline the cache, does not have it.
    fn revision(
        &self,
        cache: &DatasetCache,
        name: &DatasetName,
        revision: &str,
    ) -> Result<Option<Revision>, HubError> {
        let (commit, paths) = if self.settings.is_offline {
            let Some(commit) = cache.commit(revision)? else {
                return Ok(None);
            };
            let paths = cache.files(&commit)?;
            (commit, paths)
        } else {
            match self.list(name, revision) {
                Err(HubError::Status { status: 404, .. }) => return Ok(None),
                listed => {
                    let (commit, paths) = listed.map_err(|error| self.of_dataset(error, name))?;
                    cache.set_commit(revision, &commit)?;
                    (commit, paths)
                }
            }
        };
        let files = paths.iter().filter_map(|path| DataFile::parse(path));
        let files = files.collect();
        Ok(Some(Revision { commit, files }))
    }

    fn missing_dataset(&self, cache: &DatasetCache, name: &DatasetName) -> HubError {
        match self.settings.is_offline {
            true => HubError::NotCached {
                name: format!("the dataset {name}"),
                folder: cache.folder.clone(),
            },
            false => HubError::NotFound {
                name: name.to_string(),
            },
        }
    }

    /// Adds the name of the dataset to the error of a server that refuses access.
    fn of_dataset(&self, error: HubError, name: &DatasetName) -> HubError {
        match error {
            HubError::Status {
                status: status @ (401 | 403),
                ..
            } => HubError::Denied {
                name: name.repository().to_owned(),
                status,
                has_token: self.settings.token.is_some(),
            },
            error => error,
        }
    }
}

/// Encodes a text for the path of an address. Slashes stay if they separate folders.
pub(super) fn encoded(text: &str, has_folders: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'/' if has_folders => encoded.push('/'),
            b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => encoded.push(byte.into()),
            byte => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}
