//! Notes about files of word vectors that could be read, but are not as they should be.

use std::fmt::{self, Display};
use std::path::PathBuf;

use super::error::{VectorPosition, shown};

/// A fault in a file of word vectors that did not prevent reading it.
///
/// [`WordVectors::notes`](super::WordVectors::notes) returns the notes of a file. Displays as a
/// sentence that names the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VectorNote {
    /// The header declares a different number of words than the file has.
    WordCount {
        /// The file.
        path: PathBuf,
        /// The number of words declared in the header.
        declared: u64,
        /// The number of words in the file.
        found: u64,
    },
    /// The file has blank lines, which were ignored.
    BlankLines {
        /// The number of blank lines.
        count: u64,
        /// The first blank line.
        first: VectorPosition,
    },
    /// Words of a text file are not UTF-8. They were read as Windows-1252, which includes Latin-1.
    DecodedWords {
        /// The number of words.
        count: u64,
        /// The first word.
        first: VectorPosition,
    },
    /// Words of a binary file are not UTF-8 and were skipped. The word2vec program cuts long words,
    /// possibly in the middle of a character.
    SkippedWords {
        /// The number of words.
        count: u64,
        /// The first word.
        first: VectorPosition,
    },
}

impl Display for VectorNote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WordCount {
                path,
                declared,
                found,
            } => write!(
                formatter,
                "{}: the header declares {declared} words; the file has {found}",
                shown(path)
            ),
            Self::BlankLines { count, first } => write!(
                formatter,
                "{}: blank lines ignored: {count}, first: {}",
                shown(&first.path),
                first.row
            ),
            Self::DecodedWords { count, first } => write!(
                formatter,
                "{}: words that are not UTF-8, read as Windows-1252: {count}, first: {}",
                shown(&first.path),
                first.row
            ),
            Self::SkippedWords { count, first } => write!(
                formatter,
                "{}: words that are not UTF-8, skipped: {count}, first: {}",
                shown(&first.path),
                first.row
            ),
        }
    }
}
