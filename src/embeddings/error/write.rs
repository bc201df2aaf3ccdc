use thiserror::Error;

/// Why vectors cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VectorWriteError {
    /// The file's name does not say how.
    #[error(
        "the name must end in .txt (GloVe), .vec (word2vec text) or .bin (word2vec binary), each \
         also with .gz or .zst behind it, or in .safetensors"
    )]
    Ending,
    /// 16-bit or 8-bit numbers in a format that has none.
    #[error("{bits}-bit numbers are kept only in a file that ends in .safetensors")]
    NumberType {
        /// Bits of a number.
        bits: usize,
    },
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
        bits: usize,
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
