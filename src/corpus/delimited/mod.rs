//! CSV and TSV files: the delimiter, the header and the rows.

mod dialect;
mod escapes;
mod fields;
mod records;
mod standard;

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use self::records::Records;
use super::notes::{NoteKind, ReadingNotes};
use super::table::{RecordStream, Table, collect_cells};
use super::{
    Cell, CellKind, Column, CorpusError, CorpusOptions, CorpusRowError, InvalidRow, MAX_COLUMNS,
    Record, RowLocation, Skipped,
};
pub use fields::{Quoting, UnknownQuoting};

/// The number of rows compared with the first to find out whether it is a header.
const COMPARED_ROWS: usize = 50;

/// Opens a CSV or TSV file and reads its header. `usual` is the delimiter of the format.
pub(super) fn open(
    reader: Box<dyn BufRead + Send>,
    path: Arc<Path>,
    usual: u8,
    options: &CorpusOptions,
    notes: &ReadingNotes,
) -> Result<Table, CorpusError> {
    let mut records = Records::new(reader, path, usual, options.quoting, notes.clone());
    records.find_delimiter(usual, options, notes)?;
    let Some(location) = records.read()? else {
        return Err(CorpusError::Empty {
            path: records.path.to_path_buf(),
            skipped: Skipped::default(),
        });
    };
    records.columns = records.fields.len();
    if records.columns > MAX_COLUMNS {
        let columns = records.columns;
        return Err(CorpusError::TooManyColumns { location, columns });
    }
    let header: Vec<String> = (0..records.columns)
        .map(|index| String::from_utf8_lossy(records.fields.get(index).unwrap_or_default()).into())
        .collect();
    let mut first_rows = Vec::new();
    let mut has_header = !options.no_header;
    if has_header && options.selects_by_number() {
        let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        first_rows = records.read_ahead();
        let texts: Vec<Vec<String>> = first_rows.iter().map(texts_of).collect();
        has_header = !dialect::is_data(&header, &texts, options);
    }
    let names: Vec<String> = match has_header {
        true => header.iter().map(|name| name.trim().to_owned()).collect(),
        false => (1..=header.len())
            .map(|number| number.to_string())
            .collect(),
    };
    if !has_header {
        if !options.no_header {
            notes.add(&records.path, NoteKind::NoHeader);
        }
        let cells = Ok(header.iter().cloned().map(Cell::Text).collect());
        let location = location.clone();
        first_rows.insert(0, Ok(Record { location, cells }));
    }
    let columns = names.into_iter().map(|name| Column {
        name,
        kind: CellKind::Text,
    });
    Ok(Table {
        columns: columns.collect(),
        header: Some(location),
        first_row: header,
        has_fixed_columns: true,
        open: Box::new(move |_, wanted| {
            let first = first_rows.into_iter().map({
                let wanted = wanted.clone();
                move |row| row.map(|record: Record| record.select(&wanted))
            });
            Ok(Box::new(first.chain(DelimitedRows { records, wanted })) as RecordStream)
        }),
    })
}

fn texts_of(row: &Result<Record, CorpusError>) -> Vec<String> {
    let cells = row.as_ref().ok().and_then(|row| row.cells.as_ref().ok());
    let cells = cells.into_iter().flatten();
    cells.map(|cell| cell.as_text().into_owned()).collect()
}

impl Records {
    /// Sets the delimiter: the one that the user or a `sep=` line states, or the one that the first lines have.
    fn find_delimiter(
        &mut self,
        usual: u8,
        options: &CorpusOptions,
        notes: &ReadingNotes,
    ) -> Result<(), CorpusError> {
        let start = RowLocation::line(&self.path, 1);
        self.window
            .skip_blank_lines()
            .map_err(CorpusError::reading(start.clone()))?;
        let line_end = self
            .window
            .line_end(0)
            .map_err(CorpusError::reading(start))?;
        let stated =
            line_end.and_then(|end| dialect::stated_delimiter(&self.window.bytes()[..end]));
        if stated.is_some() {
            let line = line_end.unwrap_or_default() + 1;
            self.window.consume(line, 1);
            let start = RowLocation::line(&self.path, 2);
            self.window
                .line_end(0)
                .map_err(CorpusError::reading(start))?;
        }
        let detect = || dialect::detect_delimiter(self.window.bytes(), usual, options);
        self.delimiter = options.delimiter.or(stated).unwrap_or_else(detect);
        if self.delimiter != usual && options.delimiter.is_none() {
            notes.add(&self.path, NoteKind::Delimiter(self.delimiter.into()));
        }
        self.has_escapes = match self.quoting {
            Some(quoting) => quoting == Quoting::Backslash,
            None => escapes::uses_escapes(self.window.bytes(), self.delimiter),
        };
        Ok(())
    }

    /// Reads the first rows with all cells.
    fn read_ahead(&mut self) -> Vec<Result<Record, CorpusError>> {
        let all: Vec<usize> = (0..self.columns).collect();
        let mut rows = Vec::new();
        while rows.len() < COMPARED_ROWS {
            match self.read() {
                Ok(None) => break,
                Ok(Some(location)) => rows.push(Ok(self.record(location, &all))),
                Err(error) => {
                    let can_continue = matches!(error, CorpusError::BadRow { .. });
                    rows.push(Err(error));
                    if !can_continue {
                        break;
                    }
                }
            }
        }
        rows
    }

    fn record(&self, location: RowLocation, wanted: &[usize]) -> Record {
        let cell = |&index: &usize| {
            let Some(field) = self.fields.get(index) else {
                return Ok(Cell::Null);
            };
            let text = str::from_utf8(field).map_err(|_| CorpusRowError::InvalidUtf8)?;
            Ok(Cell::Text(text.to_owned()))
        };
        let cells = collect_cells(wanted.iter().map(cell));
        let (expected, found) = (self.columns, self.fields.len());
        let cells = match cells {
            Ok(cells) | Err(InvalidRow { cells, .. }) if found != expected => Err(InvalidRow {
                error: CorpusRowError::FieldCount { expected, found },
                cells,
            }),
            cells => cells,
        };
        Record { location, cells }
    }
}

/// The rows of a CSV or TSV file.
struct DelimitedRows {
    records: Records,
    wanted: Vec<usize>,
}

impl Iterator for DelimitedRows {
    type Item = Result<Record, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.records.read() {
            Ok(location) => Some(Ok(self.records.record(location?, &self.wanted))),
            Err(CorpusError::BadRow { location, error }) => Some(Ok(Record {
                location,
                cells: Err(error.into()),
            })),
            Err(error) => Some(Err(error)),
        }
    }
}
