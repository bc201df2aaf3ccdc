//! Notes on how a corpus was read: what was detected, repaired or left out.

use std::fmt::{self, Display};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::RowLocation;
use crate::printable::Printable;

/// The number of names of columns that a note shows.
const SHOWN_NAMES: usize = 10;

/// A decision in reading a corpus that a user may want to know or to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The file.
    pub path: Arc<Path>,
    /// The decision.
    pub kind: NoteKind,
    /// The number of rows, lines or columns that it affects; 0 if it affects the whole file.
    pub rows: u64,
    /// The first of these rows.
    pub first: Option<RowLocation>,
}

/// A kind of [`Note`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteKind {
    /// The fields are separated by an unusual delimiter for the format.
    Delimiter(char),
    /// The file has no header.
    NoHeader,
    /// The text was read from another column than `text`.
    TextColumn(String),
    /// The label was read from another column than `label`.
    LabelColumn(String),
    /// Several columns have the name of the column that was read.
    DuplicateColumn(String),
    /// The file is in another encoding than UTF-8.
    Encoding(&'static str),
    /// Some lines are in another encoding than UTF-8.
    ForeignLines(&'static str),
    /// Some characters are malformed in the encoding and were replaced.
    MalformedCharacters(&'static str),
    /// A quote opens a field and does not close where a field may end.
    LoneQuotes,
    /// Quotes, delimiters or line breaks are escaped by a backslash.
    BackslashEscapes,
    /// A JSON string has half a surrogate pair, which was replaced.
    LoneSurrogates,
    /// JSON objects have fields that the first objects lack.
    LateFields,
    /// Later files have columns that the first file lacks; holds the names of the first ones.
    LateColumns(Vec<String>),
    /// The corpus is a member of a zip archive.
    Member(String),
    /// Labels that differ in spelling only were read as one.
    FoldedLabels(String),
    /// Rows were left out by the label mapping.
    LeftOut,
    /// Many labels have few examples.
    RareLabels(usize),
}

impl Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.to_string_lossy();
        write!(formatter, "{}: ", Printable(&path))?;
        let rows = self.rows;
        match &self.kind {
            NoteKind::Delimiter('\t') => formatter.write_str("the delimiter is a tab"),
            NoteKind::Delimiter(delimiter) => write!(formatter, "the delimiter is `{delimiter}`"),
            NoteKind::NoHeader => {
                formatter.write_str("the file has no header; its columns are numbered from 1")
            }
            NoteKind::TextColumn(name) => {
                write!(formatter, "the text is in the column {}", Printable(name))
            }
            NoteKind::LabelColumn(name) => {
                write!(formatter, "the label is in the column {}", Printable(name))
            }
            NoteKind::DuplicateColumn(name) => write!(
                formatter,
                "several columns are named {}; the first is read",
                Printable(name)
            ),
            NoteKind::Encoding(encoding) => write!(formatter, "the encoding is {encoding}"),
            NoteKind::ForeignLines(encoding) => {
                write!(formatter, "lines not in UTF-8, read as {encoding}: {rows}")
            }
            NoteKind::MalformedCharacters(encoding) => write!(
                formatter,
                "lines with characters invalid in {encoding}, replaced by U+FFFD: {rows}"
            ),
            NoteKind::LoneQuotes => write!(
                formatter,
                "rows with a quote that does not enclose a field, read as text: {rows}"
            ),
            NoteKind::BackslashEscapes => write!(
                formatter,
                "rows with quotes, delimiters or line breaks escaped by a backslash, which is removed: {rows}"
            ),
            NoteKind::LoneSurrogates => write!(
                formatter,
                "rows with half a surrogate pair, replaced by U+FFFD: {rows}"
            ),
            NoteKind::LateFields => write!(
                formatter,
                "rows with fields that the first objects lack, which are not kept: {rows}"
            ),
            NoteKind::LateColumns(names) => write!(
                formatter,
                "columns that the first file lacks, which are not kept: {rows}, such as {}",
                Printable(&names.join(", "))
            ),
            NoteKind::Member(member) => {
                write!(formatter, "the corpus is the member {}", Printable(member))
            }
            NoteKind::FoldedLabels(spellings) => {
                write!(formatter, "labels read as one: {}", Printable(spellings))
            }
            NoteKind::LeftOut => write!(formatter, "rows left out by the label mapping: {rows}"),
            NoteKind::RareLabels(labels) => write!(
                formatter,
                "{labels} labels have fewer than 3 examples; is this the label column?"
            ),
        }?;
        match &self.first {
            Some(first) => write!(formatter, ", first: {first}"),
            None => Ok(()),
        }
    }
}

/// The notes of a corpus that is being read. Clones share one list.
#[derive(Debug, Clone, Default)]
pub struct ReadingNotes(Arc<Mutex<Vec<Note>>>);

impl ReadingNotes {
    /// Adds a note on a whole file, once.
    pub(super) fn add(&self, path: &Arc<Path>, kind: NoteKind) {
        self.with(path, kind, |_| {});
    }

    /// Counts a row for a note.
    pub(super) fn count(&self, location: &RowLocation, kind: NoteKind) {
        self.with(&location.path, kind, |note| {
            note.rows += 1;
            note.first.get_or_insert_with(|| location.clone());
        });
    }

    /// Counts a column that the first file of several lacks, in one note for all files.
    pub(super) fn count_late_column(&self, path: &Arc<Path>, name: &str) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for note in &mut *notes {
            if let NoteKind::LateColumns(names) = &mut note.kind {
                note.rows += 1;
                if names.len() < SHOWN_NAMES {
                    names.push(name.to_owned());
                }
                return;
            }
        }
        notes.push(Note {
            path: Arc::clone(path),
            kind: NoteKind::LateColumns(vec![name.to_owned()]),
            rows: 1,
            first: None,
        });
    }

    /// Returns the notes so far.
    pub fn notes(&self) -> Vec<Note> {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.clone()
    }

    fn with(&self, path: &Arc<Path>, kind: NoteKind, change: impl FnOnce(&mut Note)) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = notes.iter_mut();
        let mut known = known.filter(|note| note.kind == kind && note.path == *path);
        if let Some(note) = known.next() {
            return change(note);
        }
        let mut note = Note {
            path: Arc::clone(path),
            kind,
            rows: 0,
            first: None,
        };
        change(&mut note);
        notes.push(note);
    }
}
