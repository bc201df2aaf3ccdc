//! What can be wrong with one row, one question or one word to write.

use thiserror::Error;

use super::{MAX_DIMENSION, MAX_ROW_BYTES};

/// Why vectors cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WriteFault {
    /// The file's name does not say how.
    #[error(
        "the name must end in .txt (GloVe), .vec (word2vec text) or .bin (word2vec binary), each \
         also with .gz or .zst behind it, or in .safetensors"
    )]
    Ending,
    /// 16-bit numbers in a format that has none.
    #[error("16-bit numbers are kept only in a file that ends in .safetensors")]
    Half,
    /// There is not one word.
    #[error("there are no word vectors to write")]
    Empty,
    /// A word would be read back as another or end the row.
    #[error("{format} cannot hold the word {word:?}; a file that ends in {other} can")]
    Word {
        /// The word.
        word: String,
        /// The format, with its article.
        format: &'static str,
        /// The ending of a format that can hold it.
        other: &'static str,
    },
    /// A word that no format can hold.
    #[error("the word {word:?} is empty or has a line break, which no format can hold")]
    NoWord {
        /// The word.
        word: String,
    },
    /// A number is NaN or infinite, or becomes so in 16 bits.
    #[error("the vector of {word:?} has the number {number}, which is not finite in {bits} bits")]
    Number {
        /// The word.
        word: String,
        /// The number as it was to be written.
        number: String,
        /// Bits of the numbers in the file.
        bits: u32,
    },
    /// There are more words than fit before the tensor.
    #[error(
        "the words take more than the {most} bytes of a safetensors header; .bin has no such bound"
    )]
    Words {
        /// The most bytes of a header.
        most: u64,
    },
}

/// What is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RowFault {
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

/// What is wrong with a line of word pairs or analogies.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TestFault {
    /// There are no questions in the file.
    #[error("there are no word pairs and no analogies in the file")]
    Empty,
    /// The file is larger than any of its kind.
    #[error("the file is larger than 64 MiB: it is no file of word pairs or analogies")]
    TooLarge,
    /// The line is not UTF-8.
    #[error("the line is not valid UTF-8")]
    InvalidUtf8,
    /// Two words and a score are not there.
    #[error(
        "the line has {found} fields between tabs, and the score is in field {expected}; word pairs \
         are two words and their score"
    )]
    Fields {
        /// How many fields there are.
        found: usize,
        /// The score's, from 1.
        expected: usize,
    },
    /// One of the pair is missing.
    #[error("a word of the pair is empty")]
    EmptyWord,
    /// The score is not a finite number.
    #[error("the score {field:?} is not a number")]
    Score {
        /// What stands in its place, shortened for a message.
        field: String,
    },
    /// An analogy is not of four words.
    #[error("the line has {found} words; an analogy is four, and `: name` begins a section")]
    Words {
        /// How many there are.
        found: usize,
    },
}
