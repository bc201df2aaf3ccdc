//! The cache of one dataset or model, laid out as the hub's own client does:
//!
//! ```text
//! datasets--OWNER--NAME/refs/REVISION          the commit of the revision
//! datasets--OWNER--NAME/blobs/ETAG             the content of a file
//! datasets--OWNER--NAME/snapshots/COMMIT/PATH  a link to the content
//! models--OWNER--NAME/…
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::{FileError, copy_whole, write_whole};

/// The deepest folder in a snapshot that is searched, and the largest number of files.
const MAX_DEPTH: usize = 8;
const MAX_FILES: usize = 100_000;

/// The cache folder of a dataset or model.
pub(super) struct RepositoryCache {
    pub(super) folder: PathBuf,
}

impl RepositoryCache {
    /// Returns the folder of a repository. `kind` is `datasets` or `models`.
    pub(super) fn new(cache: &Path, kind: &str, repository: &str) -> Self {
        let name = format!("{kind}--{}", repository.replace('/', "--"));
        Self {
            folder: cache.join(name),
        }
    }

    /// Returns the commit of a branch or tag. A commit is its own.
    pub(super) fn commit(&self, revision: &str) -> Result<Option<String>, FileError> {
        if is_commit(revision) {
            return Ok(Some(revision.to_owned()));
        }
        let path = self.folder.join("refs").join(revision);
        match fs::read_to_string(&path) {
            Ok(commit) => Ok(Some(commit.trim().to_owned()).filter(|commit| is_commit(commit))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::context("read", &path)(error)),
        }
    }

    /// Records the commit of a branch or tag.
    pub(super) fn set_commit(&self, revision: &str, commit: &str) -> Result<(), FileError> {
        if is_commit(revision) {
            return Ok(());
        }
        let path = self.folder.join("refs").join(revision);
        create_parent(&path)?;
        write_whole(&path, |file| file.write_all(commit.as_bytes()))
    }

    /// Returns the path of the content with an entity tag.
    pub(super) fn blob(&self, etag: &str) -> Result<PathBuf, FileError> {
        let path = self.folder.join("blobs").join(etag);
        create_parent(&path)?;
        Ok(path)
    }

    /// Returns the path of a file of a commit.
    pub(super) fn snapshot(&self, commit: &str, path: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit).join(path)
    }

    /// Links a file of a commit to its content, which is copied where links are not allowed.
    pub(super) fn link(&self, commit: &str, path: &str, etag: &str) -> Result<PathBuf, FileError> {
        let link = self.snapshot(commit, path);
        if link.exists() {
            return Ok(link);
        }
        create_parent(&link)?;
        // A link that leads nowhere, as its content was deleted.
        if link.symlink_metadata().is_ok() {
            fs::remove_file(&link).map_err(FileError::context("remove", &link))?;
        }
        let to_folder = "../".repeat(path.split('/').count() + 1);
        let target = Path::new(&to_folder).join("blobs").join(etag);
        match symlink(&target, &link) {
            Ok(()) => {}
            // Another process was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(_) => copy_whole(&self.blob(etag)?, &link)?,
        }
        Ok(link)
    }

    /// Returns the paths of the files of a commit that are in the cache.
    pub(super) fn files(&self, commit: &str) -> Result<Vec<String>, FileError> {
        let mut paths = Vec::new();
        let root = self.folder.join("snapshots").join(commit);
        let mut folders = vec![(root, String::new(), 0)];
        while let Some((folder, prefix, depth)) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries.map_err(FileError::context("read", &folder))?,
            };
            for entry in entries {
                let entry = entry.map_err(FileError::context("read", &folder))?;
                let Ok(name) = entry.file_name().into_string() else {
                    continue;
                };
                let path = entry.path();
                let name = format!("{prefix}{name}");
                if path.is_file() && paths.len() < MAX_FILES {
                    paths.push(name);
                } else if path.is_dir() && depth < MAX_DEPTH {
                    folders.push((path, name + "/", depth + 1));
                }
            }
        }
        Ok(paths)
    }
}

/// Returns whether a text is a commit: forty hexadecimal digits.
pub(super) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn create_parent(path: &Path) -> Result<(), FileError> {
    let Some(parent) = path.parent() else {
        return Ok(());
    };
    fs::create_dir_all(parent).map_err(FileError::context("create", parent))
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, link)
}

#[cfg(not(any(unix, windows)))]
fn symlink(_target: &Path, _link: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn files_of_a_commit_lead_to_their_content() {
        let folder = tempfile::tempdir().unwrap();
        let cache = RepositoryCache::new(folder.path(), "datasets", "owner/name");
        assert!(cache.folder.ends_with("datasets--owner--name"));
        assert_eq!(cache.commit("main").unwrap(), None);
        assert!(cache.files(COMMIT).unwrap().is_empty());
        cache.set_commit("refs/convert/parquet", COMMIT).unwrap();
        let commit = cache.commit("refs/convert/parquet").unwrap();
        assert_eq!(commit.as_deref(), Some(COMMIT));
        fs::write(cache.blob("tag").unwrap(), "content").unwrap();
        for path in ["train.csv", "a/b/train.csv"] {
            let link = cache.link(COMMIT, path, "tag").unwrap();
            assert_eq!(fs::read_to_string(link).unwrap(), "content");
        }
        let mut files = cache.files(COMMIT).unwrap();
        files.sort();
        assert_eq!(files, ["a/b/train.csv", "train.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_whose_content_was_deleted_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = RepositoryCache::new(folder.path(), "models", "name");
        let content = cache.blob("old").unwrap();
        fs::write(&content, "old").unwrap();
        let link = cache.link(COMMIT, "train.csv", "old").unwrap();
        fs::remove_file(content).unwrap();
        assert!(cache.files(COMMIT).unwrap().is_empty());
        fs::write(cache.blob("new").unwrap(), "new").unwrap();
        cache.link(COMMIT, "train.csv", "new").unwrap();
        assert_eq!(fs::read_to_string(&link).unwrap(), "new");
        let target = fs::read_link(link).unwrap();
        assert_eq!(target, Path::new("../../blobs/new"));
    }
}
