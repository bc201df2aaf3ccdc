//! Where word vectors come from.

use std::path::PathBuf;

use super::error::EmbeddingsError;
use super::formats::{read, read_first};
use super::sample::{GLOVE_SAMPLE_NAME, sample};
use super::vectors::WordVectors;
use super::word_filter::WordFilter;

/// Where word vectors come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VectorSource {
    /// The GloVe sample in the binary.
    Sample,
    /// A file in a format that [`read`] knows.
    File(PathBuf),
}

impl VectorSource {
    /// The source's name in messages.
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

    /// Reads at most `limit` vectors, the first of the file: all words', or those of the filter's
    /// words and of the aliases that they need.
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
