//! Iterating over the texts and labels of one or several corpora in any format.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::labels::ReadLabel;
use super::notes::ReadingNotes;
use super::open::Opening;
use super::raw_rows::{Labels, RawRow, RawRows};
use super::read_progress::ReadProgress;
use super::{Cell, Column, CorpusError, CorpusOptions, Format, Kept, Note, NoteKind, Row, Skipped};

/// Opens a corpus whose rows may lack a label. The path `-` is standard input.
pub fn open_texts(path: &Path, options: &CorpusOptions) -> Result<Rows, CorpusError> {
    Rows::open(&[path.to_owned()], options, None)
}

/// Like [`open_texts`], for several corpora one after the other.
pub fn open_all_texts(paths: &[PathBuf], options: &CorpusOptions) -> Result<Rows, CorpusError> {
    Rows::open(paths, options, None)
}

/// Reads texts from a stream; error messages call it `name`.
///
/// The stream must not be compressed: see [`crate::files::decompress`].
pub fn texts_from_reader(
    reader: Box<dyn BufRead + Send>,
    name: &Path,
    format: Format,
    options: &CorpusOptions,
) -> Result<Rows, CorpusError> {
    Rows::from_reader(reader, name, format, options, None)
}

/// An iterator over the rows of a corpus. Holds one row in memory and ends after the first error.
pub struct Rows {
    rows: RawRows,
    skipped: Skipped,
    ended: bool,
}

impl Rows {
    /// Returns the rows skipped so far.
    pub fn skipped(&self) -> &Skipped {
        &self.skipped
    }

    /// Returns the notes on the rows read so far.
    pub fn notes(&self) -> Vec<Note> {
        self.rows.notes.notes()
    }

    /// Returns how much was read, also while another thread reads.
    pub fn progress(&self) -> ReadProgress {
        self.rows.progress.clone()
    }

    pub(super) fn log(&self) -> &ReadingNotes {
        &self.rows.notes
    }

    pub(super) fn open(
        paths: &[PathBuf],
        options: &CorpusOptions,
        labels: Option<Labels>,
    ) -> Result<Self, CorpusError> {
        Self::open_keeping(paths, options, labels, &Kept::None)
    }

    /// Opens corpora, with columns to keep.
    pub(super) fn open_keeping(
        paths: &[PathBuf],
        options: &CorpusOptions,
        labels: Option<Labels>,
        kept: &Kept,
    ) -> Result<Self, CorpusError> {
        Ok(Self::new(RawRows::open(paths, options, labels, kept)?))
    }

    /// Returns the kept columns.
    pub(super) fn columns(&self) -> &[Column] {
        &self.rows.columns
    }

    /// Returns the index of the label among the kept columns.
    pub(super) fn label_column(&self) -> Option<usize> {
        self.rows.label_column()
    }

    /// Returns the next row with the cells of the kept columns.
    pub(super) fn next_row(&mut self) -> Option<Result<(Row, Vec<Cell>), CorpusError>> {
        while !self.ended {
            let Some(raw) = self.rows.next() else {
                self.ended = true;
                break;
            };
            self.skipped.of += 1;
            match raw.and_then(|raw| self.row(raw)) {
                Err(error @ CorpusError::BadRow { .. }) if self.rows.options.skip_bad_rows => {
                    self.skipped.count(error);
                }
                Ok(None) => {}
                Ok(Some(row)) => return Some(Ok(row)),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }

    pub(super) fn from_reader(
        reader: Box<dyn BufRead + Send>,
        name: &Path,
        format: Format,
        options: &CorpusOptions,
        labels: Option<Labels>,
    ) -> Result<Self, CorpusError> {
        let mut rows = RawRows::new(options, labels, &Kept::default());
        let opening = Opening {
            options,
            labels_needed: labels.is_some(),
            notes: &rows.notes,
            progress: &rows.progress,
        };
        let opened = opening.reader(reader, name, Some(format))?;
        rows.start(opened)?;
        Ok(Self::new(rows))
    }

    fn new(rows: RawRows) -> Self {
        Self {
            rows,
            skipped: Skipped::default(),
            ended: false,
        }
    }

    /// Reads the text and the label. Returns `None` for a row that the label mapping leaves out.
    fn row(&self, raw: RawRow) -> Result<Option<(Row, Vec<Cell>)>, CorpusError> {
        let RawRow {
            location,
            content,
            cells,
        } = raw;
        let read = || {
            let (text, label) = content?;
            let text = self.rows.text(text)?;
            let label = match self.rows.label(&label) {
                Ok(ReadLabel::LeftOut) => return Ok(None),
                Ok(ReadLabel::Label(label)) => Some(label),
                Err(_) if !self.rows.labels_needed => None,
                Err(error) => return Err(error),
            };
            Ok(Some((text, label)))
        };
        match read() {
            Ok(None) => {
                self.rows.notes.count(&location, NoteKind::LeftOut);
                Ok(None)
            }
            Ok(Some((text, label))) => {
                let row = Row {
                    location,
                    text,
                    label,
                };
                Ok(Some((row, cells)))
            }
            Err(error) => Err(CorpusError::BadRow { location, error }),
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Row, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_row()?.map(|(row, _)| row))
    }
}
