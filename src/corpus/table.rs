//! Tables: the columns, cells and records of formats that have them.

use std::borrow::Cow;

use super::read_progress::Parts;
use super::{CorpusError, CorpusRowError, RowLocation};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name in the header.
    pub name: String,
    /// The kind of its cells.
    pub kind: CellKind,
}

/// The kind of the cells of a column. Any cell may also be [`Cell::Null`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Text, and every format without types.
    Text,
    /// Signed 64-bit integers.
    Integer,
    /// 64-bit floats.
    Float,
    /// Booleans.
    Boolean,
    /// Any JSON value.
    Json,
    /// Dates, as text in ISO 8601.
    Date,
    /// Points in time, as text in ISO 8601.
    Timestamp {
        /// The unit in which they are stored.
        unit: TimestampUnit,
        /// Whether they are in UTC; otherwise their time zone is unknown.
        is_utc: bool,
    },
}

/// The unit of stored timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampUnit {
    /// Seconds.
    Second,
    /// Milliseconds.
    Millisecond,
    /// Microseconds.
    Microsecond,
    /// Nanoseconds.
    Nanosecond,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// A text.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
    /// A boolean.
    Boolean(bool),
    /// A JSON value that is none of the above, such as a list.
    Json(String),
}

impl Cell {
    /// Returns the text of the cell in a format without types; empty for [`Cell::Null`].
    pub fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed(""),
            Self::Text(text) | Self::Json(text) => Cow::Borrowed(text),
            Self::Integer(integer) => Cow::Owned(integer.to_string()),
            // Debug formatting keeps `1.0` apart from `1`.
            Self::Float(float) => Cow::Owned(format!("{float:?}")),
            Self::Boolean(boolean) => Cow::Owned(boolean.to_string()),
        }
    }
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The location of the row.
    pub location: RowLocation,
    /// The cells of the columns that were asked for, in their order.
    pub cells: Result<Vec<Cell>, InvalidRow>,
}

/// A row that cannot be read as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct InvalidRow {
    /// The reason.
    pub error: CorpusRowError,
    /// The cells of the columns that were asked for, with [`Cell::Null`] for those that cannot be read; empty if none
    /// can.
    pub cells: Vec<Cell>,
}

impl From<CorpusRowError> for InvalidRow {
    fn from(error: CorpusRowError) -> Self {
        let cells = Vec::new();
        Self { error, cells }
    }
}

/// Collects the cells of a row, which is invalid if one of them is.
pub(super) fn collect_cells(
    cells: impl Iterator<Item = Result<Cell, CorpusRowError>>,
) -> Result<Vec<Cell>, InvalidRow> {
    let mut first_error = None;
    let readable = cells.map(|cell| {
        cell.unwrap_or_else(|error| {
            first_error.get_or_insert(error);
            Cell::Null
        })
    });
    let cells = readable.collect();
    match first_error {
        None => Ok(cells),
        Some(error) => Err(InvalidRow { error, cells }),
    }
}

/// The rows of a table. After an error, only the rows of a corpus with several files can continue.
pub(super) type RecordStream = Box<dyn Iterator<Item = Result<Record, CorpusError>> + Send>;

/// Starts reading the records with the cells of some columns, given all columns of the table.
type OpenRecords =
    Box<dyn FnOnce(&[Column], Vec<usize>) -> Result<RecordStream, CorpusError> + Send>;

/// A table whose columns are known and whose rows are not read yet.
pub(super) struct Table {
    /// The columns.
    pub(super) columns: Vec<Column>,
    /// The location of the header, if the format has one.
    pub(super) header: Option<RowLocation>,
    /// The cells of the first row, for a message.
    pub(super) first_row: Vec<String>,
    /// Whether no row has other columns. JSON objects may have more fields than the first ones.
    pub(super) has_fixed_columns: bool,
    /// Reads the rows.
    pub(super) open: OpenRecords,
}

impl Table {
    /// Creates a table of a format with a fixed order of cells.
    pub(super) fn of_records(
        names: &[&str],
        records: impl Iterator<Item = Result<Record, CorpusError>> + Send + 'static,
    ) -> Self {
        let column = |name: &&str| Column {
            name: (*name).to_owned(),
            kind: CellKind::Text,
        };
        Self {
            columns: names.iter().map(column).collect(),
            header: None,
            first_row: Vec::new(),
            has_fixed_columns: true,
            open: Box::new(move |_, wanted| {
                let rows = records.map(move |row| row.map(|record| record.select(&wanted)));
                Ok(Box::new(rows) as RecordStream)
            }),
        }
    }

    /// Counts each row that is read.
    #[must_use]
    pub(super) fn counting_rows(self, mut rows: Parts) -> Self {
        let open = self.open;
        Self {
            open: Box::new(move |columns, wanted| {
                let records = open(columns, wanted)?;
                Ok(Box::new(records.inspect(move |_| rows.count(1))) as RecordStream)
            }),
            ..self
        }
    }

    /// Starts reading the rows with the cells of the `wanted` columns, in that order.
    pub(super) fn records(self, wanted: Vec<usize>) -> Result<RecordStream, CorpusError> {
        (self.open)(&self.columns, wanted)
    }
}

impl Record {
    /// Returns the record with only the cells at these indices.
    pub(super) fn select(self, wanted: &[usize]) -> Self {
        let select = |mut cells: Vec<Cell>| -> Vec<Cell> {
            let last = |place: usize| !wanted[place + 1..].contains(&wanted[place]);
            let cell = |(place, &index): (usize, &usize)| match last(place) {
                true => std::mem::replace(&mut cells[index], Cell::Null),
                false => cells[index].clone(),
            };
            wanted.iter().enumerate().map(cell).collect()
        };
        let cells = match self.cells {
            Ok(cells) => Ok(select(cells)),
            Err(InvalidRow { error, cells }) if cells.is_empty() => Err(error.into()),
            Err(InvalidRow { error, cells }) => Err(InvalidRow {
                error,
                cells: select(cells),
            }),
        };
        Self {
            location: self.location,
            cells,
        }
    }
}

/// The cells of a line; `None` if the line contains no row.
pub(super) type ParsedLine = Result<Option<Vec<Cell>>, CorpusRowError>;
