use thiserror::Error;

use crate::embeddings::limits::{MAX_DIMENSION, MAX_ROW_BYTES};

/// What is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VectorRowError {
    /// The first row is a word at most.
    #[error(
        "there are no numbers after the word; a line of word vectors is a word and its numbers, \
         with spaces between"
    )]
    NoVector,
    /// The vectors would be of no size that is read.
    #[error("vectors of dimension {dimension} are not read, only of 1 to {MAX_DIMENSION}")]
    Dimension {
        /// The header's or the first row's dimension.
        dimension: u64,
    },
    /// The row has more or fewer numbers than the others.
    #[error("the vector has dimension {found}, and the file's vectors have {expected}")]
    Ragged {
        /// How many the row has.
        found: usize,
        /// How many the header or the first row has.
        expected: usize,
    },
    /// A number cannot be read as one.
    #[error("{field:?} is not a number")]
    NotANumber {
        /// What stands in its place, shortened for a message.
        field: String,
    },
    /// A number is NaN, infinite or too large.
    #[error("{field} is not a finite number")]
    NotFinite {
        /// The number as it is written, shortened for a message.
        field: String,
    },
    /// The row begins with a space.
    #[error("there is no word before the numbers")]
    EmptyWord,
    /// The word is not UTF-8.
    #[error("the word is not valid UTF-8")]
    InvalidUtf8,
    /// The row is longer than any that is read.
    #[error("the row is longer than {MAX_ROW_BYTES} bytes")]
    TooLong,
    /// A binary file ends within the row.
    #[error("the file ends before the vector does")]
    CutShort,
}
