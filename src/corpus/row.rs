//! One row of a corpus.

use super::{Cell, CorpusRowError, RowLocation};

/// The maximum size of a row in bytes (16 MiB): far larger than any review, and small enough that a file
/// without line breaks or with an unclosed quote does not exhaust memory.
pub const MAX_ROW_BYTES: usize = 16 << 20;

/// The maximum size of the temporary copy of a compressed table or of a member of an archive in bytes (64 GiB), so that a
/// small archive does not fill the disk.
pub const MAX_COPY_BYTES: u64 = 64 << 30;

/// The maximum number of columns of a CSV or TSV file, four times Excel's. A row that cannot be read has an empty cell for each.
pub const MAX_COLUMNS: usize = 1 << 16;

/// A text of a corpus with its optional label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The file and the line of the row's start.
    pub location: RowLocation,
    /// The text, unchanged.
    pub text: String,
    /// The label without surrounding white space.
    pub label: Option<String>,
}

/// A row of a table with the cells of the columns to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// The file and the line of the row's start.
    pub location: RowLocation,
    /// The text, or the reason why it cannot be read.
    pub text: Result<String, CorpusRowError>,
    /// The cells of the kept columns, in their order. Those that cannot be read are [`Cell::Null`].
    pub cells: Vec<Cell>,
}
