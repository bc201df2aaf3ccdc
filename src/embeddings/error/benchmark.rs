use thiserror::Error;

/// What is wrong with a line of word pairs or analogies.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BenchmarkError {
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
