use thiserror::Error;

/// The reason why vectors cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VectorWriteError {
    /// The file extension is not supported.
    #[error(
        "the name must end in .txt (GloVe), .vec (word2vec text) or .bin (word2vec binary), each \
         optionally followed by .gz or .zst, or in .safetensors"
    )]
    Ending,
    /// The format does not support 16-bit or 8-bit numbers.
    #[error("only .safetensors files can store {bits}-bit numbers")]
    NumberType {
        /// The number of bits per number.
        bits: usize,
    },
    /// There are no words.
    #[error("there are no word vectors to write")]
    Empty,
    /// The word would be read back as a different word or end the row.
    #[error("{format} cannot store the word {word:?}; use a name that ends in {other}")]
    Word {
        /// The word.
        word: String,
        /// The name of the format, with its article.
        format: &'static str,
        /// The extension of a format that can store the word.
        other: &'static str,
    },
    /// No format can store the word.
    #[error("the word {word:?} is empty or contains a line break, which no format can store")]
    NoWord {
        /// The word.
        word: String,
    },
    /// A number is NaN or infinite, possibly only after conversion to 16 bits.
    #[error("the vector of {word:?} contains {number}, which is not finite in {bits} bits")]
    Number {
        /// The word.
        word: String,
        /// The number before conversion.
        number: String,
        /// The number of bits per number in the file.
        bits: usize,
    },
    /// The words do not fit in the header.
    #[error(
        "the words take more than the {most} bytes of a safetensors header; .bin has no such limit"
    )]
    Words {
        /// The maximum size of a header in bytes.
        most: u64,
    },
}
