//! Sources of word vectors.

use std::path::PathBuf;

use super::error::EmbeddingsError;
use super::formats::{read, read_first};
use super::sample::{GLOVE_SAMPLE_NAME, sample};
use super::vectors::WordVectors;
use super::word_filter::WordFilter;

/// A source of word vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VectorSource {
    /// The built-in GloVe sample.
    Sample,
    /// A file in a format that [`read`] supports.
    File(PathBuf),
}

impl VectorSource {
    /// Returns the name of the source in messages.
    pub fn name(&self) -> String {
        match self {
            Self::Sample => GLOVE_SAMPLE_NAME.to_owned(),
            Self::File(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// Reads all vectors, or those of the filter's words and their aliases.
    pub fn read(&self, filter: Option<&WordFilter>) -> Result<WordVectors, EmbeddingsError> {
        match self {
            Self::Sample => sample(filter),
            Self::File(path) => read(path, filter),
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
            (Self::File(path), None) => read_first(path, limit)?,
            _ => self.read(filter)?,
        };
        if let Some(filter) = filter {
            vectors.keep_only(filter);
        }
        vectors.truncate(limit);
        Ok(vectors)
    }
}
