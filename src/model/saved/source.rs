//! Where the files of a saved model come from: a folder, or the program itself.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::folder::current;
use crate::files::FileError;
use crate::model::ModelError;
use crate::tensor_file::TensorFile;

pub(super) const CONFIG: &str = "config.json";
pub(super) const VOCABULARY: &str = "vocabulary.txt";
pub(super) const WEIGHTS: &str = "model.safetensors";
pub(super) const NGRAMS: &str = "ngrams.bin";

/// Where the files that a classifier is read from stand in a folder; of some, nothing may be there.
pub(crate) fn files_in(folder: &Path) -> [PathBuf; 4] {
    [CONFIG, VOCABULARY, WEIGHTS, NGRAMS].map(|name| current(folder, name))
}

/// Where a model's files are.
pub(super) enum Source<'a> {
    /// In a folder.
    Folder(&'a Path),
    /// In the program, from models/general.
    BuiltIn,
}

impl Source<'_> {
    /// Where a file is, to read it and for messages.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(folder) => current(folder, name),
            Self::BuiltIn => Path::new("the model in the program").join(name),
        }
    }

    /// A file's content, if it has at most `most` bytes.
    pub(super) fn bytes(&self, name: &str, most: u64) -> Result<Vec<u8>, ModelError> {
        let path = self.path(name);
        if let Self::BuiltIn = self {
            return Ok(built_in(name).to_vec());
        }
        let mut content = Vec::new();
        // Not by its size, which a file may not tell or may outgrow.
        File::open(&path)
            .map_err(FileError::context("open", &path))?
            .take(most.saturating_add(1))
            .read_to_end(&mut content)
            .map_err(FileError::context("read", &path))?;
        if content.len() as u64 > most {
            return Err(ModelError::Weights {
                path,
                reason: format!("it has more than {most} bytes"),
            });
        }
        Ok(content)
    }

    /// Whether files may differ from those that were saved; the program's cannot.
    pub(super) fn is_checked(&self) -> bool {
        matches!(self, Self::Folder(_))
    }

    /// A file's tensors, if it has at most `most` bytes, and, where it is checked, its SHA-256 in hexadecimal.
    pub(super) fn tensors(
        &self,
        name: &str,
        most: u64,
    ) -> Result<(TensorFile, Option<String>), ModelError> {
        let path = self.path(name);
        if let Self::BuiltIn = self {
            let bytes = built_in(name);
            let file = TensorFile::from_reader(bytes, bytes.len() as u64, most)
                .map_err(ModelError::weights(&path))?;
            return Ok((file, None));
        }
        let context = || FileError::context("open", &path);
        let file = File::open(&path).map_err(context())?;
        let size = file.metadata().map_err(context())?.len();
        let mut file = Digested {
            file,
            hasher: Sha256::new(),
        };
        let tensors =
            TensorFile::from_reader(&mut file, size, most).map_err(ModelError::weights(&path))?;
        Ok((tensors, Some(format!("{:x}", file.hasher.finalize()))))
    }
}

/// A file that is hashed as it is read.
struct Digested {
    file: File,
    hasher: Sha256,
}

impl Read for Digested {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

/// A file of the built-in model.
fn built_in(name: &str) -> &'static [u8] {
    match name {
        CONFIG => include_bytes!("../../../models/general/config.json"),
        VOCABULARY => include_bytes!("../../../models/general/vocabulary.txt"),
        WEIGHTS => include_bytes!("../../../models/general/model.safetensors"),
        NGRAMS => include_bytes!("../../../models/general/ngrams.bin"),
        _ => &[],
    }
}

/// For `map_err`: why a file of the model cannot be used.
pub(super) fn unfit<E: Display>(path: &Path) -> impl Fn(E) -> ModelError {
    move |reason| ModelError::Weights {
        path: path.into(),
        reason: reason.to_string(),
    }
}

/// The SHA-256 of a file.
pub(super) fn hexadecimal(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}
