//! What to read of which file.

use std::path::Path;

use super::rows::RowFailure;
use crate::embeddings::error::{EmbeddingsError, RowNumber, VectorPosition};
use crate::embeddings::word_filter::WordFilter;

/// What to read of which file.
#[derive(Clone, Copy)]
pub(super) struct ReadRequest<'a> {
    /// The file, for messages.
    pub(super) name: &'a Path,
    /// The words to keep; None for all.
    pub(super) filter: Option<&'a WordFilter>,
    /// How many words to read at most.
    pub(super) limit: usize,
}

impl ReadRequest<'_> {
    /// Names the file and the row of a failure.
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
