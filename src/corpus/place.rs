//! The place of a row: file and line.

use std::fmt::{self, Display};
use std::path::Path;
use std::sync::Arc;

use crate::printable::Printable;

/// The place of a row. Displays as `reviews.csv:17`, or as the path if the row is a whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file; in a folder corpus, the file of the text.
    pub path: Arc<Path>,
    /// The line number of the row's start, from 1; `None` if the row is a whole file.
    pub line: Option<u64>,
}

impl Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", Printable(&self.path.to_string_lossy()))?;
        match self.line {
            Some(line) => write!(formatter, ":{line}"),
            None => Ok(()),
        }
    }
}
