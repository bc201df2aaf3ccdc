//! What can be wrong with a corpus, said with the file and the line.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::{Format, MAX_ROW_BYTES, Place, Skipped};
use crate::files::FileError;
use crate::printable::Printable;

/// Why a corpus could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// A file or folder could not be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// Reading stopped partway.
    #[error("{place}: could not read on: {source}")]
    Read {
        /// The row being read.
        place: Place,
        /// What the operating system or the decompressor said.
        source: io::Error,
    },
    /// The compressed data ends before its end mark.
    #[error("{place}: the compressed file is cut short")]
    Truncated {
        /// The row being read.
        place: Place,
    },
    /// The name shows no format and none was given.
    #[error("{}: the name does not show the corpus format ({names})", Printable(&path.to_string_lossy()), names = Format::ALL.map(Format::name).join(", "))]
    UnknownFormat {
        /// The corpus.
        path: PathBuf,
    },
    /// Labels are needed, and the format has none.
    #[error("{}: a corpus of the format {format} has no labels", Printable(&path.to_string_lossy()))]
    NoLabels {
        /// The corpus.
        path: PathBuf,
        /// Its format.
        format: Format,
    },
    /// The format is a folder, and the corpus is a stream.
    #[error("{}: a stream cannot be read as a folder", Printable(&path.to_string_lossy()))]
    NotAFolder {
        /// The stream's name.
        path: PathBuf,
    },
    /// No folder in the corpus holds texts.
    #[error("{}: there is no label folder with .txt files in it", Printable(&path.to_string_lossy()))]
    NoLabelFolders {
        /// The corpus.
        path: PathBuf,
    },
    /// The header lacks a column that is needed.
    #[error("{place}: there is no column {column:?}; the columns are {columns}")]
    UnknownColumn {
        /// The header.
        place: Place,
        /// The column looked for.
        column: String,
        /// The columns there are, shortened for a message.
        columns: String,
    },
    /// A quote is opened and never closed, so that the row takes the rest of the file.
    #[error("{place}: a quote opened in this row is never closed")]
    UnclosedQuote {
        /// The row.
        place: Place,
    },
    /// There is no row.
    #[error("{}: the corpus is empty{skipped}", Printable(&path.to_string_lossy()))]
    Empty {
        /// The corpus.
        path: PathBuf,
        /// The rows left out, which may be why.
        skipped: Skipped,
    },
    /// Every row has the same label, so there is nothing to tell apart.
    #[error("{}: every row has the label {label:?}; two classes or more are needed{skipped}", Printable(&path.to_string_lossy()))]
    OneClass {
        /// The corpus.
        path: PathBuf,
        /// The label.
        label: String,
        /// The rows left out, which may be why.
        skipped: Skipped,
    },
    /// One row is wrong; the others may still be read.
    #[error("{place}: {error}")]
    BadRow {
        /// The row.
        place: Place,
        /// What is wrong with it.
        error: CorpusRowError,
    },
}

impl CorpusError {
    /// Gives a failed read its place, and tells a file cut short from other failures.
    pub(super) fn reading(place: Place) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated { place },
            _ => Self::Read { place, source },
        }
    }
}

/// What is wrong with one row: the faults that [`super::CorpusOptions::skip_bad_rows`] leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CorpusRowError {
    /// The row has no label at all.
    #[error("the label is missing")]
    MissingLabel,
    /// The label is empty or white space.
    #[error("the label is empty")]
    EmptyLabel,
    /// A fastText line with more than one label.
    #[error("the row has {0} labels; one is needed")]
    SeveralLabels(usize),
    /// A row and the header disagree on the number of fields.
    #[error("the number of fields is {found}, in the header {expected}")]
    FieldCount {
        /// The fields of the header.
        expected: usize,
        /// The fields of the row.
        found: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("the row is not valid UTF-8")]
    InvalidUtf8,
    /// A line that is no JSON object; says why.
    #[error("invalid JSON: {0}")]
    Json(String),
    /// A JSON object without the text.
    #[error("the object has no field {0:?}")]
    MissingField(String),
    /// A JSON field whose value cannot be a text or label.
    #[error("the field {field:?} is not {expected}")]
    FieldType {
        /// The field.
        field: String,
        /// What it should be.
        expected: &'static str,
    },
    /// More bytes than [`MAX_ROW_BYTES`].
    #[error("the row is longer than {} MiB", MAX_ROW_BYTES >> 20)]
    TooLong,
}
