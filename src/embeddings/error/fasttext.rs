use thiserror::Error;

use crate::embeddings::limits::{MAX_DIMENSION, MAX_NGRAM_LENGTH, MAX_ROW_BYTES};

/// The reason why a binary fastText model cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FastTextError {
    /// The model is quantised: its vectors are only approximate.
    #[error("the fastText model is quantised (.ftz), which is not supported")]
    Quantised,
    /// A version of the format that is not supported.
    #[error("the fastText model has format version {version}; only 11 and 12 are supported")]
    Version {
        /// The version in the file.
        version: i32,
    },
    /// A setting that no fastText model has.
    #[error("the fastText model is invalid: its {name} is {value}")]
    Setting {
        /// The name of the setting in fastText.
        name: &'static str,
        /// The value in the file.
        value: i64,
    },
    /// The dimension is not supported.
    #[error(
        "the fastText model has dimension {dimension}, which is not supported; the range is 1 to \
         {MAX_DIMENSION}"
    )]
    Dimension {
        /// The dimension in the file.
        dimension: i32,
    },
    /// The n-grams are too long.
    #[error(
        "the fastText model has n-grams of {length} characters; at most {MAX_NGRAM_LENGTH} are \
         supported"
    )]
    NgramLength {
        /// The maximum length of n-grams in the file.
        length: i32,
    },
    /// An entry of the dictionary is neither a word nor a label, or is out of order.
    #[error("the fastText model is invalid: entry {entry} of its dictionary is {kind}")]
    Entry {
        /// The number of the entry, from 1.
        entry: u64,
        /// What the entry is.
        kind: &'static str,
    },
    /// The matrix of input vectors does not fit the dictionary.
    #[error(
        "the fastText model is invalid: its matrix has shape [{rows}, {columns}], expected \
         [{words} words + {buckets} n-grams, {dimension}]"
    )]
    Matrix {
        /// The number of rows in the file.
        rows: i64,
        /// The number of columns in the file.
        columns: i64,
        /// The number of words.
        words: u32,
        /// The number of n-gram rows.
        buckets: u32,
        /// The dimension of the model.
        dimension: usize,
    },
    /// A vector contains a number that is NaN or infinite.
    #[error("the vector of {word:?} contains {number}, which is not finite")]
    NotFinite {
        /// The word.
        word: String,
        /// The number.
        number: String,
    },
    /// A word exceeds the length limit.
    #[error("entry {entry} of the dictionary is longer than {MAX_ROW_BYTES} bytes")]
    TooLong {
        /// The number of the entry, from 1.
        entry: u64,
    },
    /// The file ends too early.
    #[error("the fastText model is truncated")]
    Truncated,
}
