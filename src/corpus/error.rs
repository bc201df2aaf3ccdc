//! Errors in reading a corpus, with file and line.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::{ForeignFormat, Format, MAX_ROW_BYTES, RowLocation, Skipped};
use crate::files::FileError;
use crate::printable::Printable;

/// An error in reading a corpus.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// A file or folder could not be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// Reading failed after the file was opened.
    #[error("{location}: could not read the file: {source}")]
    Read {
        /// The row being read.
        location: RowLocation,
        /// The error of the operating system or the decompressor.
        source: io::Error,
    },
    /// The compressed data ends before its end marker.
    #[error("{location}: the compressed file is truncated")]
    Truncated {
        /// The row being read.
        location: RowLocation,
    },
    /// The file extension matches no format, and none was given.
    #[error("{}: unknown file extension for a corpus; the formats are {names}", Printable(&path.to_string_lossy()), names = Format::ALL.map(Format::name).join(", "))]
    UnknownFormat {
        /// The corpus.
        path: PathBuf,
    },
    /// Labels are required, and the format has none.
    #[error("{}: the corpus format {format} has no labels", Printable(&path.to_string_lossy()))]
    NoLabels {
        /// The corpus.
        path: PathBuf,
        /// Its format.
        format: Format,
    },
    /// The format is a folder, but the corpus is a stream.
    #[error("{}: a stream cannot be read as a folder", Printable(&path.to_string_lossy()))]
    NotAFolder {
        /// The name of the stream.
        path: PathBuf,
    },
    /// No subfolder contains texts.
    #[error("{}: no label folder with .txt files", Printable(&path.to_string_lossy()))]
    NoLabelFolders {
        /// The corpus.
        path: PathBuf,
    },
    /// The header lacks a required column.
    #[error("{location}: no column {column:?}; the columns are {columns}")]
    UnknownColumn {
        /// The header.
        location: RowLocation,
        /// The missing column.
        column: String,
        /// The columns of the header, shortened.
        columns: String,
        /// What the column is for.
        role: ColumnRole,
    },
    /// A quote is never closed, so the rest of the file belongs to the row.
    #[error("{location}: a quote opened in this row is never closed")]
    UnclosedQuote {
        /// The row.
        location: RowLocation,
    },
    /// A table in a binary format could not be read.
    #[error("{}: could not read the {format} file: {reason}", Printable(&path.to_string_lossy()))]
    Table {
        /// The file.
        path: PathBuf,
        /// The name of its format.
        format: &'static str,
        /// The reason.
        reason: String,
    },
    /// The corpus has no rows.
    #[error("{}: the corpus is empty{skipped}", Printable(&path.to_string_lossy()))]
    Empty {
        /// The corpus.
        path: PathBuf,
        /// The skipped rows, a possible cause.
        skipped: Skipped,
    },
    /// The header has too many columns.
    #[error(
        "{location}: the table has {columns} columns; the limit is {}",
        super::MAX_COLUMNS
    )]
    TooManyColumns {
        /// The header.
        location: RowLocation,
        /// The number of columns.
        columns: usize,
    },
    /// A text file contains NUL bytes, and is not UTF-16.
    #[error("{}: the file is binary, or text in an unknown encoding", Printable(&path.to_string_lossy()))]
    Binary {
        /// The file.
        path: PathBuf,
    },
    /// The file is in a format that is not read.
    #[error("{}: the file is {format}, which is not read", Printable(&path.to_string_lossy()))]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: ForeignFormat,
    },
    /// A JSON file has no object per row.
    #[error("{}: the JSON has no object per row; it is that of pandas with orient={orient:?}", Printable(&path.to_string_lossy()))]
    JsonOrient {
        /// The file.
        path: PathBuf,
        /// The value of pandas' `orient`.
        orient: &'static str,
    },
    /// The content of an archive or a stream is too large for a temporary copy.
    #[error("{}: the content is larger than {} GiB after decompression", Printable(&path.to_string_lossy()), super::MAX_COPY_BYTES >> 30)]
    CopyTooLarge {
        /// The archive or the name of the stream.
        path: PathBuf,
    },
    /// The content is not of the format that the file extension or the user states.
    #[error("{}: the file is not in the format {format}", Printable(&path.to_string_lossy()))]
    WrongFormat {
        /// The file.
        path: PathBuf,
        /// The stated format.
        format: Format,
    },
    /// A JSON object or string is never closed.
    #[error("{location}: a JSON object that starts in this line is never closed")]
    UnclosedJson {
        /// The object.
        location: RowLocation,
    },
    /// The program was built without the Cargo feature that reads the format.
    #[error("{}: this program was built without the Cargo feature that reads the format {format}", Printable(&path.to_string_lossy()))]
    NotBuilt {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: Format,
    },
    /// A zip archive is damaged or uses an unsupported method.
    #[error("{}: could not read the zip archive: {reason}", Printable(&path.to_string_lossy()))]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What failed.
        reason: String,
    },
    /// A zip archive contains another.
    #[error("{}: the zip archive contains another archive", Printable(&path.to_string_lossy()))]
    NestedArchive {
        /// The archive.
        path: PathBuf,
    },
    /// A zip archive has no file of the given name.
    #[error("{}: the zip archive has no file {member:?}; it has {}", Printable(&path.to_string_lossy()), Printable(members))]
    NoMember {
        /// The archive.
        path: PathBuf,
        /// The given name.
        member: String,
        /// The names of the first files.
        members: String,
    },
    /// A zip archive has no file, or several to choose from.
    #[error("{}: which of the {count} files in the zip archive is the corpus? They are {}", Printable(&path.to_string_lossy()), Printable(members))]
    Members {
        /// The archive.
        path: PathBuf,
        /// The number of files.
        count: usize,
        /// The names of the first files.
        members: String,
    },
    /// All rows have the same label.
    #[error("{}: every row has the label {label:?}; a classifier needs two or more{skipped}", Printable(&path.to_string_lossy()))]
    OneClass {
        /// The corpus.
        path: PathBuf,
        /// The label.
        label: String,
        /// The skipped rows, a possible cause.
        skipped: Skipped,
    },
    /// The corpus has fewer than two columns with the probability of a label.
    #[error("{}: there are no columns probability_LABEL of two or more labels", Printable(&path.to_string_lossy()))]
    NoProbabilities {
        /// The corpus.
        path: PathBuf,
    },
    /// Two columns have the probability of one label.
    #[error("{}: there are several columns {:?}", Printable(&path.to_string_lossy()), format!("probability_{label}"))]
    RepeatedProbability {
        /// The corpus.
        path: PathBuf,
        /// The label.
        label: String,
    },
    /// One row is invalid; the rows after it can still be read.
    #[error("{location}: {error}")]
    BadRow {
        /// The row.
        location: RowLocation,
        /// The error in the row.
        error: CorpusRowError,
    },
}

