//! A request to read word vectors from a file.

use std::path::Path;

use super::parsed_rows::RowFailure;
use crate::embeddings::error::{EmbeddingsError, FastTextError, RowNumber, VectorPosition};
use crate::embeddings::word_filter::WordFilter;

/// The file to read and the words to keep.
#[derive(Clone, Copy)]
pub(super) struct ReadRequest<'a> {
    /// The file name in error messages.
    pub(super) name: &'a Path,
    /// The words to keep, or `None` for all.
    pub(super) filter: Option<&'a WordFilter>,
    /// The maximum number of words to read.
    pub(super) limit: usize,
}

impl ReadRequest<'_> {
    /// Adds the file to the number of a row.
    pub(super) fn position(&self, row: RowNumber) -> VectorPosition {
        VectorPosition {
            path: self.name.into(),
            row,
        }
    }

    /// Adds the file and the row to a failure.
    pub(super) fn error_at(&self, row: RowNumber, failure: RowFailure) -> EmbeddingsError {
        let position = self.position(row);
        match failure {
            RowFailure::Read(source) => EmbeddingsError::reading(position, source),
            RowFailure::Invalid(reason) => EmbeddingsError::BadRow { position, reason },
        }
    }

    /// Adds the file to an error in a fastText model.
    pub(super) fn fasttext(&self, reason: FastTextError) -> EmbeddingsError {
        EmbeddingsError::FastText {
            path: self.name.into(),
            reason,
        }
    }

    /// Returns the error of vectors that exceed the memory limit.
    pub(super) fn too_large(&self) -> EmbeddingsError {
        EmbeddingsError::TooLarge {
            path: self.name.into(),
        }
    }
}
