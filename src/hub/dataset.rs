//! A configuration of a dataset at one commit: its splits and their files.

use std::path::PathBuf;

use super::listing::{self, DataFile, FileFormat};
use super::repository::{Repository, RepositoryKind, Revision};
use super::{DatasetName, DownloadProgress, Hub, HubError};

/// The branch with the dataset as its authors uploaded it.
const MAIN: &str = "main";
/// The branch with the Parquet files that the hub makes of other formats.
const CONVERTED: &str = "refs/convert/parquet";

/// A configuration of a dataset at one commit.
pub struct HubDataset<'a> {
    repository: Repository<'a>,
    name: DatasetName,
    commit: String,
    /// The data files of the configuration.
    files: Vec<DataFile>,
}

impl<'a> HubDataset<'a> {
    /// Lists the files of a dataset. If its main branch has no Parquet files, those that the hub has made are used.
    pub(super) fn open(hub: &'a Hub, name: &DatasetName) -> Result<Self, HubError> {
        let repository = Repository::new(hub, RepositoryKind::Dataset, name.repository());
        let data_files = |Revision { commit, paths }| {
            let files = paths.iter().filter_map(|path| DataFile::parse(path));
            (commit, files.collect::<Vec<DataFile>>())
        };
        let revision = repository.revision(name.revision().unwrap_or(MAIN))?;
        let revision = revision.map(data_files);
        let has_parquet = |(_, files): &(String, Vec<DataFile>)| {
            let mut formats = files.iter().map(|file| file.format);
            formats.any(|format| format == FileFormat::Parquet)
        };
        let is_enough = name.revision().is_some() || revision.as_ref().is_some_and(has_parquet);
        let converted = match is_enough {
            true => None,
            false => repository.revision(CONVERTED)?.map(data_files),
        };
        let converted = converted.filter(has_parquet);
        let Some((commit, files)) = converted.or(revision) else {
            return Err(repository.missing(&name.to_string()));
        };
        if hub.settings.is_offline && files.is_empty() {
            return Err(repository.missing(&name.to_string()));
        }
        Ok(Self {
            files: listing::select_config(files, name)?,
            name: name.clone(),
            repository,
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
        let paths = files.iter().map(|file| file.path.as_str());
        self.repository.files(&self.commit, paths, progress)
    }
}
