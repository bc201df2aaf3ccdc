//! Models on the hub, and archives of models at any address.

use std::fs;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::cache::create_parent;
use super::repository::{Repository, RepositoryKind};
use super::transfer::Transfer;
use super::{DatasetName, DownloadProgress, Hub, HubError};
use crate::device::Device;
use crate::files::FileError;
use crate::model::{FILES, ModelLocation, SavedModel};

/// The branch of a model without another one in its name.
const MAIN: &str = "main";

/// The part of an address with the digest of the file.
const DIGEST: &str = "#sha256=";

impl Hub {
    /// Returns the folder of a model in the cache. Downloads the missing files. `name` is `[OWNER/]NAME[@REVISION]`.
    ///
    /// # Errors
    /// If the hub has no such model, or it was not saved by this program.
    pub fn model_folder(
        &self,
        name: &str,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Result<PathBuf, HubError> {
        let parsed: DatasetName = name.parse()?;
        if parsed.config().is_some() {
            return Err(HubError::BadName {
                name: name.into(),
                reason: "a model has no configuration: expected OWNER/NAME",
            });
        }
        let repository = Repository::new(self, RepositoryKind::Model, parsed.repository());
        let revision = repository.revision(parsed.revision().unwrap_or(MAIN))?;
        let revision = revision.ok_or_else(|| repository.missing(name))?;
        let [required @ .., _] = FILES;
        let has = |file: &&str| revision.paths.iter().any(|path| path == *file);
        if !required.iter().all(has) && self.settings.is_offline {
            return Err(repository.missing(name));
        }
        if !required.iter().all(has) {
            return Err(HubError::OtherModel { name: name.into() });
        }
        let files = FILES.into_iter().filter(|file| has(file));
        repository.files(&revision.commit, files, progress)?;
        Ok(repository.cache.snapshot(&revision.commit, ""))
    }

    /// Returns an archive of a model in the cache. Downloads it if it is missing. An address may end in
    /// `#sha256=DIGEST`, which the file must have.
    pub fn model_archive(
        &self,
        url: &str,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Result<PathBuf, HubError> {
        let (address, sha256) = match url.split_once(DIGEST) {
            Some((address, digest)) => (address, Some(digest)),
            None => (url, None),
        };
        let is_digest = |digest: &str| {
            digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if !sha256.is_none_or(is_digest) {
            return Err(HubError::BadName {
                name: url.into(),
                reason: "a SHA-256 digest has 64 hexadecimal digits",
            });
        }
        let name = address.rsplit('/').next().unwrap_or(address);
        // Names of the server stay out of the path.
        let key = format!("{:x}.sentiment", Sha256::digest(url));
        let path = self.settings.cache.join("archives").join(key);
        if path.exists() {
            return Ok(path);
        }
        if self.settings.is_offline {
            return Err(HubError::NotCached {
                name: url.into(),
                folder: self.settings.cache.clone(),
            });
        }
        create_parent(&path)?;
        let facts = self.client.file_facts(address)?;
        let transfer = Transfer {
            url: address,
            name,
            length: facts.length,
            sha256,
            path: &path,
        };
        transfer.run(&self.client, progress)?;
        // What is no model, such as the page of a proxy, must not stay in the cache.
        let location = ModelLocation::Archive(path.clone());
        if let Err(error) = SavedModel::open(&location, &Device::Cpu) {
            fs::remove_file(&path).map_err(FileError::context("remove", &path))?;
            return Err(HubError::NoArchive {
                url: address.into(),
                reason: error.to_string(),
            });
        }
        Ok(path)
    }
}
