//! The source of a saved model's files: a folder, an archive or the program itself.

use std::borrow::Cow;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::archive::read_member;
use super::built_in::BuiltIn;
use super::folder::current;
use crate::files::FileError;
use crate::model::{EMBEDDING, ModelError};
use crate::tensor_file::{ScaledRows, TensorFile, TensorFileError};

pub(super) const CONFIG: &str = "config.json";
pub(super) const VOCABULARY: &str = "vocabulary.txt";
pub(super) const WEIGHTS: &str = "model.safetensors";
pub(super) const NGRAMS: &str = "ngrams.bin";

/// The files of a saved model. Only models with n-grams have the last.
pub(crate) const FILES: [&str; 4] = [CONFIG, VOCABULARY, WEIGHTS, NGRAMS];

/// Returns the paths of a saved model's files in a folder. Some files may not exist.
pub(crate) fn files_in(folder: &Path) -> [PathBuf; 4] {
    FILES.map(|name| current(folder, name))
}

/// The source of a model's files.
pub(super) enum Source<'a> {
    /// A folder.
    Folder(&'a Path),
    /// An archive.
    Archive(&'a Path),
    /// The program.
    BuiltIn(BuiltIn),
}

impl Source<'_> {
    /// Returns the path of a file in a folder; else a name for messages.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(folder) => current(folder, name),
            Self::Archive(archive) => archive.join(name),
            Self::BuiltIn(model) => {
                Path::new(&format!("the built-in model {}", model.name())).join(name)
            }
        }
    }

    /// Reads a file of at most `max_bytes` bytes. A file of the program is not copied.
    pub(super) fn bytes(
        &self,
        name: &str,
        max_bytes: u64,
    ) -> Result<Cow<'static, [u8]>, ModelError> {
        let path = self.path(name);
        let content = match self {
            Self::BuiltIn(model) => return Ok(model.file(name).into()),
            Self::Archive(archive) => {
                let content = read_archived(archive, name, &path, max_bytes)?;
                content.ok_or_else(|| missing(&path))?
            }
            Self::Folder(_) => {
                let mut file = File::open(&path).map_err(FileError::context("open", &path))?;
                read_bounded(&mut file, &path, max_bytes)?
            }
        };
        Ok(content.into())
    }

    /// Reads a file of at most `max_bytes` bytes that predictions do not need. Returns `None` if there is none.
    pub(super) fn record(&self, name: &str, max_bytes: u64) -> Result<Option<Vec<u8>>, ModelError> {
        let path = self.path(name);
        match self {
            Self::BuiltIn(_) => Ok(None),
            Self::Archive(archive) => read_archived(archive, name, &path, max_bytes),
            Self::Folder(_) if !path.exists() => Ok(None),
            Self::Folder(_) => Ok(Some(self.bytes(name, max_bytes)?.into_owned())),
        }
    }

    /// Returns whether digests must be verified. Files outside the program may have changed.
    pub(super) fn needs_digests(&self) -> bool {
        !matches!(self, Self::BuiltIn(_))
    }

    /// Reads the tensors of a file of at most `max_bytes` bytes. For a file outside the program, also returns its
    /// hexadecimal SHA-256.
    pub(super) fn tensors(
        &self,
        name: &str,
        max_bytes: u64,
    ) -> Result<(ModelTensors, Option<String>), ModelError> {
        let path = self.path(name);
        match self {
            Self::BuiltIn(model) => {
                let tensors = TensorFile::from_program(model.file(name), EMBEDDING);
                Ok((model_tensors(tensors, &path)?, None))
            }
            Self::Archive(archive) => {
                let tensors = read_member(archive, name, |file, size| {
                    hashed_tensors(file, size, max_bytes, &path)
                });
                tensors?.ok_or_else(|| missing(&path))?
            }
            Self::Folder(_) => {
                let context = || FileError::context("open", &path);
                let mut file = File::open(&path).map_err(context())?;
                let size = file.metadata().map_err(context())?.len();
                hashed_tensors(&mut file, size, max_bytes, &path)
            }
        }
    }
}

/// Reads a file of an archive, of at most `max_bytes` bytes. Returns `None` if the archive has no such file. `path` names it
/// in errors.
fn read_archived(
    archive: &Path,
    name: &str,
    path: &Path,
    max_bytes: u64,
) -> Result<Option<Vec<u8>>, ModelError> {
    let content = read_member(archive, name, |file, _| read_bounded(file, path, max_bytes));
    content?.transpose()
}

/// Reads a file of at most `max_bytes` bytes.
fn read_bounded(file: &mut dyn Read, path: &Path, max_bytes: u64) -> Result<Vec<u8>, ModelError> {
    let mut content = Vec::new();
    // The size in the metadata is not reliable: a pipe has none, and a file may grow.
    file.take(max_bytes.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(FileError::context("read", path))?;
    match content.len() as u64 > max_bytes {
        true => Err(invalid_file(path)(format!(
            "it is larger than {max_bytes} bytes"
        ))),
        false => Ok(content),
    }
}

/// The tensors of a model.
pub(super) struct ModelTensors {
    pub(super) file: TensorFile,
    /// The embedding table, if it has 8-bit integers. It is not among the tensors then.
    pub(super) table: Option<ScaledRows>,
}

/// Reads the tensors of a file of `size` bytes. Also returns its hexadecimal SHA-256.
fn hashed_tensors(
    file: &mut dyn Read,
    size: u64,
    max_bytes: u64,
    path: &Path,
) -> Result<(ModelTensors, Option<String>), ModelError> {
    let mut file = HashingReader {
        file,
        hasher: Sha256::new(),
    };
    let tensors = TensorFile::from_reader(&mut file, size, max_bytes, EMBEDDING);
    let tensors = model_tensors(tensors, path)?;
    Ok((tensors, Some(format!("{:x}", file.hasher.finalize()))))
}

fn model_tensors(
    read: Result<(TensorFile, Option<ScaledRows>), TensorFileError>,
    path: &Path,
) -> Result<ModelTensors, ModelError> {
    let (file, table) = read.map_err(ModelError::weights(path))?;
    Ok(ModelTensors { file, table })
}

/// Returns the error of an archive without a file.
fn missing(path: &Path) -> ModelError {
    invalid_file(path)("the archive has no such file")
}

/// A reader that hashes the bytes it reads.
struct HashingReader<'a> {
    file: &'a mut dyn Read,
    hasher: Sha256,
}

impl Read for HashingReader<'_> {
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
