//! A table that a client uploads: the whole file is in memory, and nobody says which columns are the text and the label.

use std::collections::HashSet;
use std::io::Cursor;
use std::path::Path;

use super::columns::{LABEL_NAMES, TEXT_NAMES};
use super::notes::ReadingNotes;
use super::open::Opening;
use super::read_progress::ReadProgress;
use super::table::RecordStream;
use super::{Cell, Column, CorpusError, CorpusOptions, Format, Note, Record, containers};

/// The name of the table in messages.
const NAME: &str = "table";

/// The most words of a name in a header.
const NAME_WORDS: usize = 4;

/// A table in memory: its columns, and an iterator over its rows.
pub struct UploadedTable {
    columns: Vec<Column>,
    /// Whether the first row named the columns; `None` in a format without a header.
    has_header: Option<bool>,
    /// The first row of a table without a header.
    first: Option<Record>,
    rows: RecordStream,
    notes: ReadingNotes,
}

impl UploadedTable {
    /// Opens a table of a format with text, or a spreadsheet. Messages call it `table`.
    ///
    /// A spreadsheet is refused if its parts are much larger than a server should decompress for a client.
    pub fn open(content: Vec<u8>, format: Format) -> Result<Self, CorpusError> {
        let notes = ReadingNotes::default();
        let name = Path::new(NAME);
        let (table, format) = if format == Format::Spreadsheet {
            (containers::uploaded_spreadsheet(&content, name)?, format)
        } else {
            let options = CorpusOptions {
                // Whether the first row is a header is for the user to say: see `has_header`.
                no_header: true,
                ..CorpusOptions::default()
            };
            let progress = ReadProgress::default();
            let opening = Opening {
                options: &options,
                labels_needed: false,
                notes: &notes,
                progress: &progress,
            };
            let reader = Box::new(Cursor::new(content));
            let opened = opening.reader(reader, name, Some(format))?;
            (opened.table, opened.format)
        };
        let mut columns = table.columns.clone();
        let mut rows = table.records((0..columns.len()).collect())?;
        let mut first = None;
        let has_header = match format {
            Format::Csv | Format::Tsv => {
                first = rows.next().transpose()?;
                let names = first.take_if(|row| is_header(row));
                let cells = names.and_then(|row| row.cells.ok());
                for (column, name) in columns.iter_mut().zip(cells.iter().flatten()) {
                    column.name = name.as_text().trim().to_owned();
                }
                Some(cells.is_some())
            }
            Format::Spreadsheet => Some(true),
            _ => None,
        };
        Ok(Self {
            columns,
            has_header,
            first,
            rows,
            notes,
        })
    }

    /// Returns the columns. Those of a table without a header are named by their numbers.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Returns whether the first row named the columns, which is a guess for CSV and TSV files; `None` in a format without a
    /// header.
    pub fn has_header(&self) -> Option<bool> {
        self.has_header
    }

    /// Returns the index of the first column with a well-known name of texts.
    pub fn text_column(&self) -> Option<usize> {
        self.well_known(&TEXT_NAMES)
    }

    /// Returns the index of the first column with a well-known name of labels.
    pub fn label_column(&self) -> Option<usize> {
        self.well_known(&LABEL_NAMES)
    }

    /// Returns the notes on the rows read so far.
    pub fn notes(&self) -> Vec<Note> {
        self.notes.notes()
    }

    fn well_known(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| {
            let mut columns = self.columns.iter();
            columns.position(|column| column.name.eq_ignore_ascii_case(name))
        })
    }
}

impl Iterator for UploadedTable {
    type Item = Result<Record, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.first.take().map(Ok).or_else(|| self.rows.next())
    }
}

/// Returns whether a row looks like a header: short cells, none of them empty or a number, and no two equal.
fn is_header(row: &Record) -> bool {
    let Ok(cells) = &row.cells else {
        return false;
    };
    let names: Vec<String> = cells.iter().map(Cell::as_text).map(Into::into).collect();
    let is_name = |name: &String| {
        let words = name.split_whitespace().count();
        (1..=NAME_WORDS).contains(&words)
            && name.trim().parse::<f64>().is_err()
            && !name.trim_end().ends_with(['.', '!', '?'])
    };
    let mut seen = HashSet::new();
    names.iter().all(|name| is_name(name) && seen.insert(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(content: &str, format: Format) -> UploadedTable {
        UploadedTable::open(content.as_bytes().to_vec(), format).unwrap()
    }

    fn names(table: &UploadedTable) -> Vec<&str> {
        let columns = table.columns().iter();
        columns.map(|column| column.name.as_str()).collect()
    }

    #[test]
    fn a_header_is_told_from_a_row() {
        let table = open("date;Comment;stars\n2026-03-01;Works;5\n", Format::Csv);
        assert_eq!(names(&table), ["date", "Comment", "stars"]);
        assert_eq!(table.has_header(), Some(true));
        assert_eq!(
            (table.text_column(), table.label_column()),
            (Some(1), Some(2))
        );
        assert_eq!(table.count(), 1);
        for row in [
            "7,Works",
            "It works very well and fast,5 stars",
            "Works.,good",
            "good,good",
            ",name",
        ] {
            let table = open(&format!("{row}\n1,2\n"), Format::Csv);
            assert_eq!(table.has_header(), Some(false), "{row}");
            assert_eq!(names(&table), ["1", "2"]);
            assert_eq!(table.count(), 2);
        }
    }

    #[test]
    fn invalid_rows_stay_rows() {
        let mut table = open("a\tb\n1\t2\n1\t2\t3\n4\t5\n", Format::Tsv);
        let rows: Vec<Record> = table.by_ref().map(Result::unwrap).collect();
        let is_valid: Vec<bool> = rows.iter().map(|row| row.cells.is_ok()).collect();
        assert_eq!(is_valid, [true, false, true]);
        assert_eq!(rows[1].location.to_string(), "table:3");
    }

    #[test]
    fn json_lines_name_their_columns() {
        let table = open("{\"id\": 1, \"text\": \"Works\"}\n", Format::Json);
        assert_eq!(names(&table), ["id", "text"]);
        assert_eq!(table.text_column(), Some(1));
    }
}
