use std::path::PathBuf;

use thiserror::Error;

use crate::files::FileError;

/// Why preprocessing could not be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TextError {
    /// Neither a stopword list nor a stemmer exists for the language.
    #[error(
        "unknown language {language:?}: the language selects the stopword list and the stemmer, \
         and the known codes are {known}"
    )]
    UnknownLanguage {
        /// The unknown code.
        language: String,
        /// The known codes.
        known: String,
    },
    /// There is no stopword list of the kind for the language.
    #[error("there is no {list} stopword list for the language {language:?}; there are: {known}")]
    NoStopwords {
        /// The kind of list, as [`StopwordList::parse`](super::StopwordList::parse) names it.
        list: &'static str,
        /// The language's code.
        language: String,
        /// The codes there are.
        known: String,
    },
    /// There is no stemmer for the language.
    #[error("there is no stemmer for the language {language:?}; there are: {known}")]
    NoStemmer {
        /// The language's code.
        language: String,
        /// The codes there are.
        known: String,
    },
    /// A stopword file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A stopword file is longer than any list of words.
    #[error("{}: a stopword list of more than {most} bytes is not read", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        most: u64,
    },
}
