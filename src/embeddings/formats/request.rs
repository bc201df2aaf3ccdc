//! A request to read word vectors from a file.

use std::path::Path;

use super::parsed_rows::RowFailure;
use crate::embeddings::error::{EmbeddingsError, RowNumber, VectorPosition};
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
    /// Adds the file and the row to a failure.
    pub(super) fn error_at(&self, row: RowNumber, failure: RowFailure) -> EmbeddingsError {
        let position = VectorPosition {
            path: self.name.into(),
            row,
        };
        match failure {
            RowFailure::Read(source) => EmbeddingsError::reading(position, source),
            RowFailure::Invalid(reason) => EmbeddingsError::BadRow { position, reason },
        }
    }
}
