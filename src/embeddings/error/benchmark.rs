use thiserror::Error;

/// An error in a file of word pairs or analogies.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BenchmarkError {
    /// The file has no questions.
    #[error("the file contains no word pairs or analogies")]
    Empty,
    /// The file exceeds the size limit.
    #[error("the file is larger than 64 MiB, the limit for word pairs and analogies")]
    TooLarge,
    /// The line is not UTF-8.
    #[error("the line is not valid UTF-8")]
    InvalidUtf8,
    /// The line does not have two words and a score.
    #[error(
        "the line has {found} tab-separated fields, but the score is in field {expected}; a word \
         pair is two words and a score"
    )]
    Fields {
        /// The number of fields in the line.
        found: usize,
        /// The field of the score, from 1.
        expected: usize,
    },
    /// A word of the pair is missing.
    #[error("a word of the pair is empty")]
    EmptyWord,
    /// The score is not a finite number.
    #[error("the score {field:?} is not a number")]
    Score {
        /// The text of the field, truncated for the message.
        field: String,
    },
    /// An analogy does not have four words.
    #[error("the line has {found} words; an analogy has four, and `: name` starts a section")]
    Words {
        /// The number of words in the line.
        found: usize,
    },
}
