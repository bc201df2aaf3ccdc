//! The files of a model's folder, replaced so that those which are found always belong together.
//!
//! One file is replaced by renaming. Where several must change at once (a new model in the folder of
//! an old one), they are completed in a folder `pending` inside and then moved; a reader takes from
//! `pending` what it still holds. So a kill at any moment leaves the old files or the new ones.

use std::fs;
use std::path::{Path, PathBuf};

use crate::files::{FileError, write_whole};

const PENDING: &str = "pending";

/// A file's name in the folder and its content.
pub type NamedFile = (&'static str, Vec<u8>);

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
pub fn replace(folder: &Path, (name, content): &NamedFile) -> Result<(), FileError> {
    settle(folder)?;
    write_whole(&folder.join(name), |out| out.write_all(content))
}

/// Replaces several files of the model at once.
pub fn replace_together(folder: &Path, files: &[NamedFile]) -> Result<(), FileError> {
    settle(folder)?;
    let complete = tempfile::Builder::new()
        .prefix(".pending-")
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
