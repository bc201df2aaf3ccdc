//! Iterating over the rows of a table with the columns to keep.

use std::path::PathBuf;

use super::notes::ReadingNotes;
use super::raw_rows::RawRows;
use super::read_progress::ReadProgress;
use super::{Column, CorpusError, CorpusOptions, TableRow};

/// The columns of a table to keep beside the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Kept {
    /// No column.
    #[default]
    None,
    /// All columns.
    All,
    /// The columns of these names.
    Names(Vec<String>),
}

/// An iterator over the rows of a table with the columns to keep, one item for each row, in order. Ends after the first
/// error that prevents further reading.
pub struct TableRows {
    rows: RawRows,
}

impl TableRows {
    /// Opens corpora, read one after the other. The columns are those of the first.
    pub fn open(
        paths: &[PathBuf],
        options: &CorpusOptions,
        kept: &Kept,
    ) -> Result<Self, CorpusError> {
        let rows = RawRows::open(paths, options, None, kept)?;
        Ok(Self { rows })
    }

    /// Returns the kept columns.
    pub fn columns(&self) -> &[Column] {
        &self.rows.columns
    }

    /// Returns how much was read, also while another thread reads.
    pub fn progress(&self) -> ReadProgress {
        self.rows.progress.clone()
    }

    /// Returns the notes on the rows. They grow while the rows are read, also by another thread.
    pub fn reading_notes(&self) -> ReadingNotes {
        self.rows.notes.clone()
    }
}

impl Iterator for TableRows {
    type Item = Result<TableRow, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        let raw = match self.rows.next()? {
            Ok(raw) => raw,
            Err(error) => return Some(Err(error)),
        };
        let text = raw.content.and_then(|(text, _)| self.rows.text(text));
        Some(Ok(TableRow {
            location: raw.location,
            text,
            cells: raw.cells,
        }))
    }
}
