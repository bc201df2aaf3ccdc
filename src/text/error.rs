use std::path::PathBuf;

use thiserror::Error;

use super::Tokenizer;
use crate::files::FileError;

/// An error in setting up preprocessing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TextError {
    /// This program does not have the version of the preprocessing.
    #[error("unknown preprocessing version {found}: this program has versions 1 to {newest}")]
    UnknownVersion {
        /// The unknown version.
        found: u32,
        /// The newest known version.
        newest: u32,
    },
    /// The setting needs version 2 of the preprocessing.
    #[error("the preprocessing setting {setting} needs version 2 of the preprocessing")]
    NeedsVersion {
        /// The setting.
        setting: &'static str,
    },
    /// Neither a stopword list nor a stemmer nor a tokenizer exists for the language.
    #[error(
        "unknown language {language:?}: the language selects the tokenizer, the stopword list and the \
         stemmer, and the known codes are {known}"
    )]
    UnknownLanguage {
        /// The unknown code.
        language: String,
        /// The known codes.
        known: String,
    },
    /// There is no tokenizer of this name.
    #[error("unknown tokenizer {name:?}: expected auto, {known}")]
    UnknownTokenizer {
        /// The unknown name.
        name: String,
        /// The known names.
        known: String,
    },
    /// The program was built without the tokenizer.
    #[error("this program was built without the tokenizer {tokenizer}")]
    TokenizerNotBuilt {
        /// The tokenizer.
        tokenizer: Tokenizer,
    },
    /// The tokenizer has no dictionary that words could be added to.
    #[error("the tokenizer {tokenizer} has no use for a dictionary of words")]
    NoDictionary {
        /// The tokenizer.
        tokenizer: Tokenizer,
    },
    /// A dictionary could not be read.
    #[error(transparent)]
    DictionaryFile(FileError),
    /// A line of a dictionary has a frequency that is not a whole number up to 4,294,967,295.
    #[error("{}:{line}: the frequency of the word is not a number", path.display())]
    DictionaryLine {
        /// The file.
        path: PathBuf,
        /// The number of the line.
        line: usize,
    },
    /// No stopword list of this kind exists for the language.
    #[error("no {list} stopword list for the language {language:?}; available: {known}")]
    NoStopwords {
        /// The name of the list, as in [`StopwordList::parse`](super::StopwordList::parse).
        list: &'static str,
        /// The language code.
        language: String,
        /// The codes of the languages with a list.
        known: String,
    },
    /// No stemmer exists for the language.
    #[error("no stemmer for the language {language:?}; available: {known}")]
    NoStemmer {
        /// The language code.
        language: String,
        /// The codes of the languages with a stemmer.
        known: String,
    },
    /// A word is in two groups of words that are one token.
    #[error("{}:{line}: the word {word:?} is in the group of line {other}, too", path.display())]
    WordInTwoGroups {
        /// The file.
        path: PathBuf,
        /// The line of the second group, counted from 1.
        line: usize,
        /// The word.
        word: String,
        /// The line of the first group.
        other: usize,
    },
    /// A stopword file or a file of groups of words could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file of stopwords, of groups of words, or of words for a dictionary is too large.
    #[error("{}: the list of words is larger than {most} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The maximum size in bytes.
        most: u64,
    },
}
