//! A dataset or model on the hub: its revisions and their files.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

use super::cache::{RepositoryCache, is_commit};
use super::transfer::Transfer;
use super::{DownloadProgress, Hub, HubError};

/// The largest description of a revision.
const MAX_LISTING_BYTES: u64 = 1 << 25;

/// The kind of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepositoryKind {
    /// A dataset.
    Dataset,
    /// A model.
    Model,
}

impl RepositoryKind {
    /// Returns the name of the kind in addresses and in the cache.
    fn plural(self) -> &'static str {
        match self {
            Self::Dataset => "datasets",
            Self::Model => "models",
        }
    }

    /// Returns the start of the path of a file, before the name of the repository.
    fn path(self) -> &'static str {
        match self {
            Self::Dataset => "datasets/",
            Self::Model => "",
        }
    }
}

impl fmt::Display for RepositoryKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Dataset => "dataset",
            Self::Model => "model",
        })
    }
}

/// A dataset or model on the hub, with its cache.
pub(super) struct Repository<'a> {
    hub: &'a Hub,
    kind: RepositoryKind,
    /// `[OWNER/]NAME`.
    name: String,
    pub(super) cache: RepositoryCache,
}

/// A commit and the paths of its files.
pub(super) struct Revision {
    pub(super) commit: String,
    pub(super) paths: Vec<String>,
}

/// The hub's description of a revision.
#[derive(Deserialize)]
struct Listing {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
}

impl<'a> Repository<'a> {
    pub(super) fn new(hub: &'a Hub, kind: RepositoryKind, name: &str) -> Self {
        Self {
            hub,
            kind,
            name: name.into(),
            cache: RepositoryCache::new(&hub.settings.cache, kind.plural(), name),
        }
    }

    /// Returns the files of a revision, or `None` if the hub, or offline the cache, does not have it.
    pub(super) fn revision(&self, revision: &str) -> Result<Option<Revision>, HubError> {
        if self.hub.settings.is_offline {
            let Some(commit) = self.cache.commit(revision)? else {
                return Ok(None);
            };
            let paths = self.cache.files(&commit)?;
            return Ok(Some(Revision { commit, paths }));
        }
        match self.list(revision) {
            Err(HubError::Status { status: 404, .. }) => Ok(None),
            listed => {
                let listed = listed.map_err(|error| self.named(error))?;
                self.cache.set_commit(revision, &listed.commit)?;
                Ok(Some(listed))
            }
        }
    }

    /// Returns the error that the hub, or offline the cache, does not have a revision. `name` is that of the user.
    pub(super) fn missing(&self, name: &str) -> HubError {
        match self.hub.settings.is_offline {
            true => HubError::NotCached {
                name: format!("the {} {name}", self.kind),
                folder: self.cache.folder.clone(),
            },
            false => HubError::NotFound {
                kind: self.kind,
                name: name.into(),
            },
        }
    }

    /// Returns some files of a commit in the cache, in their order. Downloads the missing ones.
    pub(super) fn files<'p>(
        &self,
        commit: &str,
        paths: impl Iterator<Item = &'p str> + Clone,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Result<Vec<PathBuf>, HubError> {
        let mut etags = Vec::new();
        for path in paths.clone() {
            let is_cached = self.cache.snapshot(commit, path).exists();
            etags.push(match is_cached {
                true => None,
                false => Some(self.download(commit, path, progress)?),
            });
        }
        // A part of the files is never in the snapshot: offline, it would pass for the whole.
        let links = paths.zip(etags).map(|(path, etag)| match etag {
            None => Ok(self.cache.snapshot(commit, path)),
            Some(etag) => Ok(self.cache.link(commit, path, &etag)?),
        });
        links.collect()
    }

    /// Returns the commit of a revision and the paths of its files.
    fn list(&self, revision: &str) -> Result<Revision, HubError> {
        let url = format!(
            "{}/api/{}/{}/revision/{}",
            self.hub.settings.endpoint,
            self.kind.plural(),
            self.name,
            encoded(revision, false)
        );
        let listing = self.hub.client.read(&url, MAX_LISTING_BYTES)?;
        let invalid = |reason| HubError::Response {
            url: url.clone(),
            reason,
        };
        let listing: Listing =
            serde_json::from_slice(&listing).map_err(|error| invalid(error.to_string()))?;
        if !is_commit(&listing.sha) {
            return Err(invalid(format!("{:?} is not a commit", listing.sha)));
        }
        let paths = listing.siblings.into_iter().map(|file| file.rfilename);
        Ok(Revision {
            commit: listing.sha,
            paths: paths.collect(),
        })
    }

    /// Downloads a file into the cache. Returns its entity tag.
    fn download(
        &self,
        commit: &str,
        path: &str,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Result<String, HubError> {
        let url = format!(
            "{}/{}{}/resolve/{commit}/{}",
            self.hub.settings.endpoint,
            self.kind.path(),
            self.name,
            encoded(path, true)
        );
        let facts = self.hub.client.file_facts(&url);
        let facts = facts.map_err(|error| self.named(error))?;
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
            let received = transfer.run(&self.hub.client, progress);
            received.map_err(|error| self.named(error))?;
        }
        Ok(etag)
    }

    /// Adds the name of the repository to the error of a server that refuses access.
    fn named(&self, error: HubError) -> HubError {
        match error {
            HubError::Status {
                status: status @ (401 | 403),
                ..
            } => HubError::Denied {
                kind: self.kind,
                name: self.name.clone(),
                status,
                has_token: self.hub.settings.token.is_some(),
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