/// What a column of a corpus is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnRole {
    /// It has the texts.
    Text,
    /// It has the labels.
    Label,
    /// It is kept beside the predictions.
    Kept,
}

impl CorpusError {
    /// Converts an I/O error at `location`, distinguishing truncated files from other failures.
    pub(super) fn reading(location: RowLocation) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated { location },
            _ => Self::Read { location, source },
        }
    }
}

/// An error in one row. [`super::CorpusOptions::skip_bad_rows`] skips rows with such an error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CorpusRowError {
    /// The row has no label.
    #[error("the label is missing")]
    MissingLabel,
    /// The label is empty or consists of white space.
    #[error("the label is empty")]
    EmptyLabel,
    /// The label is a list of labels.
    #[error("the label {label:?} is a list; a text has one label")]
    LabelList {
        /// The list.
        label: String,
    },
    /// The label may be several labels, and no separator is given.
    #[error("the label {label:?} contains `|`, and no separator of labels is given")]
    NoLabelSeparator {
        /// The label.
        label: String,
    },
    /// A model has no such label.
    #[error("the model has no label {label:?}; its labels are {}", labels.join(", "))]
    UnknownLabel {
        /// The unknown label.
        label: String,
        /// The labels of the model.
        labels: Vec<String>,
    },
    /// A value in a column of probabilities is not one.
    #[error("{value:?} in the column {column:?} is not a probability from 0 to 1")]
    Probability {
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// The probabilities of the labels do not sum to 1.
    #[error("the probabilities of the labels sum to {sum}, not to 1")]
    ProbabilitySum {
        /// The sum, with four digits after the point.
        sum: String,
    },
    /// The row and the header have different numbers of fields.
    #[error("expected {expected} fields as in the header, found {found}")]
    FieldCount {
        /// The number of fields in the header.
        expected: usize,
        /// The number of fields in the row.
        found: usize,
    },
    /// The row is not UTF-8.
    #[error("the row is not valid UTF-8")]
    InvalidUtf8,
    /// A cell of a column of text is not UTF-8.
    #[error("the text in the column {column:?} is not valid UTF-8")]
    InvalidUtf8InColumn {
        /// The name of the column.
        column: String,
    },
    /// The line is not a JSON object; holds the reason.
    #[error("invalid JSON: {0}")]
    Json(String),
    /// The text is missing or null; holds the name of its field or column.
    #[error("the field {0:?} is missing")]
    MissingField(String),
    /// The value of a JSON field has the wrong type.
    #[error("the field {field:?} is not {expected}")]
    FieldType {
        /// The field.
        field: String,
        /// The expected type.
        expected: &'static str,
    },
    /// A ClassLabel, which is the index of a class, without a name in the metadata.
    #[error("the class {index} of column {column:?} is out of range; it has {classes} classes")]
    ClassIndex {
        /// The column.
        column: String,
        /// The index.
        index: i64,
        /// The number of classes.
        classes: usize,
    },
    /// The row has more than [`MAX_ROW_BYTES`] bytes.
    #[error("the row is longer than {} MiB", MAX_ROW_BYTES >> 20)]
    TooLong,
}
