//! The files of a saved model, in a folder or in the program.

use std::path::{Path, PathBuf};

use super::folder::current;
use super::{ModelError, TensorFile};
use crate::files::FileError;

pub(super) const CONFIG: &str = "config.json";
pub(super) const VOCABULARY: &str = "vocabulary.txt";
pub(super) const WEIGHTS: &str = "model.safetensors";
pub(super) const NGRAMS: &str = "ngrams.bin";

/// Where the files that a classifier is read from stand in a folder; of some, nothing may be there.
pub fn files_in(folder: &Path) -> [PathBuf; 4] {
    [CONFIG, VOCABULARY, WEIGHTS, NGRAMS].map(|name| current(folder, name))
}

/// Where a model's files are.
pub(super) enum Files<'a> {
    /// In a folder.
    Folder(&'a Path),
    /// In the program, from models/general.
    Shipped,
}

impl Files<'_> {
    /// Where a file is, to read it and for messages.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(folder) => current(folder, name),
            Self::Shipped => Path::new("the model in the program").join(name),
        }
    }

    /// A file's content, if it has at most `most` bytes.
    pub(super) fn bytes(&self, name: &str, most: u64) -> Result<Vec<u8>, ModelError> {
        let path = self.path(name);
        if let Self::Shipped = self {
            return Ok(shipped(name).to_vec());
        }
        let size = std::fs::metadata(&path)
            .map_err(FileError::context("open", &path))?
            .len();
        if size > most {
            return Err(ModelError::Weights {
                path,
                reason: format!("it has more than {most} bytes"),
            });
        }
        Ok(std::fs::read(&path).map_err(FileError::context("read", &path))?)
    }

    /// As [`Files::bytes`], of a text.
    pub(super) fn text(&self, name: &str, most: u64) -> Result<String, ModelError> {
        let content = String::from_utf8(self.bytes(name, most)?);
        content.map_err(|error| ModelError::Weights {
            path: self.path(name),
            reason: error.to_string(),
        })
    }

    /// As [`Files::bytes`], of tensors.
    pub(super) fn tensors(&self, name: &str, most: u64) -> Result<TensorFile, ModelError> {
        let path = self.path(name);
        match self {
            Self::Folder(_) => TensorFile::read(&path, most),
            Self::Shipped => {
                let bytes = shipped(name);
                TensorFile::from_reader(bytes, bytes.len() as u64, &path, most)
            }
        }
    }
}

/// A file of the model in the program.
fn shipped(name: &str) -> &'static [u8] {
    match name {
        CONFIG => include_bytes!("../../models/general/config.json"),
        VOCABULARY => include_bytes!("../../models/general/vocabulary.txt"),
        WEIGHTS => include_bytes!("../../models/general/model.safetensors"),
        NGRAMS => include_bytes!("../../models/general/ngrams.bin"),
        _ => &[],
    }
}
