//! The result of parsing a chunk: its rows, or the error in one of them.

use std::io;

use super::tally::Tally;
use crate::embeddings::error::VectorRowError;

/// The parsed rows of a chunk.
#[derive(Debug, Default)]
pub(super) struct ParsedRows {
    /// The number of rows in the chunk, kept or dropped.
    pub(super) count: u64,
    /// The kept words.
    pub(super) words: Vec<String>,
    /// The vectors of the kept words: `[words, dimension]`.
    pub(super) numbers: Vec<f32>,
    /// Blank lines in text, which are not rows.
    pub(super) blank_lines: Tally,
    /// The words in text that are not UTF-8, read as Windows-1252.
    pub(super) decoded_words: Tally,
    /// The rows in binary files whose words are not UTF-8.
    pub(super) skipped_words: Tally,
}

impl ParsedRows {
    /// Returns the number of rows, or of lines in text.
    pub(super) fn lines(&self) -> u64 {
        self.count + self.blank_lines.count
    }

    /// Returns the memory of the kept rows in bytes.
    pub(super) fn kept_bytes(&self) -> usize {
        let letters: usize = self.words.iter().map(String::len).sum();
        size_of_val(self.words.as_slice()) + letters + size_of_val(self.numbers.as_slice())
    }
}

/// An error in a chunk.
#[derive(Debug)]
pub(super) struct ChunkError {
    /// The number of rows, or of lines in text, in the chunk before the one with the error.
    pub(super) lines_before: u64,
    pub(super) cause: RowFailure,
}

/// The reason why a row could not be read.
#[derive(Debug)]
pub(super) enum RowFailure {
    /// Reading the file failed.
    Read(io::Error),
    /// The row is not a word followed by a vector.
    Invalid(VectorRowError),
}

impl ChunkError {
    pub(super) fn row(lines_before: u64, error: VectorRowError) -> Self {
        Self {
            lines_before,
            cause: RowFailure::Invalid(error),
        }
    }

    pub(super) fn read(error: io::Error) -> Self {
        Self {
            lines_before: 0,
            cause: RowFailure::Read(error),
        }
    }
}
