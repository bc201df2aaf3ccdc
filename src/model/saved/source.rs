//! The source of a saved model's files: a folder or the program itself.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::built_in::BuiltIn;
use super::folder::current;
use crate::files::FileError;
use crate::model::ModelError;
use crate::tensor_file::TensorFile;

pub(super) const CONFIG: &str = "config.json";
pub(super) const VOCABULARY: &str = "vocabulary.txt";
pub(super) const WEIGHTS: &str = "model.safetensors";
pub(super) const NGRAMS: &str = "ngrams.bin";

/// Returns the paths of a saved model's files in a folder. Some files may not exist.
pub(crate) fn files_in(folder: &Path) -> [PathBuf; 4] {
    [CONFIG, VOCABULARY, WEIGHTS, NGRAMS].map(|name| current(folder, name))
}

/// The source of a model's files.
pub(super) enum Source<'a> {
    /// A folder.
    Folder(&'a Path),
    /// The program.
    BuiltIn(BuiltIn),
}

impl Source<'_> {
    /// Returns the path of a file; for the built-in model, a name for messages.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(folder) => current(folder, name),
            Self::BuiltIn(model) => {
                Path::new(&format!("the built-in model {}", model.name())).join(name)
            }
        }
    }

    /// Reads a file of at most `max_bytes` bytes.
    pub(super) fn bytes(&self, name: &str, max_bytes: u64) -> Result<Vec<u8>, ModelError> {
        let path = self.path(name);
        if let Self::BuiltIn(model) = self {
            return Ok(model.file(name).to_vec());
        }
        let mut content = Vec::new();
        // The size in the metadata is not reliable: a pipe has none, and a file may grow.
        File::open(&path)
            .map_err(FileError::context("open", &path))?
            .take(max_bytes.saturating_add(1))
            .read_to_end(&mut content)
            .map_err(FileError::context("read", &path))?;
        if content.len() as u64 > max_bytes {
            return Err(ModelError::Weights {
                path,
                reason: format!("it is larger than {max_bytes} bytes"),
            });
        }
        Ok(content)
    }

    /// Returns whether digests must be verified. Files in a folder may have changed; those in the program cannot.
    pub(super) fn needs_digests(&self) -> bool {
        matches!(self, Self::Folder(_))
    }

    /// Reads the tensors of a file of at most `max_bytes` bytes. For a file in a folder, also returns its hexadecimal
    /// SHA-256.
    pub(super) fn tensors(
        &self,
        name: &str,
        max_bytes: u64,
    ) -> Result<(TensorFile, Option<String>), ModelError> {
        let path = self.path(name);
        if let Self::BuiltIn(model) = self {
            let bytes = model.file(name);
            let file = TensorFile::from_reader(bytes, bytes.len() as u64, max_bytes)
                .map_err(ModelError::weights(&path))?;
            return Ok((file, None));
        }
        let context = || FileError::context("open", &path);
        let file = File::open(&path).map_err(context())?;
        let size = file.metadata().map_err(context())?.len();
        let mut file = HashingReader {
            file,
            hasher: Sha256::new(),
        };
        let tensors = TensorFile::from_reader(&mut file, size, max_bytes)
            .map_err(ModelError::weights(&path))?;
        Ok((tensors, Some(format!("{:x}", file.hasher.finalize()))))
    }
}

/// A reader that hashes the bytes it reads.
struct HashingReader {
    file: File,
    hasher: Sha256,
}

impl Read for HashingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

/// Converts the reason why a file is invalid to an error, for `map_err`.
pub(super) fn invalid_file<E: Display>(path: &Path) -> impl Fn(E) -> ModelError {
    move |reason| ModelError::Weights {
        path: path.into(),
        reason: reason.to_string(),
    }
}

/// Returns the hexadecimal SHA-256 of a file's content.
pub(super) fn sha256_hex(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}
