//! What can be wrong with a file of word vectors, said with the file and the line.

mod benchmark;
mod row;
mod write;

use std::fmt::{self, Display};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::limits::MAX_KEPT_BYTES;
use crate::files::FileError;
use crate::printable::Printable;

pub use benchmark::BenchmarkError;
pub use row::VectorRowError;
pub use write::VectorWriteError;

/// Why word vectors could not be read or looked up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EmbeddingsError {
    /// The file could not be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// Reading stopped partway.
    #[error("{position}: could not read on: {source}")]
    Read {
        /// The row being read.
        position: VectorPosition,
        /// What the operating system or the decompressor said.
        source: io::Error,
    },
    /// The compressed data ends before its end mark.
    #[error("{position}: the compressed file is cut short")]
    Truncated {
        /// The row being read.
        position: VectorPosition,
    },
    /// There is no row in the file.
    #[error("{}: there are no word vectors in it", shown(path))]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A row is not a word and its vector.
    #[error("{position}: {reason}")]
    BadRow {
        /// The row.
        position: VectorPosition,
        /// What is wrong with it.
        reason: VectorRowError,
    },
    /// The header gives another number of words than the file has.
    #[error(
        "{}:1: the header promises {promised} words, and the file has {found}",
        shown(path)
    )]
    WordCount {
        /// The file.
        path: PathBuf,
        /// How many words the header says there are.
        promised: u64,
        /// How many there are.
        found: u64,
    },
    /// More of the file is wanted than is kept in memory.
    #[error("{}: the selected vectors take more than {} GiB; select fewer words", shown(path), MAX_KEPT_BYTES >> 30)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A safetensors file does not hold word vectors.
    #[error("{}: {reason}", shown(path))]
    Tensors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Vectors cannot be written so that they could be read back.
    #[error("could not write {}: {reason}", shown(path))]
    Unwritable {
        /// The file that was to be written.
        path: PathBuf,
        /// What is in the way.
        reason: VectorWriteError,
    },
    /// Neighbours are asked of a word without a vector.
    #[error("there is no vector for {word:?}")]
    UnknownWord {
        /// The word.
        word: String,
    },
    /// Neighbours are asked of a word whose vector has no direction.
    #[error("the vector of {word:?} is all zeros: it has no nearest words")]
    NoDirection {
        /// The word.
        word: String,
    },
    /// An analogy whose words' vectors cancel each other.
    #[error("the vectors of {b:?} - {a:?} + {c:?} cancel each other: they point to no word")]
    NoAnswer {
        /// The word that is left.
        a: String,
        /// The word that is reached from it.
        b: String,
        /// The word to go on from.
        c: String,
    },
    /// A file of word pairs or analogies cannot be read.
    #[error("{}:{line}: {reason}", shown(path))]
    BadBenchmark {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: BenchmarkError,
    },
}

impl EmbeddingsError {
    /// A failure to read the row at `position`.
    pub(super) fn reading(position: VectorPosition, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated { position },
            _ => Self::Read { position, source },
        }
    }
}

/// Where a row stands. Displays as `glove.txt:17`, or as `vectors.bin: word 17` in a binary file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorPosition {
    /// The file.
    pub path: PathBuf,
    /// The row in it.
    pub row: RowNumber,
}

/// A row's number, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowNumber {
    /// In a text file: the line, a header counted.
    Line(u64),
    /// In a binary file: the word.
    Word(u64),
}

impl Display for VectorPosition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = shown(&self.path);
        match self.row {
            RowNumber::Line(line) => write!(formatter, "{path}:{line}"),
            RowNumber::Word(word) => write!(formatter, "{path}: word {word}"),
        }
    }
}

fn shown(path: &Path) -> String {
    Printable(&path.to_string_lossy()).to_string()
}
