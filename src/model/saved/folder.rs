//! The files of a model's folder, replaced so that those which are found always belong together.
//!
//! Files are completed in a folder `pending` inside and then moved; a reader takes from `pending` what it still
//! holds. So a kill at any moment leaves the old files or the new ones, also where several must change at once (a
//! new model in the folder of an old one).

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::files::{FileError, remove_unfinished, write_whole};
use crate::model::ModelError;

const PENDING: &str = "pending";

/// How the name of a `pending` that is not complete begins.
const INCOMPLETE: &str = ".sentiment-pending-";

/// A file's name in the folder and its content.
pub type NamedFile = (&'static str, Vec<u8>);

/// The sole right to write a model into a folder, as long as this lives. The system takes it back when the program ends, however
/// that ends.
#[derive(Debug)]
pub struct FolderLock {
    _folder: Option<File>,
}

impl FolderLock {
    /// Makes the folder, where it is not there, and takes the right.
    pub fn create(folder: &Path) -> Result<Self, ModelError> {
        fs::create_dir_all(folder).map_err(FileError::context("create", folder))?;
        Self::take(folder)
    }

    /// Takes the right, and removes what a program that was killed left half written.
    ///
    /// Where folders cannot be locked, on some network file systems and outside Unix, nothing is.
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

/// Where a file of the model stands now.
pub fn current(folder: &Path, name: &str) -> PathBuf {
    let pending = folder.join(PENDING).join(name);
    if pending.exists() {
        pending
    } else {
        folder.join(name)
    }
}

/// Replaces one file of the model.
pub fn replace(folder: &Path, file: &NamedFile) -> Result<(), FileError> {
    replace_together(folder, std::slice::from_ref(file))
}

/// Replaces several files of the model at once.
pub fn replace_together(folder: &Path, files: &[NamedFile]) -> Result<(), FileError> {
    settle(folder)?;
    let complete = tempfile::Builder::new()
        .prefix(INCOMPLETE)
        .tempdir_in(folder)
        .map_err(FileError::context("write into", folder))?;
    for (name, content) in files {
        write_whole(&complete.path().join(name), |out| out.write_all(content))?;
    }
    let pending = folder.join(PENDING);
    fs::rename(complete.keep(), &pending).map_err(FileError::context("write", &pending))?;
    settle(folder)
}

/// Moves what is pending into its place.
fn settle(folder: &Path) -> Result<(), FileError> {
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
    fn one_at_a_time_writes_and_clears_what_was_left() {
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
        assert!(second.to_string().contains("another sentiment"), "{second}");
        drop(lock);
        FolderLock::take(folder.path()).unwrap();
    }

    #[test]
    fn a_reader_finds_the_new_files_while_they_are_moved() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name| fs::read_to_string(current(folder.path(), name)).unwrap();
        let files = |text: &str| [("a", text.into()), ("b", text.into())];

        replace_together(folder.path(), &files("old")).unwrap();
        assert_eq!((read("a"), read("b")), ("old".into(), "old".into()));
        assert!(!folder.path().join(PENDING).exists());

        // As a kill would leave it between the two moves.
        fs::create_dir(folder.path().join(PENDING)).unwrap();
        fs::write(folder.path().join("a"), "new").unwrap();
        fs::write(folder.path().join(PENDING).join("b"), "new").unwrap();
        assert_eq!((read("a"), read("b")), ("new".into(), "new".into()));

        replace(folder.path(), &("a", "newer".into())).unwrap();
        assert_eq!((read("a"), read("b")), ("newer".into(), "new".into()));
        assert!(!folder.path().join(PENDING).exists());
    }
}
