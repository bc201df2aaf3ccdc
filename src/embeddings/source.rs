//! Sources of word vectors.

use std::path::PathBuf;

use super::error::EmbeddingsError;
use super::formats::read_file;
use super::sample::{GLOVE_SAMPLE_NAME, sample};
use super::vectors::WordVectors;
use super::word_filter::WordFilter;

/// A source of word vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VectorSource {
    /// The built-in GloVe sample.
    Sample,
    /// A file in a format that [`read`](super::read) supports.
    File(VectorFile),
}

/// A file of word vectors, or one of the files in a ZIP archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VectorFile {
    /// The file or archive.
    pub path: PathBuf,
    /// The name of the file in the archive. `None` reads the only one.
    pub member: Option<String>,
}

impl VectorFile {
    /// Creates a file that is not an archive, or an archive of one file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            member: None,
        }
    }

    /// Reads all vectors, or those of the filter's words and their aliases, like
    /// [`read`](super::read).
    pub fn read(&self, filter: Option<&WordFilter>) -> Result<WordVectors, EmbeddingsError> {
        read_file(self, filter, usize::MAX)
    }

    /// Reads the first `count` words with their vectors, like [`read_first`](super::read_first).
    pub fn read_first(&self, count: usize) -> Result<WordVectors, EmbeddingsError> {
        read_file(self, None, count)
    }
}

impl VectorSource {
    /// Returns the name of the source in messages.
    pub fn name(&self) -> String {
        match self {
            Self::Sample => GLOVE_SAMPLE_NAME.to_owned(),
            Self::File(file) => file.path.to_string_lossy().into_owned(),
        }
    }

    /// Reads all vectors, or those of the filter's words and their aliases.
    pub fn read(&self, filter: Option<&WordFilter>) -> Result<WordVectors, EmbeddingsError> {
        match self {
            Self::Sample => sample(filter),
            Self::File(file) => file.read(filter),
        }
    }

    /// Reads the first `limit` vectors of the file, or of the filter's words and the aliases of
    /// missing words.
    pub fn read_part(
        &self,
        filter: Option<&WordFilter>,
        limit: usize,
    ) -> Result<WordVectors, EmbeddingsError> {
        let mut vectors = match (self, filter) {
            (Self::File(file), None) => file.read_first(limit)?,
            _ => self.read(filter)?,
        };
        if let Some(filter) = filter {
            vectors.keep_only(filter);
        }
        vectors.truncate(limit);
        Ok(vectors)
    }
}
