//! What parsing a chunk of a file results in: its rows, or what is wrong with one of them.

use std::io;

use crate::embeddings::error::VectorRowError;

/// The rows of a chunk.
#[derive(Debug, Default)]
pub(super) struct ParsedRows {
    /// Rows of the chunk, kept or not.
    pub(super) count: u64,
    /// The words that are kept.
    pub(super) words: Vec<String>,
    /// Their numbers: `[words, dimension]`.
    pub(super) numbers: Vec<f32>,
}

impl ParsedRows {
    /// The memory that the kept rows take.
    pub(super) fn kept_bytes(&self) -> usize {
        let letters: usize = self.words.iter().map(String::len).sum();
        size_of_val(self.words.as_slice()) + letters + size_of_val(self.numbers.as_slice())
    }
}

/// What is wrong with a chunk.
#[derive(Debug)]
pub(super) struct ChunkError {
    /// Rows of the chunk before the one that is wrong.
    pub(super) rows_before: u64,
    pub(super) cause: RowFailure,
}

/// Why there is no row.
#[derive(Debug)]
pub(super) enum RowFailure {
    /// Reading the file failed.
    Read(io::Error),
    /// The row is not a word and its vector.
    Invalid(VectorRowError),
}

impl ChunkError {
    pub(super) fn row(rows_before: u64, error: VectorRowError) -> Self {
        Self {
            rows_before,
            cause: RowFailure::Invalid(error),
        }
    }

    pub(super) fn read(error: io::Error) -> Self {
        Self {
            rows_before: 0,
            cause: RowFailure::Read(error),
        }
    }
}
