//! JSON: one object per line, an array of objects, or objects over several lines.

mod object;
mod orient;
mod values;

use std::collections::HashSet;
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use self::object::Fields;
use self::values::{Layout, Search};
use super::notes::{NoteKind, ReadingNotes};
use super::table::{RecordStream, Table};
use super::window::Window;
use super::{
    Cell, CellKind, Column, CorpusError, CorpusRowError, MAX_COLUMNS, MAX_ROW_BYTES, Record,
    RowLocation,
};

/// The number of bytes in which the first object is expected to end.
const MAX_START_BYTES: usize = 1 << 16;

/// Opens a JSON file. Its columns are the fields of the objects in the first bytes that are read.
pub(super) fn open(
    reader: Box<dyn BufRead + Send>,
    path: Arc<Path>,
    notes: &ReadingNotes,
) -> Result<Table, CorpusError> {
    let mut window = Window::new(reader);
    let start = RowLocation::line(&path, 1);
    window
        .skip_blank_lines()
        .map_err(CorpusError::reading(start.clone()))?;
    let failed = || CorpusError::reading(start.clone());
    window.line_end(0).map_err(failed())?;
    let layout = Layout::of(window.bytes());
    // The first object has the names of the columns, and may have many lines.
    while layout == Layout::Values
        && window.bytes().len() < MAX_START_BYTES
        && matches!(
            layout.find(window.bytes(), false),
            Search::Incomplete { .. }
        )
        && window.grow().map_err(failed())?
    {}
    if let Some(orient) = orient::of(window.bytes()) {
        return Err(CorpusError::JsonOrient {
            path: path.to_path_buf(),
            orient,
        });
    }
    let names = field_names(window.bytes(), layout);
    if names.len() > MAX_COLUMNS {
        return Err(CorpusError::TooManyColumns {
            location: start,
            columns: names.len(),
        });
    }
    let column = |name: &String| Column {
        name: name.clone(),
        kind: CellKind::Json,
    };
    let rows = JsonRows {
        window,
        layout,
        path,
        fields: Fields::default(),
        is_complete: true,
        notes: notes.clone(),
        is_at_end: false,
    };
    Ok(Table {
        columns: names.iter().map(column).collect(),
        header: None,
        first_row: names.clone(),
        has_fixed_columns: false,
        open: Box::new(move |columns, wanted| {
            let name = |&index: &usize| columns[index].name.clone();
            let fields = Fields::of(wanted.iter().map(name));
            let distinct: HashSet<&usize> = wanted.iter().collect();
            let is_complete = distinct.len() == columns.len();
            Ok(Box::new(JsonRows {
                fields,
                is_complete,
                ..rows
            }) as RecordStream)
        }),
    })
}

/// Returns the names of the fields of the complete objects in `bytes`, in the order of their first occurrence.
fn field_names(bytes: &[u8], layout: Layout) -> Vec<String> {
    let (mut names, mut known) = (Vec::new(), HashSet::new());
    let mut rest = bytes;
    while let Search::Found(span) = layout.find(rest, false) {
        let value = str::from_utf8(&rest[span.clone()]).unwrap_or_default();
        for name in object::field_names(value).unwrap_or_default() {
            if known.insert(name.clone()) {
                names.push(name);
            }
        }
        rest = &rest[span.end..];
    }
    names
}

/// The rows of a JSON file.
struct JsonRows {
    window: Window,
    layout: Layout,
    path: Arc<Path>,
    /// The fields to read.
    fields: Fields,
    /// Whether all fields are wanted, so that other fields are worth a note.
    is_complete: bool,
    notes: ReadingNotes,
    is_at_end: bool,
}

impl Iterator for JsonRows {
    type Item = Result<Record, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_at_end {
            return None;
        }
        let row = self.read();
        self.is_at_end = !matches!(row, Ok(Some(_)));
        row.transpose()
    }
}

impl JsonRows {
    fn read(&mut self) -> Result<Option<Record>, CorpusError> {
        let at = |line: u64| RowLocation::line(&self.path, line);
        let mut is_whole = false;
        let span = loop {
            match self.layout.find(self.window.bytes(), is_whole) {
                Search::Found(span) => break span,
                Search::End => return Ok(None),
                Search::Incomplete { start } => {
                    let is_long = self.window.bytes().len() - start > MAX_ROW_BYTES;
                    if is_long && self.layout == Layout::Lines {
                        let location = at(self.window.line);
                        let skipped = self.window.skip_line();
                        skipped.map_err(CorpusError::reading(location.clone()))?;
                        let cells = Err(CorpusRowError::TooLong.into());
                        return Ok(Some(Record { location, cells }));
                    }
                    if is_long || is_whole {
                        let before = memchr::memchr_iter(b'\n', &self.window.bytes()[..start]);
                        let location = at(self.window.line + before.count() as u64);
                        return Err(CorpusError::UnclosedJson { location });
                    }
                    let location = at(self.window.line);
                    let grown = self.window.grow();
                    is_whole = !grown.map_err(CorpusError::reading(location))?;
                }
            }
        };
        let bytes = self.window.bytes();
        let before = memchr::memchr_iter(b'\n', &bytes[..span.start]).count() as u64;
        let lines = memchr::memchr_iter(b'\n', &bytes[..span.end]).count() as u64;
        let location = at(self.window.line + before);
        let cells = match span.len() > MAX_ROW_BYTES {
            true => Err(CorpusRowError::TooLong),
            false => self.cells(&bytes[span.clone()], &location),
        };
        self.window.consume(span.end, lines);
        let cells = cells.map_err(Into::into);
        Ok(Some(Record { location, cells }))
    }

    fn cells(&self, value: &[u8], location: &RowLocation) -> Result<Vec<Cell>, CorpusRowError> {
        let value = str::from_utf8(value).map_err(|_| CorpusRowError::InvalidUtf8)?;
        let object = object::parse(value, &self.fields).or_else(|error| {
            let repaired = object::without_half_pairs(value).ok_or(error)?;
            let object = object::parse(&repaired, &self.fields)?;
            self.notes.count(location, NoteKind::LoneSurrogates);
            Ok(object)
        })?;
        if object.has_other_fields && self.is_complete {
            self.notes.count(location, NoteKind::LateFields);
        }
        Ok(object.cells)
    }
}
