//! The files of a saved model, in a folder or in the program.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::ModelError;
use super::folder::current;
use crate::files::FileError;
use crate::tensor_file::TensorFile;

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

    /// Whether files may be others than those that were saved; the program's cannot.
    pub(super) fn are_checked(&self) -> bool {
        matches!(self, Self::Folder(_))
    }

    /// A file's tensors, if it has at most `most` bytes, and, where it is checked, its SHA-256 in hexadecimal.
    pub(super) fn tensors(
        &self,
        name: &str,
        most: u64,
    ) -> Result<(TensorFile, Option<String>), ModelError> {
        let path = self.path(name);
        if let Self::Shipped = self {
            let bytes = shipped(name);
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
