//! Where a model is: in the program or in a folder.

use std::fmt;
use std::path::{Path, PathBuf};

use super::BuiltIn;

/// The place of a model: the program or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelLocation {
    /// A model that the program contains.
    BuiltIn(BuiltIn),
    /// The folder of a saved model.
    Folder(PathBuf),
}

impl ModelLocation {
    /// Returns the place that a command line names: the name of a built-in model, or a folder. A folder with the name of a
    /// built-in model is `./general`.
    pub fn named(name: &Path) -> Self {
        match name.to_str().and_then(BuiltIn::named) {
            Some(model) => Self::BuiltIn(model),
            None => Self::Folder(name.into()),
        }
    }

    /// Returns the folder of a saved model.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::BuiltIn(_) => None,
            Self::Folder(folder) => Some(folder),
        }
    }
}

impl fmt::Display for ModelLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(BuiltIn::General) => f.write_str("the built-in model"),
            Self::BuiltIn(model) => write!(f, "the built-in model {}", model.name()),
            Self::Folder(folder) => folder.display().fmt(f),
        }
    }
}
