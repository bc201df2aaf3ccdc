//! The location of a row: the file and the position in it.

use std::fmt::{self, Display};
use std::path::Path;
use std::sync::Arc;

use crate::printable::Printable;

/// The location of a row. Displays as `reviews.csv:17`, `reviews.parquet: row 17`, or as the path if the row is a whole
/// file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowLocation {
    /// The file; in a folder corpus, the file of the text.
    pub path: Arc<Path>,
    /// The position in the file.
    pub position: RowPosition,
}

/// The position of a row in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowPosition {
    /// The row is the whole file.
    File,
    /// The line number of the row's start, from 1.
    Line(u64),
    /// The row number, from 1, in a format without lines.
    Row(u64),
}

impl RowLocation {
    /// Returns the location of a row that starts at a line.
    pub fn line(path: &Arc<Path>, line: u64) -> Self {
        Self {
            path: Arc::clone(path),
            position: RowPosition::Line(line),
        }
    }

    /// Returns the location of a row in a format without lines.
    pub fn row(path: &Arc<Path>, row: u64) -> Self {
        Self {
            path: Arc::clone(path),
            position: RowPosition::Row(row),
        }
    }

    /// Returns the location of a file that is one row.
    pub fn file(path: &Path) -> Self {
        Self {
            path: path.into(),
            position: RowPosition::File,
        }
    }
}

impl Display for RowLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", Printable(&self.path.to_string_lossy()))?;
        match self.position {
            RowPosition::File => Ok(()),
            RowPosition::Line(line) => write!(formatter, ":{line}"),
            RowPosition::Row(row) => write!(formatter, ": row {row}"),
        }
    }
}
