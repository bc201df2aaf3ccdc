use thiserror::Error;

use crate::embeddings::limits::{MAX_DIMENSION, MAX_ROW_BYTES};

/// An error in one row.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VectorRowError {
    /// The first row has no numbers.
    #[error(
        "there are no numbers after the word; a line of word vectors is a word and its numbers, \
         separated by spaces or tabs"
    )]
    NoVector,
    /// The dimension is not supported.
    #[error("the vector dimension {dimension} is not supported; the range is 1 to {MAX_DIMENSION}")]
    Dimension {
        /// The dimension in the header or the first row.
        dimension: u64,
    },
    /// The row's dimension differs from the file's.
    #[error("the vector has dimension {found}, but the file's vectors have {expected}")]
    Ragged {
        /// The dimension of the row.
        found: usize,
        /// The dimension in the header or, without one, the first row.
        expected: usize,
    },
    /// A field is not a number.
    #[error("{field:?} is not a number")]
    NotANumber {
        /// The text of the field, truncated for the message.
        field: String,
    },
    /// A number is NaN, infinite or too large.
    #[error("{field} is not a finite number")]
    NotFinite {
        /// The text of the number, truncated for the message.
        field: String,
    },
    /// The row begins with a space.
    #[error("there is no word before the numbers")]
    EmptyWord,
    /// The row exceeds the length limit.
    #[error("the row is longer than {MAX_ROW_BYTES} bytes")]
    TooLong,
    /// A binary file ends in the middle of the row.
    #[error("the file ends in the middle of the vector")]
    CutShort,
}
