//! Finds the versions in a model's folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::files::FileError;
use crate::model::files_in;

/// The version number of a model whose folder has no numbered subfolders.
pub const ONLY_VERSION: u64 = 1;

/// A version on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub number: u64,
    pub folder: PathBuf,
    pub stamp: Stamp,
}

/// Sizes and modification times of a model's files. A different stamp means that the model may have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp([Option<(u64, SystemTime)>; 4]);

impl Stamp {
    /// Returns the stamp of the model in a folder, or `None` if the folder has no model.
    pub fn of(folder: &Path) -> Option<Self> {
        let stamp = files_in(folder).map(|file| {
            let metadata = fs::metadata(file).ok()?;
            Some((metadata.len(), metadata.modified().ok()?))
        });
        stamp[0].map(|_config| Self(stamp))
    }
}

/// Returns the versions in a model's folder, the highest first: the numbered subfolders, or the folder itself if it
/// contains a model.
pub fn find(folder: &Path) -> Result<Vec<Version>, FileError> {
    if let Some(stamp) = Stamp::of(folder) {
        let folder = folder.to_path_buf();
        return Ok(vec![Version {
            number: ONLY_VERSION,
            folder,
            stamp,
        }]);
    }
    let context = || FileError::context("read", folder);
    let mut versions = Vec::new();
    for entry in fs::read_dir(folder).map_err(context())? {
        let path = entry.map_err(context())?.path();
        let number = path
            .file_name()
            .and_then(|name| name.to_str()?.parse().ok());
        if let (Some(number), Some(stamp)) = (number, Stamp::of(&path)) {
            versions.push(Version {
                number,
                folder: path,
                stamp,
            });
        }
    }
    // Choose consistently between names such as `7` and `007`.
    versions.sort_unstable_by(|a, b| (b.number, &b.folder).cmp(&(a.number, &a.folder)));
    versions.dedup_by_key(|version| version.number);
    Ok(versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        folder
    }

    fn numbers(folder: &Path) -> Vec<u64> {
        let versions = find(folder).unwrap();
        versions.iter().map(|version| version.number).collect()
    }

    #[test]
    fn versions_are_numbers_by_their_value() {
        let folder = folder_with(&[
            "9/config.json",
            "10/config.json",
            "010/config.json",
            "draft/config.json",
            "11/notes.txt",
        ]);
        assert_eq!(numbers(folder.path()), [10, 9]);
    }

    #[test]
    fn a_folder_that_is_a_model_is_version_1() {
        let folder = folder_with(&["config.json", "7/config.json"]);
        assert_eq!(numbers(folder.path()), [1]);
        let before = find(folder.path()).unwrap();
        fs::write(folder.path().join("vocabulary.txt"), "new").unwrap();
        assert_ne!(find(folder.path()).unwrap(), before);
    }
}
