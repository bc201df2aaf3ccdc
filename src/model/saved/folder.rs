//! Atomic replacement of several files in a model's folder.
//!
//! New files are written to a temporary folder, which is renamed to `pending` when it is complete. Then each file is
//! moved from `pending` to the model's folder. Readers prefer the files in `pending`. So if the process is killed at any
//! moment, readers find either all old files or all new ones.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::source::{CONFIG, NGRAMS};
use crate::files::{FileError, remove_unfinished, write_whole};
use crate::model::ModelError;

const PENDING: &str = "pending";

/// The name prefix of an incomplete `pending` folder.
const INCOMPLETE: &str = ".sentiment-pending-";

/// A file's name and content.
pub type NamedFile = (&'static str, Vec<u8>);

/// An exclusive lock for writing to a model's folder. The system releases it when the process ends, even after a crash.
#[derive(Debug)]
pub struct FolderLock {
    _folder: Option<File>,
}

impl FolderLock {
    /// Creates the folder if it is missing, and takes the lock.
    pub fn create(folder: &Path) -> Result<Self, ModelError> {
        fs::create_dir_all(folder).map_err(FileError::context("create", folder))?;
        Self::take(folder)
    }

    /// Takes the lock, and removes incomplete files of killed processes.
    ///
    /// If the folder cannot be locked, as on some network file systems and outside Unix, this does nothing.
    pub fn take(folder: &Path) -> Result<Self, ModelError> {
        let lock = match File::open(folder).map(|file| (file.try_lock(), file)) {
            Ok((Err(TryLockError::WouldBlock), _)) => {
                let path = folder.into();
                return Err(ModelError::Locked { path });
            }
            Ok((Ok(()), file)) => Some(file),
            Ok((Err(TryLockError::Error(_)), _)) | Err(_) => None,
        };
        if lock.is_some() {
            remove_unfinished(folder, INCOMPLETE)?;
        }
        Ok(Self { _folder: lock })
    }
}

/// Returns whether a folder has a saved model.
pub fn has_model(folder: &Path) -> bool {
    current(folder, CONFIG).exists()
}

/// Returns the current path of a file of the model.
pub fn current(folder: &Path, name: &str) -> PathBuf {
    let pending = folder.join(PENDING).join(name);
    if pending.exists() {
        pending
    } else {
        folder.join(name)
    }
}

/// Removes what a training run recorded and a model without one does not have, before another model replaces its files.
pub(crate) fn remove_records(folder: &Path) -> Result<(), FileError> {
    for name in ["metrics.json", "history.jsonl", NGRAMS] {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(FileError::context("remove", &path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Replaces one file of the model.
pub fn replace(folder: &Path, file: &NamedFile) -> Result<(), FileError> {
    replace_together(folder, std::slice::from_ref(file))
}

/// Replaces several files of the model atomically.
pub fn replace_together(folder: &Path, files: &[NamedFile]) -> Result<(), FileError> {
    move_pending(folder)?;
    let complete = tempfile::Builder::new()
        .prefix(INCOMPLETE)
        .tempdir_in(folder)
        .map_err(FileError::context("write into", folder))?;
    for (name, content) in files {
        write_whole(&complete.path().join(name), |out| out.write_all(content))?;
    }
    let pending = folder.join(PENDING);
    fs::rename(complete.keep(), &pending).map_err(FileError::context("write", &pending))?;
    move_pending(folder)
}

/// Moves the files in `pending` to the model's folder.
fn move_pending(folder: &Path) -> Result<(), FileError> {
    let pending = folder.join(PENDING);
    if !pending.is_dir() {
        return Ok(());
    }
    let context = || FileError::context("move", &pending);
    for entry in fs::read_dir(&pending).map_err(context())? {
        let entry = entry.map_err(context())?;
        fs::rename(entry.path(), folder.join(entry.file_name())).map_err(context())?;
    }
    fs::remove_dir(&pending).map_err(context())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn lock_is_exclusive_and_removes_incomplete_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".sentiment-pending-a", "pending"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        for name in [".sentiment-pending-a/b", ".sentiment-a", "config.json"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let lock = FolderLock::take(folder.path()).unwrap();
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, [".sentiment-a", "config.json", "pending"]);

        let second = FolderLock::take(folder.path()).unwrap_err();
        assert!(
            second.to_string().contains("another sentiment process"),
            "{second}"
        );
        drop(lock);
        FolderLock::take(folder.path()).unwrap();
    }

    #[test]
    fn readers_find_new_files_while_they_are_moved() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name| fs::read_to_string(current(folder.path(), name)).unwrap();
        let files = |text: &str| [("a", text.into()), ("b", text.into())];

        replace_together(folder.path(), &files("old")).unwrap();
        assert_eq!((read("a"), read("b")), ("old".into(), "old".into()));
        assert!(!folder.path().join(PENDING).exists());

        // The state after a kill between the two moves.
        fs::create_dir(folder.path().join(PENDING)).unwrap();
        fs::write(folder.path().join("a"), "new").unwrap();
        fs::write(folder.path().join(PENDING).join("b"), "new").unwrap();
        assert_eq!((read("a"), read("b")), ("new".into(), "new".into()));

        replace(folder.path(), &("a", "newer".into())).unwrap();
        assert_eq!((read("a"), read("b")), ("newer".into(), "new".into()));
        assert!(!folder.path().join(PENDING).exists());
    }
}
