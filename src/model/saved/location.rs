//! Where a model is: in the program, in a folder or in an archive.

use std::fmt;
use std::path::{Path, PathBuf};

use super::BuiltIn;
use super::archive::ARCHIVE_ENDING;
use super::source::Source;
use crate::model::ModelError;

/// The place of a model: the program, a folder or an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelLocation {
    /// A model that the program contains.
    BuiltIn(BuiltIn),
    /// The folder of a saved model.
    Folder(PathBuf),
    /// A file with all files of a saved model.
    Archive(PathBuf),
}

impl ModelLocation {
    /// Returns the place that a command line names: the name of a built-in model, an archive `NAME.sentiment` or a folder.
    /// A folder with the name of a built-in model is `./general`.
    pub fn named(name: &Path) -> Self {
        match name.to_str().and_then(BuiltIn::named) {
            Some(model) => Self::BuiltIn(model),
            None => Self::at(name),
        }
    }

    /// Returns the place of a saved model by its path: an archive `NAME.sentiment` or a folder.
    pub fn at(path: &Path) -> Self {
        let name = path.as_os_str().as_encoded_bytes();
        match name.ends_with(ARCHIVE_ENDING.as_bytes()) && !path.is_dir() {
            true => Self::Archive(path.into()),
            false => Self::Folder(path.into()),
        }
    }

    /// Returns the source of the files.
    pub(super) fn source(&self) -> Source<'_> {
        match self {
            Self::BuiltIn(model) => Source::BuiltIn(*model),
            Self::Folder(folder) => Source::Folder(folder),
            Self::Archive(archive) => Source::Archive(archive),
        }
    }

    /// Reads a file beside those that predictions need, of at most `max_bytes` bytes. Returns `None` if there is none.
    pub(crate) fn record(&self, name: &str, max_bytes: u64) -> Result<Option<Vec<u8>>, ModelError> {
        self.source().record(name, max_bytes)
    }

    /// Returns the folder of a saved model.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::BuiltIn(_) | Self::Archive(_) => None,
            Self::Folder(folder) => Some(folder),
        }
    }
}

impl fmt::Display for ModelLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(BuiltIn::General) => f.write_str("the built-in model"),
            Self::BuiltIn(model) => write!(f, "the built-in model {}", model.name()),
            Self::Folder(path) | Self::Archive(path) => path.display().fmt(f),
        }
    }
}
