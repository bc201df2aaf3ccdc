//! Tables: the columns, cells and records of formats that have them.

use std::borrow::Cow;

use super::{CorpusRowError, RowLocation};

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
    /// The cells of the columns that were asked for, in their order, or the error of an invalid row.
    pub cells: Result<Vec<Cell>, CorpusRowError>,
}
