//! Errors in files of word vectors, with the file and the line.

mod archive;
mod benchmark;
mod fasttext;
mod row;
mod write;

use std::fmt::{self, Display};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::limits::MAX_KEPT_BYTES;
use crate::files::FileError;
use crate::printable::Printable;

pub use archive::ArchiveError;
pub use benchmark::BenchmarkError;
pub use fasttext::FastTextError;
pub use row::VectorRowError;
pub use write::VectorWriteError;

/// An error from reading, writing or querying word vectors.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EmbeddingsError {
    /// The file could not be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// Reading failed partway.
    #[error("{position}: read error: {source}")]
    Read {
        /// The row being read.
        position: VectorPosition,
        /// The error of the operating system or the decompressor.
        source: io::Error,
    },
    /// The compressed data ends before its end mark.
    #[error("{position}: the compressed file is truncated")]
    Truncated {
        /// The row being read.
        position: VectorPosition,
    },
    /// The file has no rows.
    #[error("{}: the file contains no word vectors", shown(path))]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A row is not a word followed by a vector.
    #[error("{position}: {reason}")]
    BadRow {
        /// The row.
        position: VectorPosition,
        /// The reason.
        reason: VectorRowError,
    },
    /// The selected vectors exceed the memory limit.
    #[error(
        "{}: the selected vectors take more than {} GiB; select fewer words",
        shown(path),
        MAX_KEPT_BYTES >> 30
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A ZIP archive cannot be read, or it is not clear which of its files to read.
    #[error("{}: {reason}", shown(path))]
    Archive {
        /// The archive.
        path: PathBuf,
        /// The reason.
        reason: ArchiveError,
    },
    /// A binary fastText model cannot be read.
    #[error("{}: {reason}", shown(path))]
    FastText {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: FastTextError,
    },
    /// A safetensors file does not contain valid word vectors.
    #[error("{}: {reason}", shown(path))]
    Tensors {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The vectors cannot be written so that they can be read back.
    #[error("could not write {}: {reason}", shown(path))]
    Unwritable {
        /// The output file.
        path: PathBuf,
        /// The reason.
        reason: VectorWriteError,
    },
    /// The word of a nearest-neighbour query has no vector.
    #[error("there is no vector for {word:?}")]
    UnknownWord {
        /// The word.
        word: String,
    },
    /// The vector of the word in a nearest-neighbour query is zero, so it has no direction.
    #[error("the vector of {word:?} is all zeros: it has no nearest words")]
    NoDirection {
        /// The word.
        word: String,
    },
    /// The vectors of an analogy sum to zero.
    #[error("the vectors of {b:?} - {a:?} + {c:?} sum to zero: the analogy has no answer")]
    NoAnswer {
        /// The subtracted word.
        a: String,
        /// The word related to `a`.
        b: String,
        /// The word to find the counterpart of.
        c: String,
    },
    /// A file of word pairs or analogies cannot be read.
    #[error("{}:{line}: {reason}", shown(path))]
    BadBenchmark {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The reason.
        reason: BenchmarkError,
    },
}

impl EmbeddingsError {
    /// Creates the error of a failure to read the row at `position`.
    pub(super) fn reading(position: VectorPosition, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated { position },
            _ => Self::Read { position, source },
        }
    }
}

/// The position of a row. Displays as `glove.txt:17`, or as `vectors.bin: word 17` in a binary file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorPosition {
    /// The file.
    pub path: PathBuf,
    /// The row in the file.
    pub row: RowNumber,
}

/// A row's number, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowNumber {
    /// The line in a text file, counting the header.
    Line(u64),
    /// The word in a binary file.
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

impl Display for RowNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(formatter, "line {line}"),
            Self::Word(word) => write!(formatter, "word {word}"),
        }
    }
}

/// Returns a path for a message, with control characters escaped.
pub(super) fn shown(path: &Path) -> String {
    Printable(&path.to_string_lossy()).to_string()
}
